//! Statements: scopes, loops, captures, and what is refused by name.

use std::collections::{HashMap, HashSet};

use minijinja::machinery::ast::{self, Expr, Stmt};

use super::position::{Source, start, start_of};
use super::shape::{Kind, MAX_LITERAL, SMALL, Shape};
use super::unknown::Unknown;
use crate::error::FieldError;
use crate::version::{Parameter, ParameterType};

/// What may be held at once, in multiples of all input.
const MAX_HELD: u32 = 64;
/// What operators may read over one render of all messages, in multiples of all input.
const MAX_WORK: u32 = 1000;
/// How much more work a list or object is than a text of the same size.
const VALUE_WORK: u32 = 8;

/// Walks the messages of one version.
pub(super) struct Checker<'a> {
    parameters: HashMap<&'a str, Shape>,
    /// Parameters that some message reads.
    pub(super) used: HashSet<String>,
    /// Names of the message at hand that mean nothing.
    pub(super) unknown: Vec<Unknown>,
    work: u32,
    /// State of the message at hand.
    pub(super) message: MessageState,
}

/// State of one message.
#[derive(Default)]
pub(super) struct MessageState {
    scopes: Vec<HashMap<String, Shape>>,
    pub(super) found: Vec<(usize, String)>,
    /// Number of loops around.
    pub(super) loops: usize,
    /// Number of `if` around: a `set` below one may not happen.
    branches: usize,
    /// Open `{% set %}…` and `{% filter %}…` blocks: what each captured so far.
    captures: Vec<Shape>,
    /// Blocks opened since the innermost loop began that leaving it early would leave open.
    open_blocks: usize,
    held: u32,
}

impl<'a> Checker<'a> {
    pub(super) fn new(parameters: &'a [Parameter]) -> Self {
        let parameters = parameters.iter().map(|p| (p.name.as_str(), shape_of(p))).collect();
        Self { parameters, used: HashSet::new(), unknown: Vec::new(), work: 0, message: MessageState::default() }
    }

