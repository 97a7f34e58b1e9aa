//! What people say about lines of what is proposed, and the other lines that they suggest.

use serde::{Deserialize, Serialize};

use super::data::MAX_WORDS;
use crate::error::Problems;
use crate::ids::ThreadId;
use crate::storable::check_words;
use crate::time::Timestamp;
use crate::version::MAX_MESSAGE_BYTES;

/// The most lines that one comment is about.
pub const MAX_LINES: i64 = 200;

/// A comment on lines of a proposed version, which begins a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewComment {
    /// The key of a template that the change request moves.
    pub template: String,
    /// The proposed version that was looked at.
    pub version: i64,
    /// Which message of it, from 0.
    pub message: i64,
    /// The first line of that message's text, from 1.
    pub line: i64,
    /// The last line; the first when absent.
    #[serde(default)]
    pub last_line: Option<i64>,
    pub body: String,
    /// What to write in place of these lines; empty takes them away.
    #[serde(default)]
    pub suggestion: Option<String>,
}

impl NewComment {
    pub fn last_line(&self) -> i64 {
        self.last_line.unwrap_or(self.line)
    }

    /// Notes what is wrong with it, against the text of the message.
    pub fn check(&self, text: Option<&str>, problems: &mut Problems) {
        check_words(&self.body, MAX_WORDS, "body", problems);
        let says_something = !self.body.trim().is_empty() || self.suggestion.is_some();
        problems.require(says_something, "body", "say what you think, or suggest other lines");
        let suggestion = self.suggestion.as_deref().unwrap_or_default();
        check_words(suggestion, MAX_MESSAGE_BYTES, "suggestion", problems);
        let Some(text) = text else {
            return problems.add("message", "the proposed version has no such message");
        };
        let count = text.lines().count().max(1) as i64;
        problems.require((1..=count).contains(&self.line), "line", format!("use a line from 1 to {count}"));
        let span = self.line..=(self.line + MAX_LINES - 1).min(count);
        let rule = format!("use a line from `line` to {count}, at most {MAX_LINES} in all");
        problems.require(span.contains(&self.last_line()), "last_line", rule);
    }
}

/// A word in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    pub by: String,
    pub at: Timestamp,
    pub body: String,
}

/// A conversation about lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thread {
    pub id: ThreadId,
    /// The template's key.
    pub template: String,
    /// The version that was commented on.
    pub version: i64,
    /// Which message, from 0.
    pub message: i64,
    pub line: i64,
    pub last_line: i64,
    /// The lines as they were.
    pub quoted: String,
    pub suggestion: Option<String>,
    /// Oldest first; the first began it.
    pub comments: Vec<Comment>,
    pub resolved_by: Option<String>,
    /// The version that the suggestion became.
    pub applied_version: Option<i64>,
    /// Another version is proposed by now.
    pub is_outdated: bool,
}

impl Thread {
    /// Whether the suggestion can still become a version.
    pub fn can_apply(&self) -> bool {
        self.suggestion.is_some() && self.applied_version.is_none() && !self.is_outdated
    }
}

/// Lines of a text, from 1, without the last line end.
pub fn lines_of(text: &str, first: i64, last: i64) -> String {
    let lines = text.lines().skip((first - 1).max(0) as usize);
    lines.take((last - first + 1).max(0) as usize).collect::<Vec<_>>().join("\n")
}

/// Other lines in place of some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    pub first: i64,
    pub last: i64,
    pub with: String,
}

/// The text with these replacements, which were all made against it.
///
/// # Errors
/// Two of them are about the same line, or one names lines that there are not.
pub fn replace_lines(text: &str, mut replacements: Vec<Replacement>) -> Result<String, String> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    replacements.sort_by_key(|one| one.first);
    if let Some(two) = replacements.windows(2).find(|two| two[1].first <= two[0].last) {
        return Err(format!("two suggestions are about line {}: apply one of them", two[1].first));
    }
    // From the end, so that the lines before keep their numbers.
    for one in replacements.iter().rev() {
        let (first, last) = (one.first - 1, one.last);
        if first < 0 || last <= first || last > lines.len() as i64 {
            return Err(format!("there is no line {}", one.last));
        }
        let with = one.with.strip_suffix('\n').unwrap_or(&one.with);
        let new = if one.with.is_empty() { Vec::new() } else { with.split('\n').collect() };
        lines.splice(first as usize..last as usize, new);
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(first: i64, last: i64, with: &str) -> Replacement {
        Replacement { first, last, with: with.to_owned() }
    }

    #[test]
    fn lines_are_replaced_taken_away_and_multiplied() {
        let text = "one\ntwo\nthree\n";
        assert_eq!(replace_lines(text, vec![with(2, 2, "zwei")]), Ok("one\nzwei\nthree\n".into()));
        assert_eq!(replace_lines(text, vec![with(1, 2, "a\nb\nc\n")]), Ok("a\nb\nc\nthree\n".into()));
        assert_eq!(replace_lines(text, vec![with(2, 3, "")]), Ok("one\n".into()));
        assert_eq!(replace_lines(text, vec![with(3, 3, "3"), with(1, 1, "1")]), Ok("1\ntwo\n3\n".into()));
        assert!(replace_lines(text, vec![with(1, 2, "x"), with(2, 3, "y")]).is_err());
        assert!(replace_lines(text, vec![with(9, 9, "x")]).is_err());
        assert_eq!(lines_of(text, 2, 3), "two\nthree");
    }

    proptest! {
        /// What a suggestion does not name stays byte for byte, also with empty lines and without a last line end.
        #[test]
        fn what_is_not_named_stays(text in "[ab\n]{0,40}", first in 1..6_i64, more in 0..3_i64, new in "[xy]{1,5}") {
            let count = text.split('\n').count() as i64;
            let (first, last) = (first.min(count), (first + more).min(count));
            let replaced = replace_lines(&text, vec![with(first, last, &new)]).unwrap();
            let (old, now): (Vec<_>, Vec<_>) = (text.split('\n').collect(), replaced.split('\n').collect());
            prop_assert_eq!(&old[..first as usize - 1], &now[..first as usize - 1]);
            prop_assert_eq!(&old[last as usize..], &now[first as usize..]);
            prop_assert_eq!(now[first as usize - 1], new);
        }
    }
}
