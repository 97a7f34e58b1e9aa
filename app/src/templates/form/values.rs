//! Texts of form fields and the JSON values they stand for, both ways.

pub use domain::trial::{not_json, sample, text_of, value_of};
use domain::version::ParameterType;
use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
