//! Search over templates.

use axum::Json;
use domain::page::PageRequest;
use domain::search::Found;
use serde::Deserialize;
use service::search;
use utoipa::IntoParams;

use super::extract::{Caller, Params};
use super::page::Listed;
use crate::problem::{Failure, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct SearchQuery {
    /// Words that must all occur, phrases between quotation marks; the last word may be the start of one. At most 200
    /// characters and 12 words.
    q: String,
    /// Also templates that are archived.
    with_archived: bool,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Searches keys, names, tags, descriptions, messages (of the latest version and of what labels serve) and commit messages;
/// what fits best comes first, each template with why it was found. `pieces` are plain text, not HTML.
///
/// Long texts are searched to their end as long as a template's messages hold no more than about 800 KB of different words,
/// and its 500 newest commit messages no more than 150 KB. Labels are the environments and those that moved last, 20 in all.
#[utoipa::path(get, path = "/admin/prompts/search", tag = "templates", params(SearchQuery),
    responses((status = 200, body = Listed<Found>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn find(Caller(ctx): Caller, Params(query): Params<SearchQuery>) -> Result<Json<Listed<Found>>, Failure> {
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    Ok(Json(search::find(&ctx, &query.q, query.with_archived, &page).await?.into()))
}
