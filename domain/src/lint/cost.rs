//! Rules about what every call pays for.

use std::collections::BTreeMap;

use super::Edit;
use super::rules::{Out, pattern};
use super::view::{Text, View};
use crate::text::count;
use crate::version::MessageRole;

/// Characters of example answers that are a lot.
const EXAMPLES: usize = 4_000;
/// Characters of a system message that are a lot.
const SYSTEM: usize = 8_000;
/// Shorter paragraphs are often the same on purpose.
const PARAGRAPH: usize = 120;

fn characters(text: &str) -> usize {
    text.split_whitespace().map(|word| word.chars().count() + 1).sum()
}

fn many(n: usize) -> String {
    count(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn long_examples(view: &View<'_>, out: &mut Out<'_>) {
    let examples: Vec<_> = view.texts.iter().filter(|t| t.role == MessageRole::Assistant).collect();
    let length: usize = examples.iter().map(|t| characters(&t.prose)).sum();
    if let Some(first) = examples.first().filter(|_| length > EXAMPLES) {
        out.field(
            &first.field,
            format!("example answers of {} characters: keep the shortest that show the point", many(length)),
        );
    }
}

pub(super) fn long_system(view: &View<'_>, out: &mut Out<'_>) {
    for text in view.texts.iter().filter(|t| t.role == MessageRole::System) {
        let length = characters(&text.prose);
        if length > SYSTEM {
            out.field(
                &text.field,
                format!("a system message of {} characters: move what few calls need elsewhere", many(length)),
            );
        }
    }
}

/// Paragraphs of all texts by their words.
fn paragraphs<'t>(view: &'t View<'_>) -> BTreeMap<String, Vec<(&'t Text<'t>, usize)>> {
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for text in &view.texts {
        let mut at = 0;
        for paragraph in text.source.split("\n\n") {
            let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            all.entry(words).or_default().push((text, at));
            at += paragraph.len() + 2;
        }
    }
    all
}

pub(super) fn repeated_paragraph(view: &View<'_>, out: &mut Out<'_>) {
    for (words, places) in paragraphs(view) {
        if words.chars().count() < PARAGRAPH {
            continue;
        }
        for (text, at) in places.into_iter().skip(1) {
            let message = "this paragraph stands in another place already: say it once";
            let end = text.source[at..].find("\n\n").map_or(text.source.len(), |length| at + length + 2);
            // With tags in it, it may open what another paragraph closes.
            if text.source[at..end].contains('{') {
                out.add(text, at, message);
            } else {
                let edits = vec![Edit { start: at, end, text: String::new() }];
                out.mend(text, at, message, "Remove it here", edits);
            }
        }
    }
}

pub(super) fn html_comment(view: &View<'_>, out: &mut Out<'_>) {
    let comment = pattern!(r"(?s)<!--(.*?)-->");
    for text in &view.texts {
        for found in comment.captures_iter(&text.prose) {
            let (Some(whole), Some(inside)) = (found.get(0), found.get(1)) else { continue };
            let inside = &text.source[inside.range()];
            // A tag in it would be one inside a comment then, and its `#}` the end of it.
            let fits = !inside.contains('{') && !inside.contains('#');
            let edit = Edit { start: whole.start(), end: whole.end(), text: format!("{{#{inside}#}}") };
            let message = "the model reads this comment: write it as `{# … #}`";
            match fits {
                true => out.mend(text, whole.start(), message, "Make it a template's comment", vec![edit]),
                false => out.add(text, whole.start(), message),
            }
        }
    }
}
