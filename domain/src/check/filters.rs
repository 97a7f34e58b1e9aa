//! Filters: which are offered, and how much larger each can make its input.
//!
//! The factors are worst cases over all of Unicode (`'ΐ'|upper` is three times as long) and of the text forms:
//! printed JSON escapes a character into six, HTML escapes one into five or six.

use minijinja::Value;
use minijinja::machinery::ast::{self, CallArg, Expr};

use super::expr::literal;
use super::names;
use super::position::{start, start_of};
use super::shape::{Kind, Shape};
use super::statements::Checker;
use super::unknown::{Meant, Unknown};

/// What a filter makes of its input.
#[derive(Clone, Copy)]
enum Rule {
    /// A text so many times as long.
    Text(u32),
    /// A number, a boolean, or another value of bounded length.
    Number,
    /// An item of the input.
    Part,
    /// The input, or else an argument.
    Default,
    /// A list of the input's items.
    List,
    /// Pairs of keys and values.
    Pairs,
    /// A list of pieces of a text.
    Pieces,
    /// Lists of a literal number of items.
    Chunks,
    /// Items that pass a test; the number says which argument names it.
    Chosen(usize),
    Join,
    Replace,
    ToJson,
    Indent,
    Map,
    Sum,
    GroupBy,
    Attr,
    /// `list` and `reverse`, which also take texts apart.
    Whole,
}

const FILTERS: [(&str, Rule); 44] = [
    ("abs", Rule::Number),
    ("attr", Rule::Attr),
    ("batch", Rule::Chunks),
    ("bool", Rule::Number),
    ("capitalize", Rule::Text(3)),
    ("count", Rule::Number),
    ("d", Rule::Default),
    ("default", Rule::Default),
    ("dictsort", Rule::Pairs),
    ("e", Rule::Text(6)),
    ("escape", Rule::Text(6)),
    ("first", Rule::Part),
    ("float", Rule::Number),
    ("groupby", Rule::GroupBy),
    ("indent", Rule::Indent),
    ("int", Rule::Number),
    ("items", Rule::Pairs),
    ("join", Rule::Join),
    ("last", Rule::Part),
    ("length", Rule::Number),
    ("lines", Rule::Pieces),
    ("list", Rule::Whole),
    ("lower", Rule::Text(2)),
    ("map", Rule::Map),
    ("max", Rule::Part),
    ("min", Rule::Part),
    ("reject", Rule::Chosen(0)),
    ("rejectattr", Rule::Chosen(1)),
    ("replace", Rule::Replace),
    ("reverse", Rule::Whole),
    ("round", Rule::Number),
    ("safe", Rule::Text(1)),
    ("select", Rule::Chosen(0)),
    ("selectattr", Rule::Chosen(1)),
    ("slice", Rule::Chunks),
    ("sort", Rule::List),
    ("split", Rule::Pieces),
    ("string", Rule::Text(1)),
    ("sum", Rule::Sum),
    ("title", Rule::Text(3)),
    ("tojson", Rule::ToJson),
    ("trim", Rule::Text(1)),
    ("unique", Rule::List),
    ("upper", Rule::Text(3)),
];

/// Bytes of a printed item's quotes and separator that a piece of a split text brings along.
const PIECE: u32 = 5;
/// Bytes that an item of the input takes at least, its separator included (`contract::measure`).
const ITEM: u32 = 3;
/// The longest separator of `join`, and the longest text that `map` may bring in a turn.
const MAX_SEPARATOR: u32 = 16;
/// The widest `indent`.
const MAX_WIDTH: i64 = 16;
/// The largest `batch` and `slice`.
const MAX_CHUNK: i64 = 1000;
/// The widest `indent` of `tojson`.
const MAX_JSON_INDENT: i64 = 8;
/// What `tojson` with `indent` may make of its input; the renderer measures before it builds.
pub(crate) const JSON_GROWTH: u32 = 8;
/// The most characters that `trim` takes off.
const MAX_TRIMMED: u32 = 32;
/// The most attributes of `sort`.
const MAX_KEYS: usize = 8;
/// The most bytes of an argument.
const MAX_ARGUMENT: u32 = 1024;

/// The filters that templates can use.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|(name, _)| *name)
}

/// A filter's arguments, by place or by name.
struct Arguments<'a, 'b>(&'a [CallArg<'b>]);

