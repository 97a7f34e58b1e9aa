//! `Idempotency-Key` on every write of a caller who sends it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::error::Error;
use service::idempotency::{self, Start};
use service::{Ctx, Services, crypto};

use super::extract::Caller;
use crate::problem::{self, Failure, MAX_BODY};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells an answer given again from the first.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The one route whose answer holds a secret, which is stored nowhere.
const SECRET: &str = "/api/v1/admin/keys";

/// Answers a repeated write as the first was answered, without doing it again.
pub async fn replay(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(key) = request.headers().get(KEY).filter(|_| is_write).cloned() else { return next.run(request).await };
    match once(&services, &key, request, next).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

async fn once(services: &Arc<Services>, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.to_string();
    if path.ends_with("/auth/token") {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let Caller(ctx) = Caller::from_request_parts(&mut parts, services).await?;
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Failure(problem::too_large()))?;
    let key = key.to_str().unwrap_or_default().to_owned();
    let hash = crypto::sha256(&[parts.method.as_str().as_bytes(), b" ", path.as_bytes(), b"\n", &bytes].concat());
    match idempotency::start(&ctx, &key, hash).await? {
        Start::Replay { status, body } => Ok(again(status, body)),
        Start::First => {
            let keeps_secret = parts.uri.path().ends_with(SECRET.trim_start_matches("/api/v1"));
            let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            remember(&ctx, &key, response, keeps_secret).await
        }
    }
}

/// Keeps a success; frees the key after a refusal, so that the mended request may use it.
async fn remember(ctx: &Ctx, key: &str, response: Response, is_secret: bool) -> Result<Response, Failure> {
    if !response.status().is_success() {
        idempotency::give_up(ctx, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Failure(Error::internal()))?;
    let (status, kept) = if is_secret { (409, Vec::new()) } else { (i64::from(parts.status.as_u16()), bytes.to_vec()) };
    idempotency::finish(ctx, key, status, &kept).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn again(status: i64, body: Vec<u8>) -> Response {
    if status == 409 {
        let text = "the API key was made by the first request; its secret was shown then and is stored nowhere";
        return Failure(Error::conflict("already_done", text)).into_response();
    }
    let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or(StatusCode::OK);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json), (REPLAYED, HeaderValue::from_static("true"))], body).into_response()
}
