//! Statement by statement: what is written as it stands, and what is replaced by what it names.

use std::collections::HashMap;
use std::ops::Range;

use minijinja::machinery::ast::{self, CallType, Expr, Stmt};

use super::inherit::Level;
use super::load::Units;
use super::scope::{Binding, Scopes};
use super::unit::Unit;
use super::writer::{Full, Origin, Writer};
use super::{Linked, expr, in_other, too_large};
use crate::check::position::{Source, start};
use crate::error::FieldError;
use crate::order::sort_by_number;

/// How deep statements may nest in the composed text, all templates together. The static check allows fewer.
const MAX_NESTING: usize = 64;
/// The most problems noted for one message.
const MAX_PROBLEMS: usize = 50;

/// Goes on, or ends because the text is too large.
pub(super) type Walk = Result<(), Full>;
/// Another text for a part of a tag.
pub(super) type Edit = (Range<usize>, String);

pub(super) struct Linker<'a> {
    pub(super) units: &'a Units<'a>,
    pub(super) out: Writer,
    pub(super) scopes: Scopes<'a>,
    /// The blocks of the template being put together: the text that counts first, those of its parents after it.
    pub(super) blocks: HashMap<&'a str, Vec<Level<'a>>>,
    /// The block being written, and which of its texts.
    pub(super) block: Option<(&'a str, usize)>,
    /// Blocks that are being written, outermost first.
    pub(super) active: Vec<&'a str>,
    /// The byte of the own message that brought in what is being written.
    pub(super) anchor: usize,
    pub(super) macros: usize,
    nesting: usize,
    problems: Vec<FieldError>,
}

/// A problem at its place in the own message, or at the tag there that leads to it.
pub(super) fn problem(units: &Units<'_>, unit: usize, offset: usize, own: usize, message: String) -> FieldError {
    if unit == 0 {
        return at(&units.all[0].places, offset, message);
    }
    let (key, there) = (units.keys[unit], units.all[unit].places.place(offset));
    let found = at(&units.all[0].places, own, in_other(key, there, &message));
    found.elsewhere(key, units.versions[unit], there)
}

fn at(source: &Source<'_>, offset: usize, message: String) -> FieldError {
    let (line, column) = source.place(offset);
    FieldError::new("", message).at(line, column)
}

impl<'a> Linker<'a> {
    pub(super) fn new(units: &'a Units<'a>) -> Self {
        Self {
            units,
            out: Writer::default(),
            scopes: Scopes::new(units.all.iter().flat_map(Unit::words)),
            blocks: HashMap::new(),
            block: None,
            active: Vec::new(),
            anchor: 0,
            macros: 0,
            nesting: 0,
            problems: Vec::new(),
        }
    }

    pub(super) fn link(mut self) -> Result<Linked, Vec<FieldError>> {
        if self.template(0).is_err() {
            let place = self.anchor;
            self.problems.push(at(&self.units.all[0].places, place, too_large()));
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        self.out.finish();
        Ok(Linked { text: self.out.text, spans: self.out.spans })
    }

    pub(super) fn unit(&self, unit: usize) -> &'a Unit<'a> {
        &self.units.all[unit]
    }

    pub(super) fn problem(&mut self, unit: usize, offset: usize, message: impl Into<String>) {
        let problem = problem(self.units, unit, offset, self.anchor, message.into());
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn origin(&self, unit: usize, offset: usize) -> Origin {
        let Unit { source, message, .. } = *self.unit(unit);
        Origin { source, message, own: if unit == 0 { offset } else { self.anchor } }
    }

    /// Runs with the anchor at a tag of the own message; elsewhere the anchor stays.
    pub(super) fn anchored(&mut self, unit: usize, offset: usize, run: impl FnOnce(&mut Self) -> Walk) -> Walk {
        let before = self.anchor;
        if unit == 0 {
            self.anchor = self.unit(0).tags.get(self.unit(0).tag_at(offset)).map_or(offset, |tag| tag.all.start);
        }
        // When the text is full, the anchor stays at the tag that filled it.
        run(self)?;
        self.anchor = before;
        Ok(())
    }

    pub(super) fn statements(&mut self, unit: usize, statements: &'a [Stmt<'a>]) -> Walk {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let offset = statements.iter().find_map(expr::offset).unwrap_or(0);
            self.problem(unit, offset, format!("nests blocks deeper than {MAX_NESTING} levels"));
        } else {
            statements.iter().try_for_each(|statement| self.statement(unit, statement))?;
        }
        self.nesting -= 1;
        Ok(())
    }

