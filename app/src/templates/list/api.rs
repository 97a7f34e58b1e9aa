//! What the list asks the server.

use domain::bulk::BulkItem;
use domain::page::Page;
use domain::search::{Found, Suggestion};
use domain::template::{Template, TemplateFacets, TemplateFilter};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::outcome::Outcome;

/// A page of the project's templates.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_templates(
    project: String,
    filter: TemplateFilter,
    cursor: Option<String>,
    limit: Option<i64>,
) -> AppResult<Page<Template>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit };
    service::templates::list(&ctx, &filter, &page).await.for_page()
}

/// A page of the project's templates, each with why the search found it.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn find_templates(project: String, filter: TemplateFilter, cursor: Option<String>) -> AppResult<Page<Found>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit: None };
    service::search::list(&ctx, &filter, &page).await.for_page()
}

/// Templates to go to while somebody types.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn suggest_templates(project: String, #[server(default)] typed: String) -> AppResult<Vec<Suggestion>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::search::suggest(&ctx, &typed).await.for_page()
}

/// What the list can be filtered by.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_facets(project: String) -> AppResult<TemplateFacets> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::templates::facets(&ctx).await.for_page()
}

/// The address of the list.
pub fn page(project: &str) -> String {
    format!("/p/{project}/templates")
}

/// Where the files of templates come from.
pub fn export_address(project: &str, keys: &[String]) -> String {
    format!("/api/v1/admin/export?project={project}&keys={}&allow_missing=true", keys.join(","))
}

/// What a bulk change did, for the page of a browser without JavaScript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub action: String,
    pub items: Vec<BulkItem>,
    pub error: Option<AppError>,
}

/// Changes the selected templates, each for itself. `export` leads to their files instead. `back` is the query of the list.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn bulk_templates(
    project: String,
    #[server(default)] keys: Vec<String>,
    #[server(default)] action: String,
    #[server(default)] tags: String,
    #[server(default)] folder: String,
    #[server(default)] back: String,
) -> AppResult<Outcome<Vec<BulkItem>>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let is_key = |key: &String| domain::template::TemplateKey::parse(key).is_ok();
    if action == "export" && !keys.is_empty() && keys.iter().all(is_key) {
        leptos_axum::redirect(&export_address(&project, &keys));
        return Ok(Outcome::Done(Vec::new()));
    }
    let done = match request(keys, &action, &tags, folder) {
        Ok(request) => service::bulk::apply(&ctx, request).await.for_page(),
        Err(error) => Err(AppError(error)),
    };
    let is_query = back.starts_with('?') && back.bytes().all(|b| b.is_ascii_graphic());
    let place = format!("{}{}", page(&project), if is_query { back.as_str() } else { "" });
    let (items, error) = match &done {
        Ok(items) => (items.clone(), None),
        Err(error) => (Vec::new(), Some(error.clone())),
    };
    crate::flash::back(&place, &Report { action, items, error });
    Outcome::of(done)
}

/// The request of the form's fields.
#[cfg(feature = "ssr")]
fn request(
    keys: Vec<String>,
    action: &str,
    tags: &str,
    folder: String,
) -> Result<domain::bulk::BulkRequest, domain::Error> {
    use domain::bulk::BulkAction;
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;
    let action: Result<BulkAction, Error> =
        Deserialize::deserialize(IntoDeserializer::<Error>::into_deserializer(action));
    let action = action.map_err(|_| domain::Error::field("action", "choose what to do with the templates"))?;
    // The form sends every field; what is left in one that another action is for is not meant.
    let tags = if matches!(action, BulkAction::AddTags | BulkAction::RemoveTags) { tags } else { "" };
    let folder = if action == BulkAction::Move { folder } else { String::new() };
    let tags = tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    Ok(domain::bulk::BulkRequest { keys, action, tags, folder })
}
