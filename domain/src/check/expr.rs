//! Expressions: what each operator makes of its operands' sizes.

use minijinja::Value;
use minijinja::machinery::ast::{self, BinOpKind, CallArg, CallType, Expr};
use minijinja::value::ValueKind;

use super::names;
use super::position::{start, start_of};
use super::shape::{Kind, MAX_GROWTH, MAX_LITERAL, MAX_NESTING, Shape};
use super::statements::{Checker, size};
use super::unknown::{Meant, Unknown};
use crate::render::range_length;

/// The largest exponent: more overflows any integer.
const MAX_EXPONENT: i64 = 64;
/// The largest index and step: a text is walked up to there.
const MAX_INDEX: i64 = 1000;

impl Checker<'_> {
    /// The size of a value; problems are noted on the way.
    pub(super) fn expr(&mut self, expr: &Expr<'_>) -> Shape {
        match expr {
            Expr::Var(e) => self.var(e.id, start(e.span())),
            Expr::Const(e) => {
                if e.value.as_str().is_some_and(|text| text.contains('\0')) {
                    self.refuse(start(e.span()), "must not contain NUL characters (U+0000)");
                }
                constant(&e.value)
            }
            Expr::UnaryOp(e) => {
                self.expr(&e.expr);
                Shape::NUMBER
            }
            Expr::BinOp(e) => self.binary(e, start_of(expr)),
            Expr::Compare(e) => self.compare(e, start_of(expr)),
            Expr::IfExpr(e) => {
                self.expr(&e.test_expr);
                let one = self.expr(&e.true_expr);
                e.false_expr.as_ref().map_or(one, |other| self.expr(other).or(one))
            }
            Expr::GetAttr(e) => self.attribute(&e.expr, e.name),
            Expr::GetItem(e) => self.item(e, start_of(expr)),
            Expr::Slice(e) => self.slice(e, start_of(expr)),
            Expr::List(e) => self.list(&e.items, start_of(expr)),
            Expr::Tuple(e) => self.list(&e.items, start_of(expr)),
            Expr::Map(e) => self.map(e, start_of(expr)),
            Expr::Filter(e) => {
                let input = e.expr.as_ref().map(|input| self.expr(input));
                self.filter(e, input.unwrap_or(Shape::literal(Kind::Text, 0)), start(expr.span()))
            }
            Expr::Test(e) => self.test(e, start(expr.span())),
            Expr::Call(e) => self.call(e, start_of(expr)),
        }
    }

    /// An expression that is printed as it is: what `~` makes there counts against the output's limit, so it may
    /// also happen in every turn of a loop.
    pub(super) fn printed(&mut self, expr: &Expr<'_>) -> Shape {
        match expr {
            Expr::BinOp(e) if matches!(e.op, BinOpKind::Concat | BinOpKind::Add) => {
                let held = self.held();
                let sum = self.printed(&e.left).plus(self.printed(&e.right));
                self.set_held(held);
                match e.op {
                    BinOpKind::Concat => self.bounded(sum.of(Kind::Text), start_of(expr), "`~`"),
                    _ if matches!(sum.kind, Kind::Text | Kind::Number) => self.bounded(sum, start_of(expr), "`+`"),
                    _ => self.bounded(sum.of(Kind::Any).lazy(), start_of(expr), "`+`"),
                }
            }
            Expr::IfExpr(e) => {
                self.expr(&e.test_expr);
                let one = self.printed(&e.true_expr);
                e.false_expr.as_ref().map_or(one, |other| self.printed(other).or(one))
            }
            other => self.expr(other),
        }
    }

    /// The iterable of a loop, which alone may be a `range(…)`.
    pub(super) fn iterable(&mut self, expr: &Expr<'_>) -> Shape {
        if let Expr::Call(call) = expr
            && let CallType::Function("range") = call.identify_call()
        {
            for (argument, offset) in self.arguments(&call.args) {
                if argument.growth > 0 && argument.kind != Kind::Any {
                    self.refuse(offset, "`range` takes numbers");
                }
            }
            if let Some(Err(wrong)) = written_range(&call.args) {
                self.refuse(start_of(expr), wrong);
            }
            return Shape::NUMBER;
        }
        let value = self.expr(expr);
        if value.is_lazy && self.message.loops > 0 {
            self.reads(value, start_of(expr), "looping over a computed list");
        }
        if value.is_number() { value.of(Kind::Any) } else { value }
    }

    fn var(&mut self, name: &str, offset: usize) -> Shape {
        if let Some(shape) = self.look_up(name) {
            return shape;
        }
        if name == "loop" {
            self.refuse(offset, "`loop` exists only inside a `{% for %}`");
        } else {
            let unknown = Unknown::new(offset, Meant::Parameter, name, self.known_names());
            self.refuse_unknown(unknown);
        }
        Shape::NUMBER.of(Kind::Any)
    }

    fn binary(&mut self, e: &ast::BinOp<'_>, offset: usize) -> Shape {
        let held = self.held();
        let (left, right) = (self.expr(&e.left), self.expr(&e.right));
        match e.op {
            BinOpKind::ScAnd | BinOpKind::ScOr => left.or(right),
            BinOpKind::Eq | BinOpKind::Ne | BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
                self.compared(left, right, offset);
                Shape::NUMBER
            }
            BinOpKind::In => {
                self.contained(left, right, offset);
                Shape::NUMBER
            }
            BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => Shape::NUMBER,
            BinOpKind::Add if left.is_number() && right.is_number() => Shape::NUMBER,
            BinOpKind::Add => {
                self.set_held(held);
                let sum = left.plus(right);
                self.joined(if sum.kind == Kind::Text { sum } else { sum.of(Kind::Any).lazy() }, offset, "`+`")
            }
            BinOpKind::Concat => {
                self.set_held(held);
                self.joined(left.plus(right).of(Kind::Text), offset, "`~`")
            }
            BinOpKind::Mul => self.multiplied(left, right, offset),
            BinOpKind::Pow => self.power(e, left, offset),
        }
    }

    /// `~` or `+` of two values, made outside of a print tag.
    fn joined(&mut self, sum: Shape, offset: usize, what: &str) -> Shape {
        if self.message.loops > 0 && !sum.is_small() && sum.spread != self.message.loops {
            let message = format!(
                "{what} inside a loop can't be proven bounded here: print the parts directly, as in `{{{{ a }}}}{{{{ b }}}}`"
            );
            self.refuse(offset, message);
            return sum;
        }
        self.reads(sum, offset, what);
        self.made(sum, offset, what)
    }

    /// A new value: refused when too large, otherwise held.
    pub(super) fn made(&mut self, value: Shape, offset: usize, what: &str) -> Shape {
        let value = self.bounded(value, offset, what);
        self.hold(value, offset);
        value
    }

    fn bounded(&mut self, value: Shape, offset: usize, what: &str) -> Shape {
        let message = if value.growth > MAX_GROWTH {
            format!(
                "{what} can't be proven bounded: the value can be {} times as large as all input, {MAX_GROWTH} is the \
                 most; print the parts directly, or give the parameters a `max`",
                value.growth
            )
        } else if value.bytes > MAX_LITERAL {
            format!("{what} builds a text of up to {} KB: {} KB is the most", value.bytes / 1024, MAX_LITERAL / 1024)
        } else if value.nesting > MAX_NESTING {
            format!("{what} nests values deeper than {MAX_NESTING} levels: use `|list` or fewer steps")
        } else {
            return value;
        };
        self.refuse(offset, message);
        Shape { growth: value.growth.min(1), bytes: 0, nesting: 0, ..value }
    }

    fn multiplied(&mut self, left: Shape, right: Shape, offset: usize) -> Shape {
        if !(left.is_number() && right.is_number()) {
            let message = "`*` can't be proven bounded: it also repeats texts and lists; \
                           make both sides numbers, as in `a|float * b|float`";
            self.refuse(offset, message);
        }
        Shape::NUMBER
    }

    fn power(&mut self, e: &ast::BinOp<'_>, left: Shape, offset: usize) -> Shape {
        let exponent = literal(&e.right).and_then(|v| v.as_i64());
        if !left.is_number() || !exponent.is_some_and(|n| (0..=MAX_EXPONENT).contains(&n)) {
            let message = format!("`**` takes a number and a literal exponent from 0 to {MAX_EXPONENT}");
            self.refuse(offset, message);
        }
        Shape::NUMBER
    }

    fn compare(&mut self, e: &ast::Compare<'_>, offset: usize) -> Shape {
        let mut left = self.expr(&e.expr);
        for op in &e.ops {
            let right = self.expr(&op.expr);
            if matches!(op.op, ast::CompareOpKind::In | ast::CompareOpKind::NotIn) {
                self.contained(left, right, offset);
            } else {
                self.compared(left, right, offset);
            }
            left = right;
        }
        Shape::NUMBER
    }

    /// A comparison ends where the shorter value does. Comparing a text that differs in every turn is a plain comparison of
    /// bytes, all of which are there once; two that stay the same are read again in every turn.
    fn compared(&mut self, left: Shape, right: Shape, offset: usize) {
        let shorter = |shape: &Shape| (shape.growth, u32::from(shape.spread != self.message.loops));
        let value = if shorter(&left) <= shorter(&right) { left } else { right };
        let spread = [left, right].into_iter().find(|shape| shape.spread == self.message.loops);
        let is_text = |shape: Shape| shape.kind == Kind::Text && shape.growth <= 1;
        let is_cheap = spread.is_some() && (is_text(left) || is_text(right));
        if !left.is_small() && !right.is_small() && !is_cheap {
            self.reads(spread.unwrap_or(value), offset, "comparing two large values");
        }
    }

    fn contained(&mut self, item: Shape, container: Shape, offset: usize) {
        let is_list = container.kind == Kind::Solid;
        if !container.is_small() {
            // Searching a text is slower than reading it.
            self.reads(if container.kind == Kind::Text { container.times(4) } else { container }, offset, "`in`");
        }
        if !item.is_small() && item.kind != Kind::Text && !is_list {
            self.reads(item, offset, "`in`");
        }
    }

    fn attribute(&mut self, base: &Expr<'_>, name: &str) -> Shape {
        let base = self.expr(base);
        match (base.kind, name) {
            (Kind::Loop, "previtem" | "nextitem") => base.of(Kind::Any),
            (Kind::Loop, _) => Shape::NUMBER,
            _ => base.part(),
        }
    }

    fn item(&mut self, e: &ast::GetItem<'_>, offset: usize) -> Shape {
        let (base, key) = (self.expr(&e.expr), self.expr(&e.subscript_expr));
        if !key.is_small() {
            self.reads(key, offset, "looking up a large key");
        }
        let constant = literal(&e.subscript_expr);
        let near = constant.as_ref().and_then(Value::as_i64).is_some_and(|n| (0..=MAX_INDEX).contains(&n));
        let named = constant.as_ref().is_some_and(|v| v.kind() == ValueKind::String);
        let direct = base.kind == Kind::Solid || near || named;
        if base.is_lazy || !direct {
            self.reads(base, offset, "`[…]`");
        }
        match base.kind {
            Kind::Loop => base.of(Kind::Any),
            Kind::Text => Shape::literal(Kind::Text, 4),
            _ => base.part(),
        }
    }

    fn slice(&mut self, e: &ast::Slice<'_>, offset: usize) -> Shape {
        let base = self.expr(&e.expr);
        for bound in [&e.start, &e.stop].into_iter().flatten() {
            let shape = self.expr(bound);
            let literal = literal(bound).and_then(|v| v.as_i64());
            if !shape.is_small() || literal.is_some_and(|n| n.unsigned_abs() > u64::from(u32::MAX)) {
                self.refuse(start_of(bound), "the bounds of a slice must be small numbers, such as `n|int`");
            }
        }
        let step = e.step.as_ref().map(|step| literal(step).and_then(|v| v.as_i64()));
        // minijinja 3.0.5 panics on `[][::-1]` and on other slices that walk backwards.
        if step.is_some_and(|step| !step.is_some_and(|n| (1..=MAX_INDEX).contains(&n))) {
            let message = format!(
                "the step of a slice must be a literal number from 1 to {MAX_INDEX}: to walk backwards, use `|reverse`"
            );
            self.refuse(offset, message);
        }
        self.reads(base, offset, "`[…:…]`");
        let part = if base.kind == Kind::Text { base } else { base.of(Kind::Any).lazy() };
        self.made(part, offset, "`[…:…]`")
    }

    fn list(&mut self, items: &[Expr<'_>], offset: usize) -> Shape {
        let empty = Shape::literal(Kind::Solid, 2);
        let all = items.iter().fold(empty, |all, item| {
            let item = self.expr(item);
            all.plus(Shape { bytes: item.bytes.saturating_add(8), ..item })
        });
        self.bounded(all.of(Kind::Solid).nested(), offset, "this list")
    }

    fn map(&mut self, e: &ast::Map<'_>, offset: usize) -> Shape {
        for key in &e.keys {
            if !self.expr(key).is_small() {
                self.refuse(start_of(key), "a key must be a short text or a number");
            }
        }
        let keys = e.keys.iter().map(|key| self.expr(key).bytes.saturating_add(8)).fold(0, u32::saturating_add);
        let values = self.list(&e.values, offset);
        self.bounded(Shape { bytes: values.bytes.saturating_add(keys), ..values }, offset, "this object")
    }

    fn test(&mut self, e: &ast::Test<'_>, offset: usize) -> Shape {
        self.expr(&e.expr);
        self.arguments(&e.args);
        self.known_test(e.name, offset);
        Shape::NUMBER
    }

    /// Refuses a test that doesn't exist.
    pub(super) fn known_test(&mut self, name: &str, offset: usize) {
        if names::TESTS.contains(&name) {
            return;
        }
        if names::OTHER_TESTS.contains(&name) {
            return self.refuse(offset, format!("the test `{name}` can't be proven bounded"));
        }
        self.refuse_unknown(Unknown::new(offset, Meant::Test, name, names::TESTS));
    }

    fn call(&mut self, e: &ast::Call<'_>, offset: usize) -> Shape {
        let arguments = self.arguments(&e.args);
        let message = match e.identify_call() {
            CallType::Method(base, "cycle") if matches!(base, Expr::Var(v) if v.id == "loop") => {
                self.expr(base);
                return self.cycle(&arguments, offset);
            }
            CallType::Method(base, name) => {
                self.expr(base);
                format!("methods can't be called: use a filter instead, as in `value|{name}`")
            }
            CallType::Block(name) => format!("`self.{name}()`: print the text in place instead"),
            CallType::Object(_) => "only functions can be called, and there are none but `range`".to_owned(),
            CallType::Function(name) => match function(name) {
                Some(message) => message,
                None => {
                    self.refuse_unknown(Unknown::new(offset, Meant::Function, name, ["range"]));
                    return Shape::NUMBER.of(Kind::Any);
                }
            },
        };
        self.refuse(offset, message);
        Shape::NUMBER.of(Kind::Any)
    }

    fn cycle(&mut self, arguments: &[(Shape, usize)], offset: usize) -> Shape {
        if arguments.is_empty() {
            self.refuse(offset, "`loop.cycle` needs at least one value");
        }
        let values = arguments.iter().map(|(shape, _)| *shape);
        values.reduce(Shape::or).unwrap_or(Shape::NUMBER)
    }

    /// The sizes of arguments and where they stand; `*` and `**` are refused.
    pub(super) fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Vec<(Shape, usize)> {
        let mut shapes = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let (CallArg::Pos(e) | CallArg::Kwarg(_, e) | CallArg::PosSplat(e) | CallArg::KwargSplat(e)) = argument;
            if matches!(argument, CallArg::PosSplat(_) | CallArg::KwargSplat(_)) {
                self.refuse(start_of(e), "arguments can't be spread with `*` or `**`: write them out");
            }
            shapes.push((self.expr(e), start_of(e)));
        }
        shapes
    }
}

