//! One value against the rules of its parameter.

use serde_json::Value;

use crate::version::{Parameter, ParameterType};

/// What a parameter asks of a value.
pub(crate) struct Rules<'a> {
    parameter: &'a Parameter,
    with_enum: bool,
    #[cfg(feature = "engine")]
    pattern: Option<&'a regex::Regex>,
}

impl<'a> Rules<'a> {
    pub(crate) fn of(parameter: &'a Parameter) -> Self {
        Self {
            parameter,
            with_enum: true,
            #[cfg(feature = "engine")]
            pattern: None,
        }
    }
    /// The rules for an entry of the enum itself.
    pub(crate) fn without_enum(parameter: &'a Parameter) -> Self {
        Self { with_enum: false, ..Self::of(parameter) }
    }
    #[cfg(feature = "engine")]
    pub(crate) fn with_pattern(self, pattern: Option<&'a regex::Regex>) -> Self {
        Self { pattern, ..self }
    }

    /// The first rule that the value breaks, as a sentence about it.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        if !has_type(value, self.parameter.kind) {
            return Err(format!("expected {}, got {}", a(self.parameter.kind), describe(value)));
        }
        let allowed = &self.parameter.one_of;
        if self.with_enum && !allowed.is_empty() && !allowed.iter().any(|v| same(v, value)) {
            return Err(format!("must be one of {}", list(allowed)));
        }
        self.check_range(value)?;
        self.check_pattern(value)
    }

    fn check_range(&self, value: &Value) -> Result<(), String> {
        let (size, unit) = match value {
            Value::Number(n) => (n.as_f64().unwrap_or(f64::NAN), ""),
            Value::String(s) => (s.chars().count() as f64, "character"),
            Value::Array(items) => (items.len() as f64, "item"),
            _ => return Ok(()),
        };
        let limit = |bound: &str, limit: f64| match unit {
            "" => format!("must be {bound} {limit}"),
            unit => format!("must have {bound} {limit} {unit}{}", if limit == 1.0 { "" } else { "s" }),
        };
        match (self.parameter.min, self.parameter.max) {
            (Some(min), _) if size < min => Err(limit("at least", min)),
            (_, Some(max)) if size > max => Err(limit("at most", max)),
            _ => Ok(()),
        }
    }

    #[cfg(feature = "engine")]
    fn check_pattern(&self, value: &Value) -> Result<(), String> {
        match (value.as_str(), self.pattern) {
            (Some(text), Some(pattern)) if !pattern.is_match(text) => {
                Err(format!("must match the pattern {}", self.parameter.pattern.as_deref().unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }
    #[cfg(not(feature = "engine"))]
    fn check_pattern(&self, _: &Value) -> Result<(), String> {
        Ok(())
    }
}

/// `a string`, `an integer`, …
pub(crate) fn a(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::String => "a string",
        ParameterType::Number => "a number",
        ParameterType::Integer => "an integer",
        ParameterType::Boolean => "true or false",
        ParameterType::Array => "an array",
        ParameterType::Object => "an object",
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => format!("the number {n}"),
        Value::String(_) => "a string".into(),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

fn has_type(value: &Value, kind: ParameterType) -> bool {
    match kind {
        ParameterType::String => value.is_string(),
        ParameterType::Number => value.is_number(),
        ParameterType::Integer => is_integer(value),
        ParameterType::Boolean => value.is_boolean(),
        ParameterType::Array => value.is_array(),
        ParameterType::Object => value.is_object(),
    }
}

/// JSON Schema 2020-12, validation, section 6.1.1: an integer is "any number with a zero fractional part", so 3.0 too.
fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|f| f.fract() == 0.0)
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        _ => a == b,
    }
}

fn list(values: &[Value]) -> String {
    const SHOWN: usize = 20;
    let mut texts: Vec<_> = values.iter().take(SHOWN).map(Value::to_string).collect();
    if values.len() > SHOWN {
        texts.push("…".into());
    }
    texts.join(", ")
}
