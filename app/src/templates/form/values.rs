//! Texts of form fields and the JSON values they stand for, both ways.

use domain::version::{Parameter, ParameterType};
use serde_json::Value;

/// The value of a text; none for an empty one. `""` stands for the empty string.
pub fn value_of(text: &str, kind: ParameterType) -> Result<Option<Value>, String> {
    let trimmed = text.trim();
    if kind == ParameterType::String {
        return Ok(match trimmed {
            "" => None,
            "\"\"" => Some(Value::from("")),
            _ => Some(Value::from(text)),
        });
    }
    if trimmed.is_empty() {
        return Ok(None);
    }
    let value = serde_json::from_str::<Value>(trimmed);
    match (kind, value) {
        (ParameterType::Number, Ok(value)) if value.is_number() => Ok(Some(value)),
        (ParameterType::Number, _) => Err("give a number such as 3 or 0.5".into()),
        (ParameterType::Integer, Ok(value)) if value.is_number() => Ok(Some(value)),
        (ParameterType::Integer, _) => Err("give a whole number such as 3".into()),
        (ParameterType::Boolean, Ok(value)) if value.is_boolean() => Ok(Some(value)),
        (ParameterType::Boolean, _) => Err("give true or false".into()),
        (_, Ok(value)) => Ok(Some(value)),
        (_, Err(error)) => Err(not_json(&error)),
    }
}

/// What to say of a text that should be JSON.
pub fn not_json(error: &serde_json::Error) -> String {
    format!("is not valid JSON: {error}")
}

/// The text that [`value_of`] reads back as the value.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The values of a list written with commas, or as a JSON array.
pub fn list_of(text: &str, kind: ParameterType) -> Result<Vec<Value>, String> {
    let text = text.trim();
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(|e| not_json(&e));
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let values: Result<Vec<_>, _> = parts.map(|part| value_of(part, kind)).collect();
    Ok(values?.into_iter().flatten().collect())
}

/// The text that [`list_of`] reads back as the values.
pub fn text_of_list(values: &[Value]) -> String {
    let is_plain =
        |text: &str| !text.is_empty() && text.trim() == text && !text.contains(',') && !text.starts_with('[');
    let texts: Option<Vec<String>> = values
        .iter()
        .map(|value| match value {
            Value::String(text) if is_plain(text) && text != "\"\"" => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        })
        .collect();
    texts.map_or_else(|| Value::from(values.to_vec()).to_string(), |texts| texts.join(", "))
}

/// A limit; none for an empty text.
pub fn limit_of(text: &str) -> Result<Option<f64>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().ok().filter(|n: &f64| n.is_finite()).map(Some).ok_or_else(|| "give a number".to_owned()),
    }
}

/// A value to preview with, before anyone has typed one.
pub fn sample(parameter: &Parameter) -> String {
    if let Some(value) = parameter.default.as_ref().or(parameter.one_of.first()) {
        return text_of(value);
    }
    match parameter.kind {
        ParameterType::String => format!("[{}]", parameter.name.replace('_', " ")),
        ParameterType::Number | ParameterType::Integer => parameter.min.unwrap_or(1.0).to_string(),
        ParameterType::Boolean => "true".to_owned(),
        ParameterType::Array => r#"["one", "two"]"#.to_owned(),
        ParameterType::Object => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_becomes_a_value_of_its_type() {
        assert_eq!(value_of(" a b ", ParameterType::String), Ok(Some(json!(" a b "))));
        assert_eq!(value_of("\"\"", ParameterType::String), Ok(Some(json!(""))));
        assert_eq!(value_of(" ", ParameterType::Integer), Ok(None));
        assert_eq!(value_of("3", ParameterType::Integer), Ok(Some(json!(3))));
        assert_eq!(value_of("0.5", ParameterType::Number), Ok(Some(json!(0.5))));
        assert_eq!(value_of("true", ParameterType::Boolean), Ok(Some(json!(true))));
        assert_eq!(value_of("[1,2]", ParameterType::Array), Ok(Some(json!([1, 2]))));
        assert!(value_of("three", ParameterType::Integer).is_err());
        assert!(value_of("yes", ParameterType::Boolean).is_err());
        assert!(value_of("{", ParameterType::Object).is_err());
    }

    #[test]
    fn lists_come_back_as_they_were() {
        for (values, kind, text) in [
            (vec![json!("a"), json!("b c")], ParameterType::String, "a, b c"),
            (vec![json!("a,b"), json!("")], ParameterType::String, r#"["a,b",""]"#),
            (vec![json!(1), json!(2.5)], ParameterType::Number, "1, 2.5"),
        ] {
            assert_eq!(text_of_list(&values), text);
            assert_eq!(list_of(text, kind), Ok(values));
        }
        assert_eq!(list_of("", ParameterType::String), Ok(vec![]));
        assert!(list_of("1, x", ParameterType::Integer).is_err());
    }
}
