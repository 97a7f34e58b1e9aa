//! Composition: what the references of a version stand for, and the one text that is made of them.

use std::collections::{HashMap, HashSet, VecDeque};

use domain::check::check_content;
use domain::compose::{Own, references};
use domain::composition::{Closure, Composed, MAX_PARTS, Offer, Part, Pick, Reference, Resolved, Target};
use domain::error::{FieldError, Problems};
use domain::label::LATEST;
use domain::permission::Permission;
use domain::version::VersionContent;
use sqlx::SqlSafeStr;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::ctx::Ctx;
use crate::db::values::{Params, Row};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::templates::labels_of;
use crate::versions::content_hash;

mod effective;
mod graph;

pub use effective::{bundle, effective, show_effective};
pub use graph::dependencies;
pub(crate) use graph::{refuse_archive, refuse_label, refuse_removal};

/// The most templates that an editor offers to name.
const MAX_OFFERS: i64 = 2_000;

/// Contents that are saved together, by key.
pub(crate) type Together<'a> = HashMap<String, &'a VersionContent>;

/// Where to read: as of now, or inside of the transaction that decides on it.
pub(crate) enum From<'a> {
    Now(&'a Db),
    Tx(&'a mut Tx),
    /// As of now, with these contents as the latest of their keys.
    With(&'a Db, &'a Together<'a>),
    /// As of now, with labels where they are proposed to go.
    Proposed(&'a Db, &'a Moves),
    /// Inside of the transaction that moves these labels together.
    Publishing(&'a mut Tx, &'a Moves),
}

/// Where labels go that move together: by template key and label, to a version; 0 for nowhere.
pub(crate) type Moves = HashMap<(String, String), i64>;

impl From<'_> {
    pub(crate) async fn all<R: Row>(&mut self, sql: impl SqlSafeStr, params: impl Params) -> Result<Vec<R>> {
        Ok(match self {
            Self::Now(db) | Self::With(db, _) | Self::Proposed(db, _) => db.all(sql, params).await?,
            Self::Tx(tx) | Self::Publishing(tx, _) => tx.all(sql, params).await?,
        })
    }
    pub(crate) async fn opt<R: Row>(&mut self, sql: impl SqlSafeStr, params: impl Params) -> Result<Option<R>> {
        Ok(match self {
            Self::Now(db) | Self::With(db, _) | Self::Proposed(db, _) => db.opt(sql, params).await?,
            Self::Tx(tx) | Self::Publishing(tx, _) => tx.opt(sql, params).await?,
        })
    }

    /// The same place, with labels where they are to go.
    pub(crate) fn moved<'b>(&'b mut self, moves: &'b Moves) -> From<'b> {
        match self {
            Self::Now(db) | Self::With(db, _) | Self::Proposed(db, _) => From::Proposed(db, moves),
            Self::Tx(tx) | Self::Publishing(tx, _) => From::Publishing(tx, moves),
        }
    }

    /// Where a label is to go, when it moves along.
    fn goal(&self, key: &str, label: &str) -> Option<i64> {
        let (Self::Proposed(_, moves) | Self::Publishing(_, moves)) = self else { return None };
        moves.get(&(key.to_owned(), label.to_owned())).copied()
    }

    /// What a reference stands for among contents that are not saved yet.
    fn unsaved(&self, key: &str, label: &str) -> Option<Found> {
        let Self::With(_, contents) = self else { return None };
        let content = contents.get(key).filter(|_| label == LATEST)?;
        let part = Part { key: key.to_owned(), version: 0, content: (*content).clone() };
        Some(Ok((Uuid::nil(), String::new(), part)))
    }
}

/// All that a version names, directly or through others.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) closure: Closure,
    pub(crate) resolved: Vec<Resolved>,
    /// The templates that the version itself names.
    direct: Vec<(String, Uuid)>,
}

/// What a label serves from now on.
pub(crate) struct Composition {
    pub(crate) closure: Vec<Resolved>,
    /// None when it is the version's own content.
    pub(crate) composed: Option<VersionContent>,
    pub(crate) effective_hash: String,
}

