//! Template records: the routes of two integrations, under `/prompts/templates` and `/admin/prompts/templates`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use domain::comparison::{Compared, ComparisonRequest};
use domain::composition::{Dependencies, Effective};
use domain::page::PageRequest;
use domain::record::{RecordPatch, TemplateRecord};
use domain::template::{TemplateFilter, TemplateSort};
use domain::timeline::{EntryKind, Timeline, TimelineFilter};
use domain::version::{Version, VersionSummary};
use serde::Deserialize;
use service::serving::Wanted;
use service::{comparisons, compositions, records, timeline, versions};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Caller, IfMatch, Named, Params, Revised};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ListQuery {
    /// Words, as in `/admin/prompts/search`, or a part of name, display name or description.
    search: String,
    kind: String,
    category: String,
    tag: String,
    label: String,
    folder: String,
    with_archived: bool,
    /// `key`, `name`, `order`, `updated` or `relevance`.
    sort: String,
    cursor: Option<String>,
    limit: Option<i64>,
}

impl ListQuery {
    fn parts(self) -> Result<(TemplateFilter, PageRequest), Failure> {
        let sort = TemplateSort::parse(&self.sort).map_err(|wrong| Failure(domain::Error::field("sort", wrong)))?;
        let filter = TemplateFilter {
            search: self.search,
            kind: self.kind,
            category: self.category,
            tag: self.tag,
            label: self.label,
            folder: self.folder,
            with_archived: self.with_archived,
            sort,
        };
        Ok((filter, PageRequest { cursor: self.cursor, limit: self.limit }))
    }
}

/// The templates, each with its latest version.
#[utoipa::path(get, path = "/admin/prompts/templates", tag = "templates", params(ListQuery),
    responses((status = 200, body = Listed<TemplateRecord>), (status = 403, body = Problem)))]
pub async fn list(
    Caller(ctx): Caller,
    Params(query): Params<ListQuery>,
) -> Result<Json<Listed<TemplateRecord>>, Failure> {
    let (filter, page) = query.parts()?;
    Ok(Json(records::list(&ctx, &filter, &page).await?.into()))
}

/// Makes a template, with its first version when there is a text.
#[utoipa::path(post, path = "/admin/prompts/templates", tag = "templates", request_body = RecordPatch,
    responses((status = 201, body = TemplateRecord), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<RecordPatch>) -> Result<impl IntoResponse, Failure> {
    let (record, revision) = records::create(&ctx, new).await?;
    Ok((StatusCode::CREATED, Revised(revision, Json(record))))
}

/// One template, by id or key, with its latest version.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = TemplateRecord), (status = 404, body = Problem)))]
pub async fn get(Caller(ctx): Caller, Named(id): Named<String>) -> Result<impl IntoResponse, Failure> {
    let (record, revision) = records::get(&ctx, &id).await?;
    Ok(Revised(revision, Json(record)))
}

/// Changes a template; another text, contract or settings make a new version.
#[utoipa::path(put, path = "/admin/prompts/templates/{id}", tag = "templates", request_body = RecordPatch,
    params(("id" = String, Path)),
    responses((status = 200, body = TemplateRecord), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    IfMatch(revision): IfMatch,
    Body(patch): Body<RecordPatch>,
) -> Result<impl IntoResponse, Failure> {
    let (record, revision) = records::update(&ctx, &id, patch, revision).await?;
    Ok(Revised(revision, Json(record)))
}

/// Which version to activate.
#[derive(Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ActivateQuery {
    /// The latest when absent.
    version: Option<i64>,
}

/// Points `production` at a version.
#[utoipa::path(post, path = "/admin/prompts/templates/{id}/activate", tag = "templates",
    params(("id" = String, Path), ActivateQuery),
    responses((status = 200, body = TemplateRecord), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn activate(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<ActivateQuery>,
    IfMatch(revision): IfMatch,
) -> Result<impl IntoResponse, Failure> {
    let (record, revision) = records::activate(&ctx, &id, query.version, revision).await?;
    Ok(Revised(revision, Json(record)))
}

/// Takes `production` away.
#[utoipa::path(post, path = "/admin/prompts/templates/{id}/deactivate", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = TemplateRecord), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem)))]
pub async fn deactivate(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    IfMatch(revision): IfMatch,
) -> Result<impl IntoResponse, Failure> {
    let (record, revision) = records::deactivate(&ctx, &id, revision).await?;
    Ok(Revised(revision, Json(record)))
}

/// The versions of a template, newest first.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/versions", tag = "templates",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Listed<VersionSummary>), (status = 404, body = Problem)))]
pub async fn versions(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Listed<VersionSummary>>, Failure> {
    Ok(Json(versions::list(&ctx, &id, &query.page()).await?.into()))
}

/// One version whole.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/versions/{number}", tag = "templates",
    params(("id" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Version), (status = 404, body = Problem)))]
