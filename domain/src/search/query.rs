//! What somebody typed: words, and phrases between quotation marks.

use super::{Word, words};

/// The most characters of a query.
pub const MAX_CHARACTERS: usize = 200;
/// The most words and phrases of a query.
pub const MAX_TERMS: usize = 12;

/// Words that follow each other: a phrase, or a single one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// At least one, each of letters and digits only.
    pub words: Vec<String>,
    /// Whether the last word is the start of one.
    pub is_prefix: bool,
}

/// Terms that must all occur. No signs of any query language are left in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
}

impl Query {
    /// Words between spaces, phrases between `"`; what is written in one, such as `user_name`, is a phrase, too. The last
    /// word may be the start of one, unless it stands between quotation marks. Says what is wrong with a query that is too
    /// long.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_CHARACTERS {
            return Err(format!("use at most {MAX_CHARACTERS} characters"));
        }
        let parts: Vec<&str> = text.split('"').collect();
        let (mut terms, mut is_open_ended) = (Vec::new(), false);
        for (i, part) in parts.iter().enumerate() {
            let is_phrase = i % 2 == 1;
            let chunks: Vec<&str> = if is_phrase { vec![part] } else { part.split_whitespace().collect() };
            for words in chunks.into_iter().map(words).filter(|words| !words.is_empty()) {
                terms.push(Term { words: words.into_iter().map(|word| word.text).collect(), is_prefix: false });
                is_open_ended = !is_phrase || i + 1 == parts.len();
            }
        }
        if terms.len() > MAX_TERMS {
            return Err(format!("use at most {MAX_TERMS} words"));
        }
        if let Some(last) = terms.last_mut() {
            last.is_prefix = is_open_ended;
        }
        Ok(Self { terms })
    }

    /// Nothing to look for: there was no letter and no digit.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// For each word of a text the terms that it belongs to, one bit each.
    pub(super) fn marks(&self, text: &[Word]) -> Vec<u16> {
        let mut marks = vec![0; text.len()];
        for (n, term) in self.terms.iter().enumerate() {
            for at in 0..text.len() {
                if term.stands_at(&text[at..]) {
                    marks[at..at + term.words.len()].iter_mut().for_each(|mark| *mark |= 1 << n);
                }
            }
        }
        marks
    }
}

impl Term {
    fn stands_at(&self, text: &[Word]) -> bool {
        let last = self.words.len() - 1;
        let fits = |(i, (own, word)): (usize, (&String, &Word))| match self.is_prefix && i == last {
            true => word.text.starts_with(own.as_str()),
            false => word.text == *own,
        };
        text.len() > last && self.words.iter().zip(text).enumerate().all(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `core "user name" val*`.
    fn shown(text: &str) -> String {
        let term = |term: &Term| {
            let words = term.words.join(" ");
            let words = if term.words.len() > 1 { format!("{words:?}") } else { words };
            words + if term.is_prefix { "*" } else { "" }
        };
        Query::parse(text)
            .map_or_else(|wrong| wrong, |query| query.terms.iter().map(term).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn words_phrases_and_the_start_of_the_last_word() {
        for (text, terms) in [
            ("Core val", "core val*"),
            ("  core  ", "core*"),
            ("\"never reveal\" secret", "\"never reveal\" secret*"),
            ("secret \"never reveal\"", "secret \"never reveal\""),
            ("secret \"never rev", "secret \"never rev\"*"),
            ("user_name", "\"user name\"*"),
            ("a AND NOT b* OR (c:d) -e ^f", "a and not b or \"c d\" e f*"),
            ("core !!!", "core*"),
            ("\"\" \" \" %_", ""),
            ("", ""),
        ] {
            assert_eq!(shown(text), terms, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(shown(&"x".repeat(201)), "use at most 200 characters");
        assert_eq!(shown(&"x ".repeat(13)), "use at most 12 words");
        assert!(Query::parse(&"x ".repeat(12)).is_ok());
    }
}
