//! Filters and tests where minijinja's own differ from Jinja2's: conversions, texts, defaults.

use minijinja::value::{Kwargs, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Error, ErrorKind, Value, filters, tests};

use super::python::{is_space, text};

type Result<T> = std::result::Result<T, Error>;

fn undefined() -> Error {
    Error::new(ErrorKind::UndefinedError, "the value is undefined")
}

/// A text of digits as Python reads it: trimmed, with single underscores between digits.
fn digits(text: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    let parts: Vec<_> = text.split('_').collect();
    let joins = |pair: &[&str]| {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        is_digit(pair[0].chars().last()) && is_digit(pair[1].chars().next())
    };
    parts.windows(2).all(joins).then(|| parts.concat())
}

fn read_float(text: &str) -> Option<f64> {
    digits(text)?.parse().ok()
}

fn read_int(text: &str, base: u32) -> Option<i128> {
    let text = digits(text)?;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let prefix = [(2, "0b"), (8, "0o"), (16, "0x")].iter().find(|(other, _)| *other == base).map(|(_, prefix)| *prefix);
    let lower = digits.to_ascii_lowercase();
    let digits = prefix.and_then(|prefix| lower.strip_prefix(prefix)).unwrap_or(&lower);
    let is_number = (2..=36).contains(&base) && digits.starts_with(|c: char| c.is_ascii_alphanumeric());
    is_number.then(|| i128::from_str_radix(&format!("{sign}{digits}"), base).ok()).flatten()
}

fn whole(number: f64) -> Option<Value> {
    number.is_finite().then(|| Value::from(number as i128))
}

/// A whole number; the default, 0, when the value is none.
pub(super) fn int(value: &Value, default: Option<Value>, base: Option<u32>, kwargs: Kwargs) -> Result<Value> {
    let default = default.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0));
    let base = base.or(kwargs.get("base")?).unwrap_or(10);
    kwargs.assert_all_used()?;
    let read = match value.kind() {
        ValueKind::Undefined => return Err(undefined()),
        ValueKind::Bool => Some(Value::from(i64::from(value.is_true()))),
        ValueKind::Number if value.is_integer() => Some(value.clone()),
        ValueKind::Number => whole(f64::try_from(value.clone())?),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            read_int(text, base).map(Value::from).or_else(|| read_float(text).and_then(whole))
        }
        _ => None,
    };
    Ok(read.unwrap_or(default))
}

/// A number with a decimal point; the default, 0.0, when the value is none.
pub(super) fn float(value: &Value, default: Option<Value>, kwargs: Kwargs) -> Result<Value> {
    let default = default.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0.0));
    kwargs.assert_all_used()?;
    let read = match value.kind() {
        ValueKind::Undefined => return Err(undefined()),
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => Some(f64::try_from(value.clone())?),
        ValueKind::String => read_float(value.as_str().unwrap_or_default()),
        _ => None,
    };
    Ok(read.map_or(default, Value::from))
}

/// Up and down always give a number with a decimal point; to the nearest keeps a whole number.
pub(super) fn round(value: Value, precision: Option<i32>, method: Option<&str>, kwargs: Kwargs) -> Result<Value> {
    let named = kwargs.clone();
    let method = method.or(named.get("method")?);
    let value = match value.kind() {
        ValueKind::Bool => Value::from(i64::from(value.is_true())),
        _ => value,
    };
    let is_directed = method.is_some_and(|method| method != "common");
    let value = if is_directed && value.is_integer() { Value::from(f64::try_from(value)?) } else { value };
    kwargs.get::<Option<&str>>("method")?;
    filters::round(value, precision, method, kwargs)
}

/// Keeps the mark of a text that needs no escape.
fn marked(is_safe: bool, text: String) -> Value {
    if is_safe { Value::from_safe_string(text) } else { Value::from(text) }
}

pub(super) fn escape(value: &Value) -> Value {
    if value.is_safe() {
        return value.clone();
    }
    let text = text(value);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&#34;"),
            c => escaped.push(c),
        }
    }
    Value::from_safe_string(escaped)
}

pub(super) fn string(value: &Value) -> Value {
    marked(value.is_safe(), text(value))
}

pub(super) fn trim(value: &Value, chars: Option<&str>) -> Value {
    let text = text(value);
    let trimmed = match chars {
        Some(chars) => text.trim_matches(|c| chars.contains(c)),
        None => text.trim_matches(is_space),
    };
    marked(value.is_safe(), trimmed.to_owned())
}

