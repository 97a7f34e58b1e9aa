//! Picoschema, dotprompt's short form of a JSON Schema, and our contract.

use serde_json::{Map, Value, json};

use super::members::Members;
use super::path::word;
use super::remark;
use crate::contract::of_schema;
use crate::error::FieldError;
use crate::version::{Parameter, ParameterType};

/// A contract as Picoschema, each parameter under its name with what it is.
pub(super) fn write(parameters: &[Parameter]) -> Map<String, Value> {
    parameters.iter().map(entry).collect()
}

fn entry(parameter: &Parameter) -> (String, Value) {
    let optional = if parameter.required { "" } else { "?" };
    let name = format!("{}{optional}", parameter.name);
    let about = |what: &str| match parameter.description.as_str() {
        "" => what.to_owned(),
        description => format!("{what}, {description}"),
    };
    match parameter.kind {
        ParameterType::String if !parameter.one_of.is_empty() => {
            (format!("{name}({})", about("enum")), json!(parameter.one_of))
        }
        ParameterType::Array => (format!("{name}({})", about("array")), json!("any")),
        ParameterType::Object => (format!("{name}({})", about("object")), json!({ "(*)": "any" })),
        kind => (name, json!(about(kind.name()))),
    }
}

/// The contract of a schema. Names that can't be had here are others, and noted.
pub(super) fn read(
    members: &Members<'_>,
    schema: Value,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> Vec<Parameter> {
    let map = match schema {
        Value::Object(map) => map,
        Value::Null => return Vec::new(),
        Value::String(name) => {
            problems.push(members.about("schema", format!("names a schema, `{name}`: write it out")));
            return Vec::new();
        }
        _ => {
            problems.push(members.about("schema", "is a mapping"));
            return Vec::new();
        }
    };
    let mut parameters = if is_json_schema(&map) {
        of_json_schema(members, map, problems)
    } else {
        let mut read = |(name, value)| one(members, name, value, problems, notes);
        map.into_iter().filter_map(|(name, value)| read((name, value))).collect()
    };
    for parameter in &mut parameters {
        let new = word(&parameter.name);
        if new != parameter.name {
            let text = format!("`{}` is called `{new}` here: callers send that", parameter.name);
            notes.push(remark(members.file, members.line("schema"), text));
            parameter.name = new;
        }
    }
    parameters
}

fn is_json_schema(map: &Map<String, Value>) -> bool {
    let types = ["object", "array", "string", "boolean", "null", "number", "integer", "any"];
    map.get("properties").is_some_and(Value::is_object)
        || map.get("type").and_then(Value::as_str).is_some_and(|name| types.contains(&name))
}

fn of_json_schema(
    members: &Members<'_>,
    mut map: Map<String, Value>,
    problems: &mut Vec<FieldError>,
) -> Vec<Parameter> {
    // Ours refuses what it doesn't know; a schema of theirs seldom says so.
    map.shift_remove("additionalProperties");
    // A contract is checked once more as a whole, so that only names need another form before.
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        *properties = std::mem::take(properties).into_iter().map(|(name, of)| (word(&name), of)).collect();
    }
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.iter_mut().for_each(|name| *name = name.as_str().map_or(Value::Null, |name| word(name).into()));
    }
    of_schema(&Value::Object(map)).unwrap_or_else(|error| {
        problems.extend(
            error
                .errors
                .into_iter()
                .map(|e| remark(members.file, members.line("schema"), format!("`schema.{}` {}", e.field, e.message))),
        );
        Vec::new()
    })
}

fn one(
    members: &Members<'_>,
    written: String,
    value: Value,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> Option<Parameter> {
    let (name, form) = written.split_once('(').map_or((written.as_str(), None), |(n, f)| (n, f.strip_suffix(')')));
    let optional = name.ends_with('?');
    let name = name.trim_end_matches('?').trim();
    let line = members.line(&written);
    if name.is_empty() {
        notes.push(remark(members.file, line, "other names than those declared (`(*)`) are refused here"));
        return None;
    }
    let (what, description) = match (form, &value) {
        (Some(form), _) => described(form),
        (None, Value::String(text)) => described(text),
        (None, Value::Object(_)) => ("object", String::new()),
        _ => ("", String::new()),
    };
    let (kind, one_of) = match what {
        "enum" => (ParameterType::String, value.as_array().cloned().unwrap_or_default()),
        "any" => {
            notes.push(remark(members.file, line, format!("`{name}` may be anything there; here it is a text")));
            (ParameterType::String, Vec::new())
        }
        other => match ParameterType::parse(other) {
            Ok(kind) => (kind, Vec::new()),
            Err(wrong) => {
                problems.push(remark(members.file, line, format!("`{name}`: {wrong}")));
                return None;
            }
        },
    };
    let is_free = value == json!("any") || value == json!({ "(*)": "any" });
    if matches!(kind, ParameterType::Array | ParameterType::Object) && !is_free {
        let text = format!("what `{name}` holds was left out: a contract says only that it is {}", kind.name());
        notes.push(remark(members.file, line, text));
    }
    let one_of = one_of.into_iter().filter(|value| !value.is_null()).collect();
    Some(Parameter { name: name.to_owned(), kind, required: !optional, description, one_of, ..Parameter::default() })
}

/// `array, the tags` is a type and a description.
fn described(text: &str) -> (&str, String) {
    let (what, description) = text.split_once(',').unwrap_or((text, ""));
    (what.trim(), description.strip_prefix(' ').unwrap_or(description).to_owned())
}