/// Finds what the references of a version stand for. Plain keys follow the label.
pub(crate) async fn load(ctx: &Ctx, mut from: From<'_>, of: Own<'_>, label: &str) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let own = references(of.content);
    let direct: HashSet<String> = own.iter().map(Reference::to_string).collect();
    let mut pending = VecDeque::from(own);
    while let Some(reference) = pending.pop_front() {
        let name = reference.to_string();
        let is_own = reference.key == of.key && reference.pick == Pick::Followed;
        if is_own || loaded.closure.contains_key(&name) {
            continue;
        }
        if loaded.closure.len() >= MAX_PARTS {
            let why = format!("more than {MAX_PARTS} templates are put together: use fewer");
            loaded.closure.insert(name, Target::Missing(why));
            continue;
        }
        let target = match find(ctx, &mut from, &reference, label).await? {
            Ok((id, hash, part)) => {
                pending.extend(references(&part.content));
                loaded.add(&name, (id, hash), &part, direct.contains(&name));
                Target::Found(part)
            }
            Err(why) => Target::Missing(why),
        };
        loaded.closure.insert(name, target);
    }
    Ok(loaded)
}

impl Loaded {
    fn add(&mut self, name: &str, (id, content_hash): (Uuid, String), part: &Part, is_direct: bool) {
        let (reference, key) = (name.to_owned(), part.key.clone());
        self.resolved.push(Resolved { reference, key, version: part.version, content_hash });
        if is_direct {
            self.direct.push((name.to_owned(), id));
        }
    }

    /// As it is stored: the version itself first.
    pub(crate) fn stored(self, of: Own<'_>, content_hash: &str) -> Vec<Resolved> {
        let (key, content_hash) = (of.key.to_owned(), content_hash.to_owned());
        let own = Resolved { reference: key.clone(), key, version: of.version, content_hash };
        std::iter::once(own).chain(self.resolved).collect()
    }
}

#[derive(sqlx::FromRow)]
struct PartRow {
    id: Uuid,
    is_archived: bool,
    latest: i64,
    number: Option<i64>,
    content: Option<Json<VersionContent>>,
    content_hash: Option<String>,
}

type Found = std::result::Result<(Uuid, String, Part), String>;

/// The version that a reference stands for, or why there is none.
async fn find(ctx: &Ctx, from: &mut From<'_>, reference: &Reference, label: &str) -> Result<Found> {
    let (label, number) = match &reference.pick {
        Pick::Followed => (label, 0),
        Pick::Label(own) => (own.as_str(), 0),
        Pick::Version(number) => ("", *number),
    };
    let (label, number) = match from.goal(&reference.key, label) {
        Some(0) => return Ok(Err(format!("`{}` is to have no version on `{label}` any more", reference.key))),
        Some(number) => ("", number),
        None => (label, number),
    };
    if let Some(found) = from.unsaved(&reference.key, label) {
        return Ok(found);
    }
    let row: Option<PartRow> = from
        .opt(
            "select t.id, t.is_archived, t.latest, v.number, v.content, v.content_hash from template t
             left join label l on l.template_id = t.id and l.name = $3
             left join version v on v.template_id = t.id
               and v.number = case when $4 > 0 then $4 when $3 = 'latest' then t.latest else l.version end
             where t.project_id = $1 and t.key = $2",
            (ctx.project.0, &reference.key, label, number),
        )
        .await?;
    let key = &reference.key;
    let Some(row) = row else { return Ok(Err(format!("there is no template `{key}` in this project"))) };
    if row.is_archived {
        return Ok(Err(format!("`{key}` is archived: bring it back, or name another template")));
    }
    let (Some(version), Some(Json(content)), Some(hash)) = (row.number, row.content, row.content_hash) else {
        return Ok(Err(match (number, label, row.latest) {
            (_, _, 0) => format!("`{key}` has no version yet"),
            (0, label, _) => format!("`{key}` has no version on `{label}`: point the label at one first"),
            (number, _, latest) => format!("`{key}` has no version {number}, only 1 to {latest}"),
        }));
    };
    Ok(Ok((row.id, hash, Part { key: key.clone(), version, content })))
}

/// The closure as it was stored, with its texts.
pub(crate) async fn load_stored(ctx: &Ctx, mut from: From<'_>, stored: &[Resolved]) -> Result<Closure> {
    let mut closure = Closure::new();
    for one in stored.iter().skip(1) {
        let row: Option<(Json<VersionContent>,)> = from
            .opt(
                "select v.content from version v join template t on t.id = v.template_id
                 where t.project_id = $1 and t.key = $2 and v.number = $3",
                (ctx.project.0, &one.key, one.version),
            )
            .await?;
        if let Some((Json(content),)) = row {
            let part = Part { key: one.key.clone(), version: one.version, content };
            closure.insert(one.reference.clone(), Target::Found(part));
        }
    }
    Ok(closure)
}

