//! `prompt push`: saves what differs in the folder, and notes in the files which version they are then.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use domain::files::{File, FilePrompt, ImportEntry, ImportOptions, ImportPlan, ImportState, OnConflict, with_origin};

use super::super::admin::print;
use super::super::files::{How, described};
use super::super::folder;
use super::{Place, Which, local, own_folder};

pub(super) async fn push(place: &Place, which: &Which, dry_run: bool, how: &How, json: bool) -> Result<ExitCode> {
    let (files, mut options) = (files(which)?, how.options());
    let plan = place.import(&files, &options, true).await?;
    let stops = stops(&plan, &options);
    if dry_run || stops.is_some() || !plan.has_changes() {
        print(json, &plan, |plan| described(plan, true))?;
        let Some(why) = stops else { return Ok(ExitCode::SUCCESS) };
        eprintln!("promptory: {why}");
        return Ok(ExitCode::FAILURE);
    }
    if !how.agrees(&plan)? {
        bail!("nothing was pushed");
    }
    options.expected = Some(plan.digest);
    let plan = place.import(&files, &options, false).await?;
    note_origins(which, &files, &plan)?;
    print(json, &plan, |plan| described(plan, false))?;
    Ok(ExitCode::SUCCESS)
}

/// The files of the templates to push.
fn files(which: &Which) -> Result<Vec<File>> {
    let (files, reading) = local(which)?;
    if let Some(key) = which.keys.iter().find(|key| !reading.prompts.iter().any(|prompt| prompt.key == **key)) {
        bail!("there is no template `{key}` in {}", which.dir.display());
    }
    if which.keys.is_empty() {
        return Ok(files);
    }
    let is_of = |file: &File, prompt: &FilePrompt| match own_folder(prompt) {
        Some(folder) => file.path.rsplit_once('/').is_some_and(|(own, _)| own == folder),
        None => file.path == prompt.path,
    };
    Ok(files.into_iter().filter(|file| reading.prompts.iter().any(|prompt| is_of(file, prompt))).collect())
}

/// Why this is not pushed.
fn stops(plan: &ImportPlan, options: &ImportOptions) -> Option<String> {
    let keys = |is: fn(&ImportEntry) -> bool| {
        let keys = plan.templates.iter().filter(|entry| is(entry)).map(|entry| entry.key.as_str());
        keys.collect::<Vec<_>>().join(", ")
    };
    if !plan.problems.is_empty() {
        return Some("the files have problems: nothing was pushed".to_owned());
    }
    if plan.has_conflicts() && options.on_conflict == OnConflict::Refuse {
        let keys = keys(|entry| entry.conflict.is_some());
        return Some(format!(
            "changed there since the files were pulled: {keys}; pull first, or push with --on-conflict new_version"
        ));
    }
    if plan.is_breaking() && !options.allow_breaking {
        let keys = keys(ImportEntry::is_breaking);
        return Some(format!("callers would be refused: {keys}; mend the contract, or push with --allow-breaking"));
    }
    None
}

/// Notes in the files what was made of them, so that the next push follows it: what somebody saved since is not in them.
fn note_origins(which: &Which, files: &[File], plan: &ImportPlan) -> Result<()> {
    for entry in plan.templates.iter().filter(|entry| entry.state != ImportState::Same) {
        let is_main =
            |file: &&File| file.path == entry.file && [".yaml", ".md"].iter().any(|end| file.path.ends_with(end));
        let Some(main) = files.iter().find(is_main) else { continue };
        // As it is by now: its author may have gone on.
        let path = which.dir.join(&main.path);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let now = File { path: main.path.clone(), text };
        folder::put(&which.dir, &File { text: with_origin(&now, &entry.origin), ..now })?;
    }
    Ok(())
}
