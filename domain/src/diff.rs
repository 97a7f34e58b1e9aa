//! What differs between two versions: texts by line and word, the contract by what it means for callers, settings.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use similar::{Algorithm, ChangeTag, DiffOp, InlineChange, TextDiff, capture_diff_slices_by_key};

use crate::comparison::{
    Comparison, ConfigChange, DiffLine, DiffPart, DiffTag, MessageDiff, MovedFrom, ParameterChange, State,
};
use crate::version::{Message, ModelConfig, Parameter, VersionContent};

mod long;
pub(crate) mod matching;
mod parameters;
mod sides;
mod words;

use matching::{matched, out_of_order};
pub use sides::{Layers, Side, compare_sides, for_page};

/// Up to this many bytes of a changed block, its words are compared as one text: the time grows with the square. Above,
/// lines are compared with those in the same place, where there are as many.
const MAX_EMPHASISED: usize = 8 * 1024;
/// Changed blocks whose words are compared. Of thousands nobody reads the words, and each costs tens of microseconds.
const MAX_MARKED: usize = 500;

/// What counts as a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Lines of texts are the same when their words are.
    pub ignore_whitespace: bool,
}

/// Compares two versions to the character.
pub fn compare(from: &VersionContent, to: &VersionContent) -> Comparison {
    compare_with(from, to, Options::default())
}

/// Compares two versions. Messages belong together by their text, else by role and order within the role.
pub fn compare_with(from: &VersionContent, to: &VersionContent, options: Options) -> Comparison {
    let messages = messages(&from.messages, &to.messages, options);
    let parameters = parameters::changes(&from.parameters, &to.parameters);
    let config = config(&from.config, &to.config);
    let is_same = messages.iter().all(|m| m.state == State::Same) && parameters.is_empty() && config.is_empty();
    Comparison { messages, parameters, config, is_same }
}

/// Parameters that only got another name: the old one and the new one of each.
pub fn renames(from: &[Parameter], to: &[Parameter]) -> Vec<(String, String)> {
    let changes = parameters::changes(from, to).into_iter();
    changes.filter_map(|change| Some((change.renamed_from?, change.name))).collect()
}

impl Options {
    /// What of a text makes it the same as another.
    fn key(self, text: &str) -> String {
        if self.ignore_whitespace { text.lines().map(words).collect::<Vec<_>>().join("\n") } else { text.to_owned() }
    }
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In the order of the new version, then the removed ones.
fn messages(from: &[Message], to: &[Message], options: Options) -> Vec<MessageDiff> {
    let places = matched(from, to, |text| options.key(text));
    let moved = out_of_order(&places);
    let diff = |(j, new): (usize, &Message)| {
        let Some(i) = places[j] else { return whole(new, State::Added) };
        let (old, is_changed) = (&from[i], options.key(&from[i].content) != options.key(&new.content));
        let is_moved = moved[j] || old.role != new.role;
        let state = match (is_changed, is_moved) {
            (true, _) => State::Changed,
            (false, true) => State::Moved,
            (false, false) => State::Same,
        };
        let moved_from = is_moved.then(|| MovedFrom { role: old.role, number: i as u32 + 1 });
        MessageDiff { moved_from, ..message(new, state, lines_with(&old.content, &new.content, options)) }
    };
    let kept = to.iter().enumerate().map(diff);
    let removed = from.iter().enumerate().filter(|(i, _)| !places.contains(&Some(*i)));
    kept.chain(removed.map(|(_, old)| whole(old, State::Removed))).collect()
}

/// A message that only one of the versions has.
fn whole(one: &Message, state: State) -> MessageDiff {
    let (old, new) = if state == State::Added { ("", one.content.as_str()) } else { (one.content.as_str(), "") };
    message(one, state, lines(old, new))
}

fn message(of: &Message, state: State, lines: Vec<DiffLine>) -> MessageDiff {
    let count = |tag: DiffTag| lines.iter().filter(|line| line.tag == tag).count() as u32;
    let (added, removed) = (count(DiffTag::Insert), count(DiffTag::Delete));
    MessageDiff { role: of.role, state, moved_from: None, added, removed, left_out: 0, lines }
}

/// The lines of both texts. Those that are equal or deleted make up the old text exactly, those that are equal or
/// inserted the new one.
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    lines_with(old, new, Options::default())
}

