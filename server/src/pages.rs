//! Pages and server functions: Leptos' routes with the visit in their context.

use std::sync::{Arc, LazyLock};

use app::{App, Site, shell};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context,
};
use service::Services;
use tower_sessions::Session;

use crate::problem::{self, Failure, MAX_BODY};
use crate::{assets, csrf, forms, headers, one_thread, session};

/// The pages' routes, listed once: to list them Leptos runs the pages with a process-wide switch under which the data of
/// whatever page is rendered meanwhile never loads. The first router is there before the first page is.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    one_thread::prepare();
    generate_route_list(App)
});

/// The routes of pages and of `/api/fn`, behind the session, the origin check and the log-in.
pub fn router(services: &Arc<Services>, public_url: &str) -> Router<Arc<Services>> {
    let options = LeptosOptions::builder().output_name("promptory").build();
    let site = Site { assets: assets::base() };
    Router::new()
        .leptos_routes_with_context(&options, ROUTES.clone(), add_policy, move || shell(site.clone()))
        .with_state(options)
        .layer(middleware::from_fn(on_one_thread))
        .layer(middleware::from_fn(guard))
        .layer(middleware::from_fn_with_state((services.clone(), Arc::from(public_url)), session::visit))
}

fn add_policy() {
    let nonce = use_nonce().map(|n| n.to_string()).unwrap_or_default();
    if let (Some(out), Ok(value)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(&headers::page_policy(&nonce)))
    {
        out.insert_header(header::CONTENT_SECURITY_POLICY, value);
        out.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Renders a page; server functions render none.
async fn on_one_thread(request: Request, next: Next) -> Response {
    match request.uri().path().starts_with("/api/fn/") {
        true => next.run(request).await,
        false => one_thread::render(next.run(request)).await,
    }
}

/// Stops what comes from other sites, and sends who is not logged in to the log-in.
async fn guard(session: Session, request: Request, next: Next) -> Response {
    if !csrf::is_same_origin(request.method(), request.headers()) {
        return Failure(domain::Error::forbidden("this request did not come from Promptory's own pages"))
            .into_response();
    }
    let path = request.uri().path();
    if path.starts_with("/p/") {
        match session::login(&session).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let wanted = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
                return Redirect::to(&format!("/login?{}", forms::query(&[("next", &wanted)]))).into_response();
            }
            Err(failure) => return failure.into_response(),
        }
    }
    with_status(next.run(request).await).await
}

/// Leptos answers whatever a server function refuses with 500; the status is the one that the error stands for.
async fn with_status(response: Response) -> Response {
    let is_refusal = response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    // A form posted without JavaScript is sent back to its page instead.
    if !is_refusal || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<domain::Error>(&bytes) {
        parts.status = problem::status(&error);
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// The same address without a slash at its end, inside this site whatever it starts with.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("/{}{query}", path.trim_matches('/')))
}

/// What no route matches: a page that says so, or a problem document to who asks for no page.
pub async fn not_found(request: Request) -> Response {
    if let Some(page) = without_slash(request.uri()) {
        return Redirect::permanent(&page).into_response();
    }
    let accepts = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if request.uri().path().starts_with("/api/") || !accepts.contains("text/html") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let site = Site { assets: assets::base() };
    one_thread::render(render_app_async_with_context(add_policy, move || shell(site.clone()))(request)).await
}

#[cfg(test)]
mod tests {
    use super::without_slash;

    #[test]
    fn a_slash_at_the_end_leads_to_the_page_and_never_to_another_site() {
        for (from, to) in [
            ("/p/default/", Some("/p/default")),
            ("/p/default/templates/?sort=name", Some("/p/default/templates?sort=name")),
            ("//evil.example/", Some("/evil.example")),
            ("/p//", Some("/p")),
            ("/p/default", None),
            ("/", None),
        ] {
            assert_eq!(from.parse().ok().and_then(|uri| without_slash(&uri)).as_deref(), to, "{from}");
        }
    }
}
