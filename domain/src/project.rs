//! Projects: the tenant boundary.

use serde::{Deserialize, Serialize};

use crate::ids::ProjectId;
use crate::permission::Role;
use crate::time::Timestamp;

/// The project that exists from the start.
pub const DEFAULT: &str = "default";

/// Checks `^[a-z0-9][a-z0-9-]{0,39}$`.
pub fn check_key(text: &str) -> Result<(), String> {
    let fits = (1..=40).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err("use 1 to 40 lower-case letters, digits and `-`, not starting with `-`".into()) }
}

/// A project to create.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewProject {
    pub key: String,
    pub name: String,
}

/// A project as the person who asks sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    pub id: ProjectId,
    pub key: String,
    pub name: String,
    /// What the asking person is in it.
    pub role: Role,
    pub created_at: Timestamp,
}
