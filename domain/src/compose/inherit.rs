//! Inheritance: `extends`, `block`, `super()`, and templates in place of `include`.

use minijinja::machinery::ast::{self, Stmt};

use super::expr;
use super::unit::literal;
use super::walk::{Linker, Walk};

/// One of the texts of a block.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    unit: usize,
    block: &'a ast::Block<'a>,
}

impl<'a> Linker<'a> {
    /// A whole template: its own text, or that of the last of its parents with the blocks of all.
    pub(super) fn template(&mut self, unit: usize) -> Walk {
        let blocks = std::mem::take(&mut self.blocks);
        let (block, active) = (self.block.take(), std::mem::take(&mut self.active));
        let anchor = self.anchor;
        let mut last = unit;
        while let Some((parent, offset)) = self.extend(last)? {
            if last == 0 {
                self.anchor = offset;
            }
            last = parent;
        }
        self.add_blocks(last);
        self.statements(last, self.unit(last).statements())?;
        (self.blocks, self.block, self.active, self.anchor) = (blocks, block, active, anchor);
        Ok(())
    }

    /// When the template extends another: takes its blocks, does what it sets, and gives the parent.
    fn extend(&mut self, unit: usize) -> Result<Option<(usize, usize)>, super::writer::Full> {
        let statements = self.unit(unit).statements();
        let Some(at) = statements.iter().position(|s| matches!(s, Stmt::Extends(_))) else { return Ok(None) };
        let Stmt::Extends(extends) = &statements[at] else { return Ok(None) };
        let (before, after) = (&statements[..at], &statements[at + 1..]);
        let offset = expr::offset(&statements[at]).unwrap_or(0);
        for statement in before {
            match statement {
                Stmt::EmitRaw(s) if s.raw.trim().is_empty() => self.raw(unit, s.raw)?,
                _ => self.problem(unit, offset, "`extends` must be the first tag, before any text"),
            }
        }
        let Some(parent) = literal(&extends.name).and_then(|name| self.units.targets.get(&(unit, name))) else {
            return Ok(None);
        };
        self.add_blocks(unit);
        self.definitions(unit, after, "a template that extends another has blocks, `set`, imports and macros")?;
        let tag = self.unit(unit).tag_at(offset);
        Ok(Some((*parent, self.unit(unit).tags[tag].all.start)))
    }

    fn add_blocks(&mut self, unit: usize) {
        let blocks = &mut self.blocks;
        expr::each_statement(self.units.all[unit].statements(), &mut |statement| {
            if let Stmt::Block(block) = statement {
                blocks.entry(block.name).or_default().push(Level { unit, block });
            }
        });
    }

    /// Statements outside of all blocks, whose texts go nowhere: what they define counts, anything else is refused.
    pub(super) fn definitions(&mut self, unit: usize, statements: &'a [Stmt<'a>], what: &str) -> Walk {
        for statement in statements {
            match statement {
                Stmt::EmitRaw(_) => {}
                Stmt::Block(_) if what.contains("block") => {}
                Stmt::Set(_) | Stmt::SetBlock(_) | Stmt::Import(_) | Stmt::FromImport(_) | Stmt::Macro(_) => {
                    self.statements(unit, std::slice::from_ref(statement))?;
                }
                other => {
                    let offset = expr::offset(other).unwrap_or(0);
                    self.problem(unit, offset, format!("this would go nowhere: {what} at its top level, no more"));
                }
            }
        }
        Ok(())
    }

    /// `{% block name %}` where it stands, and `{{ self.name() }}`.
    pub(super) fn print_block(&mut self, unit: usize, offset: usize, name: &'a str) -> Walk {
        self.print_level(unit, offset, name, 0)
    }

    /// `{{ super() }}`
    pub(super) fn print_parent(&mut self, unit: usize, offset: usize) -> Walk {
        match self.block {
            Some((name, level)) => self.print_level(unit, offset, name, level + 1),
            None => {
                self.problem(unit, offset, "`super()` stands inside a block of a template that extends another");
                Ok(())
            }
        }
    }

    fn print_level(&mut self, unit: usize, offset: usize, name: &'a str, level: usize) -> Walk {
        self.out.step()?;
        let Some(found) = self.blocks.get(name).and_then(|levels| levels.get(level)).copied() else {
            let message = match level {
                0 => format!("there is no block `{name}`"),
                _ => format!("no parent has a block `{name}`: `super()` has nothing to print"),
            };
            self.problem(unit, offset, message);
            return Ok(());
        };
        if level == 0 && self.active.contains(&name) {
            self.problem(unit, offset, format!("the block `{name}` can't print itself"));
            return Ok(());
        }
        if level == 0 && found.block.required {
            self.problem(unit, offset, format!("the block `{name}` must be filled in by a template that extends this"));
            return Ok(());
        }
        let before = self.block.replace((name, level));
        self.active.push(name);
        let done = self.anchored(unit, offset, |this| this.framed(unit, offset, found.unit, &found.block.body));
        self.active.pop();
        self.block = before;
        done
    }

    /// Statements in a frame of their own. A frame that would hold nothing is left out of the text.
    pub(super) fn framed(&mut self, unit: usize, offset: usize, of: usize, body: &'a [Stmt<'a>]) -> Walk {
        let binds = expr::binds(body);
        self.scopes.open();
        if binds {
            self.made(unit, offset, "with")?;
        }
        self.statements(of, body)?;
        if binds {
            self.made(unit, offset, "endwith")?;
        }
        self.scopes.close();
        Ok(())
    }

    pub(super) fn include(&mut self, unit: usize, offset: usize, s: &'a ast::Include<'a>) -> Walk {
        self.out.step()?;
        if s.ignore_missing {
            let message = "`ignore missing` is not offered: what is named must be there when it is saved";
            self.problem(unit, offset, message);
        }
        let Some(target) = literal(&s.name).and_then(|name| self.units.targets.get(&(unit, name))).copied() else {
            return Ok(());
        };
        self.scopes.open();
        let done = self.anchored(unit, offset, |this| this.included(unit, offset, target));
        self.scopes.close();
        done
    }

    fn included(&mut self, unit: usize, offset: usize, target: usize) -> Walk {
        let binds = self.template_binds(target);
        if binds {
            self.made(unit, offset, "with")?;
        }
        self.template(target)?;
        if binds { self.made(unit, offset, "endwith") } else { Ok(()) }
    }

    /// Whether a template or one of its parents sets a variable outside of its blocks.
    fn template_binds(&self, unit: usize) -> bool {
        let statements = self.unit(unit).statements();
        let parent = statements.iter().find_map(|statement| match statement {
            Stmt::Extends(s) => literal(&s.name).and_then(|name| self.units.targets.get(&(unit, name))),
            _ => None,
        });
        expr::binds(statements) || parent.is_some_and(|parent| self.template_binds(*parent))
    }
}
