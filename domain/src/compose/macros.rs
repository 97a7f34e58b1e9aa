//! Macros: each call is replaced by the macro's body with the arguments in a `with` around it.
//!
//! Nothing can recurse that way (a macro sees only what is defined before it), and the static check meets no macro.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use minijinja::machinery::Token;
use minijinja::machinery::ast::{self, CallArg, Expr};

use super::expr::{binds, each_name, each_statement, is_constant};
use super::scope::{Binding, Frame, Macro};
use super::unit::Unit;
use super::walk::{Linker, Walk, macro_alone};
use crate::check::value_of;

/// The most macros of a message, all templates together.
const MAX_MACROS: usize = 100;
/// What an argument is that nobody gives.
const NOTHING: &str = "{}.undefined";

impl<'a> Linker<'a> {
    pub(super) fn define(&mut self, unit: usize, offset: usize, s: &'a ast::Macro<'a>) -> Walk {
        self.macros += 1;
        if self.macros > MAX_MACROS {
            self.problem(unit, offset, format!("defines more than {MAX_MACROS} macros"));
            return Ok(());
        }
        if calls(s).any(|name| name == s.name) {
            self.problem(unit, offset, format!("the macro `{}` calls itself, which has no end", s.name));
        }
        if let Some(default) = s.defaults.iter().find(|default| !is_constant(default)) {
            let at = crate::check::position::start_of(default);
            self.problem(unit, at, "a default must be a literal: test for `is defined` in the macro instead");
        }
        let scopes = self.scopes.frames.clone();
        let defined = Macro { unit, declaration: s, scopes };
        self.bind(unit, offset, s.name, Binding::Macro(Rc::new(defined)));
        Ok(())
    }

    /// A macro must not read what its template sets later: the value would depend on when it is called.
    pub(super) fn check_order(&mut self, module: &Frame<'a>) {
        let macros: Vec<_> = module.names.values().filter_map(macro_of).collect();
        for defined in macros {
            let known = defined.scopes.last().map(|frame| &frame.names);
            let late = free_names(defined.declaration).into_iter().find(|(name, _)| {
                matches!(module.names.get(name), Some(Binding::Renamed(_)))
                    && known.is_some_and(|known| !known.contains_key(name))
            });
            if let Some((name, at)) = late {
                self.problem(
                    defined.unit,
                    at,
                    format!("`{name}` is set after the macro that reads it: move it before"),
                );
            }
        }
    }

