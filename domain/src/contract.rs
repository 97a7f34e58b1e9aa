//! The contract: rules for a version's parameters, and (feature `engine`) variables checked against them.

use std::collections::HashSet;

use serde_json::Value;

use crate::error::Problems;
use crate::version::{MAX_PARAMETERS, Parameter, ParameterType};

#[cfg(feature = "engine")]
mod apply;
#[cfg(feature = "engine")]
mod infer;
mod measure;
#[cfg(feature = "engine")]
mod schema;
mod value;

#[cfg(feature = "engine")]
pub use apply::Contract;
#[cfg(feature = "engine")]
pub use infer::infer;
pub use measure::{MAX_DEPTH, MAX_VALUES, MAX_VARIABLES_BYTES};
#[cfg(feature = "engine")]
pub use schema::{json_schema, of_schema, of_schema_text};

/// The most characters of a parameter's name.
pub const MAX_NAME: usize = 64;
/// The most bytes of a `pattern`.
pub const MAX_PATTERN: usize = 500;
/// The most bytes of all defaults and enums together: they count as input when a render leaves parameters out.
pub const MAX_CONTRACT_BYTES: usize = 64 * 1024;

/// Words with a meaning of their own in Jinja2 expressions, and the names the engine defines.
const RESERVED: [&str; 24] = [
    "and",
    "as",
    "caller",
    "debug",
    "dict",
    "elif",
    "else",
    "false",
    "for",
    "if",
    "in",
    "is",
    "kwargs",
    "loop",
    "namespace",
    "none",
    "not",
    "or",
    "range",
    "recursive",
    "self",
    "super",
    "true",
    "varargs",
];

/// Checks the form of a contract: names, types, defaults, limits. Problems name the field, such as
/// `parameters[3].default`. Without the feature `engine` a `pattern` is not compiled, only measured.
pub fn check_contract(parameters: &[Parameter], problems: &mut Problems) {
    let count = format!("use at most {MAX_PARAMETERS} parameters, not {}", parameters.len());
    problems.require(parameters.len() <= MAX_PARAMETERS, "parameters", count);
    let mut seen = HashSet::new();
    for (i, parameter) in parameters.iter().enumerate().take(MAX_PARAMETERS) {
        let field = format!("parameters[{i}]");
        check_name(&parameter.name, &field, problems);
        let twice = format!("`{}` is declared twice", parameter.name);
        problems.require(seen.insert(parameter.name.as_str()), &format!("{field}.name"), twice);
        check_limits(parameter, &field, problems);
        check_pattern(parameter, &field, problems);
        check_values(parameter, &field, problems);
    }
    let size: usize = parameters.iter().flat_map(values_of).map(|v| measure::bytes(v, MAX_CONTRACT_BYTES)).sum();
    problems.require(size <= MAX_CONTRACT_BYTES, "parameters", "use at most 64 KB for all defaults and enums");
}

fn values_of(parameter: &Parameter) -> impl Iterator<Item = &Value> {
    parameter.default.iter().chain(&parameter.one_of)
}

/// Fails with what is wrong with a parameter's name.
#[cfg(feature = "engine")]
pub(crate) fn fits_as_name(name: &str) -> Result<(), String> {
    let mut problems = Problems::default();
    check_name(name, "", &mut problems);
    problems.0.into_iter().next().map_or(Ok(()), |problem| Err(problem.message))
}

fn check_name(name: &str, field: &str, problems: &mut Problems) {
    let field = format!("{field}.name");
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if name.is_empty() || name.len() > MAX_NAME || !plain {
        problems.add(field, format!("use 1 to {MAX_NAME} of a-z, 0-9 and _ (`^[a-z0-9_]+$`)"));
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        let message =
            format!("start with a letter or _: Jinja reads `{name}` as a number, so no template could use it");
        problems.add(field, message);
    } else if RESERVED.contains(&name) {
        problems.add(field, format!("`{name}` has a meaning of its own in Jinja: use another name"));
    }
}

