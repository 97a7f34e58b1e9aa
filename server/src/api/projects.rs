//! Projects.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::page::Page;
use domain::project::{NewProject, Project};
use service::{Services, projects};

use super::extract::{Body, Caller, Params, Who};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

/// The projects that the caller is a member of; an API key is in one.
#[utoipa::path(get, path = "/admin/projects", tag = "projects", params(PageQuery),
    responses((status = 200, body = Listed<Project>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    State(services): State<Arc<Services>>,
    who: Who,
    Params(query): Params<PageQuery>,
) -> Result<Json<Listed<Project>>, Failure> {
    let items = match who {
        Who::Person(login) => projects::list_of(&services, login).await?,
        Who::Key(ctx) => projects::list_of_key(&ctx).await?,
    };
    Ok(Json(Page::of_all(items, &query.page(), |p: &Project| p.key.clone())?.into()))
}

/// Makes a project; who makes it is its first super admin.
#[utoipa::path(post, path = "/admin/projects", tag = "projects", request_body = NewProject,
    responses((status = 201, body = Project), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<NewProject>) -> Result<impl IntoResponse, Failure> {
    Ok((StatusCode::CREATED, Json(projects::create(&ctx, new).await?)))
}