impl<'a, 'b> Arguments<'a, 'b> {
    fn get(&self, place: usize, name: &str) -> Option<&'a Expr<'b>> {
        let positional = self.0.iter().filter_map(|a| if let CallArg::Pos(e) = a { Some(e) } else { None }).nth(place);
        positional.or_else(|| {
            self.0.iter().find_map(|a| match a {
                CallArg::Kwarg(n, e) if *n == name => Some(e),
                _ => None,
            })
        })
    }
    fn has(&self, place: usize, name: &str) -> bool {
        self.get(place, name).is_some()
    }
    fn literal(&self, place: usize, name: &str) -> Option<Value> {
        self.get(place, name).and_then(literal)
    }
    fn number(&self, place: usize, name: &str) -> Option<i64> {
        self.literal(place, name).and_then(|v| v.as_i64())
    }
    fn text(&self, place: usize, name: &str) -> Option<String> {
        self.literal(place, name).and_then(|v| v.as_str().map(str::to_owned))
    }
}

impl Checker<'_> {
    /// A chain such as `upper|trim` of a filter block, whose innermost filter has no input of its own.
    pub(super) fn filter_chain(&mut self, chain: &Expr<'_>, input: Shape) -> Shape {
        let Expr::Filter(filter) = chain else { return input };
        let input = filter.expr.as_ref().map_or(input, |inner| self.filter_chain(inner, input));
        self.filter(filter, input, start(chain.span()))
    }

    pub(super) fn filter(&mut self, e: &ast::Filter<'_>, input: Shape, offset: usize) -> Shape {
        let shapes = self.arguments(&e.args);
        let Some(rule) = self.known_filter(e.name, offset) else { return input.part() };
        self.apply(rule, e.name, input, &Arguments(&e.args), &shapes, offset)
    }

    fn known_filter(&mut self, name: &str, offset: usize) -> Option<Rule> {
        let rule = FILTERS.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule);
        if rule.is_none() {
            if names::OTHER_FILTERS.contains(&name) {
                let fix = names::instead_of(name);
                self.refuse(offset, format!("the filter `{name}` can't be proven bounded: {fix}"));
            } else {
                self.refuse_unknown(Unknown::new(offset, Meant::Filter, name, names()));
            }
        }
        rule
    }

    fn apply(
        &mut self,
        rule: Rule,
        name: &str,
        input: Shape,
        args: &Arguments<'_, '_>,
        shapes: &[(Shape, usize)],
        offset: usize,
    ) -> Shape {
        if !matches!(rule, Rule::Default | Rule::Chosen(_) | Rule::Map) {
            self.short(name, shapes);
        }
        if name == "sort" {
            self.few_keys(args, offset);
        }
        let value = match rule {
            Rule::Text(factor) => {
                self.cheap(name, args, shapes);
                input.times(factor).of(Kind::Text)
            }
            Rule::Number => Shape { bytes: Shape::NUMBER.bytes.max(largest(shapes)), ..Shape::NUMBER },
            Rule::Part if input.kind == Kind::Text => Shape::literal(Kind::Text, 4),
            Rule::Part => return input.part(),
            Rule::Default => return shapes.iter().fold(input, |all, (shape, _)| all.or(*shape)),
            Rule::List | Rule::Whole if input.kind == Kind::Solid => input.nested(),
            Rule::List => input.times(PIECE).of(Kind::Solid).nested(),
            // `reverse` keeps a text a text; `list` takes it apart.
            Rule::Whole if name == "reverse" && input.kind == Kind::Text => input,
            Rule::Whole if name == "reverse" => input.lazy(),
            Rule::Whole => input.times(PIECE).of(Kind::Solid).nested(),
            Rule::Pairs => input.times(2).of(Kind::Any).lazy().nested(),
            Rule::GroupBy => input.times(2).of(Kind::Any).lazy().nested(),
            Rule::Pieces => input.times(PIECE).of(Kind::Solid).nested(),
            Rule::Chunks => self.chunks(name, input, args, offset),
            Rule::Chosen(place) => self.chosen(name, input, args, place, offset),
            Rule::Join => self.join(input, args, offset),
            Rule::Replace => self.replace(input, args, shapes, offset),
            Rule::ToJson => self.json(input, args, offset),
            Rule::Indent => self.indent(input, args, offset),
            Rule::Map => self.map_filter(input, args, shapes, offset),
            Rule::Sum => self.sum(args, offset),
            Rule::Attr => return input.part(),
        };
        self.made(value, offset, &format!("`{name}`"))
    }

    fn short(&mut self, name: &str, shapes: &[(Shape, usize)]) {
        for (shape, offset) in shapes {
            if shape.growth > 0 || shape.bytes > MAX_ARGUMENT {
                let message = format!(
                    "an argument of `{name}` must be short to be proven bounded: use a literal, a number, \
                     or a parameter with a `max` or `enum`"
                );
                self.refuse(*offset, message);
            }
        }
    }

    /// `trim` compares every character with every one of its argument.
    fn cheap(&mut self, name: &str, args: &Arguments<'_, '_>, shapes: &[(Shape, usize)]) {
        if let (Some(chars), true) = (args.get(0, "chars"), largest(shapes) > MAX_TRIMMED) {
            self.refuse(start_of(chars), format!("`{name}` takes at most {MAX_TRIMMED} characters"));
        }
    }

    /// `sort(attribute='a,b')` reads each of its keys in each item.
    fn few_keys(&mut self, args: &Arguments<'_, '_>, offset: usize) {
        let keys = args.text(usize::MAX, "attribute").map(|text| text.split(',').count());
        if args.has(usize::MAX, "attribute") && keys.is_none_or(|keys| keys > MAX_KEYS) {
            self.refuse(offset, format!("`sort` takes at most {MAX_KEYS} attributes, as a literal text"));
        }
    }

    fn chunks(&mut self, name: &str, input: Shape, args: &Arguments<'_, '_>, offset: usize) -> Shape {
        if !args.number(0, "count").is_some_and(|n| (1..=MAX_CHUNK).contains(&n)) {
            self.refuse(offset, format!("`{name}` takes a literal number from 1 to {MAX_CHUNK}"));
        }
        if args.has(1, "fill_with")
            && args.literal(1, "fill_with").is_none_or(|v| v.as_str().is_some_and(|s| s.len() > 16))
        {
            self.refuse(offset, format!("`{name}` fills up with a short literal only"));
        }
        let filled = Shape { bytes: input.bytes.saturating_add(MAX_CHUNK as u32 * 24), ..input };
        let pieces = if input.kind == Kind::Solid { 2 } else { PIECE };
        Shape { bytes: filled.bytes, ..input.times(pieces) }.of(Kind::Solid).nested().nested()
    }

    fn chosen(&mut self, name: &str, input: Shape, args: &Arguments<'_, '_>, place: usize, offset: usize) -> Shape {
        if place > 0 && args.text(0, "").is_none() {
            self.refuse(offset, format!("`{name}` takes the name of an attribute as a literal text"));
        }
        if let Some(test) = args.get(place, "") {
            match args.text(place, "") {
                Some(test_name) => self.known_test(&test_name, start_of(test)),
                None => self.refuse(start_of(test), format!("`{name}` takes the name of a test as a literal text")),
            }
        }
        let pieces = if input.kind == Kind::Solid { 1 } else { PIECE };
        input.times(pieces).of(Kind::Solid).nested()
    }

    fn join(&mut self, input: Shape, args: &Arguments<'_, '_>, offset: usize) -> Shape {
        let separator = match args.get(0, "d") {
            None => 0,
            Some(_) => match args.text(0, "d").map(|text| text.len() as u32) {
                Some(length) if length <= MAX_SEPARATOR => length,
                _ => {
                    let message = format!("`join` takes a literal separator of at most {MAX_SEPARATOR} bytes");
                    self.refuse(offset, message);
                    0
                }
            },
        };
        let per_item = if input.kind == Kind::Solid { separator.div_ceil(ITEM) } else { separator };
        input.times(1 + per_item).of(Kind::Text)
    }

    /// The worst case: the input is nothing but what is replaced.
    fn replace(&mut self, input: Shape, args: &Arguments<'_, '_>, shapes: &[(Shape, usize)], offset: usize) -> Shape {
        let to = shapes.get(1).map_or(0, |(shape, _)| shape.bytes);
        let factor = match args.text(0, "").map(|from| from.len() as u32) {
            _ if shapes.get(1).is_some_and(|(shape, _)| shape.growth > 0) => None,
            Some(0) => Some(1 + to),
            Some(from) => Some(to.div_ceil(from).max(1)),
            None => None,
        };
        let Some(factor) = factor else {
            let message = "`replace` can't be proven bounded: what is replaced must be a literal text, and what it is \
                           replaced by a short one";
            self.refuse(offset, message);
            return input.of(Kind::Text);
        };
        input.times(factor).of(Kind::Text)
    }

    fn json(&mut self, input: Shape, args: &Arguments<'_, '_>, offset: usize) -> Shape {
        let Some(indent) = args.get(0, "indent") else { return input.times(6).of(Kind::Text) };
        let fits = literal(indent).is_some_and(|v| {
            matches!(v.as_i64(), Some(0..=MAX_JSON_INDENT)) || v.kind() == minijinja::value::ValueKind::Bool
        });
        if !fits {
            self.refuse(offset, format!("`tojson` takes a literal indent of at most {MAX_JSON_INDENT}"));
        }
        Shape { bytes: input.bytes.saturating_mul(6), ..input.times(JSON_GROWTH) }.of(Kind::Text)
    }

    /// Every line can be a single character.
    fn indent(&mut self, input: Shape, args: &Arguments<'_, '_>, offset: usize) -> Shape {
        let width = if args.has(0, "width") { args.number(0, "width") } else { Some(4) };
        let blank = args.get(2, "blank").and_then(literal).is_none_or(|v| v.is_true()) && args.has(2, "blank");
        match width {
            Some(width @ 0..=MAX_WIDTH) if !blank => input.times(1 + (width as u32).div_ceil(2)).of(Kind::Text),
            _ => {
                let message = format!("`indent` takes a literal width of at most {MAX_WIDTH}, and no `blank`");
                self.refuse(offset, message);
                input.of(Kind::Text)
            }
        }
    }

    fn sum(&mut self, args: &Arguments<'_, '_>, offset: usize) -> Shape {
        let is_number = |v: &Value| v.is_number();
        if args.has(1, "start") && !args.literal(1, "start").as_ref().is_some_and(is_number) {
            self.refuse(offset, "`sum` takes a number as `start`: texts and lists are put together with `join`");
        }
        Shape::NUMBER
    }

    /// `map('upper')` or `map(attribute='name')`.
    fn map_filter(
        &mut self,
        input: Shape,
        args: &Arguments<'_, '_>,
        shapes: &[(Shape, usize)],
        offset: usize,
    ) -> Shape {
        let longest = largest(shapes);
        if shapes.iter().any(|(shape, _)| shape.growth > 0) || longest > MAX_ARGUMENT {
            self.refuse(offset, "`map` takes short literals only");
        }
        let items = if input.kind == Kind::Solid { input } else { input.times(PIECE) };
        // Characters have no attributes, so there a text makes a list of nothing.
        if args.get(usize::MAX, "attribute").is_some() {
            // The default may stand in for every item.
            let default = args.get(usize::MAX, "default").and_then(literal);
            let length = default.and_then(|v| v.as_str().map(|s| s.len() as u32)).unwrap_or(0);
            if length > MAX_SEPARATOR {
                self.refuse(offset, format!("`map` takes a default of at most {MAX_SEPARATOR} bytes"));
            }
            return input.times(1 + length.div_ceil(ITEM)).of(Kind::Solid).nested();
        }
        let Some(name) = args.text(0, "") else {
            self.refuse(offset, "`map` takes the name of a filter as a literal text, or `attribute=`");
            return items.of(Kind::Solid).nested();
        };
        let Some(rule) = self.known_filter(&name, offset) else { return items.of(Kind::Solid).nested() };
        let factor = match rule {
            Rule::Text(factor) => factor,
            // A short item can become a number of any length.
            Rule::Number if matches!(name.as_str(), "bool" | "length" | "count" | "abs" | "int" | "round") => 7,
            Rule::Part | Rule::Attr => 1,
            Rule::ToJson if !args.has(1, "indent") => 6,
            Rule::Default if longest <= MAX_SEPARATOR => 1 + MAX_SEPARATOR.div_ceil(ITEM),
            _ => {
                let message = format!("`map('{name}')` can't be proven bounded: loop over the items instead");
                self.refuse(offset, message);
                1
            }
        };
        items.times(factor).of(Kind::Solid).nested()
    }
}

fn largest(shapes: &[(Shape, usize)]) -> u32 {
    shapes.iter().map(|(shape, _)| shape.bytes).max().unwrap_or(0)
}
