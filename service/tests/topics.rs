//! Topics: templates as the KPI integration writes and reads them. Each write makes a version and moves `production` to it.

use crate::common::{self, Home, after, at_once, fields, first, problem, redacted, required, stories, word};
use domain::error::Kind;
use domain::topic::{NewTopic, TopicPatch};
use domain::version::MessageRole::{Assistant, Function, System, User};
use domain::version::{Message, NewVersion, VersionContent};
use serde_json::json;
use service::serving::{Wanted, fetch};
use service::topics::{self, Write};
use service::{Ctx, labels, templates, versions};

stories!(
    a_topic_is_made_with_its_contract_and_serves_nothing_yet,
    errors_name_the_fields_as_the_topic_routes_do,
    a_contract_that_a_prompt_does_not_fit_is_told_so,
    each_prompt_is_published_as_it_is_written,
    a_prompt_is_created_once_and_replaced_only_when_there,
    prompts_keep_the_order_of_roles,
    a_prompt_knows_who_changed_it_last,
    the_last_prompt_deleted_takes_production_away,
    metadata_contract_and_settings_change,
    a_change_that_is_half_allowed_is_refused_whole,
    topics_are_listed_by_display_order,
    a_stale_revision_is_refused,
    concurrent_writes_lose_nothing,
    the_same_text_again_makes_no_version,
);

fn new(id: &str) -> NewTopic {
    NewTopic {
        topic_id: id.into(),
        topic_name: format!("Topic {id}"),
        topic_type: "conversation_coaching".into(),
        allowed_parameters: vec![required("user_name")],
        ..NewTopic::default()
    }
}
async fn put(ctx: &Ctx, role: domain::version::MessageRole, text: &str, write: Write) -> service::Result<()> {
    topics::put_prompt(ctx, "core", role, text, write, None).await.map(drop)
}

async fn a_topic_is_made_with_its_contract_and_serves_nothing_yet(home: &Home) {
    let ctx = home.manager().await;
    let made = topics::create(&ctx, new("core")).await.unwrap().value;
    assert_eq!((made.topic_id.as_str(), made.topic_name.as_str()), ("core", "Topic core"));
    assert_eq!(word(fetch(&ctx, "core", Wanted::default()).await), "not_published");
    assert_eq!(word(topics::get_prompt(&ctx, "core", User).await), "not_found");
    assert_eq!(word(topics::create(&ctx, new("core")).await), "key_taken");
    let list = topics::list(&ctx, "", &first(5)).await.unwrap();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&list), @r#"
        {
          "items": [
            {
              "allowed_parameters": [
                {
                  "name": "user_name",
                  "required": true,
                  "type": "string"
                }
              ],
              "available_prompts": [],
              "category": "",
              "is_active": true,
              "topic_id": "core",
              "topic_name": "Topic core",
              "topic_type": "conversation_coaching"
            }
          ]
        }
        "#);
    }
}

async fn errors_name_the_fields_as_the_topic_routes_do(home: &Home) {
    let ctx = home.manager().await;
    let wrong = NewTopic {
        topic_id: "Core".into(),
        topic_type: "x y".into(),
        allowed_parameters: vec![required("9")],
        ..NewTopic::default()
    };
    let mut named = fields(topics::create(&ctx, wrong).await);
    named.sort();
    named.dedup();
    assert_eq!(named, ["allowed_parameters[0].name", "topic_id", "topic_name", "topic_type"]);
    topics::create(&ctx, new("core")).await.unwrap();
    let contract = TopicPatch { allowed_parameters: Some(vec![required("9")]), ..TopicPatch::default() };
    let named = fields(topics::update(&ctx, "core", contract, None).await);
    assert!(named.iter().all(|f| f == "allowed_parameters[0].name"), "{named:?}");
    let many = (0..51).map(|n| required(&format!("p{n}"))).collect();
    let many = TopicPatch { allowed_parameters: Some(many), ..TopicPatch::default() };
    assert_eq!(fields(topics::update(&ctx, "core", many, None).await), ["allowed_parameters"]);
    let kind = TopicPatch { topic_type: Some("x y".into()), ..TopicPatch::default() };
    assert_eq!(fields(topics::update(&ctx, "core", kind, None).await), ["topic_type"]);
    assert_eq!(fields(put(&ctx, User, "{{ open", Write::Create).await), ["content"]);
    assert_eq!(fields(put(&ctx, User, "", Write::Create).await), ["content"]);
}

