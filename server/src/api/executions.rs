//! Executions and what callers report of them.

use axum::Json;
use axum::http::StatusCode;
use domain::execution::{Execution, ExecutionFilter, ExecutionSummary, ResultReport};
use domain::ids::ExecutionId;
use domain::page::PageRequest;
use serde::Deserialize;
use service::executions;
use utoipa::IntoParams;

use super::extract::{Body, Caller, Named, Params};
use super::page::Listed;
use crate::problem::{Failure, Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct ListQuery {
    template: String,
    status: String,
    environment: String,
    agent: String,
    user: String,
    /// RFC 3339, inclusive.
    from: String,
    /// RFC 3339, exclusive.
    to: String,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Executions, newest first.
#[utoipa::path(get, path = "/executions", tag = "executions", params(ListQuery),
    responses((status = 200, body = Listed<ExecutionSummary>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    Caller(ctx): Caller,
    Params(query): Params<ListQuery>,
) -> Result<Json<Listed<ExecutionSummary>>, Failure> {
    let filter = ExecutionFilter {
        template: query.template,
        status: query.status,
        environment: query.environment,
        agent: query.agent,
        user: query.user,
        from: query.from,
        to: query.to,
    };
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    Ok(Json(executions::list(&ctx, &filter, &page).await?.into()))
}

/// One execution with its variables and texts.
#[utoipa::path(get, path = "/executions/{id}", tag = "executions", params(("id" = ExecutionId, Path)),
    responses((status = 200, body = Execution), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(Caller(ctx): Caller, Named(id): Named<ExecutionId>) -> Result<Json<Execution>, Failure> {
    Ok(Json(executions::get(&ctx, id).await?))
}

/// What came of an execution: the first report stands, the same one again is fine.
#[utoipa::path(post, path = "/executions/{id}/result", tag = "executions", request_body = ResultReport,
    params(("id" = ExecutionId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn report(
    Caller(ctx): Caller,
    Named(id): Named<ExecutionId>,
    Body(report): Body<ResultReport>,
) -> Result<StatusCode, Failure> {
    executions::report(&ctx, id, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
