//! Which parameters, and which template, each part of a rendered message came from.
//!
//! The text is rendered a second time with a call before and after each `{{ … }}`, and these write marks into the
//! output; text that another template brought in stands between such marks itself. What is left without them must be
//! the first output to the byte; where it isn't, nothing is told.

use std::collections::HashMap;
use std::ops::Range;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::budget::Budget;
use super::{MAX_WORK_BYTES, Renderer, environment, fill_in};
use crate::check::position::{Source, start_of};
use crate::check::{names_in, parse};
use crate::composition::{Composed, SourceTemplate};
use crate::execution::Variables;
use crate::order::sort_by_number;
use crate::preview::{Piece, RenderedMessage};
use crate::version::Message;

/// Noncharacters of Unicode: no text that is meant to be read holds them.
const OPEN: char = '\u{fdd0}';
const OPENED: char = '\u{fdd1}';
const CLOSE: char = '\u{fdd2}';
/// The most bytes of marks and messages together.
const MAX_BYTES: usize = 4 << 20;

impl Renderer {
    /// The rendered messages in pieces. `rendered` is what [`Renderer::render`] made of the same variables, `composed` what
    /// the renderer was made of.
    pub fn trace(&self, variables: &Variables, rendered: &[Message], composed: &Composed) -> Vec<RenderedMessage> {
        let traced = self.trace_all(variables, composed).unwrap_or_default();
        let whole = |message: &Message| RenderedMessage {
            role: message.role,
            pieces: vec![Piece { text: message.content.clone(), ..Piece::default() }],
        };
        let told = |(i, message): (usize, &Message)| {
            let pieces = traced.get(i).cloned().unwrap_or_default();
            let traced = RenderedMessage { role: message.role, pieces };
            if traced.text() == message.content { traced } else { whole(message) }
        };
        rendered.iter().enumerate().map(told).collect()
    }

    /// None when anything fails: what went wrong was said by the render before.
    fn trace_all(&self, variables: &Variables, composed: &Composed) -> Option<Vec<Vec<Piece>>> {
        let root = self.root(variables).ok()?;
        let mut environment = environment();
        environment.add_function("__open", |number: usize| format!("{OPEN}{number}{OPENED}"));
        environment.add_function("__close", || CLOSE.to_string());
        Budget::start(MAX_WORK_BYTES);
        let mut all = Vec::with_capacity(self.messages.len());
        for (i, message) in self.messages.iter().enumerate() {
            let sources = Sources::of(composed, i);
            let (marked, origins) = mark(&message.content, &sources)?;
            environment.add_template_owned("marked", marked).ok()?;
            let text = fill_in(&environment, "marked", root.clone(), MAX_BYTES).ok()?;
            all.push(pieces(&text, &origins));
        }
        Some(all)
    }
}

/// Which template each byte of a message comes from.
struct Sources<'a> {
    templates: &'a [SourceTemplate],
    /// The end of each stretch, and which of the templates it is from; 0 is the message's own.
    stretches: Vec<(usize, usize)>,
}

impl<'a> Sources<'a> {
    fn of(composed: &'a Composed, message: usize) -> Self {
        let text = composed.content.messages.get(message).map_or("", |m| m.content.as_str());
        // What is rendered has plain line ends.
        let plain = |end: usize| end - text.get(..end).unwrap_or_default().matches("\r\n").count();
        let spans = composed.spans.get(message).map(Vec::as_slice).unwrap_or_default();
        let stretches = spans.iter().map(|span| (plain(span.end), span.source)).collect();
        Self { templates: &composed.sources, stretches }
    }

    /// The template at a byte, unless it is the message's own.
    fn at(&self, offset: usize) -> Option<SourceTemplate> {
        let stretch = self.stretches.get(self.stretches.partition_point(|(end, _)| *end <= offset))?;
        Some(stretch.1).filter(|source| *source > 0).and_then(|source| self.templates.get(source)).cloned()
    }

    /// The stretches of a range that come from other templates.
    fn others(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let (mut start, mut found) = (range.start, Vec::new());
        let first = self.stretches.partition_point(|(end, _)| *end <= start);
        for (end, source) in self.stretches.get(first..).unwrap_or_default() {
            if start >= range.end {
                break;
            }
            let stretch = start..(*end).min(range.end);
            start = stretch.end;
            if *source > 0 {
                found.push(stretch);
            }
        }
        found
    }
}

