//! Rules about what a prompt gives away, and whom it lets speak.

use std::collections::HashSet;

use super::recognise::{Recognised, personal, secrets};
use super::rules::{Out, pattern};
use super::view::{Read, Text, View};
use crate::version::{MessageRole, Parameter, ParameterType};

/// Says what a recogniser found in texts, defaults and settings; never the thing itself.
fn told(view: &View<'_>, out: &mut Out<'_>, recognise: fn(&str) -> Vec<Recognised>, way_out: &str) {
    for text in &view.texts {
        for found in recognise(text.source) {
            out.add(text, found.start, format!("holds {}: {way_out}", found.entity.name()));
        }
    }
    for (i, parameter) in view.content.parameters.iter().enumerate() {
        let values = parameter.default.iter().chain(&parameter.one_of).map(ToString::to_string);
        let texts = values.chain([parameter.description.clone()]);
        for found in texts.flat_map(|text| recognise(&text)) {
            out.field(format!("parameters[{i}]"), format!("holds {}: {way_out}", found.entity.name()));
        }
    }
    for (name, value) in &view.content.config {
        for found in recognise(&value.to_string()) {
            out.field(format!("config.{name}"), format!("holds {}: {way_out}", found.entity.name()));
        }
    }
}

pub(super) fn secret(view: &View<'_>, out: &mut Out<'_>) {
    told(view, out, secrets, "remove it, and revoke it where it is valid");
}

pub(super) fn personal_data(view: &View<'_>, out: &mut Out<'_>) {
    told(view, out, personal, "use an invented one, or a parameter");
}

/// A caller may write anything into it.
fn is_free(parameter: &Parameter) -> bool {
    parameter.kind == ParameterType::String && parameter.one_of.is_empty() && parameter.pattern.is_none()
}

/// Where texts print what a caller may write freely.
fn free_prints<'v>(view: &'v View<'_>) -> impl Iterator<Item = (&'v Text<'v>, &'v Read)> {
    let is_free = |read: &&Read| read.is_printed && view.parameter(&read.name).is_some_and(is_free);
    view.texts.iter().flat_map(move |text| text.reads.iter().filter(is_free).map(move |read| (text, read)))
}

/// The first place of each name in each text: mended there, it will be mended in the others.
fn first_of_each<'v>(
    places: impl Iterator<Item = (&'v Text<'v>, &'v Read)>,
) -> impl Iterator<Item = (&'v Text<'v>, &'v Read)> {
    let mut seen = HashSet::new();
    places.filter(move |(text, read)| seen.insert((text.field.as_str(), read.name.as_str())))
}

/// A name of this length can't carry an instruction.
const HARMLESS: f64 = 40.0;

pub(super) fn input_in_system(view: &View<'_>, out: &mut Out<'_>) {
    for (text, read) in first_of_each(free_prints(view).filter(|(text, _)| text.role == MessageRole::System)) {
        if view.parameter(&read.name).is_some_and(|p| p.max.is_some_and(|max| max <= HARMLESS)) {
            continue;
        }
        let name = &read.name;
        let message = format!(
            "`{name}` lets a caller write into the system message: move it to a user message, or limit it to {HARMLESS} characters"
        );
        out.add(text, read.at, message);
    }
}

pub(super) fn undelimited_input(view: &View<'_>, out: &mut Out<'_>) {
    let bare = free_prints(view).filter(|(text, read)| text.role != MessageRole::System && stands_bare(text, read));
    for (text, read) in first_of_each(bare) {
        let message = format!("`{}` stands bare among instructions: put it into quotes or a tag of its own", read.name);
        out.add(text, read.at, message);
    }
}

/// Words stand on the same line, and nothing before it says that here begins what is not ours.
fn stands_bare(text: &Text<'_>, read: &Read) -> bool {
    let line_start = text.source[..read.at].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.source[read.at..].find('\n').map_or(text.source.len(), |at| read.at + at);
    let has_words = text.prose[line_start..line_end].contains(char::is_alphabetic);
    let before = text.prose[line_start..read.at].trim_end();
    has_words && !before.ends_with(['"', '\'', '`', '>', '“', '«', ':'])
}

pub(super) fn sources_without_text(view: &View<'_>, out: &mut Out<'_>) {
    let asks = pattern!(
        r"(?i)\b(?:cite|include|provide|give|list|add)\b[^.\n]{0,40}\b(?:sources?|citations?|references?|urls?|links?)\b"
    );
    let given = [
        "source",
        "context",
        "document",
        "text",
        "article",
        "passage",
        "material",
        "result",
        "reference",
        "link",
        "url",
    ];
    let has_text = |p: &Parameter| given.iter().any(|word| p.name.contains(word));
    if view.content.parameters.iter().any(has_text) {
        return;
    }
    for text in &view.texts {
        for found in asks.find_iter(&text.prose) {
            out.add(text, found.start(), "asks for sources that no parameter brings: hand them in, or leave this out");
        }
    }
}
