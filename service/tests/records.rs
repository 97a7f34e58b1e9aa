//! Template records: templates as two integrations write and read them.

use crate::common::{self, Home, fields, first, new_template, problem, redacted, stories, user, word};
use domain::error::Kind;
use domain::record::RecordPatch;
use domain::template::TemplateFilter;
use domain::version::{Message, MessageRole};
use serde_json::json;
use service::serving::{Wanted, fetch};
use service::{records, templates};

stories!(
    a_record_is_a_template_with_its_latest_text,
    errors_name_the_fields_as_the_record_routes_do,
    another_text_is_another_version_that_nothing_serves_yet,
    a_refused_change_leaves_all_as_it_was,
    a_stale_revision_is_refused,
    activating_points_production_and_deactivating_takes_it_away,
    records_are_listed_like_templates,
    a_single_text_keeps_its_role,
);

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
fn new(name: &str) -> RecordPatch {
    RecordPatch { name: text(name), template_text: text("Hello {{ user }}"), ..variables(&["user"]) }
}
fn variables(names: &[&str]) -> RecordPatch {
    let variables = Some(names.iter().map(|n| (*n).to_owned()).collect());
    RecordPatch { variables, ..RecordPatch::default() }
}

async fn a_record_is_a_template_with_its_latest_text(home: &Home) {
    let ctx = home.engineer().await;
    let (made, _) = records::create(&ctx, new("good_morning")).await.unwrap();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&made), @r#"
        {
          "active_version": null,
          "category": "",
          "config": {},
          "created_at": "2027-01-15T08:00:00Z",
          "created_by": "prompt_engineer@example.com",
          "description": "",
          "display_name": "good morning",
          "id": "[id]",
          "is_active": false,
          "is_archived": false,
          "messages": [
            {
              "content": "Hello {{ user }}",
              "role": "user"
            }
          ],
          "name": "good_morning",
          "parameters": [
            {
              "name": "user",
              "required": true,
              "type": "string"
            }
          ],
          "template_text": "Hello {{ user }}",
          "updated_at": "2027-01-15T08:00:00Z",
          "variables": [
            "user"
          ],
          "version": 1
        }
        "#);
    }
    let (by_id, revision) = records::get(&ctx, &made.id.to_string()).await.unwrap();
    assert_eq!((&by_id, revision), (&made, 2));
    assert_eq!(records::get(&ctx, "good_morning").await.unwrap().0, made);
    assert_eq!(word(records::get(&ctx, "none").await), "not_found");
    templates::create(&ctx, new_template("empty")).await.unwrap();
    assert_eq!(records::get(&ctx, "empty").await.unwrap().0.version, 0);
}

async fn errors_name_the_fields_as_the_record_routes_do(home: &Home) {
    let ctx = home.engineer().await;
    assert_eq!(fields(records::create(&ctx, RecordPatch::default()).await), ["name", "display_name"]);
    let wrong = RecordPatch { display_name: text("x"), ..new("Big") };
    assert_eq!(fields(records::create(&ctx, wrong).await), ["name"]);
    records::create(&ctx, new("t")).await.unwrap();
    assert_eq!(word(records::create(&ctx, new("t")).await), "key_taken");
    let renamed =
        RecordPatch { template_text: text("{{ open"), ..RecordPatch { name: text("u"), ..RecordPatch::default() } };
    assert_eq!(fields(records::update(&ctx, "t", renamed, None).await), ["name", "template_text"]);
    let unnamed = RecordPatch { variables: Some(vec!["9".into()]), ..new("u") };
    let named = fields(records::create(&ctx, unnamed).await);
    assert!(named.iter().all(|f| f == "variables[0]" || f == "template_text"), "{named:?}");
    let messages = |content: &str| Some(vec![user(content)]);
    let both = |content: &str| RecordPatch { messages: messages(content), ..new("both") };
    let own = new("both").template_text.unwrap();
    assert_eq!(fields(records::create(&ctx, both("another")).await), ["template_text"], "neither is dropped unseen");
    assert_eq!(word(records::create(&ctx, both(&own)).await), "ok", "they say the same");
    let twice = RecordPatch { variables: Some(vec!["a".into()]), parameters: Some(vec![]), ..RecordPatch::default() };
    assert_eq!(fields(records::update(&ctx, "t", twice, None).await), ["variables"]);
    let same = RecordPatch { name: text("t"), description: text("d"), ..RecordPatch::default() };
    assert_eq!(records::update(&ctx, "t", same, None).await.unwrap().0.description, "d");
}

async fn another_text_is_another_version_that_nothing_serves_yet(home: &Home) {
    let ctx = home.manager().await;
    records::create(&ctx, new("t")).await.unwrap();
    records::activate(&ctx, "t", None, None).await.unwrap();
    let patch = RecordPatch { template_text: text("Bye {{ user }}"), category: text("c"), ..RecordPatch::default() };
    let (record, revision) = records::update(&ctx, "t", patch, Some(3)).await.unwrap();
    assert_eq!((record.version, record.active_version, record.is_active), (2, Some(1), false));
    assert_eq!((record.category.as_str(), record.variables.as_slice(), revision), ("c", &["user".to_owned()][..], 5));
    assert_eq!(fetch(&ctx, "t", Wanted::default()).await.unwrap().version, 1);
    let (same, _) = records::update(&ctx, "t", RecordPatch::default(), None).await.unwrap();
    assert_eq!(same, record);
    let parent = service::versions::get(&ctx, "t", 2).await.unwrap().parent;
    assert_eq!(parent, 1);
}

