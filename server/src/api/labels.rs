//! Labels: history, moves, removal.

use axum::Json;
use axum::response::IntoResponse;
use domain::label::{LabelEvent, LabelMove};
use domain::page::PageRequest;
use domain::template::Template;
use serde::Deserialize;
use service::labels;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Caller, IfMatch, Params, Revised};
use super::page::Listed;
use crate::problem::{Failure, Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// The template's key.
    template: String,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// The moves of a template's labels, newest first.
#[utoipa::path(get, path = "/admin/labels", tag = "labels", params(HistoryQuery),
    responses((status = 200, body = Listed<LabelEvent>), (status = 404, body = Problem)))]
pub async fn history(
    Caller(ctx): Caller,
    Params(query): Params<HistoryQuery>,
) -> Result<Json<Listed<LabelEvent>>, Failure> {
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    Ok(Json(labels::history(&ctx, &query.template, &page).await?.into()))
}

/// Which label of which template to move where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// The template's key.
    template: String,
    label: String,
    version: i64,
    #[serde(default)]
    reason: String,
}

/// Points a label at a version.
#[utoipa::path(put, path = "/admin/labels", tag = "labels", request_body = MoveRequest,
    responses((status = 200, body = Template), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn move_label(
    Caller(ctx): Caller,
    IfMatch(revision): IfMatch,
    Body(request): Body<MoveRequest>,
) -> Result<impl IntoResponse, Failure> {
    let to = LabelMove { label: request.label, version: request.version, reason: request.reason };
    let template = labels::move_to(&ctx, &request.template, to, revision).await?;
    Ok(Revised(template.revision, Json(template)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RemoveQuery {
    /// The template's key.
    template: String,
    label: String,
    #[serde(default)]
    reason: String,
}

/// Takes a label away.
#[utoipa::path(delete, path = "/admin/labels", tag = "labels", params(RemoveQuery),
    responses((status = 200, body = Template), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem)))]
pub async fn remove(
    Caller(ctx): Caller,
    IfMatch(revision): IfMatch,
    Params(query): Params<RemoveQuery>,
) -> Result<impl IntoResponse, Failure> {
    let template = labels::remove(&ctx, &query.template, &query.label, &query.reason, revision).await?;
    Ok(Revised(template.revision, Json(template)))
}
