//! Labels: which version serves under which name, with history.

use domain::Timestamp;
use domain::compose::Own;
use domain::composition::Resolved;
use domain::error::{FieldError, Problems};
use domain::ids::TemplateId;
use domain::label::{LabelEvent, LabelMove, check_label};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::storable::check_words;
use domain::template::Template;
use domain::version::VersionContent;
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::changes::Warrant;
use crate::compositions::{self, Composition};
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::policies;
use crate::serving;
use crate::templates;
use crate::versions;

/// Points a label at a version. `expected` is the template's revision as the mover last saw it.
pub async fn move_to(ctx: &Ctx, key: &str, to: LabelMove, expected: Option<i64>) -> Result<Template> {
    ctx.authorise(Permission::to_move(&to.label))?;
    let template = templates::require(ctx, key).await?;
    let mut problems = Problems::default();
    problems.take("label", check_label(&to.label));
    check_reason(&to.reason, &mut problems);
    let exists = (1..=template.latest_version).contains(&to.version);
    problems.require(exists, "version", format!("use a version from 1 to {}", template.latest_version));
    problems.finish()?;
    let version = versions::read(ctx, template.id, to.version).await?;
    if version.content.is_empty() {
        return Err(domain::Error::field("version", "has no messages yet, so there is nothing to serve").into());
    }
    let mut tx = ctx.db().begin().await?;
    templates::lock(ctx, &mut tx, template.id, expected).await?;
    let warrant = policies::unprotected(ctx, &mut tx, &to.label).await?;
    point(ctx, &mut tx, (template.id, &template.key), &to, (&version.content, warrant)).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    templates::require(ctx, &template.key).await
}

pub(crate) fn check_reason(reason: &str, problems: &mut Problems) {
    check_words(reason, 500, "reason", problems);
}

/// A template whose row is locked: its id and its key.
pub(crate) type Locked<'a> = (TemplateId, &'a str);

/// Where a label points, read inside the transaction; 0 for nowhere.
async fn current(tx: &mut Tx, template: Uuid, label: &str) -> Result<i64> {
    let sql = "select version from label where template_id = $1 and name = $2";
    Ok(tx.opt::<(i64,)>(sql, (template, label)).await?.map_or(0, |(version,)| version))
}

/// Moves the label of a locked template to a version of this content, with all that it is made of as of now, with
/// history, audit and the project's revision.
pub(crate) async fn point(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): Locked<'_>,
    to: &LabelMove,
    (content, warrant): (&VersionContent, Warrant),
) -> Result<()> {
    let of = Own { key, version: to.version, content };
    let made = compositions::compose_locked(ctx, tx, of, &to.label).await.map_err(|e| e.rename(in_version))?;
    set(ctx, tx, (template, key), to, (&made, warrant)).await
}

/// Lets the label of a locked template serve what is put together, with history, audit and the project's revision.
pub(crate) async fn set(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): Locked<'_>,
    to: &LabelMove,
    (made, warrant): (&Composition, Warrant),
) -> Result<()> {
    let from = current(tx, template.0, &to.label).await?;
    tx.exec(
        "insert into label (template_id, name, version, effective_hash, moved_at, moved_by, closure, composed)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (template_id, name) do update set version = excluded.version,
           effective_hash = excluded.effective_hash, moved_at = excluded.moved_at, moved_by = excluded.moved_by,
           closure = excluded.closure, composed = excluded.composed",
        (
            template.0,
            &to.label,
            to.version,
            &made.effective_hash,
            ctx.now().0,
            ctx.actor_name(),
            Json(&made.closure),
            made.composed.as_ref().map(Json),
        ),
    )
    .await?;
    record(ctx, tx, (template, key), (from, to), (&made.closure, &made.effective_hash, warrant)).await
}

/// A text that can't be served any more: the version is what was sent.
pub(crate) fn in_version(problem: FieldError) -> FieldError {
    let place = problem.line.map(|line| format!(", line {line}")).unwrap_or_default();
    FieldError::new("version", format!("{}{place}: {}", problem.field, problem.message))
}

