//! Sample sets: named values to try a template with. They belong to no version, and change nothing that is served.

use domain::Timestamp;
use domain::diff::renames;
use domain::error::Problems;
use domain::execution::Variables;
use domain::ids::TemplateId;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::sample::{
    MAX_SAMPLES, NewSample, Sample, SampleSets, SampleSummary, SavedSample, check_name, check_variables, renamed, size,
    warnings,
};
use domain::template::Template;
use domain::version::{Parameter, VersionContent};
use serde_json::json;
use sqlx::types::Json;

use crate::audit;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::db::error::ResultExt;
use crate::error::{Error, Result};
use crate::templates;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    variables: Json<Variables>,
    revision: i64,
    created_at: i64,
    created_by: String,
    updated_at: i64,
    updated_by: String,
}

impl Row {
    fn sample(self) -> Sample {
        Sample {
            name: self.name,
            variables: self.variables.0,
            revision: self.revision,
            created_at: Timestamp(self.created_at),
            created_by: self.created_by,
            updated_at: Timestamp(self.updated_at),
            updated_by: self.updated_by,
        }
    }
}

fn not_found() -> domain::Error {
    domain::Error::not_found("sample set")
}

async fn template_of(ctx: &Ctx, key: &str) -> Result<Template> {
    templates::require(ctx, key).await
}

/// The template's sets by name, without their values.
pub async fn list(ctx: &Ctx, key: &str, page: &PageRequest) -> Result<Page<SampleSummary>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = template_of(ctx, key).await?;
    let (after, limit) = (page.after::<String>()?.unwrap_or_default(), page.limit()?);
    let rows: Vec<(String, i64, i64, String)> = ctx
        .db()
        .all(
            "select name, size, updated_at, updated_by from sample
             where project_id = $1 and template_id = $2 and name > $3 order by name limit $4",
            (ctx.project.0, template.id.0, after, limit + 1),
        )
        .await?;
    let summary = |(name, size, at, updated_by)| SampleSummary { name, size, updated_at: Timestamp(at), updated_by };
    Ok(Page::cut(rows.into_iter().map(summary).collect(), limit, |s: &SampleSummary| s.name.clone()))
}

/// One set with its values.
pub async fn get(ctx: &Ctx, key: &str, name: &str) -> Result<Sample> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = template_of(ctx, key).await?;
    read(ctx, template.id, name).await
}

/// The names of a template's sets, in order.
pub(crate) async fn names(ctx: &Ctx, template: TemplateId) -> Result<Vec<String>> {
    let sql = "select name from sample where project_id = $1 and template_id = $2 order by name";
    let rows: Vec<(String,)> = ctx.db().all(sql, (ctx.project.0, template.0)).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// A set of a template that was found already.
pub(crate) async fn read(ctx: &Ctx, template: TemplateId, name: &str) -> Result<Sample> {
    find(ctx, template, name).await?.ok_or_else(|| not_found().into())
}

async fn find(ctx: &Ctx, template: TemplateId, name: &str) -> Result<Option<Sample>> {
    let sql = "select name, variables, revision, created_at, created_by, updated_at, updated_by from sample
               where project_id = $1 and template_id = $2 and name = $3";
    let row: Option<Row> = ctx.db().opt(sql, (ctx.project.0, template.0, name)).await?;
    Ok(row.map(Row::sample))
}

/// What an editor shows: the names of all sets, and the one of a name. An empty name chooses none.
pub async fn sets(ctx: &Ctx, key: &str, name: &str) -> Result<SampleSets> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = template_of(ctx, key).await?;
    let sql = "select name from sample where project_id = $1 and template_id = $2 order by name";
    let names: Vec<(String,)> = ctx.db().all(sql, (ctx.project.0, template.id.0)).await?;
    let chosen = if name.is_empty() { None } else { find(ctx, template.id, name).await? };
    Ok(SampleSets { names: names.into_iter().map(|(name,)| name).collect(), chosen })
}

