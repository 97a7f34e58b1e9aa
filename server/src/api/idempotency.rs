//! `Idempotency-Key` on every write of a caller who sends it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::error::Error;
use service::idempotency::{self, Answer, Start};
use service::{Ctx, Services, crypto};
use tracing::Instrument;

use super::extract::Caller;
use super::files;
use crate::problem::{self, Failure, MAX_BODY};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells an answer given again from the first.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// How long a write may go on, whether or not its client waits: it has ended before its claim is taken over.
const LONGEST: Duration = Duration::from_millis(idempotency::LOST as u64 * 3 / 4);
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
    if parts.uri.path().ends_with("/auth/token") {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let Caller(ctx) = Caller::from_request_parts(&mut parts, services).await?;
    let most = if parts.uri.path().ends_with("/admin/import") { files::MAX_BODY } else { MAX_BODY };
    let bytes = to_bytes(body, most).await.map_err(|_| Failure(problem::too_large()))?;
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

/// Keeps a success; frees the key after a refusal, so that the mended request may use it.
async fn remember(ctx: &Ctx, key: &str, response: Response, is_secret: bool) -> Result<Response, Failure> {
    if !response.status().is_success() {
        idempotency::give_up(ctx, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Failure(Error::internal()))?;
    let (status, kept) = if is_secret { (409, Vec::new()) } else { (i64::from(parts.status.as_u16()), bytes.to_vec()) };
    let tag = parts.headers.get(header::ETAG).and_then(|v| v.to_str().ok()).unwrap_or_default();
    idempotency::finish(ctx, key, &Answer { status, etag: tag.to_owned(), body: kept }).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn again(answer: Answer) -> Response {
    if answer.status == 409 {
        let text = "the API key was made by the first request; its secret was shown then and is stored nowhere";
        return Failure(Error::conflict("already_done", text)).into_response();
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
