//! What expressions do with the values they read.

use minijinja::Value;
use minijinja::machinery::ast::{self, BinOpKind, CallArg, CallType, CompareOpKind, Expr};
use minijinja::value::ValueKind;

use super::expr::literal;
use super::parts;
use super::reads::{Asked, Use, Walk};
use crate::version::ParameterType::{self, Array, Boolean, Integer, Number, Object, String};

impl Walk<'_> {
    pub(super) fn plain(&mut self, expr: &Expr<'_>) {
        self.expr(expr, &[Use::Plain]);
    }

    fn typed(&mut self, expr: &Expr<'_>, kind: ParameterType) {
        self.expr(expr, &[Use::Is(kind)]);
    }

    /// Walks an expression whose value is put to these uses.
    pub(super) fn expr(&mut self, expr: &Expr<'_>, uses: &[Use]) {
        match expr {
            Expr::Var(var) => self.read(var, uses),
            Expr::UnaryOp(e) => match e.op {
                ast::UnaryOpKind::Not => self.expr(&e.expr, &[Use::Condition]),
                ast::UnaryOpKind::Neg => self.typed(&e.expr, Number),
            },
            Expr::BinOp(e) => self.binary(e, uses),
            Expr::Compare(e) => {
                let mut left = &e.expr;
                for op in &e.ops {
                    self.compared(left, &op.expr, op.op);
                    left = &op.expr;
                }
            }
            Expr::IfExpr(e) => {
                self.expr(&e.test_expr, &[Use::Condition]);
                let asked = Asked::of(&e.test_expr);
                self.after(asked.when_true, &e.true_expr, uses);
                e.false_expr.iter().for_each(|other| self.after(asked.when_false.clone(), other, uses));
            }
            Expr::GetAttr(e) => self.typed(&e.expr, Object),
            Expr::GetItem(e) => self.item(e),
            Expr::Slice(e) => {
                self.plain(&e.expr);
                [&e.start, &e.stop, &e.step].into_iter().flatten().for_each(|bound| self.typed(bound, Integer));
            }
            Expr::Filter(e) => self.filter(e, uses),
            Expr::Test(e) => self.test(e),
            Expr::Call(e) => self.call(e),
            other => parts(other).into_iter().for_each(|part| self.plain(part)),
        }
    }

    fn binary(&mut self, e: &ast::BinOp<'_>, uses: &[Use]) {
        let is_asked = uses.contains(&Use::Condition);
        match e.op {
            BinOpKind::ScAnd => {
                self.expr(&e.left, &[Use::Condition]);
                self.after(Asked::of(&e.left).when_true, &e.right, uses);
            }
            BinOpKind::ScOr => {
                self.expr(&e.left, if is_asked { &[Use::Condition] } else { uses });
                self.after(Asked::of(&e.left).when_false, &e.right, uses);
            }
            BinOpKind::Concat => [&e.left, &e.right].into_iter().for_each(|side| self.plain(side)),
            op => match comparison(op) {
                Some(op) => self.compared(&e.left, &e.right, op),
                None => {
                    self.expr(&e.left, &[calculated(op, &e.right)]);
                    self.expr(&e.right, &[calculated(op, &e.left)]);
                }
            },
        }
    }

    fn compared(&mut self, left: &Expr<'_>, right: &Expr<'_>, op: CompareOpKind) {
        match op {
            CompareOpKind::Eq | CompareOpKind::Ne => {
                self.expr(left, &[literal(right).map_or(Use::Plain, |value| Use::Equals(vec![value]))]);
                self.expr(right, &[literal(left).map_or(Use::Plain, |value| Use::Equals(vec![value]))]);
            }
            CompareOpKind::In | CompareOpKind::NotIn => {
                self.expr(left, &[literals(right).map_or(Use::Plain, Use::Equals)]);
                self.plain(right);
            }
            _ => {
                self.expr(left, &[ordered(right)]);
                self.expr(right, &[ordered(left)]);
            }
        }
    }

    fn item(&mut self, e: &ast::GetItem<'_>) {
        let uses = match literal(&e.subscript_expr).map(|key| key.kind()) {
            Some(ValueKind::Number) => Use::Is(Array),
            Some(ValueKind::String) => Use::Is(Object),
            _ => Use::Plain,
        };
        self.expr(&e.expr, &[uses]);
        self.plain(&e.subscript_expr);
    }

    fn filter(&mut self, e: &ast::Filter<'_>, uses: &[Use]) {
        if let Some(input) = &e.expr {
            match e.name {
                "default" | "d" => {
                    let value = e.args.iter().find_map(|argument| match argument {
                        CallArg::Pos(value) | CallArg::Kwarg("default_value", value) => Some(value),
                        _ => None,
                    });
                    let default = Use::Default(value.and_then(constant));
                    self.expr(input, &[uses, &[default]].concat());
                }
                name => self.expr(input, &[filtered(name)]),
            }
        }
        self.arguments_of(&e.args, &Use::Plain);
    }

    fn test(&mut self, e: &ast::Test<'_>) {
        let argument = e.args.iter().find_map(|a| if let CallArg::Pos(value) = a { Some(value) } else { None });
        let uses = match (e.name, argument) {
            ("defined" | "undefined", _) => Use::Asked,
            ("eq" | "equalto" | "ne", Some(value)) => literal(value).map_or(Use::Plain, |v| Use::Equals(vec![v])),
            ("in", Some(list)) => literals(list).map_or(Use::Plain, Use::Equals),
            ("gt" | "greaterthan" | "ge" | "lt" | "lessthan" | "le", Some(value)) => ordered(value),
            ("mapping", _) => Use::Is(Object),
            ("iterable" | "sequence", _) => Use::Is(Array),
            ("string" | "lower" | "upper" | "startingwith" | "endingwith", _) => Use::Is(String),
            ("number" | "float", _) => Use::Is(Number),
            ("integer" | "int" | "odd" | "even" | "divisibleby", _) => Use::Is(Integer),
            ("boolean" | "true" | "false", _) => Use::Is(Boolean),
            _ => Use::Plain,
        };
        self.expr(&e.expr, &[uses]);
        self.arguments_of(&e.args, &Use::Plain);
    }

    pub(super) fn call(&mut self, e: &ast::Call<'_>) {
        let uses = match e.identify_call() {
            CallType::Function("range") => Use::Is(Integer),
            CallType::Function(_) | CallType::Block(_) => Use::Plain,
            CallType::Method(base, _) | CallType::Object(base) => {
                self.plain(base);
                Use::Plain
            }
        };
        self.arguments_of(&e.args, &uses);
    }

    fn arguments_of(&mut self, arguments: &[CallArg<'_>], uses: &Use) {
        for argument in arguments {
            let (CallArg::Pos(e) | CallArg::Kwarg(_, e) | CallArg::PosSplat(e) | CallArg::KwargSplat(e)) = argument;
            self.expr(e, std::slice::from_ref(uses));
        }
    }
}

