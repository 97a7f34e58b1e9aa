//! A composed text line by line, for people who ask where each comes from.

use std::collections::HashMap;

use super::{Own, text_of};
use crate::check::position::Source;
use crate::composition::{Closure, Composed, LinePart, SourceSpan, TracedMessage};

/// The composed messages in lines, each in parts that tell which source they come from, and which of its lines.
pub fn lines(own: &Own<'_>, closure: &Closure, composed: &Composed) -> Vec<TracedMessage> {
    let mut texts = HashMap::new();
    let messages = composed.content.messages.iter().zip(&composed.spans);
    let traced = messages.map(|(message, spans)| {
        let mut lines = vec![Vec::new()];
        for span in spans {
            let source = texts.entry((span.source, span.message)).or_insert_with(|| {
                let from = &composed.sources[span.source];
                Source::new(text_of(own, closure, from, span.message))
            });
            add(&mut lines, &message.content, span, source);
        }
        TracedMessage { role: message.role, lines }
    });
    traced.collect()
}

fn add(lines: &mut Vec<Vec<LinePart>>, text: &str, span: &SourceSpan, source: &Source<'_>) {
    let mut at = span.start;
    for piece in text.get(span.start..span.end).unwrap_or_default().split_inclusive('\n') {
        let (line, _) = source.place(span.at(at));
        at += piece.len();
        let shown = piece.strip_suffix('\n').unwrap_or(piece);
        put(lines, shown, span.source, line);
        if shown.len() < piece.len() {
            lines.push(Vec::new());
        }
    }
}

/// Adds to the last line; what comes from the same line of the same template goes on with its part.
fn put(lines: &mut [Vec<LinePart>], text: &str, source: usize, line: u32) {
    let Some(parts) = lines.last_mut().filter(|_| !text.is_empty()) else { return };
    match parts.last_mut() {
        Some(last) if (last.source, last.line) == (source, line) => last.text.push_str(text),
        _ => parts.push(LinePart { text: text.to_owned(), source, line }),
    }
}
