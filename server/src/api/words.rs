//! What serde says of input that doesn't fit, in the words of who sent it: the field by its path, and what it must be.

use domain::error::FieldError;

/// One wrong field. `path` is where the reader stood, `.` for the whole; `whole` is what the whole is called.
pub fn wrong(path: &str, whole: &str, text: &str) -> FieldError {
    let text = text.rsplit_once(" at line ").map_or(text, |(words, _)| words);
    let place = if path == "." { "" } else { path };
    for (start, message) in [
        ("missing field `", "is missing"),
        ("duplicate field `", "is given twice"),
        ("unknown field `", "is not known here"),
    ] {
        if let Some((name, _)) = text.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            return FieldError::new(inside(place, name), message);
        }
    }
    FieldError::new(if place.is_empty() { whole } else { place }, message(text))
}

/// The path of a member, where the reader did not stand on it already.
fn inside(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place if place == name || place.ends_with(&format!(".{name}")) => place.to_owned(),
        place => format!("{place}.{name}"),
    }
}

fn message(text: &str) -> String {
    let expected = text.split_once(", expected ").map(|(_, expected)| expected);
    match expected {
        Some(expected) if text.starts_with("invalid ") => format!("must be {}", kind(expected)),
        Some(expected) if text.starts_with("unknown variant") => {
            format!("must be {}", expected.replace('`', "").replace("one of ", "one of: "))
        }
        _ if text.contains("digit found in string") || text.contains("integer") || text.contains("number too") => {
            format!("must be {WHOLE}")
        }
        _ if text.starts_with("provided string was not `true`") => "must be true or false".to_owned(),
        _ => text.to_owned(),
    }
}

const WHOLE: &str = "a whole number";

/// Serde names Rust's types.
fn kind(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => WHOLE,
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a borrowed string" | "string" => "a string",
        text if text == "a map" || text.starts_with("struct ") => "a JSON object",
        text if text.starts_with("variant ") || text.starts_with("enum ") => "one of the names that are known here",
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn rusts_own_words_become_the_senders() {
        for (path, text, field, message) in [
            (".", "missing field `environment` at line 1 column 12", "environment", "is missing"),
            ("messages[0]", "missing field `role`", "messages[0].role", "is missing"),
            (".", "duplicate field `name`", "name", "is given twice"),
            ("name", "duplicate field `name`", "name", "is given twice"),
            (".", "unknown field `bogus`, expected `a` or `b`", "bogus", "is not known here"),
            (
                ".",
                "invalid type: null, expected struct RecordPatch at line 1 column 4",
                "body",
                "must be a JSON object",
            ),
            ("latency_ms", "invalid type: floating point `1.5`, expected i64", "latency_ms", "must be a whole number"),
            ("version", "invalid value: integer `-1`, expected u64", "version", "must be a whole number from 0"),
            ("variables", "invalid type: sequence, expected a map", "variables", "must be a JSON object"),
            ("limit", "invalid digit found in string", "limit", "must be a whole number"),
            (
                "status",
                "unknown variant `x`, expected one of `success`, `failure`",
                "status",
                "must be one of: success, failure",
            ),
            (
                "durability",
                "unknown variant `x`, expected `committed` or `buffered`",
                "durability",
                "must be committed or buffered",
            ),
            ("role", "use one of the five roles", "role", "use one of the five roles"),
        ] {
            let found = wrong(path, "body", text);
            assert_eq!((found.field.as_str(), found.message.as_str()), (field, message), "{text}");
        }
    }
}
