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

use crate::contract::check_contract;
use crate::error::{FieldError, Problems};
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
pub(crate) use walk::{names_in, parts};

/// The most problems reported for one message: after that the rest is noise.
const MAX_PROBLEMS: usize = 50;

/// All that must hold of a version's content: settings, contract, texts, and that it can be stored. Returns the warnings.
pub fn check_content(content: &VersionContent, problems: &mut Problems) -> Vec<FieldError> {
    check_with_causes(content, problems, &mut Vec::new())
}

/// The same, with the unknown names behind the problems, each with the number of its message.
pub(crate) fn check_with_causes(
    content: &VersionContent,
    problems: &mut Problems,
    causes: &mut Vec<(usize, Unknown)>,
) -> Vec<FieldError> {
    version::check_config(&content.config, problems);
    let warnings = check_all(content, problems, causes);
    storable::refuse_others(content, problems);
    warnings
}

/// Checks messages and contract of a version before it is saved. Problems stop the save; the returned warnings
/// don't. Problems in a text are in field `messages[i].content` with line and column.
pub fn check(content: &VersionContent, problems: &mut Problems) -> Vec<FieldError> {
    check_all(content, problems, &mut Vec::new())
}

fn check_all(content: &VersionContent, problems: &mut Problems, causes: &mut Vec<(usize, Unknown)>) -> Vec<FieldError> {
    check_contract(&content.parameters, problems);
    check_messages(&content.messages, problems);
    let mut checker = Checker::new(&content.parameters);
    let mut is_complete = true;
    for (i, message) in content.messages.iter().enumerate().take(MAX_MESSAGES) {
        let field = format!("messages[{i}].content");
        is_complete &= check_text(&message.content, &field, &mut checker, problems);
        let mut unknown = std::mem::take(&mut checker.unknown);
        unknown.sort();
        unknown.dedup();
        causes.extend(unknown.into_iter().take(MAX_PROBLEMS).map(|unknown| (i, unknown)));
    }
    if is_complete { unused(content, &checker.used) } else { Vec::new() }
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

/// Checks one text; false when it could not be read to its end.
fn check_text(text: &str, field: &str, checker: &mut Checker<'_>, problems: &mut Problems) -> bool {
    if let Err(error) = readable(text) {
        problems.0.push(FieldError { field: field.to_owned(), ..error });
        return false;
    }
    let source = Source::new(text);
    match parse_noting(&source, &mut checker.unknown) {
        Ok(ast::Stmt::Template(template)) => {
            let mut found = checker.check(&source, &template);
            found.truncate(MAX_PROBLEMS);
            problems.0.extend(found.into_iter().map(|p| FieldError { field: field.to_owned(), ..p }));
            true
        }
        Ok(_) => true,
        Err(error) => {
            problems.0.push(FieldError { field: field.to_owned(), ..error });
            false
        }
    }
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