async fn a_contract_that_a_prompt_does_not_fit_is_told_so(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, NewTopic { allowed_parameters: vec![required("goal")], ..new("core") }).await.unwrap();
    put(&ctx, User, "one\n {{ goal }}", Write::Create).await.unwrap();
    let none = TopicPatch { allowed_parameters: Some(vec![]), ..TopicPatch::default() };
    let refused = problem(topics::update(&ctx, "core", none, None).await);
    let error = &refused.errors[0];
    assert_eq!(error.field, "allowed_parameters");
    assert!(error.message.starts_with("does not fit the user prompt, line 2: `goal`"), "{}", error.message);
}

async fn each_prompt_is_published_as_it_is_written(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    put(&ctx, User, "Hello {{ user_name }}", Write::Create).await.unwrap();
    let served = fetch(&ctx, "core", Wanted::default()).await.unwrap();
    assert_eq!((served.version, served.content.messages.len()), (2, 1));
    put(&ctx, User, "Hi {{ user_name }}", Write::Replace).await.unwrap();
    let served = fetch(&ctx, "core", Wanted::default()).await.unwrap();
    assert_eq!((served.version, served.content.messages[0].content.as_str()), (3, "Hi {{ user_name }}"));
    let version = versions::get(&ctx, "core", 3).await.unwrap();
    assert_eq!((version.parent, version.commit_message.as_str()), (2, "User prompt changed"));
    assert_eq!(version.labels, ["production"]);
    let history = labels::history(&ctx, "core", &first(5)).await.unwrap().items;
    assert_eq!(history.iter().map(|e| (e.from_version, e.to_version)).collect::<Vec<_>>(), [(2, 3), (0, 2)]);
}

async fn a_prompt_is_created_once_and_replaced_only_when_there(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    assert_eq!(word(put(&ctx, System, "x", Write::Replace).await), "not_found");
    assert_eq!(word(put(&ctx, System, "x", Write::Create).await), "ok");
    let twice = problem(put(&ctx, System, "y", Write::Create).await);
    assert_eq!((twice.kind, twice.code.as_str()), (Kind::Conflict, "prompt_exists"));
    assert_eq!(word(topics::put_prompt(&ctx, "none", System, "x", Write::Create, None).await), "not_found");
    assert_eq!(word(topics::delete_prompt(&ctx, "core", User, None).await), "not_found");
    assert_eq!(word(topics::delete_prompt(&ctx, "none", User, None).await), "not_found");
}

async fn prompts_keep_the_order_of_roles(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    for role in [Function, User, System, Assistant] {
        put(&ctx, role, role.name(), Write::Create).await.unwrap();
    }
    let roles = async || {
        let content = versions::get(&ctx, "core", 0).await.unwrap().content;
        content.messages.iter().map(|m| m.role).collect::<Vec<_>>()
    };
    assert_eq!(roles().await, [System, User, Assistant, Function]);
    let message = |role, text: &str| Message { role, content: text.into() };
    let messages = vec![message(User, "a"), message(Assistant, "b"), message(User, "c")];
    let content = VersionContent { messages, ..VersionContent::default() };
    versions::create(&ctx, "core", NewVersion { content, ..NewVersion::default() }, None).await.unwrap();
    assert_eq!(topics::get_prompt(&ctx, "core", User).await.unwrap().0.content, "a\n\nc");
    put(&ctx, User, "joined", Write::Replace).await.unwrap();
    assert_eq!(roles().await, [User, Assistant]);
}

