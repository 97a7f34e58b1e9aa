//! Token counts: exact for OpenAI's models, an estimate that says so for others.

use crate::common::{Home, fields, stories, user};
use domain::prices::Family;
use domain::tokens::{Priced, TokenCount, estimate_families};
use domain::version::MAX_MESSAGES;
use service::tokens;

stories!(
    openai_models_are_counted_exactly,
    other_models_are_estimated,
    the_longest_answer_is_priced,
    messages_and_model_are_bounded
);

fn by(model: &str) -> Priced {
    Priced { model: model.to_owned(), max_tokens: None }
}

async fn openai_models_are_counted_exactly(home: &Home) {
    let ctx = home.engineer().await;
    for (model, text, family, own) in [
        ("gpt-4o", "Hello, world!", Family::O200k, 4),
        ("openai/gpt-5-mini", "Hello, world!", Family::O200k, 4),
        ("gpt-4-0613", "Grüße aus 日本 🙂", Family::Cl100k, 7),
        ("gpt-4o", "Grüße aus 日本 🙂", Family::O200k, 6),
        ("gpt-4o", "", Family::O200k, 0),
    ] {
        let found = tokens::count(&ctx, vec![user(text)], &by(model)).await.unwrap();
        // Four around a message, three before the answer.
        assert_eq!(found.count, TokenCount { tokens: own + 4 + 3, is_exact: true, family }, "{model}: {text}");
    }
    let two = tokens::count(&ctx, vec![user("Hello"), user("world")], &by("gpt-4o")).await.unwrap();
    assert_eq!(two.count.tokens, 2 * (1 + 4) + 3);
    assert_eq!(tokens::count(&ctx, Vec::new(), &by("gpt-4o")).await.unwrap().count.tokens, 3);
}

async fn other_models_are_estimated(home: &Home) {
    let ctx = home.engineer().await;
    let messages = vec![user("You are a patient coach who answers in three short sentences.")];
    for (model, family) in [("claude-sonnet-4", Family::Claude), ("our-own-model", Family::Other), ("", Family::Other)]
    {
        let found = tokens::count(&ctx, messages.clone(), &by(model)).await.unwrap();
        assert_eq!(Some(&found.count), estimate_families(&messages).iter().find(|count| count.family == family));
        assert!(!found.count.is_exact && found.count.tokens > 15);
    }
}

async fn the_longest_answer_is_priced(home: &Home) {
    let ctx = home.engineer().await;
    let count = async |max_tokens| {
        let by = Priced { max_tokens, ..by("gpt-4o") };
        tokens::count(&ctx, vec![user("Hello, world!")], &by).await.unwrap()
    };
    let price = domain::prices::find("gpt-4o").unwrap();
    let nanos = |text: Option<String>| text.map(|text| domain::cost::nanos_from_decimal(&text).unwrap());
    let (without, with) = (count(None).await, count(Some(1_000)).await);
    assert_eq!(nanos(without.cost_usd), Some(11 * price.input / 1_000_000));
    assert_eq!(
        (without.most_usd, nanos(with.most_usd)),
        (None, Some((11 * price.input + 1_000 * price.output) / 1_000_000))
    );
    assert_eq!(with.families.len(), Family::ALL.len());
}

async fn messages_and_model_are_bounded(home: &Home) {
    let ctx = home.engineer().await;
    let large = vec![user(&"word ".repeat(100_000)); 3];
    assert_eq!(fields(tokens::count(&ctx, large, &by("gpt-4o")).await), ["messages"]);
    let many = vec![user("x"); MAX_MESSAGES + 1];
    assert_eq!(fields(tokens::count(&ctx, many, &by("gpt-4o")).await), ["messages"]);
    assert_eq!(fields(tokens::count(&ctx, vec![user("x")], &by(&"m".repeat(201))).await), ["model"]);
    let hostile = vec![user(&"a".repeat(1 << 20))];
    assert!(tokens::count(&ctx, hostile, &by("gpt-4o")).await.unwrap().count.tokens > 100_000);
}
