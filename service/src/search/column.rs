//! The words of one column of the index, within what both engines take.

use std::collections::HashMap;

use domain::search::words;

/// Stands between two texts, and for words that no longer fit, so that no phrase goes over it.
pub(super) const BORDER: &str = "\u{e000}";
/// PostgreSQL keeps no more places of a word.
pub(super) const MAX_PLACES: usize = 255;
/// The length of all words together; a version's own messages are shorter.
const MAX_LENGTH: usize = 2_000_000;

/// Words between single spaces. Those that would need more of a `tsvector` than there is left are not in it; words that
/// are known already still are.
pub(super) struct Column {
    words: String,
    /// How often each word is in it, as far as that takes room.
    known: HashMap<String, usize>,
    /// Bytes of a `tsvector`.
    left: usize,
}

impl Column {
    pub(super) fn of(room: usize, texts: impl IntoIterator<Item = String>) -> Self {
        let mut column = Self { words: String::new(), known: HashMap::new(), left: room };
        texts.into_iter().for_each(|text| column.add(&text));
        column
    }

    pub(super) fn is_full(&self) -> bool {
        self.words.len() >= MAX_LENGTH
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.split(' ').filter(|word| !word.is_empty())
    }

    pub(super) fn into_words(self) -> String {
        self.words
    }

    pub(super) fn add(&mut self, text: &str) {
        self.push(BORDER);
        for word in words(text) {
            if self.is_full() {
                return;
            }
            if self.takes(&word.text) {
                self.push(&word.text);
            } else {
                self.push(BORDER);
            }
        }
    }

    /// Two borders are as good as one, and none is needed at the start.
    fn push(&mut self, word: &str) {
        if word == BORDER && (self.words.is_empty() || self.words.ends_with(BORDER)) {
            return;
        }
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(word);
    }

    /// Whether there is room for one more of a word; takes it. A new one needs its bytes, their number and a place, each
    /// at an even address.
    fn takes(&mut self, word: &str) -> bool {
        let places = self.known.get_mut(word);
        let need = match &places {
            None => word.len() + 8,
            Some(places) if **places < MAX_PLACES => 2,
            Some(_) => 0,
        };
        let Some(left) = self.left.checked_sub(need) else { return places.is_some() };
        self.left = left;
        match places {
            Some(places) => *places += 1,
            None => drop(self.known.insert(word.to_owned(), 1)),
        }
        true
    }
}
