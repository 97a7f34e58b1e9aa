//! What handlers are given: the caller's context, checked bodies and queries, preconditions.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::error::{Error, FieldError, Kind};
use serde::de::{DeserializeOwned, IgnoredAny};
use service::access::{self, Login};
use service::{Ctx, Services};
use tower_sessions::Session;

use super::words;
use crate::csrf;
use crate::problem::{self, Failure};
use crate::request::RequestId;
use crate::session;

/// Who calls: an API key, which has a project of its own, or a person. A request with a key or a token never reads the
/// cookie.
pub enum Who {
    Key(Ctx),
    Person(Login),
}

impl FromRequestParts<Arc<Services>> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let own_header = text(&parts.headers, "x-api-key")?;
        let key = match own_header.map_or_else(|| bearer(&parts.headers), |key| Ok(Some(key)))? {
            Some(key) if own_header.is_some() || key.starts_with("ppy_") => key,
            Some(token) => return Ok(Self::Person(access::login_of_token(services, token).await?)),
            None => return Ok(Self::Person(cookie_login(parts, services).await?)),
        };
        Ok(Self::Key(access::for_api_key(services, key, request_id(parts)).await?))
    }
}

fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// The context of the caller in the project that the key or `Promptory-Project` names.
pub struct Caller(pub Ctx);

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        match Who::from_request_parts(parts, services).await? {
            Who::Key(ctx) => Ok(Self(ctx)),
            Who::Person(login) => {
                let project = text(&parts.headers, "promptory-project")?.unwrap_or(domain::project::DEFAULT);
                Ok(Self(access::for_login(services, login, project, request_id(parts)).await?))
            }
        }
    }
}

/// As [`Caller`], where a page links to or posts from: it can't send a header, so its address may name the project.
pub struct Linked(pub Ctx);

impl FromRequestParts<Arc<Services>> for Linked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let named =
            form_urlencoded::parse(query.as_bytes()).find(|(name, value)| name == "project" && !value.is_empty());
        let Some((_, project)) = named else { return Ok(Self(Caller::from_request_parts(parts, services).await?.0)) };
        match Who::from_request_parts(parts, services).await? {
            Who::Key(ctx) => Ok(Self(ctx)),
            Who::Person(login) => Ok(Self(access::for_login(services, login, &project, request_id(parts)).await?)),
        }
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
    let login = session::login(&session).await?.ok_or_else(nobody)?;
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
            let status = e.into_response().status();
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

/// Reads a JSON object; syntax errors are 400, wrong fields and members that nothing reads 422.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // Serde would take a list of values for the fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure(Error::field("body", "send a JSON object, not a list")));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let mut unknown = Vec::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let value = serde_ignored::deserialize(tracked, |path| unknown.push(path_text(&path)));
    let value = value.map_err(|e| wrong_field(&track.path().to_string(), &e, bytes))?;
    reader.end().map_err(|e| not_json(&e))?;
    let problems: Vec<_> = unknown.into_iter().map(|field| FieldError::new(field, "is not known here")).collect();
    if problems.is_empty() { Ok(value) } else { Err(Failure(Error::invalid(problems))) }
}

/// `messages[0].contents`, as errors name fields.
fn path_text(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", path_text(parent)),
        Path::Map { parent, key } => match path_text(parent) {
            parent if parent.is_empty() => key.clone(),
            parent => format!("{parent}.{key}"),
        },
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => path_text(parent),
    }
}

fn wrong_field(path: &str, error: &serde_json::Error, bytes: &[u8]) -> Failure {
    let wrong = |text: &str| Failure(Error::invalid(vec![words::wrong(path, "body", text)]));
    match error.classify() {
        serde_json::error::Category::Data => wrong(&error.to_string()),
        // Where a name is expected, serde takes anything else for broken JSON.
        _ if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() => {
            wrong("must be one of the names that are known here")
        }
        _ => not_json(error),
    }
}

fn not_json(error: &serde_json::Error) -> Failure {
    Failure(Error::new(Kind::Malformed, "not_json", format!("the body is not valid JSON: {error}")))
}

/// Query parameters; what doesn't fit is a 422.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        if let Some((name, _)) = pairs.clone().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Failure(Error::field(name.replace('\0', ""), "must not contain NUL (U+0000)")));
        }
        let reader = serde_urlencoded::Deserializer::new(pairs);
        let value = serde_path_to_error::deserialize(reader).map_err(|e| {
            let problem = words::wrong(&e.path().to_string(), "query", &e.inner().to_string());
            Failure(Error::invalid(vec![problem]))
        })?;
        Ok(Self(value))
    }
}

/// A typed part of the path; what doesn't parse names nothing that exists.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let nothing = || Failure(Error::not_found("object"));
        if parts.uri.path().contains("%00") {
            return Err(nothing());
        }
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| nothing())
    }
}

/// The revision of `If-Match`, when it is sent; `*` asks for none. Of a list the newest counts: an older one can't be
/// the template's any more (RFC 9110 section 13.1.1).
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(value) = text(&parts.headers, header::IF_MATCH.as_str())?.filter(|v| *v != "*") else {
            return Ok(Self(None));
        };
        let revision =
            value.split(',').filter_map(|tag| tag.trim().trim_matches('"').strip_prefix('r')?.parse().ok()).max();
        let wrong =
            || Failure(Error::new(Kind::PreconditionFailed, "stale", "If-Match must be an ETag that this route gave"));
        revision.map(|r| Self(Some(r))).ok_or_else(wrong)
    }
}

/// An answer with the template's revision as its ETag, which `If-Match` takes.
pub struct Revised<R>(pub i64, pub R);

impl<R: IntoResponse> IntoResponse for Revised<R> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&format!("\"r{}\"", self.0)).ok();
        (tag.map(|tag| [(header::ETAG, tag)]), self.1).into_response()
    }
}
