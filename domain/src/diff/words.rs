//! What of two lines differs by word, for lines that are too long for a comparison of whole blocks.

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

use super::line;
use crate::comparison::{DiffLine, DiffPart};

/// Each old line beside the new one in its place, with the words that differ marked. Lines that have less than half of
/// their text in common are marked by nothing.
pub(super) fn pairs(diff: &TextDiff<'_, '_, str>, old: usize, new: usize, count: usize) -> Vec<DiffLine> {
    let mut lines = Vec::with_capacity(2 * count);
    for i in 0..count {
        let texts = diff.old_slice(old + i).unwrap_or_default();
        let (before, after) = pair(texts, diff.new_slice(new + i).unwrap_or_default());
        lines.push(line(ChangeTag::Delete, Some(old + i), None, before));
        lines.push(line(ChangeTag::Insert, None, Some(new + i), after));
    }
    lines
}

fn pair(old: &str, new: &str) -> (Vec<DiffPart>, Vec<DiffPart>) {
    let words = TextDiff::configure().algorithm(Algorithm::Myers).diff_unicode_words(old, new);
    let (mut before, mut after, mut same) = (Vec::new(), Vec::new(), 0);
    for op in words.ops() {
        let is_equal = matches!(op, DiffOp::Equal { .. });
        let gone: String = op.old_range().filter_map(|i| words.old_slice(i)).collect();
        let come: String = op.new_range().filter_map(|i| words.new_slice(i)).collect();
        same += if is_equal { gone.len() } else { 0 };
        for (parts, text) in [(&mut before, gone), (&mut after, come)] {
            if !text.is_empty() {
                parts.push(DiffPart { emphasised: !is_equal, text });
            }
        }
    }
    if 4 * same >= old.len() + new.len() { (before, after) } else { (whole(old), whole(new)) }
}

fn whole(text: &str) -> Vec<DiffPart> {
    vec![DiffPart { emphasised: false, text: text.to_owned() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_very_long_line_is_marked() {
        let old = "A patient word. ".repeat(3_000);
        let new = old.replacen("patient", "brisk", 1);
        let lines = crate::diff::lines(&old, &new);
        let marked =
            |i: usize| -> Vec<_> { lines[i].parts.iter().filter(|p| p.emphasised).map(|p| p.text.as_str()).collect() };
        assert_eq!((lines.len(), marked(0), marked(1)), (2, vec!["patient"], vec!["brisk"]));
        let all = |i: usize| -> String { lines[i].parts.iter().map(|part| part.text.as_str()).collect() };
        assert_eq!((all(0), all(1)), (old, new));
    }

    #[test]
    fn lines_with_little_in_common_are_not_marked() {
        let (before, after) = pair("one two three", "uno dos tres");
        assert_eq!((before.len(), after.len(), before[0].emphasised), (1, 1, false));
    }
}
