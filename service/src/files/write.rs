//! Carries an import out: one transaction, in the order in which templates name one another.

use std::collections::{HashMap, HashSet};

use domain::compose::references;
use domain::files::ImportOptions;
use domain::ids::TemplateId;
use domain::template::TemplateKey;
use domain::version::NewVersion;

use super::compare::{Change, in_file};
use super::plan::Made;
use crate::audit;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::versions::Ready;
use crate::{search, templates, versions};

/// What a version's history says when nobody said anything else.
const MESSAGE: &str = "Imported from files";

pub(super) async fn write(ctx: &Ctx, made: &Made, options: &ImportOptions) -> Result<()> {
    if made.changes.is_empty() {
        return Ok(());
    }
    let ready = ready(ctx, &made.changes, options).await?;
    let mut tx = ctx.db().begin().await?;
    let ids = take(ctx, &mut tx, &made.changes).await?;
    for change in in_order(&made.changes) {
        let id =
            ids.get(change.prompt.key.as_str()).copied().ok_or_else(|| Error::internal("a template without an id"))?;
        one(ctx, &mut tx, change, id, ready.get(change.prompt.key.as_str()))
            .await
            .map_err(|e| e.rename(|problem| in_file(&change.prompt, problem)))?;
    }
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(())
}

/// Locks those that are here and makes those that are new, before anything else is locked: others lock a template first
/// and the project's audit log after it. Those that are here are locked by id, as everybody does who locks several, and new ones
/// made by key, so that nobody waits for each other.
async fn take<'c>(ctx: &Ctx, tx: &mut Tx, changes: &'c [Change]) -> Result<HashMap<&'c str, TemplateId>> {
    let mut ids = HashMap::new();
    let there = changes.iter().filter_map(|change| change.before.as_ref());
    templates::lock_all(ctx, tx, there.map(|before| (before.id, Some(before.revision)))).await?;
    for change in changes {
        let id = match &change.before {
            Some(before) => before.id,
            None => {
                let key = TemplateKey::parse(&change.prompt.key).map_err(Error::internal)?;
                TemplateId(templates::insert(ctx, tx, &key, &change.fields).await?)
            }
        };
        ids.insert(change.prompt.key.as_str(), id);
    }
    Ok(ids)
}

/// Those that are named come before those that name them.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    let by_key: HashMap<&str, &Change> = changes.iter().map(|change| (change.prompt.key.as_str(), change)).collect();
    let (mut order, mut seen) = (Vec::new(), HashSet::new());
    let mut stack: Vec<(&Change, bool)> = changes.iter().rev().map(|change| (change, false)).collect();
    while let Some((change, is_left)) = stack.pop() {
        if is_left {
            order.push(change);
        } else if seen.insert(change.prompt.key.as_str()) {
            stack.push((change, true));
            let named = references(&change.prompt.content);
            stack.extend(named.iter().filter_map(|r| Some((*by_key.get(r.key.as_str())?, false))));
        }
    }
    order
}

/// The versions that are to be saved, by key.
async fn ready<'c>(ctx: &Ctx, changes: &'c [Change], options: &ImportOptions) -> Result<HashMap<&'c str, Ready>> {
    let (mut ready, message) = (HashMap::new(), options.commit_message.trim());
    for change in changes.iter().filter(|change| change.has_new_content) {
        let version = NewVersion {
            content: change.prompt.content.clone(),
            parent: change.parent(),
            commit_message: if message.is_empty() { MESSAGE.to_owned() } else { message.to_owned() },
        };
        ready.insert(change.prompt.key.as_str(), Ready::new(ctx, version).await?);
    }
    Ok(ready)
}

async fn one(ctx: &Ctx, tx: &mut Tx, change: &Change, id: TemplateId, ready: Option<&Ready>) -> Result<()> {
    let key = change.prompt.key.as_str();
    let latest = match &change.before {
        None => {
            audit::write(ctx, tx, "template.create", &format!("template:{key}"), (), &change.fields).await?;
            if ready.is_none() {
                search::write(tx, id.0).await?;
            }
            0
        }
        Some(before) => {
            if change.has_new_fields {
                templates::Change::of_checked(before, change.fields.clone()).write(ctx, tx, before).await?;
            }
            before.latest_version
        }
    };
    if let Some(ready) = ready {
        versions::insert(ctx, tx, id, key, latest, ready).await?;
    }
    Ok(())
}
