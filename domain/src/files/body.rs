//! A file with YAML in front, between lines of `---`, and a text after it.

/// The two parts, and how many lines of the file stand before each.
pub(super) struct Parts<'a> {
    pub(super) yaml: &'a str,
    pub(super) yaml_before: u32,
    pub(super) body: &'a str,
    pub(super) body_before: u32,
}

/// Splits a file; without a first line of `---` all of it is the text.
pub(super) fn split(text: &str) -> Parts<'_> {
    let whole = Parts { yaml: "", yaml_before: 0, body: text, body_before: 0 };
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| is_fence(line.trim_start_matches('\u{FEFF}'))) else { return whole };
    let (mut at, mut count) = (first.len(), 1);
    for line in lines {
        if is_fence(line) {
            let (yaml, body) = (&text[first.len()..at], &text[at + line.len()..]);
            return Parts { yaml, yaml_before: 1, body, body_before: count + 1 };
        }
        at += line.len();
        count += 1;
    }
    whole
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

/// Lines in a text before a byte of it.
pub(super) fn lines_before(text: &str, at: usize) -> u32 {
    text[..at].matches('\n').count() as u32
}

/// The text of a message: as we wrote it, with a line end that isn't part of it and, before another message, an empty
/// line; or without the space around it, as the runtimes of the format take what others wrote.
pub(super) fn content(text: &str, is_ours: bool, is_last: bool) -> &str {
    match (is_ours, is_last) {
        (false, _) => text.trim(),
        (true, true) => text.strip_suffix('\n').unwrap_or(text),
        (true, false) => text.strip_suffix("\n\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text),
    }
}

/// Lines that [`content`] took from the start of a text.
pub(super) fn lines_taken(text: &str, is_ours: bool) -> u32 {
    if is_ours { 0 } else { lines_before(text, text.len() - text.trim_start().len()) }
}
