//! What of a text decides how many tokens it makes: runs of characters, counted by kind.

/// The number of kinds.
pub(super) const KINDS: usize = 20;

/// How often each kind occurs; the weights in `estimate` stand in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features(pub(super) [u32; KINDS]);

/// Latin words by their length in letters: up to 3, 6, 9, 12 and longer.
const WORDS: usize = 0;
/// Groups of three letters beyond the fifteenth of a Latin word.
const LONG: usize = 5;
/// Capitals that don't start a word.
const CAPITALS: usize = 6;
/// Latin letters beyond ASCII, and then letters by script.
const ACCENTED: usize = 7;
const GREEK_CYRILLIC: usize = 8;
const HEBREW_ARABIC: usize = 9;
const INDIC: usize = 10;
const HAN: usize = 11;
const KANA: usize = 12;
const HANGUL: usize = 13;
const OTHER_LETTER: usize = 14;
/// Groups of up to three digits.
const DIGITS: usize = 15;
/// Runs of ASCII punctuation, and its characters beyond the first of a run.
const PUNCTUATION: usize = 16;
const MORE_PUNCTUATION: usize = 17;
/// Runs of white space with a line break, or longer than one space.
const SPACES: usize = 18;
/// Everything else: emoji, symbols, control characters.
const SYMBOL: usize = 19;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    None,
    Word,
    Digits,
    Punctuation,
    Space,
}

/// Counts in one pass.
pub(super) fn features(text: &str) -> Features {
    let mut scan = Scan { found: Features::default(), run: Run::None, length: 0, has_break: false, was_lower: false };
    text.chars().for_each(|c| scan.read(c));
    scan.end();
    scan.found
}

struct Scan {
    found: Features,
    run: Run,
    length: u32,
    has_break: bool,
    was_lower: bool,
}

impl Scan {
    fn read(&mut self, c: char) {
        match c {
            'a'..='z' => self.letter(true),
            'A'..='Z' => self.letter(false),
            '0'..='9' => self.extend(Run::Digits),
            c if c.is_whitespace() => {
                self.extend(Run::Space);
                self.has_break |= c == '\n' || c == '\r';
            }
            c if c.is_ascii_punctuation() => self.extend(Run::Punctuation),
            c => self.wide(c),
        }
    }

    fn letter(&mut self, is_lower: bool) {
        // `camelCase` is two words.
        if self.run == Run::Word && !is_lower && self.was_lower {
            self.end();
        }
        self.extend(Run::Word);
        self.found.0[CAPITALS] += u32::from(!is_lower && self.length > 1);
        self.was_lower = is_lower;
    }

    fn wide(&mut self, c: char) {
        let kind = match c {
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                self.letter(c.is_lowercase());
                ACCENTED
            }
            '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}' => GREEK_CYRILLIC,
            '\u{590}'..='\u{7ff}' | '\u{8a0}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' => {
                HEBREW_ARABIC
            }
            '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => INDIC,
            '\u{3040}'..='\u{30ff}' => KANA,
            '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                HAN
            }
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7ff}' => HANGUL,
            c if c.is_alphabetic() => OTHER_LETTER,
            _ => SYMBOL,
        };
        if kind != ACCENTED {
            self.end();
        }
        self.found.0[kind] += 1;
    }

    fn extend(&mut self, run: Run) {
        if self.run != run {
            self.end();
            self.run = run;
        }
        self.length += 1;
    }

    /// Counts the run that ends here.
    fn end(&mut self) {
        let found = &mut self.found.0;
        match self.run {
            Run::None => {}
            Run::Word => {
                found[WORDS + (self.length.saturating_sub(1) / 3).min(4) as usize] += 1;
                found[LONG] += self.length.saturating_sub(15).div_ceil(3);
            }
            Run::Digits => found[DIGITS] += self.length.div_ceil(3),
            Run::Punctuation => {
                found[PUNCTUATION] += 1;
                found[MORE_PUNCTUATION] += self.length - 1;
            }
            // Longer runs grow by the power of the tokenizers' own runs of spaces: 64 and more in one token.
            Run::Space => found[SPACES] += u32::from(self.has_break || self.length > 1) + self.length / 64,
        }
        (self.run, self.length, self.has_break, self.was_lower) = (Run::None, 0, false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Vec<(usize, u32)> {
        let found = features(text).0;
        found.into_iter().enumerate().filter(|(_, count)| *count > 0).collect()
    }

    #[test]
    fn runs_are_counted_by_kind() {
        assert_eq!(counted(""), []);
        assert_eq!(counted("the coach"), [(WORDS, 1), (WORDS + 1, 1)]);
        assert_eq!(counted("camelCase"), [(WORDS + 1, 2)]);
        assert_eq!(counted("NASA"), [(WORDS + 1, 1), (CAPITALS, 3)]);
        assert_eq!(counted("Größe"), [(WORDS + 1, 1), (ACCENTED, 2)]);
        assert_eq!(counted("internationalisation"), [(WORDS + 4, 1), (LONG, 2)]);
        assert_eq!(counted("12345, ..."), [(DIGITS, 2), (PUNCTUATION, 2), (MORE_PUNCTUATION, 2)]);
        assert_eq!(counted("日本の🙂ж"), [(GREEK_CYRILLIC, 1), (HAN, 2), (KANA, 1), (SYMBOL, 1)]);
        assert_eq!(counted("a\n\n b  c"), [(WORDS, 3), (SPACES, 2)]);
    }
}
