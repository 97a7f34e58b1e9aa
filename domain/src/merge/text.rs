//! Merging texts by line.

use super::regions::{Region, regions};
use super::{Conflict, Decided, Decisions, unless_plain};

/// The most units of a text that are compared: the time grows with them, and more than a prompt has lines.
const MAX_UNITS: usize = 2000;

/// The merged text of a field.
pub(super) fn merge(base: &str, ours: &str, theirs: &str, field: &str, open: &mut Decisions<'_>) -> String {
    if let Some(text) = unless_plain(&base, &ours, &theirs) {
        return text.to_owned();
    }
    let most = [base, ours, theirs].map(|text| text.bytes().filter(|b| *b == b'\n').count()).into_iter().max();
    let step = most.unwrap_or_default() / MAX_UNITS + 1;
    let (base, ours, theirs) = (units(base, step), units(ours, step), units(theirs, step));
    let mut merged: Vec<&str> = Vec::with_capacity(ours.len().max(theirs.len()));
    for region in regions(&base, &ours, &theirs) {
        match region {
            Region::Same(range) => merged.extend(&base[range]),
            Region::Ours(range) => merged.extend(&ours[range]),
            Region::Theirs(range) => merged.extend(&theirs[range]),
            Region::Both { base: b, ours: o, theirs: t } => {
                if ours[o.clone()] == theirs[t.clone()] {
                    merged.extend(&ours[o]);
                    continue;
                }
                let line = Some(merged.iter().map(|unit| lines_of(unit)).sum::<u32>() + 1);
                let text = |units: &[&str]| (!units.is_empty()).then(|| units.join("\n"));
                let sides = (text(&base[b]), text(&ours[o.clone()]), text(&theirs[t.clone()]));
                let (base, our, their) = sides;
                match open.ask(Conflict { field: field.to_owned(), line, base, ours: our, theirs: their }) {
                    Decided::Ours => merged.extend(&ours[o]),
                    Decided::Theirs => merged.extend(&theirs[t]),
                    Decided::Both => merged.extend(ours[o].iter().chain(&theirs[t])),
                    Decided::Text(text) => merged.extend((!text.is_empty()).then_some(text)),
                }
            }
        }
    }
    merged.join("\n")
}

fn lines_of(unit: &str) -> u32 {
    unit.bytes().filter(|b| *b == b'\n').count() as u32 + 1
}

/// The lines of a text without their ends: what is added behind a last line that has none must not count as a change of
/// that line. Of a text with far too many lines about `step` make a unit; what the last few lines hold says where one
/// ends, so that units below an inserted line stay the same.
fn units(text: &str, step: usize) -> Vec<&str> {
    if step == 1 {
        return text.split('\n').collect();
    }
    let (mut units, mut start, mut line, mut held, mut recent) = (Vec::new(), 0, 0, 0, [0_u64; 4]);
    for (end, _) in text.match_indices('\n') {
        held += 1;
        recent.rotate_left(1);
        recent[3] = hash(text[line..end].bytes().map(u64::from));
        line = end + 1;
        let is_end = held * 2 > step && hash(recent.into_iter()).is_multiple_of(step as u64);
        if is_end || held >= 8 * step {
            units.push(&text[start..end]);
            (start, held) = (end + 1, 0);
        }
    }
    units.push(&text[start..]);
    units
}

/// FNV-1a, with its bits mixed: the last ones alone would tell little.
fn hash(values: impl Iterator<Item = u64>) -> u64 {
    let mixed = values.fold(0xcbf2_9ce4_8422_2325, |hash: u64, value| (hash ^ value).wrapping_mul(0x0100_0000_01b3));
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(n: usize, change: impl Fn(usize) -> Option<String>) -> String {
        (0..n).map(|i| change(i).unwrap_or_else(|| format!("{}\n", i * i % 97))).collect()
    }

    #[test]
    fn units_make_up_their_text() {
        for text in ["", "\n", "a\n\nb", &many(9_000, |_| None), &"\n".repeat(9_000)] {
            for step in [1, 2, 20] {
                let units = units(text, step);
                assert_eq!(units.join("\n"), text);
                assert!(step == 1 || units.len() <= text.len() / 2 + 2);
            }
        }
    }

    #[test]
    fn a_text_of_very_many_lines_is_merged_too() {
        let at = |line: usize, word: &'static str| many(20_000, move |i| (i == line).then(|| format!("{word}\n")));
        let mut open = Decisions { conflicts: Vec::new(), choices: &[] };
        let (base, ours, theirs) = (at(0, "0"), at(100, "one"), at(19_000, "other"));
        let two = at(100, "two");
        let merged = merge(&base, &ours, &theirs, "f", &mut open);
        assert_eq!((merged.contains("\none\n"), merged.contains("\nother\n"), open.conflicts.len()), (true, true, 0));
        let clash = merge(&base, &ours, &two, "f", &mut open);
        assert_eq!(clash, ours);
        let [conflict] = open.conflicts.as_slice() else { panic!("{:?}", open.conflicts) };
        let above = ours.lines().take(conflict.line.unwrap_or_default() as usize - 1).collect::<Vec<_>>().join("\n");
        assert!(ours[above.len()..].starts_with(&format!("\n{}", conflict.ours.clone().unwrap_or_default())));
        assert!(conflict.ours.as_ref().is_some_and(|text| text.contains("one")));
    }
}
