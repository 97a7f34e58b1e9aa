//! Three-way merge of version contents: what two people made of the same version, put together.
//!
//! What only one of them changed is taken; what both changed the same way is taken once; where they differ there is a
//! conflict, and the merged content holds *ours* until someone decides.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::version::VersionContent;

mod layout;
mod messages;
mod parameters;
mod regions;
mod text;

/// Both contents in one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    pub content: VersionContent,
    /// Empty when nothing is left to decide.
    pub conflicts: Vec<Conflict>,
}

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

/// Merges what became of `base` on two sides.
pub fn merge(base: &VersionContent, ours: &VersionContent, theirs: &VersionContent) -> Merged {
    let mut conflicts = Vec::new();
    let messages = unless_plain(&base.messages, &ours.messages, &theirs.messages)
        .unwrap_or_else(|| messages::merge(&base.messages, &ours.messages, &theirs.messages, &mut conflicts));
    let parameters = unless_plain(&base.parameters, &ours.parameters, &theirs.parameters)
        .unwrap_or_else(|| parameters::merge(&base.parameters, &ours.parameters, &theirs.parameters, &mut conflicts));
    let config = unless_plain(&base.config, &ours.config, &theirs.config)
        .unwrap_or_else(|| fields(&base.config, &ours.config, &theirs.config, "config", &mut conflicts));
    Merged { content: VersionContent { messages, parameters, config }, conflicts }
}

/// What a merge makes of three values that are not looked into; none when both sides changed it, each its own way.
fn unless_plain<T: PartialEq + Clone>(base: &T, ours: &T, theirs: &T) -> Option<T> {
    if ours == theirs || base == theirs {
        Some(ours.clone())
    } else if base == ours {
        Some(theirs.clone())
    } else {
        None
    }
}

/// Merges the entries of three objects by name, each as a whole.
fn fields(
    base: &Map<String, Value>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
    field: &str,
    conflicts: &mut Vec<Conflict>,
) -> Map<String, Value> {
    let mut merged = Map::new();
    let added = theirs.keys().filter(|name| !ours.contains_key(*name));
    for name in ours.keys().chain(added) {
        let all = (base.get(name), ours.get(name), theirs.get(name));
        let value = unless_plain(&all.0, &all.1, &all.2).unwrap_or_else(|| {
            let text = |value: Option<&Value>| value.map(Value::to_string);
            let (base, ours, theirs) = (text(all.0), text(all.1), text(all.2));
            conflicts.push(Conflict { field: format!("{field}.{name}"), line: None, base, ours, theirs });
            all.1
        });
        merged.extend(value.map(|value| (name.clone(), value.clone())));
    }
    merged
}
