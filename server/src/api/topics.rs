//! The topic routes of the KPI integration, under `/admin/prompts`. Success bodies are `{"data": …}`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::OriginalUri};
use domain::page::PageRequest;
use domain::topic::{NewTopic, PromptDeleted, PromptText, Topic, TopicCreated, TopicPatch, TopicPrompt};
use domain::version::MessageRole;
use serde::{Deserialize, Serialize};
use service::topics::{self, Write, Written};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Caller, IfMatch, Named, Params, Revised};
use crate::problem::{Failure, Problem};

/// What the check noticed at a save.
const WARNINGS: HeaderName = HeaderName::from_static("promptory-warnings");

/// What the documented bodies wrap their content in.
#[derive(Serialize, ToSchema)]
pub struct Data<T> {
    pub data: T,
}

pub fn data<T: Serialize>(value: T) -> Json<Data<T>> {
    Json(Data { data: value })
}

/// The documented body has no place for warnings, so they stand in a header, as JSON in ASCII.
fn written<T: Serialize>(written: Written<T>) -> Response {
    let mut response = Revised(written.revision, data(written.value)).into_response();
    let escape = |c: char| {
        if c.is_ascii() {
            c.to_string()
        } else {
            c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect()
        }
    };
    let text = serde_json::to_string(&written.warnings).unwrap_or_default().chars().map(escape).collect::<String>();
    if let Some(value) = HeaderValue::from_str(&text).ok().filter(|_| !written.warnings.is_empty()) {
        response.headers_mut().insert(WARNINGS, value);
    }
    response
}

/// `Link: <…>; rel="next"` for bodies that have no place for a cursor.
pub fn next_link(uri: &axum::http::Uri, next: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(cursor) = next else { return headers };
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(k, _)| k != "cursor");
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("cursor", cursor).finish();
    let link = format!("<{}?{query}>; rel=\"next\"", uri.path());
    if let Ok(value) = HeaderValue::from_str(&link) {
        headers.insert(header::LINK, value);
    }
    headers
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `conversation_coaching`, `single_shot`, `kpi_system` or another kind.
    #[serde(default)]
    topic_type: String,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// The topics with their metadata, without texts; the next page is in `Link`.
#[utoipa::path(get, path = "/admin/prompts", tag = "topics", params(ListQuery),
    responses((status = 200, body = Data<Vec<Topic>>), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(
    Caller(ctx): Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<ListQuery>,
) -> Result<impl IntoResponse, Failure> {
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    let topics = topics::list(&ctx, &query.topic_type, &page).await?;
    Ok((next_link(&uri, topics.next.as_deref()), data(topics.items)))
}

/// Makes a topic with its contract; the prompts come after.
#[utoipa::path(post, path = "/admin/prompts", tag = "topics", request_body = NewTopic,
    responses((status = 201, body = Data<TopicCreated>), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<NewTopic>) -> Result<impl IntoResponse, Failure> {
    Ok((StatusCode::CREATED, written(topics::create(&ctx, new).await?)))
}

/// Changes a topic's metadata, contract or settings.
#[utoipa::path(put, path = "/admin/prompts/{topic_id}", tag = "topics", request_body = TopicPatch,
    params(("topic_id" = String, Path)),
    responses((status = 200, body = Data<Topic>), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named(topic_id): Named<String>,
    IfMatch(revision): IfMatch,
    Body(patch): Body<TopicPatch>,
) -> Result<impl IntoResponse, Failure> {
    Ok(written(topics::update(&ctx, &topic_id, patch, revision).await?))
}

fn role(text: &str) -> Result<MessageRole, Failure> {
    MessageRole::parse(text).map_err(|_| Failure(domain::Error::not_found("prompt")))
}

/// One prompt's text and contract, for editing.
#[utoipa::path(get, path = "/admin/prompts/{topic_id}/{prompt_type}", tag = "topics",
    params(("topic_id" = String, Path), ("prompt_type" = String, Path)),
    responses((status = 200, body = Data<TopicPrompt>), (status = 404, body = Problem)))]
pub async fn get_prompt(
    Caller(ctx): Caller,
    Named((topic, kind)): Named<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let (prompt, revision) = topics::get_prompt(&ctx, &topic, role(&kind)?).await?;
    Ok(Revised(revision, data(prompt)))
}

/// Adds a prompt to a topic.
#[utoipa::path(post, path = "/admin/prompts/{topic_id}/{prompt_type}", tag = "topics", request_body = PromptText,
    params(("topic_id" = String, Path), ("prompt_type" = String, Path)),
    responses((status = 201, body = Data<TopicPrompt>), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create_prompt(
    Caller(ctx): Caller,
    Named((topic, kind)): Named<(String, String)>,
    IfMatch(revision): IfMatch,
    Body(text): Body<PromptText>,
) -> Result<impl IntoResponse, Failure> {
    let role = role(&kind)?;
    let prompt = topics::put_prompt(&ctx, &topic, role, &text.content, Write::Create, revision).await?;
    Ok((StatusCode::CREATED, written(prompt)))
}

/// Replaces a prompt's text.
#[utoipa::path(put, path = "/admin/prompts/{topic_id}/{prompt_type}", tag = "topics", request_body = PromptText,
    params(("topic_id" = String, Path), ("prompt_type" = String, Path)),
    responses((status = 200, body = Data<TopicPrompt>), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn replace_prompt(
    Caller(ctx): Caller,
    Named((topic, kind)): Named<(String, String)>,
    IfMatch(revision): IfMatch,
    Body(text): Body<PromptText>,
) -> Result<impl IntoResponse, Failure> {
    let role = role(&kind)?;
    Ok(written(topics::put_prompt(&ctx, &topic, role, &text.content, Write::Replace, revision).await?))
}

/// Removes a prompt from a topic.
#[utoipa::path(delete, path = "/admin/prompts/{topic_id}/{prompt_type}", tag = "topics",
    params(("topic_id" = String, Path), ("prompt_type" = String, Path)),
    responses((status = 200, body = Data<PromptDeleted>), (status = 404, body = Problem), (status = 412, body = Problem)))]
pub async fn delete_prompt(
    Caller(ctx): Caller,
    Named((topic, kind)): Named<(String, String)>,
    IfMatch(revision): IfMatch,
) -> Result<impl IntoResponse, Failure> {
    Ok(written(topics::delete_prompt(&ctx, &topic, role(&kind)?, revision).await?))
}
