//! What a change request moves: as proposed, and what follows from it.

use std::collections::HashMap;

use domain::change::LabelTo;
use domain::compose::Own;
use domain::composition::{Pick, Reference, Resolved};
use domain::error::{FieldError, Problems};
use domain::ids::UserId;
use domain::label::check_label;
use domain::version::VersionContent;
use sqlx::types::Json;
use uuid::Uuid;

use super::record::Item;
use crate::compositions::{self, Composition, From, Moves};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::labels;

/// What is proposed, worked out: the moves, and who wrote the versions.
#[derive(Default)]
pub(super) struct Proposal {
    pub(super) items: Vec<Item>,
    pub(super) authors: Vec<UserId>,
    /// What is made of the moved templates and would not render any more: it keeps what it serves.
    pub(super) broken: Vec<String>,
}

/// Works out what is proposed: every label with what it would serve, and after them what is made of what moves.
pub(super) async fn propose(ctx: &Ctx, mut from: From<'_>, wanted: &[LabelTo]) -> Result<Proposal> {
    let mut proposal = Proposal::default();
    let mut problems = Problems::default();
    let (mut contents, mut served, mut brought) = (Vec::new(), Vec::new(), Vec::new());
    for (index, to) in wanted.iter().enumerate() {
        let Some(found) = find(ctx, &mut from, to, (&format!("items[{index}]"), &mut problems)).await? else {
            continue;
        };
        proposal.authors.extend(found.author_id.map(UserId));
        contents.push(found.content.map(|content| content.0));
        served.push(found.closure.map(|closure| closure.0).unwrap_or_default());
        proposal.items.push(found.item);
    }
    problems.finish()?;
    let mut problems = Problems::default();
    let moves = moves(&proposal.items);
    for (index, (item, content)) in proposal.items.iter_mut().zip(&contents).enumerate() {
        let Some(content) = content else { continue };
        let made = composed(ctx, from.moved(&moves), item, content).await;
        let made = made.map_err(|e| e.rename(|p| in_item(index, p)))?;
        item.effective_hash = made.effective_hash;
        brought.push((std::mem::take(&mut served[index]), made.closure));
        problems.require(item.is_change(), &format!("items[{index}].version"), "is what the label serves already");
    }
    problems.finish()?;
    for (before, after) in brought {
        proposal.authors.extend(new_authors(ctx, &mut from, &before, &after).await?);
    }
    add_followers(ctx, &mut from, &mut proposal).await?;
    for item in &mut proposal.items {
        item.restores = served_before(&mut from, item).await?;
    }
    Ok(proposal)
}

fn in_item(index: usize, problem: FieldError) -> FieldError {
    let problem = labels::in_version(problem);
    FieldError { field: format!("items[{index}].{}", problem.field), ..problem }
}

/// Where the labels go, for those that name them.
pub(super) fn moves(items: &[Item]) -> Moves {
    let moves = items.iter().filter(|item| item.template_id.is_some());
    moves.map(|item| ((item.key.clone(), item.label.clone()), item.to_version)).collect()
}

/// What an item's label would serve.
pub(super) async fn composed(ctx: &Ctx, from: From<'_>, item: &Item, content: &VersionContent) -> Result<Composition> {
    let of = Own { key: &item.key, version: item.to_version, content };
    compositions::compose(ctx, from, of, &item.label).await
}

