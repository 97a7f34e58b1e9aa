//! `Idempotency-Key` on every write of a caller who sends it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::error::Error;
use service::files::archive;
use service::idempotency::{self, Answer, Start};
use service::{Ctx, Services, crypto};
use tracing::Instrument;

use super::extract::{Caller, Linked};
use super::files;
use crate::problem::{self, Failure, MAX_BODY};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells an answer given again from the first.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// How long a write may go on, whether or not its client waits: it has ended before its claim is taken over.
const LONGEST: Duration = Duration::from_millis(idempotency::LOST as u64 * 3 / 4);
/// The one route whose answer holds a secret, which is stored nowhere.
const SECRET: &str = "/api/v1/admin/keys";
const SECRET_GONE: &str = "the API key was made by the first request; its secret was shown then and is stored nowhere";
/// The status of what was done and can't be answered again: the body is why.
const GONE: i64 = 409;
/// The most bytes of an answer that are kept for a day: of a larger one only that it was done.
const MOST_KEPT: usize = 2 * MAX_BODY;
const TOO_LARGE_TO_KEEP: &str = "the first request was carried out; its answer was too large to be kept";

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
    let is_import = parts.uri.path().ends_with("/admin/import");
    if parts.uri.path().ends_with("/auth/token") || is_import && is_dry(&parts) {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let (ctx, bytes) = if is_import {
        let Linked(ctx) = Linked::from_request_parts(&mut parts, services).await?;
        (ctx, to_bytes(body, files::MAX_BODY).await.map_err(|_| Failure(archive::too_large()))?)
    } else {
        let Caller(ctx) = Caller::from_request_parts(&mut parts, services).await?;
        (ctx, to_bytes(body, MAX_BODY).await.map_err(|_| Failure(problem::too_large()))?)
    };
    let key = key.to_str().unwrap_or_default().to_owned();
    let place = parts.uri.to_string();
    let hash = crypto::sha256(&[parts.method.as_str().as_bytes(), b" ", place.as_bytes(), b"\n", &bytes].concat());
    match idempotency::start(&ctx, &key, hash).await? {
        Start::Replay(answer) => Ok(again(answer)),
        Start::First => {
            let keeps_secret = parts.uri.path().ends_with(SECRET.trim_start_matches("/api/v1"));
            let request = Request::from_parts(parts, Body::from(bytes));
            let span = tracing::Span::current();
            // On its own, so that a client that hangs up leaves an answer to its next try, not a claim for ever.
            let work = async move {
                match tokio::time::timeout(LONGEST, next.run(request)).await {
                    Ok(response) => remember(&ctx, &key, response, keeps_secret).await,
                    // Nobody knows how far it came: the claim stays until it is taken over.
                    Err(_) => Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
                }
            };
            tokio::spawn(work.instrument(span)).await.unwrap_or_else(|_| Err(Failure(Error::internal())))
        }
    }
}

/// A dry run does nothing that could be done twice, and its answer may be long.
fn is_dry(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).any(|(name, value)| name == "dry_run" && value == "true")
}

/// Keeps a success; frees the key after a refusal, so that the mended request may use it.
async fn remember(ctx: &Ctx, key: &str, response: Response, is_secret: bool) -> Result<Response, Failure> {
    if !response.status().is_success() {
        idempotency::give_up(ctx, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Failure(Error::internal()))?;
    let (status, kept) = match bytes.len() {
        _ if is_secret => (GONE, SECRET_GONE.into()),
        size if size > MOST_KEPT => (GONE, TOO_LARGE_TO_KEEP.into()),
        _ => (i64::from(parts.status.as_u16()), bytes.to_vec()),
    };
    let tag = parts.headers.get(header::ETAG).and_then(|v| v.to_str().ok()).unwrap_or_default();
    idempotency::finish(ctx, key, &Answer { status, etag: tag.to_owned(), body: kept }).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn again(answer: Answer) -> Response {
    if answer.status == GONE {
        let why = String::from_utf8_lossy(&answer.body);
        return Failure(Error::conflict("already_done", why)).into_response();
    }
    let status = u16::try_from(answer.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Some(tag) = HeaderValue::from_str(&answer.etag).ok().filter(|tag| !tag.is_empty()) {
        headers.insert(header::ETAG, tag);
    }
    response
}