/// Fields and content are two writes: nothing of either may stay when the other is refused.
async fn a_refused_change_leaves_all_as_it_was(home: &Home) {
    let ctx = home.engineer().await;
    let (before, _) = records::create(&ctx, new("t")).await.unwrap();
    let changed = || RecordPatch { display_name: text("New"), template_text: text("Bye"), ..RecordPatch::default() };
    let long = RecordPatch { commit_message: "x".repeat(501), ..changed() };
    assert_eq!(fields(records::update(&ctx, "t", long, None).await), ["commit_message"]);
    let wrong_text = RecordPatch { template_text: text("{{ open"), ..changed() };
    assert_eq!(fields(records::update(&ctx, "t", wrong_text, None).await), ["template_text"]);
    let wrong_kind = RecordPatch { kind: text("Big"), ..changed() };
    assert_eq!(fields(records::update(&ctx, "t", wrong_kind, None).await), ["kind"]);
    assert_eq!(records::get(&ctx, "t").await.unwrap(), (before, 2));
}

async fn a_stale_revision_is_refused(home: &Home) {
    let ctx = home.manager().await;
    records::create(&ctx, new("t")).await.unwrap();
    let patch = || RecordPatch { template_text: text("Bye"), ..RecordPatch::default() };
    let refused = problem(records::update(&ctx, "t", patch(), Some(1)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "stale"));
    assert_eq!(word(records::activate(&ctx, "t", None, Some(1)).await), "stale");
    assert_eq!(word(records::activate(&ctx, "t", None, Some(2)).await), "ok");
    assert_eq!(word(records::deactivate(&ctx, "t", Some(2)).await), "stale");
    assert_eq!(word(records::deactivate(&ctx, "t", Some(3)).await), "ok");
}

async fn activating_points_production_and_deactivating_takes_it_away(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    records::create(&engineer, new("t")).await.unwrap();
    home.version("t", "two").await;
    assert_eq!(word(records::activate(&engineer, "t", None, None).await), "forbidden");
    let (latest, _) = records::activate(&manager, "t", None, None).await.unwrap();
    assert_eq!((latest.version, latest.active_version, latest.is_active), (2, Some(2), true));
    let (older, _) = records::activate(&manager, "t", Some(1), None).await.unwrap();
    assert_eq!((older.version, older.active_version, older.is_active), (1, Some(1), true));
    assert_eq!(fields(records::activate(&manager, "t", Some(9), None).await), ["version"]);
    let (off, _) = records::deactivate(&manager, "t", None).await.unwrap();
    assert_eq!((off.version, off.active_version, off.is_active), (2, None, false));
    assert_eq!(word(fetch(&manager, "t", Wanted::default()).await), "not_published");
    for result in
        [records::deactivate(&manager, "t", None).await, records::activate(&manager, "none", None, None).await]
    {
        assert_eq!(word(result), "not_found");
    }
    assert_eq!(word(records::deactivate(&manager, "none", None).await), "not_found");
}

async fn records_are_listed_like_templates(home: &Home) {
    let ctx = home.engineer().await;
    for name in ["a", "b", "c"] {
        records::create(&ctx, new(name)).await.unwrap();
    }
    let page = records::list(&ctx, &TemplateFilter::default(), &first(2)).await.unwrap();
    assert_eq!(page.items[0], records::get(&ctx, "a").await.unwrap().0);
    let rest = common::after(page.next, 2);
    let page = records::list(&ctx, &TemplateFilter::default(), &rest).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].name.as_str(), page.next), (1, "c", None));
}

async fn a_single_text_keeps_its_role(home: &Home) {
    let ctx = home.engineer().await;
    let system = vec![Message { role: MessageRole::System, content: "one".into() }];
    let made = RecordPatch { name: text("t"), messages: Some(system), ..RecordPatch::default() };
    records::create(&ctx, made).await.unwrap();
    let patch = RecordPatch { template_text: text("two"), ..RecordPatch::default() };
    let (record, _) = records::update(&ctx, "t", patch, None).await.unwrap();
    assert_eq!((record.messages[0].role, record.template_text.as_str()), (MessageRole::System, "two"));
    let both = RecordPatch {
        messages: Some(vec![user("a"), user("b")]),
        config: Some(json!({ "model": "m" }).as_object().unwrap().clone()),
        tags: Some(vec!["x".into()]),
        folder: text("f"),
        ..RecordPatch::default()
    };
    let (record, _) = records::update(&ctx, "t", both, None).await.unwrap();
    assert_eq!((record.template_text.as_str(), record.config["model"].as_str()), ("a\n\nb", Some("m")));
}
