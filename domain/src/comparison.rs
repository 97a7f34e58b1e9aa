//! What differs between two versions: plain types that pages show; `diff` fills them in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::performance::{Figure, Measured};
use crate::template::Template;
use crate::version::{MessageRole, ParameterType, VersionSummary};

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

/// What to compare, and how: as an address holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComparisonRequest {
    /// A version's number or `draft`; when empty, what `to` was written from.
    pub from: String,
    /// A version's number or `draft`; when empty, the latest version.
    pub to: String,
    /// `ignore`: lines are the same when their words are.
    pub ws: String,
    /// `effective`: the texts with all that they name put in place, instead of the versions' own.
    pub text: String,
    /// The name of a sample set of the template whose values both are rendered with.
    pub sample: String,
    /// Values in place of the sample set's, by parameter, as somebody types them; what has none is made up.
    pub values: BTreeMap<String, String>,
}

impl ComparisonRequest {
    pub fn ignores_whitespace(&self) -> bool {
        self.ws == "ignore"
    }
}

/// What [`ComparisonRequest::from`] and `to` say for the asking person's draft.
pub const DRAFT: &str = "draft";

/// Two versions of a template that were compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compared {
    /// Numbers of the versions; 0 is the asking person's draft.
    pub from: i64,
    pub to: i64,
    /// The messages of `changes` are the effective texts: with all that they name put in place.
    pub is_effective: bool,
    pub changes: Comparison,
    pub rendered: Rendered,
    pub measured_from: Measured,
    pub measured_to: Measured,
    /// Both sides' figures beside each other.
    pub figures: Vec<Figure>,
    /// What to know before one compares the figures, such as that there are too few.
    pub notes: Vec<String>,
}

/// Both versions rendered with the same values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rendered {
    pub values: Vec<SampleValue>,
    /// Why a side has no effective text or could not be rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub from_error: Option<Error>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub to_error: Option<Error>,
    /// The rendered messages; of one side alone when the other has an error.
    pub messages: Vec<MessageDiff>,
}

/// A value that both versions were rendered with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SampleValue {
    /// The parameter.
    pub name: String,
    /// What the old version calls it, when the new one renamed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    pub kind: ParameterType,
    /// As somebody types it.
    pub text: String,
    /// The only values allowed, as texts.
    pub one_of: Vec<String>,
    /// Made up, because nobody gave one.
    pub is_made_up: bool,
    /// Which of the versions take it.
    pub in_from: bool,
    pub in_to: bool,
}

/// What a comparison of two versions shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedVersions {
    pub template: Template,
    /// To choose from, newest first.
    pub versions: Vec<VersionSummary>,
    /// The asking person has a draft to choose.
    pub has_draft: bool,
    /// The names of the template's sample sets.
    pub samples: Vec<String>,
    /// None when there is nothing to compare with.
    pub compared: Option<Compared>,
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

impl State {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Same => "same",
        }
    }
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
    /// Lines at the end that a page leaves out, because there are too many to show.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: u32,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Unchanged lines shown around a change.
pub const CONTEXT: usize = 3;

/// Whether each line is a change, or near one.
pub fn near_changes(lines: &[DiffLine]) -> Vec<bool> {
    let around = |i: usize| i.saturating_sub(CONTEXT)..(i + CONTEXT + 1).min(lines.len());
    (0..lines.len()).map(|i| lines[around(i)].iter().any(|line| line.tag != DiffTag::Equal)).collect()
}

impl MessageDiff {
    /// Without the lines that are far from any change.
    pub fn keep_near_changes(&mut self) {
        let mut near = near_changes(&self.lines).into_iter();
        self.lines.retain(|_| near.next() == Some(true));
    }

    /// Keeps at most so many lines: those far from any change go first, then the last ones.
    #[must_use]
    pub fn cut(mut self, most: usize) -> Self {
        if self.lines.len() > most && self.lines.iter().any(|line| line.tag != DiffTag::Equal) {
            self.keep_near_changes();
        }
        self.left_out = self.lines.len().saturating_sub(most) as u32;
        self.lines.truncate(most);
        self
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_cut_is_far_from_changes_first(tags in prop::collection::vec(0_u8..12, 0..80), most in 0_usize..60) {
            let tag = |n| match n {
                0 => DiffTag::Insert,
                1 => DiffTag::Delete,
                _ => DiffTag::Equal,
            };
            let line = |n| DiffLine { tag: tag(n), old_line: None, new_line: None, parts: Vec::new() };
            let lines: Vec<_> = tags.iter().copied().map(line).collect();
            let near = near_changes(&lines).into_iter().filter(|is_near| *is_near).count();
            let whole = MessageDiff {
                role: MessageRole::User,
                state: State::Changed,
                moved_from: None,
                lines: lines.clone(),
                added: 0,
                removed: 0,
                left_out: 0,
            };
            let cut = whole.clone().cut(most);
            prop_assert!(cut.lines.len() <= most);
            prop_assert_eq!(cut == whole, lines.len() <= most);
            let changes = |lines: &[DiffLine]| lines.iter().filter(|line| line.tag != DiffTag::Equal).count();
            if near <= most {
                prop_assert_eq!(changes(&cut.lines), changes(&lines));
            } else {
                prop_assert_eq!(cut.left_out as usize, near - most);
            }
        }
    }
}
