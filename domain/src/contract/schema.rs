//! The contract as JSON Schema (draft 2020-12), and back.
//!
//! A schema says of all variables together what the contract says of each: an object with a property a parameter and
//! no others. What a contract can't say of a property is refused by name, not dropped.

use serde_json::{Map, Value, json};

use super::apply::compile;
use super::check_contract;
use crate::error::{Error, FieldError, Problems, Result};
use crate::version::{Parameter, ParameterType};

/// What a schema calls itself.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Words about the schema itself that ask nothing of a value.
const NOTES: [&str; 9] =
    ["$schema", "$id", "$comment", "title", "description", "examples", "deprecated", "readOnly", "writeOnly"];

/// The schema of the variables that a contract takes. A parameter that is required and has a default is listed as
/// required: whoever sends it is never wrong.
pub fn json_schema(parameters: &[Parameter]) -> Value {
    let properties: Map<_, _> = parameters.iter().map(|p| (p.name.clone(), Value::Object(property(p)))).collect();
    let required: Vec<_> = parameters.iter().filter(|p| p.required).map(|p| p.name.as_str()).collect();
    let mut schema = json!({ "$schema": DIALECT, "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["additionalProperties"] = json!(false);
    schema
}

fn property(parameter: &Parameter) -> Map<String, Value> {
    let mut property = Map::new();
    let mut put = |word: &str, value: Value| drop(property.insert(word.to_owned(), value));
    put("type", json!(parameter.kind.name()));
    if !parameter.description.is_empty() {
        put("description", json!(parameter.description));
    }
    if !parameter.one_of.is_empty() {
        put("enum", json!(parameter.one_of));
    }
    let (least, most) = limits(parameter.kind);
    let bounds = [(least, parameter.min), (most, parameter.max)];
    bounds.into_iter().filter_map(|(word, bound)| Some((word?, bound?))).for_each(|(word, bound)| {
        put(word, number(bound));
    });
    if let Some(pattern) = &parameter.pattern {
        put("pattern", json!(format!("^(?:{pattern})$")));
    }
    if let Some(default) = &parameter.default {
        put("default", default.clone());
    }
    property
}

/// What `min` and `max` are called for a type.
fn limits(kind: ParameterType) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        ParameterType::Number | ParameterType::Integer => (Some("minimum"), Some("maximum")),
        ParameterType::String => (Some("minLength"), Some("maxLength")),
        ParameterType::Array => (Some("minItems"), Some("maxItems")),
        ParameterType::Boolean | ParameterType::Object => (None, None),
    }
}

/// Whole numbers without a point, as people write them.
fn number(n: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if n.fract() == 0.0 && n.abs() < EXACT { json!(n as i64) } else { json!(n) }
}

/// The most bytes of a schema's text.
const MAX_SCHEMA_BYTES: usize = 256 * 1024;

/// As [`of_schema`], from a text that somebody pasted.
pub fn of_schema_text(text: &str) -> Result<Vec<Parameter>> {
    if text.len() > MAX_SCHEMA_BYTES {
        return Err(Error::field("schema", format!("use at most {} KB", MAX_SCHEMA_BYTES / 1024)));
    }
    let schema = serde_json::from_str::<Value>(text);
    of_schema(&schema.map_err(|error| Error::field("schema", format!("is not valid JSON: {error}")))?)
}

/// The contract that a schema of variables describes. Fails with all that a contract can't say; fields are the paths in
/// the schema, such as `properties.goal.format`.
pub fn of_schema(schema: &Value) -> Result<Vec<Parameter>> {
    let mut problems = Problems::default();
    let Some(schema) = schema.as_object() else {
        return Err(Error::field("schema", "use a JSON object"));
    };
    check_frame(schema, &mut problems);
    let none = Map::new();
    let properties = match schema.get("properties") {
        None => &none,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(Error::field("properties", "use an object with a schema for each parameter")),
    };
    let required = required(schema, properties, &mut problems);
    let mut parameters = Vec::with_capacity(properties.len());
    for (name, property) in properties {
        let is_required = required.contains(&name.as_str());
        parameters.extend(parameter(name, property, is_required, &mut problems));
    }
    problems.finish()?;
    check_all(&parameters)?;
    Ok(parameters)
}

/// The words around the properties.
fn check_frame(schema: &Map<String, Value>, problems: &mut Problems) {
    for (word, value) in schema {
        match word.as_str() {
            "properties" | "required" => {}
            "type" => problems.require(value == "object", "type", "use `object`: variables have names"),
            "additionalProperties" | "unevaluatedProperties" => {
                problems.require(value == false, word, "use `false`: a contract refuses variables it doesn't know");
            }
            word if NOTES.contains(&word) => {}
            word => problems.add(word, format!("a contract can't say `{word}`: leave it out")),
        }
    }
}

