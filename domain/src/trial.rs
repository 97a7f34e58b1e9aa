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

/// The most characters of a text, and the most items of a list, that are made up: more would fill a page or a request.
const MOST_CHARACTERS: usize = 100_000;
const MOST_ITEMS: usize = 10_000;

/// A value to try before anyone has typed one, as [`value_of`] reads it: it fits the contract, but for a `pattern`, and for
/// a `min` above 100,000 characters or 10,000 items.
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
        ParameterType::Array => Value::from(items(parameter)).to_string(),
        ParameterType::Object => "{}".to_owned(),
    }
}

/// The name of the parameter as words, as long as the contract wants it.
fn words(parameter: &Parameter) -> String {
    let text = format!("[{}]", parameter.name.replace('_', " "));
    let length = length(parameter, text.chars().count(), MOST_CHARACTERS);
    let text: String = text.chars().chain(std::iter::repeat('.')).take(length).collect();
    text_of(&Value::from(text))
}

/// As many texts as the contract wants.
fn items(parameter: &Parameter) -> Vec<String> {
    let names = ["one", "two"].map(str::to_owned).into_iter();
    names.chain((3..).map(|n: usize| n.to_string())).take(length(parameter, 2, MOST_ITEMS)).collect()
}

/// The length that the contract allows and that is nearest to the usual one.
fn length(parameter: &Parameter, usual: usize, most: usize) -> usize {
    let least = parameter.min.map_or(0, |n| n as usize).min(most);
    usual.max(least).min(parameter.max.map_or(usize::MAX, |n| n as usize))
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
            (ParameterType::String, None, Some(0.0), "\"\""),
            (ParameterType::Array, None, None, r#"["one","two"]"#),
            (ParameterType::Array, Some(3.0), None, r#"["one","two","3"]"#),
            (ParameterType::Array, None, Some(1.0), r#"["one"]"#),
            (ParameterType::Integer, Some(2.5), None, "3"),
            (ParameterType::Number, None, Some(-2.5), "-2.5"),
        ] {
            assert_eq!(sample(&parameter(kind, min, max)), text);
        }
        let chosen = Parameter { one_of: vec![json!("x"), json!("y")], ..Parameter::default() };
        assert_eq!(sample(&chosen), "x");
    }

    #[cfg(feature = "engine")]
    mod properties {
        use proptest::prelude::*;

        use super::*;
        use crate::contract::Contract;

        fn limits(kind: ParameterType) -> BoxedStrategy<[Option<f64>; 2]> {
            let limit = match kind {
                ParameterType::String | ParameterType::Array => (0_u16..3_000).prop_map(f64::from).boxed(),
                ParameterType::Number | ParameterType::Integer => {
                    (-2_000_i32..2_000).prop_map(|n| f64::from(n) / 4.0).boxed()
                }
                _ => return Just([None, None]).boxed(),
            };
            let two = [prop::option::of(limit.clone()), prop::option::of(limit)];
            let sorted = |two: [Option<f64>; 2]| match two {
                [Some(a), Some(b)] => [Some(a.min(b)), Some(a.max(b))],
                other => other,
            };
            let has_value = move |limits: &[Option<f64>; 2]| match limits {
                [Some(min), Some(max)] => kind != ParameterType::Integer || min.ceil() <= *max,
                _ => true,
            };
            two.prop_map(sorted).prop_filter("some whole number lies between", has_value).boxed()
        }

        fn parameters() -> impl Strategy<Value = Parameter> {
            use ParameterType::{Array, Boolean, Integer, Number, Object, String};
            let kinds = prop::sample::select(vec![String, Number, Integer, Boolean, Array, Object]);
            kinds.prop_flat_map(|kind| (Just(kind), limits(kind))).prop_map(|(kind, [min, max])| Parameter {
                name: "a_goal".into(),
                kind,
                min,
                max,
                required: true,
                ..Parameter::default()
            })
        }

        proptest! {
            #[test]
            fn what_is_made_up_fits_any_contract(parameter in parameters()) {
                let text = sample(&parameter);
                let value = value_of(&text, parameter.kind).unwrap_or_default();
                let value = value.ok_or_else(|| TestCaseError::fail(format!("{text:?} is no value")))?;
                let variables = [("a_goal".to_owned(), value)].into_iter().collect();
                let applied = Contract::new(&[parameter]).map_err(|e| TestCaseError::fail(e.message))?.apply(&variables);
                prop_assert!(applied.is_ok(), "{text:?}: {:?}", applied.err());
            }
        }
    }
}
