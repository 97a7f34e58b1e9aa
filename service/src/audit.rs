//! Audit events: written in the transaction of the change, chained per project.

use domain::Timestamp;
use domain::audit::{AuditEvent, AuditFilter, ChainStatus};
use domain::ids::{AuditEventId, ProjectId};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::crypto::hex;
use crate::ctx::Ctx;
use crate::db::{Db, Tx};
use crate::error::Result;

/// Makes the project's other changes wait until this transaction ends.
///
/// `for no key update`: rows that refer to the project hold a key-share lock on it, which `for update` would wait for,
/// and two transactions would wait for each other.
pub(crate) async fn lock(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    let lock = match tx {
        Tx::Sqlite(_) => "select revision from project where id = $1",
        Tx::Postgres(_) => "select revision from project where id = $1 for no key update",
    };
    tx.scalar::<i64>(lock, (ctx.project.0,)).await?;
    Ok(())
}

/// Adds an event to the project's chain, inside the transaction of what it describes.
///
/// The project's row is locked first, so that two events never share a place in the chain.
pub async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &str,
    object: &str,
    before: impl Serialize,
    after: impl Serialize,
) -> Result<()> {
    lock(ctx, tx).await?;
    let last: Option<(i64, Vec<u8>)> = tx
        .opt(
            "select sequence, hash from audit_event where project_id = $1 order by sequence desc limit 1",
            (ctx.project.0,),
        )
        .await?;
    let (sequence, prev_hash) = last.unwrap_or((0, Vec::new()));
    let mut row = EventRow {
        id: ctx.new_id(),
        sequence: sequence + 1,
        at: ctx.now().0,
        actor: ctx.actor_text(),
        action: action.to_owned(),
        object: object.to_owned(),
        before: Json(serde_json::to_value(before)?),
        after: Json(serde_json::to_value(after)?),
        request_id: ctx.request_id.clone(),
        prev_hash,
        hash: Vec::new(),
    };
    row.hash = ctx.services.secrets.audit_hash(&row.prev_hash, &row.signed_bytes(ctx.project)?).to_vec();
    tx.exec(
        "insert into audit_event
           (id, project_id, sequence, at, actor, action, object, before, after, request_id, prev_hash, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            row.id,
            ctx.project.0,
            row.sequence,
            row.at,
            row.actor,
            row.action,
            row.object,
            row.before,
            row.after,
            row.request_id,
            row.prev_hash,
            row.hash,
        ),
    )
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct EventRow {
    id: Uuid,
    sequence: i64,
    at: i64,
    actor: String,
    action: String,
    object: String,
    before: Json<Value>,
    after: Json<Value>,
    request_id: String,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl EventRow {
    /// What the hash covers. Both engines may store JSON in another order of keys, so they are sorted here.
    fn signed_bytes(&self, project: ProjectId) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&(
            project,
            self.id,
            self.sequence,
            self.at,
            &self.actor,
            &self.action,
            &self.object,
            canonical(&self.before),
            canonical(&self.after),
            &self.request_id,
        ))?)
    }
    fn event(self) -> AuditEvent {
        AuditEvent {
            id: AuditEventId(self.id),
            sequence: self.sequence,
            at: Timestamp(self.at),
            actor: self.actor,
            action: self.action,
            object: self.object,
            before: self.before.0,
            after: self.after.0,
            request_id: self.request_id,
            hash: hex(&self.hash),
        }
    }
}

/// JSON with sorted keys, and numbers as PostgreSQL's `jsonb` gives them back.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            keys.into_iter().map(|k| (k.clone(), canonical(&map[k]))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        // `jsonb` knows no negative zero.
        Value::Number(n) if n.as_f64() == Some(0.0) && n.is_f64() => Value::from(0.0),
        other => other.clone(),
    }
}

const COLUMNS: &str = "id, sequence, at, actor, action, object, before, after, request_id, prev_hash, hash";

/// Newest first.
pub async fn list(ctx: &Ctx, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEvent>> {
    ctx.authorise(Permission::ReadAudit)?;
    let (before, limit) = (page.after()?.unwrap_or(i64::MAX), page.limit()?);
    let rows: Vec<EventRow> = ctx
        .db()
        .all(
            const_format(
                "where project_id = $1 and sequence < $2
                   and substr(actor, 1, length($3)) = $3 and substr(action, 1, length($4)) = $4
                   and substr(object, 1, length($5)) = $5
                 order by sequence desc limit $6",
            ),
            (ctx.project.0, before, &filter.actor, &filter.action, &filter.object, limit + 1),
        )
        .await?;
    let events = rows.into_iter().map(EventRow::event).collect();
    Ok(Page::cut(events, limit, |e: &AuditEvent| e.sequence.to_string()))
}

fn const_format(rest: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("select {COLUMNS} from audit_event {rest}"))
}

/// Recomputes the whole chain of the project.
pub async fn verify(ctx: &Ctx) -> Result<ChainStatus> {
    ctx.authorise(Permission::ReadAudit)?;
    verify_chain(ctx, ctx.db()).await
}

async fn verify_chain(ctx: &Ctx, db: &Db) -> Result<ChainStatus> {
    let mut status = ChainStatus { events: 0, broken_at: None };
    let mut previous = Vec::new();
    loop {
        let sql = const_format("where project_id = $1 and sequence > $2 order by sequence limit 500");
        let rows: Vec<EventRow> = db.all(sql, (ctx.project.0, status.events)).await?;
        if rows.is_empty() {
            return Ok(status);
        }
        for row in rows {
            let hash = ctx.services.secrets.audit_hash(&previous, &row.signed_bytes(ctx.project)?);
            if row.sequence != status.events + 1 || row.prev_hash != previous || row.hash != hash {
                status.broken_at = Some(status.events + 1);
                return Ok(status);
            }
            status.events = row.sequence;
            previous = row.hash;
        }
    }
}
