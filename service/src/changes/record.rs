//! Change requests as rows.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::change::{Act, By, LabelTo, Review, Rules, Standing, State, Status, Verdict};
use domain::ids::{TemplateId, UserId};
use domain::policy::Policy;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::compositions::From;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::policies;
use crate::templates::check_revision;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) description: String,
    status: String,
    pub(super) round: i64,
    pub(super) revision: i64,
    pub(super) author: String,
    authors: Json<Vec<UserId>>,
    pub(super) opened_at: i64,
    pub(super) updated_at: i64,
    publish_at: Option<i64>,
    pub(super) decided_at: Option<i64>,
    pub(super) decided_by: Option<String>,
    pub(super) decision_reason: String,
    pub(super) is_bypass: bool,
    pub(super) superseded_by: Option<i64>,
}

impl Row {
    pub(super) const COLUMNS: &str = "c.id, c.number, c.title, c.description, c.status, c.round, c.revision, c.author,
        c.authors, c.opened_at, c.updated_at, c.publish_at, c.decided_at, c.decided_by, c.decision_reason, c.is_bypass,
        c.superseded_by";

    pub(super) fn status(&self) -> Result<Status> {
        Status::parse(&self.status).map_err(Error::internal)
    }
    pub(super) fn publish_at(&self) -> Option<Timestamp> {
        self.publish_at.map(Timestamp)
    }
}

/// A change request with all that decides on it, as it is now.
pub(super) struct Record {
    pub(super) row: Row,
    pub(super) items: Vec<Item>,
    pub(super) reviews: Vec<ReviewRow>,
    pub(super) policy: Option<Policy>,
    pub(super) approvers: Vec<UserId>,
    sole: Option<UserId>,
    pub(super) state: State,
}

impl Record {
    pub(super) async fn find(ctx: &Ctx, mut from: From<'_>, number: i64) -> Result<Self> {
        let sql = format!("select {} from change_request c where c.project_id = $1 and c.number = $2", Row::COLUMNS);
        let row: Option<Row> = from.opt(sqlx::AssertSqlSafe(sql), (ctx.project.0, number)).await?;
        let row = row.ok_or_else(|| domain::Error::not_found("change request"))?;
        let items = items(&mut from, row.id).await?;
        let reviews = reviews(&mut from, row.id).await?;
        let policy = policy(ctx, &mut from, &items).await?;
        let approvers = policies::approvers(ctx, &mut from, policy.as_ref()).await?;
        let sole = policies::sole_reviewer(ctx, &mut from).await?;
        let reviews_now = standing(&reviews, row.round)?;
        let state = State { status: row.status()?, reviews: reviews_now, publish_at: row.publish_at() };
        let mut record = Self { row, items, reviews, policy, approvers, sole, state };
        // A policy or the members may have changed since.
        record.state = record.state.clone().settled(&record.rules());
        Ok(record)
    }

    /// Reads the change request anew under the lock of the project's row, so that what is decided on it still holds when it is written.
    pub(super) async fn lock(ctx: &Ctx, tx: &mut Tx, number: i64, expected: Option<i64>) -> Result<Self> {
        audit::lock(ctx, tx).await?;
        let record = Self::find(ctx, From::Tx(tx), number).await?;
        check_revision(expected, record.row.revision)?;
        Ok(record)
    }

    /// Puts it into the state that comes of this, or says why it can't be done.
    pub(super) fn apply(&mut self, ctx: &Ctx, act: Act) -> Result<()> {
        let by = By { person: ctx.person(), role: ctx.role() };
        self.state = self.state.apply(act, by, &self.rules())?;
        Ok(())
    }

