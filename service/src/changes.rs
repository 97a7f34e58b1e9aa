//! Change requests: labels move together, once the policies of all of them are satisfied.
//!
//! What may happen is decided by [`domain::change::State::apply`] alone; everything here happens under the lock of the
//! project's row, so that of two who decide at once the second sees what the first did.

use domain::change::{Act, ChangePatch, ChangeRequest, NewChange, NewReview, State, Verdict};
use domain::error::Problems;
use domain::ids::UserId;
use domain::permission::Permission;
use domain::policy::Policy;
use domain::storable::check_words;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::compositions::From;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;

mod checks;
mod comments;
mod deciding;
mod items;
mod list;
mod people;
mod record;
mod warrant;

pub use comments::{apply, comment, reply, resolve};
pub use deciding::{bypass, publish, publish_due, schedule, unschedule, withdraw};
pub use list::list;
pub(crate) use warrant::Warrant;

use deciding::closed_by;
use items::Proposal;
use record::{Item, Record, own_moves, policy, replace_items};

/// Opens a change request. What needs no approval is approved from the start.
pub async fn open(ctx: &Ctx, new: NewChange) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut problems = Problems::default();
    new.check(&mut problems);
    problems.finish()?;
    let proposal = items::propose(ctx, From::Now(ctx.db()), &new.items).await?;
    let reviewers = people::members(ctx, &new.reviewers).await?;
    let mut tx = ctx.db().begin().await?;
    audit::lock(ctx, &mut tx).await?;
    let (number, id) = insert(ctx, &mut tx, (&new.title, &new.description), &proposal).await?;
    people::replace_reviewers(&mut tx, id, &reviewers).await?;
    if let Some(old) = new.supersedes {
        closed_by(ctx, &mut tx, old, number).await?;
    }
    tx.commit().await?;
    show(ctx, number).await
}

/// Proposes to weaken the policy of a label, in the transaction of who wanted to; the number of the change request.
pub(crate) async fn propose_policy(
    ctx: &Ctx,
    tx: &mut Tx,
    label: &str,
    (before, after): (&Policy, Option<&Policy>),
) -> Result<i64> {
    let item = Item::policy(label, before, after);
    let proposal = Proposal { items: vec![item], ..Proposal::default() };
    let title = match after {
        Some(_) => format!("Ask for less before `{label}` moves"),
        None => format!("Protect `{label}` no more"),
    };
    Ok(insert(ctx, tx, (&title, ""), &proposal).await?.0)
}

/// Adds the next change request of a locked project; its number and id.
async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    (title, description): (&str, &str),
    proposal: &Proposal,
) -> Result<(i64, Uuid)> {
    let (id, now, project) = (ctx.new_id(), ctx.now().0, ctx.project.0);
    let last: i64 =
        tx.scalar("select coalesce(max(number), 0) from change_request where project_id = $1", (project,)).await?;
    let authors = authors(ctx, proposal);
    tx.exec(
        "insert into change_request (id, project_id, number, title, description, status, round, revision, author,
                                     authors, opened_at, updated_at)
         values ($1, $2, $3, $4, $5, 'in_review', 1, 0, $6, $7, $8, $8)",
        (id, project, last + 1, title.trim(), description, ctx.actor_name(), Json(authors), now),
    )
    .await?;
    replace_items(tx, id, &proposal.items).await?;
    let mut record = Record::find(ctx, From::Tx(tx), last + 1).await?;
    record.state = State::open(&record.rules());
    record.save(ctx, tx).await?;
    let after = json!({ "title": title.trim(), "items": shown_items(&proposal.items) });
    audit::write(ctx, tx, "change.open", &object(last + 1), (), after).await?;
    Ok((last + 1, id))
}

/// Whose approval would be of their own work: who proposes, and who wrote what is proposed.
fn authors(ctx: &Ctx, proposal: &Proposal) -> Vec<UserId> {
    let mut authors: Vec<UserId> = ctx.person().into_iter().chain(proposal.authors.iter().copied()).collect();
    authors.sort_unstable();
    authors.dedup();
    authors
}

fn object(number: i64) -> String {
    format!("change:{number}")
}

/// What the audit log says of items.
fn shown_items(items: &[Item]) -> Vec<serde_json::Value> {
    let shown = |item: &Item| match item.template_id {
        Some(_) => json!({ "label": item.name(), "from": item.from_version, "to": item.to_version,
            "effective_hash": item.effective_hash }),
        None => json!({ "policy": item.label, "before": item.policy_before, "after": item.policy_after }),
    };
    items.iter().map(shown).collect()
}

/// A change request with all that is said about it.
pub async fn get(ctx: &Ctx, number: i64) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ReadTemplates)?;
    show(ctx, number).await
}

async fn show(ctx: &Ctx, number: i64) -> Result<ChangeRequest> {
    let record = Record::find(ctx, From::Now(ctx.db()), number).await?;
    let checks = checks::run(ctx, &record).await?;
    let reviewers = people::reviewers(ctx, record.row.id).await?;
    let threads = comments::threads(ctx, &record).await?;
    list::shown(record, reviewers, (checks, threads))
}

