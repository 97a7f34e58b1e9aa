//! Composition: how templates name one another, what is resolved, and the text that comes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::label::{LATEST, check_label};
use crate::template::{LabelTarget, Template, TemplateKey};
use crate::version::{MessageRole, VersionContent};

/// The most templates below one another, by include, extends and import together.
pub const MAX_DEPTH: usize = 10;
/// The most different templates that one template may be composed of.
pub const MAX_PARTS: usize = 100;

/// A name in `extends`, `include` or `import`: `key`, `key@3` or `key@label`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    pub key: String,
    pub pick: Pick,
}

/// Which version of the named template is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pick {
    /// What the label being moved or rendered says.
    Followed,
    Version(i64),
    /// A label's version; `latest` is one too.
    Label(String),
}

impl Reference {
    /// Reads a name as it stands in a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, pick) = text.split_once('@').map_or((text, None), |(key, pick)| (key, Some(pick)));
        TemplateKey::parse(key).map_err(|wrong| format!("`{text}` names no template: {wrong}"))?;
        let pick = match pick {
            None => Pick::Followed,
            Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => {
                let version = number.parse().ok().filter(|n| *n > 0 && !number.starts_with('0'));
                Pick::Version(version.ok_or_else(|| format!("`{text}`: a version is a number from 1"))?)
            }
            Some(LATEST) => Pick::Label(LATEST.to_owned()),
            Some(label) => {
                check_label(label).map_err(|wrong| format!("`{text}` names no label: {wrong}"))?;
                Pick::Label(label.to_owned())
            }
        };
        Ok(Self { key: key.to_owned(), pick })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.pick {
            Pick::Followed => f.write_str(&self.key),
            Pick::Version(number) => write!(f, "{}@{number}", self.key),
            Pick::Label(label) => write!(f, "{}@{label}", self.key),
        }
    }
}

/// A version that others are composed of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Part {
    pub key: String,
    /// 0 for a text that is not saved yet.
    pub version: i64,
    pub content: VersionContent,
}

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Found(Part),
    /// Why there is nothing, such as "there is no template `x`".
    Missing(String),
}

/// Every reference that a template and its parts make, as written, with what it stands for.
pub type Closure = BTreeMap<String, Target>;

/// One resolved reference of a stored closure. The first of a closure is the template itself, under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resolved {
    /// As written: `key`, `key@3` or `key@label`.
    pub reference: String,
    pub key: String,
    pub version: i64,
    pub content_hash: String,
}

/// A template's content as one text a message: inheritance flattened, fragments in place, variables kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Composed {
    pub content: VersionContent,
    /// The templates that the text comes from; the first is the composed one.
    pub sources: Vec<SourceTemplate>,
    /// Where each part of a message comes from; one list a message, in order, without gaps.
    pub spans: Vec<Vec<SourceSpan>>,
}

/// A template that a composed text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceTemplate {
    pub key: String,
    /// 0 for a text that is not saved yet.
    pub version: i64,
}

impl SourceTemplate {
    /// As people read it: `greeting v3`.
    pub fn name(&self) -> String {
        format!("{} v{}", self.key, self.version)
    }
}

/// Bytes of a composed message and where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceSpan {
    /// First byte in the composed message.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Which of the sources.
    pub source: usize,
    /// Which message of the source.
    pub message: usize,
    /// First byte in the source's message. A span as long as `end - start` there is copied byte by byte; otherwise the
    /// text was made from what stands there.
    pub source_start: usize,
    pub source_end: usize,
    /// The byte of the composed template's own message that brought this text in.
    pub own: usize,
}

/// A template that a text may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub key: String,
    /// For people.
    pub name: String,
    /// The number of its newest version.
    pub latest: i64,
    pub labels: Vec<LabelTarget>,
}

/// What stands at a place of a composed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub span: SourceSpan,
    /// The byte in the source's message.
    pub at: usize,
}

/// A composed message for people: line by line, with where each comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedMessage {
    pub role: MessageRole,
    /// Without their line ends.
    pub lines: Vec<Vec<LinePart>>,
}

/// A part of a line that comes from one line of one template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    pub text: String,
    /// Which of the sources.
    pub source: usize,
    /// The line there, from 1.
    pub line: u32,
}

/// The effective template as its page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownEffective {
    pub template: Template,
    /// Without the composed text, which is in the messages.
    pub effective: Effective,
    /// The templates that the text comes from; the first is the composed one.
    pub sources: Vec<SourceTemplate>,
    /// None when it can't be composed.
    pub messages: Vec<TracedMessage>,
}

impl SourceSpan {
    /// The byte in the source's message of a byte in the composed one.
    pub fn at(&self, offset: usize) -> usize {
        let is_copy = self.end - self.start == self.source_end - self.source_start;
        let at = if is_copy { self.source_start + offset.saturating_sub(self.start) } else { self.source_start };
        at.min(self.source_end)
    }
}

impl Composed {
    /// Where a byte of a composed message comes from.
    pub fn place(&self, message: usize, offset: usize) -> Option<Place> {
        let spans = self.spans.get(message)?;
        let found = spans.partition_point(|span| span.end <= offset).min(spans.len().checked_sub(1)?);
        let span = spans[found];
        Some(Place { span, at: span.at(offset) })
    }
}

/// What is composed of what: the answer to "who uses this?".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependencies {
    /// What this template is made of, near ones first.
    pub uses: Vec<Dependency>,
    /// Who is made of this template, near ones first.
    pub used_by: Vec<Dependency>,
}

/// One template that uses another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependency {
    /// The template that holds the reference.
    pub from: String,
    /// The template that is named.
    pub to: String,
    /// As written; empty where only what a label serves is made of it.
    pub reference: String,
    /// 1 for a direct use, 2 for one through another template, and so on.
    pub depth: u32,
    /// `latest` when the newest version says so, and the labels whose version or served text does.
    pub through: Vec<String>,
}

/// The effective template: one text with its map, or the problems that keep it from being one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effective {
    pub key: String,
    pub version: i64,
    /// The label it was asked for under, or `latest`; none when the version was named.
    pub label: Option<String>,
    /// SHA-256 of the composed content; none when it can't be composed.
    pub effective_hash: Option<String>,
    /// What each reference stands for, the template itself first.
    pub closure: Vec<Resolved>,
    pub composed: Option<Composed>,
    pub problems: Vec<FieldError>,
}

/// A composed template with all that it is made of, for those who compose it themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bundle {
    pub key: String,
    pub version: i64,
    pub effective_hash: String,
    pub closure: Vec<Resolved>,
    /// Each version once, the template itself first.
    pub templates: Vec<Part>,
}

/// Which message of a referenced template takes the place: the one of the same role, or the only one.
pub fn message_for(content: &VersionContent, role: MessageRole, reference: &str) -> Result<usize, String> {
    let same = content.messages.iter().position(|m| m.role == role);
    let only = (content.messages.len() == 1).then_some(0);
    same.or(only).ok_or_else(|| {
        let roles: Vec<_> = content.messages.iter().map(|m| m.role.name()).collect();
        match roles.as_slice() {
            [] => format!("`{reference}` has no messages"),
            roles => format!("`{reference}` has no {} message to take, only {}", role.name(), roles.join(", ")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_a_key_and_perhaps_a_version_or_label() {
        for good in ["header", "header@3", "header@production", "header@latest", "a_1@canary-2"] {
            assert_eq!(Reference::parse(good).map(|r| r.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "@1", "a@", "a@0", "a@01", "a@-1", "a@1x", "A", "a.txt", "a@Prod", "a@b@c", "render", "a b"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
    }
}
