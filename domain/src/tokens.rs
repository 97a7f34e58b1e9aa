//! How many tokens a text makes: an estimate at once, in the browser too. Exact counts are the server's.

use serde::{Deserialize, Serialize};

use crate::cost::decimal_from_nanos;
use crate::prices::{self, Family, TokenCounts};
#[cfg(feature = "engine")]
use crate::version::Message;

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

/// The input of a call before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTokens {
    pub count: TokenCount,
    /// Dollars that the input costs, as a decimal; none for a model without a known price.
    pub cost_usd: Option<String>,
    /// The day of the prices.
    pub priced: String,
}

impl CallTokens {
    /// What the messages of a call make of tokens by an estimate, and what they cost.
    #[cfg(feature = "engine")]
    pub fn estimate(messages: &[Message], model: &str) -> Self {
        Self::new(estimate_messages(messages, Family::of(model)), model)
    }

    /// Prices a count by the table of public prices.
    pub fn new(count: TokenCount, model: &str) -> Self {
        let tokens = TokenCounts { input: count.tokens, ..TokenCounts::default() };
        let cost_usd = prices::find(model).map(|price| decimal_from_nanos(price.cost(tokens)));
        Self { count, cost_usd, priced: prices::collected().to_owned() }
    }
}

/// The tokens of a call whose messages have so many each.
pub fn of_call(messages: impl IntoIterator<Item = u64>) -> u64 {
    messages.into_iter().map(|tokens| tokens + TOKENS_PER_MESSAGE).sum::<u64>() + TOKENS_OF_REPLY
}
