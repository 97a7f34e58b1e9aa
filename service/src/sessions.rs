//! Log-ins that can be listed and revoked. The cookie's record lives in the same rows.

use std::sync::Arc;

use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::time::{DAY, HOUR, MINUTE};
use domain::user::Session;
use uuid::Uuid;

use crate::audit;
use crate::crypto::{Claims, random_bytes, sha256};
use crate::ctx::{Actor, Ctx, Services};
use crate::error::Result;

/// A session ends this long after its log-in, whatever happens.
pub const ABSOLUTE_LIFE: i64 = 7 * DAY;
/// A session ends this long after its last use.
pub const IDLE_LIFE: i64 = 12 * HOUR;
/// How long a token of `POST /auth/token` is good.
pub const TOKEN_LIFE: i64 = 15 * MINUTE;
/// Last use is written at most this often.
const TOUCH_EVERY: i64 = MINUTE;

/// A session as the cookie layer stores it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredSession {
    pub data: Vec<u8>,
    pub expires_at: i64,
}

/// Adds the row of a new session; false when its token is taken.
pub async fn insert(
    services: &Services,
    token: &[u8],
    user: UserId,
    session: SessionId,
    data: &[u8],
    user_agent: &str,
) -> Result<bool> {
    insert_for(services, (session, user), token, data, user_agent, ABSOLUTE_LIFE).await
}

async fn insert_for(
    services: &Services,
    (session, user): (SessionId, UserId),
    token: &[u8],
    data: &[u8],
    user_agent: &str,
    life: i64,
) -> Result<bool> {
    let now = services.now();
    let added = services
        .db
        .exec(
            "insert into session (id, token_hash, user_id, data, user_agent, created_at, last_seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $6, $7) on conflict do nothing",
            (session.0, sha256(token).to_vec(), user.0, data, cut(user_agent), now.0, now.plus(life).0),
        )
        .await?;
    Ok(added == 1)
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Replaces the data of a session that still exists. One that was revoked meanwhile stays dead.
pub async fn update(services: &Services, token: &[u8], data: &[u8]) -> Result<()> {
    services.db.exec("update session set data = $2 where token_hash = $1", (sha256(token).to_vec(), data)).await?;
    Ok(())
}

/// The session of a cookie, when neither its absolute nor its idle time is over; notes the use.
pub async fn load(services: &Services, token: &[u8]) -> Result<Option<StoredSession>> {
    let (now, hash) = (services.now().0, sha256(token).to_vec());
    let row = services
        .db
        .opt(
            "select data, expires_at from session where token_hash = $1 and expires_at > $2 and last_seen_at > $3",
            (&hash, now, now - IDLE_LIFE),
        )
        .await?;
    if row.is_some() {
        touch(services, &hash, now).await?;
    }
    Ok(row)
}

async fn touch(services: &Services, hash: &[u8], now: i64) -> Result<()> {
    let stale: Option<(i64,)> = services
        .db
        .opt("select last_seen_at from session where token_hash = $1 and last_seen_at <= $2", (hash, now - TOUCH_EVERY))
        .await?;
    if stale.is_some() {
        services.db.exec("update session set last_seen_at = $2 where token_hash = $1", (hash, now)).await?;
    }
    Ok(())
}

/// Ends the session of a cookie.
pub async fn delete(services: &Services, token: &[u8]) -> Result<()> {
    services.db.exec("delete from session where token_hash = $1", (sha256(token).to_vec(),)).await?;
    Ok(())
}

/// Whose session this is, while it lasts.
pub async fn find_live(services: &Services, session: SessionId) -> Result<Option<UserId>> {
    let now = services.now().0;
    let row: Option<(Uuid,)> =
        services.db.opt("select user_id from session where id = $1 and expires_at > $2", (session.0, now)).await?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// A token of fifteen minutes for a checked password, tied to a session of its own that can be revoked.
pub async fn issue_token(services: &Arc<Services>, user: UserId, user_agent: &str) -> Result<(String, i64)> {
    let (session, now) = (services.new_id(), services.now());
    let token: [u8; 32] = random_bytes(services.random.as_ref());
    insert_for(services, (SessionId(session), user), &token, &[], user_agent, TOKEN_LIFE).await?;
    let claims = Claims { sub: user.0, sid: session, iat: now.0 / 1_000, exp: now.plus(TOKEN_LIFE).0 / 1_000 };
    Ok((services.secrets.sign_token(&claims)?, TOKEN_LIFE / 1_000))
}

/// The asking person's own sessions, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<Session>> {
    let Actor::User { id, session: current, .. } = &ctx.actor else {
        return Err(domain::Error::forbidden("only a person has sessions").into());
    };
    let now = ctx.now().0;
    let rows: Vec<(Uuid, i64, i64, i64, String)> = ctx
        .db()
        .all(
            "select id, created_at, last_seen_at, expires_at, user_agent from session
             where user_id = $1 and expires_at > $2 and last_seen_at > $3 order by created_at desc",
            (id.0, now, now - IDLE_LIFE),
        )
        .await?;
    let session = |(id, created, seen, expires, user_agent): (Uuid, i64, i64, i64, String)| Session {
        id: SessionId(id),
        created_at: Timestamp(created),
        last_seen_at: Timestamp(seen),
        expires_at: Timestamp(expires),
        user_agent,
        is_current: id == current.0,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends one of the asking person's own sessions.
pub async fn revoke(ctx: &Ctx, session: SessionId) -> Result<()> {
    let Some(user) = ctx.user_id() else {
        return Err(domain::Error::forbidden("only a person has sessions").into());
    };
    let mut tx = ctx.db().begin().await?;
    let ended = tx.exec("delete from session where id = $1 and user_id = $2", (session.0, user.0)).await?;
    if ended == 0 {
        return Err(domain::Error::not_found("session").into());
    }
    audit::write(ctx, &mut tx, "session.revoke", &format!("session:{session}"), (), ()).await?;
    Ok(tx.commit().await?)
}

/// Removes sessions that are over. A job; the figure is how many.
pub async fn purge(services: &Services) -> Result<u64> {
    let now = services.now().0;
    Ok(services
        .db
        .exec("delete from session where expires_at <= $1 or last_seen_at <= $2", (now, now - IDLE_LIFE))
        .await?)
}
