//! Sample sets: values of a template's own, audited, bounded, and nobody's business in another project.

use crate::common::{Home, at_once, fields, first, new_template, required, scale, stories, word};
use domain::audit::AuditFilter;
use domain::execution::Variables;
use domain::page::PageRequest;
use domain::sample::{MAX_SAMPLE_BYTES, MAX_SAMPLES, NewSample};
use domain::version::{Message, NewVersion, Parameter, VersionContent};
use serde_json::{Value, json};
use service::{audit, first_data, samples, templates, versions};

stories!(
    a_set_is_stored_changed_and_deleted_with_its_trace,
    values_may_be_any_json_and_keep_what_they_are,
    sets_are_bounded_in_number_and_size,
    what_looks_private_is_warned_of,
    two_people_never_store_more_than_fit,
    of_two_who_change_a_set_the_second_is_told,
    values_follow_a_parameter_that_is_renamed,
    first_templates_have_sets_that_render,
);

fn variables(value: Value) -> Variables {
    value.as_object().cloned().unwrap()
}

fn set(name: &str, value: Value) -> NewSample {
    NewSample { name: name.into(), variables: variables(value) }
}

async fn a_set_is_stored_changed_and_deleted_with_its_trace(home: &Home) {
    let ctx = home.engineer().await;
    let before = home.template("t", "one").await;
    samples::create(&ctx, "t", set("First", json!({"name": "Ada"}))).await.unwrap();
    samples::create(&ctx, "t", set("Another", json!({}))).await.unwrap();
    assert_eq!(word(samples::create(&ctx, "t", set("First", json!({}))).await), "sample_taken");
    home.clock.advance(5);
    samples::update(&ctx, "t", "First", variables(json!({"name": "Grace"})), None).await.unwrap();
    let found = samples::get(&home.manager().await, "t", "First").await.unwrap();
    assert_eq!((found.variables, found.revision), (variables(json!({"name": "Grace"})), 2));
    assert_eq!(found.updated_at, found.created_at.plus(5));
    let sets = samples::sets(&ctx, "t", "First").await.unwrap();
    assert_eq!(
        (sets.names, sets.chosen.map(|s| s.name)),
        (vec!["Another".into(), "First".into()], Some("First".into()))
    );
    assert_eq!(samples::sets(&ctx, "t", "gone").await.unwrap().chosen, None);
    let page = samples::list(&ctx, "t", &first(1)).await.unwrap();
    let rest = samples::list(&ctx, "t", &PageRequest { cursor: page.next, limit: Some(1) }).await.unwrap();
    assert_eq!((page.items[0].name.as_str(), rest.items[0].name.as_str(), rest.next), ("Another", "First", None));
    samples::delete(&ctx, "t", "First", None).await.unwrap();
    let gone = [
        word(samples::delete(&ctx, "t", "First", None).await),
        word(samples::get(&ctx, "t", "First").await),
        word(samples::update(&ctx, "t", "First", Variables::new(), None).await),
    ];
    assert_eq!(gone, ["not_found"; 3]);
    let filter = AuditFilter { action: "sample.".into(), ..AuditFilter::default() };
    let events = audit::list(&home.admin().await, &filter, &first(10)).await.unwrap().items;
    let actions: Vec<_> = events.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["sample.delete", "sample.update", "sample.create", "sample.create"]);
    assert!(events.iter().all(|e| e.object == "template:t"));
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("Ada") && !text.contains("Grace"), "values don't outlive their set: {text}");
    let noted = json!({ "name": "First", "parameters": ["name"], "size": 16 });
    assert_eq!(events[0].before, noted, "nor does a hash, of which they could be guessed");
    let after = templates::get(&ctx, "t").await.unwrap();
    assert_eq!(after.revision, before.revision, "a save of a version meets no conflict");
}

async fn values_follow_a_parameter_that_is_renamed(home: &Home) {
    let ctx = home.engineer().await;
    let content = |name: &str| VersionContent {
        messages: vec![Message { content: format!("Hello {{{{ {name} }}}}"), ..Message::default() }],
        parameters: vec![required(name)],
        ..VersionContent::default()
    };
    let save = async |parent: i64, name: &str| {
        let new = NewVersion { content: content(name), parent, commit_message: String::new() };
        versions::create(&ctx, "t", new, None).await.unwrap();
    };
    templates::create(&ctx, new_template("t")).await.unwrap();
    save(0, "name").await;
    for (set_name, values) in [
        ("A", json!({"name": "Ada", "other": 1})),
        ("B", json!({"name": "Grace", "person": "Joan"})),
        ("C", json!({"other": 2})),
    ] {
        samples::create(&ctx, "t", set(set_name, values)).await.unwrap();
    }
    save(1, "person").await;
    let all = async || {
        let mut found = Vec::new();
        for name in ["A", "B", "C"] {
            let set = samples::get(&ctx, "t", name).await.unwrap();
            found.push((set.revision, Value::Object(set.variables)));
        }
        found
    };
    let [b, c] = [(1, json!({"name": "Grace", "person": "Joan"})), (1, json!({"other": 2}))];
    assert_eq!(all().await, [(2, json!({"person": "Ada", "other": 1})), b.clone(), c.clone()]);
    let filter = AuditFilter { action: "sample.update".into(), ..AuditFilter::default() };
    let events = audit::list(&home.admin().await, &filter, &first(10)).await.unwrap().items;
    let told: Vec<_> = events.iter().map(|e| [&e.before["parameters"], &e.after["parameters"]]).collect();
    assert_eq!(told, [[&json!(["name", "other"]), &json!(["person", "other"])]]);
    // Another type is another parameter.
    let mut content = content("person");
    content.parameters[0] = Parameter { name: "human".into(), max: Some(9.0), ..required("human") };
    content.messages[0].content = "Hello {{ human }}".into();
    versions::create(&ctx, "t", NewVersion { content, parent: 2, commit_message: String::new() }, None).await.unwrap();
    assert_eq!(all().await, [(2, json!({"person": "Ada", "other": 1})), b, c]);
}

