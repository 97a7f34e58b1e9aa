//! Rules about how a text is laid out.

use std::collections::HashSet;

use super::Edit;
use super::rules::{Out, pattern};
use super::view::{Text, View};

fn cut(start: usize, end: usize) -> Edit {
    Edit { start, end, text: String::new() }
}

/// Each line with the byte it starts at, without its end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

pub(super) fn trailing_spaces(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        let spaces = |(start, line): (usize, &str)| {
            let end = start + line.len();
            let from = start + line.trim_end_matches([' ', '\t']).len();
            (from < end).then(|| cut(from, end))
        };
        let edits: Vec<_> = lines(text.source).filter_map(spaces).collect();
        if let Some(first) = edits.first() {
            let message = format!("{} with spaces at the end: remove them", count(edits.len(), "line"));
            out.mend(text, first.start, message, "Remove spaces at the end of lines", edits);
        }
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

pub(super) fn blank_lines(view: &View<'_>, out: &mut Out<'_>) {
    let blank = pattern!(r"\n[ \t]*(?:\r?\n[ \t]*){2,}\n");
    for text in &view.texts {
        for found in blank.find_iter(text.source) {
            let edit = Edit { start: found.start(), end: found.end(), text: "\n\n".to_owned() };
            out.mend(
                text,
                found.start() + 1,
                "several blank lines: one parts as well",
                "Leave one blank line",
                vec![edit],
            );
        }
    }
}

pub(super) fn unclosed_fence(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        let fences: Vec<_> = lines(&text.prose).filter(|(_, line)| line.trim_start().starts_with("```")).collect();
        if fences.len() % 2 == 1
            && let Some((at, _)) = fences.last()
        {
            close(text, *at, "the code block is never closed", "```", out);
        }
    }
}

/// Tells of something that is open to the end of its text, and closes it there.
fn close(text: &Text<'_>, at: usize, message: impl Into<String>, with: &str, out: &mut Out<'_>) {
    let end = text.source.len();
    let with = if text.source.ends_with('\n') { format!("{with}\n") } else { format!("\n{with}") };
    out.mend(text, at, message, "Close it at the end", vec![Edit { start: end, end, text: with }]);
}

pub(super) fn unclosed_tag(view: &View<'_>, out: &mut Out<'_>) {
    let tag = pattern!(r"<(/?)([a-z][a-z0-9_-]*)>");
    for text in &view.texts {
        let mut open: Vec<(&str, usize)> = Vec::new();
        for found in tag.captures_iter(&text.prose) {
            let (name, at) = (found.get(2).map_or("", |m| m.as_str()), found.get(0).map_or(0, |m| m.start()));
            match found.get(1).is_some_and(|slash| !slash.as_str().is_empty()) {
                // In the middle of a line a tag is talked about.
                false if !["br", "hr", "img"].contains(&name) && starts_line(&text.prose, at) => open.push((name, at)),
                true => {
                    if let Some(at) = open.iter().rposition(|(o, _)| *o == name) {
                        open.remove(at);
                    }
                }
                false => {}
            }
        }
        for (name, at) in open {
            let with = format!("</{name}>");
            close(text, at, format!("`<{name}>` is never closed: add `{with}` where it ends"), &with, out);
        }
    }
}

fn starts_line(text: &str, at: usize) -> bool {
    text[..at].trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|c| c == '\n')
}

/// Format characters that change what is read without being seen. Joiners stay: emoji and several scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

pub(super) fn invisible_characters(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        let found: Vec<_> = text.source.char_indices().filter(|(_, c)| is_invisible(*c)).collect();
        if let Some((first, c)) = found.first() {
            let message =
                format!("{} that nobody sees, the first U+{:04X}", count(found.len(), "character"), u32::from(*c));
            let edits = found.iter().map(|(at, c)| cut(*at, at + c.len_utf8())).collect();
            out.mend(text, *first, message, "Remove them", edits);
        }
    }
}

/// Shorter lines are often the same on purpose: headings, list items, fences.
const LINE: usize = 30;

pub(super) fn duplicate_line(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        let mut seen = HashSet::new();
        for ((at, line), (_, prose)) in lines(text.source).zip(lines(&text.prose)) {
            let said = line.trim();
            // A line with a tag may well stand twice, in two branches say.
            if line == prose && said.chars().count() >= LINE && !seen.insert(said) {
                let end = (at + line.len() + 1).min(text.source.len());
                out.mend(text, at, "stands here a second time", "Remove this line", vec![cut(at, end)]);
            }
        }
    }
}

pub(super) fn heading_jump(view: &View<'_>, out: &mut Out<'_>) {
    for text in &view.texts {
        headings(text, out);
    }
}

fn headings(text: &Text<'_>, out: &mut Out<'_>) {
    let (mut level, mut is_code) = (0, false);
    for (at, line) in lines(&text.prose) {
        is_code ^= line.trim_start().starts_with("```");
        let marks = line.bytes().take_while(|b| *b == b'#').count();
        if is_code || marks == 0 || !line[marks..].starts_with(' ') {
            continue;
        }
        if level > 0 && marks > level + 1 {
            let edit = Edit { start: at, end: at + marks, text: "#".repeat(level + 1) };
            let message = format!("jumps from a heading of level {level} to one of level {marks}");
            out.mend(text, at, message, "Take the next level", vec![edit]);
        }
        level = marks;
    }
}
