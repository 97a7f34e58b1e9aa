//! Merging contracts: parameters by name, each by its fields. Their order means nothing to callers, so it is no conflict.

use serde_json::{Map, Value};

use super::layout::{Layouts, Sides};
use super::{Decisions, fields};
use crate::version::Parameter;

/// The parameters of both sides. Both differ from the base and from each other.
pub(super) fn merge(
    base: &[Parameter],
    ours: &[Parameter],
    theirs: &[Parameter],
    open: &mut Decisions<'_>,
) -> Vec<Parameter> {
    let (base_keys, our_keys, their_keys) = (keys(base), keys(ours), keys(theirs));
    let places = |side: &[Key<'_>]| -> Vec<_> {
        side.iter().map(|key| base_keys.iter().position(|other| other == key)).collect()
    };
    let is_equal = |i: usize, j: usize| our_keys[i] == their_keys[j];
    let layouts = Layouts::new(base.len(), &places(&our_keys), &places(&their_keys), is_equal);
    let sides = Sides { base, ours, theirs, layouts };
    let (layouts, dropped) = sides.put_back_changed("parameters", shown, open);
    let order = layouts.merged().unwrap_or_else(|| layouts.woven());
    let mut merged = Vec::with_capacity(order.len());
    for id in order.into_iter().filter(|id| !dropped.contains(id)) {
        let field = format!("parameters[{}]", merged.len());
        merged.extend(match (sides.our(id), sides.their(id)) {
            (Some(ours), Some(theirs)) => Some(one(base.get(id), ours, theirs, &field, open)),
            (ours, theirs) => ours.or(theirs).cloned(),
        });
    }
    merged
}

fn one(
    base: Option<&Parameter>,
    ours: &Parameter,
    theirs: &Parameter,
    field: &str,
    open: &mut Decisions<'_>,
) -> Parameter {
    let base = base.map(entries).unwrap_or_default();
    let merged = fields(&base, &entries(ours), &entries(theirs), field, open);
    serde_json::from_value(Value::Object(merged)).unwrap_or_else(|_| ours.clone())
}

pub(super) fn entries(parameter: &Parameter) -> Map<String, Value> {
    match serde_json::to_value(parameter) {
        Ok(Value::Object(entries)) => entries,
        _ => Map::new(),
    }
}

fn shown(parameter: &Parameter) -> String {
    Value::Object(entries(parameter)).to_string()
}

/// A name, and how many have it before: a draft may hold one twice.
type Key<'p> = (&'p str, usize);

fn keys(parameters: &[Parameter]) -> Vec<Key<'_>> {
    let before = |i: usize, name: &str| parameters[..i].iter().filter(|p| p.name == name).count();
    parameters.iter().enumerate().map(|(i, p)| (p.name.as_str(), before(i, &p.name))).collect()
}
