//! Drafts: the one mutable working copy of a template per author. Saving one is not audited and checks nothing but size.
//!
//! Each has a revision that outlives it: what was sent before it was kept from elsewhere, thrown away or made a version is
//! late, and is refused.

mod merging;

use domain::Timestamp;
use domain::ids::{TemplateId, UserId};
use domain::permission::Permission;
use domain::storable;
use domain::version::{Draft, Kept, MAX_MESSAGE_BYTES, MAX_MESSAGES, MAX_PARAMETERS, NewDraft, Opened, VersionContent};
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::{templates, versions};

pub use merging::{merge, save_merged, take_merged};

fn author(ctx: &Ctx) -> domain::Result<UserId> {
    ctx.user_id().ok_or_else(|| domain::Error::forbidden("only a person has drafts"))
}

/// A template with a version to start from, the latest for 0, and the asking person's draft. The template is read first:
/// a version saved meanwhile then makes the save a conflict, and is never written over unseen.
pub async fn open(ctx: &Ctx, key: &str, from: i64) -> Result<Opened> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let base = match if from == 0 { template.latest_version } else { from } {
        0 => None,
        number => Some(versions::read(ctx, template.id, number).await?),
    };
    let (draft, draft_revision) = find(ctx, template.id).await?;
    Ok(Opened { template, base, draft, draft_revision })
}

#[derive(sqlx::FromRow)]
struct Row {
    revision: i64,
    content: Option<Json<VersionContent>>,
    parent: Option<i64>,
    onto: Option<i64>,
    updated_at: Option<i64>,
}

/// Both in one statement, so that they belong together.
const FIND: &str = "select r.revision, d.content, d.parent, d.onto, d.updated_at from draft_revision r
    left join draft d on d.template_id = r.template_id and d.user_id = r.user_id
    where r.template_id = $1 and r.user_id = $2";

impl Row {
    fn draft(self) -> Option<Draft> {
        let content = self.content?.0;
        Some(Draft { content, parent: self.parent?, onto: self.onto?, updated_at: Timestamp(self.updated_at?) })
    }
}

/// The asking person's draft of a template, and its revision.
pub(crate) async fn find(ctx: &Ctx, template: TemplateId) -> Result<(Option<Draft>, i64)> {
    let Some(user) = ctx.user_id() else { return Ok((None, 0)) };
    let row: Option<Row> = ctx.db().opt(FIND, (template.0, user.0)).await?;
    let revision = row.as_ref().map_or(0, |row| row.revision);
    Ok((row.and_then(Row::draft), revision))
}

/// Takes the next revision; false when the draft is not at the expected one any more. Holds it until the transaction ends.
async fn advance(tx: &mut Tx, (template, user): (TemplateId, UserId), expected: Option<i64>) -> Result<bool> {
    let taken = tx
        .exec(
            "insert into draft_revision (template_id, user_id, revision) values ($1, $2, coalesce($3, 0) + 1)
             on conflict (template_id, user_id) do update set revision = draft_revision.revision + 1
             where $3 is null or draft_revision.revision = $3",
            (template.0, user.0, expected),
        )
        .await?;
    Ok(taken == 1)
}

/// Keeps the revision as it is until the transaction ends: what another tab keeps at the same moment comes before or after.
async fn hold(tx: &mut Tx, (template, user): (TemplateId, UserId)) -> Result<()> {
    tx.exec(
        "insert into draft_revision (template_id, user_id, revision) values ($1, $2, 0)
         on conflict (template_id, user_id) do update set revision = draft_revision.revision",
        (template.0, user.0),
    )
    .await?;
    Ok(())
}

/// Keeps what the author has typed, valid or not. Text that was typed over an older draft than there is now is refused,
/// with the code `draft_stale`; the same text once more is not: the first answer may have been lost.
pub async fn save(ctx: &Ctx, key: &str, new: &NewDraft) -> Result<Kept> {
    ctx.authorise(Permission::WriteTemplates)?;
    let user = author(ctx)?;
    let template = templates::require(ctx, key).await?;
    check_size(&new.content)?;
    let (whose, at) = ((template.id, user), ctx.now());
    let mut tx = ctx.db().begin().await?;
    if !advance(&mut tx, whose, new.revision).await? {
        return kept_already(&mut tx, whose, &new.content).await;
    }
    let onto = new.onto.clamp(0, template.latest_version);
    tx.exec(
        "insert into draft (template_id, user_id, content, parent, onto, updated_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (template_id, user_id) do update set content = excluded.content, parent = excluded.parent,
           onto = excluded.onto, updated_at = excluded.updated_at",
        (template.id.0, user.0, Json(&new.content), new.parent, onto, at.0),
    )
    .await?;
    let row: Row = tx.one(FIND, (template.id.0, user.0)).await?;
    tx.commit().await?;
    Ok(Kept { at, revision: row.revision })
}

/// A little more than a version may hold, so that a text that is too long can be kept and shortened.
fn check_size(content: &VersionContent) -> Result<()> {
    let fits = serde_json::to_string(content)?.len() <= 2 * MAX_MESSAGE_BYTES * MAX_MESSAGES
        && content.messages.len() <= 2 * MAX_MESSAGES
        && content.parameters.len() <= 2 * MAX_PARAMETERS
        && storable::is_all(content);
    if fits {
        return Ok(());
    }
    let text = "is too large to be kept as a draft, or contains NUL or a number above 1.7e308";
    Err(domain::Error::field("content", text).into())
}

/// What to say of a text that comes late: nothing when it is there already.
async fn kept_already(tx: &mut Tx, (template, user): (TemplateId, UserId), content: &VersionContent) -> Result<Kept> {
    let row: Row = tx.one(FIND, (template.0, user.0)).await?;
    let revision = row.revision;
    let text = match row.draft() {
        Some(draft) if draft.content == *content => return Ok(Kept { at: draft.updated_at, revision }),
        Some(_) => "this draft was changed meanwhile, in another tab or on another device",
        None => "this draft was made a version or thrown away meanwhile, in another tab or on another device",
    };
    Err(domain::Error::conflict("draft_stale", text).into())
}

/// Throws the draft away.
pub async fn delete(ctx: &Ctx, key: &str) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
    let user = author(ctx)?;
    let template = templates::require(ctx, key).await?;
    let mut tx = ctx.db().begin().await?;
    remove(&mut tx, (template.id, user)).await?;
    Ok(tx.commit().await?)
}

async fn remove(tx: &mut Tx, whose: (TemplateId, UserId)) -> Result<()> {
    advance(tx, whose, None).await?;
    tx.exec("delete from draft where template_id = $1 and user_id = $2", (whose.0.0, whose.1.0)).await?;
    Ok(())
}

/// The author made a version of what the draft was at a revision. A draft that was kept from elsewhere since holds another
/// text, and stays.
pub(crate) async fn used(
    tx: &mut Tx,
    whose: (TemplateId, UserId),
    revision: Option<i64>,
    content: &VersionContent,
) -> Result<()> {
    hold(tx, whose).await?;
    let row: Row = tx.one(FIND, (whose.0.0, whose.1.0)).await?;
    let is_newer = revision.is_some_and(|revision| row.revision != revision);
    let is_other = row.draft().is_some_and(|draft| draft.content != *content);
    if is_newer && is_other { Ok(()) } else { remove(tx, whose).await }
}
