//! The effective template: what is served in the end, and where each part of it comes from.

use domain::check::check_content;
use domain::compose::{Own, lines};
use domain::composition::{Bundle, Closure, Composed, Effective, Part, Resolved, ShownEffective, Target};
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

/// What is put together: the version itself, and what each reference in it stands for.
struct Made {
    template: Template,
    version: i64,
    content: VersionContent,
    label: Option<String>,
    stored: Vec<Resolved>,
    closure: Closure,
}

impl Made {
    fn own(&self) -> Own<'_> {
        Own { key: &self.template.key, version: self.version, content: &self.content }
    }

    fn effective(&self) -> Result<Effective> {
        let mut problems = Problems::default();
        let composed = check_content(&self.own(), &self.closure, &mut problems).composed;
        let composed = composed.filter(|_| problems.0.is_empty());
        let effective_hash = composed.as_ref().map(|composed| content_hash(&composed.content)).transpose()?;
        Ok(Effective {
            key: self.template.key.clone(),
            version: self.version,
            label: self.label.clone(),
            effective_hash,
            closure: self.stored.clone(),
            composed,
            problems: problems.0,
        })
    }
}

/// The composed text of a version with the map of where it comes from. Under a label it is what the label serves; of
/// the latest version (also when nothing is named) and of a numbered one, plain references mean the latest versions.
pub async fn effective(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Effective> {
    ctx.authorise(Permission::ReadTemplates)?;
    make(ctx, key, wanted).await?.effective()
}

/// As [`effective`], for people: line by line, with the template and line that each part comes from.
pub async fn show_effective(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<ShownEffective> {
    ctx.authorise(Permission::ReadTemplates)?;
    let made = make(ctx, key, wanted).await?;
    let effective = made.effective()?;
    let composed = effective.composed.as_ref();
    let messages = composed.map(|composed| lines(&made.own(), &made.closure, composed)).unwrap_or_default();
    let sources = composed.map(|composed: &Composed| composed.sources.clone()).unwrap_or_default();
    let effective = Effective { composed: None, ..effective };
    Ok(ShownEffective { template: made.template, effective, sources, messages })
}

async fn make(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Made> {
    let template = templates::require(ctx, key).await?;
    match (wanted.label.filter(|label| *label != LATEST), wanted.version) {
        (Some(_), Some(_)) => Err(domain::Error::field("version", "name a label or a version, not both").into()),
        (Some(label), None) => of_label(ctx, template, label).await,
        (None, version) => of_version(ctx, template, version).await,
    }
}

async fn of_label(ctx: &Ctx, template: Template, label: &str) -> Result<Made> {
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
    let label = Some(label.to_owned());
    Ok(Made { template, version: number, content: version.content, label, stored, closure })
}

async fn of_version(ctx: &Ctx, template: Template, number: Option<i64>) -> Result<Made> {
    let version = versions::read(ctx, template.id, number.unwrap_or(template.latest_version)).await?;
    let of = Own { key: &template.key, version: version.number, content: &version.content };
    let mut loaded = load(ctx, From::Now(ctx.db()), of, LATEST).await?;
    let closure = std::mem::take(&mut loaded.closure);
    let stored = loaded.stored(of, &version.content_hash);
    let label = number.is_none().then(|| LATEST.to_owned());
    Ok(Made { template, version: version.number, content: version.content, label, stored, closure })
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
