//! What both engines can store and give back: PostgreSQL takes no NUL character (U+0000), and writes numbers so long
//! that the very largest can't be read any more.

use serde::Serialize;
use serde_json::{Number, Value};

use crate::error::Problems;

const NUL: &str = "must not contain NUL characters (U+0000)";

fn is_too_large(number: &Number) -> bool {
    number.as_f64().is_some_and(|n| n.abs() > 1.7e308)
}

/// Adds a problem for each text and number of the value that can't be stored, unless its field has a problem already.
pub fn refuse_others(value: &impl Serialize, problems: &mut Problems) {
    if let Ok(value) = serde_json::to_value(value) {
        walk(&value, "", problems);
    }
}

fn walk(value: &Value, path: &str, problems: &mut Problems) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let is_new = |problems: &Problems| problems.0.iter().all(|p| p.field != path);
    match value {
        Value::String(text) if text.contains('\0') && is_new(problems) => problems.add(path, NUL),
        Value::Number(n) if is_too_large(n) && is_new(problems) => problems.add(path, "use a number below 1.7e308"),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| walk(item, &format!("{path}[{i}]"), problems));
        }
        Value::Object(map) => {
            if map.keys().any(|key| key.contains('\0')) && is_new(problems) {
                problems.add(path, NUL);
            }
            map.iter().for_each(|(key, item)| walk(item, &below(&key.replace('\0', "\u{fffd}")), problems));
        }
        _ => {}
    }
}

/// Checks a text of a few words, such as a reason: its length in characters, and that it can be stored.
pub fn check_words(text: &str, most: usize, field: &str, problems: &mut Problems) {
    problems.require(text.chars().count() <= most, field, format!("use at most {most} characters"));
    problems.require(!text.contains('\0'), field, NUL);
}

/// Whether all of the value can be stored.
pub fn is_all(value: &impl Serialize) -> bool {
    let mut problems = Problems::default();
    refuse_others(value, &mut problems);
    problems.0.is_empty()
}

/// The nearest text that can be stored: U+FFFD in the place of each NUL.
pub fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The nearest value that can be stored, for a log.
pub fn value(from: &Value) -> Value {
    match from {
        Value::String(found) => Value::String(text(found)),
        Value::Number(n) if is_too_large(n) => Value::String(n.to_string()),
        Value::Array(items) => items.iter().map(value).collect(),
        Value::Object(map) => map.iter().map(|(key, item)| (text(key), value(item))).collect(),
        other => other.clone(),
    }
}