fn required<'s>(
    schema: &'s Map<String, Value>,
    properties: &Map<String, Value>,
    problems: &mut Problems,
) -> Vec<&'s str> {
    let Some(value) = schema.get("required") else { return Vec::new() };
    let names: Option<Vec<_>> = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let Some(names) = names else {
        problems.add("required", "use a list of names");
        return Vec::new();
    };
    for name in names.iter().filter(|name| !properties.contains_key(**name)) {
        problems.add("required", format!("`{name}` is not among the properties: add it there"));
    }
    names
}

fn parameter(name: &str, property: &Value, required: bool, problems: &mut Problems) -> Option<Parameter> {
    let field = format!("properties.{name}");
    let Some(property) = property.as_object() else {
        problems.add(field, "use an object with a `type`");
        return None;
    };
    let kind = kind(property, &field, problems)?;
    let mut parameter = Parameter { name: name.to_owned(), kind, required, ..Parameter::default() };
    for (word, value) in property {
        if let Err(message) = read(word, value, &mut parameter) {
            problems.add(format!("{field}.{word}"), message);
        }
    }
    Some(parameter)
}

fn kind(property: &Map<String, Value>, field: &str, problems: &mut Problems) -> Option<ParameterType> {
    let field = format!("{field}.type");
    match property.get("type") {
        Some(Value::String(name)) => problems.take(&field, ParameterType::parse(name)),
        Some(_) => {
            problems.add(field, "use one type: a contract can't say several");
            None
        }
        None => {
            problems.add(field, "is missing: use string, number, integer, boolean, array or object");
            None
        }
    }
}

/// One word of a property.
fn read(word: &str, value: &Value, parameter: &mut Parameter) -> std::result::Result<(), String> {
    let (least, most) = limits(parameter.kind);
    match word {
        "type" => {}
        "description" => parameter.description = text(value)?,
        "default" => parameter.default = Some(value.clone()),
        "const" => parameter.one_of = vec![value.clone()],
        "enum" => parameter.one_of = value.as_array().cloned().ok_or("use a list of values")?,
        "pattern" => parameter.pattern = Some(whole(&text(value)?)),
        word if Some(word) == least => parameter.min = Some(bound(value)?),
        word if Some(word) == most => parameter.max = Some(bound(value)?),
        "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" => {
            return Err(format!("`{word}` means nothing for {}: leave it out", super::value::a(parameter.kind)));
        }
        word if NOTES.contains(&word) => {}
        word => return Err(format!("a contract can't say `{word}`: leave it out")),
    }
    Ok(())
}

fn text(value: &Value) -> std::result::Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "use a text".to_owned())
}

fn bound(value: &Value) -> std::result::Result<f64, String> {
    value.as_f64().ok_or_else(|| "use a number".to_owned())
}

/// A schema's pattern may match anywhere in a value, a contract's matches the whole of it.
fn whole(pattern: &str) -> String {
    let inner = pattern.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$"));
    if let Some(inner) = inner.filter(|inner| compile(inner).is_ok()) {
        return inner.to_owned();
    }
    let plain = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    if let Some(plain) = plain.filter(|plain| !plain.contains(['|', '\\', '[', '(']) && compile(plain).is_ok()) {
        return plain.to_owned();
    }
    // What can't be compiled is told as it was written.
    let anywhere = format!(r"[\s\S]*(?:{pattern})[\s\S]*");
    if compile(pattern).is_ok() { anywhere } else { pattern.to_owned() }
}

/// What the contract says of itself, in terms of the schema.
fn check_all(parameters: &[Parameter]) -> Result<()> {
    let mut problems = Problems::default();
    check_contract(parameters, &mut problems);
    let moved = |error: FieldError| {
        let place = error.field.strip_prefix("parameters[").and_then(|rest| rest.split_once(']'));
        let named = place.and_then(|(index, rest)| {
            let parameter = parameters.get(index.parse::<usize>().ok()?)?;
            Some((format!("properties.{}", parameter.name), rest.to_owned(), parameter.kind))
        });
        match named {
            Some((property, rest, kind)) => FieldError { field: property + &renamed(&rest, kind), ..error },
            None => FieldError { field: error.field.replace("parameters", "properties"), ..error },
        }
    };
    problems.0 = problems.0.into_iter().map(moved).collect();
    problems.finish()
}

fn renamed(rest: &str, kind: ParameterType) -> String {
    let (least, most) = limits(kind);
    match rest {
        ".min" => format!(".{}", least.unwrap_or("min")),
        ".max" => format!(".{}", most.unwrap_or("max")),
        ".name" => String::new(),
        rest => rest.to_owned(),
    }
}
