//! Values to try a template with: as somebody types them, and made up from the contract.

use serde_json::Value;

use crate::version::{Parameter, ParameterType};

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

/// A value to try before anyone has typed one, as [`value_of`] reads it: it fits the contract, but for a `pattern`.
pub fn sample(parameter: &Parameter) -> String {
    if let Some(value) = parameter.default.as_ref().or(parameter.one_of.first()) {
        return text_of(value);
    }
    let least = parameter.min.filter(|n| *n > 1.0).or(parameter.max.filter(|n| *n < 1.0)).unwrap_or(1.0);
    match parameter.kind {
        ParameterType::String => words(parameter),
        ParameterType::Number => least.to_string(),
        ParameterType::Integer => (if least > 1.0 { least.ceil() } else { least.floor() }).to_string(),
        ParameterType::Boolean => "true".to_owned(),
        ParameterType::Array => r#"["one", "two"]"#.to_owned(),
        ParameterType::Object => "{}".to_owned(),
    }
}

/// The name of the parameter as words, as long as the contract wants it.
fn words(parameter: &Parameter) -> String {
    let text = format!("[{}]", parameter.name.replace('_', " "));
    let least = parameter.min.map_or(0, |n| n as usize).min(1_000);
    let most = parameter.max.map_or(usize::MAX, |n| n as usize);
    let padded = text.chars().chain(std::iter::repeat('.'));
    padded.take(text.chars().count().max(least).min(most)).collect()
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
    fn what_is_made_up_fits_the_contract() {
        let parameter = |kind, min, max| Parameter { name: "a_goal".into(), kind, min, max, ..Parameter::default() };
        for (kind, min, max, text) in [
            (ParameterType::String, None, None, "[a goal]"),
            (ParameterType::String, Some(12.0), None, "[a goal]...."),
            (ParameterType::String, None, Some(3.0), "[a "),
            (ParameterType::Integer, Some(2.5), None, "3"),
            (ParameterType::Number, None, Some(-2.5), "-2.5"),
        ] {
            assert_eq!(sample(&parameter(kind, min, max)), text);
        }
        let chosen = Parameter { one_of: vec![json!("x"), json!("y")], ..Parameter::default() };
        assert_eq!(sample(&chosen), "x");
    }
}
