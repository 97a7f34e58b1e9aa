//! What changes of the contract mean for those who call.

use serde_json::Value;

use crate::comparison::{ParameterChange, State};
use crate::version::Parameter;

/// The parameters that differ: breaking changes first, and otherwise the new contract's in its order, then the removed.
pub(super) fn changes(from: &[Parameter], to: &[Parameter]) -> Vec<ParameterChange> {
    let find = |list: &[Parameter], name: &str| list.iter().find(|p| p.name == name).cloned();
    let gone: Vec<_> = from.iter().filter(|old| find(to, &old.name).is_none()).collect();
    let come: Vec<_> = to.iter().filter(|new| find(from, &new.name).is_none()).collect();
    let kept = to.iter().filter_map(|new| match find(from, &new.name) {
        Some(old) => changed(&old, new),
        None => Some(old_of(new, &gone, &come).map_or_else(|| added(new), |old| renamed(old, new))),
    });
    let left = gone.iter().filter(|old| new_of(old, &gone, &come).is_none());
    let all = kept.chain(left.map(|old| removed(old)));
    let (mut changes, others): (Vec<_>, Vec<_>) = all.partition(|change| change.is_breaking);
    changes.extend(others);
    changes
}

fn is_renamed(old: &Parameter, new: &Parameter) -> bool {
    *old == Parameter { name: old.name.clone(), ..new.clone() }
}

/// What a new parameter was called, when just one that is gone could be it, and that one could be no other.
fn old_of<'p>(new: &Parameter, gone: &[&'p Parameter], come: &[&Parameter]) -> Option<&'p Parameter> {
    let mut old = gone.iter().copied().filter(|old| is_renamed(old, new));
    let only = old.next().filter(|_| old.next().is_none())?;
    (come.iter().filter(|other| is_renamed(only, other)).count() == 1).then_some(only)
}

fn new_of<'p>(old: &Parameter, gone: &[&Parameter], come: &[&'p Parameter]) -> Option<&'p Parameter> {
    come.iter().copied().find(|new| old_of(new, gone, come).is_some_and(|of| of.name == old.name))
}

/// A caller has to send it.
fn is_needed(parameter: &Parameter) -> bool {
    parameter.required && parameter.default.is_none()
}

fn renamed(old: &Parameter, new: &Parameter) -> ParameterChange {
    let detail = format!("`{}` is now called `{}`: callers that send the old name are refused", old.name, new.name);
    let renamed_from = Some(old.name.clone());
    ParameterChange { name: new.name.clone(), renamed_from, state: State::Changed, is_breaking: true, detail }
}

fn added(new: &Parameter) -> ParameterChange {
    let need = if is_needed(new) { "required" } else { "optional" };
    let detail = format!("added, {need}: {}", new.kind.name());
    ParameterChange {
        name: new.name.clone(),
        renamed_from: None,
        state: State::Added,
        is_breaking: is_needed(new),
        detail,
    }
}

fn removed(old: &Parameter) -> ParameterChange {
    let detail = "removed: callers that send it are refused".to_owned();
    ParameterChange { name: old.name.clone(), renamed_from: None, state: State::Removed, is_breaking: true, detail }
}

fn changed(old: &Parameter, new: &Parameter) -> Option<ParameterChange> {
    if old == new {
        return None;
    }
    let mut notes = Vec::new();
    kind(old, new, &mut notes);
    need(old, new, &mut notes);
    one_of(old, new, &mut notes);
    range(old, new, &mut notes);
    pattern(old, new, &mut notes);
    words(old, new, &mut notes);
    let is_breaking = notes.iter().any(|(breaks, _)| *breaks);
    let detail = notes.into_iter().map(|(_, note)| note).collect::<Vec<_>>().join("; ");
    Some(ParameterChange { name: new.name.clone(), renamed_from: None, state: State::Changed, is_breaking, detail })
}

/// Whether callers can be refused who were not before, and what changed.
type Note = (bool, String);

fn kind(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    use crate::version::ParameterType::{Integer, Number};
    if old.kind != new.kind {
        // Every integer is a number.
        let breaks = (old.kind, new.kind) != (Integer, Number);
        notes.push((breaks, format!("type {} is now {}", old.kind.name(), new.kind.name())));
    }
}

fn need(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    match (is_needed(old), is_needed(new)) {
        (false, true) => notes.push((true, "is now required".into())),
        (true, false) => notes.push((false, "is no longer required".into())),
        _ if old.required != new.required => {
            notes.push((false, format!("required is now {}, with a default", new.required)));
        }
        _ => {}
    }
    if old.default != new.default {
        let text = |v: &Option<Value>| v.as_ref().map_or("none".to_owned(), Value::to_string);
        notes.push((false, format!("default {} is now {}", text(&old.default), text(&new.default))));
    }
}

fn one_of(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    let list = |values: Vec<&Value>| values.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(", ");
    match (old.one_of.is_empty(), new.one_of.is_empty()) {
        (true, false) => notes.push((true, format!("must now be one of {}", list(new.one_of.iter().collect())))),
        (false, true) => notes.push((false, "may now be any value".into())),
        _ => {
            let gone: Vec<_> = old.one_of.iter().filter(|v| !new.one_of.contains(v)).collect();
            let more: Vec<_> = new.one_of.iter().filter(|v| !old.one_of.contains(v)).collect();
            if !gone.is_empty() {
                notes.push((true, format!("no longer allows {}", list(gone))));
            }
            if !more.is_empty() {
                notes.push((false, format!("now allows {}", list(more))));
            }
        }
    }
}

fn range(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    let text = |v: Option<f64>| v.map_or("none".to_owned(), |v| v.to_string());
    if old.min != new.min {
        let narrowed = new.min.is_some_and(|min| old.min.is_none_or(|before| min > before));
        notes.push((narrowed, format!("min {} is now {}", text(old.min), text(new.min))));
    }
    if old.max != new.max {
        let narrowed = new.max.is_some_and(|max| old.max.is_none_or(|before| max < before));
        notes.push((narrowed, format!("max {} is now {}", text(old.max), text(new.max))));
    }
}

/// Whether one pattern is narrower than another can't be told, so any new one may refuse a caller.
fn pattern(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    if old.pattern != new.pattern {
        let text = |v: &Option<String>| v.clone().unwrap_or_else(|| "none".into());
        let note = format!("pattern {} is now {}", text(&old.pattern), text(&new.pattern));
        notes.push((new.pattern.is_some(), note));
    }
}

fn words(old: &Parameter, new: &Parameter, notes: &mut Vec<Note>) {
    if old.description != new.description {
        notes.push((false, "the description changed".into()));
    }
    if notes.is_empty() {
        notes.push((false, "the order of its values changed".into()));
    }
}