    /// The macro that a call means, if it means one.
    pub(super) fn called(&self, callee: &Expr<'a>) -> Option<Rc<Macro<'a>>> {
        match callee {
            Expr::Var(name) => self.scopes.find(name.id).and_then(macro_of),
            Expr::GetAttr(member) => match &member.expr {
                Expr::Var(name) => match self.scopes.find(name.id)? {
                    Binding::Module(module) => module.get(member.name).and_then(macro_of),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// `{{ name(…) }}`
    pub(super) fn expand(&mut self, unit: usize, tag: usize, called: &Macro<'a>, given: &'a [CallArg<'a>]) -> Walk {
        self.out.step()?;
        let offset = self.unit(unit).tags[tag].all.start;
        let Some(texts) = arguments(self.unit(unit), tag) else {
            self.problem(unit, offset, macro_alone(called.declaration.name));
            return Ok(());
        };
        let Some(values) = self.values(unit, offset, called, given, &texts) else { return Ok(()) };
        let before = self.enter(called);
        let done = self.anchored(unit, offset, |this| this.body_of(unit, offset, called, values));
        self.scopes.real.pop();
        self.scopes.frames = before.0;
        self.block = before.1;
        done
    }

    /// Sees what the macro saw where it was defined, and its arguments.
    fn enter(&mut self, called: &Macro<'a>) -> (Vec<Frame<'a>>, Option<(&'a str, usize)>) {
        let before = std::mem::replace(&mut self.scopes.frames, called.scopes.clone());
        self.scopes.open();
        (before, self.block.take())
    }

    fn body_of(&mut self, unit: usize, offset: usize, called: &Macro<'a>, values: Vec<(&'a str, Value)>) -> Walk {
        let body = &called.declaration.body;
        let is_framed = !values.is_empty() || binds(body);
        let mixed = values
            .iter()
            .enumerate()
            .any(|(i, (_, v))| values[..i].iter().any(|(n, _)| v.reads.iter().any(|r| r == n)));
        let mut list: Vec<(String, String)> = values.iter().map(|(n, v)| ((*n).to_owned(), v.text.clone())).collect();
        if mixed {
            // An argument reads a name that another one is about to take: all values get names of their own first.
            let fresh: Vec<_> = values.iter().map(|(n, _)| self.scopes.fresh(called.declaration.name, n)).collect();
            let first = fresh.iter().zip(&list).map(|(new, (_, text))| format!("{new} = {text}"));
            let first: Vec<_> = first.collect();
            self.made(unit, offset, &format!("with {}", first.join(", ")))?;
            list.iter_mut().zip(&fresh).for_each(|((_, text), new)| *text = new.to_string());
        }
        values.iter().for_each(|(name, _)| drop(self.scopes.declare(name)));
        if is_framed {
            let list: Vec<_> = list.iter().map(|(name, text)| format!("{name} = {text}")).collect();
            self.made(unit, offset, format!("with {}", list.join(", ")).trim_end())?;
        }
        self.statements(called.unit, body)?;
        for _ in 0..usize::from(is_framed) + usize::from(mixed) {
            self.made(unit, offset, "endwith")?;
        }
        Ok(())
    }

    /// The text of each argument, by the macro's names; none when the call doesn't fit.
    fn values(
        &mut self,
        unit: usize,
        offset: usize,
        called: &Macro<'a>,
        given: &'a [CallArg<'a>],
        texts: &[Range<usize>],
    ) -> Option<Vec<(&'a str, Value)>> {
        let names: Vec<_> = called.declaration.args.iter().filter_map(name_of).collect();
        let mut found: HashMap<&str, Value> = HashMap::new();
        for (i, argument) in given.iter().enumerate() {
            let name = match argument {
                CallArg::Pos(_) => names.get(i).copied(),
                CallArg::Kwarg(name, _) => names.iter().find(|known| *known == name).copied(),
                _ => None,
            };
            let edits = self.reads(unit, value_of(argument));
            let value = Value::new(self.edited(unit, texts.get(i)?.clone(), &edits), value_of(argument));
            if name.is_none_or(|name| found.insert(name, value).is_some()) {
                let message = format!("`{}` takes ({}), each once", called.declaration.name, names.join(", "));
                self.problem(unit, offset, message);
                return None;
            }
        }
        let defaults = self.defaults(called);
        let complete = |name: &'a str| (name, Value::or(found.remove(name), defaults.get(name)));
        Some(names.into_iter().map(complete).collect())
    }

    /// The defaults as they are written.
    fn defaults(&self, called: &Macro<'a>) -> HashMap<&'a str, String> {
        let unit = self.unit(called.unit);
        let names: Vec<_> = called.declaration.args.iter().filter_map(name_of).collect();
        // The macro's tag is the last one that begins before its first default.
        let Some(first) = called.declaration.defaults.first() else { return HashMap::new() };
        let tag = unit.tag_at(crate::check::position::start_of(first));
        let texts = arguments(unit, tag).unwrap_or_default();
        let skipped = names.len() - called.declaration.defaults.len();
        let texts = names.into_iter().zip(texts).skip(skipped);
        texts.map(|(name, place)| (name, unit.text[place].to_owned())).collect()
    }
}

/// An argument as it goes into the text.
struct Value {
    text: String,
    reads: Vec<String>,
    is_constant: bool,
}

impl Value {
    fn new(text: String, value: &Expr<'_>) -> Self {
        let mut reads = Vec::new();
        each_name(value, &mut |name, _| reads.push(name.to_owned()));
        Self { text, is_constant: reads.is_empty(), reads }
    }

    /// The given value, or the default where it is missing.
    fn or(given: Option<Self>, default: Option<&String>) -> Self {
        let plain = |text: &str| Self { text: text.to_owned(), reads: Vec::new(), is_constant: true };
        match (given, default) {
            (Some(given), Some(default)) if !given.is_constant => {
                Self { text: format!("({})|default({default})", given.text), ..given }
            }
            (Some(given), _) => given,
            (None, default) => plain(default.map_or(NOTHING, String::as_str)),
        }
    }
}

fn macro_of<'a>(binding: &Binding<'a>) -> Option<Rc<Macro<'a>>> {
    if let Binding::Macro(found) = binding { Some(found.clone()) } else { None }
}

fn name_of<'a>(argument: &'a Expr<'a>) -> Option<&'a str> {
    if let Expr::Var(name) = argument { Some(name.id) } else { None }
}

/// Names that a macro calls.
fn calls<'a>(declaration: &'a ast::Macro<'a>) -> impl Iterator<Item = &'a str> {
    free_names(declaration).into_iter().map(|(name, _)| name)
}

/// Names that a macro's body reads and that are none of its arguments, with their places.
fn free_names<'a>(declaration: &'a ast::Macro<'a>) -> Vec<(&'a str, usize)> {
    let mut names = Vec::new();
    each_statement(&declaration.body, &mut |statement| {
        super::expr::values(statement).into_iter().for_each(|value| {
            each_name(value, &mut |name, at| names.push((name, at)));
        });
    });
    let own: Vec<_> = declaration.args.iter().filter_map(name_of).collect();
    names.retain(|(name, _)| !own.contains(name));
    names
}

/// Where the arguments of a call, or of a macro's declaration, stand: the values alone, without names before `=`.
fn arguments(unit: &Unit<'_>, tag: usize) -> Option<Vec<Range<usize>>> {
    let tokens = unit.tokens_of(tag);
    let open = tokens.iter().position(|(token, _)| matches!(token, Token::ParenOpen)).filter(|at| *at > 0)?;
    let (mut depth, mut found, mut current) = (0, Vec::new(), None::<Range<usize>>);
    for (i, (token, place)) in tokens.iter().enumerate().skip(open + 1) {
        match token {
            Token::ParenClose if depth == 0 => {
                found.extend(current);
                return (i + 1 == tokens.len()).then_some(found);
            }
            Token::Comma if depth == 0 => {
                found.extend(current.take());
                continue;
            }
            Token::Assign if depth == 0 => {
                current = None;
                continue;
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth -= 1,
            _ => {}
        }
        current = Some(current.map_or(place.clone(), |range| range.start..place.end));
    }
    None
}
