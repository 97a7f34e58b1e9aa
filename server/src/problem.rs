//! RFC 9457 problem documents.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::error::{Error, FieldError, Kind};
use domain::ids::ExecutionId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most bytes of a request.
pub const MAX_BODY: usize = 1024 * 1024;

/// What every refused request is answered with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the status and `code` say it all.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    /// What happened and what to do, for people.
    pub detail: String,
    /// The same for machines, such as `not_published`.
    pub code: String,
    /// Names this request in the log.
    pub request_id: String,
    /// One entry for each field that is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The execution that records a refused render.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<ExecutionId>,
}

/// An error on its way to the outermost layer, which knows the request's id.
#[derive(Clone, Debug)]
pub struct Failure(pub Error);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}
impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        Self(error.public())
    }
}

/// The status of each kind: the one mapping.
pub fn status(error: &Error) -> StatusCode {
    match (error.kind, error.code.as_str()) {
        (_, "method_not_allowed") => StatusCode::METHOD_NOT_ALLOWED,
        (Kind::Malformed, _) => StatusCode::BAD_REQUEST,
        (Kind::Invalid, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (Kind::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Kind::Forbidden, _) => StatusCode::FORBIDDEN,
        (Kind::NotFound, _) => StatusCode::NOT_FOUND,
        (Kind::Conflict, _) => StatusCode::CONFLICT,
        (Kind::PreconditionFailed, _) => StatusCode::PRECONDITION_FAILED,
        (Kind::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Kind::RateLimited, _) => StatusCode::TOO_MANY_REQUESTS,
        (Kind::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Kind::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub fn too_large() -> Error {
    Error::new(Kind::TooLarge, "too_large", "a request may have at most 1 MB")
}

/// The document, with the headers that belong to its status.
pub fn document(error: &Error, request_id: &str) -> Response {
    let status = status(error);
    let problem = Problem {
        r#type: "about:blank".into(),
        title: status.canonical_reason().unwrap_or("Error").into(),
        status: status.as_u16(),
        detail: error.message.clone(),
        code: error.code.clone(),
        request_id: request_id.to_owned(),
        errors: error.errors.clone(),
        execution_id: error.execution_id,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
