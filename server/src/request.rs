//! The outermost layer: where a request comes from and its id, problem documents for every error, the headers of every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::error::{Error, Kind};
use service::Services;
use tracing::Instrument;

use crate::client_ip::{self, Proxies};
use crate::headers;
use crate::problem::{self, Failure};

/// The header that names the request in answers and logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request at hand.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// What the outermost layer needs.
#[derive(Clone)]
pub struct Outermost {
    pub services: Arc<Services>,
    pub proxies: Proxies,
}

/// Gives the request an id, and turns what handlers and axum refuse into problem documents that carry it. One layer does
/// what several could: each costs every fetch two allocations.
pub async fn answer(State(with): State<Outermost>, mut request: Request, next: Next) -> Response {
    client_ip::see_through(&with.proxies, &mut request);
    let id = with.services.new_id().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    if let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() {
        response = problem::document(&error, &id);
    } else if needs_document(&response) {
        let allowed = response.headers_mut().remove(header::ALLOW);
        response = problem::document(&plain(response.status()), &id);
        response.headers_mut().extend(allowed.map(|methods| (header::ALLOW, methods)));
    }
    headers::add(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Refusals that say nothing yet, or say it in axum's own plain text.
fn needs_document(response: &Response) -> bool {
    let (status, media) = (response.status(), response.headers().get(header::CONTENT_TYPE));
    let is_whole = media.and_then(|m| m.to_str().ok()).is_some_and(|m| m.contains("json") || m.contains("html"));
    (status.is_client_error() || status.is_server_error()) && !is_whole
}

/// What axum itself refuses: unknown paths, wrong methods, bodies that are too large.
fn plain(status: StatusCode) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::new(Kind::NotFound, "no_such_route", "there is no such route; see /api/docs"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Error::new(Kind::Malformed, "method_not_allowed", "this route does not take this method; see /api/docs")
        }
        StatusCode::PAYLOAD_TOO_LARGE => problem::too_large(),
        StatusCode::SERVICE_UNAVAILABLE => {
            Error::new(Kind::Unavailable, "timeout", "the request took too long and was given up; send it again")
        }
        status if status.is_client_error() => {
            Error::new(Kind::Malformed, "malformed", "the request could not be understood")
        }
        _ => Error::internal(),
    }
}