/// Stores a set under a new name.
pub async fn create(ctx: &Ctx, key: &str, new: NewSample) -> Result<SavedSample> {
    ctx.authorise(Permission::WriteTemplates)?;
    let template = template_of(ctx, key).await?;
    let mut problems = Problems::default();
    check_name(&new.name, &mut problems);
    check_variables(&new.variables, &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    // No two people add the last set that fits.
    templates::lock(ctx, &mut tx, template.id, None).await?;
    insert(ctx, &mut tx, (template.id, &template.key), &new).await?;
    tx.commit().await?;
    saved(ctx, template.id, &new.name).await
}

async fn saved(ctx: &Ctx, template: TemplateId, name: &str) -> Result<SavedSample> {
    let sample = find(ctx, template, name).await?.ok_or_else(not_found)?;
    let warnings = warnings(&sample.variables);
    Ok(SavedSample { sample, warnings })
}

/// Adds a checked set to a locked template, with its audit event.
pub(crate) async fn insert(ctx: &Ctx, tx: &mut Tx, (template, key): (TemplateId, &str), new: &NewSample) -> Result<()> {
    let sql = "select count(*) from sample where project_id = $1 and template_id = $2";
    let count: i64 = tx.scalar(sql, (ctx.project.0, template.0)).await?;
    if count >= MAX_SAMPLES as i64 {
        let message = format!("the template has {MAX_SAMPLES} sample sets, which is the most: delete one first");
        return Err(domain::Error::conflict("too_many_samples", message).into());
    }
    tx.exec(
        "insert into sample (id, project_id, template_id, name, variables, size, created_at, created_by, updated_at,
                             updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8)",
        (
            ctx.new_id(),
            ctx.project.0,
            template.0,
            &new.name,
            Json(&new.variables),
            size(&new.variables),
            ctx.now().0,
            ctx.actor_name(),
        ),
    )
    .await
    .on_unique::<Error>("sample_template_id_name_key", || {
        let message = format!("there already is a sample set `{}`: choose another name, or change that one", new.name);
        domain::Error::conflict("sample_taken", message).into()
    })?;
    audit::write(ctx, tx, "sample.create", &format!("template:{key}"), (), noted(&new.name, &new.variables)).await
}

/// What the audit log keeps of a set: not the values, which may tell of people and must be gone once deleted.
/// Nor a hash of them: what it is of could be guessed.
fn noted(name: &str, variables: &Variables) -> serde_json::Value {
    json!({ "name": name, "parameters": variables.keys().collect::<Vec<_>>(), "size": size(variables) })
}

/// Gives a set other values. `expected` is the set's revision as it was last seen.
pub async fn update(
    ctx: &Ctx,
    key: &str,
    name: &str,
    variables: Variables,
    expected: Option<i64>,
) -> Result<SavedSample> {
    ctx.authorise(Permission::WriteTemplates)?;
    let template = template_of(ctx, key).await?;
    let mut problems = Problems::default();
    check_variables(&variables, &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    let before = lock(ctx, &mut tx, template.id, name, expected).await?;
    write(ctx, &mut tx, (template.id, &template.key), (name, &before, &variables)).await?;
    tx.commit().await?;
    saved(ctx, template.id, name).await
}

/// Gives the values of a locked template's sets the names that their parameters have in its next version, with an audit event
/// for each set.
pub(crate) async fn follow(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): (TemplateId, &str),
    latest: i64,
    parameters: &[Parameter],
) -> Result<()> {
    let sql = "select name, variables from sample where project_id = $1 and template_id = $2 order by name";
    let sets: Vec<(String, Json<Variables>)> = tx.all(sql, (ctx.project.0, template.0)).await?;
    if sets.is_empty() {
        return Ok(());
    }
    let sql = "select content from version where template_id = $1 and number = $2";
    let before: Option<(Json<VersionContent>,)> = tx.opt(sql, (template.0, latest)).await?;
    let renames = before.map_or_else(Vec::new, |(before,)| renames(&before.0.parameters, parameters));
    for (name, Json(old)) in sets {
        let new = renamed(&old, &renames);
        if new != old {
            write(ctx, tx, (template, key), (&name, &old, &new)).await?;
        }
    }
    Ok(())
}

/// Puts other values into a set of a locked template, with its audit event.
async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): (TemplateId, &str),
    (name, old, new): (&str, &Variables, &Variables),
) -> Result<()> {
    tx.exec(
        "update sample set variables = $3, size = $4, updated_at = $5, updated_by = $6, revision = revision + 1
         where template_id = $1 and name = $2",
        (template.0, name, Json(new), size(new), ctx.now().0, ctx.actor_name()),
    )
    .await?;
    audit::write(ctx, tx, "sample.update", &format!("template:{key}"), noted(name, old), noted(name, new)).await
}

/// Takes a set away. `expected` is the set's revision as it was last seen.
pub async fn delete(ctx: &Ctx, key: &str, name: &str, expected: Option<i64>) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
    let template = template_of(ctx, key).await?;
    let mut tx = ctx.db().begin().await?;
    let before = lock(ctx, &mut tx, template.id, name, expected).await?;
    tx.exec("delete from sample where template_id = $1 and name = $2", (template.id.0, name)).await?;
    let object = format!("template:{}", template.key);
    audit::write(ctx, &mut tx, "sample.delete", &object, noted(name, &before), ()).await?;
    Ok(tx.commit().await?)
}

/// A set's values, which nobody else changes until the transaction ends.
async fn lock(ctx: &Ctx, tx: &mut Tx, template: TemplateId, name: &str, expected: Option<i64>) -> Result<Variables> {
    templates::lock(ctx, tx, template, None).await?;
    let sql = "select variables, revision from sample where project_id = $1 and template_id = $2 and name = $3";
    let row: Option<(Json<Variables>, i64)> = tx.opt(sql, (ctx.project.0, template.0, name)).await?;
    let (variables, revision) = row.ok_or_else(not_found)?;
    templates::check_revision(expected, revision)?;
    Ok(variables.0)
}
