//! API keys: made once, shown once, kept as a keyed hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Error as UserError;
use domain::Timestamp;
use domain::api_key::{ApiKey, CreatedApiKey, NewApiKey, Scope, parse_key};
use domain::error::Problems;
use domain::ids::{ApiKeyId, ProjectId, UserId};
use domain::label::ENVIRONMENTS;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::time::MINUTE;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::crypto::random_text;
use crate::ctx::{Ctx, Services};
use crate::error::Result;
use crate::serving;

/// A key as requests are checked against it, held in memory.
pub struct KeyRecord {
    pub id: ApiKeyId,
    pub project: ProjectId,
    pub name: String,
    pub environment: String,
    pub public_id: String,
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub owner: Option<UserId>,
    secret_hash: Vec<u8>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: AtomicI64,
}

impl KeyRecord {
    /// The part of the key that may be shown.
    pub fn prefix(&self) -> String {
        prefix(&self.environment, &self.public_id)
    }
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

fn prefix(environment: &str, public_id: &str) -> String {
    format!("ppy_{environment}_{public_id}")
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    project_id: Uuid,
    name: String,
    environment: String,
    public_id: String,
    secret_hash: Vec<u8>,
    scopes: Json<Vec<Scope>>,
    created_at: i64,
    created_by: String,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
    owner_id: Option<Uuid>,
}

impl Row {
    fn key(self) -> ApiKey {
        ApiKey {
            id: ApiKeyId(self.id),
            name: self.name,
            prefix: prefix(&self.environment, &self.public_id),
            environment: self.environment,
            scopes: self.scopes.0,
            created_at: Timestamp(self.created_at),
            created_by: self.created_by,
            expires_at: self.expires_at.map(Timestamp),
            last_used_at: self.last_used_at.map(Timestamp),
            revoked_at: self.revoked_at.map(Timestamp),
        }
    }
    fn record(self) -> KeyRecord {
        KeyRecord {
            id: ApiKeyId(self.id),
            project: ProjectId(self.project_id),
            name: self.name,
            environment: self.environment,
            public_id: self.public_id,
            scopes: self.scopes.0,
            owner: self.owner_id.map(UserId),
            secret_hash: self.secret_hash,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: AtomicI64::new(self.last_used_at.unwrap_or(0)),
        }
    }
}

/// The key behind a text, when it is whole, active and not expired. Each reason to refuse has its own words, but only
/// for who knows the secret.
pub async fn authenticate(services: &Arc<Services>, text: &str) -> Result<Arc<KeyRecord>> {
    let refused = || UserError::unauthenticated("the API key is not valid");
    let parts = parse_key(text).ok_or_else(refused)?;
    let key = match services.serving.find_key(parts.id) {
        Some(key) => key,
        None => load(services, parts.id).await?.ok_or_else(refused)?,
    };
    if key.environment != parts.environment || !services.secrets.api_key_matches(parts.secret, &key.secret_hash) {
        return Err(refused().into());
    }
    let now = services.now().0;
    if key.revoked_at.is_some() {
        return Err(UserError::unauthenticated("the API key was revoked").into());
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(UserError::unauthenticated("the API key has expired").into());
    }
    note_use(services, &key, now);
    Ok(key)
}

async fn load(services: &Services, public_id: &str) -> Result<Option<Arc<KeyRecord>>> {
    let before = services.serving.keys_mark();
    let row: Option<Row> = services.db.opt("select * from api_key where public_id = $1", (public_id,)).await?;
    let key = row.map(|r| Arc::new(r.record()));
    if let Some(key) = &key {
        services.serving.keep_key(before, key);
    }
    Ok(key)
}

/// Writes the last use at most once a minute, beside the request.
fn note_use(services: &Arc<Services>, key: &Arc<KeyRecord>, now: i64) {
    let last = key.last_used_at.load(Ordering::Relaxed);
    let due = now - last >= MINUTE;
    if !due || key.last_used_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return;
    }
    let (services, id) = (services.clone(), key.id);
    tokio::spawn(async move {
        let sql = "update api_key set last_used_at = $2 where id = $1";
        if let Err(error) = services.db.exec(sql, (id.0, now)).await {
            tracing::warn!(%error, "last use of an API key was not written");
        }
    });
}

