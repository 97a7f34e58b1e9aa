//! API keys: `ppy_<env>_<id>_<secret>`.

use serde::{Deserialize, Serialize};

use crate::ids::ApiKeyId;
use crate::permission::Permission;
use crate::time::Timestamp;

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Fetch what the key's environment serves.
    #[serde(rename = "prompts:read")]
    PromptsRead,
    /// Render, and report outcomes.
    #[serde(rename = "prompts:render")]
    PromptsRender,
    /// Fetch and render any version or label, whatever the key's environment.
    #[serde(rename = "versions:any")]
    VersionsAny,
    /// Read executions with their texts.
    #[serde(rename = "executions:read")]
    ExecutionsRead,
    /// See templates and versions on the admin routes.
    #[serde(rename = "templates:read")]
    TemplatesRead,
    /// Change templates, save versions and propose them.
    #[serde(rename = "templates:write")]
    TemplatesWrite,
}

impl Scope {
    pub const ALL: [Scope; 6] = [
        Self::PromptsRead,
        Self::PromptsRender,
        Self::VersionsAny,
        Self::ExecutionsRead,
        Self::TemplatesRead,
        Self::TemplatesWrite,
    ];
    pub fn name(self) -> &'static str {
        match self {
            Self::PromptsRead => "prompts:read",
            Self::PromptsRender => "prompts:render",
            Self::VersionsAny => "versions:any",
            Self::ExecutionsRead => "executions:read",
            Self::TemplatesRead => "templates:read",
            Self::TemplatesWrite => "templates:write",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|s| s.name()).collect();
            format!("`{text}` is not a scope; use some of {}", names.join(", "))
        })
    }
    /// The permissions that the scope gives.
    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Self::PromptsRead => &[Permission::FetchPrompts],
            Self::PromptsRender => &[Permission::RenderPrompts, Permission::WriteExecutions],
            Self::VersionsAny => &[],
            Self::ExecutionsRead => &[Permission::ReadExecutions],
            Self::TemplatesRead => &[Permission::ReadTemplates],
            Self::TemplatesWrite => &[Permission::WriteTemplates, Permission::ProposeChanges],
        }
    }
}

/// The parts of a key as a caller sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText<'a> {
    pub environment: &'a str,
    /// The public part, by which the key is found.
    pub id: &'a str,
    pub secret: &'a str,
}

/// Takes a key apart; `None` when it doesn't have the form.
pub fn parse_key(text: &str) -> Option<KeyText<'_>> {
    let (environment, rest) = text.strip_prefix("ppy_")?.split_once('_')?;
    let (id, secret) = rest.split_once('_')?;
    let alphanumeric = |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric());
    (id.len() == 12 && secret.len() == 43 && alphanumeric(id) && alphanumeric(secret)).then_some(KeyText {
        environment,
        id,
        secret,
    })
}

/// A key to create.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiKey {
    pub name: String,
    /// `development`, `staging` or `production`.
    pub environment: String,
    pub scopes: Vec<Scope>,
    /// When it stops working; never when absent.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub environment: String,
    /// How the key starts: `ppy_production_4f0c2b7a9d1e`. Enough to recognise it, not to use it.
    pub prefix: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub expires_at: Option<Timestamp>,
    /// Exact to about a minute.
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// A key just made: the only time its text is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    #[serde(flatten)]
    pub key: ApiKey,
    pub secret: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_apart_and_nonsense_is_not() {
        let text = format!("ppy_production_{}_{}", "a".repeat(12), "B".repeat(43));
        let key = parse_key(&text).map(|k| (k.environment, k.id.len(), k.secret.len()));
        assert_eq!(key, Some(("production", 12, 43)));
        for bad in ["", "ppy_", "ppy_production_short_secret", "sk-123", &text[..text.len() - 1], &format!("{text}x")] {
            assert!(parse_key(bad).is_none(), "{bad}");
        }
    }
}
