//! The origin check: a request that a cookie authenticates must come from our own pages.
//!
//! Leptos' server functions check nothing of the kind, so this stands before all of them.

use axum::http::{HeaderMap, Method, header};

/// Whether the request may change something on the strength of its cookie.
///
/// Browsers send `Sec-Fetch-Site`; those that don't are judged by `Origin`, which must name the host that was asked.
pub fn is_same_origin(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let host = text(header::HOST.as_str()).unwrap_or_default();
    match text(header::ORIGIN.as_str()).and_then(|o| o.split_once("://")) {
        Some((_, origin)) => !host.is_empty() && origin == host,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, axum::http::HeaderValue::from_static(value));
        }
        is_same_origin(&method, &headers)
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(check(Method::GET, &[]));
        assert!(check(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(check(Method::POST, &[("host", "a.example:80"), ("origin", "http://a.example:80")]));
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("host", "a.example"), ("origin", "http://b.example")],
            &[("host", "a.example"), ("origin", "null")],
            &[("origin", "http://")],
        ] {
            assert!(!check(Method::POST, pairs), "{pairs:?}");
        }
    }
}
