//! YAML: written so that every reader takes each value for what it is, read within a budget.

use serde_json::Value;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

/// The most levels of a document.
const MAX_DEPTH: usize = 32;
/// The most bytes of a document: all that a template may have, and its remarks.
const MAX_BYTES: usize = 512 * 1024;
/// The most values of a document.
const MAX_NODES: usize = 20_000;
/// Plain words that some readers take for something else than a text.
const OTHERWISE: [&str; 12] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

/// A document whose parts are mappings, lists and values, each on a line of its own.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(value, 0, &mut out),
        other => {
            out.push_str(&scalar(other));
            out.push('\n');
        }
    }
    out
}

fn mapping(value: &Value, depth: usize, out: &mut String) {
    for (i, (key, item)) in value.as_object().into_iter().flatten().enumerate() {
        // The first key of a list's item stands on the line of its dash.
        if i > 0 || !out.ends_with("- ") {
            indent(depth, out);
        }
        out.push_str(&text(key));
        out.push(':');
        below(item, depth, out);
    }
}

/// What follows a key: on the same line, or on lines of its own.
fn below(item: &Value, depth: usize, out: &mut String) {
    match item {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            mapping(item, depth + 1, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            list(items, depth + 1, out);
        }
        Value::String(text) if is_block(text) => block(text, depth + 1, out),
        other => {
            out.push(' ');
            out.push_str(&scalar(other));
            out.push('\n');
        }
    }
}

fn list(items: &[Value], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                mapping(item, depth + 1, out);
            }
            other => below(other, depth, out),
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Several lines that can stand as they are.
fn is_block(text: &str) -> bool {
    let is_shown = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}'));
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with(char::is_whitespace)
        && !body.ends_with('\n')
        && body.chars().all(is_shown)
        && body.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

fn block(text: &str, depth: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(own) => text(own),
        other => other.to_string(),
    }
}

/// A text bare where nobody can mistake it, otherwise in quotes as JSON has them, which YAML reads the same.
fn text(own: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '/' | '-' | '@' | '(' | ')' | ';');
    let is_bare = own.starts_with(|c: char| c.is_alphabetic())
        && !own.ends_with([' ', '.'])
        && own.chars().all(is_word)
        && !OTHERWISE.contains(&own.to_lowercase().as_str());
    if is_bare {
        return own.to_owned();
    }
    let mut quoted = String::with_capacity(own.len() + 2);
    for c in Value::from(own).to_string().chars() {
        // JSON writes these bare; a reader of YAML may take some for the end of a line.
        if matches!(c, '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}') {
            quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            quoted.push(c);
        }
    }
    quoted
}

/// Reads a document; the error says what is wrong, and in which line.
pub(super) fn read(text: &str) -> Result<Value, (Option<u32>, String)> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_depth: MAX_DEPTH,
            max_documents: 1,
            max_nodes: MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
    };
    if text.len() > MAX_BYTES {
        return Err((None, format!("has more than {} KB of YAML", MAX_BYTES / 1024)));
    }
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().and_then(|at| u32::try_from(at.line()).ok()).filter(|line| *line > 0);
        let whole = error.without_snippet().to_string();
        (line, format!("can't be read as YAML: {}", reason(whole.lines().next().unwrap_or_default())))
    })
}

/// What the library says, in our words where it speaks of itself.
fn reason(said: &str) -> String {
    let said = said.split(" at line ").next().unwrap_or_default();
    if said.contains("budget") || said.contains("alias") {
        return format!("it has anchors or aliases, is more than {MAX_DEPTH} levels deep, or is too large");
    }
    said.split(", set ").next().unwrap_or_default().to_owned()
}

/// The line of a document on which a key first stands.
pub(super) fn line_of(text: &str, key: &str) -> Option<u32> {
    let is_here = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']);
        let rest = line.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'']));
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    text.lines().position(is_here).map(|i| i as u32 + 1)
}
