//! `tojson` as in Jinja2: keys sorted, everything but plain ASCII escaped, and what has a meaning in HTML too.

use std::fmt::Write;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};

use super::order::sorted;
use super::python::float;

/// The filter. With an indent, one item a line.
pub(super) fn tojson(value: &Value, indent: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let indent = match indent {
        Some(indent) => Some(indent),
        None => kwargs.get::<Option<Value>>("indent")?,
    };
    kwargs.assert_all_used()?;
    let indent = indent.filter(|indent| !indent.is_none()).map(usize::try_from).transpose()?;
    let mut writer = Writer { text: String::new(), indent, depth: 0 };
    writer.value(value)?;
    Ok(Value::from_safe_string(writer.text))
}

struct Writer {
    text: String,
    indent: Option<usize>,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value.kind() {
            ValueKind::None => self.text.push_str("null"),
            ValueKind::Bool => self.text.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.text.push_str(&number(value)?),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => self.list(value)?,
            ValueKind::Map => self.object(value)?,
            kind => {
                let message = format!("{kind} can't be written as JSON");
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        }
        Ok(())
    }

    fn list(&mut self, value: &Value) -> Result<(), Error> {
        self.text.push('[');
        self.depth += 1;
        let mut is_empty = true;
        for item in value.try_iter()? {
            self.separate(is_empty);
            is_empty = false;
            self.value(&item)?;
        }
        self.close(']', is_empty);
        Ok(())
    }

    fn object(&mut self, value: &Value) -> Result<(), Error> {
        self.text.push('{');
        self.depth += 1;
        let keys = sorted(value.try_iter()?.collect(), |key| Ok(key.clone()), false)?;
        for (i, key) in keys.iter().enumerate() {
            self.separate(i == 0);
            match key.kind() {
                ValueKind::String => self.value(key)?,
                ValueKind::None | ValueKind::Bool | ValueKind::Number => {
                    self.text.push('"');
                    self.value(key)?;
                    self.text.push('"');
                }
                _ => return Err(Error::new(ErrorKind::InvalidOperation, "a key must be a text or a number")),
            }
            self.text.push_str(": ");
            self.value(&value.get_item(key)?)?;
        }
        self.close('}', keys.is_empty());
        Ok(())
    }

    fn separate(&mut self, is_first: bool) {
        match self.indent {
            None => self.text.push_str(if is_first { "" } else { ", " }),
            Some(_) => {
                self.text.push_str(if is_first { "" } else { "," });
                self.line();
            }
        }
    }

    fn close(&mut self, bracket: char, is_empty: bool) {
        self.depth -= 1;
        if !is_empty && self.indent.is_some() {
            self.line();
        }
        self.text.push(bracket);
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', self.indent.unwrap_or(0) * self.depth));
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                ' '..='~' if !matches!(c, '<' | '>' | '&' | '\'') => self.text.push(c),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(self.text, "\\u{unit:04x}").unwrap_or_default();
                    }
                }
            }
        }
        self.text.push('"');
    }
}

fn number(value: &Value) -> Result<String, Error> {
    if value.is_integer() {
        return Ok(value.to_string());
    }
    let number = f64::try_from(value.clone())?;
    Ok(match number {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        number if number.is_nan() => "NaN".to_owned(),
        number => float(number),
    })
}
