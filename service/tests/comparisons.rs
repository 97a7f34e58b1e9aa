//! Comparisons of two versions, or of a version and a draft, in every layer.

use std::collections::BTreeMap;

use crate::common::{Home, content, fields, new_template, new_version, problem, required, stories, user, word};
use domain::comparison::{Compared, ComparisonRequest, DiffTag, MessageDiff, State};
use domain::lint::LintPatch;
use domain::sample::NewSample;
use domain::template::NewTemplate;
use domain::version::{NewVersion, Parameter, ParameterType, VersionContent};
use serde_json::json;
use service::{Ctx, comparisons, drafts, samples, templates, versions};

stories!(
    two_versions_are_compared,
    what_no_side_can_be_is_refused_by_name,
    whitespace_can_be_ignored,
    the_same_values_go_through_both,
    a_sample_set_goes_through_both,
    a_side_that_cant_be_rendered_says_why,
    a_parameter_that_is_only_renamed_is_one_value,
    what_is_named_is_put_in_place,
    a_draft_is_compared_by_its_author_alone,
    hostile_texts_are_compared_and_cut_for_pages,
    scores_are_by_the_rules_that_the_project_has_on,
);

fn request(from: &str, to: &str) -> ComparisonRequest {
    ComparisonRequest { from: from.into(), to: to.into(), ..ComparisonRequest::default() }
}
async fn compare(ctx: &Ctx, from: &str, to: &str) -> Compared {
    comparisons::get(ctx, "t", &request(from, to)).await.unwrap()
}
async fn save(ctx: &Ctx, content: VersionContent) {
    versions::create(ctx, "t", NewVersion { content, ..new_version("") }, None).await.unwrap();
}
fn of(text: &str, parameters: Vec<Parameter>) -> VersionContent {
    VersionContent { parameters, ..content(text) }
}
/// The text of one side of a message.
fn side(message: &MessageDiff, gone: DiffTag) -> String {
    let lines = message.lines.iter().filter(|line| line.tag != gone);
    lines.flat_map(|line| &line.parts).map(|part| part.text.as_str()).collect()
}
fn old(message: &MessageDiff) -> String {
    side(message, DiffTag::Insert)
}
fn new(message: &MessageDiff) -> String {
    side(message, DiffTag::Delete)
}

async fn two_versions_are_compared(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one\ntwo").await;
    let config = json!({ "model": "m" }).as_object().unwrap().clone();
    save(&ctx, VersionContent { config, ..of("one\nthree {{ goal }}", vec![required("goal")]) }).await;
    assert_eq!(word(comparisons::get(&ctx, "t", &request("", "1")).await), "not_found", "nothing was before");
    assert_eq!(comparisons::open(&ctx, "t", &request("", "1")).await.unwrap().compared, None);
    let forth = compare(&ctx, "1", "2").await.changes;
    assert_eq!((forth.messages[0].added, forth.messages[0].removed, forth.is_same), (1, 1, false));
    assert_eq!((forth.parameters[0].state, forth.parameters[0].is_breaking), (State::Added, true));
    assert_eq!(forth.config[0].to.as_deref(), Some("\"m\""));
    assert!(compare(&ctx, "2", "").await.changes.is_same, "the latest");
    versions::create(&ctx, "t", NewVersion { parent: 1, ..new_version("three") }, None).await.unwrap();
    let numbers = async |from, to| (compare(&ctx, from, to).await.from, compare(&ctx, from, to).await.to);
    assert_eq!(numbers("", "").await, (1, 3), "the latest with what it was written from");
    assert_eq!((numbers("", "2").await, numbers("2", "").await), ((1, 2), (2, 3)));
    let opened = comparisons::open(&ctx, "t", &request("3", "1")).await.unwrap();
    assert_eq!((opened.versions.len(), opened.has_draft, opened.compared.unwrap().to), (3, false, 1));
    templates::create(&ctx, new_template("empty")).await.unwrap();
    assert_eq!(comparisons::open(&ctx, "empty", &request("", "")).await.unwrap().compared, None);
}

async fn what_no_side_can_be_is_refused_by_name(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let wrong = ComparisonRequest { ws: "all".into(), text: "mine".into(), ..request("first", "0") };
    assert_eq!(fields(comparisons::get(&ctx, "t", &wrong).await), ["from", "to", "ws", "text"]);
    for (from, to) in [("1", "4"), ("9", "1"), ("1", "draft"), ("draft", "1")] {
        assert_eq!(word(comparisons::get(&ctx, "t", &request(from, to)).await), "not_found", "{from} {to}");
    }
    assert!(problem(comparisons::get(&ctx, "t", &request("1", "draft")).await).message.contains("draft of yours"));
}

