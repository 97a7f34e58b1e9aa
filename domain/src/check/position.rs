//! From byte offsets to lines and columns.

use minijinja::machinery::{Span, ast::Expr};

use crate::error::FieldError;

/// A text with the places of its lines.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Self { text, lines: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let column = self.text.get(start..offset).map_or(offset - start, |t| t.chars().count()) + 1;
        (line as u32, column as u32)
    }

    /// The byte at a line and column, both from 1.
    pub(crate) fn offset(&self, line: u32, column: u32) -> usize {
        let start = self.lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum::<usize>()
    }

    /// A problem at a byte; the caller fills in the field.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> FieldError {
        let (line, column) = self.place(offset);
        FieldError::new("", message).at(line, column)
    }
}

pub(crate) fn start(span: Span) -> usize {
    span.start_offset as usize
}

/// Where an expression starts. The parser's spans of binary operators begin at the token before, those of filters
/// at the filter's name, so the leftmost operand decides.
pub(crate) fn start_of(expr: &Expr<'_>) -> usize {
    match expr {
        Expr::BinOp(e) => start_of(&e.left),
        Expr::Compare(e) => start_of(&e.expr),
        Expr::IfExpr(e) => start_of(&e.true_expr),
        Expr::GetAttr(e) => start_of(&e.expr),
        Expr::GetItem(e) => start_of(&e.expr),
        Expr::Slice(e) => start_of(&e.expr),
        Expr::Call(e) => start_of(&e.expr),
        other => start(other.span()),
    }
}
