//! The linker: makes one text of a template and of those that it extends, includes and imports.
//!
//! What comes out holds variables, loops and conditions, but no reference, block or macro: everything after it (the
//! static check, rendering, the hash, serving) sees plain text, and there is one code path for bounds. It renders byte
//! by byte as minijinja renders the templates together, with one difference, which is Jinja2's own way: what an
//! included template sets is gone after it.
//!
//! Trimming (`{%-`) happens here, where the neighbours of each tag are known; the text that comes out has plain tags.

use std::collections::HashMap;

use minijinja::machinery::ast::Stmt;

use crate::check::position::Source;
use crate::composition::{Closure, Composed, MAX_DEPTH, Reference, SourceSpan, SourceTemplate, Target};
use crate::error::FieldError;
use crate::version::{MAX_MESSAGE_BYTES, VersionContent};

mod blocks;
mod expr;
mod inherit;
mod lines;
mod load;
mod macros;
mod modules;
mod scope;
mod unit;
mod walk;
mod writer;

pub use blocks::blocks;
pub use lines::lines;

use load::Units;
use walk::Linker;

/// One message put together.
pub(crate) struct Linked {
    pub(crate) text: String,
    pub(crate) spans: Vec<SourceSpan>,
}

/// A template whose messages are put together.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    pub key: &'a str,
    /// 0 for a text that is not saved yet.
    pub version: i64,
    pub content: &'a VersionContent,
}

/// Whether a text takes more than one template, or the parts of one that only the linker knows.
pub(crate) fn is_composed(tree: &Stmt<'_>) -> bool {
    let mut found = false;
    expr::each_statement(std::slice::from_ref(tree), &mut |statement| {
        let is_part = matches!(statement, Stmt::Block(_) | Stmt::Macro(_) | Stmt::CallBlock(_));
        found |= is_part || expr::reference(statement).is_some();
    });
    found
}

/// The templates that a version names, as written, each once, in the order of the text. What can't be read names
/// nothing; names that are no literals or no references are left to the check.
pub fn references(content: &VersionContent) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    for message in &content.messages {
        let Ok(tree) = crate::check::parse(&Source::new(&message.content)) else { continue };
        expr::each_statement(std::slice::from_ref(&tree), &mut |statement| {
            let name = expr::reference(statement).and_then(unit::literal);
            if let Some(reference) = name.and_then(|name| Reference::parse(name).ok())
                && !found.contains(&reference)
            {
                found.push(reference);
            }
        });
    }
    found
}

/// Puts one message together. The problems are in the template's own text, at the tag that leads to them; they come
/// without field. `sources` gathers the templates used; the first is the template itself.
pub(crate) fn link(
    own: &Own<'_>,
    message: usize,
    closure: &Closure,
    sources: &mut Vec<SourceTemplate>,
) -> Result<Linked, Vec<FieldError>> {
    let role = own.content.messages[message].role;
    let units = Units::load(own, message, role, closure, sources)?;
    Linker::new(&units).link()
}

/// What the linker is told of a reference that leads nowhere.
fn unknown(reference: &str) -> String {
    format!("there is no template `{reference}` here")
}

fn too_large() -> String {
    format!("is larger than {} KB once everything it names is in place: shorten it", MAX_MESSAGE_BYTES / 1024)
}

/// `a → b → c`.
fn chain(keys: &[&str]) -> String {
    keys.join(" → ")
}

fn too_deep(keys: &[&str]) -> String {
    format!("templates are more than {MAX_DEPTH} deep here: {}", chain(keys))
}

fn cycle(keys: &[&str]) -> String {
    format!("a template can't be made of itself: {}", chain(keys))
}

/// Units by unit and reference as written.
type ByReference<'a> = HashMap<(usize, &'a str), usize>;

/// Moves a problem of a composed text to where it comes from: the template's own text, or the tag there that leads to it.
pub(crate) fn at_origin(
    (own, closure, composed): (&Own<'_>, &Closure, &Composed),
    message: usize,
    (source, result): (&Source<'_>, &Source<'_>),
    problem: FieldError,
) -> FieldError {
    let offset = result.offset(problem.line.unwrap_or(1), problem.column.unwrap_or(1));
    let Some(place) = composed.place(message, offset) else { return problem };
    if place.span.source == 0 && place.span.message == message {
        let (line, column) = source.place(place.at);
        return problem.at(line, column);
    }
    let from = &composed.sources[place.span.source];
    let text = text_of(own, closure, from, place.span.message);
    let there = Source::new(text).place(place.at);
    let text = in_other(&from.key, there, &problem.message);
    let (line, column) = source.place(place.span.own);
    FieldError { message: text, ..problem }.at(line, column).elsewhere(&from.key, from.version, there)
}

/// What is said of a problem in another template.
fn in_other(key: &str, (line, column): (u32, u32), message: &str) -> String {
    format!("in `{key}`, line {line}, column {column}: {message}")
}

fn text_of<'a>(own: &Own<'a>, closure: &'a Closure, from: &SourceTemplate, message: usize) -> &'a str {
    let parts = closure.values().filter_map(|target| match target {
        Target::Found(part) if part.key == from.key && part.version == from.version => Some(&part.content),
        _ => None,
    });
    let is_own = from.key == own.key && from.version == own.version;
    let content = is_own.then_some(own.content).into_iter().chain(parts).next();
    content.and_then(|content| content.messages.get(message)).map_or("", |m| m.content.as_str())
}