async fn a_prompt_knows_who_changed_it_last(home: &Home) {
    let (manager, admin) = (home.manager().await, home.admin().await);
    topics::create(&manager, new("core")).await.unwrap();
    put(&manager, User, "one", Write::Create).await.unwrap();
    home.clock.advance(1_000);
    put(&admin, System, "system", Write::Create).await.unwrap();
    let (prompt, _) = topics::get_prompt(&admin, "core", User).await.unwrap();
    assert_eq!((prompt.updated_by.as_str(), prompt.updated_at), ("content_manager@example.com", common::START));
    home.clock.advance(1_000);
    put(&admin, User, "two", Write::Replace).await.unwrap();
    let (prompt, _) = topics::get_prompt(&manager, "core", User).await.unwrap();
    assert_eq!((prompt.updated_by.as_str(), prompt.updated_at), ("super_admin@example.com", common::START.plus(2_000)));
    assert_eq!(prompt.allowed_parameters, [required("user_name")]);
    let (system, _) = topics::get_prompt(&manager, "core", System).await.unwrap();
    assert_eq!(system.updated_at, common::START.plus(1_000));
}

async fn the_last_prompt_deleted_takes_production_away(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    put(&ctx, User, "u", Write::Create).await.unwrap();
    put(&ctx, System, "s", Write::Create).await.unwrap();
    let deleted = topics::delete_prompt(&ctx, "core", User, None).await.unwrap().value;
    assert_eq!((deleted.prompt_type, deleted.message.as_str()), (User, "Prompt deleted."));
    assert_eq!(fetch(&ctx, "core", Wanted::default()).await.unwrap().content.messages.len(), 1);
    topics::delete_prompt(&ctx, "core", System, None).await.unwrap();
    assert_eq!(word(fetch(&ctx, "core", Wanted::default()).await), "not_published");
    assert!(templates::get(&ctx, "core").await.unwrap().labels.is_empty());
    put(&ctx, User, "again", Write::Create).await.unwrap();
    assert_eq!(word(fetch(&ctx, "core", Wanted::default()).await), "ok");
}

async fn metadata_contract_and_settings_change(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    put(&ctx, User, "u", Write::Create).await.unwrap();
    let named = TopicPatch {
        topic_name: Some("New".into()),
        category: Some("coaching".into()),
        description: Some("What".into()),
        display_order: Some(3),
        topic_type: Some("single_shot".into()),
        ..TopicPatch::default()
    };
    let topic = topics::update(&ctx, "core", named, None).await.unwrap().value;
    assert_eq!(
        (topic.topic_name.as_str(), topic.topic_type.as_str(), topic.category.as_str()),
        ("New", "single_shot", "coaching")
    );
    assert_eq!(templates::get(&ctx, "core").await.unwrap().latest_version, 2, "no version for metadata alone");
    let contract = TopicPatch {
        allowed_parameters: Some(vec![required("goal")]),
        config: Some(json!({ "model": "m" }).as_object().unwrap().clone()),
        ..TopicPatch::default()
    };
    let topic = topics::update(&ctx, "core", contract, None).await.unwrap().value;
    assert_eq!((topic.allowed_parameters, topic.available_prompts), (vec![required("goal")], vec![User]));
    let served = fetch(&ctx, "core", Wanted::default()).await.unwrap();
    assert_eq!((served.version, served.model.as_deref()), (3, Some("m")));
    let off = TopicPatch { is_active: Some(false), ..TopicPatch::default() };
    assert!(!topics::update(&ctx, "core", off, None).await.unwrap().value.is_active);
    assert_eq!(word(fetch(&ctx, "core", Wanted::default()).await), "not_found");
    let on = TopicPatch { is_active: Some(true), ..TopicPatch::default() };
    assert!(topics::update(&ctx, "core", on, None).await.unwrap().value.is_active);
    assert_eq!(word(topics::update(&ctx, "none", TopicPatch::default(), None).await), "not_found");
}

/// The fields and the contract are two writes: when one is not allowed, neither may stay.
async fn a_change_that_is_half_allowed_is_refused_whole(home: &Home) {
    let engineer = home.engineer().await;
    topics::create(&engineer, new("core")).await.unwrap();
    let before = templates::get(&engineer, "core").await.unwrap();
    let patch = TopicPatch {
        topic_name: Some("Renamed".into()),
        allowed_parameters: Some(Vec::new()),
        ..TopicPatch::default()
    };
    assert_eq!(word(topics::update(&engineer, "core", patch, None).await), "forbidden");
    assert_eq!(word(put(&engineer, User, "u", Write::Create).await), "forbidden");
    assert_eq!(templates::get(&engineer, "core").await.unwrap(), before);
    let name = TopicPatch { topic_name: Some("Renamed".into()), ..TopicPatch::default() };
    assert_eq!(word(topics::update(&engineer, "core", name, None).await), "ok");
}

