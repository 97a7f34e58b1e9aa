//! Versions: immutable once saved; everything is checked before.

use std::collections::HashMap;

use domain::Timestamp;
use domain::compose::Own;
use domain::error::{FieldError, Kind, Problems};
use domain::ids::{TemplateId, VersionId};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::preview::Checked;
use domain::storable::check_words;
use domain::template::Template;
use domain::version::{NewVersion, Parameter, Saved, Version, VersionContent, VersionSummary};
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit::{self, canonical};
use crate::compositions;
use crate::crypto::json_hash;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::drafts;
use crate::error::Result;
use crate::{lint, samples, templates};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    template_id: Uuid,
    content: Json<VersionContent>,
    #[sqlx(flatten)]
    summary: SummaryRow,
}

impl Row {
    fn version(self, labels: Vec<String>) -> Version {
        let row = self.summary;
        Version {
            id: VersionId(self.id),
            template_id: TemplateId(self.template_id),
            number: row.number,
            content: self.content.0,
            content_hash: row.content_hash,
            parent: row.parent,
            commit_message: row.commit_message,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
            labels,
        }
    }
}

pub(crate) fn check_commit_message(text: &str, problems: &mut Problems) {
    check_words(text, 500, "commit_message", problems);
}

/// What a save would say, without saving, and what the rules of lint find that the project has on. The key is empty for a new template.
pub async fn lint(ctx: &Ctx, key: &str, content: &VersionContent) -> Result<Checked> {
    ctx.authorise(Permission::ReadTemplates)?;
    let closure = compositions::closure(ctx, key, content).await?;
    Ok(domain::preview::check(&Own { key, version: 0, content }, &closure, &lint::off(ctx).await?))
}

/// The contract that a JSON Schema describes, or all in it that a contract can't say.
pub fn parameters_of_schema(ctx: &Ctx, text: &str) -> Result<Vec<Parameter>> {
    ctx.authorise(Permission::ReadTemplates)?;
    Ok(domain::contract::of_schema_text(text)?)
}

/// What the check notices in a version; it stops nothing. `number` 0 is the latest.
pub async fn warnings(ctx: &Ctx, key: &str, number: i64) -> Result<Vec<FieldError>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let version = get(ctx, key, number).await?;
    compositions::check(ctx, key, &version.content, &mut Problems::default()).await
}

/// SHA-256 over the content with sorted keys.
pub fn content_hash(content: &VersionContent) -> Result<String> {
    json_hash(&canonical(&serde_json::to_value(content)?))
}

/// Saves a version. `expected` is the template's revision as the author last saw it.
pub async fn create(ctx: &Ctx, key: &str, new: NewVersion, expected: Option<i64>) -> Result<Saved> {
    ctx.authorise(Permission::WriteTemplates)?;
    save(ctx, key, new, Held { revision: expected, ..Held::default() }).await
}

/// Saves a version of what the author typed, when none came after the one that it is to follow. `draft` is the revision of
/// the author's draft as they last saw it: what they typed elsewhere since stays their draft.
pub async fn create_onto(ctx: &Ctx, key: &str, new: NewVersion, onto: i64, draft: Option<i64>) -> Result<Saved> {
    ctx.authorise(Permission::WriteTemplates)?;
    save(ctx, key, new, Held { onto: Some(onto), draft, ..Held::default() }).await
}

/// What has to be as the author last saw it.
#[derive(Default)]
struct Held {
    /// The template.
    revision: Option<i64>,
    /// The newest version.
    onto: Option<i64>,
    /// The author's draft.
    draft: Option<i64>,
}

impl Held {
    fn check(&self, latest: i64) -> domain::Result<()> {
        match self.onto {
            Some(onto) if onto != latest => Err(domain::Error::new(
                Kind::PreconditionFailed,
                "newer_version",
                format!("version {latest} was saved meanwhile; merge your text with it"),
            )),
            _ => Ok(()),
        }
    }
}

