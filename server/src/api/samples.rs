//! Sample sets of a template: named values to try it with.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::execution::Variables;
use domain::sample::{NewSample, Sample, SampleSummary, SavedSample};
use serde::Deserialize;
use service::samples;
use utoipa::ToSchema;

use super::extract::{Body, Caller, IfMatch, Named, Params, Revised};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

/// The template's sample sets by name, without their values.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/samples", tag = "samples",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Listed<SampleSummary>), (status = 404, body = Problem)))]
pub async fn list(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Listed<SampleSummary>>, Failure> {
    Ok(Json(samples::list(&ctx, &id, &query.page()).await?.into()))
}

/// Stores a sample set, at most 50 for one template. Values that look like a secret or tell of a person are warned of.
#[utoipa::path(post, path = "/admin/prompts/templates/{id}/samples", tag = "samples", request_body = NewSample,
    params(("id" = String, Path)),
    responses((status = 201, body = SavedSample), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Body(new): Body<NewSample>,
) -> Result<impl IntoResponse, Failure> {
    let saved = samples::create(&ctx, &id, new).await?;
    Ok((StatusCode::CREATED, Revised(saved.sample.revision, Json(saved))))
}

/// One sample set with its values.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/samples/{name}", tag = "samples",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = Sample), (status = 404, body = Problem)))]
pub async fn get(
    Caller(ctx): Caller,
    Named((id, name)): Named<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let sample = samples::get(&ctx, &id, &name).await?;
    Ok(Revised(sample.revision, Json(sample)))
}

/// Other values for a sample set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleValues {
    /// At most 64 KB.
    #[schema(value_type = Object)]
    variables: Variables,
}

/// Gives a sample set other values, all of them.
#[utoipa::path(put, path = "/admin/prompts/templates/{id}/samples/{name}", tag = "samples", request_body = SampleValues,
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = SavedSample), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named((id, name)): Named<(String, String)>,
    IfMatch(revision): IfMatch,
    Body(values): Body<SampleValues>,
) -> Result<impl IntoResponse, Failure> {
    let saved = samples::update(&ctx, &id, &name, values.variables, revision).await?;
    Ok(Revised(saved.sample.revision, Json(saved)))
}

/// Takes a sample set away.
#[utoipa::path(delete, path = "/admin/prompts/templates/{id}/samples/{name}", tag = "samples",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 412, body = Problem)))]
pub async fn delete(
    Caller(ctx): Caller,
    Named((id, name)): Named<(String, String)>,
    IfMatch(revision): IfMatch,
) -> Result<StatusCode, Failure> {
    samples::delete(&ctx, &id, &name, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}
