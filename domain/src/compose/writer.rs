//! The composed text as it grows, with the map of where each part comes from.

use std::ops::Range;

use crate::composition::SourceSpan;
use crate::version::MAX_MESSAGE_BYTES;

/// What one inclusion, block or call costs, even when it writes nothing.
const STEP: usize = 8;

/// The composed message is too large; nothing more is written.
pub(super) struct Full;

/// Where a piece of text comes from.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub(super) source: usize,
    pub(super) message: usize,
    pub(super) own: usize,
}

#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
    pub(super) spans: Vec<SourceSpan>,
    steps: usize,
}

impl Writer {
    /// Counts a step: however little each writes, their number is bounded by the same limit.
    pub(super) fn step(&mut self) -> Result<(), Full> {
        self.steps += 1;
        if self.steps * STEP > MAX_MESSAGE_BYTES { Err(Full) } else { Ok(()) }
    }

    /// Adds a text that stands in its source, or is made from what stands there.
    pub(super) fn put(&mut self, text: &str, origin: Origin, from: Range<usize>) -> Result<(), Full> {
        if self.text.len() + text.len() > MAX_MESSAGE_BYTES {
            return Err(Full);
        }
        let start = self.text.len();
        self.text.push_str(text);
        let span = SourceSpan {
            start,
            end: self.text.len(),
            source: origin.source,
            message: origin.message,
            source_start: from.start,
            source_end: from.end,
            own: origin.own,
        };
        if span.start < span.end && !self.spans.last_mut().is_some_and(|last| join(last, &span)) {
            self.spans.push(span);
        }
        Ok(())
    }

    /// Adds a text outside of tags; what would read as a tag is kept from it.
    pub(super) fn raw(&mut self, text: &str, origin: Origin, from: usize) -> Result<(), Full> {
        let range = from..from + text.len();
        let is_plain = !["{{", "{%", "{#"].iter().any(|tag| text.contains(tag)) && !text.ends_with('{');
        if is_plain {
            return self.put(text, origin, range);
        }
        self.put("{% raw %}", origin, from..from)?;
        self.put(text, origin, range)?;
        self.put("{% endraw %}", origin, from + text.len()..from + text.len())
    }

    /// A tag's text. Trimming has happened already, so its delimiters are plain ones.
    pub(super) fn tag(
        &mut self,
        [open, close]: [&str; 2],
        inner: &str,
        origin: Origin,
        from: Range<usize>,
    ) -> Result<(), Full> {
        let before = if inner.starts_with(char::is_whitespace) { "" } else { " " };
        let after = if inner.ends_with(char::is_whitespace) { "" } else { " " };
        self.put(&format!("{open}{before}{inner}{after}{close}"), origin, from)
    }

    /// Jinja drops one line break at the end of a text; one that is meant is doubled.
    pub(super) fn finish(&mut self) {
        let Some(last) = self.spans.last_mut() else { return };
        let end = if self.text.ends_with("\r\n") || self.text.ends_with('\r') {
            "\r\n"
        } else if self.text.ends_with('\n') {
            "\n"
        } else {
            return;
        };
        let span = SourceSpan { start: last.end, end: last.end + end.len(), source_start: last.source_end, ..*last };
        self.text.push_str(end);
        self.spans.push(span);
    }
}

/// Extends a span by one that goes on right after it, here and in the source.
fn join(last: &mut SourceSpan, next: &SourceSpan) -> bool {
    let is_copy = |span: &SourceSpan| span.end - span.start == span.source_end - span.source_start;
    let is_same = (last.source, last.message) == (next.source, next.message) && last.source_end == next.source_start;
    // In a template's own text, what brought a byte in is the byte itself.
    let is_own = last.own == last.source_start && next.own == next.source_start;
    let joins = is_same && is_copy(last) && is_copy(next) && (last.own == next.own || is_own);
    if joins {
        (last.end, last.source_end) = (next.end, next.source_end);
    }
    joins
}
