//! Template records: templates as two integrations shape them on the wire.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::error::FieldError;
use crate::ids::TemplateId;
use crate::template::TemplatePatch;
use crate::version::{Message, MessageRole, ModelConfig, Parameter, ParameterType, VersionContent};

/// A template with the text of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateRecord {
    pub id: TemplateId,
    /// The template's key.
    pub name: String,
    pub display_name: String,
    pub category: String,
    pub description: String,
    /// All messages' texts, joined by a blank line.
    pub template_text: String,
    pub messages: Vec<Message>,
    /// Names of the required parameters.
    pub variables: Vec<String>,
    pub parameters: Vec<Parameter>,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: ModelConfig,
    pub version: i64,
    /// `production` points here.
    pub is_active: bool,
    /// The version that `production` points to.
    pub active_version: Option<i64>,
    pub is_archived: bool,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    /// What was noticed at a save, such as a declared parameter that nothing uses. It stops nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FieldError>,
}

/// A template record to create or change. What is absent stays, or is empty in a new one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordPatch {
    /// The template's key; only in a new one.
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub kind: Option<String>,
    pub category: Option<String>,
    pub description: Option<String>,
    pub folder: Option<String>,
    pub tags: Option<Vec<String>>,
    /// The text of a template with a single message; use `messages` for more.
    pub template_text: Option<String>,
    pub messages: Option<Vec<Message>>,
    /// Names of required string parameters; use `parameters` for types and the rest.
    pub variables: Option<Vec<String>>,
    pub parameters: Option<Vec<Parameter>>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub config: Option<ModelConfig>,
    pub commit_message: String,
}

impl RecordPatch {
    /// The content after the change. A single text keeps the role of the single message it replaces; a new one is the
    /// user's.
    pub fn content(&self, before: &VersionContent) -> VersionContent {
        let role = match before.messages.as_slice() {
            [only] => only.role,
            _ => MessageRole::User,
        };
        let single = self.template_text.clone().map(|content| vec![Message { role, content }]);
        VersionContent {
            messages: self.messages.clone().or(single).unwrap_or_else(|| before.messages.clone()),
            parameters: self.contract().unwrap_or_else(|| before.parameters.clone()),
            config: self.config.clone().unwrap_or_else(|| before.config.clone()),
        }
    }

    /// The change of what describes the template beside its versions.
    pub fn fields(&self) -> TemplatePatch {
        TemplatePatch {
            display_name: self.display_name.clone(),
            kind: self.kind.clone(),
            category: self.category.clone(),
            description: self.description.clone(),
            folder: self.folder.clone(),
            tags: self.tags.clone(),
            ..TemplatePatch::default()
        }
    }

    fn contract(&self) -> Option<Vec<Parameter>> {
        let named = |name: &String| Parameter {
            name: name.clone(),
            kind: ParameterType::String,
            required: true,
            ..Parameter::default()
        };
        self.parameters.clone().or_else(|| self.variables.as_ref().map(|names| names.iter().map(named).collect()))
    }
}
