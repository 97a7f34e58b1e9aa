//! API keys.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::api_key::{ApiKey, CreatedApiKey, NewApiKey};
use domain::ids::ApiKeyId;
use service::api_keys;

use super::extract::{Body, Caller, Named, Params};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

/// The project's keys, newest first, without their secrets.
#[utoipa::path(get, path = "/admin/keys", tag = "keys", params(PageQuery),
    responses((status = 200, body = Listed<ApiKey>), (status = 403, body = Problem)))]
pub async fn list(Caller(ctx): Caller, Params(query): Params<PageQuery>) -> Result<Json<Listed<ApiKey>>, Failure> {
    Ok(Json(api_keys::list(&ctx, &query.page()).await?.into()))
}

/// Makes a key; its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/admin/keys", tag = "keys", request_body = NewApiKey,
    responses((status = 201, body = CreatedApiKey), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<NewApiKey>) -> Result<impl IntoResponse, Failure> {
    Ok((StatusCode::CREATED, Json(api_keys::create(&ctx, new).await?)))
}

/// Ends a key.
#[utoipa::path(delete, path = "/admin/keys/{id}", tag = "keys", params(("id" = ApiKeyId, Path)),
    responses((status = 200, body = ApiKey), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn revoke(Caller(ctx): Caller, Named(id): Named<ApiKeyId>) -> Result<Json<ApiKey>, Failure> {
    Ok(Json(api_keys::revoke(&ctx, id).await?))
}
