//! How big variables are, and what none may hold.
//!
//! The measure is not the length of the JSON text but an upper bound of everything a template can turn a value
//! into without a growing operation: its text, its printed list or object. The static check counts in multiples
//! of it, so it must never be too low.

use serde_json::Value;

/// The most bytes of all variables of one render, printed with escapes.
pub const MAX_VARIABLES_BYTES: usize = 512 * 1024;
/// The most values (numbers, texts, lists, …, nested ones too) of all variables of one render: each costs about
/// a hundred bytes of memory, whatever its text.
pub const MAX_VALUES: usize = 50_000;
/// The most levels of lists and objects in one variable.
pub const MAX_DEPTH: usize = 32;

/// Bytes and number of values.
#[derive(Clone, Copy, Default)]
pub(crate) struct Measure {
    pub(crate) bytes: usize,
    pub(crate) values: usize,
}

impl Measure {
    /// Adds a value; stops early once above `limit` bytes, so that hostile input costs no more than it may.
    pub(crate) fn add(&mut self, value: &Value, limit: usize) {
        self.values += 1;
        // Two for the separator.
        self.bytes += 2;
        match value {
            Value::Null | Value::Bool(_) => self.bytes += 5,
            Value::Number(n) => self.bytes += number(n),
            Value::String(s) => self.bytes += text(s),
            Value::Array(items) => items.iter().for_each(|item| self.add_below(item, limit)),
            Value::Object(map) => {
                for (key, item) in map {
                    self.bytes += 2 + text(key);
                    self.add_below(item, limit);
                }
            }
        }
    }

    fn add_below(&mut self, value: &Value, limit: usize) {
        if self.bytes <= limit {
            self.add(value, limit);
        }
    }
}

/// The measure in bytes; above `limit` only roughly.
pub(crate) fn bytes(value: &Value, limit: usize) -> usize {
    let mut measure = Measure::default();
    measure.add(value, limit);
    measure.bytes
}

fn number(n: &serde_json::Number) -> usize {
    let digits = |n: u64| n.checked_ilog10().unwrap_or(0) as usize + 2;
    match (n.as_i64(), n.as_u64(), n.as_f64()) {
        (Some(n), _, _) => digits(n.unsigned_abs()),
        (_, Some(n), _) => digits(n),
        // Joined by `~`, floats print without exponent: 1e308 takes 309 digits.
        (_, _, Some(f)) if f == 0.0 || (1e-5..1e16).contains(&f.abs()) => 24,
        _ => 345,
    }
}

fn text(s: &str) -> usize {
    let printed = |c: char| if u8::try_from(c).is_ok_and(is_plain) { 1 } else { wide(c) };
    2 + if s.bytes().all(is_plain) { s.len() } else { s.chars().map(printed).sum() }
}

fn is_plain(b: u8) -> bool {
    (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\' && b != b'\''
}

fn wide(c: char) -> usize {
    // Python writes `\U000e0001` where Rust writes `\u{e0001}`.
    if c.is_alphabetic() { c.len_utf8() } else { (c.escape_debug().len() + 1).max(c.len_utf8()) }
}

/// What is wrong with a value whatever its type: NUL characters, too deep.
pub(crate) fn forbidden(value: &Value) -> Option<String> {
    forbidden_at(value, 0)
}

fn forbidden_at(value: &Value, depth: usize) -> Option<String> {
    let nul = |s: &str| s.contains('\0').then(|| "must not contain NUL characters (U+0000)".to_owned());
    match value {
        Value::String(s) => nul(s),
        Value::Array(_) | Value::Object(_) if depth == MAX_DEPTH => {
            Some(format!("must not be nested deeper than {MAX_DEPTH} levels"))
        }
        Value::Array(items) => items.iter().find_map(|item| forbidden_at(item, depth + 1)),
        Value::Object(map) => map.iter().find_map(|(key, item)| nul(key).or_else(|| forbidden_at(item, depth + 1))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_measure_is_never_below_the_text() {
        let texts = ["", "plain", "a\"b", "\\", "\"", "'", "\u{7f}\u{1}", "\u{200b}\u{301}", "日本語", "🙂", "it's\n"];
        // Repeated, or what is counted for the separator would hide what is not counted for the text.
        for s in texts.map(|s| s.repeat(50)) {
            let printed = format!("{s:?}").len().max(s.chars().flat_map(char::escape_debug).count()).max(s.len());
            assert!(bytes(&json!(s), 1 << 20) >= printed, "{s:?}");
        }
        assert!(bytes(&json!(1e308), 1 << 20) >= 309);
        assert!(bytes(&json!([1, [2, {"a": null}]]), 1 << 20) >= "[1, [2, {'a': None}]]".len());
    }

    #[cfg(feature = "engine")]
    proptest::proptest! {
        #[test]
        fn no_value_prints_longer_than_its_measure(text in "\\PC{0,20}|[\\x01-\\x7f]{0,20}|\\p{Any}{0,20}", n: i64, f: f64, b: bool) {
            let value = json!({"k": [text.clone(), n, f, b, null, {text.as_str(): [[], {}]}]});
            for printed in [crate::render::convert(&value).to_string(), crate::render::printed(&value)] {
                proptest::prop_assert!(bytes(&value, 1 << 20) >= printed.len(), "{printed}");
            }
        }
    }

    #[test]
    fn nul_and_depth_are_found_below_the_surface() {
        assert!(forbidden(&json!({"a": ["b\0"]})).is_some());
        assert!(forbidden(&json!({"a\0": 1})).is_some());
        let deep = |n| (0..n).fold(json!(1), |v, _| json!([v]));
        assert!(forbidden(&deep(32)).is_none());
        assert!(forbidden(&deep(33)).is_some());
    }
}
