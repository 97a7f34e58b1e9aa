//! REST under `/api/v1`: extract, call one service function, answer.

pub mod audit;
pub mod auth;
pub mod bulk;
pub mod changes;
pub mod docs;
pub mod etag;
pub mod executions;
pub mod extract;
pub mod files;
pub mod idempotency;
pub mod keys;
pub mod labels;
pub mod lint;
pub mod page;
pub mod permissions;
pub mod policies;
pub mod projects;
pub mod prompts;
mod protocol;
pub mod samples;
pub mod search;
pub mod templates;
pub mod topics;
pub mod users;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use service::Services;
use tower::ServiceBuilder;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use docs::Security;

#[derive(OpenApi)]
#[openapi(
    info(title = "Promptory", description = "Governed, typed, tested, measured prompts, served to agents."),
    components(schemas(crate::problem::Problem)),
    modifiers(&Security)
)]
struct Document;

/// The routes and their description: the one table of REST.
fn described() -> OpenApiRouter<Arc<Services>> {
    let routes = OpenApiRouter::new()
        .routes(routes!(auth::token))
        .routes(routes!(topics::list, topics::create))
        .routes(routes!(topics::update))
        .routes(routes!(topics::get_prompt, topics::create_prompt, topics::replace_prompt, topics::delete_prompt))
        .routes(routes!(prompts::fetch))
        .routes(routes!(prompts::batch))
        .routes(routes!(prompts::render))
        .routes(routes!(executions::list))
        .routes(routes!(executions::get))
        .routes(routes!(executions::report))
        .routes(routes!(files::export))
        .routes(routes!(files::import).layer(DefaultBodyLimit::max(files::MAX_BODY)))
        .routes(routes!(templates::list, templates::create))
        .routes(routes!(bulk::apply))
        .routes(routes!(search::find))
        .routes(routes!(templates::get, templates::update))
        .routes(routes!(templates::activate))
        .routes(routes!(templates::deactivate))
        .routes(routes!(templates::versions))
        .routes(routes!(templates::timeline))
        .routes(routes!(templates::effective))
        .routes(routes!(templates::comparison))
        .routes(routes!(templates::comparison_mail))
        .routes(routes!(templates::dependencies))
        .routes(routes!(templates::version))
        .routes(routes!(samples::list, samples::create))
        .routes(routes!(samples::get, samples::update, samples::delete))
        .routes(routes!(templates::alias_list, templates::alias_create))
        .routes(routes!(templates::alias_update))
        .routes(routes!(templates::alias_versions))
        .routes(routes!(labels::history, labels::move_label, labels::remove))
        .routes(routes!(changes::list, changes::open))
        .routes(routes!(changes::get, changes::update))
        .routes(routes!(changes::review))
        .routes(routes!(changes::comment))
        .routes(routes!(changes::reply))
        .routes(routes!(changes::resolve))
        .routes(routes!(changes::apply))
        .routes(routes!(changes::publish))
        .routes(routes!(changes::bypass))
        .routes(routes!(changes::schedule, changes::unschedule))
        .routes(routes!(changes::withdraw))
        .routes(routes!(policies::list))
        .routes(routes!(policies::get, policies::update, policies::remove))
        .routes(routes!(lint::get, lint::update))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::update))
        .routes(routes!(users::sessions))
        .routes(routes!(users::revoke_session))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", routes)
}

/// The OpenAPI 3.1 document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    docs::complete(described().split_for_parts().1)
}

/// The routes, and the document and its viewer beside them.
pub fn router(services: &Arc<Services>) -> Router<Arc<Services>> {
    let (router, _) = described().split_for_parts();
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(services.clone(), idempotency::replay))
        .layer(middleware::from_fn(etag::conditional));
    router.layer(around).route("/api/openapi.json", get(docs::document)).route("/api/docs", get(docs::viewer))
}
