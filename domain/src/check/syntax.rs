//! Syntax: how deep tags may go, and syntax errors as people want to read them.
//!
//! minijinja's parser guards parentheses and blocks against deep recursion, but not `not not not …`, `- - - …`,
//! `a if b else c if …`, long chains such as `a.b.c…` or `a + b + …` (whose tree is as deep as they are long, and is
//! walked and dropped recursively) nor `elif`. Any of these overflows the stack, which no one can catch. So the
//! tokens are counted before the parser sees them.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Error, ErrorKind};

use super::names;
use super::position::{Source, start};
use super::unknown::{Meant, Unknown};
use crate::error::FieldError;

/// The most operators, dots, calls and brackets that can end up inside one another.
const MAX_CHAIN: usize = 100;
/// The most `elif` of a message.
const MAX_ELIF: usize = 100;
/// The most blocks inside one another.
const MAX_BLOCKS: usize = 40;

/// Refuses texts whose syntax tree would be too deep, and those that can't be split into tokens.
pub(super) fn check(source: &Source<'_>) -> Result<(), FieldError> {
    let mut depth = Depth::default();
    for token in tokenize(source.text, false, SyntaxConfig::default()) {
        let (token, span) = token.map_err(|error| problem(&error, source))?;
        depth.read(&token).map_err(|message| source.error(start(span), message))?;
    }
    Ok(())
}

/// How deep the tree of the tag being read can be.
#[derive(Default)]
struct Depth {
    /// One a bracket that is open; the first for the tag itself.
    levels: Vec<Level>,
    is_block_start: bool,
    elifs: usize,
    blocks: usize,
}

/// The items between two brackets: what stands beside a comma is not below it.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Links of the item being read, with all that is inside of it.
    chain: usize,
    /// The longest item before it.
    longest: usize,
}

impl Depth {
    fn read(&mut self, token: &Token<'_>) -> Result<(), String> {
        if std::mem::take(&mut self.is_block_start) {
            self.read_keyword(token)?;
        }
        match token {
            Token::VariableStart | Token::BlockStart => {
                self.levels = vec![Level::default()];
                self.is_block_start = matches!(token, Token::BlockStart);
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => {
                self.link(1);
                self.levels.push(Level::default());
            }
            Token::ParenClose | Token::BracketClose | Token::BraceClose if self.levels.len() > 1 => {
                let inner = self.levels.pop().unwrap_or_default();
                self.link(inner.longest.max(inner.chain));
            }
            Token::Comma | Token::Colon if self.levels.len() > 1 => self.next_item(),
            token if links(token) => self.link(1),
            _ => {}
        }
        if self.levels.iter().map(|level| level.chain).sum::<usize>() > MAX_CHAIN {
            return Err(format!("nests or chains more than {MAX_CHAIN} operators: split it with `{{% set %}}`"));
        }
        Ok(())
    }

    fn read_keyword(&mut self, token: &Token<'_>) -> Result<(), String> {
        let Token::Ident(word) = token else { return Ok(()) };
        match *word {
            "elif" => self.elifs += 1,
            "for" | "if" | "with" | "filter" | "block" | "macro" => self.blocks += 1,
            "endfor" | "endif" | "endwith" | "endfilter" | "endblock" | "endmacro" => {
                self.blocks = self.blocks.saturating_sub(1);
            }
            _ => {}
        }
        if self.elifs > MAX_ELIF {
            return Err(format!("is one `elif` too many: use at most {MAX_ELIF} in a message"));
        }
        if self.blocks > MAX_BLOCKS {
            return Err(format!("nests blocks deeper than {MAX_BLOCKS} levels"));
        }
        Ok(())
    }

    fn link(&mut self, links: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.chain += links;
        }
    }
    fn next_item(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level = Level { chain: 0, longest: level.longest.max(level.chain) };
        }
    }
}

fn links(token: &Token<'_>) -> bool {
    use Token::{Div, Dot, Eq, FloorDiv, Gt, Gte, Lt, Lte, Minus, Mod, Mul, Ne, Pipe, Plus, Pow, Tilde};
    match token {
        Dot | Pipe | Plus | Minus | Mul | Div | FloorDiv | Mod | Pow | Tilde | Eq | Ne | Gt | Gte | Lt | Lte => true,
        Token::Ident(word) => matches!(*word, "and" | "or" | "not" | "if" | "else" | "is" | "in"),
        _ => false,
    }
}

/// The statement that doesn't exist, when that is what an error at this byte is about. One that closes nothing exists.
fn unknown_statement(detail: &str, at: usize) -> Option<Unknown> {
    let name = detail.strip_prefix("unknown statement ")?;
    let unknown = Unknown::new(at, Meant::Statement, name, names::STATEMENTS);
    Some(Unknown { near: unknown.near.filter(|near| near != name), ..unknown })
}

/// What an error is about, when that is a statement that doesn't exist.
pub(super) fn cause(error: &Error) -> Option<Unknown> {
    unknown_statement(error.detail()?, error.range()?.start)
}

/// A syntax error with place and advice.
pub(super) fn problem(error: &Error, source: &Source<'_>) -> FieldError {
    let detail = error.detail().unwrap_or("this can't be read");
    if let Some((offset, tag)) = detail.starts_with("unexpected end of input").then(|| unclosed(source)).flatten() {
        return source.error(offset, format!("syntax error: `{tag}` is never closed"));
    }
    let offset = error.range().map_or_else(
        || source.text.match_indices('\n').nth(error.line().unwrap_or(1).saturating_sub(2)).map_or(0, |(i, _)| i + 1),
        |range| range.start,
    );
    source.error(offset, format!("syntax error: {}", explain(detail, error.kind())))
}

/// Where the tag or the innermost block starts that is open at the end, and how it is written.
fn unclosed(source: &Source<'_>) -> Option<(usize, String)> {
    let (mut tag, mut blocks) = (None, Vec::new());
    let mut is_block_start = false;
    for (token, span) in tokenize(source.text, false, SyntaxConfig::default()).map_while(Result::ok) {
        match token {
            Token::VariableStart => tag = Some((start(span), "{{".to_owned())),
            Token::BlockStart => tag = Some((start(span), "{%".to_owned())),
            Token::VariableEnd | Token::BlockEnd => tag = None,
            Token::Ident(word) if is_block_start && word.starts_with("end") => drop(blocks.pop()),
            Token::Ident(word @ ("for" | "if" | "with" | "filter" | "block" | "macro")) if is_block_start => {
                blocks.push((tag.as_ref().map_or(start(span), |(at, _)| *at), format!("{{% {word} %}}")));
            }
            _ => {}
        }
        is_block_start = matches!(token, Token::BlockStart);
    }
    tag.or_else(|| blocks.pop())
}

fn explain(detail: &str, kind: ErrorKind) -> String {
    if let Some(unknown) = unknown_statement(detail, 0) {
        let name = &unknown.name;
        let closes = name.starts_with("end") || matches!(name.as_str(), "else" | "elif");
        if closes && unknown.near.is_none() {
            return format!("`{name}` closes nothing: its opening tag is missing");
        }
        return unknown.message();
    }
    if kind == ErrorKind::BadEscape { "a string holds an escape that doesn't exist".into() } else { detail.to_owned() }
}