    /// Checks one message; the problems come without field.
    pub(super) fn check(&mut self, source: &Source<'_>, template: &ast::Template<'_>) -> Vec<FieldError> {
        self.message = MessageState { scopes: vec![HashMap::new()], ..MessageState::default() };
        self.statements(&template.children);
        let mut found = std::mem::take(&mut self.message.found);
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|(offset, message)| source.error(offset, message)).collect()
    }

    pub(super) fn refuse(&mut self, offset: usize, message: impl Into<String>) {
        self.message.found.push((offset, message.into()));
    }

    /// Refuses a name that means nothing.
    pub(super) fn refuse_unknown(&mut self, unknown: Unknown) {
        self.refuse(unknown.at, unknown.message());
        self.unknown.push(unknown);
    }

    fn statements(&mut self, statements: &[Stmt<'_>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(s) => self.statements(&s.children),
            Stmt::EmitRaw(s) => self.capture(Shape::literal(Kind::Text, size(s.raw)), start(s.span())),
            Stmt::EmitExpr(s) => self.emit(&s.expr),
            Stmt::ForLoop(s) => self.for_loop(s, start(s.span())),
            Stmt::IfCond(s) => self.if_cond(s),
            Stmt::WithBlock(s) => self.with(s),
            Stmt::Set(s) => {
                let value = self.expr(&s.expr);
                self.bind(&s.target, value);
            }
            Stmt::SetBlock(s) => self.set_block(s, start(s.span())),
            Stmt::FilterBlock(s) => self.filter_block(s, start(s.span())),
            Stmt::Continue(s) => self.leave("continue", start(s.span())),
            Stmt::Break(s) => self.leave("break", start(s.span())),
            other => self.refused(other),
        }
    }

    /// Constructs that are refused whatever they hold. Those of composition are gone: the linker has put them in place.
    fn refused(&mut self, statement: &Stmt<'_>) {
        let unbounded = |tag: &str, fix: &str| format!("`{{% {tag} %}}` can't be proven bounded: {fix}");
        let (span, message) = match statement {
            Stmt::Do(s) => (s.span(), unbounded("do", "print the value, or use `{% set %}`")),
            Stmt::AutoEscape(s) => (s.span(), unbounded("autoescape", "use the filter `escape` where it is needed")),
            _ => return,
        };
        self.refuse(start(span), message);
    }

    /// `{{ … }}`. What is printed is bounded by the output's limit, unless a block captures it.
    fn emit(&mut self, expr: &Expr<'_>) {
        let held = self.message.held;
        let value = if self.message.captures.is_empty() { self.printed(expr) } else { self.expr(expr) };
        self.message.held = held;
        self.capture(value, start_of(expr));
    }

    fn capture(&mut self, value: Shape, offset: usize) {
        let (loops, is_repeated) = (self.message.loops, value.growth > 0 && value.spread != self.message.loops);
        let Some(last) = self.message.captures.last_mut() else { return };
        *last = last.plus(value);
        if loops > 0 && is_repeated {
            let message = "a large value captured inside a loop can't be proven bounded: print it directly";
            self.refuse(offset, message);
        }
    }

    fn for_loop(&mut self, s: &ast::ForLoop<'_>, offset: usize) {
        if s.recursive {
            self.refuse(offset, "`recursive` loops can't be proven bounded: nest plain loops instead");
        }
        if !self.message.captures.is_empty() {
            let message = "a loop inside `{% set %}…{% endset %}` or `{% filter %}` can't be proven bounded: \
                           print the loop directly, or use filters such as `map` and `join`";
            self.refuse(offset, message);
        }
        let held = self.message.held;
        let iterable = self.iterable(&s.iter);
        let blocks = std::mem::take(&mut self.message.open_blocks);
        self.message.loops += 1;
        self.scoped(|this| {
            this.bind(&s.target, this.item_of(iterable));
            this.declare("loop", this.item_of(iterable).of(Kind::Loop));
            if let Some(condition) = &s.filter_expr {
                this.temporary(condition);
            }
            this.statements(&s.body);
        });
        self.message.loops -= 1;
        (self.message.open_blocks, self.message.held) = (blocks, held);
        self.scoped(|this| this.statements(&s.else_body));
    }

    /// One turn's item, seen from inside the loop.
    fn item_of(&self, iterable: Shape) -> Shape {
        let loops = self.message.loops;
        let item = match iterable.kind {
            Kind::Number => Shape::NUMBER,
            Kind::Text => Shape::literal(Kind::Text, 4),
            _ => iterable.part(),
        };
        // Spread over the turns of this loop too, when the list itself is met once.
        let spread = if iterable.growth == 0 {
            usize::MAX
        } else if iterable.spread + 1 == loops {
            loops
        } else {
            iterable.spread.min(loops.saturating_sub(1))
        };
        Shape { spread, ..item }
    }

    fn if_cond(&mut self, s: &ast::IfCond<'_>) {
        self.temporary(&s.expr);
        self.message.branches += 1;
        self.statements(&s.true_body);
        self.statements(&s.false_body);
        self.message.branches -= 1;
    }

    fn with(&mut self, s: &ast::WithBlock<'_>) {
        self.message.open_blocks += 1;
        self.scoped(|this| {
            for (target, expr) in &s.assignments {
                let value = this.expr(expr);
                this.bind(target, value);
            }
            this.statements(&s.body);
        });
        self.message.open_blocks -= 1;
    }

    fn set_block(&mut self, s: &ast::SetBlock<'_>, offset: usize) {
        let mut value = self.captured(&s.body, offset);
        if let Some(filter) = &s.filter {
            value = self.filter_chain(filter, value);
        }
        self.bind(&s.target, value);
    }

    fn filter_block(&mut self, s: &ast::FilterBlock<'_>, offset: usize) {
        let held = self.message.held;
        let value = self.captured(&s.body, offset);
        let value = self.filter_chain(&s.filter, value);
        self.message.held = held;
        self.capture(value, offset);
    }

    fn captured(&mut self, body: &[Stmt<'_>], offset: usize) -> Shape {
        self.message.captures.push(Shape::literal(Kind::Text, 0));
        self.message.open_blocks += 1;
        self.statements(body);
        self.message.open_blocks -= 1;
        let value = self.message.captures.pop().unwrap_or(Shape::literal(Kind::Text, 0)).of(Kind::Text);
        self.made(value, offset, "this block")
    }

    /// `break` and `continue` jump over the ends of the blocks they stand in, which minijinja then leaves open.
    fn leave(&mut self, word: &str, offset: usize) {
        if self.message.open_blocks > 0 {
            let message = format!("`{word}` can't leave a `with`, `set` or `filter` block: move it out of the block");
            self.refuse(offset, message);
        }
    }

    /// A value that is gone after the statement.
    fn temporary(&mut self, expr: &Expr<'_>) -> Shape {
        let held = self.message.held;
        let value = self.expr(expr);
        self.message.held = held;
        value
    }

    fn scoped(&mut self, body: impl FnOnce(&mut Self)) {
        self.message.scopes.push(HashMap::new());
        body(self);
        self.message.scopes.pop();
    }

    fn bind(&mut self, target: &Expr<'_>, value: Shape) {
        match target {
            Expr::Var(var) => self.declare(var.id, value),
            Expr::List(list) => {
                self.reads(value, start_of(target), "unpacking");
                let part = if value.kind == Kind::Text { Shape::literal(Kind::Text, 4) } else { value.part() };
                list.items.iter().for_each(|item| self.bind(item, part));
            }
            other => {
                let message = "assigning to an attribute needs `namespace`, which can't be proven bounded: \
                               collect with a filter such as `join`, `sum` or `map` instead";
                self.refuse(start_of(other), message);
            }
        }
    }

    fn declare(&mut self, name: &str, value: Shape) {
        // Below an `if` the old value may survive, and then the name means either.
        let value = match self.find(name) {
            Some(old) if self.message.branches > 0 => old.or(value),
            _ => value,
        };
        if let Some(scope) = self.message.scopes.last_mut() {
            scope.insert(name.to_owned(), value);
        }
    }

    /// The value behind a name; marks parameters as used.
    pub(super) fn look_up(&mut self, name: &str) -> Option<Shape> {
        let is_local = self.message.scopes.iter().any(|scope| scope.contains_key(name));
        if !is_local && self.parameters.contains_key(name) {
            self.used.insert(name.to_owned());
        }
        self.find(name)
    }

    fn find(&self, name: &str) -> Option<Shape> {
        let local = self.message.scopes.iter().rev().find_map(|scope| scope.get(name));
        local.or_else(|| self.parameters.get(name)).copied()
    }

    /// All names that mean something here, in no order.
    pub(super) fn known_names(&self) -> impl Iterator<Item = &str> {
        let locals = self.message.scopes.iter().flat_map(HashMap::keys).map(String::as_str);
        self.parameters.keys().copied().chain(locals)
    }

    /// Notes a new value that stays in memory for now.
    pub(super) fn hold(&mut self, value: Shape, offset: usize) {
        let factor = if value.kind == Kind::Text { 1 } else { 2 };
        self.message.held = self.message.held.saturating_add(value.growth.saturating_mul(factor));
        if self.message.held > MAX_HELD {
            self.message.held = 0;
            let message = "holds more copies of the input than can be proven to fit in memory: \
                           print values directly instead of building them with `set` and `~`";
            self.refuse(offset, message);
        }
    }

    pub(super) fn held(&self) -> u32 {
        self.message.held
    }
    pub(super) fn set_held(&mut self, held: u32) {
        self.message.held = held;
    }

    /// Notes that an operator reads a whole value: fine once, or spread over a loop's turns, not in every turn.
    pub(super) fn reads(&mut self, value: Shape, offset: usize, what: &str) -> bool {
        if value.is_small() {
            return true;
        }
        if self.message.loops > 0 && value.spread != self.message.loops {
            let message = format!(
                "{what} reads a whole large value in every turn of the loop, which can't be proven bounded: \
                 do it before the loop with `{{% set %}}`, or use a test such as `is in(…)` or `is eq(…)`"
            );
            self.refuse(offset, message);
            return false;
        }
        let each = if value.kind == Kind::Text { 1 } else { VALUE_WORK };
        self.works((value.growth + value.bytes / MAX_LITERAL).saturating_mul(each), offset);
        true
    }

    fn works(&mut self, growth: u32, offset: usize) {
        self.work = self.work.saturating_add(growth);
        if self.work > MAX_WORK {
            self.work = 0;
            self.refuse(offset, "the template reads its input too often to be proven fast: shorten it");
        }
    }
}

fn shape_of(parameter: &Parameter) -> Shape {
    let short = parameter.max.filter(|max| *max * 4.0 <= f64::from(SMALL)).map(|max| max as u32 * 4);
    let listed = parameter.one_of.iter().filter_map(|v| v.as_str()).map(size).max();
    match parameter.kind {
        ParameterType::Number | ParameterType::Integer | ParameterType::Boolean => Shape::NUMBER,
        ParameterType::Array | ParameterType::Object => Shape::input(Kind::Solid),
        ParameterType::String => match listed.or(short) {
            Some(bytes) if bytes <= SMALL => Shape::literal(Kind::Text, bytes),
            _ => Shape::input(Kind::Text),
        },
    }
}

pub(super) fn size(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
