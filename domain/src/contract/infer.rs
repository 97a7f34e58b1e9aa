//! The parameters that texts read and no one has declared yet, typed by what the texts do with them.

use serde_json::Value;

use super::fits_as_name;
use crate::check::reads::{Binding, Read, Use, reads};
use crate::version::{MAX_PARAMETERS, Parameter, ParameterType, VersionContent};

/// The most values of an inferred `enum`.
const MAX_VALUES: usize = 20;
/// Types from the surest sign to the weakest.
const SURENESS: [ParameterType; 6] = [
    ParameterType::Object,
    ParameterType::Array,
    ParameterType::Number,
    ParameterType::Integer,
    ParameterType::String,
    ParameterType::Boolean,
];

/// What a version's texts read and its contract doesn't declare, in the order of first use; no more than the contract
/// has room for. Texts that can't be read and names that no parameter can have are passed over.
pub fn infer(content: &VersionContent) -> Vec<Parameter> {
    let all = content.messages.iter().flat_map(|message| reads(&message.content).unwrap_or_default());
    let is_declared = |name: &str| content.parameters.iter().any(|p| p.name == name);
    let room = MAX_PARAMETERS.saturating_sub(content.parameters.len());
    let mut found: Vec<(String, Vec<Read>)> = Vec::new();
    for read in all.filter(|read| matches!(read.binding, Binding::Parameter | Binding::EitherUnseen)) {
        let is_full = found.len() == room;
        match found.iter_mut().find(|(name, _)| *name == read.name) {
            Some((_, reads)) => reads.push(read),
            None if is_full || is_declared(&read.name) || fits_as_name(&read.name).is_err() => {}
            None => found.push((read.name.clone(), vec![read])),
        }
    }
    found.into_iter().map(|(name, reads)| parameter(name, &reads)).collect()
}

fn parameter(name: String, reads: &[Read]) -> Parameter {
    let uses: Vec<&Use> = reads.iter().flat_map(|read| &read.uses).collect();
    let kind = kind(&uses);
    let fits = |value: &&Value| type_of(value).is_some_and(|found| is_a(found, kind));
    let default = defaults(&uses).find(|value| fits(&value)).filter(|value| super::measure::forbidden(value).is_none());
    let is_missed = reads
        .iter()
        .any(|read| !read.is_guarded && !read.uses.iter().any(|one| matches!(one, Use::Default(_) | Use::Asked)));
    let mut one_of = if kind == ParameterType::String { choices(&uses) } else { Vec::new() };
    if let (Some(default), false) =
        (&default, one_of.is_empty() || default.as_ref().is_some_and(|d| one_of.contains(d)))
    {
        one_of.insert(0, default.clone());
    }
    Parameter { name, kind, required: default.is_none() && is_missed, default, one_of, ..Parameter::default() }
}

fn kind(uses: &[&Use]) -> ParameterType {
    let signs: Vec<_> = uses.iter().filter_map(|one| sign(one)).collect();
    let is_asked = |one: &&Use| matches!(one, Use::Condition);
    if let Some(surest) = SURENESS.into_iter().find(|kind| signs.contains(kind)) {
        return surest;
    }
    let is_flag = uses.iter().all(|one| matches!(one, Use::Condition | Use::Asked)) && uses.iter().any(is_asked);
    if is_flag { ParameterType::Boolean } else { ParameterType::String }
}

/// The type that one use speaks for.
fn sign(one: &Use) -> Option<ParameterType> {
    match one {
        Use::Is(kind) => Some(*kind),
        Use::Equals(values) => values.iter().filter_map(json).find_map(|value| type_of(&value)),
        Use::Default(Some(value)) => json(value).and_then(|value| type_of(&value)),
        _ => None,
    }
}

fn defaults<'a>(uses: &'a [&Use]) -> impl Iterator<Item = Value> + 'a {
    uses.iter().filter_map(|one| if let Use::Default(Some(value)) = one { json(value) } else { None })
}

/// The texts that a value is compared with, when it is used for nothing else that would need others.
fn choices(uses: &[&Use]) -> Vec<Value> {
    let is_choice = |one: &&Use| matches!(one, Use::Equals(_) | Use::Asked | Use::Default(_));
    if !uses.iter().all(is_choice) {
        return Vec::new();
    }
    let mut texts = Vec::new();
    for value in uses.iter().filter_map(|one| if let Use::Equals(values) = one { Some(values) } else { None }).flatten()
    {
        match json(value).filter(Value::is_string) {
            Some(text) if texts.contains(&text) => {}
            Some(text) if super::measure::forbidden(&text).is_none() => texts.push(text),
            _ => return Vec::new(),
        }
    }
    if (2..=MAX_VALUES).contains(&texts.len()) { texts } else { Vec::new() }
}

fn type_of(value: &Value) -> Option<ParameterType> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(ParameterType::Boolean),
        Value::Number(n) if n.is_f64() => Some(ParameterType::Number),
        Value::Number(_) => Some(ParameterType::Integer),
        Value::String(_) => Some(ParameterType::String),
        Value::Array(_) => Some(ParameterType::Array),
        Value::Object(_) => Some(ParameterType::Object),
    }
}

fn is_a(found: ParameterType, kind: ParameterType) -> bool {
    found == kind || (found, kind) == (ParameterType::Integer, ParameterType::Number)
}

fn json(value: &minijinja::Value) -> Option<Value> {
    serde_json::to_value(value).ok()
}
