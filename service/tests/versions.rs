//! Versions: checked before they are saved, never changed after, numbered without gaps.

use crate::common::{
    self, Home, after, at_once, content, fields, first, new_version, problem, redacted, required, scale, stories, user,
    word,
};
use domain::error::Kind;
use domain::version::{NewVersion, Parameter, ParameterType, VersionContent};
use serde_json::json;
use service::{drafts, templates, versions};

stories!(
    a_version_is_saved_as_it_was_written,
    a_version_that_breaks_a_rule_is_not_saved,
    what_is_only_odd_is_a_warning,
    the_same_content_again_is_refused,
    saving_ends_the_authors_draft_and_nobody_elses,
    versions_are_listed_newest_first_with_their_labels,
    a_stale_revision_is_refused,
    concurrent_saves_give_dense_numbers,
    of_many_who_expect_the_same_revision_one_wins,
    the_hash_is_the_contents_and_nothing_elses,
    numbers_of_any_size_are_read_back,
);

async fn a_version_is_saved_as_it_was_written(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let text = "Line one\r\n  ü \u{1F600} {{ goal }}\n";
    let parameter = Parameter {
        kind: ParameterType::Number,
        description: "What".into(),
        default: Some(json!(1.5)),
        min: Some(-1.0),
        max: Some(1e6),
        required: false,
        ..required("goal")
    };
    let config = json!({ "z": { "b": [1, null], "a": 0.1 }, "model": "m" }).as_object().unwrap().clone();
    let content = VersionContent { messages: vec![user(text)], parameters: vec![parameter], config };
    let new = NewVersion { content: content.clone(), parent: 1, commit_message: " Because ".into() };
    let saved = versions::create(&ctx, "t", new, Some(2)).await.unwrap();
    assert!(saved.warnings.is_empty(), "{:?}", saved.warnings);
    let read = versions::get(&ctx, "t", 2).await.unwrap();
    assert_eq!(read, saved.version);
    assert_eq!(read, versions::get(&ctx, "t", 0).await.unwrap(), "0 is the latest");
    assert_eq!(read.content, content);
    assert_eq!((read.parent, read.commit_message.as_str()), (1, "Because"));
    assert_eq!((read.created_by.as_str(), read.created_at), ("prompt_engineer@example.com", common::START));
    assert_eq!(read.content_hash, versions::content_hash(&content).unwrap());
    let template = templates::get(&ctx, "t").await.unwrap();
    assert_eq!((template.latest_version, template.revision), (2, 3));
    for none in [3, -1] {
        assert_eq!(word(versions::get(&ctx, "t", none).await), "not_found");
    }
}

async fn a_version_that_breaks_a_rule_is_not_saved(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let new = NewVersion {
        content: VersionContent {
            messages: vec![user("{{ a.b. }}"), user(""), user("{{ undeclared | nofilter }}")],
            parameters: vec![required("x"), required("x")],
            config: json!({ "max_turns": 0 }).as_object().unwrap().clone(),
        },
        parent: 5,
        commit_message: "x".repeat(501),
    };
    let mut wrong = fields(versions::create(&ctx, "t", new, None).await);
    wrong.sort();
    wrong.dedup();
    let expected = [
        "commit_message",
        "config.max_turns",
        "messages[0].content",
        "messages[1].content",
        "messages[2].content",
        "parameters[1].name",
        "parent",
    ];
    assert_eq!(wrong, expected);
    assert_eq!(home.count("version").await, 1);
    let linted = versions::lint(&ctx, "", &content("{{ open")).await.unwrap();
    assert_eq!((linted.problems.len(), linted.warnings.len()), (1, 0));
}

async fn what_is_only_odd_is_a_warning(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let content = VersionContent { parameters: vec![required("unused")], ..content("two") };
    let linted = versions::lint(&ctx, "", &content).await.unwrap();
    assert_eq!((linted.problems.len(), linted.warnings[0].field.as_str()), (0, "parameters[0]"));
    assert!(linted.findings.iter().any(|f| f.rule == "undescribed-parameter"), "{:?}", linted.findings);
    let saved = versions::create(&ctx, "t", NewVersion { content, ..new_version("") }, None).await.unwrap();
    assert_eq!(saved.warnings, linted.warnings);
}

async fn the_same_content_again_is_refused(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let refused = problem(versions::create(&ctx, "t", new_version("one"), None).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "unchanged"));
    versions::create(&ctx, "t", new_version("two"), None).await.unwrap();
    assert_eq!(word(versions::create(&ctx, "t", new_version("one"), None).await), "ok", "an older text may come back");
}

async fn saving_ends_the_authors_draft_and_nobody_elses(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    for ctx in [&engineer, &manager] {
        drafts::save(ctx, "t", &crate::common::draft("being written", 1)).await.unwrap();
    }
    versions::create(&engineer, "t", new_version("two"), None).await.unwrap();
    assert_eq!(drafts::open(&engineer, "t", 0).await.unwrap().draft, None);
    assert!(drafts::open(&manager, "t", 0).await.unwrap().draft.is_some());
}

