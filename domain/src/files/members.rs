//! The members of a mapping in a file, taken out one by one; what is wrong or left over is named with its line.

use serde_json::{Map, Value};

use super::{remark, yaml};
use crate::error::FieldError;
use crate::version::{Parameter, ParameterType};

/// The most members of a mapping that are told one by one.
const MOST: usize = 20;

/// A mapping on its way into our types.
pub(super) struct Members<'a> {
    /// The file, and the part of it that is YAML.
    pub(super) file: &'a str,
    pub(super) yaml: &'a str,
    /// Lines before the YAML in the file.
    pub(super) before: u32,
    /// Where this mapping is, such as `inputs[0]`; empty for the whole.
    pub(super) path: String,
    pub(super) map: Map<String, Value>,
}

impl<'a> Members<'a> {
    /// The whole of a document; None, with a problem, when it is no mapping.
    pub(super) fn read(file: &'a str, yaml: &'a str, before: u32, problems: &mut Vec<FieldError>) -> Option<Self> {
        match yaml::read(yaml) {
            Ok(Value::Object(map)) => Some(Self { file, yaml, before, path: String::new(), map }),
            Ok(_) => {
                problems.push(remark(file, Some(before + 1), "use `name: value` lines"));
                None
            }
            Err((line, message)) => {
                problems.push(remark(file, line.map(|line| line + before), message));
                None
            }
        }
    }

    /// A mapping inside of this one.
    pub(super) fn inner(&self, name: &str, map: Map<String, Value>) -> Members<'a> {
        Members { path: self.name(name), map, ..*self }
    }

    fn name(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The line on which a member stands.
    pub(super) fn line(&self, name: &str) -> Option<u32> {
        yaml::line_of(self.yaml, name).map(|line| line + self.before)
    }

    /// Something to say about a member.
    pub(super) fn about(&self, name: &str, message: impl std::fmt::Display) -> FieldError {
        remark(self.file, self.line(name), format!("`{}` {message}", self.name(name)))
    }

    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.map.shift_remove(name)
    }

    fn take<T>(
        &mut self,
        name: &str,
        what: &str,
        read: impl FnOnce(Value) -> Option<T>,
        problems: &mut Vec<FieldError>,
    ) -> Option<T> {
        let value = self.any(name)?;
        let read = read(value);
        if read.is_none() {
            problems.push(self.about(name, format!("is {what}")));
        }
        read
    }

    pub(super) fn text(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<String> {
        let read = |value| match value {
            Value::String(text) => Some(text),
            Value::Null => Some(String::new()),
            // Somebody who writes `name: 2026` means the text.
            Value::Number(_) => Some(value.to_string()),
            _ => None,
        };
        self.take(name, "a text", read, problems)
    }
    pub(super) fn integer(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<i64> {
        self.take(name, "a whole number", |value| value.as_i64(), problems)
    }
    pub(super) fn number(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<f64> {
        self.take(name, "a number", |value| value.as_f64(), problems)
    }
    pub(super) fn flag(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<bool> {
        self.take(name, "true or false", |value| value.as_bool(), problems)
    }
    pub(super) fn texts(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<Vec<String>> {
        let read = |value: Value| match value {
            Value::Array(items) => items.into_iter().map(|i| i.as_str().map(str::to_owned)).collect(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        self.take(name, "a list of texts", read, problems)
    }
    pub(super) fn list(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<Vec<Value>> {
        let read = |value| match value {
            Value::Array(items) => Some(items),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        self.take(name, "a list", read, problems)
    }
    pub(super) fn map(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Option<Map<String, Value>> {
        let read = |value| match value {
            Value::Object(map) => Some(map),
            Value::Null => Some(Map::new()),
            _ => None,
        };
        self.take(name, "a mapping", read, problems)
    }

    /// Says of each member that is left over what becomes of it.
    pub(super) fn rest(self, message: &str, into: &mut Vec<FieldError>) {
        into.extend(self.map.keys().take(MOST).map(|name| self.about(name, message)));
        if self.map.len() > MOST {
            let more = format!("has {} more such members; the first {MOST} are told", self.map.len() - MOST);
            into.push(remark(self.file, None, more));
        }
    }

    /// The list of our own parameters.
    pub(super) fn parameters(&mut self, name: &str, problems: &mut Vec<FieldError>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for (i, item) in self.list(name, problems).unwrap_or_default().into_iter().enumerate() {
            let place = format!("{name}[{i}]");
            match item {
                Value::Object(map) => parameters.extend(self.inner(&place, map).parameter(problems)),
                _ => problems.push(self.about(name, format!("has something else than a parameter at {i}"))),
            }
        }
        parameters
    }

    fn parameter(mut self, problems: &mut Vec<FieldError>) -> Option<Parameter> {
        let name = self.text("name", problems);
        let kind = self.text("type", problems).map(|text| ParameterType::parse(&text)).transpose();
        let kind = kind.map_err(|wrong| problems.push(self.about("type", format!("is not known: {wrong}")))).ok()?;
        let (Some(name), Some(kind)) = (name, kind) else {
            let line = self.map.keys().next().and_then(|key| self.line(key));
            problems.push(remark(self.file, line, format!("`{}` needs a name and a type", self.path)));
            return None;
        };
        let parameter = Parameter {
            name,
            kind,
            required: self.flag("required", problems).unwrap_or(false),
            description: self.text("description", problems).unwrap_or_default(),
            default: self.any("default").filter(|value| !value.is_null()),
            one_of: self.list("enum", problems).unwrap_or_default(),
            min: self.number("min", problems),
            max: self.number("max", problems),
            pattern: self.text("pattern", problems),
        };
        self.rest("is not known here", problems);
        Some(parameter)
    }
}
