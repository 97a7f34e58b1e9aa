//! The static check at save: a template that passes is bounded in memory and time, whatever its variables.
//!
//! minijinja's fuel bounds the number of instructions, not what one of them costs: `a ~ a` forty times over, or one
//! `'%1000000000d'|format(1)`, is a handful of instructions. So the check walks the syntax tree **before** anything
//! is compiled (minijinja folds constants while compiling) and computes for every expression how large its value
//! may get, in multiples of all input (`shape`). What it can't bound it refuses, naming the construct and the fix.
//!
//! Three things are bounded separately: the size of one value, the sum of what is held at once, and the work of
//! operators over large values, which matters inside loops. Filters, tests and functions are charged at run time
//! besides (`render`).

use std::collections::HashSet;

use minijinja::machinery::{self, ast};
use minijinja::syntax::SyntaxConfig;

use crate::compose::{self, Own};
use crate::composition::{Closure, Composed, SourceSpan, SourceTemplate};
use crate::contract::check_contract;
use crate::error::{FieldError, Problems};
use crate::order::sort_by_number;
use crate::storable;
use crate::version::{self, MAX_MESSAGE_BYTES, MAX_MESSAGES, Message, MessageRole, VersionContent};

mod expr;
mod filters;
mod names;
pub(crate) mod position;
pub(crate) mod reads;
mod shape;
mod statements;
mod syntax;
#[cfg(test)]
mod tests;
pub(crate) mod unknown;
mod uses;
pub mod vocabulary;
mod walk;

pub(crate) use filters::JSON_GROWTH;
#[cfg(test)]
pub(crate) use filters::names as filter_names;
use position::Source;
use statements::Checker;
use unknown::Unknown;
pub(crate) use walk::{names_in, parts, value_of};

/// The most problems reported for one message: after that the rest is noise.
const MAX_PROBLEMS: usize = 50;

/// What a check found out beside the problems.
#[derive(Debug, Default)]
pub struct Checked {
    /// They don't stop the save.
    pub warnings: Vec<FieldError>,
    /// The content in one piece; none when a text could not be put together or read.
    pub composed: Option<Composed>,
}

/// All that must hold of a version's content: settings, contract, texts, and that it can be stored. It may extend, include
/// and import the templates of the closure.
pub fn check_content(own: &Own<'_>, closure: &Closure, problems: &mut Problems) -> Checked {
    check_with_causes(own, closure, problems, &mut Vec::new())
}

/// The same, with the unknown names behind the problems, each with the number of its message.
pub(crate) fn check_with_causes(
    own: &Own<'_>,
    closure: &Closure,
    problems: &mut Problems,
    causes: &mut Vec<(usize, Unknown)>,
) -> Checked {
    version::check_config(&own.content.config, problems);
    let checked = check_all(own, closure, problems, causes);
    storable::refuse_others(own.content, problems);
    checked
}

/// Checks messages and contract of a version that names no other templates. Problems stop the save; the returned
/// warnings don't. Problems in a text are in field `messages[i].content` with line and column.
pub fn check(content: &VersionContent, problems: &mut Problems) -> Vec<FieldError> {
    check_composed(&Own { key: "", version: 0, content }, &Closure::new(), problems).warnings
}

/// As [`check`], for a version that may extend, include and import the templates of the closure. What is wrong in one of
/// them is reported at the tag that leads to it.
pub fn check_composed(own: &Own<'_>, closure: &Closure, problems: &mut Problems) -> Checked {
    check_all(own, closure, problems, &mut Vec::new())
}

fn check_all(own: &Own<'_>, closure: &Closure, problems: &mut Problems, causes: &mut Vec<(usize, Unknown)>) -> Checked {
    let content = own.content;
    check_contract(&content.parameters, problems);
    check_messages(&content.messages, problems);
    let first = SourceTemplate { key: own.key.to_owned(), version: own.version };
    let mut composed = Composed { content: content.clone(), sources: vec![first], spans: Vec::new() };
    let mut checker = Checker::new(&content.parameters);
    let mut is_complete = content.messages.len() <= MAX_MESSAGES;
    for i in 0..content.messages.len().min(MAX_MESSAGES) {
        let before = problems.0.len();
        is_complete &= check_message(own, i, closure, (&mut composed, &mut checker), problems);
        let field = format!("messages[{i}].content");
        problems.0.iter_mut().skip(before).for_each(|p| p.field.clone_from(&field));
        let mut unknown = std::mem::take(&mut checker.unknown);
        sort_by_number(&mut unknown, |unknown| unknown.at);
        unknown.dedup();
        causes.extend(unknown.into_iter().take(MAX_PROBLEMS).map(|unknown| (i, unknown)));
    }
    if !is_complete {
        return Checked::default();
    }
    Checked { warnings: unused(content, &checker.used), composed: Some(composed) }
}