async fn topics_are_listed_by_display_order(home: &Home) {
    let ctx = home.manager().await;
    for (id, order, kind) in [("a", 3, "single_shot"), ("b", 1, "kpi_system"), ("c", 2, "single_shot")] {
        let new = NewTopic { display_order: order, topic_type: kind.into(), ..new(id) };
        topics::create(&ctx, new).await.unwrap();
    }
    let off = TopicPatch { is_active: Some(false), ..TopicPatch::default() };
    topics::update(&ctx, "a", off, None).await.unwrap();
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = topics::list(&ctx, "", &after(cursor, 2)).await.unwrap();
        ids.extend(page.items.into_iter().map(|t| (t.topic_id, t.is_active)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, [("b".into(), true), ("c".into(), true), ("a".to_owned(), false)]);
    let single = topics::list(&ctx, "single_shot", &first(9)).await.unwrap().items;
    assert_eq!(single.iter().map(|t| t.topic_id.as_str()).collect::<Vec<_>>(), ["c", "a"]);
}

async fn a_stale_revision_is_refused(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    let revision = templates::get(&ctx, "core").await.unwrap().revision;
    topics::put_prompt(&ctx, "core", User, "u", Write::Create, Some(revision)).await.unwrap();
    let stale = Some(revision);
    let name = || TopicPatch { topic_name: Some("New".into()), ..TopicPatch::default() };
    let contract = || TopicPatch { allowed_parameters: Some(Vec::new()), ..TopicPatch::default() };
    let words = [
        word(topics::put_prompt(&ctx, "core", User, "v", Write::Replace, stale).await),
        word(topics::delete_prompt(&ctx, "core", User, stale).await),
        word(topics::update(&ctx, "core", name(), stale).await),
        word(topics::update(&ctx, "core", contract(), stale).await),
        word(topics::update(&ctx, "core", TopicPatch { topic_name: Some("N".into()), ..contract() }, stale).await),
    ];
    assert!(words.iter().all(|w| w == "stale"), "{words:?}");
    let now = templates::get(&ctx, "core").await.unwrap();
    assert_eq!((now.fields.display_name.as_str(), now.latest_version), ("Topic core", 2));
    let both = TopicPatch { topic_name: Some("New".into()), ..contract() };
    assert_eq!(word(topics::update(&ctx, "core", both, Some(now.revision)).await), "ok");
}

async fn concurrent_writes_lose_nothing(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    let roles = [System, User, Assistant, Function];
    let words = at_once(16, |n| {
        let (ctx, role) = (ctx.clone(), roles[n % 4]);
        async move { word(topics::put_prompt(&ctx, "core", role, &format!("text {n}"), Write::Create, None).await) }
    })
    .await;
    let allowed = ["ok", "stale", "prompt_exists"];
    assert!(words.iter().all(|w| allowed.contains(&w.as_str())), "{words:?}");
    let written = words.iter().filter(|w| *w == "ok").count();
    let content = versions::get(&ctx, "core", 0).await.unwrap().content;
    assert_eq!(content.messages.len(), written, "each accepted prompt is there: {words:?}");
    assert_eq!(fetch(&ctx, "core", Wanted::default()).await.unwrap().content, content);
}

async fn the_same_text_again_makes_no_version(home: &Home) {
    let ctx = home.manager().await;
    topics::create(&ctx, new("core")).await.unwrap();
    put(&ctx, User, "u", Write::Create).await.unwrap();
    let before = templates::get(&ctx, "core").await.unwrap();
    put(&ctx, User, "u", Write::Replace).await.unwrap();
    let same = TopicPatch { allowed_parameters: Some(vec![required("user_name")]), ..TopicPatch::default() };
    topics::update(&ctx, "core", same, None).await.unwrap();
    assert_eq!(templates::get(&ctx, "core").await.unwrap(), before);
}
