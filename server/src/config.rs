//! Configuration: flags over environment over file over defaults. An unknown key is an error that names the right one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domain::text::nearest;

use crate::client_ip::Proxies;

/// Every key, its default and what it means: the one table.
pub const KEYS: [(&str, &str, &str); 8] = [
    ("server.address", "127.0.0.1:8080", "address and port to listen on"),
    ("server.public_url", "", "the URL that people and agents use, when it differs from the address"),
    ("server.trusted_proxies", "", "proxies whose X-Forwarded-For is believed: addresses and networks, between commas"),
    ("server.max_connections", "10000", "connections held at once; more wait"),
    ("data.folder", "promptory-data", "database, secret and files"),
    ("database.url", "", "postgres://…; empty for SQLite in the data folder"),
    ("database.connections", "8", "connections to the database (readers, on SQLite)"),
    ("log.filter", "info", "what to log, in tracing's notation"),
];
const PREFIX: &str = "PROMPTORY_";
const FILE: &str = "promptory.toml";

/// The settled configuration.
#[derive(Clone, Debug)]
pub struct Config {
    pub address: String,
    pub public_url: String,
    pub proxies: Proxies,
    pub max_connections: usize,
    pub data: PathBuf,
    pub database_url: String,
    pub connections: u32,
    pub log_filter: String,
}

impl Config {
    /// Reads file and environment; `flags` win over both.
    pub fn load(file: Option<&Path>, flags: &[(&str, Option<String>)]) -> Result<Self> {
        let mut values: BTreeMap<String, String> =
            KEYS.iter().map(|(key, default, _)| ((*key).to_owned(), (*default).to_owned())).collect();
        let path = file.unwrap_or(Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => read_file(&text, &mut values).with_context(|| format!("in {}", path.display()))?,
            Err(error) if file.is_some() => bail!("cannot read {}: {error}", path.display()),
            Err(_) => {}
        }
        read_environment(std::env::vars(), &mut values)?;
        for (key, value) in flags {
            if let Some(value) = value {
                values.insert((*key).to_owned(), value.clone());
            }
        }
        Self::from_values(&values)
    }

    fn from_values(values: &BTreeMap<String, String>) -> Result<Self> {
        let text = |key: &str| values.get(key).cloned().unwrap_or_default();
        let number = |key: &str| text(key).parse::<u32>().with_context(|| format!("`{key}` must be a whole number"));
        let config = Self {
            address: text("server.address"),
            public_url: text("server.public_url").trim_end_matches('/').to_owned(),
            proxies: Proxies::parse(&text("server.trusted_proxies")).context("in `server.trusted_proxies`")?,
            max_connections: number("server.max_connections")?.max(1) as usize,
            data: PathBuf::from(text("data.folder")),
            database_url: text("database.url"),
            connections: number("database.connections")?.max(1),
            log_filter: text("log.filter"),
        };
        if !config.database_url.is_empty() && !config.database_url.starts_with("postgres") {
            bail!("`database.url` must start with postgres:// (leave it empty for SQLite)");
        }
        Ok(config)
    }

    /// The URL to show people for the address that is listened on.
    pub fn url(&self, address: std::net::SocketAddr) -> String {
        if self.public_url.is_empty() { format!("http://{address}") } else { self.public_url.clone() }
    }
    /// Cookies are for TLS only when people come over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn set(values: &mut BTreeMap<String, String>, key: &str, value: String) -> Result<()> {
    match values.get_mut(key) {
        Some(slot) => *slot = value,
        None => {
            let hint = nearest(key, KEYS.iter().map(|(k, ..)| *k));
            bail!("unknown key `{key}`{}", hint.map(|h| format!("; did you mean `{h}`?")).unwrap_or_default());
        }
    }
    Ok(())
}

fn read_file(text: &str, values: &mut BTreeMap<String, String>) -> Result<()> {
    let table: toml::Table = text.parse()?;
    for (section, value) in table {
        let toml::Value::Table(entries) = value else {
            bail!("`{section}` must stand in a section, such as [server]");
        };
        for (name, value) in entries {
            let value = match value {
                toml::Value::String(text) => text,
                other => other.to_string(),
            };
            set(values, &format!("{section}.{name}"), value)?;
        }
    }
    Ok(())
}

/// `PROMPTORY_SERVER__ADDRESS` is `server.address`. Names without `__` belong to others, such as `PROMPTORY_URL`.
fn read_environment(vars: impl Iterator<Item = (String, String)>, values: &mut BTreeMap<String, String>) -> Result<()> {
    for (name, value) in vars {
        let Some(key) = name.strip_prefix(PREFIX).filter(|k| k.contains("__")) else { continue };
        set(values, &key.to_lowercase().replace("__", "."), value)
            .with_context(|| format!("in the environment variable {name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> BTreeMap<String, String> {
        KEYS.iter().map(|(k, d, _)| ((*k).to_owned(), (*d).to_owned())).collect()
    }

    #[test]
    fn an_unknown_key_is_refused_and_the_right_one_named() {
        let error = read_file("[server]\nadress = \"x\"", &mut defaults()).map_err(|e| e.to_string());
        assert_eq!(error, Err("unknown key `server.adress`; did you mean `server.address`?".into()));
        let vars = [("PROMPTORY_DATA__FOLDR".to_owned(), "x".to_owned())];
        let error = read_environment(vars.into_iter(), &mut defaults()).map_err(|e| format!("{e:#}"));
        assert!(error.is_err_and(|e| e.contains("PROMPTORY_DATA__FOLDR") && e.contains("data.folder")));
    }

    #[test]
    fn environment_wins_over_file() -> Result<()> {
        let mut values = defaults();
        read_file("[server]\naddress = \"1.1.1.1:1\"\nmax_connections = 5", &mut values)?;
        let vars =
            [("PROMPTORY_SERVER__ADDRESS".to_owned(), "2.2.2.2:2".to_owned()), ("PATH".to_owned(), "x".to_owned())];
        read_environment(vars.into_iter(), &mut values)?;
        let config = Config::from_values(&values)?;
        assert_eq!((config.address.as_str(), config.max_connections), ("2.2.2.2:2", 5));
        Ok(())
    }

    #[test]
    fn a_database_that_is_not_postgres_is_refused() {
        let mut values = defaults();
        values.insert("database.url".into(), "mysql://x".into());
        assert!(Config::from_values(&values).is_err());
    }
}
