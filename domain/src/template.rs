//! Templates: the governed, named prompts of a project.

use serde::{Deserialize, Serialize};

use crate::error::{Problems, Result};
use crate::ids::TemplateId;
use crate::label::PRODUCTION;
use crate::time::Timestamp;
use crate::version::{Message, ModelConfig, Parameter, VersionContent};

/// Path words of the REST routes; a template of such a key could not be fetched.
pub const RESERVED_KEYS: [&str; 12] = [
    "templates",
    "batch",
    "render",
    "execute",
    "guardrails",
    "experiments",
    "performance",
    "executions",
    "violations",
    "new",
    "search",
    "bulk",
];
/// Kinds the product knows; the list is open.
pub const KINDS: [&str; 4] = ["conversation_coaching", "single_shot", "kpi_system", "fragment"];

/// A template's name in URLs, code and composition: `^[a-z0-9_]{1,64}$`, not a reserved word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateKey(String);

impl TemplateKey {
    pub fn parse(text: &str) -> Result<Self, String> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            return Err("use 1 to 64 lower-case letters, digits and underscores".into());
        }
        if RESERVED_KEYS.contains(&text) {
            return Err(format!("`{text}` is a word of the API's paths; choose another key"));
        }
        Ok(Self(text.to_owned()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl std::fmt::Display for TemplateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What describes a template beside its versions; every field may change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateFields {
    pub display_name: String,
    /// `conversation_coaching`, `single_shot`, `kpi_system`, `fragment`, or a word of your own.
    pub kind: String,
    #[serde(default)]
    pub category: String,
    /// Slash path such as `rationale/kpi`; empty for the top.
    #[serde(default)]
    pub folder: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who answers for it: an e-mail address or a team's name.
    #[serde(default)]
    pub owner: String,
    /// Smaller comes first.
    #[serde(default)]
    pub display_order: i64,
    /// The date (`YYYY-MM-DD`) by which somebody should look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<String>,
}

impl TemplateFields {
    /// Checks each field and brings tags and folder into their one form.
    pub fn check(mut self, problems: &mut Problems) -> Self {
        self.display_name = self.display_name.trim().to_owned();
        problems.require(
            crate::text::is_name(&self.display_name, 120),
            "display_name",
            "give a name of 1 to 120 characters, without control characters",
        );
        problems.require(is_word(&self.kind, 64), "kind", "use 1 to 64 lower-case letters, digits and underscores");
        let category_fits = self.category.is_empty() || is_word(&self.category, 64);
        problems.require(category_fits, "category", "use at most 64 lower-case letters, digits and underscores");
        problems.require(self.description.chars().count() <= 2_000, "description", "use at most 2,000 characters");
        problems.require(self.owner.chars().count() <= 200, "owner", "use at most 200 characters");
        problems.require(
            (-1_000_000..=1_000_000).contains(&self.display_order),
            "display_order",
            "use a number between -1,000,000 and 1,000,000",
        );
        self.folder = self.folder.trim_matches('/').to_owned();
        let folder_fits = self.folder.len() <= 200
            && (self.folder.is_empty() || self.folder.split('/').all(|part| is_slug(part, 64)));
        problems.require(
            folder_fits,
            "folder",
            "use a path such as `rationale/kpi`: lower-case letters, digits, `_` and `-` between slashes",
        );
        self.tags = self.tags.iter().map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty()).collect();
        self.tags.sort();
        self.tags.dedup();
        problems.require(
            self.tags.len() <= 20 && self.tags.iter().all(|t| is_slug(t, 40)),
            "tags",
            "use at most 20 tags of lower-case letters, digits, `_` and `-`, 40 characters each",
        );
        let review_fits = self.review_by.as_deref().is_none_or(|d| Timestamp::parse(&format!("{d}T00:00:00Z")).is_ok());
        problems.require(review_fits, "review_by", "use a date such as 2027-01-31");
        self
    }
}

fn is_word(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
fn is_slug(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// A template to create, with its first version when it has any content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTemplate {
    pub key: String,
    #[serde(flatten)]
    pub fields: TemplateFields,
    #[serde(default)]
    pub messages: Vec<Message>,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: ModelConfig,
    /// Why this first version is as it is.
    #[serde(default)]
    pub commit_message: String,
}

impl NewTemplate {
    pub fn content(&self) -> VersionContent {
        VersionContent {
            messages: self.messages.clone(),
            parameters: self.parameters.clone(),
            config: self.config.clone(),
        }
    }
}

/// A change of a template's fields; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplatePatch {
    pub display_name: Option<String>,
    pub kind: Option<String>,
    pub category: Option<String>,
    pub folder: Option<String>,
    pub description: Option<String>,
    pub tags: Option<Vec<String>>,
    pub owner: Option<String>,
    pub display_order: Option<i64>,
    pub review_by: Option<String>,
    pub is_archived: Option<bool>,
}

impl TemplatePatch {
    pub fn apply(self, to: TemplateFields) -> TemplateFields {
        TemplateFields {
            display_name: self.display_name.unwrap_or(to.display_name),
            kind: self.kind.unwrap_or(to.kind),
            category: self.category.unwrap_or(to.category),
            folder: self.folder.unwrap_or(to.folder),
            description: self.description.unwrap_or(to.description),
            tags: self.tags.unwrap_or(to.tags),
            owner: self.owner.unwrap_or(to.owner),
            display_order: self.display_order.unwrap_or(to.display_order),
            review_by: self.review_by.or(to.review_by).filter(|d| !d.is_empty()),
        }
    }
}

/// A label and the version it points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelTarget {
    pub label: String,
    pub version: i64,
}

