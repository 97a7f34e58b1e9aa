//! Policies of labels.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::policy::{LabelPolicy, Policy};
use serde::Serialize;
use service::policies::{self, Set};
use utoipa::ToSchema;

use super::changes::address;
use super::extract::{Body, Caller, IfMatch, Named, Params, Revised};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

/// The protected labels with their policies.
#[utoipa::path(get, path = "/admin/policies", tag = "policies", params(PageQuery),
    responses((status = 200, body = Listed<LabelPolicy>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn list(Caller(ctx): Caller, Params(query): Params<PageQuery>) -> Result<Json<Listed<LabelPolicy>>, Failure> {
    let all = policies::list(&ctx).await?;
    let page = domain::page::Page::of_all(all, &query.page(), |policy| policy.label.clone())?;
    Ok(Json(page.into()))
}

/// What must hold before a protected label moves.
#[utoipa::path(get, path = "/admin/policies/{label}", tag = "policies", params(("label" = String, Path)),
    responses((status = 200, body = LabelPolicy), (status = 404, body = Problem)))]
pub async fn get(Caller(ctx): Caller, Named(label): Named<String>) -> Result<impl IntoResponse, Failure> {
    let policy = policies::get(&ctx, &label).await?;
    Ok(Revised(policy.revision, Json(policy)))
}

/// A weaker policy is a proposal.
#[derive(Serialize, ToSchema)]
pub struct Proposed {
    /// The number of the change request.
    change: i64,
    /// Where it is found.
    address: String,
}

/// Protects a label. A policy that asks for less than the one before becomes a change request, approved under that.
#[utoipa::path(put, path = "/admin/policies/{label}", tag = "policies", request_body = Policy, params(("label" = String, Path)),
    responses((status = 200, body = LabelPolicy), (status = 202, body = Proposed), (status = 403, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named(label): Named<String>,
    IfMatch(revision): IfMatch,
    Body(policy): Body<Policy>,
) -> Result<Response, Failure> {
    Ok(answer(policies::update(&ctx, &label, Some(policy), revision).await?))
}

/// Proposes to protect a label no more.
#[utoipa::path(delete, path = "/admin/policies/{label}", tag = "policies", params(("label" = String, Path)),
    responses((status = 202, body = Proposed), (status = 204, description = "Nothing protected it."), (status = 403, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn remove(
    Caller(ctx): Caller,
    Named(label): Named<String>,
    IfMatch(revision): IfMatch,
) -> Result<Response, Failure> {
    Ok(answer(policies::update(&ctx, &label, None, revision).await?))
}

fn answer(set: Set) -> Response {
    match set {
        Set::Done(Some(policy)) => Revised(policy.revision, Json(policy)).into_response(),
        Set::Done(None) => StatusCode::NO_CONTENT.into_response(),
        Set::Proposed(change) => {
            let address = address(change);
            let place = [(header::LOCATION, address.clone())];
            (StatusCode::ACCEPTED, place, Json(Proposed { change, address })).into_response()
        }
    }
}
