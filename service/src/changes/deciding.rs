//! What ends a change request, or says when: publish, bypass, schedule, withdraw.

use std::sync::Arc;

use domain::Timestamp;
use domain::change::{Act, ChangeRequest};
use domain::error::{FieldError, Kind, Problems};
use domain::label::LabelMove;
use domain::permission::Permission;
use domain::storable::check_words;
use domain::time::DAY;
use domain::version::VersionContent;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::record::{Item, Record, is_roll_back};
use super::{Warrant, checks, items, object, show, shown_items};
use crate::audit;
use crate::compositions::{From, Moves};
use crate::ctx::{Ctx, Services};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::{labels, policies, templates};

/// The furthest ahead that a change request is scheduled.
const MAX_AHEAD: i64 = 365 * DAY;

/// Moves every label of an approved change request, all of them or none.
pub async fn publish(ctx: &Ctx, number: i64, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    carry_out(ctx, number, (Act::Publish, ""), expected).await?;
    show(ctx, number).await
}

/// Publishes in an emergency without what the policy asks for; the reason stays with it.
pub async fn bypass(ctx: &Ctx, number: i64, reason: &str, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ReviewChanges)?;
    let mut problems = Problems::default();
    check_words(reason, 500, "reason", &mut problems);
    let says_why = reason.trim().chars().count() >= 10;
    problems.require(says_why, "reason", "say in at least 10 characters why this can't wait for approval");
    problems.finish()?;
    carry_out(ctx, number, (Act::Bypass, reason), expected).await?;
    show(ctx, number).await
}

async fn carry_out(ctx: &Ctx, number: i64, (act, reason): (Act, &str), expected: Option<i64>) -> Result<()> {
    let seen = Record::find(ctx, From::Now(ctx.db()), number).await?;
    authorise_items(ctx, &seen.items)?;
    let failing = match act {
        Act::Publish => checks::failing(ctx, &seen).await?,
        _ => None,
    };
    let mut tx = ctx.db().begin().await?;
    let templates = seen.items.iter().filter_map(Item::template).map(|template| (template, None));
    templates::lock_all(ctx, &mut tx, templates).await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    record.require_round(Some(seen.row.round))?;
    if record.policy != seen.policy {
        // The checks were made for the one before.
        let message = "the policy changed just now: try again";
        return Err(domain::Error::new(Kind::Unavailable, "policy_changed", message).retry_after(1).into());
    }
    record.apply(ctx, act)?;
    if let Some(failing) = failing {
        return Err(failing.into());
    }
    if act == Act::Publish {
        refuse_quiet_hours(&record, ctx.now())?;
    }
    refuse_conflicts(&record.items)?;
    record.row.is_bypass = act == Act::Bypass;
    move_all(ctx, &mut tx, &record).await?;
    let action = if act == Act::Bypass { "change.bypass" } else { "change.publish" };
    let after = json!({ "title": record.row.title, "items": shown_items(&record.items),
        "approvals": record.state.approvals(), "reason": reason.trim(),
        "is_roll_back": is_roll_back(&record.items) });
    record.decided(ctx, &mut tx, reason).await?;
    audit::write(ctx, &mut tx, action, &object(number), (), after).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(())
}

/// Who publishes must be allowed to move every label of it.
fn authorise_items(ctx: &Ctx, items: &[Item]) -> Result<()> {
    for item in items {
        ctx.authorise(match item.template_id {
            Some(_) => Permission::to_move(&item.label),
            None => Permission::ManagePolicy,
        })?;
    }
    Ok(())
}

/// Of a mere change of a policy nobody is served anything: quiet hours that cover the whole week can be changed.
fn refuse_quiet_hours(record: &Record, at: Timestamp) -> Result<()> {
    if record.items.iter().all(|item| item.template_id.is_none()) {
        return Ok(());
    }
    let until = record.policy.as_ref().and_then(|policy| policies::quiet_until(policy, at));
    let Some(until) = until else { return Ok(()) };
    let message = format!("these are quiet hours, until {} UTC: schedule it for later", until.minute_text());
    Err(domain::Error::conflict("quiet_hours", message).into())
}

fn refuse_conflicts(items: &[Item]) -> Result<()> {
    match items.iter().find(|item| item.has_changed()) {
        None => Ok(()),
        Some(item) => Err(conflict(&item.name())),
    }
}

fn conflict(what: &str) -> Error {
    let message = format!("{what} changed since this was proposed: bring the change request up to date");
    domain::Error::conflict("conflict", message).into()
}

async fn move_all(ctx: &Ctx, tx: &mut Tx, record: &Record) -> Result<()> {
    let (warrant, moves) = (Warrant::decided(record.row.number), items::moves(&record.items));
    let reason: String =
        format!("Change request {}: {}", record.row.number, record.row.title).chars().take(500).collect();
    for item in &record.items {
        match item.template() {
            Some(_) if item.to_version == 0 => take_away(ctx, tx, item, (&reason, warrant)).await?,
            Some(_) => move_one(ctx, tx, item, (&reason, warrant, &moves)).await?,
            None => {
                let (before, after) = (item.policy_before.as_ref(), item.policy_after.as_ref());
                policies::write(ctx, tx, &item.label, (before.map(|p| &p.0), after.map(|p| &p.0))).await?;
            }
        }
    }
    Ok(())
}

async fn take_away(ctx: &Ctx, tx: &mut Tx, item: &Item, (reason, warrant): (&str, Warrant)) -> Result<()> {
    let Some(template) = item.template() else { return Ok(()) };
    labels::take_away(ctx, tx, (template, &item.key), &item.label, (reason, warrant)).await
}