/// A template with what serves where; its versions are read apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Template {
    pub id: TemplateId,
    pub key: String,
    #[serde(flatten)]
    pub fields: TemplateFields,
    /// Number of the newest version; 0 before there is one.
    pub latest_version: i64,
    pub labels: Vec<LabelTarget>,
    pub is_archived: bool,
    /// Counts every change of the template, its versions and labels; the ETag of writes.
    pub revision: i64,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

impl Template {
    pub fn version_on(&self, label: &str) -> Option<i64> {
        self.labels.iter().find(|l| l.label == label).map(|l| l.version)
    }

    /// The version that callers meet: that of production, or else the latest.
    pub fn met_by_callers(&self) -> i64 {
        self.version_on(PRODUCTION).unwrap_or(self.latest_version)
    }
}

/// A row of the template list.
pub type TemplateSummary = Template;

/// How a template list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateSort {
    /// By key.
    #[default]
    Key,
    /// By display name.
    Name,
    /// By display order, then key.
    Order,
    /// Newest change first.
    Updated,
    /// What fits the search best, then by key.
    Relevance,
}

impl TemplateSort {
    pub const ALL: [TemplateSort; 5] = [Self::Key, Self::Name, Self::Order, Self::Updated, Self::Relevance];
    /// An empty text is the default.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|s| s.name() == text);
        named
            .or((text.is_empty()).then_some(Self::Key))
            .ok_or_else(|| "use key, name, order, updated or relevance".into())
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Name => "name",
            Self::Order => "order",
            Self::Updated => "updated",
            Self::Relevance => "relevance",
        }
    }
}

/// Which templates to list; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateFilter {
    /// Words of key, name, description, tags, messages and commit messages, as [`crate::search::Query`] reads them; or a
    /// part of key, name or description.
    pub search: String,
    pub kind: String,
    pub category: String,
    pub tag: String,
    /// Templates that have this label.
    pub label: String,
    pub folder: String,
    /// Also those that are archived.
    pub with_archived: bool,
    pub sort: TemplateSort,
}

/// Values to offer in the list's filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFacets {
    pub kinds: Vec<String>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    pub labels: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_lower_case_words_that_no_route_uses() {
        for good in ["a", "core_values", "0", "kpi_2026"] {
            assert!(TemplateKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Core", "core-values", "batch", "é", "a b", &"a".repeat(65)] {
            assert!(TemplateKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let mut problems = Problems::default();
        let fields = TemplateFields {
            kind: "Big Kind".into(),
            folder: "a//b".into(),
            tags: vec!["ok".into(), "not ok".into()],
            review_by: Some("soon".into()),
            ..TemplateFields::default()
        };
        fields.check(&mut problems);
        let names: Vec<_> = problems.0.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(names, ["display_name", "kind", "folder", "tags", "review_by"]);
    }

    #[test]
    fn tags_and_folders_have_one_form() {
        let mut problems = Problems::default();
        let fields = TemplateFields {
            display_name: " Core values ".into(),
            kind: "single_shot".into(),
            folder: "/rationale/kpi/".into(),
            tags: vec!["B".into(), "a".into(), "b ".into()],
            ..TemplateFields::default()
        };
        let fields = fields.check(&mut problems);
        assert!(problems.0.is_empty(), "{problems:?}");
        assert_eq!((fields.display_name.as_str(), fields.folder.as_str()), ("Core values", "rationale/kpi"));
        assert_eq!(fields.tags, ["a", "b"]);
    }
}
