//! Very long texts of few different lines.

use std::collections::HashSet;

/// Lines of both texts from which on they are looked at.
const MANY: usize = 8_192;
/// Lines of a piece.
const PIECE: usize = 512;

/// What to compare with what: the whole texts, unless they have very many lines that are nearly all the same. Every line
/// then fits thousands of others, the search for the shortest way takes a tenth of a second, and what it finds tells
/// nobody more. So what is between the first and the last difference is compared piece by piece.
pub(super) fn pieces<'t>(old: &'t str, new: &'t str) -> Vec<(&'t str, &'t str)> {
    let (before, after) = (ends(old), ends(new));
    let line = |text: &'t str, ends: &[usize], i: usize| &text[ends[i]..ends[i + 1]];
    let (n, m) = (before.len() - 1, after.len() - 1);
    if n + m < MANY || n == 0 || m == 0 {
        return vec![(old, new)];
    }
    let all = (0..n).map(|i| line(old, &before, i)).chain((0..m).map(|j| line(new, &after, j)));
    if all.collect::<HashSet<_>>().len() * 8 > n + m {
        return vec![(old, new)];
    }
    let most = n.min(m);
    let first = (0..most).take_while(|i| line(old, &before, *i) == line(new, &after, *i)).count();
    let is_same = |i: &usize| line(old, &before, n - 1 - i) == line(new, &after, m - 1 - i);
    let last = (0..most - first).take_while(is_same).count();
    let (a, b) = (n - first - last, m - first - last);
    let count = a.max(b).div_ceil(PIECE).max(1);
    let cut = |length: usize, i: usize| first + length * i / count;
    let middle = (0..count).map(|i| {
        let (from, to) = (cut(a, i)..cut(a, i + 1), cut(b, i)..cut(b, i + 1));
        (&old[before[from.start]..before[from.end]], &new[after[to.start]..after[to.end]])
    });
    let head = std::iter::once((&old[..before[first]], &new[..after[first]]));
    let tail = std::iter::once((&old[before[n - last]..], &new[after[m - last]..]));
    head.chain(middle).chain(tail).collect()
}

/// Where each line ends; first the start of the text.
fn ends(text: &str) -> Vec<usize> {
    let mut at = 0;
    let end = |line: &str| {
        at += line.len();
        at
    };
    std::iter::once(0).chain(text.split_inclusive('\n').map(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::{DiffLine, DiffTag};

    #[test]
    fn pieces_are_the_texts_and_lines_keep_their_numbers() {
        let old: String = (0..6_000_usize).map(|i| if i * i % 7 < 3 { "a\n" } else { "b\n" }).collect();
        let new = format!("{}x\n{}", &old[..6_000], &old[6_400..].replace("a\nb\n", "b\nc\n"));
        assert!(pieces(&old, &new).len() > 3 && pieces("a", "b").len() == 1);
        let lines = crate::diff::lines(&old, &new);
        let side = |gone: DiffTag| lines.iter().filter(move |line| line.tag != gone);
        let text = |line: &DiffLine| line.parts.iter().map(|part| part.text.as_str()).collect::<String>();
        assert_eq!(side(DiffTag::Insert).map(text).collect::<String>(), old);
        assert_eq!(side(DiffTag::Delete).map(text).collect::<String>(), new);
        assert!(side(DiffTag::Insert).map(|line| line.old_line).eq((1..=6_000).map(Some)));
        assert!(side(DiffTag::Delete).map(|line| line.new_line).eq((1..=new.lines().count() as u32).map(Some)));
    }
}
