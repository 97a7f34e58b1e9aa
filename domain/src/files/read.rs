//! Which file is what.

use std::collections::{BTreeMap, BTreeSet};

use super::path::{check_path, is_beside, split};
use super::{File, FileFormat, MAX_FILES, MAX_FILES_BYTES, MAX_TEMPLATES, NOTES_FILE, Origin, Reading};
use super::{dotprompt, own, prompty, remark};
use crate::error::FieldError;
use crate::template::{Template, TemplateKey};
use crate::version::{MAX_MESSAGE_BYTES, MAX_MESSAGES, VersionContent};

/// The most bytes of one file: all messages of a template, and its YAML.
const MAX_FILE_BYTES: usize = MAX_MESSAGE_BYTES * MAX_MESSAGES + 512 * 1024;
/// The most problems, and the most notes, that are told.
const MOST: usize = 200;

/// Keeps git from changing line ends, which are part of a prompt.
const ATTRIBUTES: &str = "*.md -text\n*.prompty -text\n*.prompt -text\n";

/// Reads the templates of a folder or an archive, whatever their formats, in the order of their keys.
pub fn read(files: &[File]) -> Reading {
    let mut into = Reading::default();
    if let Err(problem) = measure(files) {
        into.problems.push(problem);
        return into;
    }
    for files in in_folders(files, &mut into.problems).into_values() {
        folder(files, &mut into);
    }
    finish(&mut into);
    into
}

/// The files that may be a template's, by their folders.
fn in_folders<'a>(files: &'a [File], problems: &mut Vec<FieldError>) -> BTreeMap<&'a str, Vec<&'a File>> {
    let (mut seen, mut folders) = (BTreeSet::new(), BTreeMap::<&str, Vec<&File>>::new());
    for file in files {
        if let Err(wrong) = check_path(&file.path) {
            problems.push(remark(&file.path.replace(char::is_control, "\u{fffd}"), None, wrong));
        } else if !seen.insert(file.path.to_lowercase()) {
            problems.push(remark(&file.path, None, "is there twice"));
        } else if file.text.len() > MAX_FILE_BYTES {
            problems.push(remark(&file.path, None, "is larger than a template can be"));
        } else if !is_beside(&file.path) {
            folders.entry(split(&file.path).0).or_default().push(file);
        }
    }
    folders
}

/// The templates of one folder: that of its main file, and those that are a file each.
fn folder(files: Vec<&File>, into: &mut Reading) {
    let (mut main, mut beside) = (None, Vec::new());
    for file in files {
        if split(&file.path).1 == own::MAIN {
            main = Some(file);
        } else if file.path.ends_with(".prompty") {
            prompty::read(file, into);
        } else if file.path.ends_with(".prompt") {
            dotprompt::read(file, into);
        } else {
            beside.push(file);
        }
    }
    match main {
        Some(main) => own::read(main, 0, &beside, into),
        None if own::read_front(&beside, into) => {}
        None => into
            .notes
            .extend(beside.iter().map(|file| remark(&file.path, None, "is no part of a template and was left out"))),
    }
}

fn measure(files: &[File]) -> Result<(), FieldError> {
    if files.len() > MAX_FILES {
        return Err(FieldError::new("files", format!("use at most {MAX_FILES} files, not {}", files.len())));
    }
    let bytes: usize = files.iter().map(size).sum();
    if bytes > MAX_FILES_BYTES {
        return Err(FieldError::new("files", format!("use at most {} MB together", MAX_FILES_BYTES / 1024 / 1024)));
    }
    Ok(())
}

/// What must hold of all templates together.
fn finish(into: &mut Reading) {
    into.prompts.sort_by(|a, b| a.key.cmp(&b.key));
    for prompt in &into.prompts {
        if let Err(wrong) = TemplateKey::parse(&prompt.key) {
            into.problems.push(remark(&prompt.path, None, format!("`{}` can't be a key: {wrong}", prompt.key)));
        }
    }
    for two in into.prompts.windows(2).filter(|two| two[0].key == two[1].key) {
        let wrong = format!("`{}` is the template of {} too", two[0].key, two[0].path);
        into.problems.push(remark(&two[1].path, None, wrong));
    }
    if into.prompts.len() > MAX_TEMPLATES {
        let wrong = format!("use at most {MAX_TEMPLATES} templates, not {}", into.prompts.len());
        into.problems.push(FieldError::new("files", wrong));
        into.prompts.truncate(MAX_TEMPLATES);
    }
    if into.prompts.is_empty() && into.problems.is_empty() {
        let wrong =
            "there is no template in it: no message with front matter, no prompt.yaml, no .prompty and no .prompt file";
        into.problems.push(FieldError::new("files", wrong));
    }
    shorten(&mut into.problems);
    shorten(&mut into.notes);
}

/// The first of a long list, and how many more there are.
fn shorten(list: &mut Vec<FieldError>) {
    let more = list.len().saturating_sub(MOST);
    if more > 0 {
        list.truncate(MOST);
        list.push(FieldError::new("files", format!("{more} more are not told here")));
    }
}

/// Files of templates in the making, one template after the other.
pub struct Writing {
    format: FileFormat,
    files: Vec<File>,
    notes: Vec<FieldError>,
    bytes: usize,
}

impl Writing {
    pub fn new(format: FileFormat) -> Self {
        Self { format, files: Vec::new(), notes: Vec::new(), bytes: 0 }
    }

    /// Adds a template with its latest content. What the format can't say is noted; a template that can't be said at all is
    /// left out and noted. Fails when the files become more than one import takes.
    pub fn add(&mut self, template: &Template, content: &VersionContent, origin: &Origin) -> Result<(), FieldError> {
        let before = self.files.len();
        match self.format {
            FileFormat::Files => self.files.extend(own::write(&template.key, &template.fields, content, Some(origin))),
            FileFormat::Prompty => self.files.extend(prompty::write(template, content, origin, &mut self.notes)),
            FileFormat::Dotprompt => self.files.extend(dotprompt::write(template, content, origin, &mut self.notes)),
        }
        self.bytes += self.files[before..].iter().map(size).sum::<usize>();
        if self.bytes > MAX_FILES_BYTES {
            let most = MAX_FILES_BYTES / 1024 / 1024;
            return Err(FieldError::new(
                "keys",
                format!("name some keys: the files are larger than {most} MB together"),
            ));
        }
        Ok(())
    }

    /// Notes a key that no template has.
    pub fn leave_out(&mut self, key: &str) {
        self.notes.push(FieldError::new(key, "left out: there is no such template in this project"));
    }

    /// The files in the order of their paths, and the notes, which are in a file of their own too.
    pub fn finish(mut self) -> (Vec<File>, Vec<FieldError>) {
        if !self.notes.is_empty() {
            let line = |note: &FieldError| {
                let line = note.line.map(|line| format!(":{line}")).unwrap_or_default();
                format!("{}{line}: {}\n", note.field, note.message)
            };
            self.files.push(File { path: NOTES_FILE.to_owned(), text: self.notes.iter().map(line).collect() });
        }
        self.files.push(File { path: ".gitattributes".to_owned(), text: ATTRIBUTES.to_owned() });
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        (self.files, self.notes)
    }
}

/// What a file counts as.
fn size(file: &File) -> usize {
    file.text.len() + file.path.len()
}