fn check_limits(parameter: &Parameter, field: &str, problems: &mut Problems) {
    use ParameterType::{Array, Integer, Number, String};
    let limits = [("min", parameter.min), ("max", parameter.max)];
    for (name, limit) in limits.iter().filter_map(|(name, limit)| limit.map(|l| (name, l))) {
        let field = format!("{field}.{name}");
        if !matches!(parameter.kind, Number | Integer | String | Array) {
            let message = format!("`{name}` means nothing for {}: leave it out", value::a(parameter.kind));
            problems.add(field, message);
        } else if !limit.is_finite() {
            problems.add(field, "use a finite number");
        } else if matches!(parameter.kind, String | Array) && (limit < 0.0 || limit.fract() != 0.0) {
            problems.add(field, "use a whole number from 0: it is a length");
        }
    }
    if let (Some(min), Some(max)) = (parameter.min, parameter.max) {
        problems.require(min <= max, &format!("{field}.min"), format!("must not be above `max`, which is {max}"));
    }
}

fn check_pattern(parameter: &Parameter, field: &str, problems: &mut Problems) {
    let Some(pattern) = &parameter.pattern else { return };
    let field = format!("{field}.pattern");
    if parameter.kind != ParameterType::String {
        problems.add(field, format!("`pattern` means nothing for {}: leave it out", value::a(parameter.kind)));
    } else if pattern.len() > MAX_PATTERN {
        problems.add(field, format!("use at most {MAX_PATTERN} bytes"));
    } else {
        #[cfg(feature = "engine")]
        problems.take(&field, apply::compile(pattern).map(drop));
    }
}

fn check_values(parameter: &Parameter, field: &str, problems: &mut Problems) {
    for (i, allowed) in parameter.one_of.iter().enumerate() {
        let field = format!("{field}.enum[{i}]");
        check_value(parameter, allowed, false, field, problems);
    }
    if let Some(default) = &parameter.default {
        check_value(parameter, default, true, format!("{field}.default"), problems);
    }
}

fn check_value(parameter: &Parameter, value: &Value, is_default: bool, field: String, problems: &mut Problems) {
    if let Some(message) = measure::forbidden(value) {
        return problems.add(field, message);
    }
    let rules = if is_default { value::Rules::of(parameter) } else { value::Rules::without_enum(parameter) };
    #[cfg(feature = "engine")]
    let regex = parameter.pattern.as_deref().and_then(|p| apply::compile(p).ok());
    #[cfg(feature = "engine")]
    let rules = rules.with_pattern(regex.as_ref());
    if let Err(message) = rules.check(value) {
        problems.add(field, message);
    }
}

/// "`user_nmae` is not a declared parameter; did you mean `user_name`? Otherwise …".
#[cfg(feature = "engine")]
pub(crate) fn unknown_parameter(name: &str, near: Option<&str>, otherwise: &str) -> String {
    match near {
        Some(near) => {
            format!("`{name}` is not a declared parameter; did you mean `{near}`? Otherwise {otherwise}")
        }
        None => format!("`{name}` is not a declared parameter; {otherwise}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(parameter: Parameter) -> Vec<String> {
        let mut problems = Problems::default();
        check_contract(&[parameter], &mut problems);
        problems.0.into_iter().map(|p| p.field).collect()
    }

    #[test]
    fn a_name_must_be_usable_in_a_template() {
        for (name, fits) in [("goal", true), ("_x9", true), ("9", false), ("1st", false), ("loop", false), ("", false)]
        {
            let found = fields(Parameter { name: name.into(), ..Parameter::default() });
            assert_eq!(found.is_empty(), fits, "{name}: {found:?}");
        }
        assert!(!fields(Parameter { name: "a".repeat(65), ..Parameter::default() }).is_empty());
    }

    #[test]
    fn too_many_parameters_are_refused_once() {
        let many: Vec<_> = (0..60).map(|i| Parameter { name: format!("p{i}"), ..Parameter::default() }).collect();
        let mut problems = Problems::default();
        check_contract(&many, &mut problems);
        assert_eq!(problems.0.len(), 1);
    }

    #[test]
    fn huge_defaults_are_refused() {
        let default = Some(Value::from("x".repeat(70_000)));
        assert_eq!(fields(Parameter { name: "p".into(), default, ..Parameter::default() }), ["parameters"]);
    }
}
