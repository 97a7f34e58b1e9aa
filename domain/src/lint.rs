//! Lint: what makes a prompt unclear, fragile, unsafe or dear. No finding stops a save; the static check (`check`) does.
//!
//! The rules and their sources: promptdoctor's PD101 to PD108, promptlint and practice, as gathered in the field's own
//! literature; a score has no proven link to outcomes and is shown as debt, explained line by line.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::order::sort_by_number;
use crate::time::Timestamp;

#[cfg(feature = "engine")]
mod clarity;
#[cfg(feature = "engine")]
mod cost;
#[cfg(feature = "engine")]
pub mod recognise;
#[cfg(feature = "engine")]
mod robustness;
#[cfg(feature = "engine")]
mod rules;
#[cfg(feature = "engine")]
mod safety;
#[cfg(feature = "engine")]
mod structure;
#[cfg(feature = "engine")]
mod view;

#[cfg(feature = "engine")]
pub use rules::{RULES, Rule, check_off, lint, settings_of};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Group {
    Clarity,
    Structure,
    Safety,
    Robustness,
    Cost,
}

impl Group {
    pub const ALL: [Group; 5] = [Self::Clarity, Self::Structure, Self::Safety, Self::Robustness, Self::Cost];
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clarity => "Clarity",
            Self::Structure => "Structure",
            Self::Safety => "Safety",
            Self::Robustness => "Robustness",
            Self::Cost => "Cost",
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Severity {
    Hint,
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
    /// Points that one finding costs.
    pub fn points(self) -> u32 {
        match self {
            Self::Hint => 2,
            Self::Warning => 6,
            Self::Error => 20,
        }
    }
}

/// A change of one field's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Bytes of the text that go.
    pub start: usize,
    pub end: usize,
    /// What comes in their place.
    pub text: String,
}

/// How to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    pub title: String,
    /// In the finding's field, from first to last, none over another.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// The text after the fix; the same text when an edit doesn't fit it.
    pub fn apply(&self, text: &str) -> String {
        let (mut out, mut done) = (String::new(), 0);
        for edit in &self.edits {
            let Some(kept) = text.get(done..edit.start).filter(|_| text.is_char_boundary(edit.end)) else {
                return text.to_owned();
            };
            out.push_str(kept);
            out.push_str(&edit.text);
            done = edit.end;
        }
        out + text.get(done..).unwrap_or_default()
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id, such as `trailing-spaces`.
    pub rule: String,
    pub group: Group,
    pub severity: Severity,
    /// Why the rule matters.
    pub why: String,
    /// Where, and what to do about it.
    #[serde(flatten)]
    pub at: FieldError,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// What one rule takes off the score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreLine {
    pub rule: String,
    pub findings: u32,
    pub points: u32,
}

/// Lint debt as a number from 0 to 100, and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub points: u32,
    /// The dearest first.
    pub lines: Vec<ScoreLine>,
}

/// What lint says of a saved version by the rules that are on now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub score: Score,
    /// The score at its save, when other rules may have been on; none until it is counted.
    pub score_at_save: Option<i64>,
}

/// One rule as a project has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleSetting {
    pub id: String,
    pub group: Group,
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    pub is_on: bool,
}

/// The rules as a project has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LintSettings {
    /// All that there are, by group.
    pub rules: Vec<RuleSetting>,
    /// Counts the changes; the ETag of a write.
    pub revision: i64,
    /// The last change; none while all are on because nobody ever changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub updated_by: String,
}

impl LintSettings {
    /// The ids of the rules that are off.
    pub fn off(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|rule| !rule.is_on).map(|rule| rule.id.as_str())
    }
}

/// Which rules are off from now on; all others are on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LintPatch {
    /// Ids of rules.
    pub off: Vec<String>,
}

/// A rule costs no more than this many of its findings: one habit must not hide everything else.
const MOST_OF_A_RULE: u32 = 3;

/// 100 less what the findings cost.
pub fn score(findings: &[Finding]) -> Score {
    let mut lines: Vec<ScoreLine> = Vec::new();
    for finding in findings {
        let at = lines.partition_point(|line| line.rule < finding.rule);
        if lines.get(at).is_none_or(|line| line.rule != finding.rule) {
            lines.insert(at, ScoreLine { rule: finding.rule.clone(), findings: 0, points: 0 });
        }
        lines[at].findings += 1;
        if lines[at].findings <= MOST_OF_A_RULE {
            lines[at].points += finding.severity.points();
        }
    }
    sort_by_number(&mut lines, |line| usize::MAX - line.points as usize);
    let taken: u32 = lines.iter().map(|line| line.points).sum();
    Score { points: 100u32.saturating_sub(taken), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, severity: Severity) -> Finding {
        let at = FieldError::new("messages[0].content", "x");
        Finding { rule: rule.to_owned(), group: Group::Clarity, severity, why: String::new(), at, fix: None }
    }

    #[test]
    fn a_score_is_what_its_lines_leave() {
        assert_eq!(score(&[]), Score { points: 100, lines: Vec::new() });
        let habit = (0..9).map(|_| finding("habit", Severity::Warning));
        let found: Vec<_> = habit.chain([finding("secret", Severity::Error)]).collect();
        let score = score(&found);
        let lines: Vec<_> = score.lines.iter().map(|l| (l.rule.as_str(), l.findings, l.points)).collect();
        assert_eq!((score.points, lines.as_slice()), (62, [("secret", 1, 20), ("habit", 9, 18)].as_slice()));
    }

    #[test]
    fn a_fix_changes_only_its_places() {
        let edit = |start, end, text: &str| Edit { start, end, text: text.to_owned() };
        let fix = |edits| Fix { title: String::new(), edits };
        assert_eq!(fix(vec![edit(0, 1, "A"), edit(3, 4, "")]).apply("abcde"), "Abce");
        assert_eq!(fix(vec![edit(1, 2, "")]).apply("ü"), "ü", "never through a character");
        assert_eq!(fix(vec![edit(7, 9, "")]).apply("abc"), "abc");
    }
}
