//! What models cost: a table of public list prices that ships with the binary.
//!
//! The prices are those of [`collected`], in US dollars for a million tokens, without discounts for batches or
//! volume and without surcharges for long prompts. They are for estimates: a bill says what was paid. A project will
//! be able to put its own prices in their place.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::cost::nanos_from_decimal;

/// Whose way of cutting texts into tokens a model uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Family {
    /// OpenAI since GPT-4o.
    O200k,
    /// OpenAI before.
    Cl100k,
    Claude,
    Gemini,
    Llama,
    Mistral,
    Deepseek,
    Grok,
    Command,
    Nova,
    /// A model that the table does not know.
    Other,
}

impl Family {
    pub const ALL: [Self; 11] = [
        Self::O200k,
        Self::Cl100k,
        Self::Claude,
        Self::Gemini,
        Self::Llama,
        Self::Mistral,
        Self::Deepseek,
        Self::Grok,
        Self::Command,
        Self::Nova,
        Self::Other,
    ];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::O200k => "OpenAI since GPT-4o",
            Self::Cl100k => "OpenAI before",
            Self::Claude => "Claude",
            Self::Gemini => "Gemini",
            Self::Llama => "Llama",
            Self::Mistral => "Mistral",
            Self::Deepseek => "DeepSeek",
            Self::Grok => "Grok",
            Self::Command => "Command",
            Self::Nova => "Nova",
            Self::Other => "others",
        }
    }

    /// The family of a model by its name, priced or not: `gpt-4o-audio` is cut like every other of its kind.
    pub fn of(model: &str) -> Self {
        let name = bare(model);
        let starts: [(&str, Self); 17] = [
            ("gpt-5", Self::O200k),
            ("gpt-4.1", Self::O200k),
            ("gpt-4.5", Self::O200k),
            ("gpt-4o", Self::O200k),
            ("chatgpt-4o", Self::O200k),
            ("gpt-oss", Self::O200k),
            ("o1", Self::O200k),
            ("o3", Self::O200k),
            ("o4", Self::O200k),
            ("gpt-4", Self::Cl100k),
            ("gpt-3.5", Self::Cl100k),
            ("text-embedding-", Self::Cl100k),
            ("claude", Self::Claude),
            ("gemini", Self::Gemini),
            ("llama", Self::Llama),
            ("grok", Self::Grok),
            ("deepseek", Self::Deepseek),
        ];
        let by_name = starts.iter().find(|(start, _)| name.starts_with(start)).map(|(_, family)| *family);
        by_name.or_else(|| find(model).map(|price| price.family)).unwrap_or(Self::Other)
    }
}

/// What one model costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrice {
    /// Who asks that price; models of open weights are priced by a well-known host.
    pub provider: String,
    pub model: String,
    /// Other names of the same model.
    pub aliases: Vec<String>,
    /// Nano-dollars for a million tokens.
    pub input: i64,
    /// Nano-dollars for a million tokens.
    pub output: i64,
    /// Nano-dollars for a million input tokens that the provider had in its cache; none where that is not public.
    pub cached_input: Option<i64>,
    /// The most tokens of a call, input and output together.
    pub context: u64,
    pub family: Family,
}

/// Tokens of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// All input tokens, those from the cache included.
    pub input: u64,
    /// Those of the input that the provider had in its cache.
    pub cached_input: u64,
    pub output: u64,
}

impl ModelPrice {
    /// What a call costs in nano-dollars, rounded once. Cached tokens cost the full price where no other is known.
    pub fn cost(&self, tokens: TokenCounts) -> i64 {
        let cached = tokens.cached_input.min(tokens.input);
        let parts = [
            (tokens.input - cached, self.input),
            (cached, self.cached_input.unwrap_or(self.input)),
            (tokens.output, self.output),
        ];
        // Two 64-bit numbers multiply to less than 127 bits, and three such sums fit too.
        let sum: i128 = parts.iter().map(|(count, price)| i128::from(*count) * i128::from(*price)).sum();
        i64::try_from((sum + MILLION / 2) / MILLION).unwrap_or(i64::MAX)
    }
}

const MILLION: i128 = 1_000_000;

/// The table as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    collected: String,
    models: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    model: String,
    #[serde(default)]
    aliases: Vec<String>,
    input: String,
    output: String,
    cached_input: Option<String>,
    context: u64,
    tokenizer: Family,
}

impl Row {
    fn price(self) -> Result<ModelPrice, String> {
        Ok(ModelPrice {
            input: nanos_from_decimal(&self.input)?,
            output: nanos_from_decimal(&self.output)?,
            cached_input: self.cached_input.as_deref().map(nanos_from_decimal).transpose()?,
            provider: self.provider,
            model: self.model,
            aliases: self.aliases,
            context: self.context,
            family: self.tokenizer,
        })
    }
}

fn read(text: &str) -> Result<(String, Vec<ModelPrice>), String> {
    let table: Table = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok((table.collected, table.models.into_iter().map(Row::price).collect::<Result<_, _>>()?))
}

/// A test holds that the file can be read.
static TABLE: LazyLock<(String, Vec<ModelPrice>)> =
    LazyLock::new(|| read(include_str!("prices.json")).unwrap_or_default());

/// The day on which the prices were collected, as `2025-08-15`.
pub fn collected() -> &'static str {
    &TABLE.0
}

/// Every model with a known price.
pub fn all() -> &'static [ModelPrice] {
    &TABLE.1
}

