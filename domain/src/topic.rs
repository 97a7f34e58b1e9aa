//! Topics: templates as the KPI integration names and shapes them on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::version::{MessageRole, ModelConfig, Parameter, VersionContent};

/// A topic in the list: metadata, no texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Topic {
    pub topic_id: String,
    pub topic_name: String,
    pub topic_type: String,
    pub category: String,
    pub available_prompts: Vec<MessageRole>,
    pub allowed_parameters: Vec<Parameter>,
    /// Not archived.
    pub is_active: bool,
}

/// A topic to create: its name, kind and contract; the prompts come after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTopic {
    pub topic_id: String,
    pub topic_name: String,
    pub topic_type: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub display_order: i64,
    #[serde(default)]
    pub allowed_parameters: Vec<Parameter>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: ModelConfig,
}

/// A change of a topic; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicPatch {
    pub topic_name: Option<String>,
    pub topic_type: Option<String>,
    pub category: Option<String>,
    pub description: Option<String>,
    pub display_order: Option<i64>,
    pub is_active: Option<bool>,
    pub allowed_parameters: Option<Vec<Parameter>>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub config: Option<ModelConfig>,
}

/// The answer to a created topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicCreated {
    pub topic_id: String,
    pub topic_name: String,
    pub message: String,
}

/// One prompt of a topic, for editing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicPrompt {
    pub topic_id: String,
    pub prompt_type: MessageRole,
    pub content: String,
    pub allowed_parameters: Vec<Parameter>,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

/// The text of a prompt to create or replace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptText {
    pub content: String,
}

/// The answer to a deleted prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptDeleted {
    pub topic_id: String,
    pub prompt_type: MessageRole,
    pub message: String,
}

/// What a service fetches: the texts by role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicPrompts {
    pub topic_id: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub prompts: BTreeMap<MessageRole, String>,
    /// Only with `include_parameters=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_parameters: Option<Vec<Parameter>>,
}

/// One topic of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchEntry {
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub prompts: BTreeMap<MessageRole, String>,
}

/// The topics to fetch together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchRequest {
    /// At most 100.
    pub topic_ids: Vec<String>,
    #[serde(default)]
    pub label: Option<String>,
}

/// The most topics of a batch.
pub const MAX_BATCH: usize = 100;

/// The texts of a version by role; several messages of one role are joined by a blank line.
pub fn by_role(content: &VersionContent) -> BTreeMap<MessageRole, String> {
    let mut texts = BTreeMap::<MessageRole, String>::new();
    for message in &content.messages {
        let text = texts.entry(message.role).or_default();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&message.content);
    }
    texts
}

/// The roles that have a prompt, in their order.
pub fn roles(content: &VersionContent) -> Vec<MessageRole> {
    by_role(content).into_keys().collect()
}