async fn whitespace_can_be_ignored(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one two").await;
    save(&ctx, content("one   two")).await;
    assert!(!compare(&ctx, "1", "2").await.changes.is_same);
    let ignored = ComparisonRequest { ws: "ignore".into(), ..request("1", "2") };
    assert!(comparisons::get(&ctx, "t", &ignored).await.unwrap().changes.is_same);
}

async fn the_same_values_go_through_both(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "Hello").await;
    let count = Parameter { kind: ParameterType::Integer, ..required("count") };
    save(&ctx, of("Hi {{ user_name }}, {{ count + 1 }} new.", vec![required("user_name"), count.clone()])).await;
    let text = Parameter { kind: ParameterType::String, ..count };
    save(&ctx, of("Dear {{ user_name }}, {{ count }} new.", vec![required("user_name"), text])).await;
    let made_up = compare(&ctx, "2", "3").await.rendered;
    assert_eq!((made_up.from_error, made_up.to_error), (None, None));
    assert_eq!(old(&made_up.messages[0]), "Hi [user name], 2 new.", "an example for each contract");
    assert_eq!(new(&made_up.messages[0]), "Dear [user name], [count] new.");
    assert!(made_up.values.iter().all(|value| value.is_made_up));
    let values = BTreeMap::from([("user_name".to_owned(), "Ada".to_owned()), ("other".to_owned(), "x".to_owned())]);
    let given = comparisons::get(&ctx, "t", &ComparisonRequest { values, ..request("1", "3") }).await.unwrap().rendered;
    assert_eq!(old(&given.messages[0]), "Hello");
    assert_eq!(new(&given.messages[0]), "Dear Ada, [count] new.");
    let value = &given.values[0];
    assert_eq!((value.text.as_str(), value.is_made_up, value.in_from, value.in_to), ("Ada", false, false, true));
    assert_eq!(home.count("execution").await, 0, "a try is no execution");
}

async fn a_sample_set_goes_through_both(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "Hello").await;
    save(&ctx, of("Hi {{ name }}, {{ tone }}.", vec![required("name"), required("tone")])).await;
    save(&ctx, of("Dear {{ user_name }}, {{ tone }}.", vec![required("user_name"), required("tone")])).await;
    let variables = serde_json::from_value(json!({ "name": "Ada", "tone": "kind" })).unwrap();
    samples::create(&ctx, "t", NewSample { name: "First".into(), variables }).await.unwrap();
    let with = |sample: &str, values| ComparisonRequest { sample: sample.into(), values, ..request("2", "3") };
    let rendered = comparisons::get(&ctx, "t", &with("First", BTreeMap::new())).await.unwrap().rendered;
    assert_eq!(old(&rendered.messages[0]), "Hi Ada, kind.");
    assert_eq!(new(&rendered.messages[0]), "Dear Ada, kind.", "under the name that it has now");
    let typed = BTreeMap::from([("tone".to_owned(), "short".to_owned())]);
    let rendered = comparisons::get(&ctx, "t", &with("First", typed)).await.unwrap().rendered;
    assert_eq!(new(&rendered.messages[0]), "Dear Ada, short.", "what is typed comes first");
    assert_eq!(word(comparisons::get(&ctx, "t", &with("Second", BTreeMap::new())).await), "not_found");
    assert_eq!(comparisons::open(&ctx, "t", &request("", "")).await.unwrap().samples, ["First"]);
}

async fn a_side_that_cant_be_rendered_says_why(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "Hello").await;
    let count = Parameter { kind: ParameterType::Integer, ..required("count") };
    save(&ctx, of("{{ count }}", vec![count])).await;
    let values = BTreeMap::from([("count".to_owned(), "many".to_owned())]);
    let rendered =
        comparisons::get(&ctx, "t", &ComparisonRequest { values, ..request("1", "2") }).await.unwrap().rendered;
    let error = rendered.to_error.unwrap();
    assert_eq!((rendered.from_error, error.errors[0].field.as_str()), (None, "variables.count"));
    assert_eq!((rendered.messages[0].state, old(&rendered.messages[0])), (State::Same, "Hello".to_owned()));
    let pattern = Parameter { pattern: Some("[0-9]{4}".into()), ..required("year") };
    save(&ctx, of("{{ year }}", vec![pattern])).await;
    let rendered = compare(&ctx, "2", "3").await.rendered;
    assert_eq!(rendered.to_error.unwrap().errors[0].field, "variables.year", "nobody can make up a pattern's text");
}