pub(super) fn join(value: &Value, separator: Option<&str>, attribute: Option<&str>, kwargs: Kwargs) -> Result<Value> {
    let separator = separator.or(kwargs.get("d")?).unwrap_or_default();
    let path = attribute.or(kwargs.get("attribute")?);
    kwargs.assert_all_used()?;
    let mut joined = String::new();
    for (i, item) in super::order::items(value)?.into_iter().enumerate() {
        joined.push_str(if i > 0 { separator } else { "" });
        let item = path.map_or_else(|| Ok(item.clone()), |path| super::order::attribute(&item, path))?;
        joined.push_str(&text(&item));
    }
    Ok(Value::from(joined))
}

/// Where Python sees a line end.
fn lines(text: &str) -> Vec<&str> {
    let is_end = |c: char| {
        matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(is_end) {
        lines.push(&rest[..at]);
        let length =
            if rest[at..].starts_with("\r\n") { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        rest = &rest[at + length..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Indents every line but the first and blank ones.
pub(super) fn indent(value: &Value, width: Option<usize>, first: Option<bool>, kwargs: Kwargs) -> Result<Value> {
    let width = width.or(kwargs.get("width")?).unwrap_or(4);
    let first = first.or(kwargs.get("first")?).unwrap_or(false);
    // The check lets no other value pass.
    let _ = kwargs.get::<Option<bool>>("blank")?;
    kwargs.assert_all_used()?;
    if value.is_undefined() {
        return Err(undefined());
    }
    let (text, space) = (text(value) + "\n", " ".repeat(width));
    let mut indented = String::with_capacity(text.len());
    for (i, line) in lines(&text).into_iter().enumerate() {
        indented.push_str(if i > 0 { "\n" } else { "" });
        indented.push_str(if (i == 0 && first) || (i > 0 && !line.is_empty()) { &space } else { "" });
        indented.push_str(line);
    }
    Ok(marked(value.is_safe(), indented))
}

pub(super) fn abs(value: Value) -> Result<Value> {
    if value.is_undefined() { Err(undefined()) } else { filters::abs(value) }
}

pub(super) fn length(value: &Value) -> Result<usize> {
    if value.is_undefined() { Ok(0) } else { filters::length(value) }
}

/// The default for what is undefined; with `boolean=true` for everything that counts as false.
pub(super) fn default(value: &Value, args: Rest<ValueOrKwargs>) -> Result<Value> {
    let mut given = args.into_values();
    let kwargs = given.pop_if(|last| last.is_kwargs()).map(Kwargs::try_from).transpose()?;
    let kwargs = kwargs.unwrap_or_else(|| std::iter::empty::<(&str, Value)>().collect());
    let named = |name: &str| if kwargs.has(name) { kwargs.get::<Value>(name) } else { Ok(Value::UNDEFINED) };
    let (other, boolean) = (named("default_value")?, named("boolean")?);
    kwargs.assert_all_used()?;
    if given.len() > 2 {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let mut given = given.into_iter();
    let other = given.next().or(kwargs.has("default_value").then_some(other)).unwrap_or_else(|| Value::from(""));
    let boolean = given.next().unwrap_or(boolean).is_true();
    Ok(if value.is_undefined() || (boolean && !value.is_true()) { other } else { value.clone() })
}

/// Takes what is undefined as if it were empty, where minijinja refuses it.
fn or_undefined(value: &Value, filter: impl FnOnce(&Value) -> Result<Value>) -> Result<Value> {
    if value.is_undefined() { Ok(value.clone()) } else { filter(value) }
}
pub(super) fn first(value: &Value) -> Result<Value> {
    or_undefined(value, filters::first)
}
pub(super) fn items(value: &Value) -> Result<Value> {
    or_undefined(value, filters::items)
}
pub(super) fn last(value: &Value) -> Result<Value> {
    or_undefined(value, |value| filters::last(value.clone()))
}
pub(super) fn reverse(value: &Value) -> Result<Value> {
    or_undefined(value, filters::reverse)
}

/// minijinja panics on a division by zero here.
pub(super) fn is_divisibleby(value: &Value, other: &Value) -> Result<bool> {
    if f64::try_from(other.clone()).is_ok_and(|divisor| divisor == 0.0) {
        return Err(Error::new(ErrorKind::InvalidOperation, "nothing is divisible by zero"));
    }
    Ok(tests::is_divisibleby(value, other))
}

pub(super) fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

pub(super) fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map | ValueKind::Undefined)
}