/// Why a function that exists can't be called here; none when there is no such function.
fn function(name: &str) -> Option<String> {
    if name == "range" {
        return Some("`range` can only be what a loop walks, as in `{% for i in range(3) %}`".to_owned());
    }
    let (_, fix) = names::OTHER_FUNCTIONS.iter().find(|(other, _)| *other == name)?;
    Some(format!("`{name}()` can't be used here: {fix}"))
}

fn constant(value: &Value) -> Shape {
    match value.kind() {
        ValueKind::String => Shape::literal(Kind::Text, value.as_str().map_or(0, size)),
        ValueKind::Number | ValueKind::Bool => Shape::NUMBER,
        _ => Shape::literal(Kind::Any, 8),
    }
}

/// The value of a literal, a minus sign included.
pub(super) fn literal(expr: &Expr<'_>) -> Option<Value> {
    match expr {
        Expr::Const(e) => Some(e.value.clone()),
        Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOpKind::Neg) => match &e.expr {
            Expr::Const(c) => c.value.as_i64().and_then(i64::checked_neg).map(Value::from),
            _ => None,
        },
        _ => None,
    }
}

/// The length of a range whose numbers stand in the text; none when one of them is computed.
fn written_range(arguments: &[CallArg<'_>]) -> Option<Result<i64, &'static str>> {
    let number = |argument: &CallArg<'_>| match argument {
        CallArg::Pos(number) => literal(number)?.as_i64(),
        _ => None,
    };
    let numbers: Vec<i64> = arguments.iter().map(number).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [first, rest @ ..] if rest.len() < 3 => Some(range_length(*first, rest.first().copied(), rest.get(1).copied())),
        _ => None,
    }
}
