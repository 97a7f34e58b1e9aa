//! `prompt pull`, `push` and `diff`: a project's templates in a folder that git keeps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use domain::files::{
    File, FileFormat, FilePrompt, ImportOptions, ImportPlan, ImportState, Reading, differences, read, with_origin,
};
use serde_json::json;
use service::Ctx;
use service::files::{self as service_files, Source};

use super::admin::{context, print, shown};
use super::files::{How, described, problem, shown_line};
use super::folder;
use super::remote::Remote;
use crate::config::Config;

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
        /// Push changes of a contract that callers can be refused for.
        #[arg(long)]
        allow_breaking: bool,
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
        let Self::Here(ctx) = self else {
            let Self::There(remote) = self else { bail!("no project") };
            return remote.import(files, options, is_dry).await;
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
        Prompt::Push { which, dry_run, allow_breaking, how } => {
            let place = Place::open(config, &which.project).await?;
            let push = Push { which, dry_run, allow_breaking, options: how.options() };
            push.run(&place, json).await
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
    prompt.path.strip_suffix("/prompt.yaml")
}

async fn pull(place: &Place, which: &Which, force: bool, json: bool) -> Result<ExitCode> {
    let exported = place.export(&which.keys).await?;
    let (files, here) = local(which)?;
    let mut edited = Vec::new();
    for prompt in here.prompts.iter().filter(|prompt| own_folder(prompt).is_some()) {
        let theirs = exported.iter().any(|file| file.path == format!("prompts/{}/prompt.yaml", prompt.key));
        if theirs && service_files::is_edited(prompt).map_err(shown)? {
            edited.push(prompt);
        }
    }
    let there = read(&exported);
    // What was edited to what the project holds is no loss.
    edited.retain(|mine| {
        there.prompts.iter().any(|theirs| theirs.key == mine.key && !differences(Some(theirs), mine).is_empty())
    });
    if !edited.is_empty() && !force {
        let keys: Vec<&str> = edited.iter().map(|prompt| prompt.key.as_str()).collect();
        bail!(
            "{} edited here: push first, or pull with --force to write over the files",
            keys.join(", ") + if keys.len() == 1 { " was" } else { " were" }
        );
    }
    let mut written = Vec::new();
    for file in &exported {
        let file = File { path: here_path(&file.path, &here.prompts), text: file.text.clone() };
        // A .gitattributes that is there may say more than ours.
        if !(file.path.starts_with('.') && which.dir.join(&file.path).exists()) {
            folder::put(&which.dir, &file)?;
            written.push(file.path);
        }
    }
    let mine = here.prompts.iter().filter(|prompt| there.prompts.iter().any(|theirs| theirs.key == prompt.key));
    for folder in mine.filter_map(own_folder) {
        let gone = files.iter().filter(|f| f.path.rsplit_once('/').is_some_and(|(f, _)| f == folder));
        for file in gone.filter(|f| f.path.ends_with(".md") && !written.contains(&f.path)) {
            folder::remove(&which.dir, &file.path)?;
        }
    }
    let keys: Vec<&str> = there.prompts.iter().map(|prompt| prompt.key.as_str()).collect();
    print(json, &keys, |keys| format!("{} templates are in {}", keys.len(), which.dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Where a file of the project belongs here: beside the one that its template has already.
fn here_path(path: &str, here: &[FilePrompt]) -> String {
    let place = path.strip_prefix("prompts/").and_then(|rest| rest.split_once('/'));
    let own = place.and_then(|(key, name)| {
        let prompt = here.iter().find(|prompt| prompt.key == key)?;
        Some(format!("{}/{name}", own_folder(prompt)?))
    });
    own.unwrap_or_else(|| path.to_owned())
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

struct Push {
    which: Which,
    dry_run: bool,
    allow_breaking: bool,
    options: ImportOptions,
}

impl Push {
    async fn run(mut self, place: &Place, json: bool) -> Result<ExitCode> {
        let files = self.files()?;
        let plan = place.import(&files, &self.options, true).await?;
        let stops = self.stops(&plan);
        if self.dry_run || stops.is_some() || !plan.has_changes() {
            print(json, &plan, |plan| described(plan, true))?;
            return match stops {
                None => Ok(ExitCode::SUCCESS),
                Some(why) => {
                    eprintln!("promptory: {why}");
                    Ok(ExitCode::FAILURE)
                }
            };
        }
        self.options.expected = Some(plan.digest);
        let plan = place.import(&files, &self.options, false).await?;
        self.note_origins(place, &plan).await?;
        print(json, &plan, |plan| described(plan, false))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The files of the templates to push.
    fn files(&self) -> Result<Vec<File>> {
        let (files, reading) = local(&self.which)?;
        if let Some(key) = self.which.keys.iter().find(|key| !reading.prompts.iter().any(|prompt| prompt.key == **key))
        {
            bail!("there is no template `{key}` in {}", self.which.dir.display());
        }
        if self.which.keys.is_empty() {
            return Ok(files);
        }
        let is_of = |file: &File, prompt: &FilePrompt| match own_folder(prompt) {
            Some(folder) => file.path.rsplit_once('/').is_some_and(|(own, _)| own == folder),
            None => file.path == prompt.path,
        };
        Ok(files.into_iter().filter(|file| reading.prompts.iter().any(|prompt| is_of(file, prompt))).collect())
    }

    /// Why this is not pushed.
    fn stops(&self, plan: &ImportPlan) -> Option<String> {
        use domain::files::OnConflict::Refuse;
        let keys = |is: fn(&domain::files::ImportEntry) -> bool| {
            plan.templates
                .iter()
                .filter(|entry| is(entry))
                .map(|entry| entry.key.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        if !plan.problems.is_empty() {
            return Some("the files have problems: nothing was pushed".to_owned());
        }
        if plan.has_conflicts() && self.options.on_conflict == Refuse {
            let keys = keys(|entry| entry.conflict.is_some());
            return Some(format!(
                "changed there since the files were pulled: {keys}; pull first, or push with --on-conflict new_version"
            ));
        }
        if plan.is_breaking() && !self.allow_breaking {
            let keys = keys(domain::files::ImportEntry::is_breaking);
            return Some(format!("callers would be refused: {keys}; mend the contract, or push with --allow-breaking"));
        }
        None
    }

    /// Notes in the files which version they are now, so that the next push follows it.
    async fn note_origins(&self, place: &Place, plan: &ImportPlan) -> Result<()> {
        let changed = plan.templates.iter().filter(|entry| entry.state != ImportState::Same);
        let keys: Vec<String> = changed.map(|entry| entry.key.clone()).collect();
        let (files, here) = local(&self.which)?;
        let there = read(&place.export(&keys).await?);
        for theirs in &there.prompts {
            let mine = here.prompts.iter().find(|prompt| prompt.key == theirs.key && own_folder(prompt).is_some());
            let main = mine.and_then(|mine| files.iter().find(|file| file.path == mine.path));
            if let (Some(main), Some(origin)) = (main, &theirs.origin) {
                let text = with_origin(&main.text, origin);
                folder::put(Path::new(&self.which.dir), &File { path: main.path.clone(), text })?;
            }
        }
        Ok(())
    }
}