async fn values_may_be_any_json_and_keep_what_they_are(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let values = json!({
        "text": "\u{202e}</textarea>\n", "none": null, "large": 9_007_199_254_740_993_i64, "part": 0.1,
        "deep": [[{"a": [true, {"ü": []}]}]], "undeclared name!": "", "empty": {},
    });
    samples::create(&ctx, "t", set("All", values.clone())).await.unwrap();
    assert_eq!(Value::Object(samples::get(&ctx, "t", "All").await.unwrap().variables), values);
}

async fn sets_are_bounded_in_number_and_size(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let large = |bytes: usize| set("Large", json!({"a": "x".repeat(bytes - r#"{"a":""}"#.len())}));
    assert_eq!(fields(samples::create(&ctx, "t", large(MAX_SAMPLE_BYTES + 1)).await), ["variables"]);
    samples::create(&ctx, "t", large(MAX_SAMPLE_BYTES)).await.unwrap();
    assert_eq!(fields(samples::create(&ctx, "t", set("a/b", json!({"x": "a\0"}))).await), ["name", "variables.x"]);
    let wrong = variables(json!({"x": 1.75e308}));
    assert_eq!(fields(samples::update(&ctx, "t", "Large", wrong, None).await), ["variables.x"]);
    for n in 1..MAX_SAMPLES {
        samples::create(&ctx, "t", set(&n.to_string(), json!({}))).await.unwrap();
    }
    assert_eq!(word(samples::create(&ctx, "t", set("One more", json!({}))).await), "too_many_samples");
    home.template("u", "one").await;
    samples::create(&ctx, "u", set("One more", json!({}))).await.unwrap();
}

async fn what_looks_private_is_warned_of(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let values = json!({"turns": [{"content": "write to grace.hopper@navy.mil"}]});
    let saved = samples::create(&ctx, "t", set("Private", values)).await.unwrap();
    assert_eq!(saved.warnings[0].field, "variables.turns[0].content");
    assert!(saved.warnings[0].message.contains("an e-mail address"), "{:?}", saved.warnings);
    let saved = samples::update(&ctx, "t", "Private", variables(json!({"a": "ada@example.com"})), None).await.unwrap();
    assert_eq!(saved.warnings, []);
}

async fn two_people_never_store_more_than_fit(home: &Home) {
    let (one, other) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    for n in 1..MAX_SAMPLES {
        samples::create(&one, "t", set(&n.to_string(), json!({}))).await.unwrap();
    }
    let (a, b) = tokio::join!(
        samples::create(&one, "t", set("mine", json!({}))),
        samples::create(&other, "t", set("theirs", json!({})))
    );
    let mut words = [word(a), word(b)];
    words.sort();
    assert_eq!(words, ["ok", "too_many_samples"]);
    assert_eq!(home.count("sample").await, MAX_SAMPLES as i64);
}

async fn of_two_who_change_a_set_the_second_is_told(home: &Home) {
    let (one, other) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    let mut revision = samples::create(&one, "t", set("s", json!({}))).await.unwrap().sample.revision;
    for round in 0..4 * scale() {
        let words = at_once(2, |n| {
            let ctx = if n == 0 { one.clone() } else { other.clone() };
            let values = variables(json!({ "by": n }));
            async move { word(samples::update(&ctx, "t", "s", values, Some(revision)).await) }
        })
        .await;
        let winner = words.iter().position(|word| word == "ok").unwrap();
        assert_eq!(words[1 - winner], "stale", "round {round}");
        let found = samples::get(&one, "t", "s").await.unwrap();
        assert_eq!(found.variables, variables(json!({ "by": winner })));
        assert_eq!(word(samples::delete(&one, "t", "s", Some(revision)).await), "stale");
        revision = found.revision;
    }
    samples::update(&other, "t", "s", variables(json!({"by": "nobody who looked"})), None).await.unwrap();
    assert_eq!(word(samples::delete(&one, "t", "s", Some(revision + 1)).await), "ok");
}

async fn first_templates_have_sets_that_render(home: &Home) {
    let ctx = home.system().await;
    first_data::load(&ctx).await.unwrap();
    let page = samples::list(&ctx, "core_values", &first(50)).await.unwrap();
    assert_eq!(page.items.len(), 2);
    for row in page.items {
        let sample = samples::get(&ctx, "core_values", &row.name).await.unwrap();
        let content = service::versions::get(&ctx, "core_values", 0).await.unwrap().content;
        let preview = service::render::preview(&ctx, "core_values", &content, &sample.variables).await.unwrap();
        assert_eq!(preview.error, None, "{}", row.name);
    }
}
