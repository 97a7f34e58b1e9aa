//! `/auth/token`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use service::{Services, sessions, users};
use utoipa::ToSchema;

use super::extract::Body;
use crate::problem::{Failure, Problem};

/// Who asks for a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    password: String,
}

/// A token for the admin routes.
#[derive(Serialize, ToSchema)]
pub struct Token {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
}

/// A token of fifteen minutes for an address and a password.
#[utoipa::path(post, path = "/auth/token", tag = "auth", request_body = Credentials, security(()),
    responses((status = 200, body = Token), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn token(
    State(services): State<Arc<Services>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Json<Token>, Failure> {
    let user = users::log_in(&services, &credentials.email, &credentials.password, &peer.ip().to_string()).await?;
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (access_token, expires_in) = sessions::issue_token(&services, user, agent).await?;
    Ok(Json(Token { access_token, token_type: "Bearer", expires_in }))
}
