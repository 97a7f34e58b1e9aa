//! What a person has uploaded and not yet imported: between the page that shows what would change and its button.
//!
//! It stays in this node's memory, bounded, for a while. On another node, or after a restart, the person uploads again;
//! nothing else is lost.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::diff::for_page;
use domain::files::{ImportOptions, ImportPlan};
use domain::ids::{ProjectId, UserId};
use domain::permission::Permission;
use domain::time::MINUTE;

use super::archive::{Upload, too_large};
use super::{Source, import, plan};
use crate::ctx::Ctx;
use crate::error::Result;

const LIFE: i64 = 30 * MINUTE;
/// The most bytes held for all people together.
const MOST: usize = 48 * 1024 * 1024;

type Place = (ProjectId, UserId);

struct Held {
    uploads: Vec<Upload>,
    at: Timestamp,
}

impl Held {
    fn size(&self) -> usize {
        self.uploads.iter().map(|upload| upload.bytes.len()).sum()
    }
}

/// The uploads of all people, one each in a project.
#[derive(Default)]
pub struct Uploads(Mutex<HashMap<Place, Held>>);

impl Uploads {
    fn with<T>(&self, now: Timestamp, work: impl FnOnce(&mut HashMap<Place, Held>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, held| held.at.plus(LIFE) > now);
        work(&mut all)
    }

    /// Keeps an upload in the place of the person's last one; the oldest of others make room.
    fn put(&self, place: Place, held: Held, now: Timestamp) {
        self.with(now, |all| {
            all.remove(&place);
            let mut size = held.size() + all.values().map(Held::size).sum::<usize>();
            while size > MOST {
                let oldest = all.iter().min_by_key(|(_, held)| held.at).map(|(place, held)| (*place, held.size()));
                let Some((oldest, freed)) = oldest else { break };
                all.remove(&oldest);
                size -= freed;
            }
            all.insert(place, held);
        });
    }
}

fn place(ctx: &Ctx) -> domain::Result<Place> {
    let user = ctx.user_id().ok_or_else(|| domain::Error::forbidden("only a person's upload is held"))?;
    Ok((ctx.project, user))
}

/// Holds what a person uploaded, until they import it or throw it away.
pub fn hold(ctx: &Ctx, uploads: Vec<Upload>) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
    let held = Held { uploads, at: ctx.now() };
    if held.size() > domain::files::MAX_ARCHIVE_BYTES {
        return Err(too_large().into());
    }
    ctx.services.uploads.put(place(ctx)?, held, ctx.now());
    Ok(())
}

/// The person's upload, and when it came.
fn held(ctx: &Ctx) -> Result<Option<(Source, Timestamp)>> {
    let place = place(ctx)?;
    let find = |held: &Held| (Source::Uploads(held.uploads.clone()), held.at);
    Ok(ctx.services.uploads.with(ctx.now(), |all| all.get(&place).map(find)))
}

/// What the import of the person's upload would do; None when there is none.
pub async fn review(ctx: &Ctx) -> Result<Option<ImportPlan>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let Some((source, _)) = held(ctx)? else { return Ok(None) };
    let mut plan = plan(ctx, source, &ImportOptions::default()).await?;
    for_page(plan.templates.iter_mut().filter_map(|t| t.content.as_mut()).map(|c| &mut c.messages));
    Ok(Some(plan))
}

/// Imports the person's upload, which is then gone; another that came meanwhile stays.
pub async fn apply_held(ctx: &Ctx, options: &ImportOptions) -> Result<ImportPlan> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (source, at) = held(ctx)?.ok_or_else(|| {
        domain::Error::conflict("no_upload", "the upload is no longer held here: choose the file once more")
    })?;
    let plan = import(ctx, source, options).await?;
    let place = place(ctx)?;
    let is_that = |held: &Held| held.at == at;
    ctx.services.uploads.with(ctx.now(), |all| all.get(&place).is_some_and(is_that).then(|| all.remove(&place)));
    Ok(plan)
}

/// Throws the person's upload away.
pub fn discard(ctx: &Ctx) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
    let place = place(ctx)?;
    ctx.services.uploads.with(ctx.now(), |all| all.remove(&place));
    Ok(())
}
