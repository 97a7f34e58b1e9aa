//! The effective template: what is served in the end, and where each part of it comes from.

use domain::check::check_content;
use domain::compose::Own;
use domain::composition::{Bundle, Closure, Effective, Part, Resolved, Target};
use domain::error::Problems;
use domain::label::LATEST;
use domain::permission::Permission;
use domain::template::Template;
use domain::version::VersionContent;
use sqlx::types::Json;

use super::{From, Loaded, load, load_stored};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::serving::{self, Wanted};
use crate::templates;
use crate::versions::{self, content_hash};

/// The composed text of a version with the map of where it comes from. Under a label it is what the label serves; of
/// the latest version (also when nothing is named) and of a numbered one, plain references mean the latest versions.
pub async fn effective(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Effective> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("template"))?;
    match (wanted.label.filter(|label| *label != LATEST), wanted.version) {
        (Some(_), Some(_)) => Err(domain::Error::field("version", "name a label or a version, not both").into()),
        (Some(label), None) => of_label(ctx, &template, label).await,
        (None, version) => of_version(ctx, &template, version).await,
    }
}

async fn of_label(ctx: &Ctx, template: &Template, label: &str) -> Result<Effective> {
    let row: Option<(i64, Json<Vec<Resolved>>)> = ctx
        .db()
        .opt("select version, closure from label where template_id = $1 and name = $2", (template.id.0, label))
        .await?;
    let (number, Json(stored)) = row.ok_or_else(|| domain::Error::not_found("label"))?;
    let version = versions::read(ctx, template.id, number).await?;
    let of = Own { key: &template.key, version: number, content: &version.content };
    let closure = load_stored(ctx, From::Now(ctx.db()), &stored).await?;
    // A label that moved before closures were stored serves the version alone.
    let stored = if stored.is_empty() { Loaded::default().stored(of, &version.content_hash) } else { stored };
    shown(of, Some(label.to_owned()), stored, &closure)
}

async fn of_version(ctx: &Ctx, template: &Template, number: Option<i64>) -> Result<Effective> {
    let version = versions::read(ctx, template.id, number.unwrap_or(template.latest_version)).await?;
    let of = Own { key: &template.key, version: version.number, content: &version.content };
    let mut loaded = load(ctx, From::Now(ctx.db()), of, LATEST).await?;
    let closure = std::mem::take(&mut loaded.closure);
    let label = number.is_none().then(|| LATEST.to_owned());
    shown(of, label, loaded.stored(of, &version.content_hash), &closure)
}

fn shown(of: Own<'_>, label: Option<String>, stored: Vec<Resolved>, closure: &Closure) -> Result<Effective> {
    let mut problems = Problems::default();
    let composed = check_content(&of, closure, &mut problems).composed.filter(|_| problems.0.is_empty());
    let effective_hash = composed.as_ref().map(|composed| content_hash(&composed.content)).transpose()?;
    Ok(Effective {
        key: of.key.to_owned(),
        version: of.version,
        label,
        effective_hash,
        closure: stored,
        composed,
        problems: problems.0,
    })
}

/// What a service fetches to put a template together itself: every version that it is made of, as it is served.
pub async fn bundle(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Bundle> {
    ctx.authorise(Permission::FetchPrompts)?;
    let served = serving::resolve(ctx, key, wanted).await?;
    let own = versions::read(ctx, served.template, served.version).await?;
    let closure = load_stored(ctx, From::Now(ctx.db()), &served.closure).await?;
    Ok(Bundle {
        key: served.key.clone(),
        version: served.version,
        effective_hash: served.effective_hash.clone(),
        closure: served.closure.clone(),
        templates: parts(&served.key, served.version, own.content, closure),
    })
}

/// Each version once, the template itself first.
fn parts(key: &str, version: i64, content: VersionContent, closure: Closure) -> Vec<Part> {
    let mut parts = vec![Part { key: key.to_owned(), version, content }];
    for target in closure.into_values() {
        if let Target::Found(part) = target
            && !parts.iter().any(|known| known.key == part.key && known.version == part.version)
        {
            parts.push(part);
        }
    }
    parts
}