fn check_messages(messages: &[Message], problems: &mut Problems) {
    let count = format!("use at most {MAX_MESSAGES} messages, not {}", messages.len());
    problems.require(messages.len() <= MAX_MESSAGES, "messages", count);
    let mut systems = messages.iter().enumerate().filter(|(_, m)| m.role == MessageRole::System);
    systems.next();
    if let Some((i, _)) = systems.next() {
        problems.add(format!("messages[{i}].role"), "there is a system message already: join the two");
    }
}

/// Checks one text, put together where it names others; false when it could not be read to its end.
fn check_message(
    own: &Own<'_>,
    i: usize,
    closure: &Closure,
    (composed, checker): (&mut Composed, &mut Checker<'_>),
    problems: &mut Problems,
) -> bool {
    let text = own.content.messages[i].content.as_str();
    let source = Source::new(text);
    let tree = match readable(text).and_then(|()| parse_noting(&source, &mut checker.unknown)) {
        Ok(tree) => tree,
        Err(error) => {
            problems.0.push(error);
            return false;
        }
    };
    if !compose::is_composed(&tree) {
        composed.spans.push(vec![whole(i, text)]);
        problems.0.extend(checked(checker, &source, &tree));
        return true;
    }
    let linked = match compose::link(own, i, closure, &mut composed.sources) {
        Ok(linked) => linked,
        Err(found) => {
            problems.0.extend(found);
            return false;
        }
    };
    let result = Source::new(&linked.text);
    let found = match parse(&result) {
        Ok(tree) => checked(checker, &result, &tree),
        Err(error) => vec![error],
    };
    // Their places are in the composed text: no fix of this one.
    checker.unknown.clear();
    composed.content.messages[i].content.clone_from(&linked.text);
    composed.spans.push(linked.spans.clone());
    let place = |problem| compose::at_origin((own, closure, composed), i, (&source, &result), problem);
    problems.0.extend(found.into_iter().map(place).collect::<Vec<_>>());
    true
}

fn checked(checker: &mut Checker<'_>, source: &Source<'_>, tree: &ast::Stmt<'_>) -> Vec<FieldError> {
    let ast::Stmt::Template(template) = tree else { return Vec::new() };
    let mut found = checker.check(source, template);
    found.truncate(MAX_PROBLEMS);
    found
}

/// A text that is its own source.
fn whole(message: usize, text: &str) -> SourceSpan {
    let end = text.len();
    SourceSpan { start: 0, end, source: 0, message, source_start: 0, source_end: end, own: 0 }
}

/// The syntax tree of a text that the parser can read without overflowing its stack.
pub(crate) fn parse<'s>(source: &Source<'s>) -> Result<ast::Stmt<'s>, FieldError> {
    parse_noting(source, &mut Vec::new())
}

/// The same, noting a statement that doesn't exist.
fn parse_noting<'s>(source: &Source<'s>, unknown: &mut Vec<Unknown>) -> Result<ast::Stmt<'s>, FieldError> {
    syntax::check(source)?;
    let parsed = machinery::parse(source.text, "template", SyntaxConfig::default());
    parsed.map_err(|error| {
        unknown.extend(syntax::cause(&error));
        syntax::problem(&error, source)
    })
}

fn readable(text: &str) -> Result<(), FieldError> {
    if text.len() > MAX_MESSAGE_BYTES {
        let message = format!("is {} bytes long: use at most {} KB", text.len(), MAX_MESSAGE_BYTES / 1024);
        return Err(FieldError::new("", message));
    }
    if text.trim().is_empty() {
        return Err(FieldError::new("", "is empty: write a text, or remove the message"));
    }
    match text.find('\0') {
        Some(at) => Err(Source::new(text).error(at, "must not contain NUL characters (U+0000)")),
        None => Ok(()),
    }
}

fn unused(content: &VersionContent, used: &HashSet<String>) -> Vec<FieldError> {
    let parameters = content.parameters.iter().enumerate();
    let unused = parameters.filter(|(_, p)| !used.contains(&p.name));
    unused.map(|(i, p)| FieldError::new(format!("parameters[{i}]"), format!("`{}` is used nowhere", p.name))).collect()
}

/// The tests of values that templates can use.
#[cfg(test)]
pub(crate) fn test_names() -> Vec<&'static str> {
    names::TESTS.to_vec()
}
