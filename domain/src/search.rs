//! Search: what a query asks for, which words of a text it finds, and the pieces of text that show it.
//!
//! Both engines index the words that [`words`] gives, and are asked for those of a [`Query`]: they agree on what a word is.

mod excerpt;
mod fuzzy;
mod query;

use serde::{Deserialize, Serialize};

use crate::template::Template;
use crate::version::MessageRole;

pub use excerpt::{Excerpt, excerpt};
pub use fuzzy::distance;
pub use query::{MAX_CHARACTERS, MAX_TERMS, Query, Term};

/// Characters of a word that count; a longer one is found by its start.
const MAX_WORD: usize = 64;

/// A word in lower case, and where it stands in the text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub start: usize,
    pub end: usize,
}

/// The words of a text: runs of letters and digits. In scripts that put no spaces between words each character is one.
pub fn words(text: &str) -> Vec<Word> {
    let (mut words, mut open) = (Vec::<Word>::new(), false);
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric() || *c == '\u{307}') {
        let end = at + c.len_utf8();
        let goes_on = open && !stands_alone(c) && words.last().is_some_and(|word| word.end == at);
        match words.last_mut().filter(|_| goes_on) {
            Some(word) => {
                word.end = end;
                if word.text.chars().count() < MAX_WORD {
                    word.text.extend(c.to_lowercase());
                }
            }
            None => words.push(Word { text: c.to_lowercase().collect(), start: at, end }),
        }
        open = !stands_alone(c);
    }
    words
}

/// Thai, Lao, Khmer, Burmese; kana; Han.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A run of text, and whether the query found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Piece {
    pub text: String,
    pub is_match: bool,
}

/// Where in a template something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Part {
    Key,
    DisplayName,
    Tag,
    Description,
    /// The text of a message.
    Message,
    CommitMessage,
}

/// Why a template was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Match {
    pub part: Part,
    /// Of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<MessageRole>,
    /// Of the message or the commit message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The label that serves the text, where the latest version doesn't hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The text around what was found. It is text, not HTML.
    pub pieces: Vec<Piece>,
}

impl Match {
    pub fn of(part: Part, pieces: Vec<Piece>) -> Self {
        Self { part, role: None, version: None, label: None, pieces }
    }
}

/// A template that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    pub template: Template,
    /// Why; empty when nothing was searched for.
    pub matches: Vec<Match>,
}

/// A template to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub key: String,
    pub display_name: String,
    /// Where the words are, when neither key nor name has them.
    pub found: Option<Match>,
}

#[cfg(test)]
mod tests {
    use super::words;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_letters_and_digits_in_lower_case() {
        assert_eq!(
            texts("Core_values, {{ user.name }} 2×Ärger-frei"),
            ["core", "values", "user", "name", "2", "ärger", "frei"]
        );
        assert_eq!(texts("価値観 を探す ok"), ["価", "値", "観", "を", "探", "す", "ok"]);
        assert_eq!(texts("İstanbul"), ["i\u{307}stanbul"]);
        assert_eq!(texts("%_ \"' \0 \u{202e}"), Vec::<String>::new());
        assert_eq!(texts(&"x".repeat(100)), ["x".repeat(64)]);
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "a «Größe» b";
        let found = &words(text)[1];
        assert_eq!(&text[found.start..found.end], "Größe");
    }
}
