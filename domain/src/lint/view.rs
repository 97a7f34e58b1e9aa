//! A prompt as rules see it: each text with its prose apart from its tags, and what it reads of the contract where.

use std::collections::HashSet;

use minijinja::machinery::ast::{self, Expr, Stmt};

use crate::check::position::{Source, start_of};
use crate::check::{names_in, parse, parts};
use crate::version::{MessageRole, Parameter, VersionContent};

pub(super) struct View<'a> {
    pub(super) content: &'a VersionContent,
    pub(super) texts: Vec<Text<'a>>,
}

/// One message.
pub(super) struct Text<'a> {
    /// `messages[0].content`.
    pub(super) field: String,
    pub(super) role: MessageRole,
    pub(super) source: &'a str,
    /// The source with blanks in place of its tags: what stands here stands there at the same byte.
    pub(super) prose: String,
    pub(super) reads: Vec<Read>,
    /// `{% if %}`, with what it asks when that can be told.
    pub(super) conditions: Vec<Condition>,
}

/// One reading of a parameter.
pub(super) struct Read {
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) is_printed: bool,
    pub(super) is_attribute: bool,
    /// A condition around it asks for the name, or a filter stands in when it is missing.
    pub(super) is_guarded: bool,
}

/// A condition whose outcome may be known before any value is.
pub(super) enum Condition {
    /// It asks for nothing but a constant.
    Constant { at: usize },
    /// A name is compared with a text.
    Equals { at: usize, name: String, text: String },
}

impl<'a> View<'a> {
    pub(super) fn new(content: &'a VersionContent) -> Self {
        let texts = content.messages.iter().enumerate().map(|(i, message)| {
            let mut walk = Walk { source: &message.content, ..Walk::default() };
            let mut prose = blank(&message.content);
            match parse(&Source::new(&message.content)) {
                Ok(tree) => walk.statement(&tree, &mut prose),
                // What can't be read has problems of its own; its prose is what is there.
                Err(_) => prose = message.content.clone().into_bytes(),
            }
            Text {
                field: format!("messages[{i}].content"),
                role: message.role,
                source: &message.content,
                prose: String::from_utf8(prose).unwrap_or_default(),
                reads: walk.reads,
                conditions: walk.conditions,
            }
        });
        Self { content, texts: texts.collect() }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&'a Parameter> {
        self.content.parameters.iter().find(|p| p.name == name)
    }
}

/// As long as the text, with nothing but its line ends.
fn blank(text: &str) -> Vec<u8> {
    text.bytes().map(|b| if b == b'\n' { b'\n' } else { b' ' }).collect()
}

#[derive(Default)]
struct Walk<'a> {
    source: &'a str,
    reads: Vec<Read>,
    conditions: Vec<Condition>,
    /// Names of `set`, `with` and loops, which are no parameters.
    locals: HashSet<String>,
    /// Names that conditions around ask for.
    guards: Vec<String>,
}