/// Where a piece comes from.
struct Origin {
    names: Vec<String>,
    template: Option<SourceTemplate>,
}

/// The text with marks around what it prints and what others brought in, and what is behind each mark.
fn mark(text: &str, sources: &Sources<'_>) -> Option<(String, Vec<Origin>)> {
    let tree = parse(&Source::new(text)).ok()?;
    let mut prints = Prints { text, ..Prints::default() };
    prints.statement(&tree);
    let mut marks = Marks::default();
    for range in prints.raws.iter().flat_map(|raw| sources.others(raw.clone())) {
        let number = marks.origin(Vec::new(), sources.at(range.start));
        marks.around(range, format!("{OPEN}{number}{OPENED}"), CLOSE.to_string());
    }
    mark_prints(text, prints, sources, &mut marks)?;
    Some((marks.joined(text)?, marks.origins))
}

fn mark_prints(text: &str, mut prints: Prints<'_>, sources: &Sources<'_>, marks: &mut Marks) -> Option<()> {
    sort_by_number(&mut prints.found, |print| print.at);
    let mut open = None;
    for (token, span) in tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok) {
        let (start, end) = (span.start_offset as usize, span.end_offset as usize);
        match token {
            Token::VariableStart => open = Some(end),
            Token::VariableEnd => {
                let inside = open.take()?..start;
                let next = prints.found.partition_point(|print| print.at < inside.start);
                let Some(print) = prints.found.get(next).filter(|print| inside.contains(&print.at)) else { continue };
                let number = marks.origin(print.names.clone(), sources.at(print.at));
                marks.around(inside, format!(" __open({number}) }}}}{{{{"), "}}{{ __close() ".to_owned());
            }
            _ => {}
        }
    }
    Some(())
}

/// Texts to be put in, and where pieces come from.
#[derive(Default)]
struct Marks {
    texts: Vec<(usize, String)>,
    origins: Vec<Origin>,
}

impl Marks {
    fn origin(&mut self, names: Vec<String>, template: Option<SourceTemplate>) -> usize {
        self.origins.push(Origin { names, template });
        self.origins.len() - 1
    }

    fn around(&mut self, range: Range<usize>, before: String, after: String) {
        self.texts.push((range.start, before));
        self.texts.push((range.end, after));
    }

    fn joined(&mut self, text: &str) -> Option<String> {
        // Where two meet, the end of one comes before the start of the next, as they were found.
        sort_by_number(&mut self.texts, |(at, _)| *at);
        let (mut out, mut done) = (String::new(), 0);
        for (at, mark) in &self.texts {
            out.push_str(text.get(done..*at)?);
            out.push_str(mark);
            done = *at;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

/// Parts the output at its marks.
fn pieces(text: &str, origins: &[Origin]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |text: &str, origin: Option<&Origin>| {
        if !text.is_empty() {
            let (from, template) = origin.map(|o| (o.names.clone(), o.template.clone())).unwrap_or_default();
            pieces.push(Piece { text: text.to_owned(), from, template });
        }
    };
    let mut parts = text.split(OPEN);
    add(parts.next().unwrap_or_default(), None);
    for part in parts {
        let (number, rest) = part.split_once(OPENED).unwrap_or(("", part));
        let (value, after) = rest.split_once(CLOSE).unwrap_or((rest, ""));
        add(value, number.parse::<usize>().ok().and_then(|n| origins.get(n)));
        add(after, None);
    }
    pieces
}

/// One `{{ … }}` that prints straight into the message.
struct Print {
    at: usize,
    names: Vec<String>,
}

#[derive(Default)]
struct Prints<'t> {
    text: &'t str,
    found: Vec<Print>,
    /// Texts outside of tags that are output as they stand.
    raws: Vec<Range<usize>>,
    /// The parameters that a name of the template itself was made of.
    locals: HashMap<String, Vec<String>>,
    /// What names stood for before they were bound, the last one last: what a scope's end brings back.
    before: Vec<(String, Option<Vec<String>>)>,
}

impl Prints<'_> {
    fn statements(&mut self, all: &[Stmt<'_>]) {
        all.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(s) => self.statements(&s.children),
            Stmt::EmitRaw(s) => self.raw(s.raw),
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

    /// The raw text is a part of the whole.
    fn raw(&mut self, raw: &str) {
        let start = (raw.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let range = start..start + raw.len();
        if self.text.get(range.clone()) == Some(raw) {
            self.raws.push(range);
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
