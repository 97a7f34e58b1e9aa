//! The names that an expression reads, with their places.

use minijinja::machinery::ast::{self, Expr, Stmt};

use crate::check::position::start;
use crate::check::{names_in, parts};

/// Calls `see` with each variable that the expression reads and the byte where it stands.
pub(super) fn each_name<'a>(expr: &'a Expr<'a>, see: &mut dyn FnMut(&'a str, usize)) {
    if let Expr::Var(e) = expr {
        see(e.id, start(e.span()));
    }
    parts(expr).into_iter().for_each(|part| each_name(part, see));
}

/// Whether an expression reads no name at all.
pub(super) fn is_constant(expr: &Expr<'_>) -> bool {
    names_in(expr).is_empty()
}

/// The statements inside of a statement.
pub(super) fn bodies<'s, 'a>(statement: &'s Stmt<'a>) -> Vec<&'s [Stmt<'a>]> {
    match statement {
        Stmt::Template(s) => vec![&s.children],
        Stmt::ForLoop(s) => vec![&s.body, &s.else_body],
        Stmt::IfCond(s) => vec![&s.true_body, &s.false_body],
        Stmt::WithBlock(s) => vec![&s.body],
        Stmt::SetBlock(s) => vec![&s.body],
        Stmt::AutoEscape(s) => vec![&s.body],
        Stmt::FilterBlock(s) => vec![&s.body],
        Stmt::Block(s) => vec![&s.body],
        Stmt::Macro(s) => vec![&s.body],
        Stmt::CallBlock(s) => vec![&s.macro_decl.body],
        _ => Vec::new(),
    }
}

/// Calls `see` with every statement of a tree, outer ones first.
pub(super) fn each_statement<'s, 'a>(statements: &'s [Stmt<'a>], see: &mut dyn FnMut(&'s Stmt<'a>)) {
    for statement in statements {
        see(statement);
        bodies(statement).into_iter().for_each(|body| each_statement(body, see));
    }
}

/// Whether statements leave variables behind in the frame they run in.
pub(super) fn binds(statements: &[Stmt<'_>]) -> bool {
    statements.iter().any(|statement| match statement {
        Stmt::Set(_) | Stmt::SetBlock(_) | Stmt::Import(_) | Stmt::FromImport(_) => true,
        Stmt::IfCond(s) => binds(&s.true_body) || binds(&s.false_body),
        Stmt::ForLoop(s) => binds(&s.else_body),
        Stmt::FilterBlock(s) => binds(&s.body),
        Stmt::AutoEscape(s) => binds(&s.body),
        _ => false,
    })
}

/// Where a statement's tag stands; none for a raw text.
pub(super) fn offset(statement: &Stmt<'_>) -> Option<usize> {
    let span = match statement {
        Stmt::Template(_) | Stmt::EmitRaw(_) => return None,
        Stmt::EmitExpr(s) => s.span(),
        Stmt::ForLoop(s) => s.span(),
        Stmt::IfCond(s) => s.span(),
        Stmt::WithBlock(s) => s.span(),
        Stmt::Set(s) => s.span(),
        Stmt::SetBlock(s) => s.span(),
        Stmt::AutoEscape(s) => s.span(),
        Stmt::FilterBlock(s) => s.span(),
        Stmt::Block(s) => s.span(),
        Stmt::Extends(s) => s.span(),
        Stmt::Include(s) => s.span(),
        Stmt::Import(s) => s.span(),
        Stmt::FromImport(s) => s.span(),
        Stmt::Macro(s) => s.span(),
        Stmt::CallBlock(s) => s.span(),
        Stmt::Continue(s) => s.span(),
        Stmt::Break(s) => s.span(),
        Stmt::Do(s) => s.span(),
    };
    Some(start(span))
}

/// The name that a statement refers to another template by.
pub(super) fn reference<'s, 'a>(statement: &'s Stmt<'a>) -> Option<&'s Expr<'a>> {
    match statement {
        Stmt::Include(s) => Some(&s.name),
        Stmt::Extends(s) => Some(&s.name),
        Stmt::Import(s) => Some(&s.expr),
        Stmt::FromImport(s) => Some(&s.expr),
        _ => None,
    }
}

/// The variables of an assignment's target.
pub(super) fn targets<'a>(target: &'a Expr<'a>, see: &mut dyn FnMut(&'a ast::Spanned<ast::Var<'a>>)) {
    match target {
        Expr::Var(var) => see(var),
        Expr::List(list) => list.items.iter().for_each(|item| targets(item, see)),
        _ => {}
    }
}

/// The expressions of a statement itself, without those of its bodies.
pub(super) fn values<'s, 'a>(statement: &'s Stmt<'a>) -> Vec<&'s Expr<'a>> {
    match statement {
        Stmt::EmitExpr(s) => vec![&s.expr],
        Stmt::ForLoop(s) => [&s.iter].into_iter().chain(&s.filter_expr).collect(),
        Stmt::IfCond(s) => vec![&s.expr],
        Stmt::WithBlock(s) => s.assignments.iter().map(|(_, value)| value).collect(),
        Stmt::Set(s) => vec![&s.expr],
        Stmt::SetBlock(s) => s.filter.iter().collect(),
        Stmt::FilterBlock(s) => vec![&s.filter],
        Stmt::AutoEscape(s) => vec![&s.enabled],
        _ => Vec::new(),
    }
}
