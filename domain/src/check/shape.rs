//! How large a value may be: the domain of the abstract interpretation.

/// The largest growth of one value, in multiples of all input.
pub(super) const MAX_GROWTH: u32 = 16;
/// The most bytes that the template's own texts may bring into one value.
pub(super) const MAX_LITERAL: u32 = 64 * 1024;
/// The most levels of lists that a template may build around its input.
pub(super) const MAX_NESTING: u32 = 16;
/// Below this many bytes a value without input in it is small: reading it costs nothing worth counting.
pub(super) const SMALL: u32 = 4096;
/// Bytes of a printed number.
pub(super) const NUMBER_BYTES: u32 = 350;

/// What is known about the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number or boolean.
    Number,
    /// A string.
    Text,
    /// A list or object straight from the input or a literal: an item is found without walking.
    Solid,
    /// A loop's `loop`.
    Loop,
    /// Anything.
    Any,
}

/// An upper bound of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Printed size in multiples of the measure of all input (`contract::measure`).
    pub(super) growth: u32,
    /// Printed size that comes from the template's own texts, on top.
    pub(super) bytes: u32,
    /// Levels of lists added by the template.
    pub(super) nesting: u32,
    /// May compute its items anew each time it is walked (slices, sums of lists, …).
    pub(super) is_lazy: bool,
    /// The loop depth at which the value is spread over the turns: there `growth` bounds the sum over all turns of
    /// all loops around. At any greater depth the whole value is met again in every turn.
    pub(super) spread: usize,
}

impl Shape {
    pub(super) const NUMBER: Shape = Shape::literal(Kind::Number, NUMBER_BYTES);

    pub(super) const fn literal(kind: Kind, bytes: u32) -> Self {
        Self { kind, growth: 0, bytes, nesting: 0, is_lazy: false, spread: usize::MAX }
    }
    /// A parameter of unknown size.
    pub(super) const fn input(kind: Kind) -> Self {
        Self { kind, growth: 1, bytes: 0, nesting: 0, is_lazy: false, spread: 0 }
    }

    /// Provably short, whatever the input.
    pub(super) fn is_small(&self) -> bool {
        self.growth == 0 && self.bytes <= SMALL
    }
    pub(super) fn is_number(&self) -> bool {
        self.kind == Kind::Number
    }

    /// Both values in one.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            kind: if self.kind == other.kind { self.kind } else { Kind::Any },
            growth: self.growth.saturating_add(other.growth),
            bytes: self.bytes.saturating_add(other.bytes),
            nesting: self.nesting.max(other.nesting),
            is_lazy: self.is_lazy || other.is_lazy,
            spread: self.spread.min(other.spread),
        }
    }
    /// One of the two values.
    pub(super) fn or(self, other: Self) -> Self {
        let sum = self.plus(other);
        Self { growth: self.growth.max(other.growth), bytes: self.bytes.max(other.bytes), ..sum }
    }
    pub(super) fn times(self, factor: u32) -> Self {
        Self { growth: self.growth.saturating_mul(factor), bytes: self.bytes.saturating_mul(factor), ..self }
    }
    pub(super) fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }
    pub(super) fn lazy(self) -> Self {
        Self { is_lazy: true, nesting: self.nesting + 1, ..self }
    }
    /// A list or object around it.
    pub(super) fn nested(self) -> Self {
        Self { nesting: self.nesting + 1, ..self }
    }
    /// Something inside of it.
    pub(super) fn part(self) -> Self {
        match self.kind {
            Kind::Number => self,
            _ => self.of(Kind::Any),
        }
    }
}