/// Changes an open change request. New items begin a new round: what was approved before counts no more.
pub async fn update(ctx: &Ctx, number: i64, patch: ChangePatch, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut problems = Problems::default();
    patch.check(&mut problems);
    problems.finish()?;
    let proposal = match &patch.items {
        Some(items) => Some(items::propose(ctx, From::Now(ctx.db()), items).await?),
        None => None,
    };
    let reviewers = match &patch.reviewers {
        Some(reviewers) => Some(people::members(ctx, reviewers).await?),
        None => None,
    };
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    record.state.require_open()?;
    let before = json!({ "title": record.row.title, "description": record.row.description });
    record.row.title = patch.title.map_or(record.row.title, |title| title.trim().to_owned());
    record.row.description = patch.description.unwrap_or(record.row.description);
    let after = json!({ "title": record.row.title, "description": record.row.description });
    if let Some(reviewers) = reviewers {
        people::replace_reviewers(&mut tx, record.row.id, &reviewers).await?;
    }
    match proposal {
        Some(proposal) => revise(ctx, &mut tx, &mut record, proposal).await?,
        None => {
            record.save(ctx, &mut tx).await?;
            audit::write(ctx, &mut tx, "change.update", &object(number), before, after).await?;
        }
    }
    tx.commit().await?;
    show(ctx, number).await
}

/// Proposes the same against what is there now, as a new round.
pub async fn refresh(ctx: &Ctx, number: i64, expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let record = Record::find(ctx, From::Now(ctx.db()), number).await?;
    if record.items.iter().any(|item| item.template_id.is_none()) {
        return Err(policy_change().into());
    }
    let patch = ChangePatch { items: Some(own_moves(&record.items)), ..ChangePatch::default() };
    update(ctx, number, patch, expected).await
}

fn policy_change() -> domain::Error {
    domain::Error::conflict("policy_change", "this change request is about a policy: send that again instead")
}

/// Begins a round with other items.
async fn revise(ctx: &Ctx, tx: &mut Tx, record: &mut Record, proposal: Proposal) -> Result<()> {
    if record.items.iter().any(|item| item.template_id.is_none()) {
        return Err(policy_change().into());
    }
    let before = shown_items(&record.items);
    let added = authors(ctx, &proposal);
    record.add_authors(&added);
    replace_items(tx, record.row.id, &proposal.items).await?;
    record.items = proposal.items;
    record.policy = policy(ctx, &mut From::Tx(tx), &record.items).await?;
    record.row.round += 1;
    record.apply(ctx, Act::Revise)?;
    record.save(ctx, tx).await?;
    let after = json!({ "round": record.row.round, "items": shown_items(&record.items) });
    audit::write(ctx, tx, "change.revise", &object(record.row.number), json!({ "items": before }), after).await
}

/// Says what one thinks of a change request.
pub async fn review(ctx: &Ctx, number: i64, new: NewReview) -> Result<ChangeRequest> {
    ctx.authorise(match new.verdict {
        Verdict::Comment => Permission::ProposeChanges,
        Verdict::Approve | Verdict::RequestChanges => Permission::ReviewChanges,
    })?;
    let mut problems = Problems::default();
    check_words(&new.body, domain::change::MAX_WORDS, "body", &mut problems);
    let says_something = new.verdict == Verdict::Approve || !new.body.trim().is_empty();
    problems.require(says_something, "body", "say what you think, or what has to change");
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    let mut record = Record::lock(ctx, &mut tx, number, None).await?;
    record.require_round(new.round)?;
    let was = record.state.status;
    record.apply(ctx, Act::Review(new.verdict))?;
    insert_review(ctx, &mut tx, &record, &new).await?;
    record.save(ctx, &mut tx).await?;
    let (before, after) = (
        json!({ "status": was }),
        json!({ "status": record.state.status,
        "verdict": new.verdict, "round": record.row.round, "is_self_approval": record.is_own(ctx, new.verdict) }),
    );
    audit::write(ctx, &mut tx, "change.review", &object(number), before, after).await?;
    tx.commit().await?;
    show(ctx, number).await
}

async fn insert_review(ctx: &Ctx, tx: &mut Tx, record: &Record, new: &NewReview) -> Result<()> {
    tx.exec(
        "insert into review (id, change_id, round, revision, user_id, reviewer, verdict, body, is_own, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        (
            ctx.new_id(),
            record.row.id,
            record.row.round,
            record.row.revision,
            ctx.user_id().map(|person| person.0),
            ctx.actor_name(),
            new.verdict.name(),
            new.body.trim(),
            record.is_own(ctx, new.verdict),
            ctx.now().0,
        ),
    )
    .await?;
    Ok(())
}

/// Puts every open change request into the state that follows from the policies and members of now, in the transaction
/// that changes those.
pub(crate) async fn settle_open(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    audit::lock(ctx, tx).await?;
    let sql = "select number from change_request where project_id = $1
                 and status in ('in_review', 'changes_requested', 'approved', 'scheduled') order by number";
    let open: Vec<(i64,)> = tx.all(sql, (ctx.project.0,)).await?;
    for (number,) in open {
        let record = Record::find(ctx, From::Tx(tx), number).await?;
        if record.row.status()? != record.state.status {
            record.save(ctx, tx).await?;
        }
    }
    Ok(())
}