    fn statement(&mut self, unit: usize, statement: &'a Stmt<'a>) -> Walk {
        let at = expr::offset(statement).unwrap_or(0);
        let tag = self.unit(unit).tag_at(at);
        match statement {
            Stmt::Template(s) => self.statements(unit, &s.children),
            Stmt::EmitRaw(s) => self.raw(unit, s.raw),
            Stmt::EmitExpr(s) => self.print(unit, tag, &s.expr),
            Stmt::ForLoop(s) => self.for_loop(unit, tag, s),
            Stmt::IfCond(s) => self.condition(unit, tag, s),
            Stmt::WithBlock(s) => self.with(unit, tag, s),
            Stmt::Set(s) => {
                let mut edits = self.reads(unit, &s.expr);
                self.assign(unit, &s.target, &mut edits);
                self.tag(unit, tag, edits)
            }
            Stmt::SetBlock(s) => self.set_block(unit, tag, s),
            Stmt::FilterBlock(s) => {
                let edits = self.reads(unit, &s.filter);
                self.body(unit, tag, edits, &s.body)
            }
            Stmt::AutoEscape(s) => {
                let edits = self.reads(unit, &s.enabled);
                self.body(unit, tag, edits, &s.body)
            }
            Stmt::Continue(_) | Stmt::Break(_) | Stmt::Do(_) => self.tag(unit, tag, Vec::new()),
            Stmt::Block(s) => self.print_block(unit, at, s.name),
            Stmt::Include(s) => self.include(unit, at, s),
            Stmt::Import(s) => self.import(unit, at, s),
            Stmt::FromImport(s) => self.import_names(unit, at, s),
            Stmt::Macro(s) => self.define(unit, at, s),
            Stmt::Extends(_) => self.refuse(unit, tag, "`extends` must be the first tag, outside of everything else"),
            Stmt::CallBlock(_) => self.refuse(unit, tag, "`call` is not offered: pass the text as an argument"),
        }
    }

    pub(super) fn refuse(&mut self, unit: usize, tag: usize, message: &str) -> Walk {
        let offset = self.unit(unit).tags[tag].all.start;
        self.problem(unit, offset, message);
        Ok(())
    }

    pub(super) fn raw(&mut self, unit: usize, text: &str) -> Walk {
        let from = self.unit(unit).offset_of(text);
        let origin = self.origin(unit, from);
        self.out.raw(text, origin, from)
    }

    /// Writes a tag as it stands, but for what is edited.
    pub(super) fn tag(&mut self, unit: usize, tag: usize, mut edits: Vec<Edit>) -> Walk {
        let tag = &self.unit(unit).tags[tag];
        sort_by_number(&mut edits, |(range, _)| range.start);
        let inner = self.edited(unit, tag.inner.clone(), &edits);
        let delimiters = if tag.word.is_empty() { ["{{", "}}"] } else { ["{%", "%}"] };
        let origin = self.origin(unit, tag.all.start);
        self.out.tag(delimiters, &inner, origin, tag.all.clone())
    }

    /// A part of a text with its edits, which are in order.
    pub(super) fn edited(&self, unit: usize, range: Range<usize>, edits: &[Edit]) -> String {
        let text = self.unit(unit).text;
        let (mut out, mut done) = (String::new(), range.start);
        for (place, new) in edits.iter().filter(|(place, _)| range.start <= place.start && place.end <= range.end) {
            out.push_str(text.get(done..place.start).unwrap_or_default());
            out.push_str(new);
            done = place.end;
        }
        out + text.get(done..range.end).unwrap_or_default()
    }

    /// A tag made for what stands at another one.
    pub(super) fn made(&mut self, unit: usize, offset: usize, inner: &str) -> Walk {
        let tag = &self.unit(unit).tags[self.unit(unit).tag_at(offset)];
        let origin = self.origin(unit, tag.all.start);
        self.out.tag(["{%", "%}"], inner, origin, tag.all.clone())
    }

    fn closing(&mut self, unit: usize, tag: usize) -> Walk {
        match self.unit(unit).tags[tag].next {
            Some(next) => self.tag(unit, next, Vec::new()),
            None => Ok(()),
        }
    }

