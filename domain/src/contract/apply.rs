//! A compiled contract: variables in, checked and completed variables out.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::measure::{MAX_VALUES, MAX_VARIABLES_BYTES, Measure, forbidden};
use super::value::{Rules, a};
use super::{check_contract, unknown_parameter};
use crate::error::{FieldError, Problems, Result};
use crate::execution::Variables;
use crate::text::nearest;
use crate::version::{Parameter, ParameterType};

/// A version's parameters, compiled once and applied to the variables of every render.
pub struct Contract {
    parameters: Vec<Compiled>,
    /// Place of each parameter.
    places: HashMap<String, usize>,
}

struct Compiled {
    parameter: Parameter,
    pattern: Option<Regex>,
}

impl Contract {
    /// Compiles the parameters. Fails when [`check_contract`] would.
    pub fn new(parameters: &[Parameter]) -> Result<Self> {
        let mut problems = Problems::default();
        check_contract(parameters, &mut problems);
        problems.finish()?;
        let places = parameters.iter().enumerate().map(|(i, p)| (p.name.clone(), i)).collect();
        let compiled = |p: &Parameter| Compiled {
            parameter: Parameter { default: p.default.clone().map(|d| normal(d, p.kind)), ..p.clone() },
            pattern: p.pattern.as_deref().and_then(|text| compile(text).ok()),
        };
        Ok(Self { parameters: parameters.iter().map(compiled).collect(), places })
    }

    /// Checks the variables and fills in the defaults. An optional variable that is null counts as left out.
    /// On failure every problem is reported, in fields `variables.<name>`.
    pub fn apply(&self, variables: &Variables) -> std::result::Result<Variables, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_size(variables, &mut errors);
        for name in variables.keys().filter(|name| !self.places.contains_key(name.as_str())) {
            let message =
                unknown_parameter(name, nearest(name, self.names()), "leave it out, or add it to the contract");
            errors.push(error(name, message));
        }
        let mut complete = Variables::with_capacity(self.parameters.len());
        for compiled in &self.parameters {
            match compiled.value(variables.get(&compiled.parameter.name)) {
                Ok(Some(value)) => drop(complete.insert(compiled.parameter.name.clone(), value)),
                Ok(None) => {}
                Err(message) => errors.push(error(&compiled.parameter.name, message)),
            }
        }
        if errors.is_empty() { Ok(complete) } else { Err(errors) }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|c| c.parameter.name.as_str())
    }
}

impl Compiled {
    fn value(&self, given: Option<&Value>) -> std::result::Result<Option<Value>, String> {
        let Some(value) = given.filter(|v| !v.is_null()) else {
            return match &self.parameter.default {
                None if self.parameter.required => Err(format!("is required: give {}", a(self.parameter.kind))),
                default => Ok(default.clone()),
            };
        };
        if let Some(message) = forbidden(value) {
            return Err(message);
        }
        Rules::of(&self.parameter).with_pattern(self.pattern.as_ref()).check(value)?;
        Ok(Some(normal(value.clone(), self.parameter.kind)))
    }
}

/// Names can be anything here: only the first characters are repeated back.
fn error(name: &str, message: String) -> FieldError {
    FieldError::new(format!("variables.{}", name.chars().take(super::MAX_NAME).collect::<String>()), message)
}

fn check_size(variables: &Variables, errors: &mut Vec<FieldError>) {
    let mut measure = Measure::default();
    for (name, value) in variables {
        measure.bytes += name.len();
        measure.add(value, MAX_VARIABLES_BYTES);
    }
    if measure.bytes > MAX_VARIABLES_BYTES {
        errors.push(FieldError::new("variables", "are too large: send at most 512 KB in all"));
    } else if measure.values > MAX_VALUES {
        errors.push(FieldError::new("variables", format!("hold too many values: send at most {MAX_VALUES} in all")));
    }
}

/// An integer written as 3.0 becomes 3, so that the template prints what was meant.
fn normal(value: Value, kind: ParameterType) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.as_f64() {
        Some(f) if kind == ParameterType::Integer && !value.is_i64() && f.abs() < EXACT => Value::from(f as i64),
        _ => value,
    }
}

/// Compiles a pattern so that it must match the whole text; linear in time and small in memory.
pub(super) fn compile(pattern: &str) -> std::result::Result<Regex, String> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(1 << 20).dfa_size_limit(1 << 20).build();
    // First alone: otherwise `a)|(b` would compile inside the group.
    let whole = build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z")));
    whole.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large: use smaller repetitions".to_owned(),
        error => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("is not a regular expression that works here: {reason}")
        }
    })
}
