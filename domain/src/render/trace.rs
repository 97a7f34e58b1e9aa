//! Which parameters each part of a rendered message came from.
//!
//! The text is rendered a second time with a call before and after each `{{ … }}`, and these write marks into the
//! output. What is left without them must be the first output to the byte; where it isn't, nothing is told.

use std::collections::HashMap;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::budget::Budget;
use super::{MAX_WORK_BYTES, Renderer, environment, fill_in};
use crate::check::position::{Source, start_of};
use crate::check::{names_in, parse};
use crate::execution::Variables;
use crate::preview::{Piece, RenderedMessage};
use crate::version::Message;

/// Noncharacters of Unicode: no text that is meant to be read holds them.
const OPEN: char = '\u{fdd0}';
const OPENED: char = '\u{fdd1}';
const CLOSE: char = '\u{fdd2}';
/// The most bytes of marks and messages together.
const MAX_BYTES: usize = 4 << 20;

impl Renderer {
    /// The rendered messages in pieces. `rendered` is what [`Renderer::render`] made of the same variables.
    pub fn trace(&self, variables: &Variables, rendered: &[Message]) -> Vec<RenderedMessage> {
        let traced = self.trace_all(variables).unwrap_or_default();
        let whole = |message: &Message| RenderedMessage {
            role: message.role,
            pieces: vec![Piece { text: message.content.clone(), from: Vec::new() }],
        };
        let told = |(i, message): (usize, &Message)| {
            let pieces = traced.get(i).cloned().unwrap_or_default();
            let traced = RenderedMessage { role: message.role, pieces };
            if traced.text() == message.content { traced } else { whole(message) }
        };
        rendered.iter().enumerate().map(told).collect()
    }

    /// None when anything fails: what went wrong was said by the render before.
    fn trace_all(&self, variables: &Variables) -> Option<Vec<Vec<Piece>>> {
        let root = self.root(variables).ok()?;
        let mut environment = environment();
        environment.add_function("__open", |number: usize| format!("{OPEN}{number}{OPENED}"));
        environment.add_function("__close", || CLOSE.to_string());
        Budget::start(MAX_WORK_BYTES);
        let mut all = Vec::with_capacity(self.messages.len());
        for message in &self.messages {
            let (marked, origins) = mark(&message.content)?;
            environment.add_template_owned("marked", marked).ok()?;
            let text = fill_in(&environment, "marked", root.clone(), MAX_BYTES).ok()?;
            all.push(pieces(&text, &origins));
        }
        Some(all)
    }
}

/// The text with marks around what it prints, and the parameters behind each mark.
fn mark(text: &str) -> Option<(String, Vec<Vec<String>>)> {
    let tree = parse(&Source::new(text)).ok()?;
    let mut prints = Prints::default();
    prints.statement(&tree);
    prints.found.sort_by_key(|print| print.at);
    let (mut out, mut done, mut open, mut origins) = (String::new(), 0, None, Vec::new());
    for (token, span) in tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok) {
        let (start, end) = (span.start_offset as usize, span.end_offset as usize);
        match token {
            Token::VariableStart => open = Some(end),
            Token::VariableEnd => {
                let inside = open.take()?..start;
                let next = prints.found.partition_point(|print| print.at < inside.start);
                let Some(print) = prints.found.get(next).filter(|print| inside.contains(&print.at)) else { continue };
                out.push_str(text.get(done..inside.start)?);
                out.push_str(&format!(" __open({}) }}}}{{{{{}", origins.len(), text.get(inside.clone())?));
                out.push_str("}}{{ __close() ");
                origins.push(print.names.clone());
                done = inside.end;
            }
            _ => {}
        }
    }
    out.push_str(text.get(done..)?);
    Some((out, origins))
}

/// Parts the output at its marks.
fn pieces(text: &str, origins: &[Vec<String>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |text: &str, from: &[String]| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), from: from.to_vec() });
        }
    };
    let mut parts = text.split(OPEN);
    add(parts.next().unwrap_or_default(), &[]);
    for part in parts {
        let (number, rest) = part.split_once(OPENED).unwrap_or(("", part));
        let (value, after) = rest.split_once(CLOSE).unwrap_or((rest, ""));
        let from = number.parse::<usize>().ok().and_then(|n| origins.get(n));
        add(value, from.map(Vec::as_slice).unwrap_or_default());
        add(after, &[]);
    }
    pieces
}

/// One `{{ … }}` that prints straight into the message.
struct Print {
    at: usize,
    names: Vec<String>,
}

#[derive(Default)]
struct Prints {
    found: Vec<Print>,
    /// The parameters that a name of the template itself was made of.
    locals: HashMap<String, Vec<String>>,
    /// What names stood for before they were bound, the last one last: what a scope's end brings back.
    before: Vec<(String, Option<Vec<String>>)>,
}

impl Prints {
    fn statements(&mut self, all: &[Stmt<'_>]) {
        all.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(s) => self.statements(&s.children),
            Stmt::EmitExpr(s) => self.found.push(Print { at: start_of(&s.expr), names: self.origins(&s.expr) }),
            Stmt::ForLoop(s) => {
                self.scoped(|this| {
                    this.bind(&s.target, &s.iter);
                    this.bind_name("loop".into(), Vec::new());
                    this.statements(&s.body);
                });
                self.statements(&s.else_body);
            }
            Stmt::IfCond(s) => {
                self.statements(&s.true_body);
                self.statements(&s.false_body);
            }
            Stmt::WithBlock(s) => self.scoped(|this| {
                s.assignments.iter().for_each(|(target, expr)| this.bind(target, expr));
                this.statements(&s.body);
            }),
            Stmt::Set(s) => self.bind(&s.target, &s.expr),
            // What these print is kept or changed before it is output: a mark would be in its way.
            Stmt::SetBlock(s) => self.bind_to(&s.target, Vec::new()),
            _ => {}
        }
    }

    fn bind(&mut self, target: &Expr<'_>, expr: &Expr<'_>) {
        let origins = self.origins(expr);
        self.bind_to(target, origins);
    }

    fn bind_to(&mut self, target: &Expr<'_>, origins: Vec<String>) {
        names_in(target).into_iter().for_each(|name| self.bind_name(name, origins.clone()));
    }

    fn bind_name(&mut self, name: String, origins: Vec<String>) {
        let before = self.locals.insert(name.clone(), origins);
        self.before.push((name, before));
    }

    /// What is bound inside is forgotten after it.
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let start = self.before.len();
        inside(self);
        for (name, before) in self.before.split_off(start).into_iter().rev() {
            match before {
                Some(origins) => drop(self.locals.insert(name, origins)),
                None => drop(self.locals.remove(&name)),
            }
        }
    }

    /// The parameters that an expression reads, each once.
    fn origins(&self, expr: &Expr<'_>) -> Vec<String> {
        let mut origins = Vec::new();
        for name in names_in(expr) {
            let of = self.locals.get(&name).cloned().unwrap_or_else(|| vec![name]);
            of.into_iter().for_each(|name| {
                if !origins.contains(&name) {
                    origins.push(name);
                }
            });
        }
        origins
    }
}