    fn body(&mut self, unit: usize, tag: usize, edits: Vec<Edit>, body: &'a [Stmt<'a>]) -> Walk {
        self.tag(unit, tag, edits)?;
        self.statements(unit, body)?;
        self.closing(unit, tag)
    }

    fn set_block(&mut self, unit: usize, tag: usize, s: &'a ast::SetBlock<'a>) -> Walk {
        let mut edits = s.filter.as_ref().map(|filter| self.reads(unit, filter)).unwrap_or_default();
        // The tag needs the new name at once; the body still sees the old one.
        let before = self.scopes.top();
        self.assign(unit, &s.target, &mut edits);
        let after = self.scopes.put_back(before);
        self.body(unit, tag, edits, &s.body)?;
        let mut names = Vec::new();
        expr::targets(&s.target, &mut |var| names.push(var.id));
        self.scopes.adopt(&names, &after);
        Ok(())
    }

    fn for_loop(&mut self, unit: usize, tag: usize, s: &'a ast::ForLoop<'a>) -> Walk {
        let mut edits = self.reads(unit, &s.iter);
        self.scopes.open();
        self.assign(unit, &s.target, &mut edits);
        drop(self.scopes.declare("loop"));
        if let Some(filter) = &s.filter_expr {
            edits.append(&mut self.reads(unit, filter));
        }
        self.tag(unit, tag, edits)?;
        self.statements(unit, &s.body)?;
        self.scopes.close();
        let end = self.unit(unit).tags[tag].next;
        let Some(middle) = end.filter(|next| self.unit(unit).tags[*next].word == "else") else {
            return self.closing(unit, tag);
        };
        self.scopes.branches += 1;
        self.body(unit, middle, Vec::new(), &s.else_body)?;
        self.scopes.branches -= 1;
        Ok(())
    }

    fn condition(&mut self, unit: usize, mut tag: usize, mut s: &'a ast::IfCond<'a>) -> Walk {
        self.scopes.branches += 1;
        loop {
            let edits = self.reads(unit, &s.expr);
            self.tag(unit, tag, edits)?;
            self.statements(unit, &s.true_body)?;
            let Some(next) = self.unit(unit).tags[tag].next else { break };
            tag = next;
            match (self.unit(unit).tags[tag].word, s.false_body.as_slice()) {
                ("elif", [Stmt::IfCond(below)]) => s = below,
                ("else", body) => {
                    self.body(unit, tag, Vec::new(), body)?;
                    break;
                }
                _ => {
                    self.tag(unit, tag, Vec::new())?;
                    break;
                }
            }
        }
        self.scopes.branches -= 1;
        Ok(())
    }

    fn with(&mut self, unit: usize, tag: usize, s: &'a ast::WithBlock<'a>) -> Walk {
        self.scopes.open();
        let mut edits = Vec::new();
        for (target, value) in &s.assignments {
            edits.append(&mut self.reads(unit, value));
            self.assign(unit, target, &mut edits);
        }
        self.body(unit, tag, edits, &s.body)?;
        self.scopes.close();
        Ok(())
    }

    fn print(&mut self, unit: usize, tag: usize, value: &'a Expr<'a>) -> Walk {
        let offset = self.unit(unit).tags[tag].all.start;
        if let Expr::Call(call) = value {
            match call.identify_call() {
                CallType::Function("super") if call.args.is_empty() => return self.print_parent(unit, offset),
                CallType::Block(name) if call.args.is_empty() => return self.print_block(unit, offset, name),
                _ => {}
            }
            if let Some(called) = self.called(&call.expr) {
                return self.expand(unit, tag, &called, &call.args);
            }
        }
        let edits = self.reads(unit, value);
        self.tag(unit, tag, edits)
    }

    /// Looks at every name that an expression reads; gives new names where a module's variables have them.
    pub(super) fn reads(&mut self, unit: usize, value: &'a Expr<'a>) -> Vec<Edit> {
        let mut names = Vec::new();
        expr::each_name(value, &mut |name, offset| names.push((name, offset)));
        names.into_iter().filter_map(|(name, offset)| self.read(unit, name, offset)).collect()
    }

    fn read(&mut self, unit: usize, name: &'a str, offset: usize) -> Option<Edit> {
        match self.scopes.find(name).cloned() {
            Some(Binding::Renamed(new)) => return Some((offset..offset + name.len(), new.to_string())),
            Some(Binding::Macro(_)) => self.problem(unit, offset, macro_alone(name)),
            Some(Binding::Module(module)) => return self.member(unit, name, offset, &module),
            None if name == "super" || name == "self" => {
                let fix = "print it on its own; to change its text, put `{% filter … %}` around";
                self.problem(unit, offset, format!("`{name}` can't be a part of an expression: {fix}"));
            }
            None | Some(Binding::Local(_)) if !self.scopes.is_true(name) => {
                let fix = "pass it as an argument, or choose another name";
                let message = format!("`{name}` is another variable where the macro is called: {fix}");
                self.problem(unit, offset, message);
            }
            _ => {}
        }
        None
    }

    pub(super) fn assign(&mut self, unit: usize, target: &'a Expr<'a>, edits: &mut Vec<Edit>) {
        if !matches!(target, Expr::Var(_) | Expr::List(_)) {
            edits.append(&mut self.reads(unit, target));
        }
        let mut found = Vec::new();
        expr::targets(target, &mut |var| found.push((var.id, start(var.span()))));
        for (name, offset) in found {
            match self.scopes.declare(name) {
                Ok(Some(new)) => edits.push((offset..offset + name.len(), new.to_string())),
                Ok(None) => {}
                Err(()) => self.problem(unit, offset, format!("`{name}` is an import or a macro: choose another name")),
            }
        }
    }
}

pub(super) fn macro_alone(name: &str) -> String {
    format!(
        "the macro `{name}` can't be a part of an expression: print it on its own, as in `{{{{ {name}(…) }}}}`, \
         in `{{% set x %}}…{{% endset %}}` where its text is needed"
    )
}
