//! Names that mean nothing, and the names that were perhaps meant: one source for what is said and for the quick fix.

use std::ops::Range;

use crate::contract::unknown_parameter;
use crate::text::nearest;

/// What a name was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    Parameter,
    Filter,
    Test,
    Function,
    Statement,
}

impl Meant {
    fn word(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Filter => "filter",
            Self::Test => "test",
            Self::Function => "function",
            Self::Statement => "statement",
        }
    }
}

/// A name that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// The byte that the problem names.
    pub(crate) at: usize,
    pub(crate) meant: Meant,
    pub(crate) name: String,
    /// The known name that was perhaps meant.
    pub(crate) near: Option<String>,
}

impl Unknown {
    pub(super) fn new<'a>(at: usize, meant: Meant, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self { at, meant, name: name.to_owned(), near: nearest(name, known).map(str::to_owned) }
    }

    pub(crate) fn message(&self) -> String {
        let Self { meant, name, near, .. } = self;
        match (meant, near) {
            (Meant::Parameter, near) => unknown_parameter(name, near.as_deref(), "add it to the contract"),
            (meant, Some(near)) => format!("there is no {} `{name}`; did you mean `{near}`?", meant.word()),
            (meant, None) => format!("there is no {} `{name}`", meant.word()),
        }
    }

    /// Bytes of the name in the text. The name of a filter in `map('upper')` stands a little behind the problem's place.
    pub(crate) fn place(&self, text: &str) -> Option<Range<usize>> {
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let is_alone = |at: usize| {
            let end = at + self.name.len();
            let before = text.as_bytes().get(at.wrapping_sub(1)).is_some_and(|b| is_word(*b));
            !before && !text.as_bytes().get(end).is_some_and(|b| is_word(*b))
        };
        let rest = text.get(self.at..)?;
        let found = rest.match_indices(self.name.as_str()).map(|(i, _)| self.at + i).find(|at| is_alone(*at))?;
        Some(found..found + self.name.len())
    }
}
