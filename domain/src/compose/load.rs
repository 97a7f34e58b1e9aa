//! Reading what a message is made of: every text once, and the graph of who names whom, checked before anything is
//! put together.

use std::collections::HashMap;

use super::unit::{Unit, literal};
use super::{ByReference, Own, cycle, expr, too_deep, unknown};
use crate::composition::{Closure, MAX_DEPTH, MAX_PARTS, Reference, SourceTemplate, Target, message_for};
use crate::error::FieldError;
use crate::version::{MessageRole, VersionContent};

/// The texts that a message is made of; the first is the message itself.
pub(super) struct Units<'a> {
    pub(super) all: Vec<Unit<'a>>,
    /// By unit and reference as written.
    pub(super) targets: ByReference<'a>,
    /// The key and the version of each unit.
    pub(super) keys: Vec<&'a str>,
    pub(super) versions: Vec<i64>,
}

struct Loader<'a, 's> {
    own: &'a Own<'a>,
    role: MessageRole,
    closure: &'a Closure,
    sources: &'s mut Vec<SourceTemplate>,
    units: Units<'a>,
    by_version: HashMap<(&'a str, i64), usize>,
    problems: Vec<FieldError>,
    /// How many references below a unit its deepest chain has; known once it is done.
    heights: HashMap<usize, usize>,
}

/// The units from the message to the one being read, and the byte of the own message that led there.
struct Path {
    units: Vec<usize>,
    own: usize,
}

impl<'a> Units<'a> {
    pub(super) fn load(
        own: &'a Own<'a>,
        message: usize,
        role: MessageRole,
        closure: &'a Closure,
        sources: &mut Vec<SourceTemplate>,
    ) -> Result<Self, Vec<FieldError>> {
        let units = Units { all: Vec::new(), targets: HashMap::new(), keys: Vec::new(), versions: Vec::new() };
        let (by_version, heights) = (HashMap::new(), HashMap::new());
        let mut loader = Loader { own, role, closure, sources, units, by_version, problems: Vec::new(), heights };
        let unit = loader.add(own.key, own.version, own.content, message).map_err(|error| vec![error])?;
        loader.follow(unit, &mut Path { units: vec![unit], own: 0 });
        if loader.problems.is_empty() { Ok(loader.units) } else { Err(loader.problems) }
    }
}

impl<'a> Loader<'a, '_> {
    fn add(
        &mut self,
        key: &'a str,
        version: i64,
        content: &'a VersionContent,
        message: usize,
    ) -> Result<usize, FieldError> {
        let found = self.sources.iter().position(|s| s.key == key && s.version == version);
        let source = found.unwrap_or_else(|| {
            self.sources.push(SourceTemplate { key: key.to_owned(), version });
            self.sources.len() - 1
        });
        let unit = Unit::new(source, message, &content.messages[message].content)?;
        self.units.all.push(unit);
        self.units.keys.push(key);
        self.units.versions.push(version);
        let number = self.units.all.len() - 1;
        self.by_version.insert((key, version), number);
        Ok(number)
    }

    /// Reads what a unit names; gives the length of the longest chain below it.
    fn follow(&mut self, unit: usize, path: &mut Path) -> usize {
        if let Some(height) = self.heights.get(&unit) {
            return *height;
        }
        let mut height = 0;
        for (name, offset) in self.names(unit) {
            if unit == 0 {
                path.own = offset;
            }
            match name {
                Some(name) => height = height.max(self.follow_one(unit, name, offset, path)),
                None => self.problem(unit, offset, path, "name one template by a literal, as in `\"header\"`"),
            }
        }
        self.heights.insert(unit, height);
        height
    }

    /// The references of a unit with their places; none for a name that is computed.
    fn names(&self, unit: usize) -> Vec<(Option<String>, usize)> {
        let mut names = Vec::new();
        expr::each_statement(self.units.all[unit].statements(), &mut |statement| {
            if let (Some(name), Some(offset)) = (expr::reference(statement), expr::offset(statement)) {
                let at = self.units.all[unit].tags[self.units.all[unit].tag_at(offset)].all.start;
                names.push((literal(name).map(str::to_owned), at));
            }
        });
        names
    }

    fn follow_one(&mut self, unit: usize, name: String, offset: usize, path: &mut Path) -> usize {
        let target = match self.resolve(&name) {
            Ok(target) => target,
            Err(message) => {
                self.problem(unit, offset, path, message);
                return 0;
            }
        };
        let keys = |this: &Self, path: &Path| -> Vec<&'a str> {
            path.units.iter().chain([&target]).map(|unit| this.units.keys[*unit]).collect()
        };
        if path.units.contains(&target) {
            let message = cycle(&keys(self, path));
            self.problem(unit, offset, path, message);
            return 0;
        }
        let too_long = |height: usize| path.units.len() + height > MAX_DEPTH;
        if too_long(self.heights.get(&target).copied().unwrap_or(0)) {
            let message = too_deep(&keys(self, path));
            self.problem(unit, offset, path, message);
            return 0;
        }
        if let Some((reference, _)) = self.closure.get_key_value(&name) {
            self.units.targets.insert((unit, reference), target);
        }
        path.units.push(target);
        let height = 1 + self.follow(target, path);
        path.units.pop();
        height
    }

    /// The unit that a reference stands for.
    fn resolve(&mut self, name: &str) -> Result<usize, String> {
        let reference = Reference::parse(name)?;
        if reference.key == self.own.key && reference.pick == crate::composition::Pick::Followed {
            return Ok(0);
        }
        let part = match self.closure.get(name) {
            Some(Target::Found(part)) => part,
            Some(Target::Missing(why)) => return Err(why.clone()),
            None => return Err(unknown(name)),
        };
        if let Some(known) = self.by_version.get(&(part.key.as_str(), part.version)) {
            return Ok(*known);
        }
        if self.units.all.len() > MAX_PARTS {
            return Err(format!("more than {MAX_PARTS} templates are put together: use fewer"));
        }
        let message = message_for(&part.content, self.role, name)?;
        self.add(&part.key, part.version, &part.content, message)
            .map_err(|error| format!("`{name}` can't be read, line {}: {}", error.line.unwrap_or(1), error.message))
    }

    /// Notes a problem at its place in the own message, or at the tag that leads to it.
    fn problem(&mut self, unit: usize, offset: usize, path: &Path, message: impl Into<String>) {
        let problem = super::walk::problem(&self.units, unit, offset, path.own, message.into());
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
