//! A merge that a person decides: plain types that pages show; `merge` fills them in.

use serde::{Deserialize, Serialize};

use crate::comparison::Comparison;
use crate::template::Template;
use crate::time::Timestamp;

/// Where the two differ. None for a text means that there is nothing on that side; lines come without the last one's end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field of the merged content, such as `messages[0].content`; `messages` or `parameters` for one that *ours* or
    /// *theirs* took away, or for the order.
    pub field: String,
    /// Where the lines of *ours* start in the field's text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    pub base: Option<String>,
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

/// What a conflict is about, and so what can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Lines of a text.
    Lines,
    /// One value, written as JSON.
    Value,
    /// Who speaks a message.
    Role,
    /// Whether a message or parameter is there.
    Presence,
    /// In which order the messages stand.
    Order,
}

impl Conflict {
    pub fn matter(&self) -> Matter {
        let is_list = self.field == "messages" || self.field == "parameters";
        if is_list && self.ours.is_some() && self.theirs.is_some() {
            Matter::Order
        } else if is_list {
            Matter::Presence
        } else if self.field.ends_with("].role") {
            Matter::Role
        } else if self.line.is_some() {
            Matter::Lines
        } else {
            Matter::Value
        }
    }

    /// Whether this can be decided that way.
    pub fn allows(&self, take: Take) -> bool {
        match take {
            Take::Ours | Take::Theirs => true,
            Take::Both => matches!(self.matter(), Matter::Lines | Matter::Order),
            Take::Edit => matches!(self.matter(), Matter::Lines | Matter::Value),
        }
    }

    /// The same conflict has the same id in another merge, wherever in the content it stands there: a choice made once
    /// holds when a newer version comes in between.
    pub fn id(&self) -> String {
        let field: String = self.field.chars().filter(|c| !c.is_ascii_digit()).collect();
        // FNV-1a; a byte that no text has keeps the parts apart, and what is not there from what is empty.
        let parts = [Some(&field), self.base.as_ref(), self.ours.as_ref(), self.theirs.as_ref()];
        let bytes = parts.into_iter().flat_map(|part| {
            part.map_or(&[0xfe][..], |text| text.as_bytes()).iter().copied().chain(std::iter::once(0xff))
        });
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

/// Which side a conflict is decided for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    Ours,
    Theirs,
    /// Ours, and theirs behind it.
    Both,
    /// What is typed instead.
    Edit,
}

impl Take {
    pub const ALL: [Take; 4] = [Self::Ours, Self::Theirs, Self::Both, Self::Edit];
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Both => "both",
            Self::Edit => "edit",
        }
    }
    /// None for a word that is none of these, as where nothing is chosen yet.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|take| take.name() == text)
    }
}

/// How a person decides one conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The conflict's id, and its number among those with the same one, from 0.
    pub conflict: (String, usize),
    pub take: Take,
    /// For [`Take::Edit`].
    pub text: String,
}

/// A merge as it was shown, and how it is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMerge {
    /// The newest version that was shown.
    pub theirs: i64,
    /// The draft's revision that was shown.
    pub draft: i64,
    pub choices: Vec<Choice>,
    pub commit_message: String,
}

/// A conflict, and how it is decided so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub conflict: Conflict,
    /// As [`Choice::conflict`].
    pub id: (String, usize),
    pub choice: Option<Choice>,
    /// Why the choice decides nothing.
    pub problem: Option<String>,
}

/// A draft, the version that it was written from and the newest one, put together as far as is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merging {
    pub template: Template,
    /// The version that both sides come from; 0 when there was none.
    pub base: i64,
    /// The newest version.
    pub theirs: Side,
    /// When the draft was kept, and its revision.
    pub kept_at: Timestamp,
    pub draft: i64,
    pub conflicts: Vec<Open>,
    /// From the draft to the merged text: what the newest version brings in.
    pub brought_in: Comparison,
    /// From the newest version to the merged text: what a save changes.
    pub result: Comparison,
}

/// The version of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub number: i64,
    pub created_by: String,
    pub created_at: Timestamp,
    pub commit_message: String,
}

impl Merging {
    /// How many conflicts nobody has decided yet.
    pub fn undecided(&self) -> usize {
        self.conflicts.iter().filter(|open| open.choice.is_none() || open.problem.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict(field: &str, ours: Option<&str>, theirs: Option<&str>) -> Conflict {
        let (ours, theirs) = (ours.map(str::to_owned), theirs.map(str::to_owned));
        Conflict { field: field.into(), line: None, base: Some("base".into()), ours, theirs }
    }

    #[test]
    fn what_can_be_chosen_follows_from_what_it_is_about() {
        let lines = Conflict { line: Some(3), ..conflict("messages[0].content", Some("a"), None) };
        let allowed = |c: &Conflict| Take::ALL.into_iter().filter(|t| c.allows(*t)).map(Take::name).collect::<Vec<_>>();
        assert_eq!(allowed(&lines), ["ours", "theirs", "both", "edit"]);
        assert_eq!(allowed(&conflict("config.model", Some("1"), Some("2"))), ["ours", "theirs", "edit"]);
        assert_eq!(allowed(&conflict("messages[1].role", Some("user"), Some("system"))), ["ours", "theirs"]);
        assert_eq!(allowed(&conflict("messages", Some("a"), None)), ["ours", "theirs"]);
        assert_eq!(allowed(&conflict("messages", Some("a"), Some("b"))), ["ours", "theirs", "both"]);
    }

    #[test]
    fn the_id_is_of_the_texts_and_not_of_the_place() {
        let at = |field: &str| conflict(field, Some("a"), Some("b")).id();
        assert_eq!(at("messages[0].content"), at("messages[12].content"));
        assert_ne!(at("messages[0].content"), at("config.model"));
        assert_ne!(conflict("messages", None, Some("")).id(), conflict("messages", Some(""), None).id());
    }
}
