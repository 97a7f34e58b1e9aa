//! The sums of each version, written in the transaction of the hours that they are the sums of.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::execution::ExecutionStatus;
use domain::rollup::{Delta, RollupKey, Sketch};
use domain::time::DAY;
use uuid::Uuid;

use crate::ctx::Services;
use crate::db::Tx;
use crate::error::Result;

/// One row, without the node that writes it. The project comes with the template.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct VersionKey {
    project: Uuid,
    template: Uuid,
    version: i64,
    environment: String,
    status: ExecutionStatus,
}

/// What is added to a row, and the hours that it comes from.
struct Added {
    sums: Delta,
    first: Timestamp,
    last: Timestamp,
    sketch: Option<Vec<u8>>,
}

/// Adds what was added to hours to their versions, in the order of their keys, as it is done with the hours.
pub(super) async fn sum_up(tx: &mut Tx, hours: &BTreeMap<RollupKey, Delta>, node: &str) -> Result<()> {
    let mut added = BTreeMap::<VersionKey, Added>::new();
    for (hour, delta) in hours {
        let (bucket, empty) = (hour.bucket, Delta::default());
        let row = added.entry(key(hour)).or_insert(Added { sums: empty, first: bucket, last: bucket, sketch: None });
        (row.first, row.last) = (row.first.min(bucket), row.last.max(bucket));
        row.sums.add(delta.clone());
    }
    for (key, row) in added.iter_mut().filter(|(_, row)| !row.sums.latencies.is_empty()) {
        row.sketch = merged(tx, key, node, &row.sums.latencies).await?;
    }
    let (with, without): (Vec<_>, Vec<_>) = added.iter().partition(|(_, row)| row.sketch.is_some());
    tx.batch(UPSERT_SKETCH, with.into_iter().map(|row| params(row, node))).await?;
    tx.batch(UPSERT, without.into_iter().map(|row| params(row, node))).await?;
    Ok(())
}

fn key(hour: &RollupKey) -> VersionKey {
    VersionKey {
        project: hour.project,
        template: hour.template,
        version: hour.version,
        environment: hour.environment.clone(),
        status: hour.status,
    }
}

macro_rules! stored {
    ($lock:literal) => {
        concat!(
            "select latency_sketch from rollup_version where template_id = $1 and version = $2 and environment = $3
               and status = $4 and node = $5",
            $lock
        )
    };
}

/// The row's sketch with new latencies; none while the sketches of its hours, which hold them by now, are still to be put
/// together. Locked on PostgreSQL, where a job may be doing that.
async fn merged(tx: &mut Tx, key: &VersionKey, node: &str, latencies: &[i64]) -> Result<Option<Vec<u8>>> {
    let sql = match tx {
        Tx::Sqlite(_) => stored!(""),
        Tx::Postgres(_) => stored!(" for update"),
    };
    let row = (key.template, key.version, &key.environment, key.status.name(), node);
    let stored = tx.opt::<(Option<Vec<u8>>,)>(sql, row).await?.map_or_else(|| Some(Vec::new()), |(stored,)| stored);
    Ok(stored.map(|stored| Sketch::extend(&stored, latencies)))
}

fn params<'a>((key, row): (&'a VersionKey, &'a Added), node: &'a str) -> impl crate::db::values::Params + 'a {
    (
        key.project,
        key.template,
        key.version,
        key.environment.as_str(),
        key.status.name(),
        node,
        row.sums.executions,
        row.sums.results,
        row.sums.input_tokens,
        row.sums.output_tokens,
        row.sums.cost_nanos,
        row.first.0,
        row.last.0,
        row.sketch.as_deref().unwrap_or_default(),
    )
}

macro_rules! upsert {
    ($sketch:literal) => {
        concat!(
            "insert into rollup_version (project_id, template_id, version, environment, status, node, executions,
               results, input_tokens, output_tokens, cost_nanos, first_hour, last_hour, latency_sketch) values {rows}
             on conflict (template_id, version, environment, status, node) do update set
               executions = rollup_version.executions + excluded.executions,
               results = rollup_version.results + excluded.results,
               input_tokens = rollup_version.input_tokens + excluded.input_tokens,
               output_tokens = rollup_version.output_tokens + excluded.output_tokens,
               cost_nanos = rollup_version.cost_nanos + excluded.cost_nanos,
               first_hour = case when excluded.first_hour < rollup_version.first_hour
                 then excluded.first_hour else rollup_version.first_hour end,
               last_hour = case when excluded.last_hour > rollup_version.last_hour
                 then excluded.last_hour else rollup_version.last_hour end",
            $sketch
        )
    };
}
const UPSERT: &str = upsert!("");
const UPSERT_SKETCH: &str = upsert!(", latency_sketch = excluded.latency_sketch");

/// A row whose sketch is still to be made.
#[derive(sqlx::FromRow)]
struct Unfilled {
    template_id: Uuid,
    version: i64,
    environment: String,
    status: String,
    node: String,
    first_hour: i64,
    last_hour: i64,
}

macro_rules! unfilled {
    ($lock:literal) => {
        concat!(
            "select template_id, version, environment, status, node, first_hour, last_hour from rollup_version
             where latency_sketch is null limit 1",
            $lock
        )
    };
}

/// Puts the sketches of the hours together for versions that ran before their sums were kept; gives for how many. A job.
pub async fn fill(services: &Services) -> Result<usize> {
    let mut filled = 0;
    while fill_one(services).await? {
        filled += 1;
    }
    Ok(filled)
}

async fn fill_one(services: &Services) -> Result<bool> {
    let mut tx = services.db.begin().await?;
    let sql = match &tx {
        Tx::Sqlite(_) => unfilled!(""),
        Tx::Postgres(_) => unfilled!(" for update"),
    };
    let Some(row) = tx.opt::<Unfilled>(sql, ()).await? else { return Ok(false) };
    let sketch = of_hours(&mut tx, &row).await?.to_bytes();
    tx.exec(
        "update rollup_version set latency_sketch = $6
         where template_id = $1 and version = $2 and environment = $3 and status = $4 and node = $5",
        (row.template_id, row.version, row.environment, row.status, row.node, sketch),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// A few days at a time, as there may be years of them. One that is damaged must not keep all others waiting.
async fn of_hours(tx: &mut Tx, row: &Unfilled) -> Result<Sketch> {
    const AT_ONCE: i64 = 7 * DAY;
    let (mut sketch, mut from) = (Sketch::default(), row.first_hour);
    while from <= row.last_hour {
        let key = (row.template_id, row.version, &row.environment, &row.status, &row.node);
        let hours: Vec<(Vec<u8>,)> = tx
            .all(
                "select latency_sketch from rollup_hour
                 where template_id = $1 and version = $2 and environment = $3 and status = $4 and node = $5
                   and bucket >= $6 and bucket < $7 and latency_count > 0",
                crate::db::values::Both(key, (from, from + AT_ONCE)),
            )
            .await?;
        for (bytes,) in hours {
            sketch.merge(&Sketch::from_bytes(&bytes).unwrap_or_default());
        }
        from += AT_ONCE;
    }
    Ok(sketch)
}
