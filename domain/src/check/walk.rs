//! Walking a syntax tree.

use minijinja::machinery::ast::{CallArg, Expr};

/// The names that an expression reads, in their order.
pub(crate) fn names_in(expr: &Expr<'_>) -> Vec<String> {
    let own = if let Expr::Var(v) = expr { Some(v.id.to_owned()) } else { None };
    own.into_iter().chain(parts(expr).into_iter().flat_map(names_in)).collect()
}

/// The expressions that an expression is made of.
pub(crate) fn parts<'e, 's>(expr: &'e Expr<'s>) -> Vec<&'e Expr<'s>> {
    match expr {
        Expr::Var(_) | Expr::Const(_) => Vec::new(),
        Expr::UnaryOp(e) => vec![&e.expr],
        Expr::BinOp(e) => vec![&e.left, &e.right],
        Expr::Compare(e) => std::iter::once(&e.expr).chain(e.ops.iter().map(|op| &op.expr)).collect(),
        Expr::IfExpr(e) => {
            [Some(&e.test_expr), Some(&e.true_expr), e.false_expr.as_ref()].into_iter().flatten().collect()
        }
        Expr::GetAttr(e) => vec![&e.expr],
        Expr::GetItem(e) => vec![&e.expr, &e.subscript_expr],
        Expr::Slice(e) => {
            let bounds = [e.start.as_ref(), e.stop.as_ref(), e.step.as_ref()];
            std::iter::once(&e.expr).chain(bounds.into_iter().flatten()).collect()
        }
        Expr::List(e) => e.items.iter().collect(),
        Expr::Tuple(e) => e.items.iter().collect(),
        Expr::Map(e) => e.keys.iter().chain(&e.values).collect(),
        Expr::Filter(e) => e.expr.iter().chain(e.args.iter().map(value_of)).collect(),
        Expr::Test(e) => std::iter::once(&e.expr).chain(e.args.iter().map(value_of)).collect(),
        Expr::Call(e) => std::iter::once(&e.expr).chain(e.args.iter().map(value_of)).collect(),
    }
}

/// The expression of an argument, however it is passed.
pub(crate) fn value_of<'e, 's>(argument: &'e CallArg<'s>) -> &'e Expr<'s> {
    let (CallArg::Pos(e) | CallArg::Kwarg(_, e) | CallArg::PosSplat(e) | CallArg::KwargSplat(e)) = argument;
    e
}
