//! Pages and server functions: Leptos' routes with the visit in their context.

use std::sync::Arc;

use app::{App, Site, shell};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use service::Services;
use tower_sessions::Session;

use crate::problem::{self, Failure, MAX_BODY};
use crate::{assets, csrf, headers, session};

/// The routes of pages and of `/api/fn`, behind the session, the origin check and the log-in.
pub fn router(services: &Arc<Services>) -> Router<Arc<Services>> {
    let options = LeptosOptions::builder().output_name("promptory").build();
    let site = Site { assets: assets::base() };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), add_policy, move || shell(site.clone()))
        .with_state(options)
        .layer(middleware::from_fn(guard))
        .layer(middleware::from_fn_with_state(services.clone(), session::visit))
}

fn add_policy() {
    let nonce = use_nonce().map(|n| n.to_string()).unwrap_or_default();
    if let (Some(out), Ok(value)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(&headers::page_policy(&nonce)))
    {
        out.insert_header(header::CONTENT_SECURITY_POLICY, value);
        out.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Stops what comes from other sites, and sends who is not logged in to the log-in.
async fn guard(session: Session, request: Request, next: Next) -> Response {
    if !csrf::is_same_origin(request.method(), request.headers()) {
        return Failure(domain::Error::forbidden("this request did not come from Promptory's own pages"))
            .into_response();
    }
    let path = request.uri().path();
    if path.starts_with("/p/") && session::login(&session).await.is_none() {
        let wanted = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let encoded: String = wanted
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() || b == b'/' { (b as char).to_string() } else { format!("%{b:02X}") })
            .collect();
        return Redirect::to(&format!("/login?next={encoded}")).into_response();
    }
    with_status(next.run(request).await).await
}

/// Leptos answers whatever a server function refuses with 500; the status is the one that the error stands for.
async fn with_status(response: Response) -> Response {
    let is_refusal = response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    // A form posted without JavaScript is sent back to its page instead.
    if !is_refusal || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<domain::Error>(&bytes) {
        parts.status = problem::status(&error);
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// What no route matches: a page that says so.
pub async fn not_found(State(_): State<Arc<Services>>) -> Response {
    Failure(domain::Error::new(domain::error::Kind::NotFound, "no_such_page", "there is no such page")).into_response()
}
