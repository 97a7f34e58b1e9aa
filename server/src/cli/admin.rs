//! `migrate`, `user`, `key`, `project`: the service's functions for who holds the machine.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use domain::Timestamp;
use domain::api_key::{NewApiKey, Scope};
use domain::ids::ApiKeyId;
use domain::page::{MAX_LIMIT, Page, PageRequest};
use domain::permission::Role;
use domain::project::NewProject;
use domain::user::{MemberPatch, NewUser};
use serde::Serialize;
use service::clock::SystemClock;
use service::{Ctx, Services, api_keys, projects, users};

use crate::config::Config;
use crate::start;

#[derive(Subcommand)]
pub(super) enum User {
    /// Add a person to a project.
    Create {
        email: String,
        #[arg(long, default_value = "")]
        name: String,
        #[arg(long, default_value = "viewer", value_parser = Role::parse)]
        role: Role,
        #[arg(long, default_value = "default")]
        project: String,
        /// `-` reads it from standard input, `@file` from a file. Never give it here itself.
        #[arg(long, default_value = "-")]
        password: String,
    },
    /// List a project's people.
    List {
        #[arg(long, default_value = "default")]
        project: String,
    },
    /// Give a person a new password, and end their sessions.
    Password {
        email: String,
        /// `-` reads it from standard input, `@file` from a file. Never give it here itself.
        #[arg(long, default_value = "-")]
        password: String,
    },
    /// Change a person's role or access.
    Update {
        email: String,
        #[arg(long, value_parser = Role::parse)]
        role: Option<Role>,
        #[arg(long)]
        disabled: Option<bool>,
        #[arg(long, default_value = "default")]
        project: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Key {
    /// Make a key and print it, once.
    Create {
        name: String,
        #[arg(long, default_value = "development")]
        environment: String,
        /// Several are separated by commas.
        #[arg(long, value_delimiter = ',', default_value = "prompts:read,prompts:render", value_parser = Scope::parse)]
        scopes: Vec<Scope>,
        /// RFC 3339, such as 2027-01-31T00:00:00Z.
        #[arg(long, value_parser = Timestamp::parse)]
        expires: Option<Timestamp>,
        #[arg(long, default_value = "default")]
        project: String,
    },
    /// List a project's keys.
    List {
        #[arg(long, default_value = "default")]
        project: String,
    },
    /// End a key.
    Revoke {
        id: ApiKeyId,
        #[arg(long, default_value = "default")]
        project: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Project {
    /// Make a project.
    Create {
        key: String,
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List the projects.
    List,
}

/// Opening the database migrates it.
pub(super) async fn migrate(config: &Config) -> Result<()> {
    services(config).await?;
    println!("the database is at this version's schema");
    Ok(())
}

async fn services(config: &Config) -> Result<Arc<Services>> {
    start::services(config, Arc::new(SystemClock::default())).await
}

pub(super) async fn context(config: &Config, project: &str) -> Result<Ctx> {
    let services = services(config).await?;
    let id =
        projects::find_id(&services, project).await?.with_context(|| format!("there is no project `{project}`"))?;
    Ok(services.system(id, "cli"))
}

/// A secret from where it was said to be.
fn secret(from: &str) -> Result<String> {
    let text = match from.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?,
        None if from == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        None => bail!("give the password on standard input (`-`) or in a file (`@file`), not as an argument"),
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

pub(super) fn print<T: Serialize>(json: bool, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    println!("{}", if json { serde_json::to_string(value)? } else { text(value) });
    Ok(())
}

/// A service's error as the command line shows it: with each field that is wrong.
pub(super) fn shown(error: service::Error) -> anyhow::Error {
    let public = error.public();
    let fields: Vec<String> = public.errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
    if fields.is_empty() { anyhow::anyhow!(public.message) } else { anyhow::anyhow!(fields.join("; ")) }
}

/// All pages of a list.
async fn every<T>(list: impl AsyncFn(PageRequest) -> service::Result<Page<T>>) -> Result<Vec<T>> {
    let (mut all, mut request) = (Vec::new(), PageRequest { cursor: None, limit: Some(MAX_LIMIT) });
    loop {
        let page = list(request.clone()).await.map_err(shown)?;
        all.extend(page.items);
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(all),
        }
    }
}

pub(super) async fn user(config: &Config, command: User, json: bool) -> Result<()> {
    match command {
        User::Create { email, name, role, project, password } => {
            let ctx = context(config, &project).await?;
            let name = if name.is_empty() { email.split('@').next().unwrap_or_default().to_owned() } else { name };
            let new = NewUser { email, name, role, password: secret(&password)? };
            let member = users::create(&ctx, new).await.map_err(shown)?;
            print(json, &member, |m| format!("{} is {} of {project}", m.email, m.role.name()))
        }
        User::List { project } => {
            let ctx = context(config, &project).await?;
            let members = every(async |page| users::list(&ctx, &page).await).await?;
            print(json, &members, |list| {
                let line = |m: &domain::user::Member| {
                    format!(
                        "{:<32} {:<16} {}",
                        m.email,
                        m.role.name(),
                        if m.is_disabled { "disabled" } else { "active" }
                    )
                };
                list.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        User::Password { email, password } => {
            let ctx = context(config, domain::project::DEFAULT).await?;
            users::reset_password(&ctx, &email, &secret(&password)?).await.map_err(shown)?;
            print(json, &email, |email| format!("{email} has a new password and is logged out everywhere"))
        }
        User::Update { email, role, disabled, project } => {
            let ctx = context(config, &project).await?;
            let id = users::find_by_email(&ctx.services, &email.to_lowercase()).await.map_err(shown)?;
            let id = id.with_context(|| format!("there is no user {email}"))?;
            let patch = MemberPatch { role, is_disabled: disabled };
            let member = users::update(&ctx, id, patch).await.map_err(shown)?;
            print(json, &member, |m| format!("{} is {} of {project}", m.email, m.role.name()))
        }
    }
}

pub(super) async fn key(config: &Config, command: Key, json: bool) -> Result<()> {
    match command {
        Key::Create { name, environment, scopes, expires, project } => {
            let ctx = context(config, &project).await?;
            let new = NewApiKey { name, environment, scopes, expires_at: expires };
            let created = api_keys::create(&ctx, new).await.map_err(shown)?;
            print(json, &created, |k| k.secret.clone())
        }
        Key::List { project } => {
            let ctx = context(config, &project).await?;
            let keys = every(async |page| api_keys::list(&ctx, &page).await).await?;
            print(json, &keys, |list| {
                let line = |k: &domain::api_key::ApiKey| {
                    format!("{}  {:<32} {}", k.id, k.prefix, if k.revoked_at.is_some() { "revoked" } else { "active" })
                };
                list.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        Key::Revoke { id, project } => {
            let key = api_keys::revoke(&context(config, &project).await?, id).await.map_err(shown)?;
            print(json, &key, |k| format!("{} is revoked", k.prefix))
        }
    }
}

pub(super) async fn project(config: &Config, command: Project, json: bool) -> Result<()> {
    let ctx = context(config, domain::project::DEFAULT).await?;
    match command {
        Project::Create { key, name } => {
            let name = if name.is_empty() { key.clone() } else { name };
            let project = projects::create(&ctx, NewProject { key, name }).await.map_err(shown)?;
            print(json, &project, |p| format!("project {} is there", p.key))
        }
        Project::List => {
            let projects = projects::list_all(&ctx).await.map_err(shown)?;
            print(json, &projects, |list| {
                list.iter().map(|p| format!("{:<24} {}", p.key, p.name)).collect::<Vec<_>>().join("\n")
            })
        }
    }
}