async fn save(ctx: &Ctx, key: &str, new: NewVersion, held: Held) -> Result<Saved> {
    let template = templates::require(ctx, key).await?;
    held.check(template.latest_version)?;
    let mut problems = Problems::default();
    let warnings = compositions::check(ctx, &template.key, &new.content, &mut problems).await?;
    check_commit_message(&new.commit_message, &mut problems);
    let parent_fits = (0..=template.latest_version).contains(&new.parent);
    problems.require(parent_fits, "parent", format!("use a version from 0 to {}", template.latest_version));
    problems.finish()?;
    let ready = Ready::new(ctx, new).await?;
    let mut tx = ctx.db().begin().await?;
    let latest = templates::lock(ctx, &mut tx, template.id, held.revision).await?;
    held.check(latest)?;
    refuse_unchanged(&mut tx, template.id, latest, &ready.hash).await?;
    let number = insert(ctx, &mut tx, template.id, &template.key, latest, &ready).await?;
    if let Some(user) = ctx.user_id() {
        drafts::used(&mut tx, (template.id, user), held.draft, &ready.new.content).await?;
    }
    tx.commit().await?;
    Ok(Saved { version: read(ctx, template.id, number).await?, warnings })
}

async fn refuse_unchanged(tx: &mut Tx, template: TemplateId, latest: i64, hash: &str) -> Result<()> {
    let same: i64 = tx
        .scalar(
            "select count(*) from version where template_id = $1 and number = $2 and content_hash = $3",
            (template.0, latest, hash),
        )
        .await?;
    match same {
        0 => Ok(()),
        _ => Err(domain::Error::conflict("unchanged", format!("nothing differs from version {latest}")).into()),
    }
}

/// A checked version with all that is counted over its content, which is done before the transaction.
pub(crate) struct Ready {
    pub(crate) new: NewVersion,
    hash: String,
    score: i64,
}

impl Ready {
    pub(crate) async fn new(ctx: &Ctx, new: NewVersion) -> Result<Self> {
        Ok(Self { hash: content_hash(&new.content)?, score: lint::score(ctx, &new.content).await?, new })
    }
}

/// Adds the next version to a locked template, with its audit event.
pub(crate) async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    template: TemplateId,
    key: &str,
    latest: i64,
    Ready { new, hash, score }: &Ready,
) -> Result<i64> {
    let (id, number) = (ctx.new_id(), latest + 1);
    tx.exec(
        "insert into version (id, template_id, number, content, content_hash, parent, commit_message, created_at,
                              created_by, lint_score, author_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            id,
            template.0,
            number,
            Json(&new.content),
            hash,
            new.parent,
            new.commit_message.trim(),
            ctx.now().0,
            ctx.actor_name(),
            *score,
            ctx.person().map(|person| person.0),
        ),
    )
    .await?;
    let of = Own { key, version: 0, content: &new.content };
    compositions::keep_dependencies(ctx, tx, id, of).await?;
    samples::follow(ctx, tx, (template, key), latest, &new.content.parameters).await?;
    tx.exec("update template set latest = $2 where id = $1", (template.0, number)).await?;
    templates::touch(ctx, tx, template).await?;
    let after = json!({ "number": number, "content_hash": hash, "commit_message": new.commit_message.trim() });
    audit::write(ctx, tx, "version.create", &format!("template:{key}"), (), after).await?;
    Ok(number)
}

/// One version; `number` 0 is the latest.
pub async fn get(ctx: &Ctx, key: &str, number: i64) -> Result<Version> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    read(ctx, template.id, if number == 0 { template.latest_version } else { number }).await
}

/// As [`get`], with the score that lint gave when it was saved, if it did.
pub(crate) async fn scored(ctx: &Ctx, key: &str, number: i64) -> Result<(Version, Option<i64>)> {
    let template = templates::require(ctx, key).await?;
    let row = row(ctx, template.id, if number == 0 { template.latest_version } else { number }).await?;
    let score = row.summary.lint_score;
    Ok((row.version(Vec::new()), score))
}