impl Item {
    fn is_change(&self) -> bool {
        (self.to_version, &self.effective_hash) != (self.from_version, &self.from_hash)
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    item: Item,
    latest: i64,
    is_archived: bool,
    content: Option<Json<VersionContent>>,
    author_id: Option<Uuid>,
    /// What the label serves is made of.
    closure: Option<Json<Vec<Resolved>>>,
}

/// A template's label beside a version, as an item that goes from here to there.
fn as_item(label: &str, version: &str) -> String {
    format!(
        "{label} as label, t.id as template_id, t.key, t.display_name as template_name,
         coalesce(l.version, 0) as from_version, coalesce(l.effective_hash, '') as from_hash, {version} as to_version,
         '' as effective_hash, null as restores, null as policy_before, null as policy_after,
         coalesce(l.version, 0) as now_version, coalesce(l.effective_hash, '') as now_hash, null as policy_now"
    )
}

async fn find(
    ctx: &Ctx,
    from: &mut From<'_>,
    to: &LabelTo,
    (place, problems): (&str, &mut Problems),
) -> Result<Option<Found>> {
    problems.take(&format!("{place}.label"), check_label(&to.label));
    let columns = as_item("$3", "$4");
    let sql = format!(
        "select {columns}, $5 as follows, t.latest, t.is_archived, v.content, v.author_id, l.closure from template t
         left join label l on l.template_id = t.id and l.name = $3
         left join version v on v.template_id = t.id and v.number = $4
         where t.project_id = $1 and t.key = $2"
    );
    let parameters = (ctx.project.0, &to.template, &to.label, to.version, false);
    let found: Option<Found> = from.opt(sqlx::AssertSqlSafe(sql), parameters).await?;
    let Some(found) = found else {
        problems.add(format!("{place}.template"), "there is no such template in this project");
        return Ok(None);
    };
    problems.require(!found.is_archived, &format!("{place}.template"), "is archived: bring it back first");
    let version = format!("{place}.version");
    match (&found.content, to.version) {
        (_, 0) => problems.require(found.item.from_version > 0, &version, "the label points nowhere already"),
        (None, _) => problems.add(&version, format!("use a version from 1 to {}, or 0 to take it away", found.latest)),
        (Some(content), _) => {
            problems.require(!content.is_empty(), &version, "has no messages yet, so there is nothing to serve");
        }
    }
    Ok(Some(found))
}

/// The move by which the label came to serve exactly this before. What came there only by a bypass was never approved.
async fn served_before(from: &mut From<'_>, item: &Item) -> Result<Option<Uuid>> {
    let Some(template) = item.template_id.filter(|_| item.to_version > 0) else { return Ok(None) };
    let sql = "select e.id from label_event e
               left join change_request c on c.project_id = e.project_id and c.number = e.change_number
               where e.template_id = $1 and e.label = $2 and e.to_version = $3 and e.effective_hash = $4
                 and (c.id is null or not c.is_bypass) order by e.id desc limit 1";
    let parameters = (template, &item.label, item.to_version, &item.effective_hash);
    let row: Option<(Uuid,)> = from.opt(sql, parameters).await?;
    Ok(row.map(|(id,)| id))
}

#[derive(sqlx::FromRow)]
struct Follower {
    #[sqlx(flatten)]
    item: Item,
    content: Json<VersionContent>,
    closure: Json<Vec<Resolved>>,
}

/// What is made of what moves, with the labels that serve it: each would serve something else.
pub(super) async fn add_followers(ctx: &Ctx, from: &mut From<'_>, proposal: &mut Proposal) -> Result<()> {
    let moves = moves(&proposal.items);
    let sql = format!(
        "select {}, $2 as follows, v.content, l.closure from label l join template t on t.id = l.template_id
         join version v on v.template_id = t.id and v.number = l.version
         where t.project_id = $1 and not t.is_archived and l.composed is not null order by t.key, l.name",
        as_item("l.name", "v.number")
    );
    let rows: Vec<Follower> = from.all(sqlx::AssertSqlSafe(sql), (ctx.project.0, true)).await?;
    let moves_itself = |item: &Item| moves.contains_key(&(item.key.clone(), item.label.clone()));
    for row in rows.into_iter().filter(|row| !moves_itself(&row.item) && is_made_of(&row.closure, &row.item, &moves)) {
        let mut item = row.item;
        match composed(ctx, from.moved(&moves), &item, &row.content).await {
            Ok(made) => {
                item.effective_hash = made.effective_hash;
                proposal.authors.extend(new_authors(ctx, from, &row.closure, &made.closure).await?);
            }
            Err(Error::User(why)) => {
                proposal.broken.push(format!("{}: {}", item.name(), why.message));
                continue;
            }
            Err(other) => return Err(other),
        }
        if item.is_change() {
            proposal.items.push(item);
        }
    }
    Ok(())
}

/// Who wrote the versions that come in with what a text is made of: their words, too, somebody else is to read.
async fn new_authors(ctx: &Ctx, from: &mut From<'_>, before: &[Resolved], after: &[Resolved]) -> Result<Vec<UserId>> {
    let is_there = |one: &Resolved| before.iter().any(|old| (&old.key, old.version) == (&one.key, one.version));
    let mut authors = Vec::new();
    for one in after.iter().skip(1).filter(|one| !is_there(one)) {
        let sql = "select v.author_id from version v join template t on t.id = v.template_id
                   where t.project_id = $1 and t.key = $2 and v.number = $3 and v.author_id is not null";
        let row: Option<(Uuid,)> = from.opt(sql, (ctx.project.0, &one.key, one.version)).await?;
        authors.extend(row.map(|(id,)| UserId(id)));
    }
    Ok(authors)
}

/// Whether something follows a label that moves.
fn is_made_of(closure: &[Resolved], item: &Item, moves: &HashMap<(String, String), i64>) -> bool {
    closure.iter().skip(1).any(|one| {
        let Ok(reference) = Reference::parse(&one.reference) else { return false };
        let label = match reference.pick {
            Pick::Followed => item.label.clone(),
            Pick::Label(label) => label,
            Pick::Version(_) => return false,
        };
        moves.contains_key(&(reference.key, label))
    })
}
