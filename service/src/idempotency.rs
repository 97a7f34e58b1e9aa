//! `Idempotency-Key`: a repeated write is answered as the first was, and done once.

use domain::error::Kind;
use domain::time::{DAY, MINUTE};

use crate::ctx::{Ctx, Services};
use crate::error::Result;

/// How long an answer is kept.
const KEEP: i64 = DAY;
/// A request without an answer after this long never gets one: its server stopped. No request may take so long.
pub const LOST: i64 = 2 * MINUTE;

/// Hash of the request; status, ETag and body of its answer, once there is one.
type Stored = (Vec<u8>, Option<i64>, String, Option<Vec<u8>>);

/// The answer to the first request, as it is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: i64,
    /// Empty when there was none.
    pub etag: String,
    pub body: Vec<u8>,
}

/// What to do with a request that carries a key.
pub enum Start {
    /// The first of its kind: do it, then [`finish`] or [`give_up`].
    First,
    /// Done before: answer this again.
    Replay(Answer),
}

/// Claims the key for this request. The same key with another request is a 422, one still under way a 409.
pub async fn start(ctx: &Ctx, key: &str, request_hash: [u8; 32]) -> Result<Start> {
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(domain::Error::field("Idempotency-Key", "use 1 to 255 visible ASCII characters").into());
    }
    let actor = ctx.actor_text();
    let claimed = ctx
        .db()
        .exec(
            "insert into idempotency_key (project_id, actor, key, request_hash, created_at)
             values ($1, $2, $3, $4, $5) on conflict (project_id, actor, key) do update
               set request_hash = excluded.request_hash, created_at = excluded.created_at
               where idempotency_key.status is null and idempotency_key.created_at <= $6",
            (ctx.project.0, &actor, key, request_hash.to_vec(), ctx.now().0, ctx.now().0 - LOST),
        )
        .await?;
    if claimed == 1 {
        return Ok(Start::First);
    }
    let in_progress =
        || domain::Error::conflict("in_progress", "the first request with this Idempotency-Key is under way");
    let found: Option<Stored> = ctx
        .db()
        .opt(
            "select request_hash, status, etag, body from idempotency_key where project_id = $1 and actor = $2 and key = $3",
            (ctx.project.0, &actor, key),
        )
        .await?;
    // Given up just now: the next try will be the first.
    let (hash, status, etag, body) = found.ok_or_else(in_progress)?;
    if hash != request_hash {
        let text = "this Idempotency-Key was used for another request; use a new one";
        return Err(domain::Error::new(Kind::Invalid, "idempotency_key_reused", text).into());
    }
    match (status, body) {
        (Some(status), Some(body)) => Ok(Start::Replay(Answer { status, etag, body })),
        _ => Err(in_progress().into()),
    }
}

/// Keeps the answer of the first request.
pub async fn finish(ctx: &Ctx, key: &str, answer: &Answer) -> Result<()> {
    ctx.db()
        .exec(
            "update idempotency_key set status = $4, etag = $5, body = $6
             where project_id = $1 and actor = $2 and key = $3",
            (ctx.project.0, ctx.actor_text(), key, answer.status, &answer.etag, &answer.body),
        )
        .await?;
    Ok(())
}

/// Frees the key: the request failed for a reason that another try may not meet.
pub async fn give_up(ctx: &Ctx, key: &str) -> Result<()> {
    ctx.db()
        .exec(
            "delete from idempotency_key where project_id = $1 and actor = $2 and key = $3 and status is null",
            (ctx.project.0, ctx.actor_text(), key),
        )
        .await?;
    Ok(())
}

/// Removes answers that were kept long enough, and claims of requests that never ended. A job.
pub async fn purge(services: &Services) -> Result<u64> {
    let old = services.now().0 - KEEP;
    Ok(services.db.exec("delete from idempotency_key where created_at <= $1", (old,)).await?)
}
