//! Every place where a text reads a name: what the name means there, and what is done with its value.
//!
//! Scopes are the engine's own: a loop and a `with` have one, `if` and blocks that capture have none, and what a turn
//! of a loop has set is still there in the next.

use std::collections::HashMap;
use std::ops::Range;

use minijinja::Value;
use minijinja::machinery::ast::{self, Expr, Stmt};

use super::names_in;
use super::position::{Source, start};
use crate::error::FieldError;
use crate::order::sort_by_number;
use crate::version::ParameterType;

/// What a name means at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// The parameter.
    Parameter,
    /// Something that the template itself has set.
    Local,
    /// Either, as it depends on what was run before.
    Either,
    /// Either too, but the check takes it for the parameter: set in an earlier turn, or where a loop had no turn.
    EitherUnseen,
}

/// What is done with a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Use {
    /// Nothing that tells its type.
    Plain,
    /// It is asked whether it is true.
    Condition,
    /// It is asked whether it is there.
    Asked,
    /// Something that values of this type are for.
    Is(ParameterType),
    /// It is asked whether it is one of these.
    Equals(Vec<Value>),
    /// A filter puts this in its place when it is missing.
    Default(Option<Value>),
}

/// One reading of a name.
pub(crate) struct Read {
    pub(crate) name: String,
    /// Bytes of the name in the text.
    pub(crate) at: Range<usize>,
    pub(crate) binding: Binding,
    pub(crate) uses: Vec<Use>,
    /// It is reached only when the name is defined.
    pub(crate) is_guarded: bool,
    /// A parameter with the watched name could not be read here.
    pub(crate) is_taken: bool,
}

/// All readings, in the order of the text. Fails when the text can't be read.
pub(crate) fn reads(text: &str) -> Result<Vec<Read>, FieldError> {
    reads_watching(text, "")
}

/// The same, and for each whether the text itself has or may have set the name `watched` there.
pub(crate) fn reads_watching(text: &str, watched: &str) -> Result<Vec<Read>, FieldError> {
    let source = Source::new(text);
    let tree = super::parse(&source)?;
    let mut walk = Walk { text, watched, scopes: vec![HashMap::new()], guards: Vec::new(), found: Vec::new() };
    walk.statement(&tree);
    sort_by_number(&mut walk.found, |read| read.at.start);
    Ok(walk.found)
}

type Scope = HashMap<String, Binding>;

pub(super) struct Walk<'a> {
    text: &'a str,
    watched: &'a str,
    scopes: Vec<Scope>,
    /// Names that are defined here, or the place is not reached.
    guards: Vec<String>,
    found: Vec<Read>,
}

impl Walk<'_> {
    fn statements(&mut self, all: &[Stmt<'_>]) {
        all.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(s) => self.statements(&s.children),
            Stmt::EmitExpr(s) => self.plain(&s.expr),
            Stmt::ForLoop(s) => self.for_loop(s),
            Stmt::IfCond(s) => self.if_cond(s),
            Stmt::WithBlock(s) => self.scoped(|this| {
                for (target, expr) in &s.assignments {
                    this.plain(expr);
                    this.bind(target);
                }
                this.statements(&s.body);
            }),
            Stmt::Set(s) => {
                self.plain(&s.expr);
                self.bind(&s.target);
            }
            Stmt::SetBlock(s) => {
                self.statements(&s.body);
                s.filter.iter().for_each(|filter| self.plain(filter));
                self.bind(&s.target);
            }
            Stmt::FilterBlock(s) => {
                self.statements(&s.body);
                self.plain(&s.filter);
            }
            other => self.rare_statement(other),
        }
    }

    fn rare_statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::AutoEscape(s) => {
                self.plain(&s.enabled);
                self.statements(&s.body);
            }
            Stmt::Block(s) => self.scoped(|this| this.statements(&s.body)),
            Stmt::Extends(s) => self.plain(&s.name),
            Stmt::Include(s) => self.plain(&s.name),
            Stmt::Import(s) => {
                self.plain(&s.expr);
                self.bind(&s.name);
            }
            Stmt::FromImport(s) => {
                self.plain(&s.expr);
                s.names.iter().for_each(|(name, alias)| self.bind(alias.as_ref().unwrap_or(name)));
            }
            Stmt::Macro(s) => {
                self.declare(s.name, Binding::Local);
                self.body_of(s);
            }
            Stmt::CallBlock(s) => {
                self.call(&s.call);
                self.body_of(&s.macro_decl);
            }
            Stmt::Do(s) => self.call(&s.call),
            _ => {}
        }
    }

    fn body_of(&mut self, s: &ast::Macro<'_>) {
        self.scoped(|this| {
            s.defaults.iter().for_each(|default| this.plain(default));
            s.args.iter().for_each(|argument| this.bind(argument));
            this.statements(&s.body);
        });
    }

    fn for_loop(&mut self, s: &ast::ForLoop<'_>) {
        self.expr(&s.iter, &[Use::Is(ParameterType::Array)]);
        self.scoped(|this| {
            this.bind(&s.target);
            s.filter_expr.iter().for_each(|condition| this.expr(condition, &[Use::Condition]));
        });
        self.scoped(|this| {
            assigned(&s.body).into_iter().for_each(|name| this.declare(&name, Binding::EitherUnseen));
            this.declare("loop", Binding::Local);
            this.bind(&s.target);
            this.statements(&s.body);
        });
        let before = self.top().clone();
        self.statements(&s.else_body);
        let after = std::mem::replace(self.top(), before);
        let new = after.into_keys().filter(|name| self.binding(name) == Binding::Parameter).collect::<Vec<_>>();
        new.into_iter().for_each(|name| self.declare(&name, Binding::EitherUnseen));
    }

    fn if_cond(&mut self, s: &ast::IfCond<'_>) {
        self.expr(&s.expr, &[Use::Condition]);
        let asked = Asked::of(&s.expr);
        let before = self.top().clone();
        self.guarded(asked.when_true, |this| this.statements(&s.true_body));
        let one = std::mem::replace(self.top(), before);
        self.guarded(asked.when_false, |this| this.statements(&s.false_body));
        let other = std::mem::take(self.top());
        *self.top() = joined(one, other);
    }

    fn guarded(&mut self, by: Vec<String>, inside: impl FnOnce(&mut Self)) {
        let before = self.guards.len();
        self.guards.extend(by);
        inside(self);
        self.guards.truncate(before);
    }

    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope::new());
        inside(self);
        self.scopes.pop();
    }

    /// There is always one.
    fn top(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::new());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn bind(&mut self, target: &Expr<'_>) {
        names_in(target).into_iter().for_each(|name| self.declare(&name, Binding::Local));
    }

    fn declare(&mut self, name: &str, binding: Binding) {
        self.top().insert(name.to_owned(), binding);
    }

    /// What is perhaps set in an inner scope is set all the same when an outer one has it.
    fn binding(&self, name: &str) -> Binding {
        let found = || self.scopes.iter().rev().filter_map(|scope| scope.get(name).copied());
        if found().any(|binding| binding == Binding::Local) {
            return Binding::Local;
        }
        found().find(|b| *b == Binding::Either).or_else(|| found().next()).unwrap_or(Binding::Parameter)
    }

    pub(super) fn read(&mut self, var: &ast::Spanned<ast::Var<'_>>, uses: &[Use]) {
        let at = start(var.span())..start(var.span()) + var.id.len();
        if self.text.get(at.clone()) != Some(var.id) {
            return;
        }
        let is_guarded = self.guards.iter().any(|name| name == var.id);
        let is_taken = self.binding(self.watched) != Binding::Parameter;
        let binding = self.binding(var.id);
        self.found.push(Read { name: var.id.to_owned(), at, binding, uses: uses.to_vec(), is_guarded, is_taken });
    }

    /// `left` was asked before the rest, so names that it asks for are there.
    pub(super) fn after(&mut self, asked: Vec<String>, rest: &Expr<'_>, uses: &[Use]) {
        self.guarded(asked, |this| this.expr(rest, uses));
    }
}