async fn move_one(
    ctx: &Ctx,
    tx: &mut Tx,
    item: &Item,
    (reason, warrant, moves): (&str, Warrant, &Moves),
) -> Result<()> {
    let Some(template) = item.template() else { return Ok(()) };
    let sql = "select v.content, t.is_archived from version v join template t on t.id = v.template_id
               where v.template_id = $1 and v.number = $2";
    let (Json(content), is_archived): (Json<VersionContent>, bool) = tx.one(sql, (template.0, item.to_version)).await?;
    if is_archived {
        let message = format!("`{}` was archived since this was proposed: bring it back first", item.key);
        return Err(domain::Error::conflict("conflict", message).into());
    }
    let made = items::composed(ctx, From::Publishing(tx, moves), item, &content).await;
    let made = made.map_err(|e| e.rename(|problem| in_item(item, problem)))?;
    if made.effective_hash != item.effective_hash {
        return Err(conflict(&format!("what {} is made of", item.name())));
    }
    let to = LabelMove { label: item.label.clone(), version: item.to_version, reason: reason.to_owned() };
    labels::set(ctx, tx, (template, &item.key), &to, (&made, warrant)).await
}

/// What can't be put together any more, with the move that it stops.
fn in_item(item: &Item, problem: FieldError) -> FieldError {
    FieldError { field: item.name(), ..labels::in_version(problem) }
}

/// Publishes an approved change request at a time.
pub async fn schedule(ctx: &Ctx, number: i64, at: Timestamp, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let fits = at > ctx.now() && at < ctx.now().plus(MAX_AHEAD);
    let wrong = || domain::Error::field("publish_at", "use a time in the future, at most a year ahead");
    if !fits {
        return Err(wrong().into());
    }
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    authorise_items(ctx, &record.items)?;
    record.apply(ctx, Act::Schedule(at))?;
    refuse_quiet_hours(&record, at)?;
    record.save(ctx, &mut tx).await?;
    audit::write(ctx, &mut tx, "change.schedule", &object(number), (), json!({ "publish_at": at })).await?;
    tx.commit().await?;
    show(ctx, number).await
}

/// Leaves it approved, to be published by somebody.
pub async fn unschedule(ctx: &Ctx, number: i64, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    authorise_items(ctx, &record.items)?;
    let before = record.state.publish_at;
    record.apply(ctx, Act::Unschedule)?;
    record.save(ctx, &mut tx).await?;
    audit::write(ctx, &mut tx, "change.unschedule", &object(number), json!({ "publish_at": before }), ()).await?;
    tx.commit().await?;
    show(ctx, number).await
}

/// Takes a proposal back.
pub async fn withdraw(ctx: &Ctx, number: i64, reason: &str, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut problems = Problems::default();
    labels::check_reason(reason, &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    record.apply(ctx, Act::Withdraw)?;
    record.decided(ctx, &mut tx, reason).await?;
    let after = json!({ "reason": reason.trim() });
    audit::write(ctx, &mut tx, "change.withdraw", &object(number), (), after).await?;
    tx.commit().await?;
    show(ctx, number).await
}

/// Closes a change request whose place another one takes, in the transaction that opens that one.
pub(super) async fn closed_by(ctx: &Ctx, tx: &mut Tx, number: i64, by: i64) -> Result<()> {
    let missing = |error: Error| match error {
        Error::User(e) if e.kind == domain::error::Kind::NotFound => {
            domain::Error::field("supersedes", "there is no such change request in this project").into()
        }
        other => other,
    };
    let mut record = Record::lock(ctx, tx, number, None).await.map_err(missing)?;
    record.apply(ctx, Act::Supersede)?;
    record.row.superseded_by = Some(by);
    record.decided(ctx, tx, "").await?;
    audit::write(ctx, tx, "change.supersede", &object(number), (), json!({ "superseded_by": by })).await
}

#[derive(sqlx::FromRow)]
struct Due {
    project_id: Uuid,
    number: i64,
    revision: i64,
}

/// Publishes what is due. What can't be published any more stays scheduled no longer, and says why. A job.
pub async fn publish_due(services: &Arc<Services>) -> Result<()> {
    let sql = "select project_id, number, revision from change_request where status = 'scheduled' and publish_at <= $1
               order by publish_at, id limit 100";
    let due: Vec<Due> = services.db.all(sql, (services.now().0,)).await?;
    for Due { project_id, number, revision } in due {
        let ctx = services.system(domain::ids::ProjectId(project_id), "schedule");
        let done = match carry_out(&ctx, number, (Act::Publish, ""), Some(revision)).await {
            Err(Error::User(why)) if is_final(&why) => give_up(&ctx, number, revision, &why).await,
            other => other,
        };
        // One that can't be published keeps none of the others waiting, and is tried again.
        if let Err(error) = done {
            tracing::warn!(number, %error, "a scheduled change request was not published");
        }
    }
    Ok(())
}

/// Whether there is no use in another try: not while the database is busy, nor when somebody else was first, in which case
/// the change request is not at this revision any more.
fn is_final(why: &domain::Error) -> bool {
    !matches!(why.kind, Kind::Unavailable | Kind::PreconditionFailed)
}

/// Takes the time away from what could not be published at it.
async fn give_up(ctx: &Ctx, number: i64, revision: i64, why: &domain::Error) -> Result<()> {
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, Some(revision)).await?;
    let before = record.row.publish_at();
    if record.state.publish_at.is_some() {
        record.apply(ctx, Act::Unschedule)?;
    }
    record.save(ctx, &mut tx).await?;
    let after = json!({ "reason": why.message });
    audit::write(ctx, &mut tx, "change.unschedule", &object(number), json!({ "publish_at": before }), after).await?;
    tx.commit().await?;
    Ok(())
}
