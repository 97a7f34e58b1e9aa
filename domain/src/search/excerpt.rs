//! The part of a text that shows best what was found in it.

use super::{Piece, Query, Word, words};
use crate::text::visible;

/// Characters before what was found.
const LEAD: usize = 40;
/// The most places that are tried.
const MAX_STARTS: usize = 200;

/// Part of a text in pieces, and the terms of the query that stand in it, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub pieces: Vec<Piece>,
    pub terms: u16,
}

impl Excerpt {
    /// How many of the query's terms it shows.
    pub fn count(&self) -> u32 {
        self.terms.count_ones()
    }
}

/// About `most` characters around the place where most of the query's terms are near each other; none when none of them
/// occurs. Spaces and line ends become single spaces, and what can't be seen is written out.
pub fn excerpt(query: &Query, text: &str, most: usize) -> Option<Excerpt> {
    let words = words(text);
    let marks = query.marks(&words);
    let seen = |first: usize| {
        let near = words[first..].iter().zip(&marks[first..]);
        let near = near.take_while(|(word, _)| word.end <= words[first].start + most.saturating_sub(LEAD));
        near.fold(marks[first], |terms, (_, mark)| terms | mark)
    };
    let starts = (0..words.len()).filter(|i| marks[*i] != 0).take(MAX_STARTS);
    let first = starts.max_by_key(|i| (seen(*i).count_ones(), usize::MAX - i))?;
    let (start, end) = around(text, &words, first, most);
    let inside = words.iter().zip(&marks).filter(|(word, _)| word.start >= start && word.end <= end);
    let found: Vec<&Word> = inside.clone().filter(|(_, mark)| **mark != 0).map(|(word, _)| word).collect();
    let terms = inside.fold(0, |terms, (_, mark)| terms | mark);
    Some(Excerpt { pieces: pieces(text, start, end, &found), terms })
}

/// From a start of a word at most [`LEAD`] characters before, to an end of one about `most` characters after that.
fn around(text: &str, words: &[Word], first: usize, most: usize) -> (usize, usize) {
    let characters = |from: usize, to: usize| text[from..to].chars().count();
    let found = &words[first];
    let before = words[..first].iter().rev().take_while(|word| characters(word.start, found.start) <= LEAD).last();
    let start = before.map_or(found.start, |word| word.start);
    let is_head = characters(0, found.start) <= LEAD;
    let start = if is_head { 0 } else { start };
    if characters(start, text.len()) <= most {
        return (start, text.len());
    }
    let after = words[first..].iter().take_while(|word| characters(start, word.end) <= most).last();
    (start, after.map_or(found.end, |word| word.end))
}

fn pieces(text: &str, start: usize, end: usize, found: &[&Word]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |text: &str, is_match: bool| match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece { text: before, is_match: was }) if *was == is_match => before.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), is_match }),
    };
    if !text[..start].trim().is_empty() {
        add("…", false);
    }
    let mut at = start;
    for word in found {
        add(&one_line(&text[at..word.start]), false);
        add(&visible(&beginning(&text[word.start..word.end])), true);
        at = word.end;
    }
    add(&one_line(&text[at..end]), false);
    if !text[end..].trim().is_empty() {
        add("…", false);
    }
    pieces
}

/// The most characters of one word that are shown.
const MOST_OF_A_WORD: usize = 80;

fn beginning(word: &str) -> String {
    match word.char_indices().nth(MOST_OF_A_WORD) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c != ' ' || !line.ends_with(' ') {
            line.push(c);
        }
    }
    visible(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matches in brackets.
    fn shown(query: &str, text: &str, most: usize) -> String {
        let query = Query::parse(query).unwrap_or_default();
        let piece = |piece: Piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text };
        excerpt(&query, text, most).map_or_else(String::new, |e| e.pieces.into_iter().map(piece).collect())
    }

    #[test]
    fn what_was_found_is_marked_in_what_stands_around_it() {
        assert_eq!(shown("val", "Core values", 100), "Core [values]");
        assert_eq!(shown("core val", "core_values", 100), "[core]_[values]");
        assert_eq!(shown("\"be kind\"", "Kind is good. Be\n\n  kind.", 100), "Kind is good. [Be] [kind].");
        assert_eq!(shown("no", "never", 100), "");
    }

    #[test]
    fn a_long_text_is_cut_at_words_where_most_of_the_query_is() {
        let filler = "lorem ipsum dolor sit amet ".repeat(20);
        let text = format!("secret {filler}never reveal the secret to anybody {filler}");
        let cut = shown("secret reveal", &text, 80);
        assert!(cut.contains("never [reveal] the [secret] to"), "{cut}");
        assert!(cut.starts_with('…') && cut.ends_with('…') && cut.chars().count() < 100, "{cut}");
    }

    #[test]
    fn what_can_not_be_seen_is_written_out_and_markup_stays_text() {
        assert_eq!(shown("b", "<b>\u{202e}x", 100), "<[b]>⟨U+202E⟩x");
    }

    #[test]
    fn of_a_long_word_the_beginning_is_shown() {
        let long = "y".repeat(50_000);
        assert_eq!(shown("yy", &long, 100), format!("[{}…]", "y".repeat(80)));
    }

    #[test]
    fn it_says_which_terms_it_shows() {
        let query = Query::parse("core nothing values").unwrap_or_default();
        let terms = excerpt(&query, "core values", 100).map(|e| (e.terms, e.count()));
        assert_eq!(terms, Some((0b101, 2)));
    }
}
