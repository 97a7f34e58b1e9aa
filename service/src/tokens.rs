//! How many tokens a text makes, counted by the model's own tokenizer where that is public: OpenAI's are.
//!
//! A vocabulary is read from the binary when it is first needed, takes about seven megabytes (o200k; four for cl100k), and then stays.

use std::sync::LazyLock;

use domain::error::{Problems, Result as Checked};
use domain::permission::Permission;
use domain::prices::Family;
use domain::render::MAX_OUTPUT_BYTES;
use domain::tokens::{CallTokens, MAX_MODEL, Priced, of_call};
use domain::version::{MAX_MESSAGES, Message};
use tokio::sync::Semaphore;

use crate::ctx::Ctx;
use crate::error::{Error, Result};

mod vocabulary;

use vocabulary::Vocabulary;

/// Texts counted at once. The worst takes half a second and some twenty megabytes: many at once would take them all.
static COUNTING: Semaphore = Semaphore::const_new(2);

static O200K: LazyLock<Vocabulary> = LazyLock::new(|| {
    let words = [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+",
    ];
    Vocabulary::new(include_bytes!(concat!(env!("OUT_DIR"), "/o200k.tokens")), &words.join("|"))
});

static CL100K: LazyLock<Vocabulary> = LazyLock::new(|| {
    let words = [
        r"'(?i:[sdmt]|ll|ve|re)",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+",
    ];
    Vocabulary::new(include_bytes!(concat!(env!("OUT_DIR"), "/cl100k.tokens")), &words.join("|"))
});

/// The input tokens of a call with these messages and what they cost: exact where the model's tokenizer is public, an estimate
/// elsewhere. Messages above a render's largest output are refused.
pub async fn count(ctx: &Ctx, messages: Vec<Message>, by: &Priced) -> Result<CallTokens> {
    ctx.authorise(Permission::ReadTemplates)?;
    check(&messages, &by.model)?;
    let (by, _turn) = (by.clone(), COUNTING.acquire().await.map_err(|error| Error::internal(error.to_string()))?);
    // A long text takes milliseconds, and the first one waits for the vocabulary.
    let counting = tokio::task::spawn_blocking(move || {
        let exact = exact(&messages, Family::of(&by.model));
        CallTokens::new(&messages, exact, &by)
    });
    counting.await.map_err(|error| Error::internal(error.to_string()))
}

fn check(messages: &[Message], model: &str) -> Checked<()> {
    let mut problems = Problems::default();
    let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
    let most = format!("hold {} KB together: {} KB is the most", bytes.div_ceil(1024), MAX_OUTPUT_BYTES / 1024);
    problems.require(bytes <= MAX_OUTPUT_BYTES, "messages", most);
    let count = format!("use at most {MAX_MESSAGES} messages, not {}", messages.len());
    problems.require(messages.len() <= MAX_MESSAGES, "messages", count);
    problems.require(model.len() <= MAX_MODEL, "model", format!("use at most {MAX_MODEL} bytes"));
    problems.finish()
}

/// By the family's own tokenizer, where that is public.
fn exact(messages: &[Message], family: Family) -> Option<u64> {
    let vocabulary = match family {
        Family::O200k => &O200K,
        Family::Cl100k => &CL100K,
        _ => return None,
    };
    Some(of_call(messages.iter().map(|message| vocabulary.count(&message.content))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::tokens::estimate;
    use proptest::prelude::*;

    /// Any text, and texts of what tokenizers treat in special ways.
    fn texts() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "\u{a0}",
            "'s",
            "'LL",
            "it's",
            "Word",
            "word",
            "WORD",
            "12345",
            "...",
            "//",
            "é",
            "e\u{301}",
            "日本",
            "🙂",
            "👩‍👧",
            "<|endoftext|>",
            "{{ x }}",
            "ſ",
            "ǅ",
            "٣",
            "\u{200b}",
            "camelCase",
            "_",
            "-",
            "\u{0}",
        ]);
        prop_oneof![
            "\\PC{0,60}",
            "[a-zA-Z' \n]{0,80}",
            prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat()),
            prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect()),
        ]
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_reference(text in texts()) {
            let o200k = tiktoken_rs::o200k_base_singleton().encode_ordinary(&text).len() as u64;
            prop_assert_eq!(O200K.count(&text), o200k, "o200k {:?}", text);
            let cl100k = tiktoken_rs::cl100k_base_singleton().encode_ordinary(&text).len() as u64;
            prop_assert_eq!(CL100K.count(&text), cl100k, "cl100k {:?}", text);
        }
    }

    #[test]
    fn long_runs_are_counted_in_time_that_grows_with_their_length() {
        let reference = tiktoken_rs::o200k_base_singleton();
        for unit in ["a", "%", " ", "\n", "日", "ab", "é\u{301}"] {
            let text = unit.repeat(20_000);
            assert_eq!(O200K.count(&text), reference.encode_ordinary(&text).len() as u64, "{unit:?}");
        }
    }

    /// Texts of this repository: documents, source, prompts.
    fn corpus() -> Vec<String> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = ["README.md", "docs/benchmarks.md", "docs/jinja2.md", "service/src/db.rs", "domain/src/check.rs"];
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        let folder = std::fs::read_dir(root.join("domain/tests/fixtures/lint")).unwrap().flatten();
        let fixtures = folder.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        files.iter().map(|name| read(name)).chain(fixtures.filter(|text| text.len() > 200)).collect()
    }

    #[test]
    fn the_estimate_is_as_near_as_it_says() {
        for (vocabulary, family) in [(&O200K, Family::O200k), (&CL100K, Family::Cl100k)] {
            let error = |text: &String| {
                let exact = vocabulary.count(text) as f64;
                (estimate(text, family) as f64 - exact).abs() / exact
            };
            let mut errors: Vec<f64> = corpus().iter().map(error).collect();
            errors.sort_by(f64::total_cmp);
            let (median, most) = (errors[errors.len() / 2], errors[errors.len() * 9 / 10]);
            println!("{family:?}: {} texts, median {median:.3}, 90th percentile {most:.3}", errors.len());
            assert!(median <= 0.06 && most <= 0.15, "{family:?}: median {median:.3}, 90th percentile {most:.3}");
        }
    }
}