    /// That what somebody looked at is still what is proposed.
    pub(super) fn require_round(&self, seen: Option<i64>) -> Result<()> {
        match seen {
            Some(round) if round != self.row.round => {
                let message = "something else is proposed meanwhile: look at it again";
                Err(domain::Error::conflict("other_round", message).into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_own(&self, ctx: &Ctx, verdict: Verdict) -> bool {
        let of = |person| self.state.reviews.iter().any(|review| review.by == person && review.is_own);
        verdict == Verdict::Approve && ctx.user_id().is_some_and(of)
    }

    /// Notes who decided and why, and stores it.
    pub(super) async fn decided(&mut self, ctx: &Ctx, tx: &mut Tx, reason: &str) -> Result<()> {
        let row = &mut self.row;
        row.decided_at = Some(ctx.now().0);
        row.decided_by = Some(ctx.actor_name());
        row.decision_reason = reason.trim().to_owned();
        self.save(ctx, tx).await
    }

    pub(super) fn rules(&self) -> Rules<'_> {
        Rules {
            policy: self.policy.as_ref(),
            authors: &self.row.authors.0,
            approvers: &self.approvers,
            sole: self.sole,
            is_roll_back: is_roll_back(&self.items),
        }
    }

    pub(super) fn add_authors(&mut self, more: &[UserId]) {
        let authors = &mut self.row.authors.0;
        authors.extend(more);
        authors.sort_unstable();
        authors.dedup();
    }

    /// What was said, and what of it counts.
    pub(super) fn shown_reviews(&self) -> Result<Vec<Review>> {
        let counts = |row: &ReviewRow| {
            let last = self.reviews.iter().rfind(|other| other.user_id == row.user_id && other.verdict != "comment");
            let stands = self.state.reviews.iter().any(|review| Some(review.by.0) == row.user_id);
            row.round == self.row.round && stands && last.is_some_and(|last| last.id == row.id)
        };
        let shown = |row: &ReviewRow| {
            Ok(Review {
                by: row.reviewer.clone(),
                verdict: Verdict::parse(&row.verdict).map_err(Error::internal)?,
                body: row.body.clone(),
                at: Timestamp(row.at),
                round: row.round,
                is_self_approval: row.is_own,
                counts: counts(row),
            })
        };
        self.reviews.iter().map(shown).collect()
    }

    /// Stores where it stands and what is said of it, one revision on.
    pub(super) async fn save(&self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        let (row, state) = (&self.row, &self.state);
        tx.exec(
            "update change_request set title = $2, description = $3, status = $4, round = $5, revision = revision + 1,
                    authors = $6, updated_at = $7, publish_at = $8, decided_at = $9, decided_by = $10,
                    decision_reason = $11, is_bypass = $12, superseded_by = $13 where id = $1",
            (
                row.id,
                &row.title,
                &row.description,
                state.status.name(),
                row.round,
                &row.authors,
                ctx.now().0,
                state.publish_at.map(|at| at.0),
                row.decided_at,
                &row.decided_by,
                &row.decision_reason,
                row.is_bypass,
                row.superseded_by,
            ),
        )
        .await?;
        Ok(())
    }
}

pub(super) fn is_roll_back(items: &[Item]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.restores.is_some())
}

/// One thing that a change request changes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Item {
    pub(super) label: String,
    pub(super) template_id: Option<Uuid>,
    /// Empty where the item changes a policy.
    pub(super) key: String,
    pub(super) template_name: String,
    pub(super) from_version: i64,
    pub(super) from_hash: String,
    pub(super) to_version: i64,
    pub(super) effective_hash: String,
    pub(super) follows: bool,
    pub(super) restores: Option<Uuid>,
    pub(super) policy_before: Option<Json<Policy>>,
    pub(super) policy_after: Option<Json<Policy>>,
    /// Where the label points now, and what it serves; 0 and empty for nowhere.
    pub(super) now_version: i64,
    pub(super) now_hash: String,
    /// The label's policy now; only looked at where the item changes that.
    pub(super) policy_now: Option<Json<Policy>>,
}

impl Item {
    /// A change of a label's policy.
    pub(super) fn policy(label: &str, before: &Policy, after: Option<&Policy>) -> Self {
        Self {
            label: label.to_owned(),
            template_id: None,
            key: String::new(),
            template_name: String::new(),
            from_version: 0,
            from_hash: String::new(),
            to_version: 0,
            effective_hash: String::new(),
            follows: false,
            restores: None,
            policy_before: Some(Json(before.clone())),
            policy_after: after.cloned().map(Json),
            now_version: 0,
            now_hash: String::new(),
            policy_now: Some(Json(before.clone())),
        }
    }
    /// The template whose label moves; none where the item changes a policy.
    pub(super) fn template(&self) -> Option<TemplateId> {
        self.template_id.map(TemplateId)
    }
    /// As lists name it: `core_values@production`.
    pub(super) fn name(&self) -> String {
        match self.template_id {
            Some(_) => format!("{}@{}", self.key, self.label),
            None => format!("policy of {}", self.label),
        }
    }
    /// The label moved, or got another policy, since this was proposed.
    pub(super) fn has_changed(&self) -> bool {
        match self.template_id {
            Some(_) => (self.now_version, &self.now_hash) != (self.from_version, &self.from_hash),
            None => self.policy_now != self.policy_before,
        }
    }
}

/// What was proposed, without what follows from it.
pub(super) fn own_moves(items: &[Item]) -> Vec<LabelTo> {
    let own = items.iter().filter(|item| item.template_id.is_some() && !item.follows);
    own.map(|item| LabelTo { template: item.key.clone(), label: item.label.clone(), version: item.to_version })
        .collect()
}

async fn items(from: &mut From<'_>, change: Uuid) -> Result<Vec<Item>> {
    from.all(
        "select i.label, i.template_id, coalesce(t.key, '') as key, coalesce(t.display_name, '') as template_name,
                i.from_version, i.from_hash, i.to_version, i.effective_hash, i.follows, i.restores, i.policy_before,
                i.policy_after, coalesce(l.version, 0) as now_version, coalesce(l.effective_hash, '') as now_hash,
                p.policy as policy_now
         from change_item i join change_request c on c.id = i.change_id left join template t on t.id = i.template_id
         left join label_policy p on p.project_id = c.project_id and p.label = i.label
         left join label l on l.template_id = i.template_id and l.name = i.label
         where i.change_id = $1 order by i.position",
        (change,),
    )
    .await
}

/// Puts the items of a change request in the place of those before.
pub(super) async fn replace_items(tx: &mut Tx, change: Uuid, items: &[Item]) -> Result<()> {
    tx.exec("delete from change_item where change_id = $1", (change,)).await?;
    let row = |(position, item): (i64, Item)| {
        (
            change,
            position,
            item.label,
            item.template_id,
            item.from_version,
            item.from_hash,
            item.to_version,
            item.effective_hash,
            item.follows,
            item.restores,
            item.policy_before,
            item.policy_after,
        )
    };
    let rows = (0_i64..).zip(items.iter().cloned()).map(row);
    tx.batch(
        "insert into change_item (change_id, position, label, template_id, from_version, from_hash, to_version,
                                  effective_hash, follows, restores, policy_before, policy_after) values {rows}",
        rows,
    )
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(super) struct ReviewRow {
    pub(super) id: Uuid,
    round: i64,
    user_id: Option<Uuid>,
    reviewer: String,
    verdict: String,
    body: String,
    is_own: bool,
    at: i64,
}

async fn reviews(from: &mut From<'_>, change: Uuid) -> Result<Vec<ReviewRow>> {
    let sql = "select id, round, user_id, reviewer, verdict, body, is_own, at from review
               where change_id = $1 order by revision";
    from.all(sql, (change,)).await
}

/// Of each person the last verdict on what is proposed now.
fn standing(reviews: &[ReviewRow], round: i64) -> Result<Vec<Standing>> {
    let mut last = BTreeMap::new();
    for row in reviews.iter().filter(|row| row.round == round && row.verdict != "comment") {
        let verdict = Verdict::parse(&row.verdict).map_err(Error::internal)?;
        let Some(by) = row.user_id.map(UserId) else { continue };
        last.insert(by, Standing { by, verdict, is_own: row.is_own });
    }
    Ok(last.into_values().collect())
}

/// The strictest of the policies of all labels that move.
pub(super) async fn policy(ctx: &Ctx, from: &mut From<'_>, items: &[Item]) -> Result<Option<Policy>> {
    let mut labels: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    let mut found = Vec::new();
    for label in labels {
        found.extend(policies::find(ctx, from, label).await?);
    }
    Ok(Policy::strictest(&found))
}
