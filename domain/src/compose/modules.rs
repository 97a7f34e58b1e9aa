//! `import`: a module's variables move into the text under new names, its macros are known by name.

use std::rc::Rc;

use minijinja::machinery::ast::{self, Expr};

use super::scope::{Binding, Frame, Module};
use super::unit::literal;
use super::walk::{Edit, Linker, Walk, macro_alone};
use super::writer::Full;
use crate::text::nearest;

impl<'a> Linker<'a> {
    pub(super) fn import(&mut self, unit: usize, offset: usize, s: &'a ast::Import<'a>) -> Walk {
        let Expr::Var(alias) = &s.name else {
            self.problem(unit, offset, "name what is imported by a word, as in `{% import \"forms\" as forms %}`");
            return Ok(());
        };
        let Some(module) = self.module(unit, offset, &s.expr, alias.id)? else { return Ok(()) };
        self.bind(unit, offset, alias.id, Binding::Module(module));
        Ok(())
    }

    pub(super) fn import_names(&mut self, unit: usize, offset: usize, s: &'a ast::FromImport<'a>) -> Walk {
        let prefix = literal(&s.expr).and_then(|name| name.split('@').next()).unwrap_or("module");
        let Some(module) = self.module(unit, offset, &s.expr, prefix)? else { return Ok(()) };
        for (name, alias) in &s.names {
            let (Expr::Var(name), Expr::Var(alias)) = (name, alias.as_ref().unwrap_or(name)) else { continue };
            match module.get(name.id) {
                Some(Binding::Renamed(value)) => self.take(unit, offset, alias.id, value)?,
                Some(other) => self.bind(unit, offset, alias.id, other.clone()),
                None => self.no_member(unit, offset, name.id, &module),
            }
        }
        Ok(())
    }

    /// `{% set alias = value %}`
    fn take(&mut self, unit: usize, offset: usize, alias: &'a str, value: &str) -> Walk {
        match self.scopes.declare(alias) {
            Ok(new) => self.made(unit, offset, &format!("set {} = {value}", new.as_deref().unwrap_or(alias))),
            Err(()) => {
                self.problem(unit, offset, format!("`{alias}` is an import or a macro: choose another name"));
                Ok(())
            }
        }
    }

    pub(super) fn bind(&mut self, unit: usize, offset: usize, name: &'a str, binding: Binding<'a>) {
        if let Err(message) = self.scopes.bind(name, binding) {
            self.problem(unit, offset, message);
        }
    }

    /// What an imported template defines. Names that start with an underscore are its own.
    fn module(
        &mut self,
        unit: usize,
        offset: usize,
        name: &'a Expr<'a>,
        prefix: &'a str,
    ) -> Result<Option<Rc<Module<'a>>>, Full> {
        self.out.step()?;
        let Some(target) = literal(name).and_then(|name| self.units.targets.get(&(unit, name))).copied() else {
            return Ok(None);
        };
        if self.scopes.branches != self.scopes.frames.last().map_or(0, |frame| frame.branches) {
            self.problem(unit, offset, "an import can't stand below an `if`: move it before");
            return Ok(None);
        }
        let branches = self.scopes.branches;
        self.scopes.frames.push(Frame { prefix: Some(prefix), branches, ..Frame::default() });
        let (block, statements) = (self.block.take(), self.unit(target).statements());
        let what = "a template to import has `set`, imports and macros";
        let done = self.anchored(unit, offset, |this| this.definitions(target, statements, what));
        self.block = block;
        let frame = self.scopes.frames.pop().unwrap_or_default();
        done?;
        self.anchored(unit, offset, |this| {
            this.check_order(&frame);
            Ok(())
        })?;
        Ok(Some(Rc::new(frame.names.into_iter().filter(|(name, _)| !name.starts_with('_')).collect())))
    }

    /// `x.name` of a module `x`.
    pub(super) fn member(&mut self, unit: usize, name: &str, offset: usize, module: &Module<'a>) -> Option<Edit> {
        let Some((range, member)) = self.unit(unit).member(offset) else {
            let message = format!("`{name}` is an import: use what it defines, as in `{name}.title`");
            self.problem(unit, offset, message);
            return None;
        };
        match module.get(member) {
            Some(Binding::Renamed(new)) => return Some((range, new.to_string())),
            Some(Binding::Macro(_)) => self.problem(unit, offset, macro_alone(&format!("{name}.{member}"))),
            Some(_) => self.problem(unit, offset, format!("`{name}.{member}` is an import itself: import it here")),
            None => self.no_member(unit, offset, member, module),
        }
        None
    }

    pub(super) fn no_member(&mut self, unit: usize, offset: usize, member: &str, module: &Module<'a>) {
        let message = match nearest(member, module.keys().copied()) {
            Some(near) => format!("the imported template defines no `{member}`; did you mean `{near}`?"),
            None => format!("the imported template defines no `{member}`"),
        };
        self.problem(unit, offset, message);
    }
}
