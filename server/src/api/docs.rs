//! The OpenAPI document and its viewer.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
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

/// The groups of operations, those that agents use first.
const TAGS: &[&str] = &[
    "prompts",
    "executions",
    "auth",
    "topics",
    "templates",
    "samples",
    "files",
    "labels",
    "changes",
    "policies",
    "lint",
    "keys",
    "users",
    "projects",
    "audit",
];

/// Gives each operation a name of its own, its headers, and refusals the media type that they have; puts the groups in
/// order.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.tags = Some(TAGS.iter().map(|name| TagBuilder::new().name(*name).build()).collect());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("DELETE", &mut item.delete),
            ("PATCH", &mut item.patch),
        ] {
            let Some(operation) = operation else { continue };
            name(operation);
            super::protocol::describe(method, path, operation);
        }
    }
    document
}

fn name(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    // Utoipa takes the function's name, which is `list` in many modules.
    operation.operation_id = operation.operation_id.as_ref().map(|name| format!("{tag}_{name}"));
    // A summary is plain text, unlike a description.
    operation.summary = operation.summary.as_ref().map(|text| text.replace('`', ""));
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let is_refusal = status.starts_with(['4', '5']);
        if let Some(content) = is_refusal.then(|| response.content.shift_remove("application/json")).flatten() {
            response.content.insert("application/problem+json".to_owned(), content);
        }
    }
}

static JSON: LazyLock<String> = LazyLock::new(|| super::openapi().to_json().unwrap_or_default());

/// `GET /api/openapi.json`.
pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], JSON.as_str()).into_response()
}

/// The theme as the pages have it: chosen, or else the system's.
const THEME: &str = "let t;try{t=localStorage.getItem('theme')}catch{}\
    document.documentElement.classList.toggle('dark-mode',\
    t?t==='promptory-dark':matchMedia('(prefers-color-scheme: dark)').matches)";

/// Swagger UI puts a link into the button that opens an operation; the button alone does, and the address follows it.
const PLAIN_PATHS: &str = "({React})=>({components:{DeepLink:({text})=>React.createElement('span',null,text)}})";

/// `GET /api/docs`: Swagger UI from our own files.
pub async fn viewer() -> Response {
    let nonce = leptos::nonce::Nonce::new().to_string();
    let base = crate::assets::base();
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>API · Promptory</title><link rel=icon href=\"{base}/icon.svg\" type=\"image/svg+xml\">\
         <link rel=stylesheet href=\"{base}/swagger-ui.css\"><link rel=stylesheet href=\"{base}/api-reference.css\">\
         <script nonce=\"{nonce}\">{THEME}</script></head><body><header class=bar>\
         <span><img src=\"{base}/icon.svg\" alt=\"\" width=24 height=24>API reference</span>\
         <a href=/>Back to Promptory</a></header><main id=swagger-ui></main>\
         <script nonce=\"{nonce}\" src=\"{base}/swagger-ui-bundle.js\"></script>\
         <script nonce=\"{nonce}\">SwaggerUIBundle({{url:'/api/openapi.json',dom_id:'#swagger-ui',deepLinking:true,\
         defaultModelsExpandDepth:-1,validatorUrl:null,plugins:[{PLAIN_PATHS}]}})</script></body></html>"
    );
    let policy = HeaderValue::from_str(&crate::headers::page_policy(&nonce));
    let mut response =
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page).into_response();
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
