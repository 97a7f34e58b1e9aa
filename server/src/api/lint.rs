//! Lint: which rules a project has on.

use axum::Json;
use axum::response::IntoResponse;
use domain::lint::{LintPatch, LintSettings};
use service::lint;

use super::extract::{Body, Caller, IfMatch, Revised};
use crate::problem::{Failure, Problem};

/// Every rule with its group, its severity and why it matters, and whether it is on.
#[utoipa::path(get, path = "/admin/lint", tag = "lint",
    responses((status = 200, body = LintSettings), (status = 403, body = Problem)))]
pub async fn get(Caller(ctx): Caller) -> Result<impl IntoResponse, Failure> {
    let settings = lint::get(&ctx).await?;
    Ok(Revised(settings.revision, Json(settings)))
}

/// Switches the named rules off, and all others on.
#[utoipa::path(put, path = "/admin/lint", tag = "lint", request_body = LintPatch,
    responses((status = 200, body = LintSettings), (status = 403, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    IfMatch(revision): IfMatch,
    Body(patch): Body<LintPatch>,
) -> Result<impl IntoResponse, Failure> {
    let settings = lint::update(&ctx, &patch, revision).await?;
    Ok(Revised(settings.revision, Json(settings)))
}