async fn versions_are_listed_newest_first_with_their_labels(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    for text in ["two", "three"] {
        home.version("t", text).await;
    }
    home.move_label("t", "staging", 2).await;
    home.move_label("t", "canary", 2).await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = versions::list(&ctx, "t", &after(cursor, 2)).await.unwrap();
        seen.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.iter().map(|v| v.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(seen[1].labels, ["canary", "staging"]);
    assert_eq!(versions::get(&ctx, "t", 2).await.unwrap().labels, ["canary", "staging"]);
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&seen[1]), @r#"
        {
          "commit_message": "Because",
          "content_hash": "[hash]",
          "created_at": "2027-01-15T08:00:00Z",
          "created_by": "Promptory",
          "labels": [
            "canary",
            "staging"
          ],
          "lint_score": 98,
          "number": 2,
          "parent": 0
        }
        "#);
    }
    assert_eq!(word(versions::list(&ctx, "none", &first(1)).await), "not_found");
}

async fn a_stale_revision_is_refused(home: &Home) {
    let ctx = home.system().await;
    let revision = home.template("t", "one").await.revision;
    home.move_label("t", "staging", 1).await;
    let refused = problem(versions::create(&ctx, "t", new_version("two"), Some(revision)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "stale"));
    assert_eq!(word(versions::create(&ctx, "t", new_version("two"), Some(revision + 1)).await), "ok");
}

async fn concurrent_saves_give_dense_numbers(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let rounds = scale();
    let numbers = at_once(50, |n| {
        let ctx = ctx.clone();
        async move {
            let mut numbers = Vec::new();
            for round in 0..rounds {
                let new = new_version(&format!("text {n} {round}"));
                numbers.push(versions::create(&ctx, "t", new, None).await.unwrap().version.number);
            }
            numbers
        }
    })
    .await;
    let mut numbers: Vec<i64> = numbers.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=1 + 50 * rounds as i64).collect::<Vec<_>>());
    let template = templates::get(&ctx, "t").await.unwrap();
    assert_eq!((template.latest_version, template.revision), (numbers[numbers.len() - 1], 2 + numbers.len() as i64));
}

async fn of_many_who_expect_the_same_revision_one_wins(home: &Home) {
    let (ctx, revision) = (home.system().await, home.template("t", "one").await.revision);
    let words = at_once(50, |n| {
        let ctx = ctx.clone();
        async move { word(versions::create(&ctx, "t", new_version(&format!("text {n}")), Some(revision)).await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| w == "ok" || w == "stale"), "{words:?}");
    assert_eq!(home.count("version").await, 2);
}

async fn the_hash_is_the_contents_and_nothing_elses(home: &Home) {
    let ctx = home.system().await;
    home.template("a", "one").await;
    home.template("b", "one").await;
    let config = |text: &str| VersionContent { config: serde_json::from_str(text).unwrap(), ..content("two") };
    for (key, text) in [("a", r#"{"x": 1, "a": {"c": 1, "b": 2}}"#), ("b", r#"{"a": {"b": 2, "c": 1}, "x": 1}"#)] {
        let new = NewVersion { content: config(text), parent: 0, commit_message: key.into() };
        versions::create(&ctx, key, new, None).await.unwrap();
    }
    let hash = async |key: &str, number| versions::get(&ctx, key, number).await.unwrap().content_hash;
    assert_eq!(hash("a", 1).await, hash("b", 1).await);
    assert_eq!(hash("a", 2).await, hash("b", 2).await, "the order of keys doesn't count");
    assert_ne!(hash("a", 1).await, hash("a", 2).await);
}

/// A number that one engine could not give back would make the template unreadable for good: it is refused.
async fn numbers_of_any_size_are_read_back(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    for number in [0.1, 1e-7, 1e21, 123_456_789.123_456_78, 1.6e308, f64::MIN_POSITIVE, 5e-324, -0.0, -1.6e308] {
        let config = json!({ "x": number, "n": i64::MIN, "u": u64::MAX }).as_object().unwrap().clone();
        let new = NewVersion { content: VersionContent { config, ..content("two") }, ..new_version("") };
        let saved = versions::create(&ctx, "t", new, None).await;
        let config = saved.unwrap_or_else(|error| panic!("{number:e}: {error}")).version.content.config;
        assert_eq!((config["n"].as_i64(), config["u"].as_u64()), (Some(i64::MIN), Some(u64::MAX)));
        // serde_json reads a float to the last bit only with its feature `float_roundtrip`.
        let read = config["x"].as_f64().unwrap();
        assert!((read - number).abs() <= number.abs() * 2.0 * f64::EPSILON, "{number:e} became {read:e}");
    }
    let config = json!({ "x": [f64::MAX] }).as_object().unwrap().clone();
    let new = NewVersion { content: VersionContent { config, ..content("two") }, ..new_version("") };
    assert_eq!(fields(versions::create(&ctx, "t", new, None).await), ["config.x[0]"]);
}
