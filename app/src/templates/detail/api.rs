//! What the page of a template asks the server.

use domain::error::FieldError;
use domain::page::Page;
use domain::template::{Template, TemplateFields};
use domain::version::VersionSummary;
use leptos::prelude::*;

use crate::error::AppResult;
use crate::outcome::Outcome;
#[cfg(feature = "ssr")]
use crate::outcome::answer;

/// The template with what serves where.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_template(project: String, key: String) -> AppResult<Template> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::templates::get(&ctx, &key).await.for_page()
}

/// Entries of a page of the timeline.
#[cfg(feature = "ssr")]
const TIMELINE_ENTRIES: i64 = 30;

/// The address of a template's page.
pub fn page(project: &str, key: &str) -> String {
    format!("/p/{project}/templates/{key}")
}

/// What the check noticed in a version; it stops nothing.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_warnings(project: String, key: String, number: i64) -> AppResult<Vec<FieldError>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::versions::warnings(&ctx, &key, number).await.for_page()
}

/// Its newest versions, the newest first.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_versions(project: String, key: String) -> AppResult<Page<VersionSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::versions::list(&ctx, &key, &Default::default()).await.for_page()
}

/// What a version holds, as HTML; 0 is the latest.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_content(project: String, key: String, number: i64) -> AppResult<String> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let template = service::templates::get(&ctx, &key).await.for_page()?;
    let version = service::versions::get(&ctx, &key, number).await.for_page()?;
    Ok(super::content::html(&page(&project, &key), version, template.latest_version))
}

/// Code that calls the template, as HTML. The origin is where the browser found this server, if it knows by now.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_snippets(
    project: String,
    key: String,
    #[server(default)] language: String,
    #[server(default)] origin: String,
) -> AppResult<String> {
    use crate::context::{ForPage, ctx};
    // Before anything is waited for: the request is not at hand after that.
    let origin = public_origin(origin)?;
    let ctx = ctx(&project).await?;
    let template = service::templates::get(&ctx, &key).await.for_page()?;
    let version = service::versions::get(&ctx, &key, template.met_by_callers()).await.for_page()?;
    Ok(super::use_it::html(&page(&project, &key), &template, &version.content.parameters, &language, &origin))
}

/// A page of what happened to it, newest first, as HTML: nothing in it needs a script.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_timeline(
    project: String,
    key: String,
    #[server(default)] show: String,
    #[server(default)] label: String,
    cursor: Option<String>,
) -> AppResult<String> {
    use super::timeline::{Asked, html};
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let asked = Asked { project, key, show, label, cursor };
    let page = domain::page::PageRequest { cursor: asked.cursor.clone(), limit: Some(TIMELINE_ENTRIES) };
    let timeline = service::timeline::list(&ctx, &asked.key, &asked.filter()?, &page).await.for_page()?;
    Ok(html(&asked, timeline, &|permission| ctx.authorise(permission).is_ok()))
}

/// What lint says of a version by the rules that are on now, as HTML; 0 is the latest.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_report(project: String, key: String, number: i64) -> AppResult<String> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let report = service::lint::report(&ctx, &key, number).await.for_page()?;
    Ok(super::report::html(&project, report))
}

/// Points a label at a version.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn move_label(
    project: String,
    key: String,
    label: String,
    version: i64,
    #[server(default)] reason: String,
    revision: i64,
) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let to = domain::label::LabelMove { label: label.trim().to_owned(), version, reason };
    let moved = service::labels::move_to(&ctx, &key, to, Some(revision)).await.for_page().map(drop);
    let page = page(&project, &key);
    answer(&page, Option::<FieldsForm>::None, moved, &page)
}

/// Takes a label away.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn remove_label(
    project: String,
    key: String,
    label: String,
    #[server(default)] reason: String,
    revision: i64,
) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let removed = service::labels::remove(&ctx, &key, &label, &reason, Some(revision)).await.for_page().map(drop);
    let page = page(&project, &key);
    answer(&page, Option::<FieldsForm>::None, removed, &page)
}

/// What the form of a template's fields sends.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
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

impl From<TemplateFields> for FieldsForm {
    fn from(fields: TemplateFields) -> Self {
        Self {
            display_name: fields.display_name,
            kind: fields.kind,
            category: fields.category,
            folder: fields.folder,
            description: fields.description,
            tags: fields.tags.join(", "),
            owner: fields.owner,
            review_by: fields.review_by.unwrap_or_default(),
        }
    }
}

#[cfg(feature = "ssr")]
impl FieldsForm {
    fn patch(self) -> domain::template::TemplatePatch {
        domain::template::TemplatePatch {
            display_name: Some(self.display_name),
            kind: Some(self.kind),
            category: Some(self.category),
            folder: Some(self.folder),
            description: Some(self.description),
            tags: Some(self.tags.split(',').map(|tag| tag.trim().to_owned()).collect()),
            owner: Some(self.owner),
            review_by: Some(self.review_by),
            ..Default::default()
        }
    }
}

/// Changes the template's fields.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_fields(project: String, key: String, revision: i64, form: FieldsForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let patch = form.clone().patch();
    let saved = service::templates::update(&ctx, &key, patch, Some(revision)).await.for_page().map(drop);
    let tab = format!("{}?tab=fields", page(&project, &key));
    answer(&tab, Some(form), saved, &format!("{tab}&saved=1"))
}

/// Archives the template, or takes it back into use.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn set_archived(project: String, key: String, revision: i64, archived: bool) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let patch = domain::template::TemplatePatch { is_archived: Some(archived), ..Default::default() };
    let done = service::templates::update(&ctx, &key, patch, Some(revision)).await.for_page().map(drop);
    let page = page(&project, &key);
    answer(&page, Option::<FieldsForm>::None, done, &page)
}

/// The address that callers reach this server at: the configured one, or where the browser found it, or as this request
/// names it.
#[cfg(feature = "ssr")]
fn public_origin(found: String) -> AppResult<String> {
    let visit = crate::context::visit()?;
    if !visit.public_url.is_empty() {
        return Ok(visit.public_url.to_string());
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let parts = use_context::<axum::http::request::Parts>().ok_or_else(domain::Error::internal)?;
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let host = header("host").unwrap_or("localhost");
    let scheme = header("x-forwarded-proto").filter(|p| *p == "https").unwrap_or("http");
    Ok(format!("{scheme}://{host}"))
}
