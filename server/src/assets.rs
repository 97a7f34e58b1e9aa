//! The built site, embedded in the release binary: styles, wasm and what goes with them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

use crate::headers;

#[derive(Embed)]
#[folder = "../target/site"]
struct Files;

/// A hash of all files: part of their address, so that a new build never meets an old cache.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut all = Vec::new();
    for name in names {
        all.extend_from_slice(name.as_bytes());
        all.extend(Files::get(&name).map(|f| f.metadata.sha256_hash()).unwrap_or_default());
    }
    service::crypto::hex(&service::crypto::sha256(&all)[..6])
});

/// The path under which this build's files are served.
pub fn base() -> String {
    format!("/assets/{}", *BUILD)
}

/// One file; compressed beforehand where the build did so and the client takes it.
pub async fn serve(Path((build, file)): Path<(String, String)>, asked: HeaderMap) -> Response {
    if file.ends_with(".br") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let accepts = asked.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let brotli = accepts.split(',').any(|e| e.trim().split(';').next() == Some("br"));
    let packed = brotli.then(|| Files::get(&format!("{file}.br"))).flatten();
    let is_packed = packed.is_some();
    let Some(found) = packed.or_else(|| Files::get(&file)) else { return StatusCode::NOT_FOUND.into_response() };
    let age = if build == *BUILD { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = found.data.into_owned().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type(&file)));
    out.insert(header::CACHE_CONTROL, header::HeaderValue::from_static(age));
    out.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if file.ends_with(".worker.js") {
        out.insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(headers::WORKER));
    }
    if is_packed {
        out.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("br"));
    }
    response
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ttf" => "font/ttf",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