/// All that must hold of a version's content: settings, contract and texts, with everything in place that they name.
/// Returns the warnings.
pub(crate) async fn check(
    ctx: &Ctx,
    key: &str,
    content: &VersionContent,
    problems: &mut Problems,
) -> Result<Vec<FieldError>> {
    let of = Own { key, version: 0, content };
    let loaded = load(ctx, From::Now(ctx.db()), of, LATEST).await?;
    Ok(check_content(&of, &loaded.closure, problems).warnings)
}

/// As [`check`], with these contents as the latest of their keys: templates that are saved together may name one another.
pub(crate) async fn check_together(
    ctx: &Ctx,
    of: Own<'_>,
    together: &Together<'_>,
    problems: &mut Problems,
) -> Result<Vec<FieldError>> {
    let loaded = load(ctx, From::With(ctx.db(), together), of, LATEST).await?;
    Ok(check_content(&of, &loaded.closure, problems).warnings)
}

/// What the references of a text that is being written stand for, as of now: for an editor that puts them together itself.
pub async fn closure(ctx: &Ctx, key: &str, content: &VersionContent) -> Result<Closure> {
    ctx.authorise(Permission::ReadTemplates)?;
    Ok(load(ctx, From::Now(ctx.db()), Own { key, version: 0, content }, LATEST).await?.closure)
}

/// The templates that a text may name, by key: those in use that have a version, but for the asking one.
pub async fn offers(ctx: &Ctx, key: &str) -> Result<Vec<Offer>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let rows: Vec<(Uuid, String, String, i64)> = ctx
        .db()
        .all(
            "select id, key, display_name, latest from template
             where project_id = $1 and key <> $2 and not is_archived and latest > 0 order by key limit $3",
            (ctx.project.0, key, MAX_OFFERS),
        )
        .await?;
    let keys: Vec<&str> = rows.iter().map(|(_, key, ..)| key.as_str()).collect();
    let all = labels_of(ctx, &keys).await?;
    let labels = |of| all.iter().filter(|(id, _)| *id == of).map(|(_, target)| target.clone()).collect();
    let offer = |(id, key, name, latest)| Offer { key, name, latest, labels: labels(id) };
    Ok(rows.into_iter().map(offer).collect())
}

/// Checks a version again inside of its transaction, when it names others: they may have changed since. Nobody changes
/// them until the end. Notes what it names.
pub(crate) async fn keep_dependencies(ctx: &Ctx, tx: &mut Tx, version: Uuid, of: Own<'_>) -> Result<()> {
    if references(of.content).is_empty() {
        return Ok(());
    }
    audit::lock(ctx, tx).await?;
    let loaded = load(ctx, From::Tx(tx), of, LATEST).await?;
    let mut problems = Problems::default();
    check_content(&of, &loaded.closure, &mut problems);
    problems.finish()?;
    let rows = loaded.direct.into_iter().map(|(reference, template)| (version, reference, template));
    tx.batch("insert into version_dependency (version_id, reference, template_id) values {rows}", rows).await?;
    Ok(())
}

/// Resolves, checks and puts together what a label will serve. The template is locked; what it names is from here on.
pub(crate) async fn compose_locked(ctx: &Ctx, tx: &mut Tx, of: Own<'_>, label: &str) -> Result<Composition> {
    if !references(of.content).is_empty() {
        audit::lock(ctx, tx).await?;
    }
    compose(ctx, From::Tx(tx), of, label).await
}

/// Resolves, checks and puts together what a label would serve.
pub(crate) async fn compose(ctx: &Ctx, from: From<'_>, of: Own<'_>, label: &str) -> Result<Composition> {
    let loaded = load(ctx, from, of, label).await?;
    let composed = composed(of, &loaded.closure)?;
    let effective_hash = content_hash(&composed.content)?;
    let closure = loaded.stored(of, &content_hash(of.content)?);
    let composed = Some(composed.content).filter(|content| content != of.content);
    Ok(Composition { closure, composed, effective_hash })
}

/// The content in one piece, or what is wrong with it.
pub(crate) fn composed(of: Own<'_>, closure: &Closure) -> Result<Composed> {
    let mut problems = Problems::default();
    let checked = check_content(&of, closure, &mut problems);
    problems.finish()?;
    Ok(checked.composed.ok_or_else(domain::Error::internal)?)
}
