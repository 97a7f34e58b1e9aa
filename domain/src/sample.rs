//! Sample sets: named values to try a template with, stored beside it. They belong to no version.

use serde::{Deserialize, Serialize};

use crate::error::Problems;
use crate::execution::Variables;
use crate::text::is_name;
use crate::time::Timestamp;

/// The most sets of one template.
pub const MAX_SAMPLES: usize = 50;
/// The most bytes of one set's values, as JSON.
pub const MAX_SAMPLE_BYTES: usize = 64 * 1024;
/// The most characters of a set's name.
pub const MAX_SAMPLE_NAME: usize = 100;

/// A set with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sample {
    pub name: String,
    /// By parameter; whether they fit a version's contract shows when they are tried.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub variables: Variables,
    /// Counts the changes of its values; `ETag` and `If-Match` carry it.
    pub revision: i64,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

/// A row of the list of sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SampleSummary {
    pub name: String,
    /// Bytes of the values.
    pub size: i64,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

/// A set to store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSample {
    /// 1 to 100 characters, without `/`; another than those of the template's other sets.
    pub name: String,
    /// At most 64 KB.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub variables: Variables,
}

/// A stored set and what was noticed on the way: nothing in `warnings` stops it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedSample {
    #[serde(flatten)]
    pub sample: Sample,
    pub warnings: Vec<crate::error::FieldError>,
}

/// What an editor shows of a template's sets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleSets {
    /// In the order of the alphabet.
    pub names: Vec<String>,
    /// The one that was asked for, when there is one.
    pub chosen: Option<Sample>,
}

/// A name that is short, reads as it is written, and is one part of an address.
pub fn check_name(name: &str, problems: &mut Problems) {
    let is_path = name.contains('/') || name.bytes().all(|b| b == b'.');
    let fits = is_name(name, MAX_SAMPLE_NAME) && name.trim() == name && !is_path;
    let rule = format!("use 1 to {MAX_SAMPLE_NAME} visible characters, without `/` and spaces at the ends");
    problems.require(fits, "name", rule);
}

/// Bytes of the values as JSON.
pub fn size(variables: &Variables) -> i64 {
    serde_json::to_string(variables).map_or(i64::MAX, |text| text.len() as i64)
}

/// Values that both engines can store, and not too many.
pub fn check_variables(variables: &Variables, problems: &mut Problems) {
    if size(variables) > MAX_SAMPLE_BYTES as i64 {
        return problems.add("variables", format!("use at most {} KB", MAX_SAMPLE_BYTES / 1024));
    }
    crate::storable::refuse_others(&serde_json::json!({ "variables": variables }), problems);
}

#[cfg(feature = "engine")]
pub use private::warnings;

#[cfg(feature = "engine")]
mod private {
    use serde_json::Value;

    use crate::error::FieldError;
    use crate::execution::Variables;
    use crate::lint::recognise::{personal, secrets};

    /// The most values that are told of: after that the rest is noise.
    const MAX_WARNINGS: usize = 20;

    /// Values that look like a secret or tell of a person: whoever may read the template sees them.
    pub fn warnings(variables: &Variables) -> Vec<FieldError> {
        let mut found = Vec::new();
        variables.iter().for_each(|(name, value)| see(value, &format!("variables.{name}"), &mut found));
        found.truncate(MAX_WARNINGS);
        found
    }

    fn see(value: &Value, path: &str, found: &mut Vec<FieldError>) {
        match value {
            Value::String(text) => {
                if let Some(first) = secrets(text).into_iter().chain(personal(text)).next() {
                    let seen = "all who may read the template see it; use a made-up value";
                    found.push(FieldError::new(path, format!("holds {}: {seen}", first.entity.name())));
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| see(item, &format!("{path}[{i}]"), found));
            }
            Value::Object(map) => map.iter().for_each(|(key, item)| see(item, &format!("{path}.{key}"), found)),
            _ => {}
        }
    }
}

/// Values under the new names of their parameters. A name that has a value already keeps it, and the old one stays as well.
pub fn renamed(variables: &Variables, renames: &[(String, String)]) -> Variables {
    let name = |old: &String| {
        let new = renames.iter().find(|(from, to)| from == old && !variables.contains_key(to));
        new.map_or(old, |(_, to)| to).clone()
    };
    variables.iter().map(|(old, value)| (name(old), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_an_address() {
        let wrong = |name: &str| {
            let mut problems = Problems::default();
            check_name(name, &mut problems);
            !problems.0.is_empty()
        };
        assert!(!wrong("First contact, nothing known yet"));
        for name in ["", " a", "a/b", ".", "..", "a\u{202e}b", "a\n", &"x".repeat(101)] {
            assert!(wrong(name), "{name:?}");
        }
    }

    #[cfg(feature = "engine")]
    #[test]
    fn secrets_and_people_are_told_wherever_they_stand() {
        let value = serde_json::json!({
            "turns": [{"content": "write to grace.hopper@navy.mil"}],
            "key": "AKIAIOSFODNN7EXAMPLE",
            "fine": "ada@example.com",
        });
        let variables = value.as_object().cloned().unwrap_or_default();
        let mut fields: Vec<_> = warnings(&variables).into_iter().map(|w| w.field).collect();
        fields.sort();
        assert_eq!(fields, ["variables.key", "variables.turns[0].content"]);
    }
}