/// What two branches leave: what one has not set may still be the parameter.
fn joined(one: Scope, other: Scope) -> Scope {
    let names = one.keys().chain(other.keys());
    let binding = |name: &String| match (one.get(name), other.get(name)) {
        (Some(a), Some(b)) if a == b => *a,
        _ => Binding::Either,
    };
    names.map(|name| (name.clone(), binding(name))).collect()
}

/// The names that statements set in the scope around them.
fn assigned(statements: &[Stmt<'_>]) -> Vec<String> {
    let of = |statement: &Stmt<'_>| match statement {
        Stmt::Set(s) => names_in(&s.target),
        Stmt::SetBlock(s) => [names_in(&s.target), assigned(&s.body)].concat(),
        Stmt::FilterBlock(s) => assigned(&s.body),
        Stmt::AutoEscape(s) => assigned(&s.body),
        Stmt::IfCond(s) => [assigned(&s.true_body), assigned(&s.false_body)].concat(),
        Stmt::ForLoop(s) => assigned(&s.else_body),
        Stmt::Macro(s) => vec![s.name.to_owned()],
        Stmt::Import(s) => names_in(&s.name),
        Stmt::FromImport(s) => {
            s.names.iter().flat_map(|(name, alias)| names_in(alias.as_ref().unwrap_or(name))).collect()
        }
        _ => Vec::new(),
    };
    statements.iter().flat_map(of).collect()
}

/// The names that are there when a condition holds, and when it doesn't.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) when_true: Vec<String>,
    pub(super) when_false: Vec<String>,
}

impl Asked {
    pub(super) fn of(condition: &Expr<'_>) -> Self {
        match condition {
            Expr::Test(e) => match (&e.expr, e.name) {
                (Expr::Var(v), "defined") => Self { when_true: vec![v.id.to_owned()], ..Self::default() },
                (Expr::Var(v), "undefined") => Self { when_false: vec![v.id.to_owned()], ..Self::default() },
                _ => Self::default(),
            },
            Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOpKind::Not) => {
                let Self { when_true, when_false } = Self::of(&e.expr);
                Self { when_true: when_false, when_false: when_true }
            }
            Expr::BinOp(e) => {
                let (left, right) = (Self::of(&e.left), Self::of(&e.right));
                match e.op {
                    ast::BinOpKind::ScAnd => {
                        Self { when_true: [left.when_true, right.when_true].concat(), ..Self::default() }
                    }
                    ast::BinOpKind::ScOr => {
                        Self { when_false: [left.when_false, right.when_false].concat(), ..Self::default() }
                    }
                    _ => Self::default(),
                }
            }
            _ => Self::default(),
        }
    }
}