pub async fn version(Caller(ctx): Caller, Named((id, number)): Named<(String, i64)>) -> Result<Json<Version>, Failure> {
    Ok(Json(versions::get(&ctx, &id, number).await?))
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct TimelineQuery {
    /// `version` or `label_move`; all kinds when absent.
    #[param(inline)]
    kind: Option<EntryKind>,
    /// The moves of this label alone.
    label: String,
    cursor: Option<String>,
    /// Entries, from 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// What happened to a template, newest first: versions with how they fared and moves of labels, in one stream.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/timeline", tag = "templates",
    params(("id" = String, Path), TimelineQuery),
    responses((status = 200, body = Timeline), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn timeline(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<TimelineQuery>,
) -> Result<Json<Timeline>, Failure> {
    let filter = TimelineFilter { kind: query.kind, label: query.label };
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    Ok(Json(timeline::list(&ctx, &id, &filter, &page).await?))
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct EffectiveQuery {
    /// What this label serves; the latest version when neither is named.
    label: Option<String>,
    /// One version, made of the latest of what it names.
    version: Option<i64>,
}

/// The effective template: one text with a map of where each part comes from, or what keeps it from being one.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/effective", tag = "templates",
    params(("id" = String, Path), EffectiveQuery),
    responses((status = 200, body = Effective), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn effective(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<EffectiveQuery>,
) -> Result<Json<Effective>, Failure> {
    let wanted = Wanted { label: query.label.as_deref(), version: query.version };
    Ok(Json(compositions::effective(&ctx, &id, wanted).await?))
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ComparisonQuery {
    /// A version's number, or `draft` for one's own draft; what `to` was written from when absent.
    from: String,
    /// A version's number, or `draft` for one's own draft; the latest version when absent.
    to: String,
    /// `ignore`: lines are the same when their words are.
    ws: String,
    /// `effective`: the texts with all that they name put in place; `own` when absent.
    text: String,
    /// The name of a sample set to render both with; values are made up when absent.
    sample: String,
}

impl From<ComparisonQuery> for ComparisonRequest {
    fn from(ComparisonQuery { from, to, ws, text, sample }: ComparisonQuery) -> Self {
        Self { from, to, ws, text, sample, ..Self::default() }
    }
}

/// What changed between two versions: texts, what is rendered of them, contract, settings and figures. Version 0 in the
/// answer is the draft.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/comparison", tag = "templates",
    params(("id" = String, Path), ComparisonQuery),
    responses((status = 200, body = Compared), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn comparison(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<ComparisonQuery>,
) -> Result<Json<Compared>, Failure> {
    Ok(Json(comparisons::get(&ctx, &id, &query.into()).await?))
}

/// The same as a document for an e-mail: its styles at the elements, nothing loaded.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/comparison/mail", tag = "templates",
    params(("id" = String, Path), ComparisonQuery),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn comparison_mail(
    Caller(ctx): Caller,
    Named(id): Named<String>,
    Params(query): Params<ComparisonQuery>,
) -> Result<Html<String>, Failure> {
    let request = query.into();
    let compared = comparisons::get(&ctx, &id, &request).await?;
    Ok(Html(app::templates::mail(&id, &request, compared)))
}

/// What a template is made of, and who is made of it.
#[utoipa::path(get, path = "/admin/prompts/templates/{id}/dependencies", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = Dependencies), (status = 404, body = Problem)))]
pub async fn dependencies(Caller(ctx): Caller, Named(id): Named<String>) -> Result<Json<Dependencies>, Failure> {
    Ok(Json(compositions::dependencies(&ctx, &id).await?))
}

/// As `GET /admin/prompts/templates`.
#[utoipa::path(get, path = "/prompts/templates", tag = "templates", params(ListQuery),
    responses((status = 200, body = Listed<TemplateRecord>), (status = 403, body = Problem)))]
pub async fn alias_list(caller: Caller, query: Params<ListQuery>) -> Result<Json<Listed<TemplateRecord>>, Failure> {
    list(caller, query).await
}

/// As `POST /admin/prompts/templates`.
#[utoipa::path(post, path = "/prompts/templates", tag = "templates", request_body = RecordPatch,
    responses((status = 201, body = TemplateRecord), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn alias_create(caller: Caller, body: Body<RecordPatch>) -> Result<impl IntoResponse, Failure> {
    create(caller, body).await
}

/// As `PUT /admin/prompts/templates/{id}`.
#[utoipa::path(put, path = "/prompts/templates/{id}", tag = "templates", request_body = RecordPatch,
    params(("id" = String, Path)),
    responses((status = 200, body = TemplateRecord), (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn alias_update(
    caller: Caller,
    id: Named<String>,
    revision: IfMatch,
    body: Body<RecordPatch>,
) -> Result<impl IntoResponse, Failure> {
    update(caller, id, revision, body).await
}

/// As `GET /admin/prompts/templates/{id}/versions`.
#[utoipa::path(get, path = "/prompts/templates/{id}/versions", tag = "templates",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Listed<VersionSummary>), (status = 404, body = Problem)))]
pub async fn alias_versions(
    caller: Caller,
    id: Named<String>,
    query: Params<PageQuery>,
) -> Result<Json<Listed<VersionSummary>>, Failure> {
    versions(caller, id, query).await
}
