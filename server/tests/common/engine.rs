//! A fresh database of either engine.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use service::clock::SystemRandom;
use service::crypto::random_text;
use service::db::Db;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A new, migrated database; none when PostgreSQL is left out on purpose.
pub async fn open(engine: Engine, folder: &Path) -> Result<Option<Db>> {
    if engine == Engine::Sqlite {
        return Ok(Some(Db::open_sqlite(&folder.join("promptory.db"), 4).await?));
    }
    match postgres_url().await? {
        Some(url) => Ok(Some(Db::open_postgres(&url, 5).await?)),
        None => Ok(None),
    }
}

/// The address of a new PostgreSQL database; none when PostgreSQL is left out on purpose.
pub async fn postgres_url() -> Result<Option<String>> {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        if std::env::var("PROMPTORY_SQLITE_ONLY").is_ok_and(|v| v == "1") {
            println!("PostgreSQL is left out, as PROMPTORY_SQLITE_ONLY=1 asks");
            return Ok(None);
        }
        bail!(
            "TEST_POSTGRES_URL is not set: run `cargo xtask test`, or set PROMPTORY_SQLITE_ONLY=1 to leave PostgreSQL out"
        );
    };
    let (base, _) = url.rsplit_once('/').context("TEST_POSTGRES_URL ends in /postgres")?;
    let name = format!("front_{}", random_text(16, &SystemRandom).to_lowercase());
    // Opening migrates; among temporary tables that leaves nothing behind in a database that isn't ours.
    let joint = if url.contains('?') { '&' } else { '?' };
    let admin = Db::open_postgres(&format!("{url}{joint}options[search_path]=pg_temp"), 1).await;
    let admin = admin.context("TEST_POSTGRES_URL can be reached")?;
    // The statement is made here, of letters and digits only.
    let statement: &'static str = format!("create database {name}").leak();
    admin.exec(statement, ()).await?;
    Ok(Some(format!("{base}/{name}")))
}

/// Columns that a mere look may change.
const SEEN: [&str; 3] = ["last_seen_at", "last_used_at", "last_login_at"];

/// Every row of every table, but for when something was last seen: what tells that nothing was written.
pub async fn written(db: &Db) -> Result<Vec<(String, String)>> {
    let columns: Vec<(String, String)> = db
        .all(
            db.pick(
                "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c
                 where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid",
                "select table_name::text, column_name::text from information_schema.columns c
                 where table_schema = 'public' and exists (select 1 from pg_tables t
                   where t.schemaname = 'public' and t.tablename = c.table_name)
                 order by table_name, ordinal_position",
            ),
            (),
        )
        .await?;
    let mut tables = BTreeMap::<&str, Vec<String>>::new();
    for (table, column) in columns.iter().filter(|(_, column)| !SEEN.contains(&column.as_str())) {
        let text = db.pick("quote", "quote_nullable");
        tables.entry(table).or_default().push(format!("{text}(\"{column}\")"));
    }
    let rows = |(table, columns): (&&str, &Vec<String>)| {
        let (row, all) = (columns.join(" || ',' || "), db.pick("group_concat(row, ';')", "string_agg(row, ';')"));
        format!(
            "select '{table}', coalesce((select {all} from (select {row} as row from \"{table}\" order by 1) r), '')"
        )
    };
    let sql = tables.iter().map(rows).collect::<Vec<_>>().join(" union all ");
    Ok(db.all(cached(sql), ()).await?)
}

/// A statement that is made in a test, kept for good: there are few of them.
fn cached(sql: String) -> &'static str {
    static KNOWN: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = known.iter().find(|k| **k == sql) {
        return found;
    }
    known.push(sql.leak());
    known[known.len() - 1]
}
