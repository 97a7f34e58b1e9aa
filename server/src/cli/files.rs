//! `export` and `import`: a project's templates as a folder or an archive.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use domain::comparison::{DiffTag, MessageDiff, State};
use domain::error::FieldError;
use domain::files::{FileFormat, ImportEntry, ImportOptions, ImportPlan, ImportState, NOTES_FILE, OnConflict};
use service::files::{self as service_files, Source};

use super::admin::{context, print, shown};
use super::folder;
use crate::config::Config;

#[derive(Args)]
pub(super) struct Export {
    /// A folder, or a file that ends with .zip.
    to: PathBuf,
    #[arg(long, default_value = "default")]
    project: String,
    /// Separated by commas; all templates that are not archived when absent.
    #[arg(long, value_delimiter = ',')]
    keys: Vec<String>,
    /// files, prompty or dotprompt.
    #[arg(long, default_value = "files", value_parser = FileFormat::parse)]
    format: FileFormat,
}

#[derive(Args)]
pub(super) struct Import {
    /// A folder, or a file that ends with .zip.
    from: PathBuf,
    #[arg(long, default_value = "default")]
    project: String,
    /// Only tell what would change.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    how: How,
}

/// How an import goes about it.
#[derive(Args)]
pub(super) struct How {
    /// What to do with a template that was changed there since its files were exported: refuse or new_version.
    #[arg(long, default_value = "refuse", value_parser = OnConflict::parse)]
    on_conflict: OnConflict,
    /// Save changes of a contract too that callers can be refused for.
    #[arg(long)]
    allow_breaking: bool,
    /// Why the versions are made.
    #[arg(long, short, default_value = "")]
    message: String,
    /// Don't ask before writing; without a terminal nobody is asked.
    #[arg(long, short)]
    yes: bool,
}

impl How {
    /// Shows what is going to be written, and asks whoever sits at a terminal.
    pub(super) fn agrees(&self, plan: &ImportPlan) -> Result<bool> {
        eprintln!("{}", described(plan, true));
        let input = std::io::stdin();
        if self.yes || !input.is_terminal() {
            return Ok(true);
        }
        eprint!("Write this? [y/N] ");
        is_yes(&mut input.lock())
    }
    pub(super) fn options(&self) -> ImportOptions {
        ImportOptions {
            on_conflict: self.on_conflict,
            allow_breaking: self.allow_breaking,
            commit_message: self.message.clone(),
            expected: None,
        }
    }
}

