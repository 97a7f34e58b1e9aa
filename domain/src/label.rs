//! Labels: movable pointers from a name to a version, with history.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What is served to nobody but who works on it.
pub const DEVELOPMENT: &str = "development";
/// The label that production keys and JWTs read.
pub const PRODUCTION: &str = "production";
/// The newest version, whatever the labels say; it can't be moved.
pub const LATEST: &str = "latest";
/// The labels that are environments: an API key belongs to one of them.
pub const ENVIRONMENTS: [&str; 3] = [DEVELOPMENT, "staging", PRODUCTION];

/// Checks `^[a-z][a-z0-9_-]{0,31}$`; `latest` can't be moved.
pub fn check_label(text: &str) -> Result<(), String> {
    let fits = (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    match (fits, text) {
        (_, LATEST) => Err("`latest` always is the newest version and can't be moved".into()),
        (false, _) => Err("use 1 to 32 lower-case letters, digits, `_` and `-`, starting with a letter".into()),
        (true, _) => Ok(()),
    }
}

/// One move of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelEvent {
    pub label: String,
    /// Where it pointed before; 0 for nowhere.
    pub from_version: i64,
    /// Where it points now; 0 when it was taken away.
    pub to_version: i64,
    /// SHA-256 over the resolved closure: what exactly is served.
    pub effective_hash: String,
    pub reason: String,
    pub at: Timestamp,
    pub actor: String,
    /// The number of the change request that it came by; none where it needed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<i64>,
}

/// Where to move a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelMove {
    pub label: String,
    pub version: i64,
    #[serde(default)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::check_label;

    #[test]
    fn labels_are_short_words_and_latest_is_not_one_of_them() {
        for good in ["production", "canary-2", "a"] {
            assert_eq!(check_label(good), Ok(()), "{good}");
        }
        for bad in ["", "2nd", "Prod", "latest", "a b", &"a".repeat(33)] {
            assert!(check_label(bad).is_err(), "{bad}");
        }
    }
}
