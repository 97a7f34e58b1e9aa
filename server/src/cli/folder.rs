//! Folders and archives on this machine.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use domain::files::{File, MAX_ARCHIVE_BYTES, MAX_FILES, check_path};
use service::files::archive;

/// Files of a prompt; what else is in a folder is nobody's business.
const ENDS: [&str; 4] = [".yaml", ".md", ".prompty", ".prompt"];
/// Folders full of files that are nobody's prompts.
const PASSED: [&str; 2] = ["node_modules", "target"];

/// The files of a folder, or of an archive when the path ends with `.zip`.
pub(super) fn read(path: &Path) -> Result<Vec<File>> {
    if is_archive(path) {
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
        ensure!(size <= MAX_ARCHIVE_BYTES as u64, "an archive may have at most {} MB", MAX_ARCHIVE_BYTES / 1024 / 1024);
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        return archive::unpack(&bytes).map_err(|error| super::admin::shown(error.into()));
    }
    ensure!(path.is_dir(), "there is no folder {}", path.display());
    let mut found = Vec::new();
    walk(path, "", &mut found)?;
    let found = of_prompts(found);
    ensure!(
        found.len() <= MAX_FILES,
        "{} holds more than {MAX_FILES} files of prompts: name a part of it",
        path.display()
    );
    found.into_iter().map(open).collect()
}

fn open(found: Found) -> Result<File> {
    let Found { path, place } = found;
    let bytes = std::fs::read(place).with_context(|| format!("cannot read {path}"))?;
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{path} is not UTF-8"))?;
    Ok(File { path, text })
}

pub(super) fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"))
}

/// A file whose name could be that of a prompt.
struct Found {
    path: String,
    place: PathBuf,
}

/// Links are not followed: what they lead to is not in the folder.
fn walk(folder: &Path, below: &str, found: &mut Vec<Found>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries: Vec<_> = entries.collect::<std::io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type()?);
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if name.starts_with('.') || PASSED.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), &path, found)?;
        } else if kind.is_file() && ENDS.iter().any(|end| name.ends_with(end)) {
            found.push(Found { path, place: entry.path() });
        }
    }
    Ok(())
}

/// Only what belongs to a template: in a repository there are other files of such names, which need be no text at all.
fn of_prompts(found: Vec<Found>) -> Vec<Found> {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let is_main = |f: &Found| f.path.rsplit('/').next() == Some("prompt.yaml") || has_front_matter(f);
    let folders: BTreeSet<String> = found.iter().filter(|f| is_main(f)).map(|f| folder(&f.path)).collect();
    let is_single = |path: &str| path.ends_with(".prompty") || path.ends_with(".prompt");
    found.into_iter().filter(|f| is_single(&f.path) || folders.contains(&folder(&f.path))).collect()
}

/// A message with YAML in front of it.
fn has_front_matter(found: &Found) -> bool {
    let is_message = ["system.md", "user.md", "assistant.md", "function.md"]
        .contains(&found.path.rsplit('/').next().unwrap_or_default());
    let mut start = [0; 3];
    let read = |mut file: std::fs::File| file.read_exact(&mut start);
    is_message && std::fs::File::open(&found.place).and_then(read).is_ok() && start == *b"---"
}

/// Writes files into a folder, or an archive when the path ends with `.zip`.
pub(super) fn write(to: &Path, files: &[File]) -> Result<()> {
    if is_archive(to) {
        let bytes = archive::pack(files).map_err(super::admin::shown)?;
        return std::fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()));
    }
    for file in files {
        put(to, file)?;
    }
    Ok(())
}

/// Writes one file, which may come from a server that means no good: its path stays in the folder.
pub(super) fn put(folder: &Path, file: &File) -> Result<()> {
    let path = inside(folder, &file.path)?;
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    std::fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))
}

/// Takes a file away, if it is there.
pub(super) fn remove(folder: &Path, path: &str) -> Result<()> {
    let path = inside(folder, path)?;
    if path.is_file() {
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn inside(folder: &Path, path: &str) -> Result<PathBuf> {
    if let Err(wrong) = check_path(path) {
        bail!("{path:?}: {wrong}");
    }
    Ok(folder.join(path))
}