fn lines_with(old: &str, new: &str, options: Options) -> Vec<DiffLine> {
    let (mut all, mut marked) = (Vec::new(), 0);
    let (mut before, mut after) = (0, 0);
    for (old, new) in long::pieces(old, new) {
        let piece = match options.ignore_whitespace {
            true => by_words(old, new, &mut marked),
            false => exactly(old, new, &mut marked),
        };
        let piece = shifted(piece, before, after);
        before = piece.iter().rev().find_map(|line| line.old_line).unwrap_or(before);
        after = piece.iter().rev().find_map(|line| line.new_line).unwrap_or(after);
        all.extend(piece);
    }
    all
}

fn shifted(lines: Vec<DiffLine>, old: u32, new: u32) -> Vec<DiffLine> {
    let shift = |line: DiffLine| DiffLine {
        old_line: line.old_line.map(|n| n + old),
        new_line: line.new_line.map(|n| n + new),
        ..line
    };
    lines.into_iter().map(shift).collect()
}

/// Lines that have the same words are equal and read as in the new text; the others are compared to the character.
fn by_words(old: &str, new: &str, marked: &mut usize) -> Vec<DiffLine> {
    let (old, new): (Vec<_>, Vec<_>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut all = Vec::with_capacity(new.len());
    for op in capture_diff_slices_by_key(Algorithm::Myers, &old, &new, |line| words(line)) {
        let (before, after) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            all.extend(before.zip(after).map(|(i, j)| {
                let part = DiffPart { emphasised: false, text: new[j].to_owned() };
                line(ChangeTag::Equal, Some(i), Some(j), vec![part])
            }));
        } else {
            let block = exactly(&old[before.clone()].concat(), &new[after.clone()].concat(), marked);
            all.extend(shifted(block, before.start as u32, after.start as u32));
        }
    }
    all
}

/// Compares to the character. `marked` counts the blocks whose words were compared.
fn exactly(old: &str, new: &str, marked: &mut usize) -> Vec<DiffLine> {
    // This algorithm bounds its own work on texts that have little in common, so there is no need for a clock.
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(old, new);
    let mut lines = Vec::new();
    for op in diff.ops() {
        // Only where lines were replaced by others is there anything to compare by word.
        *marked += usize::from(matches!(op, DiffOp::Replace { .. }));
        match *op {
            DiffOp::Replace { .. } if *marked <= MAX_MARKED && bytes(op, &diff) <= MAX_EMPHASISED => {
                lines.extend(diff.iter_inline_changes_deadline(op, None).map(|change| inline(&change)));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len }
                if *marked <= MAX_MARKED && old_len == new_len =>
            {
                lines.extend(words::pairs(&diff, old_index, new_index, old_len));
            }
            _ => lines.extend(diff.iter_changes(op).map(|change| {
                let part = DiffPart { emphasised: false, text: change.value().to_owned() };
                line(change.tag(), change.old_index(), change.new_index(), vec![part])
            })),
        }
    }
    lines
}

/// How long a changed block is, old and new.
fn bytes(op: &DiffOp, diff: &TextDiff<'_, '_, str>) -> usize {
    let old = op.old_range().filter_map(|i| diff.old_slice(i));
    old.chain(op.new_range().filter_map(|i| diff.new_slice(i))).map(str::len).sum()
}

fn inline(change: &InlineChange<'_, str>) -> DiffLine {
    let parts =
        change.values().iter().map(|(emphasised, text)| DiffPart { emphasised: *emphasised, text: (*text).to_owned() });
    line(change.tag(), change.old_index(), change.new_index(), parts.collect())
}

fn line(tag: ChangeTag, old: Option<usize>, new: Option<usize>, parts: Vec<DiffPart>) -> DiffLine {
    let tag = match tag {
        ChangeTag::Equal => DiffTag::Equal,
        ChangeTag::Insert => DiffTag::Insert,
        ChangeTag::Delete => DiffTag::Delete,
    };
    let number = |index: Option<usize>| index.map(|i| i as u32 + 1);
    DiffLine { tag, old_line: number(old), new_line: number(new), parts }
}

/// How one contract differs from another for those who call it: breaking changes first.
pub fn contract_changes(from: &[Parameter], to: &[Parameter]) -> Vec<ParameterChange> {
    parameters::changes(from, to)
}

fn config(from: &ModelConfig, to: &ModelConfig) -> Vec<ConfigChange> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let changed = names.into_iter().filter(|name| from.get(*name) != to.get(*name));
    let text = |config: &ModelConfig, name: &str| config.get(name).map(Value::to_string);
    changed.map(|name| ConfigChange { name: name.clone(), from: text(from, name), to: text(to, name) }).collect()
}
