//! Small texts for people.

/// A count with thousands separators: `1,234,567`.
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::from(if n < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 change`, `2 changes`: of a noun that takes an `s`.
pub fn counted(n: i64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A name that reads as it is written: from 1 to `most` characters without control characters, line ends and marks that
/// turn the direction of what follows (Unicode UTR 36, section 2.10).
pub fn is_name(text: &str, most: usize) -> bool {
    let is_strange = |c: char| c.is_control() || turns(c) || matches!(c, '\u{2028}' | '\u{2029}');
    (1..=most).contains(&text.chars().count()) && !text.chars().any(is_strange)
}

/// Whether a mark turns the direction of what follows it.
fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A text with the marks written out that turn the direction of what follows: `⟨U+202E⟩`. With them a text can read as
/// another one than it is (Unicode UTR 36, section 2.10). NUL is written out too, which no page can hold. All else stays as it
/// is, line ends included.
pub fn unturned(text: &str) -> String {
    written_out(text, |c| turns(c) || c == '\0')
}

fn written_out(text: &str, is_hidden: fn(char) -> bool) -> String {
    if !text.contains(is_hidden) {
        return text.to_owned();
    }
    let shown = |c: char| if is_hidden(c) { format!("⟨U+{:04X}⟩", c as u32) } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A text with what can't be seen in it written out: `⟨U+200B⟩`. Line ends are for the caller to cut; tabs stay.
pub fn visible(text: &str) -> String {
    written_out(text, |c| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

/// The nearest of the known words, when it is near enough to be what was meant (Levenshtein distance at most a third).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = known.into_iter().map(|k| (distance(word, k), k)).min()?;
    (best.0 <= word.chars().count().max(3) / 3).then_some(best.1)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written() {
        assert!(is_name("Ärzte & Co 🙂 עברית", 40) && is_name("ab", 2));
        for wrong in ["", "abc", "a\n", "\u{7}", "a\u{202E}", "\u{2066}b"] {
            assert!(!is_name(wrong, 2), "{wrong:?}");
        }
    }

    #[test]
    fn what_turns_a_text_is_written_out_and_all_else_stays() {
        assert_eq!(unturned("a\u{202E}b\u{2069}\0"), "a⟨U+202E⟩b⟨U+2069⟩⟨U+0000⟩");
        let plain = "é\n\tשלום\u{200F} \u{200D}";
        assert_eq!(unturned(plain), plain);
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn a_near_word_is_proposed_and_a_far_one_is_not() {
        assert_eq!(nearest("user_nmae", ["user_name", "goal"]), Some("user_name"));
        assert_eq!(nearest("zebra", ["user_name", "goal"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
