//! `prompt pull`, `push` and `diff`: a project's templates in a folder that git keeps.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use domain::files::{File, FileFormat, FilePrompt, ImportOptions, ImportPlan, Reading, differences, read};
use serde_json::json;
use service::Ctx;
use service::files::{self as service_files, Source};

use super::admin::{context, print, shown};
use super::files::{How, problem, shown_line};
use super::folder;
use super::remote::Remote;
use crate::config::Config;

mod pull;
mod push;

use pull::pull;
use push::push;

#[derive(Subcommand)]
pub(super) enum Prompt {
    /// Write the project's templates into the folder.
    Pull {
        #[command(flatten)]
        which: Which,
        /// Write over files that were edited since they were pulled.
        #[arg(long)]
        force: bool,
    },
    /// Save what differs in the folder as new versions: all or none.
    Push {
        #[command(flatten)]
        which: Which,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        how: How,
    },
    /// Tell what differs in the folder from the project; ends with 1 when something does.
    Diff {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Args)]
pub(super) struct Which {
    /// Only these templates; all when absent.
    keys: Vec<String>,
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// The project of the data folder; an API key has a project of its own.
    #[arg(long, default_value = "default")]
    project: String,
}

/// Where the project is.
enum Place {
    Here(Ctx),
    There(Remote),
}

impl Place {
    async fn open(config: &Config, project: &str) -> Result<Self> {
        Ok(match Remote::from_environment()? {
            Some(remote) => Self::There(remote),
            None => Self::Here(context(config, project).await?),
        })
    }

    async fn export(&self, keys: &[String]) -> Result<Vec<File>> {
        match self {
            Self::Here(ctx) => Ok(service_files::export(ctx, keys, FileFormat::Files).await.map_err(shown)?.files),
            Self::There(remote) => remote.export(keys, FileFormat::Files).await,
        }
    }

    async fn import(&self, files: &[File], options: &ImportOptions, is_dry: bool) -> Result<ImportPlan> {
        let ctx = match self {
            Self::There(remote) => return remote.import(files, options, is_dry).await,
            Self::Here(ctx) => ctx,
        };
        let source = Source::Files(files.to_vec());
        let plan = match is_dry {
            true => service_files::plan(ctx, source, options).await,
            false => service_files::import(ctx, source, options).await,
        };
        plan.map_err(|error| {
            let error = error.public();
            problem(&error.message, &error.errors)
        })
    }

    /// The templates of the project by their keys; only those of these keys, when there are any.
    async fn prompts(&self, keys: &[String]) -> Result<BTreeMap<String, FilePrompt>> {
        let reading = read(&self.export(&[]).await?);
        let named = |prompt: &FilePrompt| keys.is_empty() || keys.contains(&prompt.key);
        Ok(reading.prompts.into_iter().filter(named).map(|prompt| (prompt.key.clone(), prompt)).collect())
    }
}

pub(super) async fn prompt(config: &Config, command: Prompt, json: bool) -> Result<ExitCode> {
    match command {
        Prompt::Pull { which, force } => pull(&Place::open(config, &which.project).await?, &which, force, json).await,
        Prompt::Push { which, dry_run, how } => {
            let place = Place::open(config, &which.project).await?;
            push(&place, &which, dry_run, &how, json).await
        }
        Prompt::Diff { which } => diff(&Place::open(config, &which.project).await?, &which, json).await,
    }
}

/// What the folder holds; a folder that isn't there yet holds nothing.
fn local(which: &Which) -> Result<(Vec<File>, Reading)> {
    if !which.dir.exists() {
        return Ok((Vec::new(), Reading::default()));
    }
    let files = folder::read(&which.dir)?;
    if files.is_empty() {
        return Ok((files, Reading::default()));
    }
    let mut reading = read(&files);
    reading.prompts.retain(|prompt| which.keys.is_empty() || which.keys.contains(&prompt.key));
    Ok((files, reading))
}

/// The folder of a template that is kept in our own format.
fn own_folder(prompt: &FilePrompt) -> Option<&str> {
    let (folder, name) = prompt.path.rsplit_once('/')?;
    (name == "prompt.yaml" || name.ends_with(".md")).then_some(folder)
}

async fn diff(place: &Place, which: &Which, json: bool) -> Result<ExitCode> {
    let (_, here) = local(which)?;
    if !here.problems.is_empty() {
        return Err(problem("the folder can't be read", &here.problems));
    }
    let there = place.prompts(&which.keys).await?;
    let mut differing = Vec::new();
    for prompt in &here.prompts {
        let before = there.get(&prompt.key);
        let text = differences(before, prompt);
        if !text.is_empty() {
            differing.push((prompt.key.clone(), if before.is_some() { "changed" } else { "only_here" }, text));
        }
    }
    for key in there.keys().filter(|key| !here.prompts.iter().any(|prompt| prompt.key == **key)) {
        differing.push((key.clone(), "only_there", format!("only in the project: {key}\n")));
    }
    let list = |(key, state, diff): &(String, &str, String)| json!({ "key": key, "state": state, "diff": diff });
    let value: Vec<_> = differing.iter().map(list).collect();
    print(json, &value, |_| match differing.is_empty() {
        true => "nothing differs".to_owned(),
        false => {
            let all: String = differing.iter().map(|(_, _, text)| text.as_str()).collect();
            all.lines().map(shown_line).collect::<Vec<_>>().join("\n")
        }
    })?;
    Ok(if differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
