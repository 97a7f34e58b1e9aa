//! Rules about what is said: does a reader know what to do?

use super::rules::{Out, pattern};
use super::view::View;
use crate::compose::references;

pub(super) fn vague_quantity(view: &View<'_>, out: &mut Out<'_>) {
    let vague = pattern!(r"(?i)\b(?:(?:some|several|various|a few|a couple of|a number of)\b|etc\.)");
    for text in &view.texts {
        for found in vague.find_iter(&text.prose) {
            out.add(text, found.start(), format!("`{}` leaves the number open: say how many", found.as_str()));
        }
    }
}

pub(super) fn prohibition_alone(view: &View<'_>, out: &mut Out<'_>) {
    // Within a line that says more, what stands around it shows the way.
    let prohibition = pattern!(r"(?im)^[ \t]*(?:[-*•]|\d+[.)])?[ \t]*((?:do not|don't|never|avoid)\b[^\n]*)");
    let way_out =
        pattern!(r"(?i)\b(?:instead|rather|but|unless|only|always|use|say|ask|answer|write|reply|give|keep)\b");
    for text in &view.texts {
        for found in prohibition.captures_iter(&text.prose).filter_map(|found| found.get(1)) {
            if !way_out.is_match(found.as_str()) {
                out.add(text, found.start(), "forbids without an alternative: say what to do instead");
            }
        }
    }
}

pub(super) fn shouting(view: &View<'_>, out: &mut Out<'_>) {
    let capitals = pattern!(r"\b[A-Z]{2,}(?:[ ,]+[A-Z]{2,}){2,}\b");
    for text in &view.texts {
        for found in capitals.find_iter(&text.prose) {
            out.add(text, found.start(), "is shouted: say it once, in plain letters, where it matters");
        }
    }
}

pub(super) fn contradictory_length(view: &View<'_>, out: &mut Out<'_>) {
    let short =
        pattern!(r"(?i)\b(?:be (?:very )?(?:brief|concise)|keep it short|as short as possible|in one sentence)\b");
    let long = pattern!(r"(?i)\b(?:in (?:great )?detail|detailed|comprehensive|exhaustive|in depth|thoroughly)\b");
    for text in &view.texts {
        if let (Some(short), Some(long)) = (short.find(&text.prose), long.find(&text.prose)) {
            let message =
                format!("asks for `{}` and for `{}`: choose one, or say for what", short.as_str(), long.as_str());
            out.add(text, short.start().max(long.start()), message);
        }
    }
}

pub(super) fn missing_format(view: &View<'_>, out: &mut Out<'_>) {
    let format = pattern!(
        r"(?i)\b(?:json|yaml|xml|csv|html|markdown|lists?|bullets?|tables?|paragraphs?|sentences?|words?|lines?|format|numbered|script|headings?|plain text|yes or no)\b"
    );
    let Some(last) = view.texts.last() else { return };
    let is_said = view.texts.iter().any(|text| format.is_match(&text.prose));
    // What other templates bring in may say it.
    if !is_said && references(view.content).is_empty() {
        out.field(&last.field, "no message says what the answer looks like: name its form and its length");
    }
}

pub(super) fn contradictory_format(view: &View<'_>, out: &mut Out<'_>) {
    let only = pattern!(r"(?i)\b(?:only (?:valid )?json|json only|nothing but (?:valid )?json)\b");
    let other = pattern!(r"(?i)\b(?:markdown|bullet points?|a table|headings?|prose)\b");
    for text in &view.texts {
        if let (Some(_), Some(other)) = (only.find(&text.prose), other.find(&text.prose)) {
            out.add(
                text,
                other.start(),
                format!("asks for `{}` beside nothing but JSON: leave one out", other.as_str()),
            );
        }
    }
}

/// The most words of a sentence that is still read whole.
const LONG: usize = 60;

pub(super) fn long_sentence(view: &View<'_>, out: &mut Out<'_>) {
    let sentence = pattern!(r"[^.!?\n]+");
    for text in &view.texts {
        for found in sentence.find_iter(&text.prose) {
            let words = found.as_str().split_whitespace().count();
            if words > LONG {
                let at = found.start() + found.as_str().len() - found.as_str().trim_start().len();
                out.add(text, at, format!("is a sentence of {words} words: make several of it"));
            }
        }
    }
}
