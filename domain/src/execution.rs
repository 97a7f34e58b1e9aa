//! Executions: recorded renders and runs, and what their callers report back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::ExecutionId;
use crate::template::TemplateKey;
use crate::time::Timestamp;
use crate::version::Message;

/// The values of a render.
pub type Variables = Map<String, Value>;

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ExecutionStatus {
    Success,
    Failure,
    /// The caller reported a cut-off answer.
    Partial,
    /// A guardrail withheld the text.
    Blocked,
}

impl ExecutionStatus {
    pub const ALL: [ExecutionStatus; 4] = [Self::Success, Self::Failure, Self::Partial, Self::Blocked];
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Partial => "partial",
            Self::Blocked => "blocked",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.name() == text)
            .ok_or_else(|| format!("`{text}` is not a status; use success, failure, partial or blocked"))
    }
}

/// When the answer to a render may be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Durability {
    /// After the commit that holds the execution.
    #[default]
    Committed,
    /// At once; a crash loses at most the flush interval.
    Buffered,
}

/// A render as it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenderRequest {
    /// The template's key.
    pub template_name: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub variables: Variables,
    #[serde(default)]
    pub user_id: Option<String>,
    #[serde(default)]
    pub session_id: Option<String>,
    #[serde(default)]
    pub request_id: Option<String>,
    /// Which agent asks.
    #[serde(default)]
    pub agent: Option<String>,
    /// Which feature of the caller's product this is for.
    #[serde(default)]
    pub feature: Option<String>,
    /// The label to render; the key's environment when absent.
    #[serde(default)]
    pub label: Option<String>,
    /// One version, whatever the labels say; needs scope `versions:any` unless the label ever pointed there.
    #[serde(default)]
    pub version: Option<i64>,
    #[serde(default = "yes")]
    pub enable_guardrails: bool,
    #[serde(default = "yes")]
    pub enable_ab_testing: bool,
    #[serde(default)]
    pub durability: Durability,
}

fn yes() -> bool {
    true
}

/// Which template and version were rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Selection {
    pub name: String,
    pub version: i64,
    /// The label that chose the version; none when the version was named.
    pub label: Option<String>,
}

/// A finished render.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenderReply {
    pub status: ExecutionStatus,
    /// All messages' texts, joined by a blank line.
    pub rendered_prompt: String,
    pub messages: Vec<Message>,
    pub template: Selection,
    pub experiment: Option<String>,
    pub variant: Option<String>,
    pub execution_id: ExecutionId,
    /// `not_evaluated` until guardrails exist.
    pub guardrail_action: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub guardrail_violations: Vec<Value>,
    /// What became of the execution's record: `committed` or `buffered`.
    pub durability: Durability,
}

/// What a caller reports after its model answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultReport {
    #[serde(default)]
    pub model_response: Option<String>,
    /// All tokens, when the caller doesn't know the two parts.
    #[serde(default)]
    pub token_count: Option<i64>,
    #[serde(default)]
    pub input_tokens: Option<i64>,
    #[serde(default)]
    pub output_tokens: Option<i64>,
    /// Decimal dollars.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub cost_usd: Option<serde_json::Number>,
    #[serde(default)]
    pub latency_ms: Option<i64>,
    #[serde(default)]
    pub status: Option<ExecutionStatus>,
    #[serde(default)]
    pub error_type: Option<String>,
    #[serde(default)]
    pub error_message: Option<String>,
    /// The model that answered; the version's own when absent.
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
}

/// A row of the execution list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecutionSummary {
    pub id: ExecutionId,
    pub started_at: Timestamp,
    pub template_name: String,
    pub version: i64,
    pub label: Option<String>,
    pub environment: String,
    pub status: ExecutionStatus,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
    pub agent: Option<String>,
    pub feature: Option<String>,
    pub user_id: Option<String>,
    pub model: Option<String>,
    /// Time to select, check and render, in microseconds.
    pub render_us: i64,
    /// The model's time as the caller reported it.
    pub latency_ms: Option<i64>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    /// Decimal dollars.
    pub cost_usd: Option<String>,
}

/// One execution whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Execution {
    #[serde(flatten)]
    pub summary: ExecutionSummary,
    pub session_id: Option<String>,
    pub request_id: Option<String>,
    pub provider: Option<String>,
    /// Who rendered: a key's prefix or a user's address.
    pub caller: String,
    pub effective_hash: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub variables: Variables,
    pub messages: Vec<Message>,
    pub model_response: Option<String>,
    pub token_count: Option<i64>,
    pub guardrail_action: String,
    pub finished_at: Option<Timestamp>,
}

/// Which executions to list; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecutionFilter {
    pub template: String,
    pub status: String,
    pub environment: String,
    pub agent: String,
    pub user: String,
    /// RFC 3339, inclusive.
    pub from: String,
    /// RFC 3339, exclusive.
    pub to: String,
}

/// The texts a caller may send with a render are bounded, so that rows stay small.
pub fn check_request(request: &RenderRequest, problems: &mut crate::error::Problems) -> Option<TemplateKey> {
    for (name, value) in [
        ("user_id", &request.user_id),
        ("session_id", &request.session_id),
        ("request_id", &request.request_id),
        ("agent", &request.agent),
        ("feature", &request.feature),
    ] {
        let fits = value.as_ref().is_none_or(|v| v.chars().count() <= 200 && !v.contains('\0'));
        problems.require(fits, name, "use at most 200 characters, without NUL");
    }
    if let Some(label) = request.label.as_deref().filter(|l| *l != crate::label::LATEST) {
        problems.take("label", crate::label::check_label(label));
    }
    problems.take("template_name", TemplateKey::parse(&request.template_name))
}