impl Walk<'_> {
    fn statements(&mut self, all: &[Stmt<'_>], prose: &mut [u8]) {
        all.iter().for_each(|statement| self.statement(statement, prose));
    }

    fn statement(&mut self, statement: &Stmt<'_>, prose: &mut [u8]) {
        match statement {
            Stmt::Template(s) => self.statements(&s.children, prose),
            Stmt::EmitRaw(s) => self.raw(s.raw, prose),
            Stmt::EmitExpr(s) => self.expr(&s.expr, true),
            Stmt::ForLoop(s) => {
                self.expr(&s.iter, false);
                self.bind(&s.target);
                s.filter_expr.iter().for_each(|e| self.expr(e, false));
                self.statements(&s.body, prose);
                self.statements(&s.else_body, prose);
            }
            Stmt::IfCond(s) => self.if_cond(s, prose),
            Stmt::WithBlock(s) => {
                for (target, expr) in &s.assignments {
                    self.expr(expr, false);
                    self.bind(target);
                }
                self.statements(&s.body, prose);
            }
            Stmt::Set(s) => {
                self.expr(&s.expr, false);
                self.bind(&s.target);
            }
            Stmt::SetBlock(s) => {
                self.bind(&s.target);
                self.statements(&s.body, prose);
            }
            Stmt::FilterBlock(s) => self.statements(&s.body, prose),
            _ => {}
        }
    }

    /// Text between tags is a piece of the source itself.
    fn raw(&self, raw: &str, prose: &mut [u8]) {
        let at = (raw.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
        let range = at..at.saturating_add(raw.len());
        if self.source.get(range.clone()) == Some(raw) {
            prose[range].copy_from_slice(raw.as_bytes());
        }
    }

    fn if_cond(&mut self, s: &ast::IfCond<'_>, prose: &mut [u8]) {
        self.conditions.extend(condition(&s.expr));
        self.guarded(&s.expr, |this| {
            this.expr(&s.expr, false);
            this.statements(&s.true_body, prose);
        });
        self.statements(&s.false_body, prose);
    }

    /// What is inside is reached only after the names in an expression were asked for.
    fn guarded(&mut self, by: &Expr<'_>, inside: impl FnOnce(&mut Self)) {
        let before = self.guards.len();
        self.guards.extend(names_in(by));
        inside(self);
        self.guards.truncate(before);
    }

    fn bind(&mut self, target: &Expr<'_>) {
        self.locals.extend(names_in(target));
    }

    fn expr(&mut self, expr: &Expr<'_>, is_printed: bool) {
        match expr {
            Expr::Var(_) => self.read(expr, is_printed, false),
            Expr::GetAttr(e) if matches!(e.expr, Expr::Var(_)) => self.read(&e.expr, is_printed, true),
            Expr::GetItem(e) if matches!(e.expr, Expr::Var(_)) => {
                self.read(&e.expr, is_printed, true);
                self.expr(&e.subscript_expr, false);
            }
            Expr::Filter(e) if matches!(e.name, "default" | "d") => {
                e.expr.iter().for_each(|input| self.guarded(input, |this| this.expr(input, is_printed)));
            }
            Expr::IfExpr(e) => {
                self.guarded(&e.test_expr, |this| {
                    this.expr(&e.test_expr, false);
                    this.expr(&e.true_expr, is_printed);
                });
                e.false_expr.iter().for_each(|other| self.expr(other, is_printed));
            }
            other => parts(other).into_iter().for_each(|part| self.expr(part, is_printed)),
        }
    }

    fn read(&mut self, var: &Expr<'_>, is_printed: bool, is_attribute: bool) {
        let Expr::Var(v) = var else { return };
        if self.locals.contains(v.id) {
            return;
        }
        let is_guarded = self.guards.iter().any(|guard| guard == v.id);
        self.reads.push(Read { name: v.id.to_owned(), at: start_of(var), is_printed, is_attribute, is_guarded });
    }
}

fn condition(expr: &Expr<'_>) -> Option<Condition> {
    if names_in(expr).is_empty() && !matches!(expr, Expr::Call(_)) {
        return Some(Condition::Constant { at: start_of(expr) });
    }
    equality(expr)
}

/// `name == 'text'`, either way round.
fn equality(expr: &Expr<'_>) -> Option<Condition> {
    let (left, right) = match expr {
        Expr::BinOp(e) if matches!(e.op, ast::BinOpKind::Eq) => (&e.left, &e.right),
        Expr::Compare(e) => match e.ops.as_slice() {
            [op] if matches!(op.op, ast::CompareOpKind::Eq) => (&e.expr, &op.expr),
            _ => return None,
        },
        _ => return None,
    };
    let (Expr::Var(name), Expr::Const(text)) =
        (if matches!(left, Expr::Var(_)) { (left, right) } else { (right, left) })
    else {
        return None;
    };
    let text = text.value.as_str()?.to_owned();
    Some(Condition::Equals { at: start_of(left), name: name.id.to_owned(), text })
}
