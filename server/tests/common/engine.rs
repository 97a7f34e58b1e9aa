//! A fresh database of either engine.

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
