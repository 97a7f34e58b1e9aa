//! The queue of change requests, and how one is shown.

use std::collections::HashMap;

use domain::Timestamp;
use domain::change::{ChangeFilter, ChangeItem, ChangeRequest, ChangeSummary, CheckResult, ItemMove, Status, Thread};
use domain::error::Problems;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use super::record::{Item, Record, Row};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::templates::escape_like;

/// What a list names of a change request that moves many labels.
const MAX_NAMED: usize = 5;

/// The word for every status in which something can still happen.
const OPEN: &str = "open";

/// A page of the project's change requests, newest first.
pub async fn list(ctx: &Ctx, filter: &ChangeFilter, page: &PageRequest) -> Result<Page<ChangeSummary>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let statuses = statuses(&filter.status)?;
    let (before, limit) = (page.after()?.unwrap_or(i64::MAX), page.limit()?);
    let sql = format!(
        "select {} from change_request c where c.project_id = $1 and c.number < $2
           and c.status in (select atom from json_each($3)) and ($4 = '%%' or lower(c.title) like $4 escape '\\')
           and ($5 = '' or c.author = $5)
           and ($6 = '' or exists (select 1 from change_reviewer r join \"user\" u on u.id = r.user_id
                                   where r.change_id = c.id and u.email = $6))
           and (($7 = '' and $8 = '') or exists (
             select 1 from change_item i left join template t on t.id = i.template_id
             where i.change_id = c.id and ($7 = '' or i.label = $7) and ($8 = '' or t.key = $8)))
         order by c.number desc limit $9",
        Row::COLUMNS
    );
    let parameters = (
        ctx.project.0,
        before,
        Json(statuses),
        format!("%{}%", escape_like(&filter.search.trim().to_lowercase())),
        &filter.author,
        &filter.reviewer,
        &filter.label,
        &filter.template,
        limit + 1,
    );
    let rows: Vec<Row> = ctx.db().all(AssertSqlSafe(sql), parameters).await?;
    let (mut moves, mut reviewers) = (moves_of(ctx, &rows).await?, reviewers_of(ctx, &rows).await?);
    let summary = |row: &Row| {
        let status = row.status()?;
        let (moves, reviewers) = (moves.remove(&row.id), reviewers.remove(&row.id));
        Ok(summary(row, status, moves.unwrap_or_default(), reviewers.unwrap_or_default()))
    };
    let items = rows.iter().map(summary).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(items, limit, |c: &ChangeSummary| c.number.to_string()))
}

fn statuses(wanted: &str) -> Result<Vec<&'static str>> {
    let all = Status::ALL.into_iter();
    Ok(match wanted {
        "" => all.map(Status::name).collect(),
        OPEN => all.filter(|status| status.is_open()).map(Status::name).collect(),
        one => {
            let mut problems = Problems::default();
            let status = problems.take("status", Status::parse(one).map_err(|why| format!("{why}, or open")));
            problems.finish()?;
            status.into_iter().map(Status::name).collect()
        }
    })
}

async fn moves_of(ctx: &Ctx, rows: &[Row]) -> Result<HashMap<Uuid, Vec<String>>> {
    let (first, last) = (rows.last().map_or(0, |row| row.number), rows.first().map_or(0, |row| row.number));
    let found: Vec<(Uuid, String, Option<String>)> = ctx
        .db()
        .all(
            "select i.change_id, i.label, t.key from change_item i join change_request c on c.id = i.change_id
             left join template t on t.id = i.template_id
             where c.project_id = $1 and c.number between $2 and $3 and i.position < $4 order by i.position",
            (ctx.project.0, first, last, MAX_NAMED as i64),
        )
        .await?;
    let mut moves = HashMap::<Uuid, Vec<String>>::new();
    for (change, label, key) in found {
        let name = key.map_or_else(|| format!("policy of {label}"), |key| format!("{key}@{label}"));
        moves.entry(change).or_default().push(name);
    }
    Ok(moves)
}

async fn reviewers_of(ctx: &Ctx, rows: &[Row]) -> Result<HashMap<Uuid, Vec<String>>> {
    let (first, last) = (rows.last().map_or(0, |row| row.number), rows.first().map_or(0, |row| row.number));
    let found: Vec<(Uuid, String)> = ctx
        .db()
        .all(
            "select r.change_id, u.email from change_reviewer r join change_request c on c.id = r.change_id
             join \"user\" u on u.id = r.user_id
             where c.project_id = $1 and c.number between $2 and $3 order by u.email",
            (ctx.project.0, first, last),
        )
        .await?;
    let mut reviewers = HashMap::<Uuid, Vec<String>>::new();
    for (change, email) in found {
        reviewers.entry(change).or_default().push(email);
    }
    Ok(reviewers)
}

fn summary(row: &Row, status: Status, moves: Vec<String>, reviewers: Vec<String>) -> ChangeSummary {
    ChangeSummary {
        number: row.number,
        title: row.title.clone(),
        status,
        author: row.author.clone(),
        opened_at: Timestamp(row.opened_at),
        updated_at: Timestamp(row.updated_at),
        publish_at: row.publish_at(),
        moves,
        reviewers,
    }
}

/// A change request as people and callers see it.
pub(super) fn shown(
    record: Record,
    reviewers: Vec<String>,
    (checks, threads): (Vec<CheckResult>, Vec<Thread>),
) -> Result<ChangeRequest> {
    let reviews = record.shown_reviews()?;
    let (required, approvals) = (record.rules().required(), record.state.approvals());
    let is_open = record.state.status.is_open();
    let moves = record.items.iter().take(MAX_NAMED).map(Item::name).collect();
    let mut summary = summary(&record.row, record.state.status, moves, reviewers);
    summary.publish_at = record.state.publish_at;
    let item = |item: Item| {
        let has_conflict = is_open && item.has_changed();
        shown_item(item, has_conflict)
    };
    Ok(ChangeRequest {
        summary,
        description: record.row.description,
        revision: record.row.revision,
        round: record.row.round,
        items: record.items.into_iter().map(item).collect(),
        policy: record.policy,
        required_approvals: required as i64,
        approvals: approvals as i64,
        reviews,
        threads,
        checks,
        decided_at: record.row.decided_at.map(Timestamp),
        decided_by: record.row.decided_by,
        decision_reason: record.row.decision_reason,
        is_bypass: record.row.is_bypass,
        superseded_by: record.row.superseded_by,
    })
}

fn shown_item(item: Item, has_conflict: bool) -> ChangeItem {
    if item.template_id.is_none() {
        let boxed = |policy: Option<Json<_>>| policy.map(|policy| Box::new(policy.0));
        let (before, after) = (boxed(item.policy_before), boxed(item.policy_after));
        return ChangeItem::Policy { label: item.label, before, after, has_conflict };
    }
    ChangeItem::LabelMove(ItemMove {
        template: item.key,
        template_name: item.template_name,
        label: item.label,
        from_version: item.from_version,
        to_version: item.to_version,
        effective_hash: item.effective_hash,
        follows: item.follows,
        is_roll_back: item.restores.is_some(),
        has_conflict,
    })
}
