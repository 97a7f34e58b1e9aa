//! Rules about what happens with values that nobody thought of.

use super::rules::Out;
use super::view::{Condition, Read, Text, View};
use crate::version::{Parameter, ParameterType};

/// Readings of parameters that a caller may leave out, unless something around asks for them first.
fn unguarded<'v>(view: &'v View<'_>) -> impl Iterator<Item = (&'v Text<'v>, &'v Read)> {
    let is_missing = |read: &&Read| {
        let parameter = view.parameter(&read.name);
        !read.is_guarded && parameter.is_some_and(|p| !p.required && p.default.is_none())
    };
    view.texts.iter().flat_map(move |text| text.reads.iter().filter(is_missing).map(move |read| (text, read)))
}

pub(super) fn optional_without_default(view: &View<'_>, out: &mut Out<'_>) {
    for (text, read) in unguarded(view).filter(|(_, read)| read.is_printed && !read.is_attribute) {
        let name = &read.name;
        let message =
            format!("`{name}` is optional without a default: give it one, or print it inside `{{% if {name} %}}`");
        out.add(text, read.at, message);
    }
}

pub(super) fn attribute_of_optional(view: &View<'_>, out: &mut Out<'_>) {
    for (text, read) in unguarded(view).filter(|(_, read)| read.is_attribute) {
        let name = &read.name;
        let message =
            format!("a part of `{name}` is read, which is optional: ask `{{% if {name} %}}` first, or require it");
        out.add(text, read.at, message);
    }
}

pub(super) fn dead_branch(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        for condition in &text.conditions {
            match condition {
                Condition::Constant { at } => {
                    out.add(text, *at, "asks for nothing that can change: leave the condition out");
                }
                Condition::Equals { at, name, text: value } => {
                    let known = view.parameter(name).map(|p| p.one_of.as_slice()).unwrap_or_default();
                    if !known.is_empty() && !known.iter().any(|v| v.as_str() == Some(value)) {
                        out.add(text, *at, format!("`{name}` can never be `{value}`: its contract doesn't allow it"));
                    }
                }
            }
        }
    }
}

fn each(view: &View<'_>, out: &mut Out<'_>, problem: impl Fn(&Parameter) -> Option<String>) {
    for (i, parameter) in view.content.parameters.iter().enumerate() {
        if let Some(message) = problem(parameter) {
            out.field(format!("parameters[{i}]"), message);
        }
    }
}

pub(super) fn unlimited_parameter(view: &View<'_>, out: &mut Out<'_>) {
    each(view, out, |p| {
        let may_be_long = matches!(p.kind, ParameterType::String | ParameterType::Array);
        let is_limited = p.max.is_some() || p.pattern.is_some() || !p.one_of.is_empty();
        (may_be_long && !is_limited).then(|| format!("`{}` has no greatest length: give a maximum", p.name))
    });
}

pub(super) fn undescribed_parameter(view: &View<'_>, out: &mut Out<'_>) {
    each(view, out, |p| p.description.trim().is_empty().then(|| format!("`{}` has no description", p.name)));
}

pub(super) fn single_choice(view: &View<'_>, out: &mut Out<'_>) {
    each(view, out, |p| {
        (p.one_of.len() == 1).then(|| format!("`{}` has one allowed value: write it into the text", p.name))
    });
}