async fn row(ctx: &Ctx, template: TemplateId, number: i64) -> Result<Row> {
    let row: Option<Row> =
        ctx.db().opt("select * from version where template_id = $1 and number = $2", (template.0, number)).await?;
    row.ok_or_else(|| domain::Error::not_found("version").into())
}

pub(crate) async fn read(ctx: &Ctx, template: TemplateId, number: i64) -> Result<Version> {
    let row = row(ctx, template, number).await?;
    let labels: Vec<(String,)> = ctx
        .db()
        .all("select name from label where template_id = $1 and version = $2 order by name", (template.0, number))
        .await?;
    Ok(row.version(labels.into_iter().map(|(name,)| name).collect()))
}

/// The latest versions of many templates at once; those of a template without versions are absent. Without labels.
pub(crate) async fn latest_of(ctx: &Ctx, templates: &[Template]) -> Result<HashMap<TemplateId, Version>> {
    let keys: Vec<&str> = templates.iter().map(|t| t.key.as_str()).collect();
    let rows: Vec<Row> = ctx
        .db()
        .all(
            "select v.* from template t join version v on v.template_id = t.id and v.number = t.latest
             where t.project_id = $1 and t.key in (select atom from json_each($2))",
            (ctx.project.0, Json(keys)),
        )
        .await?;
    Ok(rows.into_iter().map(|row| (TemplateId(row.template_id), row.version(Vec::new()))).collect())
}

/// Versions older than one, newest first. Without labels.
pub(crate) async fn before(ctx: &Ctx, template: TemplateId, number: i64, most: i64) -> Result<Vec<Version>> {
    let sql = "select * from version where template_id = $1 and number < $2 order by number desc limit $3";
    let rows: Vec<Row> = ctx.db().all(sql, (template.0, number, most)).await?;
    Ok(rows.into_iter().map(|row| row.version(Vec::new())).collect())
}

/// The template's versions, newest first.
pub async fn list(ctx: &Ctx, key: &str, page: &PageRequest) -> Result<Page<VersionSummary>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let (before, limit) = (page.after()?.unwrap_or(i64::MAX), page.limit()?);
    let versions = summaries(ctx, &template, before, limit + 1).await?;
    Ok(Page::cut(versions, limit, |v: &VersionSummary| v.number.to_string()))
}

/// A row of the version list, still without its labels.
#[derive(sqlx::FromRow)]
pub(crate) struct SummaryRow {
    number: i64,
    content_hash: String,
    parent: i64,
    commit_message: String,
    created_at: i64,
    created_by: String,
    lint_score: Option<i64>,
}

impl SummaryRow {
    pub(crate) const COLUMNS: &str = "number, content_hash, parent, commit_message, created_at, created_by, lint_score";

    pub(crate) fn summary(self, template: &Template) -> VersionSummary {
        let labels = template.labels.iter().filter(|l| l.version == self.number).map(|l| l.label.clone()).collect();
        VersionSummary {
            number: self.number,
            content_hash: self.content_hash,
            parent: self.parent,
            commit_message: self.commit_message,
            created_at: Timestamp(self.created_at),
            created_by: self.created_by,
            labels,
            lint_score: self.lint_score,
        }
    }
}

/// Versions older than one, newest first.
pub(crate) async fn summaries(ctx: &Ctx, template: &Template, before: i64, most: i64) -> Result<Vec<VersionSummary>> {
    let sql = format!(
        "select {} from version where template_id = $1 and number < $2 order by number desc limit $3",
        SummaryRow::COLUMNS
    );
    let rows: Vec<SummaryRow> = ctx.db().all(AssertSqlSafe(sql), (template.id.0, before, most)).await?;
    Ok(rows.into_iter().map(|row| row.summary(template)).collect())
}
