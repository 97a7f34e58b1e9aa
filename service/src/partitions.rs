//! PostgreSQL keeps each day's executions in a partition of its own, by ranges of their UUIDv7. SQLite has one table.

use domain::Timestamp;
use domain::ids::uuid_v7;
use domain::time::DAY;
use sqlx::AssertSqlSafe;

use crate::ctx::Services;
use crate::db::Db;
use crate::error::Result;

/// Days that partitions are made ahead for, so that a job that misses a turn harms nothing.
const AHEAD: i64 = 3;

/// Makes the partitions of today and the next days. At start, and a job.
///
/// An execution that no partition takes, such as one of an imported past, goes to `execution_rest`.
pub async fn ensure(services: &Services) -> Result<()> {
    if matches!(services.db, Db::Sqlite { .. }) {
        return Ok(());
    }
    let today = services.now().bucket(DAY);
    for day in (0..=AHEAD).map(|n| today.plus(n * DAY)) {
        // Asked without the lock first: almost always it is there.
        if services.db.scalar::<i64>(IS_THERE, (name(day),)).await? == 0 {
            create(services, day).await?;
        }
    }
    Ok(())
}

/// `execution_20261120`.
fn name(day: Timestamp) -> String {
    let digits: String = day.minute_text().chars().take(10).filter(char::is_ascii_digit).collect();
    format!("execution_{digits}")
}

const IS_THERE: &str =
    "select count(*) from pg_class where relname = $1 and relkind = 'r' and pg_table_is_visible(oid)";

/// Of two nodes that make it at once, the lock lets the second find it made. Rows of the day that are in
/// `execution_rest` move over: PostgreSQL attaches no partition whose rows the default one still holds.
async fn create(services: &Services, day: Timestamp) -> Result<()> {
    let (from, to, name) = (uuid_v7_start(day), uuid_v7_start(day.plus(DAY)), name(day));
    let mut tx = services.db.begin().await?;
    tx.exec("select pg_advisory_xact_lock(7240921)", ()).await?;
    if tx.scalar::<i64>(IS_THERE, (name.as_str(),)).await? > 0 {
        return Ok(tx.commit().await?);
    }
    tx.exec("lock table execution in share row exclusive mode", ()).await?;
    tx.exec(AssertSqlSafe(format!("create table {name} (like execution including all)")), ()).await?;
    let moved = format!(
        "with moved as (delete from execution_rest where id >= $1 and id < $2 returning *)
         insert into {name} select * from moved"
    );
    tx.exec(AssertSqlSafe(moved), (from, to)).await?;
    let attach = format!("alter table execution attach partition {name} for values from ('{from}') to ('{to}')");
    tx.exec(AssertSqlSafe(attach), ()).await?;
    Ok(tx.commit().await?)
}

/// The smallest UUIDv7 of a moment.
fn uuid_v7_start(at: Timestamp) -> uuid::Uuid {
    uuid_v7(at.0, [0; 10])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_by_its_day() {
        assert_eq!(name(Timestamp(1_795_529_106_789).bucket(DAY)), "execution_20261124");
    }
}
