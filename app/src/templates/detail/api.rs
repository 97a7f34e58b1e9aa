//! What the page of a template asks the server.

use domain::label::LabelEvent;
use domain::page::Page;
use domain::template::Template;
use domain::version::{Version, VersionSummary};
use leptos::prelude::*;

use crate::error::AppResult;

/// The template with what serves where.
#[server(prefix = "/api/fn")]
pub async fn load_template(project: String, key: String) -> AppResult<Template> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::templates::get(&ctx, &key).await.for_page()
}

/// A page of its versions, newest first.
#[server(prefix = "/api/fn")]
pub async fn load_versions(project: String, key: String, cursor: Option<String>) -> AppResult<Page<VersionSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit: None };
    service::versions::list(&ctx, &key, &page).await.for_page()
}

/// One version whole; 0 is the latest.
#[server(prefix = "/api/fn")]
pub async fn load_version(project: String, key: String, number: i64) -> AppResult<Version> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::versions::get(&ctx, &key, number).await.for_page()
}

/// A page of the moves of its labels, newest first.
#[server(prefix = "/api/fn")]
pub async fn load_history(project: String, key: String, cursor: Option<String>) -> AppResult<Page<LabelEvent>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit: None };
    service::labels::history(&ctx, &key, &page).await.for_page()
}

/// Points a label at a version.
#[server(prefix = "/api/fn")]
pub async fn move_label(
    project: String,
    key: String,
    label: String,
    version: i64,
    #[server(default)] reason: String,
    revision: i64,
) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let to = domain::label::LabelMove { label: label.trim().to_owned(), version, reason };
    service::labels::move_to(&ctx, &key, to, Some(revision)).await.for_page()?;
    leptos_axum::redirect(&format!("/p/{project}/templates/{key}"));
    Ok(())
}

/// Takes a label away.
#[server(prefix = "/api/fn")]
pub async fn remove_label(
    project: String,
    key: String,
    label: String,
    #[server(default)] reason: String,
    revision: i64,
) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::labels::remove(&ctx, &key, &label, &reason, Some(revision)).await.for_page()?;
    leptos_axum::redirect(&format!("/p/{project}/templates/{key}"));
    Ok(())
}

/// What the form of a template's fields sends.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FieldsForm {
    pub display_name: String,
    pub kind: String,
    pub category: String,
    pub folder: String,
    pub description: String,
    /// Between commas.
    pub tags: String,
    pub owner: String,
    pub review_by: String,
}

/// Changes the template's fields.
#[server(prefix = "/api/fn")]
pub async fn save_fields(project: String, key: String, revision: i64, form: FieldsForm) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let patch = domain::template::TemplatePatch {
        display_name: Some(form.display_name),
        kind: Some(form.kind),
        category: Some(form.category),
        folder: Some(form.folder),
        description: Some(form.description),
        tags: Some(form.tags.split(',').map(|tag| tag.trim().to_owned()).collect()),
        owner: Some(form.owner),
        review_by: Some(form.review_by),
        ..Default::default()
    };
    service::templates::update(&ctx, &key, patch, Some(revision)).await.for_page()?;
    leptos_axum::redirect(&format!("/p/{project}/templates/{key}?tab=fields&saved=1"));
    Ok(())
}

/// Archives the template, or takes it back into use.
#[server(prefix = "/api/fn")]
pub async fn set_archived(project: String, key: String, revision: i64, archived: bool) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let patch = domain::template::TemplatePatch { is_archived: Some(archived), ..Default::default() };
    service::templates::update(&ctx, &key, patch, Some(revision)).await.for_page()?;
    leptos_axum::redirect(&format!("/p/{project}/templates/{key}"));
    Ok(())
}

/// The address that callers reach this server at, as this request names it.
#[server(prefix = "/api/fn")]
pub async fn load_origin() -> AppResult<String> {
    let parts = use_context::<axum::http::request::Parts>().ok_or_else(domain::Error::internal)?;
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let host = header("host").unwrap_or("localhost");
    let scheme = header("x-forwarded-proto").filter(|p| *p == "https").unwrap_or("http");
    Ok(format!("{scheme}://{host}"))
}
