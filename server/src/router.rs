//! The one router: probes, assets, forms, pages, REST; and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use service::Services;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::client_ip::{self, Proxies};
use crate::problem::{Failure, MAX_BODY};
use crate::{api, assets, csrf, forms, headers, health, pages, request, session};

/// A request may take this long, whatever it does.
pub const DEADLINE: Duration = Duration::from_secs(30);

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
    let with_session = Router::new()
        .merge(pages::router(services, public_url))
        .route("/", get(forms::start))
        .route("/login", post(forms::log_in).layer(middleware::from_fn(own_pages_only)))
        .route("/logout", post(forms::log_out).layer(middleware::from_fn(own_pages_only)))
        .route("/setup", post(forms::set_up).layer(middleware::from_fn(own_pages_only)))
        .merge(api::router(services))
        .layer(session::layer(services, public_url.starts_with("https://")))
        .layer(CompressionLayer::new().br(true).gzip(true));
    let identify = {
        let services = services.clone();
        move |request: Request, next: Next| request::identify(services.clone(), request, next)
    };
    Router::new()
        .merge(with_session)
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/assets/{build}/{*file}", get(assets::serve))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, DEADLINE))
        .layer(CatchPanicLayer::custom(|_| Failure(domain::Error::internal()).into_response()))
        .layer(middleware::from_fn_with_state(front.proxies.clone(), client_ip::see_through))
        .layer(middleware::from_fn(identify))
        .layer(middleware::from_fn(headers::add))
        .with_state(services.clone())
}

async fn own_pages_only(request: Request, next: Next) -> Response {
    if csrf::is_same_origin(request.method(), request.headers()) {
        return next.run(request).await;
    }
    Failure(domain::Error::forbidden("this form was not sent from Promptory's own pages")).into_response()
}
