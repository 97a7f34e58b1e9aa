//! The one router: probes, assets, forms, pages, REST; and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use service::Services;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::client_ip::Proxies;
use crate::problem::{Failure, MAX_BODY};
use crate::request::{self, Outermost};
use crate::{api, assets, csrf, forms, health, pages, presence, session};

/// A request may take this long, whatever it does.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// The URL that people and agents use; empty where it is the address that is listened on.
    pub public_url: String,
    pub proxies: Proxies,
}

/// Everything the product answers.
pub fn router(services: &Arc<Services>, front: &Front) -> Router {
    let public_url = front.public_url.as_str();
    let outermost = Outermost { services: services.clone(), proxies: front.proxies.clone() };
    // Each `layer` of a router boxes every route once more; these are put together first.
    let around_all = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(outermost, request::answer))
        .layer(CatchPanicLayer::custom(|_| Failure(domain::Error::internal()).into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, DEADLINE))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    let with_cookies = ServiceBuilder::new()
        .layer(CompressionLayer::new().br(true).gzip(true))
        .layer(session::layer(services, public_url.starts_with("https://")));
    let with_session = Router::new()
        .merge(pages::router(services, public_url))
        .route("/p/{project}/templates/{key}/presence", get(presence::watch))
        .route("/", get(forms::start))
        .route("/login", post(forms::log_in).layer(middleware::from_fn(own_pages_only)))
        .route("/logout", post(forms::log_out).layer(middleware::from_fn(own_pages_only)))
        .route("/setup", post(forms::set_up).layer(middleware::from_fn(own_pages_only)))
        .route("/p/{project}/settings/files/upload", upload())
        .merge(api::router(services))
        .layer(with_cookies);
    Router::new()
        .merge(with_session)
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/assets/{build}/{*file}", get(assets::serve))
        .fallback(pages::not_found)
        .layer(around_all)
        .with_state(services.clone())
}

/// The form that brings files in takes more than others.
fn upload() -> MethodRouter<Arc<Services>> {
    let limit = DefaultBodyLimit::max(api::files::MAX_BODY);
    post(forms::upload).layer(limit).layer(middleware::from_fn(own_pages_only))
}

async fn own_pages_only(request: Request, next: Next) -> Response {
    if csrf::is_same_origin(request.method(), request.headers()) {
        return next.run(request).await;
    }
    Failure(domain::Error::forbidden("this form was not sent from Promptory's own pages")).into_response()
}
