//! Who is made of whom. What counts is what can still be served or edited: the latest versions and those on labels of
//! templates that are not archived, and what their labels serve.

use std::collections::{BTreeMap, BTreeSet};

use domain::composition::{Dependencies, Dependency, Pick, Reference, Resolved};
use domain::label::LATEST;
use domain::permission::Permission;
use sqlx::types::Json;

use super::From;
use crate::audit;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::templates;

/// The most names in a refusal.
const MAX_NAMED: usize = 5;

/// One use: who, whom, as written; and through which labels.
type Edges = BTreeMap<(String, String, String), BTreeSet<String>>;

/// What a template is made of, and who is made of it.
pub async fn dependencies(ctx: &Ctx, key: &str) -> Result<Dependencies> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let edges = edges(ctx, &mut From::Now(ctx.db())).await?;
    Ok(Dependencies {
        uses: walk(&edges, &template.key, |(from, to, _)| (from, to)),
        used_by: walk(&edges, &template.key, |(from, to, _)| (to, from)),
    })
}

/// The uses reachable from a template, near ones first.
fn walk(
    edges: &Edges,
    key: &str,
    ends: impl for<'e> Fn(&'e (String, String, String)) -> (&'e String, &'e String),
) -> Vec<Dependency> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([key.to_owned()]));
    let mut near = vec![key.to_owned()];
    let mut depth = 0;
    while !near.is_empty() {
        depth += 1;
        let mut next = Vec::new();
        for (edge, through) in edges.iter().filter(|(edge, _)| near.contains(ends(edge).0)) {
            let (from, to, reference) = edge.clone();
            found.push(Dependency { from, to, reference, depth, through: through.iter().cloned().collect() });
            if seen.insert(ends(edge).1.clone()) {
                next.push(ends(edge).1.clone());
            }
        }
        near = next;
    }
    found
}

/// Every use in the project.
async fn edges(ctx: &Ctx, from: &mut From<'_>) -> Result<Edges> {
    let written: Vec<(String, String, String, bool, Option<String>)> = from
        .all(
            "select t.key, r.key, d.reference, v.number = t.latest, l.name from version_dependency d
             join version v on v.id = d.version_id join template t on t.id = v.template_id
             join template r on r.id = d.template_id
             left join label l on l.template_id = t.id and l.version = v.number
             where t.project_id = $1 and not t.is_archived and (v.number = t.latest or l.name is not null)",
            (ctx.project.0,),
        )
        .await?;
    let mut edges = Edges::new();
    for (user, used, reference, is_latest, label) in written {
        let through = edges.entry((user, used, reference)).or_default();
        through.extend(is_latest.then(|| LATEST.to_owned()));
        through.extend(label);
    }
    add_served(ctx, from, &mut edges).await?;
    Ok(edges)
}

/// What labels serve may be made of versions that are neither the latest nor on a label any more.
async fn add_served(ctx: &Ctx, from: &mut From<'_>, edges: &mut Edges) -> Result<()> {
    let served: Vec<(String, String, Json<Vec<Resolved>>)> = from
        .all(
            "select t.key, l.name, l.closure from label l join template t on t.id = l.template_id
             where t.project_id = $1 and not t.is_archived and l.composed is not null",
            (ctx.project.0,),
        )
        .await?;
    for (user, label, Json(closure)) in served {
        let reached: BTreeSet<String> =
            walk(edges, &user, |(from, to, _)| (from, to)).into_iter().map(|d| d.to).collect();
        for one in closure.into_iter().skip(1).filter(|one| !reached.contains(&one.key)) {
            edges.entry((user.clone(), one.key, String::new())).or_default().insert(label.clone());
        }
    }
    Ok(())
}

/// A template that others are made of can't be archived.
pub(crate) async fn refuse_archive(ctx: &Ctx, tx: &mut Tx, key: &str) -> Result<()> {
    audit::lock(ctx, tx).await?;
    let edges = edges(ctx, &mut From::Tx(tx)).await?;
    let users = edges.iter().filter(|((user, used, _), _)| used == key && user != key);
    refuse(users, &format!("`{key}`"))
}

/// A message can't be taken out of a template while others follow that: what they are made of would lose it. Those that name one
/// version keep it.
pub(crate) async fn refuse_removal(ctx: &Ctx, tx: &mut Tx, key: &str) -> Result<()> {
    audit::lock(ctx, tx).await?;
    let edges = edges(ctx, &mut From::Tx(tx)).await?;
    let follows = |written: &str| Reference::parse(written).is_ok_and(|named| !matches!(named.pick, Pick::Version(_)));
    let users = edges.iter().filter(|((user, used, reference), _)| used == key && user != key && follows(reference));
    refuse(users, &format!("`{key}`"))
}

/// A label that others name can't be taken away.
pub(crate) async fn refuse_label(ctx: &Ctx, tx: &mut Tx, key: &str, label: &str) -> Result<()> {
    audit::lock(ctx, tx).await?;
    let (edges, name) = (edges(ctx, &mut From::Tx(tx)).await?, format!("{key}@{label}"));
    let users = edges.iter().filter(|((user, _, reference), _)| *reference == name && user != key);
    refuse(users, &format!("`{name}`"))
}

fn refuse<'e>(
    users: impl Iterator<Item = (&'e (String, String, String), &'e BTreeSet<String>)>,
    what: &str,
) -> Result<()> {
    let mut by_user = BTreeMap::<&str, BTreeSet<&str>>::new();
    for ((user, ..), through) in users {
        by_user.entry(user).or_default().extend(through.iter().map(String::as_str));
    }
    if by_user.is_empty() {
        return Ok(());
    }
    let named = by_user
        .iter()
        .take(MAX_NAMED)
        .map(|(user, through)| format!("`{user}` ({})", through.iter().copied().collect::<Vec<_>>().join(", ")));
    let mut named: Vec<_> = named.collect();
    if by_user.len() > MAX_NAMED {
        named.push(format!("{} more", by_user.len() - MAX_NAMED));
    }
    let count = if by_user.len() == 1 { "1 template uses".into() } else { format!("{} templates use", by_user.len()) };
    let message = format!("{count} {what}: {}; change them first", named.join(", "));
    Err(domain::Error::conflict("in_use", message).into())
}
