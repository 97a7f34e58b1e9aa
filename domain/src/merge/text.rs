//! Merging texts by line.

use super::regions::{Region, regions};
use super::{Conflict, unless_plain};

/// The merged text of a field.
pub(super) fn merge(base: &str, ours: &str, theirs: &str, field: &str, conflicts: &mut Vec<Conflict>) -> String {
    if let Some(text) = unless_plain(&base, &ours, &theirs) {
        return text.to_owned();
    }
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let mut merged: Vec<&str> = Vec::with_capacity(ours.len().max(theirs.len()));
    for region in regions(&base, &ours, &theirs) {
        match region {
            Region::Same(range) => merged.extend(&base[range]),
            Region::Ours(range) => merged.extend(&ours[range]),
            Region::Theirs(range) => merged.extend(&theirs[range]),
            Region::Both { base: b, ours: o, theirs: t } => {
                if ours[o.clone()] != theirs[t.clone()] {
                    let line = Some(merged.len() as u32 + 1);
                    let text = |lines: &[&str]| (!lines.is_empty()).then(|| lines.join("\n"));
                    let (base, ours, theirs) = (text(&base[b]), text(&ours[o.clone()]), text(&theirs[t]));
                    conflicts.push(Conflict { field: field.to_owned(), line, base, ours, theirs });
                }
                merged.extend(&ours[o]);
            }
        }
    }
    merged.join("\n")
}

/// Without their ends: what is added behind a last line that has none must not count as a change of that line.
fn lines(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}
