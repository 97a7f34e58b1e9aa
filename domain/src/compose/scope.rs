//! What names mean while templates are put together.
//!
//! Two views are kept: what a name means where it is written (a macro sees what it saw where it was defined), and
//! which variables the composed text really has at this place. Where they differ a name would be captured by the wrong
//! variable, and that is refused.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use minijinja::machinery::ast;

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Binding<'a> {
    /// A variable of this name: a `set`, a loop's item, an argument.
    Local(u32),
    /// A module's variable, under its name in the composed text.
    Renamed(Rc<str>),
    Macro(Rc<Macro<'a>>),
    Module(Rc<Module<'a>>),
}

/// The names of an imported template.
pub(super) type Module<'a> = HashMap<&'a str, Binding<'a>>;

pub(super) struct Macro<'a> {
    pub(super) unit: usize,
    pub(super) declaration: &'a ast::Macro<'a>,
    /// What names meant where it was defined.
    pub(super) scopes: Vec<Frame<'a>>,
}

#[derive(Clone, Default)]
pub(super) struct Frame<'a> {
    pub(super) names: HashMap<&'a str, Binding<'a>>,
    /// Names set here are a module's: the prefix of their new names.
    pub(super) prefix: Option<&'a str>,
    /// Number of `if` around when it was opened.
    pub(super) branches: usize,
}

#[derive(Default)]
pub(super) struct Scopes<'a> {
    /// As written.
    pub(super) frames: Vec<Frame<'a>>,
    /// As composed.
    pub(super) real: Vec<HashMap<&'a str, u32>>,
    pub(super) branches: usize,
    used: HashSet<String>,
    count: u32,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(words: impl Iterator<Item = &'a str>) -> Self {
        let used = words.map(str::to_owned).collect();
        Self { frames: vec![Frame::default()], real: vec![HashMap::new()], used, ..Self::default() }
    }

    /// Opens a frame in both views.
    pub(super) fn open(&mut self) {
        self.frames.push(Frame { branches: self.branches, ..Frame::default() });
        self.real.push(HashMap::new());
    }
    pub(super) fn close(&mut self) {
        self.frames.pop();
        self.real.pop();
    }

    pub(super) fn find(&self, name: &str) -> Option<&Binding<'a>> {
        self.frames.iter().rev().find_map(|frame| frame.names.get(name))
    }

    /// Whether a name means here what it means in the composed text.
    pub(super) fn is_true(&self, name: &str) -> bool {
        let real = self.real.iter().rev().find_map(|frame| frame.get(name));
        match self.find(name) {
            Some(Binding::Local(id)) => real == Some(id),
            None => real.is_none(),
            _ => true,
        }
    }

    /// Declares a variable in the innermost frame; gives its new name when it has one. An import or macro of that name
    /// in the same frame is an error.
    pub(super) fn declare(&mut self, name: &'a str) -> Result<Option<Rc<str>>, ()> {
        let Some(frame) = self.frames.last() else { return Ok(None) };
        let binding = match frame.names.get(name) {
            Some(Binding::Macro(_) | Binding::Module(_)) => return Err(()),
            Some(known) => known.clone(),
            None => match frame.prefix {
                Some(prefix) => Binding::Renamed(self.fresh(prefix, name)),
                None => {
                    self.count += 1;
                    Binding::Local(self.count)
                }
            },
        };
        let renamed = if let Binding::Renamed(new) = &binding { Some(new.clone()) } else { None };
        if let (Binding::Local(id), Some(real)) = (&binding, self.real.last_mut()) {
            real.insert(name, *id);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.names.insert(name, binding);
        }
        Ok(renamed)
    }

    /// What the innermost frame holds, in both views.
    pub(super) fn top(&self) -> (Frame<'a>, HashMap<&'a str, u32>) {
        (self.frames.last().cloned().unwrap_or_default(), self.real.last().cloned().unwrap_or_default())
    }

    /// Puts an earlier state of the innermost frame back, and gives the one that was there.
    pub(super) fn put_back(
        &mut self,
        (frame, real): (Frame<'a>, HashMap<&'a str, u32>),
    ) -> (Frame<'a>, HashMap<&'a str, u32>) {
        let frame = self.frames.last_mut().map(|last| std::mem::replace(last, frame));
        let real = self.real.last_mut().map(|last| std::mem::replace(last, real));
        (frame.unwrap_or_default(), real.unwrap_or_default())
    }

    /// Takes names over from another state of the innermost frame.
    pub(super) fn adopt(&mut self, names: &[&'a str], (frame, real): &(Frame<'a>, HashMap<&'a str, u32>)) {
        for name in names {
            if let (Some(binding), Some(last)) = (frame.names.get(name), self.frames.last_mut()) {
                last.names.insert(name, binding.clone());
            }
            if let (Some(id), Some(last)) = (real.get(name), self.real.last_mut()) {
                last.insert(name, *id);
            }
        }
    }

    /// Binds an import or a macro; an error when the name is taken in this frame, or when an `if` around decides
    /// whether it happens.
    pub(super) fn bind(&mut self, name: &'a str, binding: Binding<'a>) -> Result<(), String> {
        let branches = self.branches;
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        if branches != frame.branches {
            return Err(format!("`{name}` can't be defined below an `if`: move it before"));
        }
        if frame.names.contains_key(name) {
            return Err(format!("`{name}` is defined here already: choose another name"));
        }
        frame.names.insert(name, binding);
        Ok(())
    }

    /// A name that no text uses.
    pub(super) fn fresh(&mut self, prefix: &str, name: &str) -> Rc<str> {
        let base = format!("{prefix}_{name}");
        let mut new = base.clone();
        let mut n = 1;
        while !self.used.insert(new.clone()) {
            n += 1;
            new = format!("{base}_{n}");
        }
        new.into()
    }
}