fn is_yes(input: &mut impl BufRead) -> Result<bool> {
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

pub(super) async fn export(config: &Config, command: Export, json: bool) -> Result<ExitCode> {
    let ctx = context(config, &command.project).await?;
    let exported = service_files::export(&ctx, &command.keys, command.format).await.map_err(shown)?;
    folder::write(&command.to, &exported.files)?;
    exported.notes.iter().for_each(|note| eprintln!("note: {}", place(note)));
    let files: Vec<&str> = exported.files.iter().map(|file| file.path.as_str()).collect();
    let count = files.iter().filter(|path| !path.starts_with('.') && **path != NOTES_FILE).count();
    print(json, &files, |_| format!("{count} files are in {}", command.to.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(config: &Config, command: Import, json: bool) -> Result<ExitCode> {
    let files = folder::read(&command.from)?;
    let ctx = context(config, &command.project).await?;
    let mut options = command.how.options();
    let plan = service_files::plan(&ctx, Source::Files(files.clone()), &options).await.map_err(shown)?;
    options.expected = Some(plan.digest.clone());
    if command.dry_run {
        print(json, &plan, |plan| described(plan, true))?;
        return Ok(if plan.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !plan.problems.is_empty() {
        bail!(problem("nothing was imported", &plan.problems));
    }
    if plan.has_changes() && !command.how.agrees(&plan)? {
        bail!("nothing was imported");
    }
    let plan = service_files::import(&ctx, Source::Files(files), &options).await.map_err(|e| refused(e.public()))?;
    print(json, &plan, |plan| described(plan, false))?;
    Ok(ExitCode::SUCCESS)
}

fn refused(error: domain::Error) -> anyhow::Error {
    problem(&error.message, &error.errors)
}

/// An error with what it is about, a line each.
pub(super) fn problem(what: &str, errors: &[FieldError]) -> anyhow::Error {
    let lines: String = errors.iter().map(|error| format!("\n  {}", place(error))).collect();
    anyhow!("{what}{lines}")
}

pub(super) fn place(about: &FieldError) -> String {
    let line = about.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}", about.field, about.message)
}

/// A plan for a terminal: a line a template, and its texts' differences when they are wanted.
pub(super) fn described(plan: &ImportPlan, with_texts: bool) -> String {
    let mut out = String::new();
    let changed = plan.templates.iter().filter(|entry| entry.state != ImportState::Same);
    changed.for_each(|entry| out.push_str(&one(entry, with_texts)));
    for note in &plan.notes {
        let _ = writeln!(out, "note: {}", place(note));
    }
    for problem in &plan.problems {
        let _ = writeln!(out, "problem: {}", place(problem));
    }
    let count = |state| plan.count(state);
    let (new, changed, same) = (count(ImportState::New), count(ImportState::Changed), count(ImportState::Same));
    let done = if plan.is_applied { "" } else { " (nothing is written yet)" };
    let _ = write!(out, "{new} new, {changed} changed, {same} the same{done}");
    out
}

fn one(entry: &ImportEntry, with_texts: bool) -> String {
    let versions = match (entry.state, entry.to_version) {
        (ImportState::New, 0) => "without a version".to_owned(),
        (ImportState::New, _) => "version 1".to_owned(),
        (_, to) if to == entry.from_version => format!("stays at version {to}"),
        (_, to) => format!("version {} → {to}", entry.from_version),
    };
    let mut out = format!("{} {}: {versions}\n", if entry.state == ImportState::New { '+' } else { '~' }, entry.key);
    if let Some(why) = &entry.conflict {
        let _ = writeln!(out, "    conflict: it {why}");
    }
    for field in &entry.fields {
        let _ = writeln!(out, "    {}: {:?} → {:?}", field.name, field.from, field.to);
    }
    let Some(content) = &entry.content else { return out };
    for parameter in &content.parameters {
        let sign = if parameter.is_breaking { "breaks callers: " } else { "" };
        let _ = writeln!(out, "    {sign}`{}` {}", parameter.name, parameter.detail);
    }
    for setting in &content.config {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let _ = writeln!(out, "    config.{}: {} → {}", setting.name, text(&setting.from), text(&setting.to));
    }
    for message in content.messages.iter().filter(|message| message.state != State::Same) {
        let _ = writeln!(
            out,
            "    {} message {}: +{} −{}",
            message.role.name(),
            word(message.state),
            message.added,
            message.removed
        );
        if with_texts {
            out.push_str(&lines(message));
        }
    }
    out
}

fn word(state: State) -> &'static str {
    match state {
        State::Added => "added",
        State::Removed => "removed",
        State::Moved => "moved",
        State::Changed | State::Same => "changed",
    }
}

fn lines(message: &MessageDiff) -> String {
    let mut out = String::new();
    for line in &message.lines {
        let sign = match line.tag {
            DiffTag::Equal => ' ',
            DiffTag::Insert => '+',
            DiffTag::Delete => '-',
        };
        let text: String = line.parts.iter().map(|part| part.text.as_str()).collect();
        let _ = writeln!(out, "    {sign} {}", shown_line(&text));
    }
    out
}

/// A line without what would steer a terminal.
pub(super) fn shown_line(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_a_yes() {
        let said = |answer: &str| is_yes(&mut answer.as_bytes()).unwrap();
        assert!(["y\n", "Yes\n", " y "].into_iter().all(said));
        assert!(!["", "\n", "n\n", "yep\n"].into_iter().any(said));
    }
}