/// The project's keys, newest first.
pub async fn list(ctx: &Ctx, page: &PageRequest) -> Result<Page<ApiKey>> {
    ctx.authorise(Permission::ManageKeys)?;
    let (before, limit) = (page.after()?.unwrap_or(Uuid::max()), page.limit()?);
    let sql = "select * from api_key where project_id = $1 and id < $2 order by id desc limit $3";
    let rows: Vec<Row> = ctx.db().all(sql, (ctx.project.0, before, limit + 1)).await?;
    Ok(Page::cut(rows.into_iter().map(Row::key).collect(), limit, |k: &ApiKey| k.id.to_string()))
}

fn check(new: &NewApiKey, now: Timestamp) -> domain::Result<()> {
    let mut problems = Problems::default();
    let name_fits = domain::text::is_name(new.name.trim(), 80);
    problems.require(name_fits, "name", "give a name of 1 to 80 characters, without control characters");
    problems.require(
        ENVIRONMENTS.contains(&new.environment.as_str()),
        "environment",
        "use development, staging or production",
    );
    problems.require(!new.scopes.is_empty(), "scopes", "choose at least one scope");
    problems.require(new.expires_at.is_none_or(|at| at > now), "expires_at", "use a time in the future");
    problems.finish()
}

/// Makes a key. Its secret is in the answer and nowhere else. Several active keys side by side make rotation easy.
pub async fn create(ctx: &Ctx, new: NewApiKey) -> Result<CreatedApiKey> {
    ctx.authorise(Permission::ManageKeys)?;
    check(&new, ctx.now())?;
    let random = ctx.services.random.as_ref();
    let (public_id, secret) = (random_text(12, random), random_text(43, random));
    let mut scopes = new.scopes.clone();
    scopes.sort();
    scopes.dedup();
    let (id, now) = (ctx.new_id(), ctx.now());
    let mut tx = ctx.db().begin().await?;
    let row: Row = tx
        .one(
            "insert into api_key (id, project_id, name, environment, public_id, secret_hash, scopes, created_at,
                                  created_by, expires_at, owner_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning *",
            (
                id,
                ctx.project.0,
                new.name.trim(),
                &new.environment,
                &public_id,
                ctx.services.secrets.api_key_hash(&secret).to_vec(),
                Json(&scopes),
                now.0,
                ctx.actor_name(),
                new.expires_at.map(|t| t.0),
                ctx.person().map(|person| person.0),
            ),
        )
        .await?;
    let key = row.key();
    audit::write(ctx, &mut tx, "key.create", &format!("key:{}", key.prefix), (), &key).await?;
    tx.commit().await?;
    Ok(CreatedApiKey { secret: format!("{}_{secret}", key.prefix), key })
}

/// Ends a key: this node refuses it at once, every other within a second.
pub async fn revoke(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorise(Permission::ManageKeys)?;
    let mut tx = ctx.db().begin().await?;
    // The lock on the project's row: of two at once one revokes it.
    audit::lock(ctx, &mut tx).await?;
    let place = (id.0, ctx.project.0);
    let row: Option<Row> = tx.opt("select * from api_key where id = $1 and project_id = $2", place).await?;
    let key = row.ok_or_else(|| UserError::not_found("API key"))?.key();
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let key = ApiKey { revoked_at: Some(ctx.now()), ..key };
    tx.exec("update api_key set revoked_at = $2 where id = $1", (id.0, ctx.now().0)).await?;
    audit::write(ctx, &mut tx, "key.revoke", &format!("key:{}", key.prefix), (), &key).await?;
    serving::touch(ctx, &mut tx).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(key)
}
