//! From configuration to running services.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use service::clock::{Clock, Random, SystemRandom};
use service::crypto::{Secrets, random_text};
use service::db::Db;
use service::{Services, partitions};

use crate::config::Config;

/// The oldest SQLite without the WAL-reset bug.
const LEAST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Opens the data folder and the database, migrates, and puts the services together.
pub async fn services(config: &Config, clock: Arc<dyn Clock>) -> Result<Arc<Services>> {
    make_folder(&config.data)?;
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let secret = config.data.join("secret.key");
    let secrets = Secrets::load_or_create(&secret, random.as_ref())
        .with_context(|| format!("cannot read or make the secret {}", secret.display()))?;
    let db = open(config).await?;
    let node = node_name(&config.data, random.as_ref())?;
    let services = Services::start(db, clock, random, secrets, &node)?;
    partitions::ensure(&services).await?;
    Ok(services)
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot close the data folder {} to others", folder.display()))?;
    }
    Ok(())
}

async fn open(config: &Config) -> Result<Db> {
    if config.database_url.is_empty() {
        let file = config.data.join("promptory.db");
        let db = Db::open_sqlite(&file, config.connections)
            .await
            .with_context(|| format!("cannot open the database {}", file.display()))?;
        check_sqlite(&db).await?;
        return Ok(db);
    }
    Db::open_postgres(&config.database_url, config.connections).await.context("cannot open the PostgreSQL database")
}

async fn check_sqlite(db: &Db) -> Result<()> {
    let version = db.sqlite_version().await?.unwrap_or_default();
    let mut parts = version.split('.').map(|p| p.parse().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < LEAST_SQLITE {
        bail!("SQLite {version} can corrupt its write-ahead log; 3.51.3 or newer is needed");
    }
    Ok(())
}

/// A name for this data folder's node, made once: rollup rows are kept apart by it.
fn node_name(folder: &Path, random: &dyn Random) -> Result<String> {
    let file = folder.join("node");
    if let Ok(name) = std::fs::read_to_string(&file) {
        return Ok(name.trim().to_owned());
    }
    let name = random_text(8, random);
    std::fs::write(&file, &name).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(name)
}
