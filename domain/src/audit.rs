//! Audit events: append-only who, what, when, before, after; chained by HMAC.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::AuditEventId;
use crate::time::Timestamp;

/// One governed change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    pub id: AuditEventId,
    /// Place in the project's chain, from 1 without gaps.
    pub sequence: i64,
    pub at: Timestamp,
    /// `user:ada@example.com`, `key:ppy_production_…` or `system:setup`.
    pub actor: String,
    /// Such as `template.create`, `label.move`.
    pub action: String,
    /// What was changed, such as `template:core_values`.
    pub object: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub before: Value,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Value,
    pub request_id: String,
    /// HMAC over this event and the one before.
    pub hash: String,
}

/// Which events to list; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    pub actor: String,
    pub action: String,
    pub object: String,
}

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainStatus {
    pub events: i64,
    /// The first event whose hash doesn't fit; none when the chain is whole.
    pub broken_at: Option<i64>,
}
