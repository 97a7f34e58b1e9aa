//! One change of many templates: each in a transaction of its own, with its own checks and its own audit event.

use domain::bulk::{BulkItem, BulkRequest, BulkStatus};
use domain::permission::Permission;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::templates;

/// How often a template that somebody else changes at the same moment is tried.
const TRIES: usize = 3;

/// Changes the templates one after the other, in the order of the request. One that fails stops none of the others.
pub async fn apply(ctx: &Ctx, request: BulkRequest) -> Result<Vec<BulkItem>> {
    ctx.authorise(Permission::WriteTemplates)?;
    let request = request.check()?;
    let mut items = Vec::with_capacity(request.keys.len());
    for key in &request.keys {
        items.push(match apply_one(ctx, key, &request).await {
            Ok(status) => BulkItem::new(key, status),
            Err(Error::User(error)) => BulkItem::failed(key, error),
            Err(error) => BulkItem::failed(key, error.public()),
        });
    }
    Ok(items)
}

async fn apply_one(ctx: &Ctx, key: &str, request: &BulkRequest) -> Result<BulkStatus> {
    let mut tries = 0;
    loop {
        tries += 1;
        let template = templates::require(ctx, key).await?;
        let Some(patch) = request.patch(&template) else { return Ok(BulkStatus::Unchanged) };
        match templates::update(ctx, &template.key, patch, Some(template.revision)).await {
            Err(Error::User(error)) if error.code == "stale" && tries < TRIES => {}
            done => return done.map(|_| BulkStatus::Done),
        }
    }
}
