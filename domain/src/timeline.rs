//! What happened to a template, from several sources in one stream: its versions and the moves of its labels.
//!
//! A new kind of entry is one more variant of [`TimelineEntry`], [`EntryKind`] and [`What`], and one more source in
//! `service::timeline`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::label::LabelEvent;
use crate::performance::VersionOutcomes;
use crate::time::Timestamp;
use crate::version::VersionSummary;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "a page has fifty at most, most of them versions")
)]
pub enum TimelineEntry {
    /// A version was saved.
    Version(VersionEntry),
    /// A label was moved.
    LabelMove(MoveEntry),
}

/// A version and how it fared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionEntry {
    #[serde(flatten)]
    pub version: VersionSummary,
    /// Absent for somebody who may not see figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<VersionOutcomes>,
}

/// A move of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveEntry {
    #[serde(flatten)]
    pub event: LabelEvent,
    /// It went back to an older version.
    pub is_rollback: bool,
}

impl From<LabelEvent> for MoveEntry {
    fn from(event: LabelEvent) -> Self {
        let is_rollback = event.to_version > 0 && event.to_version < event.from_version;
        Self { event, is_rollback }
    }
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EntryKind {
    Version,
    LabelMove,
}

impl EntryKind {
    pub const ALL: [EntryKind; 2] = [Self::Version, Self::LabelMove];
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::LabelMove => "label_move",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(" or ");
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| format!("use {names}"))
    }
}

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineFilter {
    /// None for all kinds.
    pub kind: Option<EntryKind>,
    /// The moves of this label alone; empty for all.
    pub label: String,
}

impl TimelineFilter {
    /// Whether entries of a kind are wanted.
    pub fn wants(&self, kind: EntryKind) -> bool {
        let is_of_a_label = kind == EntryKind::LabelMove;
        self.kind.is_none_or(|wanted| wanted == kind) && (self.label.is_empty() || is_of_a_label)
    }
}

/// A label that ever pointed somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelNow {
    pub label: String,
    /// Where it points; 0 for nowhere.
    pub version: i64,
    /// Its last move.
    pub since: Timestamp,
}

/// The lint score of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionScore {
    pub version: i64,
    /// From 0 to 100, as at its save.
    pub score: i64,
}

/// A page of a template's timeline, and what it is read with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timeline {
    /// Newest first.
    pub items: Vec<TimelineEntry>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// By name.
    pub labels: Vec<LabelNow>,
    /// Of the newest versions, the oldest of them first.
    pub scores: Vec<VersionScore>,
}

/// The place of an entry in the stream: later is greater. Two of one moment have an order too, so that a page can end
/// between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub at: Timestamp,
    pub what: What,
}

/// An entry among those of its moment: a label moves to a version that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// By number.
    Version(i64),
    /// By id.
    Move(Uuid),
}

impl Place {
    /// After all entries.
    pub const END: Place = Place { at: Timestamp(i64::MAX), what: What::Move(Uuid::max()) };

    /// Moment and number that versions before this place are below.
    pub fn above_versions(&self) -> (i64, i64) {
        match self.what {
            What::Version(number) => (self.at.0, number),
            What::Move(_) => (self.at.0, i64::MAX),
        }
    }
    /// Moment and id that moves before this place are below.
    pub fn above_moves(&self) -> (i64, Uuid) {
        match self.what {
            What::Version(_) => (self.at.0, Uuid::nil()),
            What::Move(id) => (self.at.0, id),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.what {
            What::Version(number) => write!(f, "{}|version|{number}", self.at.0),
            What::Move(id) => write!(f, "{}|move|{id}", self.at.0),
        }
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '|');
        let mut part = || parts.next().ok_or(());
        let (at, kind, which) = (part()?, part()?, part()?);
        let what = match kind {
            "version" => What::Version(which.parse().map_err(drop)?),
            "move" => What::Move(which.parse().map_err(drop)?),
            _ => return Err(()),
        };
        Ok(Self { at: Timestamp(at.parse().map_err(drop)?), what })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn what() -> impl Strategy<Value = What> {
        prop_oneof![(0_i64..5).prop_map(What::Version), (0_u128..5).prop_map(|n| What::Move(Uuid::from_u128(n)))]
    }
    fn place() -> impl Strategy<Value = Place> {
        (0_i64..4, what()).prop_map(|(at, what)| Place { at: Timestamp(at), what })
    }

    proptest! {
        #[test]
        fn a_place_is_read_back(place in place()) {
            prop_assert_eq!(place.to_string().parse(), Ok(place));
        }

        /// What the queries of the sources ask for is what the order says.
        #[test]
        fn the_bounds_of_each_source_cut_where_the_order_does(cut in place(), entry in place()) {
            let is_below = match entry.what {
                What::Version(number) => (entry.at.0, number) < cut.above_versions(),
                What::Move(id) => (entry.at.0, id) < cut.above_moves(),
            };
            prop_assert_eq!(is_below, entry < cut);
        }
    }

    #[test]
    fn nonsense_is_no_place() {
        for text in ["", "1", "1|version", "1|incident|2", "x|version|1", "1|move|1"] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_label_asks_for_its_moves_only() {
        let of = |kind, label: &str| {
            let filter = TimelineFilter { kind, label: label.to_owned() };
            EntryKind::ALL.map(|kind| filter.wants(kind))
        };
        assert_eq!(of(None, ""), [true, true]);
        assert_eq!(of(None, "staging"), [false, true]);
        assert_eq!(of(Some(EntryKind::Version), ""), [true, false]);
    }
}
