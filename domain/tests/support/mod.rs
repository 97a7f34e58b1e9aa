//! Fixtures: one file a test. A file is a row of sections, each `--- name` and its text; the last one is what to
//! expect. `UPDATE_FIXTURES=1` writes what came out instead of comparing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use domain::composition::{Closure, Part, Target};
use domain::version::{Message, MessageRole, VersionContent};

/// The sections of a fixture, in order.
pub(crate) struct Fixture {
    pub(crate) name: String,
    sections: Vec<(String, String)>,
}

impl Fixture {
    fn parse(name: &str, text: &str) -> Self {
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("--- "), sections.last_mut()) {
                (Some(title), _) => sections.push((title.trim().to_owned(), String::new())),
                (None, Some((_, body))) => body.push_str(line),
                (None, None) => panic!("{name}: starts without a section"),
            }
        }
        for (_, body) in &mut sections {
            let end = body.strip_suffix('\n').map_or(body.len(), str::len);
            body.truncate(end);
        }
        Self { name: name.to_owned(), sections }
    }

    pub(crate) fn find(&self, title: &str) -> Option<&str> {
        self.sections.iter().find(|(t, _)| t == title).map(|(_, body)| body.as_str())
    }

    /// A section's JSON; the default when there is no such section.
    pub(crate) fn json<T: serde::de::DeserializeOwned + Default>(&self, title: &str) -> T {
        let Some(body) = self.find(title) else { return T::default() };
        serde_json::from_str(&unescape(body)).unwrap_or_else(|error| panic!("{}: {title}: {error}", self.name))
    }

    /// The version in sections `<prefix>parameters`, `<prefix>config` and `<prefix>message <role>`.
    pub(crate) fn content(&self, prefix: &str) -> VersionContent {
        let title = format!("{prefix}message ");
        let messages = self.sections.iter().filter_map(|(t, body)| t.strip_prefix(&title).map(|role| (role, body)));
        let message = |(role, body): (&str, &String)| Message {
            role: MessageRole::parse(role).unwrap_or_else(|error| panic!("{}: {error}", self.name)),
            content: unescape(body),
        };
        VersionContent {
            messages: messages.map(message).collect(),
            parameters: self.json(&format!("{prefix}parameters")),
            config: self.json(&format!("{prefix}config")),
        }
    }

    /// The sections `file <path>`: files of a folder or an archive.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, String)> {
        self.sections.iter().filter_map(|(title, text)| Some((title.strip_prefix("file ")?, unescape(text) + "\n")))
    }

    /// The sections `template <name>`: further templates, with a text each.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sections.iter().filter_map(|(title, text)| Some((title.strip_prefix("template ")?, text.as_str())))
    }

    /// The templates that the fixture names: sections `<reference> message <role>`, each a version of its own.
    pub(crate) fn parts(&self) -> Closure {
        let named = self.sections.iter().filter_map(|(title, _)| {
            title.split_once(' ').filter(|(_, rest)| rest.starts_with("message ") || *rest == "parameters")
        });
        let part = |reference: &str| {
            let (key, pick) = reference.split_once('@').unwrap_or((reference, "1"));
            let version = pick.parse().unwrap_or(9);
            Target::Found(Part { key: key.to_owned(), version, content: self.content(&format!("{reference} ")) })
        };
        named.map(|(reference, _)| (reference.to_owned(), part(reference))).collect()
    }

    /// The file with another last section, whatever is expected so far.
    pub(crate) fn with_last(&self, last: &str, expected: &str) -> String {
        let mut text = String::new();
        for (title, body) in self.sections.iter().filter(|(t, _)| !t.starts_with("expect")) {
            writeln!(text, "--- {title}\n{body}").unwrap_or_default();
        }
        text + "--- " + last + "\n" + expected + "\n"
    }
}

/// `⟦NUL⟧` and `⟦CR⟧` stand for the characters, `⟦text×n⟧` for repetition: files stay readable.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (inner, after) = after.split_once('⟧').unwrap_or((after, ""));
        out.push_str(before);
        match inner.rsplit_once('×') {
            Some((unit, n)) => out.push_str(&unit.repeat(n.parse().unwrap_or(1))),
            None if inner == "CR" => out.push('\r'),
            None => out.push('\0'),
        }
        rest = after;
    }
    out + rest
}

/// Every fixture of a folder, which holds so many or more, with its file.
pub(crate) fn fixtures(folder: &str, at_least: usize) -> Vec<(PathBuf, Fixture)> {
    let files = files_of(folder);
    assert!(files.len() >= at_least, "{folder} holds {} fixtures, expected {at_least} or more", files.len());
    let read = |path: &PathBuf| Fixture::parse(&name_of(path), &std::fs::read_to_string(path).unwrap_or_default());
    files.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// Whether expectations are to be written, not compared.
pub(crate) fn is_update() -> bool {
    std::env::var_os("UPDATE_FIXTURES").is_some()
}

fn name_of(path: &Path) -> String {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned()
}

/// Runs every file of a folder and compares what comes out with what it expects.
pub(crate) fn run_folder(folder: &str, at_least: usize, run: impl Fn(&Fixture) -> String) {
    let files = files_of(folder);
    assert!(files.len() >= at_least, "{folder} holds {} fixtures, expected {at_least} or more", files.len());
    let failures: Vec<_> = files.iter().filter_map(|path| run_file(path, &run).err()).collect();
    println!("{folder}: {} fixtures", files.len());
    assert!(failures.is_empty(), "{} of {} fixtures fail:\n\n{}", failures.len(), files.len(), failures.join("\n\n"));
}

fn files_of(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    files.sort();
    files
}

fn run_file(path: &Path, run: impl Fn(&Fixture) -> String) -> Result<(), String> {
    let name = &name_of(path);
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let fixture = Fixture::parse(name, &text);
    let found = run(&fixture);
    if is_update() {
        return std::fs::write(path, fixture.with_last("expect", found.trim_end()))
            .map_err(|error| format!("{name}: {error}"));
    }
    let expected = fixture.find("expect").unwrap_or_default().trim_end();
    if found.trim_end() == expected {
        return Ok(());
    }
    Err(format!("{name}\nexpected:\n{expected}\nfound:\n{found}"))
}

/// One line a problem: `error messages[0].content 1:4 …`.
pub(crate) fn list(word: &str, errors: &[domain::error::FieldError]) -> String {
    let mut text = String::new();
    for e in errors {
        let place = e.line.zip(e.column).map_or(String::new(), |(line, column)| format!(" {line}:{column}"));
        writeln!(text, "{word} {}{place} {}", e.field, e.message).unwrap_or_default();
    }
    text
}
