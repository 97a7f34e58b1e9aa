//! The first start: a one-time link that makes the first super admin.

use std::sync::Arc;

use domain::error::Problems;
use domain::ids::UserId;
use domain::time::HOUR;
use domain::user::{NewUser, check_email, check_password};

use crate::crypto::{random_text, sha256};
use crate::ctx::Services;
use crate::error::Result;
use crate::projects;
use crate::users;

/// How long a set-up link is good.
pub const LINK_LIFE: i64 = HOUR;

/// Whether nobody has an account yet.
pub async fn is_needed(services: &Services) -> Result<bool> {
    let users: i64 = services.db.scalar("select count(*) from \"user\"", ()).await?;
    Ok(users == 0)
}

/// A fresh token for the set-up link while it is needed; the tokens before it stop working.
pub async fn new_link(services: &Services) -> Result<Option<String>> {
    if !is_needed(services).await? {
        return Ok(None);
    }
    let (token, now) = (random_text(43, services.random.as_ref()), services.now());
    let mut tx = services.db.begin().await?;
    tx.exec("delete from setup_link where used_at is null", ()).await?;
    tx.exec(
        "insert into setup_link (token_hash, created_at, expires_at) values ($1, $2, $3)",
        (sha256(token.as_bytes()).to_vec(), now.0, now.plus(LINK_LIFE).0),
    )
    .await?;
    tx.commit().await?;
    Ok(Some(token))
}

fn refused() -> domain::Error {
    domain::Error::new(
        domain::error::Kind::NotFound,
        "setup_link",
        "this set-up link was used or has expired; start the server again to get a new one",
    )
}

/// Whether the link can still be used.
pub async fn check_link(services: &Services, token: &str) -> Result<()> {
    let live: i64 = services
        .db
        .scalar(
            "select count(*) from setup_link where token_hash = $1 and used_at is null and expires_at > $2",
            (sha256(token.as_bytes()).to_vec(), services.now().0),
        )
        .await?;
    if live == 1 && is_needed(services).await? { Ok(()) } else { Err(refused().into()) }
}

/// Uses the link: makes the first super admin of the project `default`. Of two at once, one wins; when anything fails,
/// the link stays good.
pub async fn complete(services: &Arc<Services>, token: &str, new: NewUser) -> Result<UserId> {
    check_link(services, token).await?;
    let mut problems = Problems::default();
    let email = problems.take("email", check_email(&new.email)).unwrap_or_default();
    problems.take("password", check_password(&new.password));
    users::check_name(&new.name, &mut problems);
    problems.finish()?;
    let project = projects::find_id(services, domain::project::DEFAULT).await?.ok_or_else(refused)?;
    let ctx = services.system(project, "setup");
    let hash = users::hash(services, &new.password).await?;
    let mut tx = services.db.begin().await?;
    let used = tx
        .exec(
            "update setup_link set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
               and not exists (select 1 from \"user\")",
            (sha256(token.as_bytes()).to_vec(), services.now().0),
        )
        .await?;
    if used == 0 {
        return Err(refused().into());
    }
    let user = users::create_first(&ctx, &mut tx, &email, new.name.trim(), hash).await?;
    tx.commit().await?;
    Ok(user)
}
