//! `prompt pull`: writes what the project holds, and no more: what somebody wrote here stays unless they say otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::error::FieldError;
use domain::files::{File, FilePrompt, Reading, differences, is_main, key_of, read};
use service::files as service_files;

use super::super::admin::{print, shown};
use super::super::files::problem;
use super::super::folder;
use super::{Place, Which, local, own_folder};

pub(super) async fn pull(place: &Place, which: &Which, force: bool, json: bool) -> Result<ExitCode> {
    let exported = place.export(&which.keys).await?;
    let (files, here) = local(which)?;
    let pull = Pull { which, there: read(&exported).prompts, exported, files, here };
    let kept = pull.kept_otherwise();
    if !force {
        pull.refuse_unread(&kept)?;
        pull.refuse_edited()?;
    }
    let written = pull.write(&kept)?;
    pull.remove_gone(&kept, &written)?;
    for (key, path) in &kept {
        eprintln!(
            "note: {key} is kept as {path} here and was left as it is: `promptory export --format` writes such files"
        );
    }
    let keys = pull.there.iter().map(|prompt| prompt.key.as_str());
    let keys: Vec<&str> = keys.filter(|key| !kept.contains_key(*key)).collect();
    print(json, &keys, |keys| format!("{} templates are in {}", keys.len(), which.dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What the project holds, and what the folder does.
struct Pull<'a> {
    which: &'a Which,
    exported: Vec<File>,
    there: Vec<FilePrompt>,
    files: Vec<File>,
    here: Reading,
}

impl Pull<'_> {
    fn is_there(&self, key: &str) -> bool {
        self.there.iter().any(|prompt| prompt.key == key)
    }

    /// Templates that are a file of another format here, with its path: our own files beside it would be the same template
    /// twice, which nobody could push.
    fn kept_otherwise(&self) -> BTreeMap<String, &str> {
        let single = self.files.iter().filter(|file| file.path.ends_with(".prompty") || file.path.ends_with(".prompt"));
        let named = single.filter_map(|file| Some((key_of(&file.path)?, file.path.as_str())));
        named.filter(|(key, _)| self.is_there(key)).collect()
    }

    /// A file that can't be read may hold what somebody is at.
    fn refuse_unread(&self, kept: &BTreeMap<String, &str>) -> Result<()> {
        let is_in_the_way = |problem: &&FieldError| match key_of(&problem.field) {
            Some(key) => self.is_there(&key) && !kept.contains_key(&key),
            None => true,
        };
        let unread: Vec<FieldError> = self.here.problems.iter().filter(is_in_the_way).cloned().collect();
        if unread.is_empty() {
            return Ok(());
        }
        Err(problem("files here can't be read: mend them, or pull with --force to write over them", &unread))
    }

    fn refuse_edited(&self) -> Result<()> {
        let mut edited = Vec::new();
        for mine in self.here.prompts.iter().filter(|prompt| own_folder(prompt).is_some()) {
            let Some(theirs) = self.there.iter().find(|theirs| theirs.key == mine.key) else { continue };
            // What was edited to what the project holds is no loss.
            if service_files::is_edited(mine).map_err(shown)? && !differences(Some(theirs), mine).is_empty() {
                edited.push(mine.key.as_str());
            }
        }
        match edited.len() {
            0 => Ok(()),
            count => bail!(
                "{} {} edited here: push first, or pull with --force to write over the files",
                edited.join(", "),
                if count == 1 { "was" } else { "were" }
            ),
        }
    }

    /// Writes the files; gives their paths.
    fn write(&self, kept: &BTreeMap<String, &str>) -> Result<BTreeSet<String>> {
        let (folders, mut written) = (self.folders(), BTreeSet::new());
        for File { path, text } in &self.exported {
            let place = path.strip_prefix("prompts/").and_then(|rest| rest.split_once('/'));
            if place.is_some_and(|(key, _)| kept.contains_key(key)) {
                continue;
            }
            // Beside the files that the template has here already.
            let own = place.and_then(|(key, name)| Some(format!("{}/{name}", folders.get(key)?)));
            let file = File { path: own.unwrap_or_else(|| path.clone()), text: text.clone() };
            // A .gitattributes that is there may say more than ours.
            if !(file.path.starts_with('.') && self.which.dir.join(&file.path).exists()) {
                folder::put(&self.which.dir, &file)?;
                written.insert(file.path);
            }
        }
        Ok(written)
    }

    /// The folders of our own format, by key, those too that can't be read.
    fn folders(&self) -> BTreeMap<String, &str> {
        let mains = self.files.iter().filter(|file| is_main(file));
        let folders = mains.filter_map(|file| Some(file.path.rsplit_once('/')?.0));
        folders.map(|folder| (folder.rsplit('/').next().unwrap_or(folder).to_owned(), folder)).collect()
    }

    /// Takes away the files that a template has no more: messages, and a `prompt.yaml` whose content now stands in front of the
    /// first one. Other files in its folder are somebody's own.
    fn remove_gone(&self, kept: &BTreeMap<String, &str>, written: &BTreeSet<String>) -> Result<()> {
        let is_pulled = |prompt: &&FilePrompt| own_folder(prompt).is_some() && self.is_there(&prompt.key);
        let pulled = self.here.prompts.iter().filter(is_pulled).filter(|prompt| !kept.contains_key(&prompt.key));
        let messages = pulled.flat_map(|prompt| &prompt.places).map(|(path, _)| path.clone());
        let folders = self.folders().into_iter().filter(|(key, _)| self.is_there(key) && !kept.contains_key(key));
        let mains = folders.map(|(_, folder)| format!("{folder}/prompt.yaml"));
        for path in messages.chain(mains).filter(|path| !written.contains(path)) {
            folder::remove(&self.which.dir, &path)?;
        }
        Ok(())
    }
}