fn comparison(op: BinOpKind) -> Option<CompareOpKind> {
    Some(match op {
        BinOpKind::Eq => CompareOpKind::Eq,
        BinOpKind::Ne => CompareOpKind::Ne,
        BinOpKind::Lt => CompareOpKind::Lt,
        BinOpKind::Lte => CompareOpKind::Lte,
        BinOpKind::Gt => CompareOpKind::Gt,
        BinOpKind::Gte => CompareOpKind::Gte,
        BinOpKind::In => CompareOpKind::In,
        _ => return None,
    })
}

/// What an operator with the other side says about a value.
fn calculated(op: BinOpKind, other: &Expr<'_>) -> Use {
    let other = literal(other);
    match (op, &other) {
        (BinOpKind::Add, None) => Use::Plain,
        (BinOpKind::Add, Some(text)) if text.as_str().is_some() => Use::Is(String),
        (BinOpKind::Add | BinOpKind::Sub | BinOpKind::FloorDiv | BinOpKind::Rem, Some(n)) if n.is_integer() => {
            Use::Is(Integer)
        }
        _ => Use::Is(Number),
    }
}

/// What `<` and its like with the other side say about a value.
fn ordered(other: &Expr<'_>) -> Use {
    match literal(other) {
        Some(value) if value.is_integer() => Use::Is(Integer),
        Some(value) if value.is_number() => Use::Is(Number),
        Some(value) if value.as_str().is_some() => Use::Is(String),
        _ => Use::Plain,
    }
}

fn filtered(name: &str) -> Use {
    match name {
        "join" | "map" | "select" | "reject" | "selectattr" | "rejectattr" | "sort" | "unique" | "groupby"
        | "batch" | "slice" | "sum" | "first" | "last" | "min" | "max" => Use::Is(Array),
        "items" | "dictsort" | "attr" => Use::Is(Object),
        "abs" | "round" => Use::Is(Number),
        "upper" | "lower" | "title" | "capitalize" | "trim" | "replace" | "split" | "lines" | "indent" => {
            Use::Is(String)
        }
        _ => Use::Plain,
    }
}

/// The values of a written list, when all are written.
fn literals(list: &Expr<'_>) -> Option<Vec<Value>> {
    let items = match list {
        Expr::List(e) => &e.items,
        Expr::Tuple(e) => &e.items,
        _ => return None,
    };
    items.iter().map(literal).collect()
}

/// A written value. Only lists and objects of nothing are read further: what an operator makes can be large.
fn constant(expr: &Expr<'_>) -> Option<Value> {
    match expr {
        Expr::List(e) if e.items.is_empty() => Some(Value::from(Vec::<Value>::new())),
        Expr::Map(e) if e.keys.is_empty() => Some(Value::from_pairs(std::iter::empty::<(&str, Value)>())),
        other => literal(other),
    }
}
