//! Versions: immutable snapshots of messages, contract and model settings; and the draft before them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Problems;
use crate::ids::{TemplateId, VersionId};
use crate::template::Template;
use crate::time::Timestamp;

/// The most bytes of one message's text.
pub const MAX_MESSAGE_BYTES: usize = 50 * 1024;
/// The most messages of a version.
pub const MAX_MESSAGES: usize = 20;
/// The most parameters of a contract.
pub const MAX_PARAMETERS: usize = 50;

/// Model and its settings; open, the known fields are typed (see [`check_config`]).
pub type ModelConfig = Map<String, Value>;

/// Who speaks a message: the *prompt type* of the topic routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageRole {
    #[default]
    System,
    User,
    Assistant,
    Function,
}

impl MessageRole {
    pub const ALL: [MessageRole; 4] = [Self::System, Self::User, Self::Assistant, Self::Function];
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Function => "function",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|r| r.name() == text)
            .ok_or_else(|| format!("`{text}` is not a role; use system, user, assistant or function"))
    }
}

/// One prompt of a template: a role and a Jinja2 text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    pub role: MessageRole,
    pub content: String,
}

/// The type of a parameter's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ParameterType {
    #[default]
    String,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
}

impl ParameterType {
    pub const ALL: [ParameterType; 6] =
        [Self::String, Self::Number, Self::Integer, Self::Boolean, Self::Array, Self::Object];
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|t| t.name() == text)
            .ok_or_else(|| format!("`{text}` is not a type; use string, number, integer, boolean, array or object"))
    }
}

/// One typed input of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parameter {
    /// `^[a-z0-9_]+$`, at most 64 characters.
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ParameterType,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Used when a render leaves the parameter out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub default: Option<Value>,
    /// The only values allowed.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub one_of: Vec<Value>,
    /// Least value of a number, least length of a string or array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest value of a number, greatest length of a string or array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Regular expression that the whole of a string must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// What a version holds: messages, contract and model settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionContent {
    #[serde(default)]
    pub messages: Vec<Message>,
    /// The contract.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: ModelConfig,
}

impl VersionContent {
    pub fn message(&self, role: MessageRole) -> Option<&Message> {
        self.messages.iter().find(|m| m.role == role)
    }
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

/// A version to save.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewVersion {
    #[serde(flatten)]
    pub content: VersionContent,
    /// The version it was written from; 0 for none.
    #[serde(default)]
    pub parent: i64,
    #[serde(default)]
    pub commit_message: String,
}

/// A saved version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    pub id: VersionId,
    pub template_id: TemplateId,
    pub number: i64,
    #[serde(flatten)]
    pub content: VersionContent,
    /// SHA-256 of the canonical content, lower-case hex.
    pub content_hash: String,
    pub parent: i64,
    pub commit_message: String,
    pub created_at: Timestamp,
    pub created_by: String,
    /// Labels that point here now.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A row of the version list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionSummary {
    pub number: i64,
    pub content_hash: String,
    pub parent: i64,
    pub commit_message: String,
    pub created_at: Timestamp,
    pub created_by: String,
    pub labels: Vec<String>,
    /// What lint left of 100 at its save; absent until it is counted for a version from before there was lint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint_score: Option<i64>,
}

/// The one mutable working copy of a template per author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    #[serde(flatten)]
    pub content: VersionContent,
    /// The version it started from; 0 for none.
    pub parent: i64,
    /// The newest version when it was begun; 0 for none.
    pub onto: i64,
    pub updated_at: Timestamp,
}

/// What an author has typed, to be kept as the draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewDraft {
    pub content: VersionContent,
    /// The version it started from; 0 for none.
    pub parent: i64,
    /// The newest version when it was begun; 0 for none.
    pub onto: i64,
    /// The draft's revision as the author last saw it, 0 before there ever was one; none to write over whatever there is.
    pub revision: Option<i64>,
}

/// When a draft was kept, and which revision it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub at: Timestamp,
    pub revision: i64,
}

/// All that an editor opens with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub template: Template,
    /// The version to start from, unless there is none yet.
    pub base: Option<Version>,
    /// The asking person's.
    pub draft: Option<Draft>,
    /// How often that draft was kept, thrown away or made a version; 0 before there ever was one.
    pub draft_revision: i64,
}

/// A saved version and what was noticed on the way: nothing in `warnings` stops the save.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Saved {
    pub version: Version,
    pub warnings: Vec<crate::error::FieldError>,
}

/// Checks the settings that Promptory itself reads; others pass unread.
pub fn check_config(config: &ModelConfig, problems: &mut Problems) {
    for (name, value) in config {
        let wrong = match name.as_str() {
            "model" | "default_model" | "provider" => (!value.is_string()).then_some("use a text"),
            "temperature" => outside(value, 0.0, 2.0).then_some("use a number from 0 to 2"),
            "top_p" => outside(value, 0.0, 1.0).then_some("use a number from 0 to 1"),
            "max_tokens" | "max_turns" => value.as_i64().is_none_or(|n| n <= 0).then_some("use a whole number above 0"),
            "supports_streaming" => (!value.is_boolean()).then_some("use true or false"),
            _ => None,
        };
        if let Some(message) = wrong {
            problems.add(format!("config.{name}"), message);
        }
    }
    let size = config.iter().map(|(k, v)| k.len() + v.to_string().len()).sum::<usize>();
    problems.require(size <= 16 * 1024, "config", "use at most 16 KB");
}

fn outside(value: &Value, from: f64, to: f64) -> bool {
    value.as_f64().is_none_or(|n| !(from..=to).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_is_written_as_the_seed_documents_write_it() {
        let parameter = Parameter { name: "kpi_value".into(), required: true, ..Parameter::default() };
        let parameter = Parameter { kind: ParameterType::Number, ..parameter };
        assert_eq!(
            serde_json::to_string(&parameter).unwrap_or_default(),
            r#"{"name":"kpi_value","type":"number","required":true}"#
        );
    }

    #[test]
    fn known_settings_are_typed_and_others_pass() {
        let config = json!({"model": 5, "temperature": 3, "max_turns": 0, "supports_streaming": "yes", "x": [1]});
        let mut problems = Problems::default();
        check_config(config.as_object().unwrap_or(&Map::new()), &mut problems);
        let names: Vec<_> = problems.0.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(names, ["config.model", "config.temperature", "config.max_turns", "config.supports_streaming"]);
    }
}
