//! How many tokens a text makes: an estimate at once, in the browser too. Exact counts are the server's.

use serde::{Deserialize, Serialize};

use crate::prices::Family;

#[cfg(feature = "engine")]
mod estimate;
#[cfg(feature = "engine")]
mod features;

#[cfg(feature = "engine")]
pub use estimate::{estimate, estimate_messages};

/// Tokens around each message of a conversation: its role and its two ends, as OpenAI documents them for its models.
pub const TOKENS_PER_MESSAGE: u64 = 4;
/// Tokens with which the answer starts.
pub const TOKENS_OF_REPLY: u64 = 3;

/// The input tokens of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenCount {
    pub tokens: u64,
    /// Whether the model's own tokenizer counted; false for an estimate, also where no tokenizer is public.
    pub is_exact: bool,
    pub family: Family,
}

/// The tokens of a call whose messages have so many each.
pub fn of_call(messages: impl IntoIterator<Item = u64>) -> u64 {
    messages.into_iter().map(|tokens| tokens + TOKENS_PER_MESSAGE).sum::<u64>() + TOKENS_OF_REPLY
}
