//! What differs between two versions: texts by line and word, the contract by what it means for callers, settings.

use std::collections::BTreeSet;

use serde_json::Value;
use similar::{Algorithm, ChangeTag, DiffOp, InlineChange, TextDiff};

use crate::comparison::{Comparison, ConfigChange, DiffLine, DiffPart, DiffTag, MessageDiff, State};
use crate::version::{Message, MessageRole, ModelConfig, VersionContent};

mod parameters;

/// Up to this many bytes of a changed block, words are compared; above, only lines: the time grows with the square.
const MAX_EMPHASISED: usize = 8 * 1024;

/// Compares two versions. Messages belong together by role and order within the role.
pub fn compare(from: &VersionContent, to: &VersionContent) -> Comparison {
    let messages = messages(&from.messages, &to.messages);
    let parameters = parameters::changes(&from.parameters, &to.parameters);
    let config = config(&from.config, &to.config);
    let is_same = messages.iter().all(|m| m.state == State::Same) && parameters.is_empty() && config.is_empty();
    Comparison { messages, parameters, config, is_same }
}

/// In the order of the new version; a removed message stands before the ones that follow it in its role.
fn messages(from: &[Message], to: &[Message]) -> Vec<MessageDiff> {
    let mut diffs = Vec::with_capacity(from.len().max(to.len()));
    for (i, new) in to.iter().enumerate() {
        let place = to[..i].iter().filter(|m| m.role == new.role).count();
        let old = nth_of(from, new.role, place);
        diffs.push(message(new.role, old.map(|m| m.content.as_str()), Some(&new.content)));
    }
    for (i, old) in from.iter().enumerate() {
        let place = from[..i].iter().filter(|m| m.role == old.role).count();
        if nth_of(to, old.role, place).is_none() {
            diffs.push(message(old.role, Some(&old.content), None));
        }
    }
    diffs
}

fn nth_of(messages: &[Message], role: MessageRole, n: usize) -> Option<&Message> {
    messages.iter().filter(|m| m.role == role).nth(n)
}

fn message(role: MessageRole, old: Option<&str>, new: Option<&str>) -> MessageDiff {
    let state = match (old, new) {
        (None, _) => State::Added,
        (_, None) => State::Removed,
        (old, new) if old == new => State::Same,
        _ => State::Changed,
    };
    let lines = lines(old.unwrap_or_default(), new.unwrap_or_default());
    let count = |tag: DiffTag| lines.iter().filter(|line| line.tag == tag).count() as u32;
    MessageDiff { role, state, added: count(DiffTag::Insert), removed: count(DiffTag::Delete), lines }
}

/// The lines of both texts. Those that are equal or deleted make up the old text exactly, those that are equal or
/// inserted the new one.
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    // This algorithm bounds its own work on texts that have little in common, so there is no need for a clock.
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(old, new);
    let mut lines = Vec::new();
    for op in diff.ops() {
        if is_emphasised(op, &diff) {
            lines.extend(diff.iter_inline_changes_deadline(op, None).map(|change| inline(&change)));
        } else {
            lines.extend(diff.iter_changes(op).map(|change| {
                let part = DiffPart { emphasised: false, text: change.value().to_owned() };
                line(change.tag(), change.old_index(), change.new_index(), vec![part])
            }));
        }
    }
    lines
}

/// Only where lines were replaced by others is there anything to compare by word.
fn is_emphasised(op: &DiffOp, diff: &TextDiff<'_, '_, str>) -> bool {
    let DiffOp::Replace { old_index, old_len, new_index, new_len } = *op else { return false };
    let old: usize = (old_index..old_index + old_len).filter_map(|i| diff.old_slice(i)).map(str::len).sum();
    let new: usize = (new_index..new_index + new_len).filter_map(|i| diff.new_slice(i)).map(str::len).sum();
    old + new <= MAX_EMPHASISED
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

fn config(from: &ModelConfig, to: &ModelConfig) -> Vec<ConfigChange> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let changed = names.into_iter().filter(|name| from.get(*name) != to.get(*name));
    let text = |config: &ModelConfig, name: &str| config.get(name).map(Value::to_string);
    changed.map(|name| ConfigChange { name: name.clone(), from: text(from, name), to: text(to, name) }).collect()
}
