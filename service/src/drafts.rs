//! Drafts: the one mutable working copy of a template per author. Saving one is not audited and checks nothing but size.

use domain::Timestamp;
use domain::ids::{TemplateId, UserId};
use domain::permission::Permission;
use domain::storable;
use domain::version::{Draft, MAX_MESSAGE_BYTES, MAX_MESSAGES, MAX_PARAMETERS, Opened, VersionContent};
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::{templates, versions};

fn author(ctx: &Ctx) -> domain::Result<UserId> {
    ctx.user_id().ok_or_else(|| domain::Error::forbidden("only a person has drafts"))
}

/// A template with a version to start from, the latest for 0, and the asking person's draft. The template is read first:
/// a version saved meanwhile then makes the save a conflict, and is never written over unseen.
pub async fn open(ctx: &Ctx, key: &str, from: i64) -> Result<Opened> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("template"))?;
    let base = match if from == 0 { template.latest_version } else { from } {
        0 => None,
        number => Some(versions::read(ctx, template.id, number).await?),
    };
    let draft = find(ctx, template.id).await?;
    Ok(Opened { template, base, draft })
}

/// The asking person's draft of a template.
pub(crate) async fn find(ctx: &Ctx, template: TemplateId) -> Result<Option<Draft>> {
    let Some(user) = ctx.user_id() else { return Ok(None) };
    let row: Option<(Json<VersionContent>, i64, i64)> = ctx
        .db()
        .opt(
            "select content, parent, updated_at from draft where template_id = $1 and user_id = $2",
            (template.0, user.0),
        )
        .await?;
    Ok(row.map(|(content, parent, at)| Draft { content: content.0, parent, updated_at: Timestamp(at) }))
}

/// Keeps what the author has typed, valid or not.
pub async fn save(ctx: &Ctx, key: &str, content: &VersionContent, parent: i64) -> Result<Timestamp> {
    ctx.authorise(Permission::WriteTemplates)?;
    let user = author(ctx)?;
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("template"))?;
    let text = serde_json::to_string(content)?;
    // A little more than a version may hold, so that a text that is too long can be kept and shortened.
    let most = 2 * MAX_MESSAGE_BYTES * MAX_MESSAGES;
    let fits = text.len() <= most
        && content.messages.len() <= 2 * MAX_MESSAGES
        && content.parameters.len() <= 2 * MAX_PARAMETERS
        && storable::is_all(content);
    if !fits {
        return Err(domain::Error::field(
            "content",
            "is too large to be kept as a draft, or contains NUL or a number above 1.7e308",
        )
        .into());
    }
    let now = ctx.now();
    ctx.db()
        .exec(
            "insert into draft (template_id, user_id, content, parent, updated_at) values ($1, $2, $3, $4, $5)
             on conflict (template_id, user_id) do update
             set content = excluded.content, parent = excluded.parent, updated_at = excluded.updated_at",
            (template.id.0, user.0, Json(content), parent, now.0),
        )
        .await?;
    Ok(now)
}

/// Throws the draft away.
pub async fn delete(ctx: &Ctx, key: &str) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
    let user = author(ctx)?;
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("template"))?;
    let sql = "delete from draft where template_id = $1 and user_id = $2";
    ctx.db().exec(sql, (template.id.0, user.0)).await?;
    Ok(())
}
