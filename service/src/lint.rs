//! Lint: the rules that a project has on, the scores kept with versions, and what a saved version is told.

use std::collections::HashSet;

use domain::Timestamp;
use domain::error::Problems;
use domain::lint::{Finding, LintPatch, LintSettings, Report, check_off, settings_of};
use domain::permission::Permission;
use domain::version::VersionContent;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::ctx::{Ctx, Services};
use crate::error::{Error, Result};
use crate::{templates, versions};

#[derive(sqlx::FromRow)]
struct Row {
    off: Json<Vec<String>>,
    revision: i64,
    updated_at: i64,
    updated_by: String,
}

impl Row {
    fn settings(row: Option<Self>) -> LintSettings {
        let Some(row) = row else { return LintSettings { rules: settings_of(&HashSet::new()), ..Default::default() } };
        LintSettings {
            rules: settings_of(&row.off.0.into_iter().collect()),
            revision: row.revision,
            updated_at: Some(Timestamp(row.updated_at)),
            updated_by: row.updated_by,
        }
    }
}

const OF_PROJECT: &str = "select off, revision, updated_at, updated_by from lint_setting where project_id = $1";

/// Every rule, and whether the project has it on.
pub async fn get(ctx: &Ctx) -> Result<LintSettings> {
    ctx.authorise(Permission::ReadTemplates)?;
    read(ctx).await
}

async fn read(ctx: &Ctx) -> Result<LintSettings> {
    Ok(Row::settings(row(ctx).await?))
}

async fn row(ctx: &Ctx) -> Result<Option<Row>> {
    Ok(ctx.db().opt(OF_PROJECT, (ctx.project.0,)).await?)
}

/// Switches rules off, and all others on. `expected` is the settings' revision as they were last seen.
pub async fn update(ctx: &Ctx, patch: &LintPatch, expected: Option<i64>) -> Result<LintSettings> {
    ctx.authorise(Permission::ManagePolicy)?;
    let mut problems = Problems::default();
    let off = check_off(&patch.off, &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    // Two who switch at once wait for each other here, also before there is a row.
    audit::lock(ctx, &mut tx).await?;
    let before = Row::settings(tx.opt(OF_PROJECT, (ctx.project.0,)).await?);
    templates::check_revision(expected, before.revision)?;
    tx.exec(
        "insert into lint_setting (project_id, off, revision, updated_at, updated_by) values ($1, $2, $3, $4, $5)
         on conflict (project_id) do update set off = excluded.off, revision = excluded.revision,
           updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        (ctx.project.0, Json(&off), before.revision + 1, ctx.now().0, ctx.actor_name()),
    )
    .await?;
    let was_off = before.off().collect::<Vec<_>>();
    audit::write(ctx, &mut tx, "lint.update", "lint:rules", json!({ "off": was_off }), json!({ "off": off })).await?;
    tx.commit().await?;
    read(ctx).await
}

/// The rules that the project has switched off.
pub(crate) async fn off(ctx: &Ctx) -> Result<HashSet<String>> {
    Ok(ids(row(ctx).await?.map(|row| row.off)))
}

fn ids(off: Option<Json<Vec<String>>>) -> HashSet<String> {
    off.map(|off| off.0.into_iter().collect()).unwrap_or_default()
}

/// What lint finds by the rules that are on: of a long text it takes its time, on a thread of its own.
pub(crate) async fn findings(content: VersionContent, off: HashSet<String>) -> Result<Vec<Finding>> {
    let working = tokio::task::spawn_blocking(move || domain::lint::lint(&content, &off));
    working.await.map_err(|e| Error::Internal(e.into()))
}

/// What lint leaves of 100.
async fn points(content: VersionContent, off: HashSet<String>) -> Result<i64> {
    Ok(i64::from(domain::lint::score(&findings(content, off).await?).points))
}

/// The score of a version that is going to be saved. It takes its time: before the transaction, which others wait for.
pub(crate) async fn score(ctx: &Ctx, content: &VersionContent) -> Result<i64> {
    points(content.clone(), off(ctx).await?).await
}

/// What lint says of a version by the rules that are on now; `number` 0 is the latest.
pub async fn report(ctx: &Ctx, key: &str, number: i64) -> Result<Report> {
    ctx.authorise(Permission::ReadTemplates)?;
    let (version, score_at_save) = versions::scored(ctx, key, number).await?;
    let findings = findings(version.content, off(ctx).await?).await?;
    let score = domain::lint::score(&findings);
    Ok(Report { findings, score, score_at_save })
}

/// A version without a score, and what its project has switched off.
type Unscored = (Uuid, Json<VersionContent>, Option<Json<Vec<String>>>);

/// Counts the scores of versions from before there was lint, a few at a time; gives how many there were.
pub async fn score_old(services: &Services) -> Result<usize> {
    const AT_ONCE: i64 = 20;
    let mut counted = 0;
    loop {
        let rows: Vec<Unscored> = services
            .db
            .all(
                "select v.id, v.content, s.off from version v join template t on t.id = v.template_id
                 left join lint_setting s on s.project_id = t.project_id
                 where v.lint_score is null order by v.id limit $1",
                (AT_ONCE,),
            )
            .await?;
        if rows.is_empty() {
            return Ok(counted);
        }
        for (id, content, off) in rows {
            let score = points(content.0, ids(off)).await?;
            let sql = "update version set lint_score = $2 where id = $1 and lint_score is null";
            services.db.exec(sql, (id, score)).await?;
            counted += 1;
        }
    }
}
