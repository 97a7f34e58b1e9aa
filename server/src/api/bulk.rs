//! One change of many templates.

use axum::Json;
use domain::bulk::{BulkItem, BulkRequest};
use serde::Serialize;
use service::bulk;
use utoipa::ToSchema;

use super::extract::{Body, Caller};
use crate::problem::{Failure, Problem};

/// What became of each template, in the order of the request.
#[derive(Serialize, ToSchema)]
pub struct BulkReply {
    items: Vec<BulkItem>,
}

/// Tags, moves, archives or restores many templates. Each is changed, or not, for itself: the answer is 200 also when some
/// of them, or all, have failed, and says of each what became of it.
#[utoipa::path(post, path = "/admin/prompts/templates/bulk", tag = "templates", request_body = BulkRequest,
    responses((status = 200, body = BulkReply), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn apply(Caller(ctx): Caller, Body(request): Body<BulkRequest>) -> Result<Json<BulkReply>, Failure> {
    Ok(Json(BulkReply { items: bulk::apply(&ctx, request).await? }))
}
