//! Policies of labels: what must hold before a protected label moves. To weaken one is itself a change that is approved.

use domain::Timestamp;
use domain::error::Problems;
use domain::ids::UserId;
use domain::label::check_label;
use domain::permission::{Permission, Role};
use domain::policy::{LabelPolicy, LocalTime, Policy, approving_roles};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::audit;
use crate::changes::{self, Warrant};
use crate::compositions::From;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::templates;

#[derive(sqlx::FromRow)]
struct Row {
    label: String,
    policy: Option<Json<Policy>>,
    revision: i64,
    updated_at: i64,
    updated_by: String,
}

impl Row {
    /// None once the label is protected no more.
    fn policy(self) -> Option<LabelPolicy> {
        Some(LabelPolicy {
            label: self.label,
            policy: self.policy?.0,
            revision: self.revision,
            updated_at: Timestamp(self.updated_at),
            updated_by: self.updated_by,
        })
    }
}

/// The protected labels with their policies, by label.
pub async fn list(ctx: &Ctx) -> Result<Vec<LabelPolicy>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let sql = "select label, policy, revision, updated_at, updated_by from label_policy
               where project_id = $1 and policy is not null order by label";
    let rows: Vec<Row> = ctx.db().all(sql, (ctx.project.0,)).await?;
    Ok(rows.into_iter().filter_map(Row::policy).collect())
}

/// The policy of a protected label.
pub async fn get(ctx: &Ctx, label: &str) -> Result<LabelPolicy> {
    ctx.authorise(Permission::ReadTemplates)?;
    let row = row(ctx, &mut From::Now(ctx.db()), label).await?;
    Ok(row.and_then(Row::policy).ok_or_else(|| domain::Error::not_found("policy"))?)
}

async fn row(ctx: &Ctx, from: &mut From<'_>, label: &str) -> Result<Option<Row>> {
    let sql = "select label, policy, revision, updated_at, updated_by from label_policy
               where project_id = $1 and label = $2";
    from.opt(sql, (ctx.project.0, label)).await
}

/// What protects a label now; none for nothing.
pub(crate) async fn find(ctx: &Ctx, from: &mut From<'_>, label: &str) -> Result<Option<Policy>> {
    Ok(row(ctx, from, label).await?.and_then(|row| row.policy).map(|policy| policy.0))
}

/// That a label may move without a change request.
///
/// # Errors
/// `protected_label` when there is a policy for it.
pub(crate) async fn unprotected(ctx: &Ctx, tx: &mut Tx, label: &str) -> Result<Warrant> {
    let message = format!("`{label}` is protected: open a change request to move it");
    let refused = || domain::Error::conflict("protected_label", message);
    Ok(if_unprotected(ctx, tx, label).await?.ok_or_else(refused)?)
}

/// As [`unprotected`], where something else is to be done with a protected label.
pub(crate) async fn if_unprotected(ctx: &Ctx, tx: &mut Tx, label: &str) -> Result<Option<Warrant>> {
    // Who protects the label waits for what was let through, and the other way round.
    audit::lock(ctx, tx).await?;
    let policy = find(ctx, &mut From::Tx(tx), label).await?;
    Ok(policy.is_none().then(Warrant::unprotected))
}

/// What became of a policy that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// It holds from now on; none where the label is protected no more.
    Done(Option<LabelPolicy>),
    /// It asks for less than the one before: the number of the change request that proposes it.
    Proposed(i64),
}

/// Protects a label, or protects it no more. What is weaker than before becomes a change request under the policy before.
/// `expected` is the policy's revision as it was last seen.
pub async fn update(ctx: &Ctx, label: &str, policy: Option<Policy>, expected: Option<i64>) -> Result<Set> {
    ctx.authorise(Permission::ManagePolicy)?;
    let mut problems = Problems::default();
    problems.take("label", check_label(label));
    if let Some(policy) = &policy {
        policy.check(&mut problems);
        check_zones(policy, &mut problems);
        check_approvers(ctx, policy, &mut problems).await?;
    }
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    audit::lock(ctx, &mut tx).await?;
    let row = row(ctx, &mut From::Tx(&mut tx), label).await?;
    templates::check_revision(expected, row.as_ref().map_or(0, |row| row.revision))?;
    let before = row.and_then(|row| row.policy).map(|policy| policy.0);
    if before == policy {
        return Ok(Set::Done(read(ctx, label).await?));
    }
    if let Some(strong) = before.as_ref().filter(|before| before.is_stronger_than(policy.as_ref())) {
        let number = changes::propose_policy(ctx, &mut tx, label, (strong, policy.as_ref())).await?;
        tx.commit().await?;
        return Ok(Set::Proposed(number));
    }
    write(ctx, &mut tx, label, (before.as_ref(), policy.as_ref())).await?;
    tx.commit().await?;
    Ok(Set::Done(read(ctx, label).await?))
}

async fn read(ctx: &Ctx, label: &str) -> Result<Option<LabelPolicy>> {
    Ok(row(ctx, &mut From::Now(ctx.db()), label).await?.and_then(Row::policy))
}

