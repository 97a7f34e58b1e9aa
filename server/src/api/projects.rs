//! Projects.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::project::{NewProject, Project};
use service::projects;

use super::executions::Listed;
use super::extract::{Body, Caller};
use crate::problem::{Failure, Problem};

/// The projects that the caller is a member of.
#[utoipa::path(get, path = "/admin/projects", tag = "projects",
    responses((status = 200, body = Listed<Project>), (status = 401, body = Problem)))]
pub async fn list(Caller(ctx): Caller) -> Result<Json<Listed<Project>>, Failure> {
    Ok(Json(Listed { items: projects::list(&ctx).await?, next: None }))
}

/// Makes a project; who makes it is its first super admin.
#[utoipa::path(post, path = "/admin/projects", tag = "projects", request_body = NewProject,
    responses((status = 201, body = Project), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<NewProject>) -> Result<impl IntoResponse, Failure> {
    Ok((StatusCode::CREATED, Json(projects::create(&ctx, new).await?)))
}
