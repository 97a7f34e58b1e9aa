//! How many tokens a text makes: an estimate at once, in the browser too. Exact counts are the server's.

use serde::{Deserialize, Serialize};

#[cfg(feature = "engine")]
use crate::cost::decimal_from_nanos;
use crate::prices::Family;
#[cfg(feature = "engine")]
use crate::prices::{self, TokenCounts};
#[cfg(feature = "engine")]
use crate::version::Message;
use crate::version::ModelConfig;

#[cfg(feature = "engine")]
mod estimate;
#[cfg(feature = "engine")]
mod features;

#[cfg(feature = "engine")]
pub use estimate::{estimate, estimate_families};

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
    /// About what the same messages make for the models of each family.
    pub families: Vec<TokenCount>,
    /// Dollars that the input costs, as a decimal; none for a model without a known price.
    pub cost_usd: Option<String>,
    /// Dollars that the call costs with the longest answer that its settings allow; none where they set no limit.
    pub most_usd: Option<String>,
    /// The day of the prices.
    pub priced: String,
}

/// The longest name of a model, in bytes.
pub const MAX_MODEL: usize = 200;

/// The settings of a version that say what a call costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// Empty for none.
    pub model: String,
    /// Tokens of the longest answer.
    pub max_tokens: Option<u64>,
}

impl Priced {
    /// What the model settings say. A name that is longer than any model's names none.
    pub fn of(config: &ModelConfig) -> Self {
        let model = config.get("model").and_then(|v| v.as_str()).filter(|model| model.len() <= MAX_MODEL);
        Self {
            model: model.unwrap_or_default().to_owned(),
            max_tokens: config.get("max_tokens").and_then(|v| v.as_u64()),
        }
    }
}

impl CallTokens {
    /// What the messages of a call make of tokens and what they cost: counted exactly where somebody did, or else estimated.
    #[cfg(feature = "engine")]
    pub fn new(messages: &[Message], exact: Option<u64>, by: &Priced) -> Self {
        let (families, family) = (estimate_families(messages), Family::of(&by.model));
        let about = families.iter().find(|count| count.family == family).map_or(0, |count| count.tokens);
        let count = TokenCount { tokens: exact.unwrap_or(about), is_exact: exact.is_some(), family };
        let price = prices::find(&by.model);
        let cost = |output| {
            let tokens = TokenCounts { input: count.tokens, output, ..TokenCounts::default() };
            price.map(|price| decimal_from_nanos(price.cost(tokens)))
        };
        let (cost_usd, most_usd) = (cost(0), by.max_tokens.and_then(cost));
        Self { count, families, cost_usd, most_usd, priced: prices::collected().to_owned() }
    }
}

/// The tokens of a call whose messages have so many each.
pub fn of_call(messages: impl IntoIterator<Item = u64>) -> u64 {
    messages.into_iter().map(|tokens| tokens + TOKENS_PER_MESSAGE).sum::<u64>() + TOKENS_OF_REPLY
}
