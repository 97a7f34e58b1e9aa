//! What happened to a template: its versions and the moves of its labels in one stream, newest first.
//!
//! Each source gives what is before a place, newest first; merged and cut they are a page. A new source is one more
//! function here and one more line in [`entries`].

use domain::Timestamp;
use domain::error::Problems;
use domain::label::check_label;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::template::Template;
use domain::timeline::{
    EntryKind, LabelNow, MoveEntry, Place, Timeline, TimelineEntry, TimelineFilter, VersionEntry, VersionScore, What,
};
use sqlx::AssertSqlSafe;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::labels::EventRow;
use crate::versions::SummaryRow;
use crate::{performance, templates};

/// The newest versions whose scores are shown as a trend.
const TREND: i64 = 30;

/// A page of what happened to a template.
pub async fn list(ctx: &Ctx, key: &str, filter: &TimelineFilter, page: &PageRequest) -> Result<Timeline> {
    ctx.authorise(Permission::ReadTemplates)?;
    check(filter)?;
    let template = templates::require(ctx, key).await?;
    let (before, limit) = (page.after()?.unwrap_or(Place::END), page.limit()?);
    let entries = entries(ctx, &template, filter, before, limit + 1).await?;
    let mut page = Page::cut(entries, limit, |(place, _)| place.to_string()).map(|(_, entry)| entry);
    add_outcomes(ctx, &template, &mut page.items).await?;
    let (labels, scores) = (labels_now(ctx, &template).await?, scores(ctx, &template).await?);
    Ok(Timeline { items: page.items, next: page.next, labels, scores })
}

fn check(filter: &TimelineFilter) -> Result<()> {
    let mut problems = Problems::default();
    if !filter.label.is_empty() {
        problems.take("label", check_label(&filter.label));
        let fits = filter.kind != Some(EntryKind::Version);
        problems.require(fits, "label", "asks for moves of a label: leave out `kind`, or ask for `label_move`");
    }
    Ok(problems.finish()?)
}

type Placed = (Place, TimelineEntry);

/// The newest entries of all sources before a place.
async fn entries(
    ctx: &Ctx,
    template: &Template,
    filter: &TimelineFilter,
    before: Place,
    most: i64,
) -> Result<Vec<Placed>> {
    let mut entries = Vec::new();
    if filter.wants(EntryKind::Version) {
        entries.extend(versions(ctx, template, before, most).await?);
    }
    if filter.wants(EntryKind::LabelMove) {
        entries.extend(moves(ctx, template, &filter.label, before, most).await?);
    }
    entries.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    entries.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(entries)
}

async fn versions(ctx: &Ctx, template: &Template, before: Place, most: i64) -> Result<Vec<Placed>> {
    let sql = format!(
        "select {} from version where template_id = $1 and (created_at, number) < ($2, $3)
         order by created_at desc, number desc limit $4",
        SummaryRow::COLUMNS
    );
    let (at, number) = before.above_versions();
    let rows: Vec<SummaryRow> = ctx.db().all(AssertSqlSafe(sql), (template.id.0, at, number, most)).await?;
    let placed = |row: SummaryRow| {
        let version = row.summary(template);
        let place = Place { at: version.created_at, what: What::Version(version.number) };
        (place, TimelineEntry::Version(VersionEntry { version, outcomes: None }))
    };
    Ok(rows.into_iter().map(placed).collect())
}

async fn moves(ctx: &Ctx, template: &Template, label: &str, before: Place, most: i64) -> Result<Vec<Placed>> {
    let sql = format!(
        "select {} from label_event where template_id = $1 and (at, id) < ($2, $3) and ($4 = '' or label = $4)
         order by at desc, id desc limit $5",
        EventRow::COLUMNS
    );
    let (at, id) = before.above_moves();
    let rows: Vec<EventRow> = ctx.db().all(AssertSqlSafe(sql), (template.id.0, at, id, label, most)).await?;
    let placed = |row: EventRow| {
        let (id, event) = (row.id, row.event());
        (Place { at: event.at, what: What::Move(id) }, TimelineEntry::LabelMove(MoveEntry::from(event)))
    };
    Ok(rows.into_iter().map(placed).collect())
}

/// How the versions of a page fared.
async fn add_outcomes(ctx: &Ctx, template: &Template, entries: &mut [TimelineEntry]) -> Result<()> {
    let number = |entry: &TimelineEntry| match entry {
        TimelineEntry::Version(entry) => Some(entry.version.number),
        TimelineEntry::LabelMove(_) => None,
    };
    let numbers: Vec<i64> = entries.iter().filter_map(number).collect();
    let mut outcomes = performance::of_versions(ctx, template.id, &numbers).await?;
    for entry in entries {
        if let TimelineEntry::Version(entry) = entry {
            entry.outcomes = outcomes.remove(&entry.version.number);
        }
    }
    Ok(())
}

/// Every label that ever moved, with where it points.
async fn labels_now(ctx: &Ctx, template: &Template) -> Result<Vec<LabelNow>> {
    let rows: Vec<(String, i64, i64)> = ctx
        .db()
        .all(
            "select e.label, coalesce(max(l.version), 0), max(e.at) from label_event e
             left join label l on l.template_id = e.template_id and l.name = e.label
             where e.template_id = $1 group by e.label order by e.label",
            (template.id.0,),
        )
        .await?;
    let now = |(label, version, since): (String, i64, i64)| LabelNow { label, version, since: Timestamp(since) };
    Ok(rows.into_iter().map(now).collect())
}

/// The scores of the newest versions that have one, the oldest first.
async fn scores(ctx: &Ctx, template: &Template) -> Result<Vec<VersionScore>> {
    let rows: Vec<(i64, i64)> = ctx
        .db()
        .all(
            "select number, lint_score from version where template_id = $1 and lint_score is not null
             order by number desc limit $2",
            (template.id.0, TREND),
        )
        .await?;
    Ok(rows.into_iter().rev().map(|(version, score)| VersionScore { version, score }).collect())
}
