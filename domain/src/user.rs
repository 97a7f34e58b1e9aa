//! People: users, memberships and sessions.

use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};
use crate::permission::Role;
use crate::text::is_name;
use crate::time::Timestamp;

/// The fewest characters of a password (NIST SP 800-63B-4, section 3.1.1.2, for a password used alone).
pub const MIN_PASSWORD: usize = 15;
/// The most characters, so that hashing stays cheap.
pub const MAX_PASSWORD: usize = 256;

/// Checks the form of an e-mail address and folds it to the one it is stored under.
pub fn check_email(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let fits = text.len() <= 254
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && !host.contains('@')
        })
        && is_name(&text, 254)
        && !text.chars().any(|c| c.is_whitespace() || "<>\"(),;:\\".contains(c));
    if fits { Ok(text) } else { Err("give an e-mail address such as ada@example.com".into()) }
}

/// Checks the length only: rules on kinds of characters make passwords worse.
pub fn check_password(text: &str) -> Result<(), String> {
    match text.chars().count() {
        MIN_PASSWORD..=MAX_PASSWORD => Ok(()),
        0..MIN_PASSWORD => Err(format!("use at least {MIN_PASSWORD} characters; a sentence does well")),
        _ => Err(format!("use at most {MAX_PASSWORD} characters")),
    }
}

/// A person to add to a project; an existing one keeps name and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// The first password; needed when the person is new here.
    #[serde(default)]
    pub password: String,
}

/// A member of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub is_disabled: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
}

impl Member {
    /// Whether the project can be led by this member.
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::SuperAdmin && !self.is_disabled
    }
}

/// A change of a member; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberPatch {
    pub role: Option<Role>,
    pub is_disabled: Option<bool>,
}

/// A log-in that is still good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    pub id: SessionId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub user_agent: String,
    /// The one that asks.
    pub is_current: bool,
}

/// Who is logged in and what they may do in the project at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub project: String,
    pub role: Role,
    pub projects: Vec<crate::project::Project>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded_and_nonsense_is_refused() {
        assert_eq!(check_email(" Ada@Example.com "), Ok("ada@example.com".into()));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "a@b",
            "a b@example.com",
            "a@example.com@x.org",
            "a<b@example.com",
            "a\u{202E}@example.com",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_length_counts_in_a_password() {
        assert!(check_password("correct horse battery").is_ok());
        assert!(check_password("Sh0rt!").is_err());
        assert!(check_password(&"x".repeat(257)).is_err());
    }
}