/// The price of a model by its name, whatever its case, with or without a provider before it (`openai/gpt-4o`) and a
/// date or `latest` after it (`gpt-4o-2024-08-06`). None for a model that the table does not know: a wrong price
/// would be worse.
pub fn find(model: &str) -> Option<&'static ModelPrice> {
    let name = bare(model);
    let is_called =
        |price: &&ModelPrice| std::iter::once(&price.model).chain(&price.aliases).any(|known| is_dated(&name, known));
    // Names that only a date follows can't be mistaken for one another, so there is at most one.
    all().iter().find(is_called)
}

/// Without the provider, in lower case.
fn bare(model: &str) -> String {
    let lower = model.trim().to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    // Amazon's form: `us.anthropic.claude-3-haiku-…`.
    let makers = ["anthropic.", "amazon.", "meta.", "mistral.", "cohere."];
    let after = makers.iter().find_map(|maker| name.split_once(maker).map(|(_, rest)| rest));
    after.unwrap_or(name).to_owned()
}

/// Whether a name is the known one, or that one with a date or a revision: `-2024-08-06`, `-latest`, `-20241022-v2:0`.
fn is_dated(name: &str, known: &str) -> bool {
    let Some(rest) = name.strip_prefix(known) else { return false };
    let Some(parts) = rest.strip_prefix(['-', '@']) else { return rest.is_empty() };
    let is_number = |part: &str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_digit());
    let is_revision = |part: &str| part.starts_with('v') && part[1..].bytes().all(|b| b.is_ascii_digit() || b == b':');
    parts.split('-').enumerate().all(|(i, part)| match part {
        "latest" | "preview" => true,
        // `gpt-4-32k` and `claude-opus-4-5` are other models.
        part if i == 0 => part.len() >= 3 && is_number(part),
        part => is_number(part) || is_revision(part),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::DOLLAR;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_whole() {
        let (collected, models) = read(include_str!("prices.json")).unwrap();
        assert!(collected.len() == 10 && models.len() >= 40);
        let mut names = HashSet::new();
        for price in &models {
            for name in std::iter::once(&price.model).chain(&price.aliases) {
                assert!(names.insert(name.clone()), "{name} stands twice");
                assert_eq!(find(name), Some(price), "{name}");
                assert_eq!(Family::of(name), price.family, "{name}");
            }
            assert!(price.input > 0 && price.output >= price.input && price.context >= 4096, "{price:?}");
            assert!(price.cached_input.is_none_or(|cached| (1..price.input).contains(&cached)), "{price:?}");
        }
    }

    #[test]
    fn models_are_found_by_the_names_they_go_by() {
        for (name, model) in [
            ("gpt-4o", "gpt-4o"),
            ("GPT-4o-mini", "gpt-4o-mini"),
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("openai/gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
            ("gpt-4-0613", "gpt-4"),
            ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
            ("claude-sonnet-4-20250514", "claude-sonnet-4"),
            ("claude-sonnet-4@20250514", "claude-sonnet-4"),
            ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
            ("models/gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
            ("mistral-large-2411", "mistral-large"),
            ("meta-llama/llama-4-scout-17b-16e-instruct", "llama-4-scout-17b-16e-instruct"),
        ] {
            assert_eq!(find(name).map(|price| price.model.as_str()), Some(model), "{name}");
        }
    }

    #[test]
    fn other_models_have_no_price() {
        for name in
            ["", "-", "gpt", "gpt-4-32k", "gpt-4o-audio-preview", "gpt-5.1", "claude-opus-4-5", "my-model", "o1x"]
        {
            assert_eq!(find(name), None, "{name}");
        }
        assert_eq!(Family::of("gpt-4o-audio-preview"), Family::O200k);
        assert_eq!(Family::of("gpt-4-32k"), Family::Cl100k);
        assert_eq!(Family::of("my-model"), Family::Other);
    }

    #[test]
    fn a_call_costs_what_its_tokens_cost() {
        let price = find("gpt-4o").unwrap();
        let cost = |input, cached_input, output| price.cost(TokenCounts { input, cached_input, output });
        assert_eq!(cost(1_000_000, 0, 0), 5 * DOLLAR / 2);
        assert_eq!(cost(1_000, 0, 500), 7_500_000);
        assert_eq!(cost(1_000, 1_000, 0), 1_250_000);
        assert_eq!(cost(1_000, 5_000, 0), 1_250_000, "no more can be cached than there is");
        assert_eq!(cost(0, 0, 0), 0);
        assert_eq!(cost(u64::MAX, 0, u64::MAX), i64::MAX);
        let nova = find("nova-micro").unwrap();
        assert_eq!(nova.cost(TokenCounts { input: 1, ..TokenCounts::default() }), 35);
    }

    #[test]
    fn what_can_not_be_read_is_an_error() {
        assert!(read("{}").is_err());
        assert!(read(&include_str!("prices.json").replacen("\"1.25\"", "\"1,25\"", 1)).is_err());
    }

    proptest! {
        #[test]
        fn more_tokens_never_cost_less(input in 0u64..1 << 40, output in 0u64..1 << 40, more in 0u64..1 << 40) {
            for price in all() {
                let cost = |input, output| price.cost(TokenCounts { input, cached_input: 0, output });
                prop_assert!(cost(input + more, output) >= cost(input, output));
                prop_assert!(cost(input, output + more) >= cost(input, output));
                let cached = price.cost(TokenCounts { input, cached_input: input / 2, output });
                prop_assert!(cached <= cost(input, output));
            }
        }

        #[test]
        fn no_name_is_a_panic(name in "\\PC*") {
            find(&name);
            Family::of(&name);
        }
    }
}
