//! What differs between two versions: plain types that pages show; `diff` fills them in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::performance::VersionOutcomes;
use crate::template::Template;
use crate::version::{MessageRole, VersionSummary};

/// All differences between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// Every message of either version, the same ones too.
    pub messages: Vec<MessageDiff>,
    /// Parameters that differ.
    pub parameters: Vec<ParameterChange>,
    /// Settings that differ.
    pub config: Vec<ConfigChange>,
    /// Nothing differs.
    pub is_same: bool,
}

/// Two versions of a template that were compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Numbers of the versions.
    pub from: i64,
    pub to: i64,
    pub changes: Comparison,
}

/// What a comparison of two versions shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedVersions {
    pub template: Template,
    /// To choose from, newest first.
    pub versions: Vec<VersionSummary>,
    /// None when there is nothing to compare with.
    pub compared: Option<Compared>,
    /// How both versions fared, by number; empty for somebody who may not see figures.
    pub outcomes: BTreeMap<i64, VersionOutcomes>,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum State {
    Added,
    Removed,
    Changed,
    /// The same in another place.
    Moved,
    Same,
}

/// One message before and after. Messages belong together by their text, else by role and order within the role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageDiff {
    pub role: MessageRole,
    pub state: State,
    /// Where it was, when its role or its place among the others is new. A changed message can be moved as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<MovedFrom>,
    pub lines: Vec<DiffLine>,
    /// Number of inserted lines.
    pub added: u32,
    /// Number of deleted lines.
    pub removed: u32,
}

/// Where a message was in the old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovedFrom {
    pub role: MessageRole,
    /// Its place among all messages, from 1.
    pub number: u32,
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    pub tag: DiffTag,
    /// Line in the old text, from 1.
    pub old_line: Option<u32>,
    /// Line in the new text, from 1.
    pub new_line: Option<u32>,
    /// The line's text in pieces, its line end included: joined, they are the line exactly.
    pub parts: Vec<DiffPart>,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DiffTag {
    Equal,
    Insert,
    Delete,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffPart {
    /// These words are what changed within the line.
    pub emphasised: bool,
    pub text: String,
}

/// One parameter that differs. Breaking changes come first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParameterChange {
    pub name: String,
    /// The old name, when nothing but the name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    pub state: State,
    /// A caller that was fine with the old version can be refused by the new one.
    pub is_breaking: bool,
    /// What changed, for people.
    pub detail: String,
}

/// One setting that differs; values as JSON, none when absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigChange {
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
}
