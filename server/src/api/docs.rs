//! The OpenAPI document and its viewer.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};

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
        openapi.security = Some(vec![
            SecurityRequirement::new("api_key", none.clone()),
            SecurityRequirement::new("bearer", none),
        ]);
    }
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
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page).into_response();
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