async fn record(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): Locked<'_>,
    (from, to): (i64, &LabelMove),
    (closure, hash, warrant): (&[Resolved], &str, Warrant),
) -> Result<()> {
    tx.exec(
        "insert into label_event (id, project_id, template_id, label, from_version, to_version, closure,
                                  effective_hash, reason, at, actor, change_number)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            ctx.new_id(),
            ctx.project.0,
            template.0,
            &to.label,
            from,
            to.version,
            Json(closure),
            hash,
            to.reason.trim(),
            ctx.now().0,
            ctx.actor_name(),
            warrant.change(),
        ),
    )
    .await?;
    templates::touch(ctx, tx, template).await?;
    let object = format!("label:{key}@{}", to.label);
    let mut after = json!({ "version": to.version, "effective_hash": hash, "reason": to.reason.trim() });
    if let Some(number) = warrant.change() {
        after["change"] = number.into();
    }
    audit::write(ctx, tx, "label.move", &object, json!({ "version": from }), after).await?;
    serving::touch(ctx, tx).await
}

/// Takes a label away: what it served is `not_published` from then on.
pub async fn remove(ctx: &Ctx, key: &str, label: &str, reason: &str, expected: Option<i64>) -> Result<Template> {
    ctx.authorise(Permission::to_move(label))?;
    let template = templates::require(ctx, key).await?;
    let mut problems = Problems::default();
    check_reason(reason, &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    templates::lock(ctx, &mut tx, template.id, expected).await?;
    let warrant = policies::unprotected(ctx, &mut tx, label).await?;
    take_away(ctx, &mut tx, (template.id, &template.key), label, (reason, warrant)).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    templates::require(ctx, &template.key).await
}

/// Removes the label of a locked template, with history, audit and the project's revision.
pub(crate) async fn take_away(
    ctx: &Ctx,
    tx: &mut Tx,
    (template, key): Locked<'_>,
    label: &str,
    (reason, warrant): (&str, Warrant),
) -> Result<()> {
    let from = current(tx, template.0, label).await?;
    if from == 0 {
        return Err(domain::Error::not_found("label").into());
    }
    compositions::refuse_label(ctx, tx, key, label).await?;
    tx.exec("delete from label where template_id = $1 and name = $2", (template.0, label)).await?;
    let to = LabelMove { label: label.to_owned(), version: 0, reason: reason.to_owned() };
    record(ctx, tx, (template, key), (from, &to), (&[], "", warrant)).await
}

/// Takes a protected label from an archived template that comes back: it served nothing, and serves nothing after.
pub(crate) async fn lose(ctx: &Ctx, tx: &mut Tx, template: Locked<'_>, label: &str) -> Result<()> {
    let reason = "Protected while the template was archived";
    take_away(ctx, tx, template, label, (reason, Warrant::serves_nothing())).await
}

/// The moves of a template's labels, newest first.
pub async fn history(ctx: &Ctx, key: &str, page: &PageRequest) -> Result<Page<LabelEvent>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let (before, limit) = (page.after()?.unwrap_or(Uuid::max()), page.limit()?);
    let sql = format!(
        "select {} from label_event where template_id = $1 and id < $2 order by id desc limit $3",
        EventRow::COLUMNS
    );
    let rows: Vec<EventRow> = ctx.db().all(AssertSqlSafe(sql), (template.id.0, before, limit + 1)).await?;
    let page = Page::cut(rows, limit, |r: &EventRow| r.id.to_string());
    Ok(page.map(EventRow::event))
}

/// A row of the history.
#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) id: Uuid,
    label: String,
    from_version: i64,
    to_version: i64,
    effective_hash: String,
    reason: String,
    at: i64,
    actor: String,
    change_number: Option<i64>,
}

impl EventRow {
    pub(crate) const COLUMNS: &str =
        "id, label, from_version, to_version, effective_hash, reason, at, actor, change_number";

    pub(crate) fn event(self) -> LabelEvent {
        LabelEvent {
            label: self.label,
            from_version: self.from_version,
            to_version: self.to_version,
            effective_hash: self.effective_hash,
            reason: self.reason,
            at: Timestamp(self.at),
            actor: self.actor,
            change: self.change_number,
        }
    }
}
