//! Change requests as they are sent, stored and shown.

use serde::{Deserialize, Serialize};

use super::{Status, Thread, Verdict};
use crate::error::Problems;
use crate::policy::{Check, Policy};
use crate::storable::check_words;
use crate::text::is_name;
use crate::time::Timestamp;

/// The most labels that one change request moves.
pub const MAX_ITEMS: usize = 50;
/// The most people asked to review one.
pub const MAX_REVIEWERS: usize = 20;
/// The most characters of a description or of what a reviewer says.
pub const MAX_WORDS: usize = 10_000;

/// One label that is to move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelTo {
    /// The template's key.
    pub template: String,
    pub label: String,
    /// The version to point it at; 0 takes the label away.
    pub version: i64,
}

/// A change request to open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewChange {
    pub title: String,
    #[serde(default)]
    pub description: String,
    /// What moves together: all of it or nothing.
    pub items: Vec<LabelTo>,
    /// E-mail addresses of members who are asked to review it.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The number of an open change request whose place this one takes.
    #[serde(default)]
    pub supersedes: Option<i64>,
}

/// A change of an open change request; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePatch {
    pub title: Option<String>,
    pub description: Option<String>,
    /// Proposes something else: approvals given before don't count any more.
    pub items: Option<Vec<LabelTo>>,
    pub reviewers: Option<Vec<String>>,
}

impl NewChange {
    /// Notes what is wrong with words and counts.
    pub fn check(&self, problems: &mut Problems) {
        check_words_of((Some(&self.title), Some(&self.description), Some(&self.reviewers)), problems);
        check_items(&self.items, problems);
    }
}

impl ChangePatch {
    /// Notes what is wrong with words and counts.
    pub fn check(&self, problems: &mut Problems) {
        let words = (self.title.as_deref(), self.description.as_deref(), self.reviewers.as_deref());
        check_words_of(words, problems);
        if let Some(items) = &self.items {
            check_items(items, problems);
        }
    }
}

type Words<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a [String]>);

fn check_words_of((title, description, reviewers): Words<'_>, problems: &mut Problems) {
    let fits = title.is_none_or(|title| is_name(title.trim(), 200));
    problems.require(fits, "title", "say in 1 to 200 characters what changes, without control characters");
    check_words(description.unwrap_or_default(), MAX_WORDS, "description", problems);
    let few = reviewers.unwrap_or_default().len() <= MAX_REVIEWERS;
    problems.require(few, "reviewers", format!("ask at most {MAX_REVIEWERS} people"));
}

fn check_items(items: &[LabelTo], problems: &mut Problems) {
    let fits = (1..=MAX_ITEMS).contains(&items.len());
    problems.require(fits, "items", format!("name 1 to {MAX_ITEMS} labels to move"));
    for (index, item) in items.iter().enumerate() {
        let twice = items[..index].iter().any(|other| (&other.template, &other.label) == (&item.template, &item.label));
        problems.require(!twice, &format!("items[{index}].label"), "is named twice for this template");
    }
}

/// A change request in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSummary {
    /// Counts the project's change requests from 1.
    pub number: i64,
    pub title: String,
    pub status: Status,
    /// Who opened it.
    pub author: String,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    /// When it is published by itself.
    pub publish_at: Option<Timestamp>,
    /// What it moves, such as `core_values@production`; of many the first few.
    pub moves: Vec<String>,
    /// Addresses of those who were asked to review it.
    pub reviewers: Vec<String>,
}

/// A change request with all that is said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeRequest {
    #[serde(flatten)]
    pub summary: ChangeSummary,
    pub description: String,
    /// Counts every change of the change request, for `If-Match`.
    pub revision: i64,
    /// Counts what was proposed: approvals are of one round.
    pub round: i64,
    pub items: Vec<ChangeItem>,
    /// What has to hold; none where no label is protected.
    pub policy: Option<Policy>,
    /// Approvals that it needs, after all exceptions.
    pub required_approvals: i64,
    /// Approvals that count now.
    pub approvals: i64,
    /// Oldest first; those of earlier rounds too.
    pub reviews: Vec<Review>,
    /// Conversations about lines, oldest first.
    pub threads: Vec<Thread>,
    pub checks: Vec<CheckResult>,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    /// Why it was published without what the policy asks for, or withdrawn.
    pub decision_reason: String,
    /// Published without what the policy asks for.
    pub is_bypass: bool,
    /// The number of the change request that took its place.
    pub superseded_by: Option<i64>,
}

/// One thing that a change request changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChangeItem {
    LabelMove(ItemMove),
    /// The policy of a label is to become weaker.
    Policy {
        label: String,
        /// Boxed, as most items are moves.
        before: Option<Box<Policy>>,
        /// None to protect the label no more.
        after: Option<Box<Policy>>,
        has_conflict: bool,
    },
}

impl ChangeItem {
    pub fn label(&self) -> &str {
        match self {
            Self::LabelMove(item) => &item.label,
            Self::Policy { label, .. } => label,
        }
    }
    /// What it changes has changed since it was proposed.
    pub fn has_conflict(&self) -> bool {
        match self {
            Self::LabelMove(item) => item.has_conflict,
            Self::Policy { has_conflict, .. } => *has_conflict,
        }
    }
}

/// A label that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemMove {
    /// The template's key.
    pub template: String,
    /// For people.
    pub template_name: String,
    pub label: String,
    /// Where it points, as the proposal knows it; 0 for nowhere.
    pub from_version: i64,
    /// Where it is to point; 0 takes it away.
    pub to_version: i64,
    /// SHA-256 of what it is to serve; empty when it is taken away.
    pub effective_hash: String,
    /// It serves the same version with what that is made of moved along.
    pub follows: bool,
    /// It goes back to exactly what it served at some time before.
    pub is_roll_back: bool,
    /// The label moved meanwhile, or what it would serve is not any more what was proposed.
    pub has_conflict: bool,
}

/// What somebody said about a change request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Review {
    pub by: String,
    pub verdict: Verdict,
    pub body: String,
    pub at: Timestamp,
    /// What was proposed when it was said.
    pub round: i64,
    /// The one member who may approve approved their own work.
    pub is_self_approval: bool,
    /// It counts: nothing else is proposed since, and nothing said by the same person.
    pub counts: bool,
}

/// A verdict to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewReview {
    pub verdict: Verdict,
    #[serde(default)]
    pub body: String,
    /// The round that was looked at; a review of something else is refused.
    #[serde(default)]
    pub round: Option<i64>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckResult {
    pub check: Check,
    pub passed: bool,
    /// The policy asks for it.
    pub is_required: bool,
    /// What it found, one line each.
    pub details: Vec<String>,
}

/// Which change requests to list; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeFilter {
    /// `open` for all that something can happen to, or a status.
    pub status: String,
    /// A part of the title.
    pub search: String,
    /// Who opened it: the whole address or key name.
    pub author: String,
    /// The address of somebody who is asked to review it.
    pub reviewer: String,
    /// A label that it moves.
    pub label: String,
    /// The key of a template that it moves a label of.
    pub template: String,
}
