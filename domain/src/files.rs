//! Templates as files that people read and keep in git: text in, text out. docs/files.md tells the formats.
//!
//! Three formats: our own (`files`: a folder a template, a file a message), Prompty and dotprompt. What one of them can't
//! say is reported with its file and line; nothing is dropped unseen.

use serde::{Deserialize, Serialize};

use crate::comparison::{Comparison, ParameterChange};
use crate::error::FieldError;
use crate::template::TemplatePatch;
use crate::version::VersionContent;

#[cfg(feature = "engine")]
mod body;
#[cfg(feature = "engine")]
mod differences;
#[cfg(feature = "engine")]
mod dotprompt;
#[cfg(feature = "engine")]
mod extras;
#[cfg(feature = "engine")]
mod handlebars;
#[cfg(feature = "engine")]
mod jinja;
#[cfg(feature = "engine")]
mod members;
#[cfg(feature = "engine")]
mod own;
#[cfg(feature = "engine")]
mod path;
#[cfg(feature = "engine")]
mod picoschema;
#[cfg(feature = "engine")]
mod prompty;
#[cfg(feature = "engine")]
mod read;
#[cfg(feature = "engine")]
mod yaml;

#[cfg(feature = "engine")]
pub use differences::{differences, unified};
#[cfg(feature = "engine")]
pub use own::{is_main, with_origin};
#[cfg(feature = "engine")]
pub use path::{check_path, key_of};
#[cfg(feature = "engine")]
pub use read::{Writing, read};

/// The most bytes of an archive.
pub const MAX_ARCHIVE_BYTES: usize = 10 * 1024 * 1024;
/// The most bytes of an archive's files together.
pub const MAX_FILES_BYTES: usize = 50 * 1024 * 1024;
/// The most templates of one import or export.
pub const MAX_TEMPLATES: usize = 1_000;
/// The most files of an archive: a template has a file a message and one more.
pub const MAX_FILES: usize = MAX_TEMPLATES * (crate::version::MAX_MESSAGES + 1) + 1_000;
/// Where an export tells what its format can't say.
pub const NOTES_FILE: &str = "promptory-notes.txt";

/// One text file; its path has slashes between names and none at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct File {
    pub path: String,
    pub text: String,
}

/// How templates are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FileFormat {
    /// Our own: a folder a template, a Markdown file a message, with YAML in front of the first one.
    #[default]
    Files,
    /// `.prompty`: Jinja2 with YAML in front.
    Prompty,
    /// `.prompt`: Handlebars with YAML in front.
    Dotprompt,
}

impl FileFormat {
    pub const ALL: [FileFormat; 3] = [Self::Files, Self::Prompty, Self::Dotprompt];
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Prompty => "prompty",
            Self::Dotprompt => "dotprompt",
        }
    }
    /// An empty text is our own format.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|format| format.name() == text);
        named.or(text.is_empty().then_some(Self::Files)).ok_or_else(|| "use files, prompty or dotprompt".to_owned())
    }
}

/// What a template was when it was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origin {
    /// The number of its latest version; 0 for none.
    pub version: i64,
    /// SHA-256 over its fields and its content, lower-case hex.
    pub hash: String,
}

/// A template as its files say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilePrompt {
    pub key: String,
    /// The file that stands for it in reports.
    pub path: String,
    /// What is absent stays as it is.
    pub fields: TemplatePatch,
    pub content: VersionContent,
    /// None when the files don't come from an export.
    pub origin: Option<Origin>,
    /// For each message the file of its text, and the lines before it there.
    pub places: Vec<(String, u32)>,
}

/// What files hold. The field of a problem or a note is the path of its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub prompts: Vec<FilePrompt>,
    /// They stop an import.
    pub problems: Vec<FieldError>,
    /// What is not taken over, or not as it was; it stops nothing.
    pub notes: Vec<FieldError>,
}

/// What to do with a template that was changed here since its files were exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OnConflict {
    /// Import nothing.
    #[default]
    Refuse,
    /// Save the files as the next version all the same.
    NewVersion,
}

impl OnConflict {
    /// An empty text is the careful choice.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" | "refuse" => Ok(Self::Refuse),
            "new_version" => Ok(Self::NewVersion),
            _ => Err("use refuse or new_version".to_owned()),
        }
    }
}

/// How an import goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    pub on_conflict: OnConflict,
    /// Save contracts too that refuse callers who were fine before.
    pub allow_breaking: bool,
    /// Why the versions are made; empty for a standard text.
    pub commit_message: String,
    /// The digest of the plan that was looked at: another plan is refused. None takes whatever comes.
    pub expected: Option<String>,
}

/// What an import does or did, template by template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportPlan {
    /// It was carried out.
    pub is_applied: bool,
    /// In the order of their keys.
    pub templates: Vec<ImportEntry>,
    /// What stands in the way, by the path of the file.
    pub problems: Vec<FieldError>,
    /// What is not taken over from a file, by its path.
    pub notes: Vec<FieldError>,
    /// Names all that this plan writes, and what it was made from; what writes anything else has another.
    pub digest: String,
}

impl ImportPlan {
    pub fn count(&self, state: ImportState) -> usize {
        self.templates.iter().filter(|t| t.state == state).count()
    }
    /// There is something to write.
    pub fn has_changes(&self) -> bool {
        self.templates.iter().any(|t| t.state != ImportState::Same)
    }
    pub fn has_conflicts(&self) -> bool {
        self.templates.iter().any(|t| t.conflict.is_some())
    }
    /// Callers that were fine before can be refused after.
    pub fn is_breaking(&self) -> bool {
        self.templates.iter().any(ImportEntry::is_breaking)
    }
    /// Without the lines of texts; how many there are stays.
    #[must_use]
    pub fn without_lines(mut self) -> Self {
        for message in self.templates.iter_mut().filter_map(|t| t.content.as_mut()).flat_map(|c| &mut c.messages) {
            message.left_out += message.lines.len() as u32;
            message.lines = Vec::new();
        }
        self
    }
}

/// What becomes of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ImportState {
    New,
    Changed,
    Same,
}

impl ImportState {
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// One template of an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportEntry {
    pub key: String,
    /// The file that stands for it.
    pub file: String,
    pub state: ImportState,
    /// The latest version before the import; 0 for none.
    pub from_version: i64,
    /// The latest version after it.
    pub to_version: i64,
    /// What the template is after it: what `exported` says in its files from then on.
    pub origin: Origin,
    /// Fields that differ.
    pub fields: Vec<FieldChange>,
    /// How the content differs from the latest version; none when it is the same.
    pub content: Option<Comparison>,
    /// Why the files can't be taken for the next version of what is here, such as "changed here since the export".
    pub conflict: Option<String>,
    /// What the check noticed in the texts; it stops nothing.
    pub warnings: Vec<FieldError>,
}

impl ImportEntry {
    pub fn is_breaking(&self) -> bool {
        self.breaking().next().is_some()
    }
    /// The changes of its contract that can refuse callers who were fine before.
    pub fn breaking(&self) -> impl Iterator<Item = &ParameterChange> {
        let parameters = self.content.iter().filter(|_| self.from_version > 0).flat_map(|c| &c.parameters);
        parameters.filter(|p| p.is_breaking)
    }
}

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    pub name: String,
    pub from: String,
    pub to: String,
}

/// A remark about a line of a file.
#[cfg(feature = "engine")]
pub(crate) fn remark(file: &str, line: Option<u32>, message: impl Into<String>) -> FieldError {
    FieldError { line, ..FieldError::new(file, message) }
}
