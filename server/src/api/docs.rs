//! The OpenAPI document and its viewer.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::Modify;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi, RefOr};

/// The two ways to say who calls.
pub struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let header = ApiKey::Header(ApiKeyValue::new("X-Api-Key"));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let none: [String; 0] = [];
        openapi.security =
            Some(vec![SecurityRequirement::new("api_key", none.clone()), SecurityRequirement::new("bearer", none)]);
    }
}

/// Gives each operation a name of its own, and refusals the media type that they have.
pub fn complete(mut document: OpenApi) -> OpenApi {
    let paths = document.paths.paths.values_mut();
    let operations = paths.flat_map(|p| [&mut p.get, &mut p.put, &mut p.post, &mut p.delete, &mut p.patch]);
    for operation in operations.flatten() {
        let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
        // Utoipa takes the function's name, which is `list` in many modules.
        operation.operation_id = operation.operation_id.as_ref().map(|name| format!("{tag}_{name}"));
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            let is_refusal = status.starts_with(['4', '5']);
            if let Some(content) = is_refusal.then(|| response.content.shift_remove("application/json")).flatten() {
                response.content.insert("application/problem+json".to_owned(), content);
            }
        }
    }
    document
}

static JSON: LazyLock<String> = LazyLock::new(|| super::openapi().to_json().unwrap_or_default());

/// `GET /api/openapi.json`.
pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], JSON.as_str()).into_response()
}

/// `GET /api/docs`: Swagger UI from our own files.
pub async fn viewer() -> Response {
    let nonce = leptos::nonce::Nonce::new().to_string();
    let base = crate::assets::base();
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>API · Promptory</title><link rel=icon href=\"{base}/icon.svg\" type=\"image/svg+xml\">\
         <link rel=stylesheet href=\"{base}/swagger-ui.css\"></head><body><div id=swagger-ui></div>\
         <script nonce=\"{nonce}\" src=\"{base}/swagger-ui-bundle.js\"></script>\
         <script nonce=\"{nonce}\">SwaggerUIBundle({{url:'/api/openapi.json',dom_id:'#swagger-ui',deepLinking:true,\
         validatorUrl:null}})</script></body></html>"
    );
    let policy = HeaderValue::from_str(&crate::headers::page_policy(&nonce));
    let mut response =
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page).into_response();
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