/// Stores what protects a label from now on, with its audit event.
pub(crate) async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    label: &str,
    (before, after): (Option<&Policy>, Option<&Policy>),
) -> Result<()> {
    tx.exec(
        "insert into label_policy (project_id, label, policy, revision, updated_at, updated_by)
         values ($1, $2, $3, 1, $4, $5)
         on conflict (project_id, label) do update set policy = excluded.policy, revision = label_policy.revision + 1,
           updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        (ctx.project.0, label, after.map(Json), ctx.now().0, ctx.actor_name()),
    )
    .await?;
    audit::write(ctx, tx, "policy.update", &format!("policy:{label}"), before, after).await?;
    changes::settle_open(ctx, tx).await
}

fn check_zones(policy: &Policy, problems: &mut Problems) {
    for (index, quiet) in policy.quiet_hours.iter().enumerate() {
        let known = TimeZone::get(&quiet.zone).is_ok();
        let rule = "use the IANA name of a time zone, such as Europe/Berlin";
        problems.require(known, &format!("quiet_hours[{index}].zone"), rule);
    }
}

/// A policy that nobody can satisfy would lock the label.
async fn check_approvers(ctx: &Ctx, policy: &Policy, problems: &mut Problems) -> Result<()> {
    let there = approvers(ctx, &mut From::Now(ctx.db()), Some(policy)).await?.len();
    let enough = policy.required_approvals as usize <= there;
    let rule = format!("only {there} active members of the project have one of these roles; ask for no more");
    problems.require(enough, "required_approvals", rule);
    Ok(())
}

/// The one active member whose role may review; none while there are others.
pub(crate) async fn sole_reviewer(ctx: &Ctx, from: &mut From<'_>) -> Result<Option<UserId>> {
    let all = with_role(ctx, from, approving_roles()).await?;
    Ok(if let [one] = all.as_slice() { Some(*one) } else { None })
}

/// The active members whose approval counts.
pub(crate) async fn approvers(ctx: &Ctx, from: &mut From<'_>, policy: Option<&Policy>) -> Result<Vec<UserId>> {
    with_role(ctx, from, policy.into_iter().flat_map(|policy| policy.approvers.iter().copied())).await
}

async fn with_role(ctx: &Ctx, from: &mut From<'_>, roles: impl Iterator<Item = Role>) -> Result<Vec<UserId>> {
    let roles: Vec<&str> = roles.map(Role::name).collect();
    let sql = "select user_id from membership
               where project_id = $1 and not is_disabled and role in (select atom from json_each($2)) order by user_id";
    let rows: Vec<(uuid::Uuid,)> = from.all(sql, (ctx.project.0, Json(roles))).await?;
    Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
}

/// When the quiet hours that a moment falls into are over, as far as one week ahead; none when it falls into none.
pub(crate) fn quiet_until(policy: &Policy, at: Timestamp) -> Option<Timestamp> {
    const MINUTE: i64 = domain::time::MINUTE;
    let is_quiet = |at: Timestamp| policy.quiet_hours.iter().any(|q| local(&q.zone, at).is_some_and(|l| q.covers(l)));
    if !is_quiet(at) {
        return None;
    }
    let begun = at.0 - at.0.rem_euclid(MINUTE);
    let minutes = (1..=7 * 24 * 60).map(|n| Timestamp(begun + n * MINUTE));
    minutes.into_iter().find(|at| !is_quiet(*at)).or(Some(at.plus(7 * domain::time::DAY)))
}

fn local(zone: &str, at: Timestamp) -> Option<LocalTime> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(TimeZone::get(zone).ok()?);
    let minute = u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).ok()?;
    Some(LocalTime { day: u8::try_from(at.weekday().to_monday_one_offset()).ok()?, minute })
}

#[cfg(test)]
mod tests {
    use domain::policy::QuietHours;

    use super::*;

    fn friday_evening() -> Policy {
        let quiet = QuietHours { days: vec![5], from: 960, to: 1440, zone: "Europe/Berlin".into() };
        let weekend = QuietHours { days: vec![6, 7], from: 0, to: 1440, zone: "Europe/Berlin".into() };
        Policy { quiet_hours: vec![quiet, weekend], ..Policy::default() }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// 27 November 2026 is a Friday; Berlin is an hour ahead of UTC in winter and two in summer.
    #[test]
    fn quiet_hours_are_in_local_time_and_end_with_the_last_of_them() {
        let policy = friday_evening();
        let until = |text| quiet_until(&policy, at(text));
        assert_eq!(until("2026-11-27T14:59:59Z"), None);
        assert_eq!(until("2026-11-27T15:00:00Z"), Some(at("2026-11-29T23:00:00Z")));
        assert_eq!(until("2026-11-29T22:59:30Z"), Some(at("2026-11-29T23:00:00Z")));
        assert_eq!(until("2026-07-03T14:00:00Z"), Some(at("2026-07-05T22:00:00Z")));
        assert_eq!(quiet_until(&Policy::default(), at("2026-11-28T12:00:00Z")), None);
    }
}
