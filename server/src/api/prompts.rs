//! What services call: fetch, batch, render.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::execution::{RenderReply, RenderRequest};
use domain::topic::{BatchEntry, BatchRequest, TopicPrompts};
use serde::{Deserialize, Serialize};
use service::compositions;
use service::render;
use service::serving::{self, Wanted};
use utoipa::{IntoParams, ToSchema};

use super::etag;
use super::extract::{Body, Caller, Named, Params};
use super::topics::Data;
use crate::problem::{Failure, Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FetchQuery {
    /// The label to read; the key's environment when absent.
    label: Option<String>,
    /// One version, whatever the labels say.
    version: Option<i64>,
    /// Adds the contract.
    #[serde(default)]
    include_parameters: bool,
    /// Every template that this one is made of, as written, instead of the one text: `data` then holds `key`, `version`,
    /// `effective_hash`, `closure` (what each reference stands for) and `templates`.
    #[serde(default)]
    bundle: bool,
}

/// All prompts of a topic, as its label serves them: inheritance flattened, fragments in place, variables kept.
#[utoipa::path(get, path = "/prompts/{topic_id}", tag = "prompts", params(("topic_id" = String, Path), FetchQuery),
    responses((status = 200, body = Data<TopicPrompts>), (status = 304), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn fetch(
    Caller(ctx): Caller,
    Named(topic_id): Named<String>,
    Params(query): Params<FetchQuery>,
) -> Result<Response, Failure> {
    let wanted = Wanted { label: query.label.as_deref(), version: query.version };
    if query.bundle {
        return Ok(Json(Data { data: compositions::bundle(&ctx, &topic_id, wanted).await? }).into_response());
    }
    let served = serving::fetch(&ctx, &topic_id, wanted).await?;
    let suffix = if query.include_parameters { "-p" } else { "" };
    let tag = HeaderValue::from_str(&format!("\"{}{suffix}\"", &served.effective_hash[..32]));
    let body = served.bodies[usize::from(query.include_parameters)].clone();
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ETAG, tag.map_err(|_| Failure(domain::Error::internal()))?);
    headers.insert("promptory-version", HeaderValue::from(served.version));
    Ok(response)
}

/// Several topics, and those that could not be served.
#[derive(Serialize, ToSchema)]
pub struct BatchReply {
    data: BTreeMap<String, BatchEntry>,
    /// Topics that don't exist here or serve nothing on the label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// The prompts of up to a hundred topics.
#[utoipa::path(post, path = "/prompts/batch", tag = "prompts", request_body = BatchRequest,
    responses((status = 200, body = BatchReply), (status = 304), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn batch(
    Caller(ctx): Caller,
    headers: HeaderMap,
    Body(request): Body<BatchRequest>,
) -> Result<Response, Failure> {
    let (found, missing) = serving::fetch_batch(&ctx, &request).await?;
    let body = serde_json::to_vec(&BatchReply { data: found.into_iter().collect(), missing })
        .map_err(|e| Failure::from(service::Error::from(e)))?;
    let tag = etag::of(&body);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|sent| etag::names(sent, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json), (header::ETAG, tag)], body).into_response())
}

/// Fills a template in and records the execution.
#[utoipa::path(post, path = "/prompts/render", tag = "prompts", request_body = RenderRequest,
    responses((status = 200, body = RenderReply), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn render(Caller(ctx): Caller, Body(request): Body<RenderRequest>) -> Result<Json<RenderReply>, Failure> {
    Ok(Json(render::render(&ctx, request).await?))
}
