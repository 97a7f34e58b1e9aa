//! What handlers are given: the caller's context, checked bodies and queries, preconditions.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::error::{Error, Kind};
use serde::de::DeserializeOwned;
use service::access::{self, Login};
use service::{Ctx, Services};
use tower_sessions::Session;

use crate::csrf;
use crate::problem::{self, Failure};
use crate::request::RequestId;
use crate::session;

/// The context of the caller: an API key, a token or a session. Requests with a key or a token never read the cookie.
pub struct Caller(pub Ctx);

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        if let Some(key) = text(&parts.headers, "x-api-key")? {
            return Ok(Self(access::for_api_key(services, key, request_id).await?));
        }
        let login = match bearer(&parts.headers)? {
            Some(key) if key.starts_with("ppy_") => {
                return Ok(Self(access::for_api_key(services, key, request_id).await?));
            }
            Some(token) => access::login_of_token(services, token).await?,
            None => cookie_login(parts, services).await?,
        };
        let project = text(&parts.headers, "promptory-project")?.unwrap_or(domain::project::DEFAULT);
        Ok(Self(access::for_login(services, login, project, request_id).await?))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Failure> {
    let wrong = || Failure(Error::new(Kind::Malformed, "malformed", format!("the header {name} is not plain text")));
    headers.get(name).map(|v| v.to_str().map_err(|_| wrong())).transpose()
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let Some(value) = text(headers, header::AUTHORIZATION.as_str())? else { return Ok(None) };
    let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let wrong = || Failure(Error::unauthenticated("send `Authorization: Bearer …` or `X-Api-Key: ppy_…`"));
    token.map(|(_, token)| Some(token.trim())).ok_or_else(wrong)
}

async fn cookie_login(parts: &mut Parts, services: &Arc<Services>) -> Result<Login, Failure> {
    let nobody = || Error::unauthenticated("send `Authorization: Bearer …`, `X-Api-Key: ppy_…`, or log in");
    let session = Session::from_request_parts(parts, services).await.map_err(|_| Failure(Error::internal()))?;
    let login = session::login(&session).await.ok_or_else(nobody)?;
    if csrf::is_same_origin(&parts.method, &parts.headers) {
        return Ok(login);
    }
    Err(Failure(Error::forbidden("a session's cookie works only from Promptory's own pages; use a token or a key")))
}

/// A JSON body; what doesn't fit is named with its path.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let media = text(request.headers(), header::CONTENT_TYPE.as_str())?.unwrap_or_default().to_lowercase();
        let is_json =
            media.split(';').next().is_some_and(|m| m.trim() == "application/json" || m.trim().ends_with("+json"));
        if !is_json {
            return Err(Failure(Error::new(
                Kind::Malformed,
                "not_json",
                "send JSON, with `Content-Type: application/json`",
            )));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| {
            let status = axum::response::IntoResponse::into_response(e).status();
            let is_large = status == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
            Failure(if is_large {
                problem::too_large()
            } else {
                Error::new(Kind::Malformed, "malformed", "the body ended early")
            })
        })?;
        parse(&bytes).map(Self)
    }
}

/// Reads a JSON object; syntax errors are 400, wrong fields 422.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // Serde would take a list of values for the fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure(Error::field("body", "send a JSON object, not a list")));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        let inner = e.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                Error::field(if path == "." { "body".into() } else { path }, plain(&inner))
            }
            _ => Error::new(Kind::Malformed, "not_json", format!("the body is not valid JSON: {inner}")),
        }
    })?;
    reader
        .end()
        .map_err(|e| Failure(Error::new(Kind::Malformed, "not_json", format!("the body is not valid JSON: {e}"))))?;
    Ok(value)
}

/// Serde's words without the place, which means nothing to who sends a form.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(words, _)| words.to_owned())
}

/// Query parameters; what doesn't fit is a 422.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|e| Failure(Error::field("query", e.body_text())))
    }
}

/// A typed part of the path; what doesn't parse names nothing that exists.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| Failure(Error::not_found("object")))
    }
}

/// The revision of `If-Match`, when it is sent; `*` asks for none.
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(value) = text(&parts.headers, header::IF_MATCH.as_str())?.filter(|v| *v != "*") else {
            return Ok(Self(None));
        };
        let revision = value.trim().trim_matches('"').strip_prefix('r').and_then(|r| r.parse().ok());
        let wrong =
            || Failure(Error::new(Kind::PreconditionFailed, "stale", "If-Match must be an ETag that this route gave"));
        revision.map(|r| Self(Some(r))).ok_or_else(wrong)
    }
}

/// The ETag of a template's revision.
pub fn revision_tag(revision: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"r{revision}\"")).unwrap_or(HeaderValue::from_static("\"r0\""))
}

/// Whether `If-None-Match` already has this tag.
pub fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    sent == "*" || sent.split(',').any(|t| t.trim().trim_start_matches("W/") == tag)
}