async fn a_parameter_that_is_only_renamed_is_one_value(home: &Home) {
    let ctx = home.system().await;
    let first =
        NewTemplate { messages: vec![user("For {{ name }}")], parameters: vec![required("name")], ..new_template("t") };
    templates::create(&ctx, first).await.unwrap();
    save(&ctx, of("To {{ customer }}", vec![required("customer")])).await;
    let values = BTreeMap::from([("customer".to_owned(), "Ada".to_owned())]);
    let compared = comparisons::get(&ctx, "t", &ComparisonRequest { values, ..request("1", "2") }).await.unwrap();
    assert_eq!(compared.changes.parameters[0].renamed_from.as_deref(), Some("name"));
    let rendered = compared.rendered;
    assert_eq!((rendered.values.len(), rendered.values[0].renamed_from.as_deref()), (1, Some("name")));
    assert_eq!((old(&rendered.messages[0]), new(&rendered.messages[0])), ("For Ada".into(), "To Ada".into()));
}

async fn what_is_named_is_put_in_place(home: &Home) {
    let ctx = home.system().await;
    home.template("part", "Part one").await;
    home.template("t", "{% include 'part@1' %}").await;
    home.version("part", "Part two").await;
    save(&ctx, content("{% include 'part@2' %}")).await;
    let own = compare(&ctx, "1", "2").await;
    assert_eq!((own.is_effective, new(&own.changes.messages[0])), (false, "{% include 'part@2' %}".into()));
    assert_eq!(
        (old(&own.rendered.messages[0]), new(&own.rendered.messages[0])),
        ("Part one".into(), "Part two".into())
    );
    let wanted = ComparisonRequest { text: "effective".into(), ..request("1", "2") };
    let effective = comparisons::get(&ctx, "t", &wanted).await.unwrap();
    assert!(effective.is_effective);
    assert_eq!(
        (old(&effective.changes.messages[0]), new(&effective.changes.messages[0])),
        ("Part one".into(), "Part two".into())
    );
}

async fn a_draft_is_compared_by_its_author_alone(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    drafts::save(&engineer, "t", &crate::common::draft("{% include 'nothing' %}", 1)).await.unwrap();
    let compared = compare(&engineer, "", "draft").await;
    assert_eq!((compared.from, compared.to), (1, 0), "with what it was written from");
    assert_eq!(new(&compared.changes.messages[0]), "{% include 'nothing' %}");
    let error = compared.rendered.to_error.unwrap();
    assert_eq!(error.errors[0].field, "messages[0].content", "what would stop the save is said");
    assert!(compared.measured_to.outcomes.is_none() && compared.notes[0].contains("draft"), "{:?}", compared.notes);
    let wanted = ComparisonRequest { text: "effective".into(), ..request("1", "draft") };
    assert!(!comparisons::get(&engineer, "t", &wanted).await.unwrap().is_effective);
    assert!(comparisons::open(&engineer, "t", &request("", "")).await.unwrap().has_draft);
    assert_eq!(word(comparisons::get(&manager, "t", &request("1", "draft")).await), "not_found");
    assert!(!comparisons::open(&manager, "t", &request("", "")).await.unwrap().has_draft);
}

async fn hostile_texts_are_compared_and_cut_for_pages(home: &Home) {
    let ctx = home.system().await;
    let line = "a\u{202e}<script>".repeat(3_000);
    let short = (0..16_000).map(|i| if i % 5 == 0 { "x\n" } else { "yy\n" }).collect::<String>();
    let new = NewTemplate { messages: vec![user(&line), user(&short)], ..new_template("t") };
    templates::create(&ctx, new).await.unwrap();
    let messages = vec![user(&format!("{line}!")), user(&short.replacen("x\n", "z\n", 4_000))];
    save(&ctx, VersionContent { messages, ..VersionContent::default() }).await;
    let whole = compare(&ctx, "1", "2").await.changes.messages;
    assert_eq!((old(&whole[0]), old(&whole[1])), (line, short.clone()));
    let shown = comparisons::open(&ctx, "t", &request("1", "2")).await.unwrap().compared.unwrap().changes.messages;
    let lines: usize = shown.iter().map(|message| message.lines.len()).sum();
    assert_eq!((lines, shown[1].left_out > 0, shown[1].added), (3_000, true, whole[1].added));
}

async fn scores_are_by_the_rules_that_the_project_has_on(home: &Home) {
    let manager = home.manager().await;
    home.template("t", "ANSWER IN CAPITALS and in one word, as plain text.").await;
    home.version("t", "ANSWER IN CAPITALS and in two words, as plain text.").await;
    let scores = async || {
        let compared = compare(&manager, "1", "2").await;
        [compared.measured_from.score, compared.measured_to.score]
    };
    assert_eq!(scores().await, [98, 98]);
    service::lint::update(&manager, &LintPatch { off: vec!["shouting".into()] }, None).await.unwrap();
    assert_eq!(scores().await, [100, 100]);
}
