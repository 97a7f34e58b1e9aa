//! `ETag` on every read, and 304 to who has it already.

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::error::{Error, Kind};
use service::crypto;

use super::permissions::{ROUTES, Route};
use crate::problem::Failure;

/// Refuses `If-Match` where nothing is held against it, rather than doing what the sender asked not to do unseen.
fn precondition(request: &Request) -> Result<(), Failure> {
    if request.headers().get(header::IF_MATCH).is_none_or(|tag| tag == "*") {
        return Ok(());
    }
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let is_own = |r: &&Route| r.method == request.method().as_str() && r.path == path;
    let takes = ROUTES.iter().find(is_own).is_none_or(|r| r.takes_if_match || r.method == "GET");
    let text = "this route gives no ETag that If-Match could name; send the request without it";
    if takes { Ok(()) } else { Err(Failure(Error::new(Kind::PreconditionFailed, "no_etag", text))) }
}

/// Every read gets a tag, of its body where it names none, and is to be asked for again each time; 304 to who has it.
/// Preconditions that nothing is held against are refused.
pub async fn conditional(request: Request, next: Next) -> Response {
    if let Err(failure) = precondition(&request) {
        return failure.into_response();
    }
    let sent = request.headers().get(header::IF_NONE_MATCH).cloned();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK {
        return response;
    }
    let mut response = match tagged(response).await {
        Ok(response) => response,
        Err(failure) => return failure.into_response(),
    };
    // Whoever keeps it has to ask whether it still holds: what is served may change at any moment.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let tag = response.headers().get(header::ETAG);
    match (sent, tag) {
        (Some(sent), Some(tag)) if names(&sent, tag) => not_modified(response.headers()),
        _ => response,
    }
}

async fn tagged(response: Response) -> Result<Response, Failure> {
    if response.headers().contains_key(header::ETAG) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Failure(Error::internal()))?;
    parts.headers.insert(header::ETAG, of(&bytes));
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn not_modified(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    for (name, value) in headers {
        // A 304 has no body for these to describe.
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

/// The ETag of a body.
pub fn of(body: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", &crypto::sha256_hex(body)[..32]);
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// Whether an `If-None-Match` names this tag, weak or strong (RFC 9110 section 13.1.2).
pub fn names(sent: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(sent), Ok(tag)) = (sent.to_str(), tag.to_str()) else { return false };
    sent == "*" || sent.split(',').any(|t| t.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_and_behind_a_proxy_that_weakened_it() {
        let tag = of(b"body");
        let text = tag.to_str().unwrap_or_default();
        for (sent, expected) in [
            (text.to_owned(), true),
            (format!("W/{text}"), true),
            (format!("\"other\", {text}"), true),
            ("*".to_owned(), true),
            ("\"other\"".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(HeaderValue::from_str(&sent).is_ok_and(|sent| names(&sent, &tag)), expected, "{sent}");
        }
    }
}
