//! The audit log.

use axum::Json;
use domain::audit::{AuditEvent, AuditFilter, ChainStatus};
use domain::page::PageRequest;
use serde::Deserialize;
use service::audit;
use utoipa::IntoParams;

use super::extract::{Caller, Params};
use super::page::Listed;
use crate::problem::{Failure, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ListQuery {
    /// How the actor starts, such as `user:ada@`.
    actor: String,
    /// How the action starts, such as `label.`.
    action: String,
    /// How the object starts, such as `template:core_values`.
    object: String,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Audit events, newest first.
#[utoipa::path(get, path = "/admin/audit", tag = "audit", params(ListQuery),
    responses((status = 200, body = Listed<AuditEvent>), (status = 403, body = Problem)))]
pub async fn list(Caller(ctx): Caller, Params(query): Params<ListQuery>) -> Result<Json<Listed<AuditEvent>>, Failure> {
    let filter = AuditFilter { actor: query.actor, action: query.action, object: query.object };
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    Ok(Json(audit::list(&ctx, &filter, &page).await?.into()))
}

/// Recomputes the chain of hashes.
#[utoipa::path(get, path = "/admin/audit/verification", tag = "audit",
    responses((status = 200, body = ChainStatus), (status = 403, body = Problem)))]
pub async fn verify(Caller(ctx): Caller) -> Result<Json<ChainStatus>, Failure> {
    Ok(Json(audit::verify(&ctx).await?))
}
