//! Values as Python prints them, which is what Jinja2 puts into a text.

use std::fmt::{self, Write};

use minijinja::value::ValueKind;
use minijinja::{Error, Output, State, Value, escape_formatter};

use super::order::Group;

/// What `{{ … }}` writes.
pub(super) fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if is_own(value) { Ok(write(out, value)?) } else { escape_formatter(out, state, value) }
}

/// The text of a value, as `{{ … }}` writes it.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    match value.as_str() {
        Some(value) => text.push_str(value),
        None if is_own(value) => write(&mut text, value).unwrap_or_default(),
        None => text = value.to_string(),
    }
    text
}

/// Kinds that minijinja prints in another way.
fn is_own(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Number => !value.is_integer(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => true,
        _ => false,
    }
}

fn write(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value.kind() {
        ValueKind::Number if !value.is_integer() => match f64::try_from(value.clone()) {
            Ok(number) => out.write_str(&float(number)),
            Err(_) => write!(out, "{value}"),
        },
        ValueKind::String => quoted(out, value.as_str().unwrap_or_default()),
        ValueKind::Undefined => out.write_str("Undefined"),
        ValueKind::Map => pairs(out, value),
        ValueKind::Seq | ValueKind::Iterable => list(out, value),
        _ => write!(out, "{value}"),
    }
}

fn list(out: &mut impl Write, value: &Value) -> fmt::Result {
    let is_tuple = value.is_tuple() || value.downcast_object_ref::<Group>().is_some();
    let (open, close) = if is_tuple { ('(', ')') } else { ('[', ']') };
    out.write_char(open)?;
    let mut count = 0;
    for item in value.try_iter().map_err(|_| fmt::Error)? {
        out.write_str(if count > 0 { ", " } else { "" })?;
        write(out, &item)?;
        count += 1;
    }
    if is_tuple && count == 1 {
        out.write_char(',')?;
    }
    out.write_char(close)
}

fn pairs(out: &mut impl Write, value: &Value) -> fmt::Result {
    out.write_char('{')?;
    for (i, key) in value.try_iter().map_err(|_| fmt::Error)?.enumerate() {
        out.write_str(if i > 0 { ", " } else { "" })?;
        write(out, &key)?;
        out.write_str(": ")?;
        write(out, &value.get_item(&key).unwrap_or_default())?;
    }
    out.write_char('}')
}

/// The shortest text that reads back as the same number: plain from 0.0001 to 1e16, with an exponent elsewhere.
pub(super) fn float(number: f64) -> String {
    let text = format!("{number:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_lowercase() };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{number:?}"),
    }
}

/// A text inside of a list or object: in quotes, what can't be seen escaped.
fn quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c == quote => write!(out, "\\{c}")?,
            c if is_printable(c) => out.write_char(c)?,
            c if c <= '\u{ff}' => write!(out, "\\x{:02x}", u32::from(c))?,
            c if c <= '\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c))?,
            c => write!(out, "\\U{:08x}", u32::from(c))?,
        }
    }
    out.write_char(quote)
}

fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // After another character a combining one is shown as it is.
    let mut buffer = [b'a'; 5];
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length]).is_ok_and(|pair| pair.escape_debug().count() == 2)
}

/// White space as Python's `strip` sees it.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_pythons() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (5e-324, "5e-324"),
            (-1e100, "-1e+100"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn what_can_not_be_seen_is_escaped() {
        for (c, is_so) in [('a', true), ('é', true), ('\u{301}', true), ('\u{200b}', false), ('\u{e000}', false)] {
            assert_eq!(is_printable(c), is_so, "{c:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_printed_float_reads_back(number: f64) {
            proptest::prop_assert_eq!(float(number).parse::<f64>().map(f64::to_bits), Ok(number.to_bits()));
        }
    }
}
