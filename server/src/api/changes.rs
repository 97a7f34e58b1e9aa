//! Change requests: the queue, reviews, decisions.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::Timestamp;
use domain::change::{ChangeFilter, ChangePatch, ChangeRequest, ChangeSummary, NewChange, NewComment, NewReview};
use domain::ids::ThreadId;
use serde::Deserialize;
use service::changes;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Caller, IfMatch, Named, Params, Revised};
use super::page::Listed;
use crate::problem::{Failure, Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct QueueQuery {
    /// `open`, `in_review`, `changes_requested`, `approved`, `scheduled`, `published`, `withdrawn` or `superseded`.
    #[serde(default)]
    status: String,
    /// A part of the title.
    #[serde(default)]
    search: String,
    /// Who opened it.
    #[serde(default)]
    author: String,
    /// Who is asked to review it.
    #[serde(default)]
    reviewer: String,
    /// A label that it moves.
    #[serde(default)]
    label: String,
    /// The key of a template whose label it moves.
    #[serde(default)]
    template: String,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    limit: Option<i64>,
}

/// The project's change requests, newest first.
#[utoipa::path(get, path = "/admin/changes", tag = "changes", params(QueueQuery),
    responses((status = 200, body = Listed<ChangeSummary>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    Caller(ctx): Caller,
    Params(query): Params<QueueQuery>,
) -> Result<Json<Listed<ChangeSummary>>, Failure> {
    let page = domain::page::PageRequest { cursor: query.cursor, limit: query.limit };
    let QueueQuery { status, search, author, reviewer, label, template, .. } = query;
    let filter = ChangeFilter { status, search, author, reviewer, label, template };
    Ok(Json(changes::list(&ctx, &filter, &page).await?.into()))
}

type Answer = Revised<Json<ChangeRequest>>;

fn answer(change: ChangeRequest) -> Answer {
    Revised(change.revision, Json(change))
}

/// Proposes to move labels, all together. What the policies ask nothing for is approved from the start.
#[utoipa::path(post, path = "/admin/changes", tag = "changes", request_body = NewChange,
    responses((status = 201, body = ChangeRequest), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn open(Caller(ctx): Caller, Body(new): Body<NewChange>) -> Result<impl IntoResponse, Failure> {
    let change = changes::open(&ctx, new).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, address(change.summary.number))], answer(change)))
}

/// Where a change request is found.
pub fn address(number: i64) -> String {
    format!("/api/v1/admin/changes/{number}")
}

/// A change request with its items, reviews and checks.
#[utoipa::path(get, path = "/admin/changes/{number}", tag = "changes", params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 404, body = Problem)))]
pub async fn get(Caller(ctx): Caller, Named(number): Named<i64>) -> Result<Answer, Failure> {
    Ok(answer(changes::get(&ctx, number).await?))
}

/// Changes words, reviewers or what is proposed; the last makes approvals given before count no more.
#[utoipa::path(patch, path = "/admin/changes/{number}", tag = "changes", request_body = ChangePatch, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
    Body(patch): Body<ChangePatch>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::update(&ctx, number, patch, revision).await?))
}

/// Approves, asks for something else, or comments.
#[utoipa::path(post, path = "/admin/changes/{number}/reviews", tag = "changes", request_body = NewReview, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn review(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    Body(new): Body<NewReview>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::review(&ctx, number, new).await?))
}

/// Moves every label of an approved change request, all of them or none.
#[utoipa::path(post, path = "/admin/changes/{number}/publish", tag = "changes", params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem)))]
pub async fn publish(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
) -> Result<Answer, Failure> {
    Ok(answer(changes::publish(&ctx, number, revision).await?))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Stays in the history.
    reason: String,
}

/// Publishes in an emergency without what the policy asks for.
#[utoipa::path(post, path = "/admin/changes/{number}/bypass", tag = "changes", request_body = Reason, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn bypass(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::bypass(&ctx, number, &reason, revision).await?))
}

/// When to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// In the future, at most a year ahead.
    publish_at: Timestamp,
}

/// Publishes an approved change request at a time.
#[utoipa::path(put, path = "/admin/changes/{number}/schedule", tag = "changes", request_body = Schedule, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn schedule(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
    Body(Schedule { publish_at }): Body<Schedule>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::schedule(&ctx, number, publish_at, revision).await?))
}

/// Leaves it approved, for somebody to publish.
#[utoipa::path(delete, path = "/admin/changes/{number}/schedule", tag = "changes", params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem)))]
pub async fn unschedule(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
) -> Result<Answer, Failure> {
    Ok(answer(changes::unschedule(&ctx, number, revision).await?))
}

/// Takes a proposal back: an author, or a reviewer who closes it.
#[utoipa::path(post, path = "/admin/changes/{number}/withdraw", tag = "changes", request_body = Reason, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn withdraw(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::withdraw(&ctx, number, &reason, revision).await?))
}

/// Comments on lines of a proposed version, and perhaps suggests others.
#[utoipa::path(post, path = "/admin/changes/{number}/comments", tag = "changes", request_body = NewComment, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn comment(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    Body(new): Body<NewComment>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::comment(&ctx, number, new).await?))
}

/// A word in a conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    body: String,
}

/// Goes on with a conversation.
#[utoipa::path(post, path = "/admin/changes/{number}/comments/{thread}/replies", tag = "changes", request_body = Reply, params(("number" = i64, Path), ("thread" = ThreadId, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn reply(
    Caller(ctx): Caller,
    Named((number, thread)): Named<(i64, ThreadId)>,
    Body(Reply { body }): Body<Reply>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::reply(&ctx, number, thread, &body).await?))
}

/// Whether a conversation is settled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    is_resolved: bool,
}

/// Settles a conversation, or opens it again.
#[utoipa::path(put, path = "/admin/changes/{number}/comments/{thread}", tag = "changes", request_body = Resolved, params(("number" = i64, Path), ("thread" = ThreadId, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn resolve(
    Caller(ctx): Caller,
    Named((number, thread)): Named<(i64, ThreadId)>,
    Body(Resolved { is_resolved }): Body<Resolved>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::resolve(&ctx, number, thread, is_resolved).await?))
}

/// Which suggestions to apply.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suggestions {
    /// Ids of their conversations.
    suggestions: Vec<ThreadId>,
}

/// Makes versions of suggestions, one a template, and proposes these instead.
#[utoipa::path(post, path = "/admin/changes/{number}/apply", tag = "changes", request_body = Suggestions, params(("number" = i64, Path)),
    responses((status = 200, body = ChangeRequest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn apply(
    Caller(ctx): Caller,
    Named(number): Named<i64>,
    IfMatch(revision): IfMatch,
    Body(Suggestions { suggestions }): Body<Suggestions>,
) -> Result<Answer, Failure> {
    Ok(answer(changes::apply(&ctx, number, &suggestions, revision).await?))
}
