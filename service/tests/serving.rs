//! Serving: from memory, as the labels say, to whom it may be served.

use crate::common::{self, Home, content, fields, problem, stories, template_in, to, word};
use domain::api_key::Scope;
use domain::error::Kind;
use domain::template::TemplatePatch;
use domain::topic::{BatchRequest, MAX_BATCH};
use domain::version::{Message, MessageRole, NewVersion, VersionContent};
use service::serving::{self, Wanted, fetch, fetch_batch};
use service::{Ctx, labels, templates, versions};

stories!(
    a_hit_reads_no_database,
    a_label_move_is_served_at_once,
    a_change_elsewhere_is_served_after_the_next_poll,
    a_change_before_the_first_poll_is_served_too,
    one_projects_change_leaves_the_others_entries,
    the_environment_of_a_key_chooses_the_label,
    a_key_reads_what_is_or_was_on_its_label,
    versions_any_reads_everything,
    a_person_reads_any_version_and_label,
    what_is_not_published_says_so,
    a_batch_finds_some_and_names_the_rest,
    a_batch_is_bounded,
    the_body_is_ready_and_shaped_as_documented,
    moves_under_load_are_never_served_stale,
    the_jobs_poll_by_themselves,
);

const CONTENT: &str = "update version set content = $1 where number = $2";

fn label(label: &str) -> Wanted<'_> {
    Wanted { label: Some(label), version: None }
}
fn version(number: i64) -> Wanted<'static> {
    Wanted { label: None, version: Some(number) }
}
async fn text(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> String {
    match fetch(ctx, key, wanted).await {
        Ok(served) => served.content.messages[0].content.clone(),
        other => word(other),
    }
}
/// Changes what is stored behind the back of the services.
async fn rewrite(home: &Home, number: i64, text: &str) {
    home.db().exec(CONTENT, (sqlx::types::Json(content(text)), number)).await.unwrap();
}

async fn a_hit_reads_no_database(home: &Home) {
    let ctx = home.system().await;
    home.published("t", "one").await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
    rewrite(home, 1, "rewritten").await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
    assert_eq!(text(&ctx, "t", label("production")).await, "one");
    home.services.serving.forget(ctx.project);
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "rewritten");
}

async fn a_label_move_is_served_at_once(home: &Home) {
    let ctx = home.system().await;
    home.published("t", "one").await;
    home.version("t", "two").await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
    home.move_label("t", "production", 2).await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "two");
    labels::remove(&ctx, "t", "production", "", None).await.unwrap();
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "not_published");
    home.move_label("t", "production", 1).await;
    let archive = TemplatePatch { is_archived: Some(true), ..TemplatePatch::default() };
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
    templates::update(&ctx, "t", archive, None).await.unwrap();
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "not_found");
}

async fn a_change_elsewhere_is_served_after_the_next_poll(home: &Home) {
    let (ctx, node) = (home.system().await, home.another_node().await);
    let there = node.system(ctx.project, "test");
    home.published("t", "one").await;
    home.version("t", "two").await;
    serving::poll(&node).await.unwrap();
    assert_eq!(text(&there, "t", Wanted::default()).await, "one");
    home.move_label("t", "production", 2).await;
    assert_eq!(text(&there, "t", Wanted::default()).await, "one", "it has not heard of it yet");
    serving::poll(&node).await.unwrap();
    assert_eq!(text(&there, "t", Wanted::default()).await, "two");
    rewrite(home, 2, "rewritten").await;
    serving::poll(&node).await.unwrap();
    assert_eq!(text(&there, "t", Wanted::default()).await, "two", "a poll without a change forgets nothing");
}

/// A node that served before it ever polled, or a project made since: the first look must not miss a change.
async fn a_change_before_the_first_poll_is_served_too(home: &Home) {
    let (ctx, node) = (home.system().await, home.another_node().await);
    let there = node.system(ctx.project, "test");
    home.published("t", "one").await;
    home.version("t", "two").await;
    assert_eq!(text(&there, "t", Wanted::default()).await, "one");
    home.move_label("t", "production", 2).await;
    serving::poll(&node).await.unwrap();
    assert_eq!(text(&there, "t", Wanted::default()).await, "two");
}

async fn one_projects_change_leaves_the_others_entries(home: &Home) {
    let (ctx, other) = (home.system().await, home.new_project("other").await);
    home.published("t", "one").await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
    assert_eq!(text(&other, "t", Wanted::default()).await, "not_found", "another project's template");
    rewrite(home, 1, "rewritten").await;
    template_in(&other, "t", "theirs").await;
    labels::move_to(&other, "t", to("production", 1), None).await.unwrap();
    assert_eq!(text(&other, "t", Wanted::default()).await, "theirs");
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one");
}

/// Three versions: 1 on production, 2 on staging, 3 nowhere.
async fn three(home: &Home) {
    home.published("t", "one").await;
    home.version("t", "two").await;
    home.version("t", "three").await;
    home.move_label("t", "staging", 2).await;
}

async fn the_environment_of_a_key_chooses_the_label(home: &Home) {
    three(home).await;
    for (environment, expected) in [("production", "one"), ("staging", "two"), ("development", "not_published")] {
        let (key, _) = home.key(environment, &[Scope::PromptsRead]).await;
        assert_eq!(text(&key, "t", Wanted::default()).await, expected, "{environment}");
    }
    assert_eq!(text(&home.engineer().await, "t", Wanted::default()).await, "one", "people read production");
}

async fn a_key_reads_what_is_or_was_on_its_label(home: &Home) {
    three(home).await;
    let (key, _) = home.key("production", &[Scope::PromptsRead]).await;
    assert_eq!(text(&key, "t", label("production")).await, "one");
    assert_eq!(text(&key, "t", version(1)).await, "one");
    for wanted in [version(2), version(3), label("staging"), label("latest")] {
        let refused = problem(fetch(&key, "t", wanted).await);
        assert_eq!(refused.kind, Kind::Forbidden, "{wanted:?}");
        assert!(refused.message.contains("versions:any"), "{refused}");
    }
    home.move_label("t", "production", 2).await;
    assert_eq!(text(&key, "t", version(1)).await, "one", "it was there");
    assert_eq!(text(&key, "t", label("staging")).await, "two", "the same version is on its own label");
    assert_eq!(text(&key, "t", version(9)).await, "not_found");
    assert_eq!(fields(fetch(&key, "t", Wanted { label: Some("staging"), version: Some(1) }).await), ["version"]);
    let (other, _) = home.key("production", &[Scope::TemplatesRead]).await;
    assert_eq!(text(&other, "t", Wanted::default()).await, "forbidden");
}

async fn versions_any_reads_everything(home: &Home) {
    three(home).await;
    let (key, _) = home.key("production", &[Scope::PromptsRead, Scope::VersionsAny]).await;
    let texts = [
        text(&key, "t", version(2)).await,
        text(&key, "t", label("staging")).await,
        text(&key, "t", label("latest")).await,
        text(&key, "t", label("development")).await,
        text(&key, "t", label("nonsense\u{1F600}")).await,
    ];
    assert_eq!(texts, ["two", "two", "three", "not_published", "not_published"]);
    let (only, _) = home.key("production", &[Scope::VersionsAny]).await;
    assert_eq!(text(&only, "t", version(1)).await, "forbidden", "the scope alone fetches nothing");
}

async fn a_person_reads_any_version_and_label(home: &Home) {
    three(home).await;
    let viewer = home.person(domain::permission::Role::Viewer).await;
    let served = fetch(&viewer, "t", label("latest")).await.unwrap();
    assert_eq!((served.version, served.label.as_deref()), (3, Some("latest")));
    let served = fetch(&viewer, "t", version(2)).await.unwrap();
    assert_eq!((served.version, served.label.as_deref()), (2, None));
    let staging = fetch(&viewer, "t", label("staging")).await.unwrap();
    assert_eq!(staging.effective_hash, served.effective_hash, "the same version serves the same");
    let event = &labels::history(&viewer, "t", &common::first(1)).await.unwrap().items[0];
    assert_eq!(event.effective_hash, served.effective_hash);
}

async fn what_is_not_published_says_so(home: &Home) {
    let ctx = home.system().await;
    assert_eq!(word(fetch(&ctx, "none", Wanted::default()).await), "not_found");
    let contract = domain::template::NewTemplate {
        parameters: vec![common::required("goal")],
        ..common::new_template("contract_only")
    };
    templates::create(&ctx, contract).await.unwrap();
    home.template("t", "one").await;
    for (key, wanted) in
        [("contract_only", label("latest")), ("contract_only", Wanted::default()), ("t", Wanted::default())]
    {
        let refused = problem(fetch(&ctx, key, wanted).await);
        assert_eq!((refused.kind, refused.code.as_str()), (Kind::NotFound, "not_published"), "{key}");
    }
    home.move_label("t", "production", 1).await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "one", "what was not there is not remembered");
}

fn batch(ids: &[&str]) -> BatchRequest {
    BatchRequest { topic_ids: ids.iter().map(|id| (*id).to_owned()).collect(), label: None }
}

async fn a_batch_finds_some_and_names_the_rest(home: &Home) {
    three(home).await;
    home.template("unpublished", "x").await;
    let (key, _) = home.key("production", &[Scope::PromptsRead]).await;
    let asked = batch(&["unpublished", "t", "none", "No Key", "a\0b"]);
    let (found, missing) = fetch_batch(&key, &asked).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.as_str(), found[0].1.prompts[&MessageRole::User].as_str()), ("t", "one"));
    assert_eq!(missing, ["unpublished", "none", "No Key", "a\0b"]);
    let staging = BatchRequest { label: Some("staging".into()), ..batch(&["t"]) };
    assert_eq!(word(fetch_batch(&key, &staging).await), "forbidden");
    let (found, _) = fetch_batch(&home.engineer().await, &staging).await.unwrap();
    assert_eq!(found[0].1.prompts[&MessageRole::User], "two");
}

async fn a_batch_is_bounded(home: &Home) {
    let ctx = home.system().await;
    let ids: Vec<String> = (0..=MAX_BATCH).map(|n| format!("t{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for wrong in [&ids[..0], &ids[..]] {
        assert_eq!(fields(fetch_batch(&ctx, &batch(wrong)).await), ["topic_ids"]);
    }
    let (found, missing) = fetch_batch(&ctx, &batch(&ids[1..])).await.unwrap();
    assert_eq!((found.len(), missing.len()), (0, MAX_BATCH));
}

async fn the_body_is_ready_and_shaped_as_documented(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    let message = |role, text: &str| Message { role, content: text.into() };
    let messages =
        vec![message(MessageRole::User, "u"), message(MessageRole::System, "s"), message(MessageRole::User, "v")];
    let config = serde_json::from_str(r#"{"default_model": "m", "provider": "p"}"#).unwrap();
    let content = VersionContent { messages, parameters: vec![common::required("goal")], config };
    versions::create(&ctx, "t", NewVersion { content, ..NewVersion::default() }, None).await.unwrap();
    home.move_label("t", "production", 2).await;
    let served = fetch(&ctx, "t", Wanted::default()).await.unwrap();
    assert_eq!((served.model.as_deref(), served.provider.as_deref()), (Some("m"), Some("p")));
    let body = |n: usize| String::from_utf8(served.bodies[n].to_vec()).unwrap();
    insta::allow_duplicates! {
        insta::assert_snapshot!(body(0), @r#"{"data":{"topic_id":"t","prompts":{"system":"s","user":"u\n\nv"}}}"#);
        insta::assert_snapshot!(body(1), @r#"{"data":{"topic_id":"t","prompts":{"system":"s","user":"u\n\nv"},"allowed_parameters":[{"name":"goal","type":"string","required":true}]}}"#);
    }
}

async fn the_jobs_poll_by_themselves(home: &Home) {
    let (ctx, node) = (home.system().await, home.another_node().await);
    let there = node.system(ctx.project, "test");
    home.published("t", "one").await;
    home.version("t", "two").await;
    assert_eq!(text(&there, "t", Wanted::default()).await, "one");
    home.move_label("t", "production", 2).await;
    let running = service::jobs::start(&node);
    common::until(async || text(&there, "t", Wanted::default()).await == "two").await;
    drop(running);
}

/// Readers run while the label moves: what a read that starts after a move gives is never older than that move.
async fn moves_under_load_are_never_served_stale(home: &Home) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
    let ctx = home.system().await;
    home.published("t", "text 1").await;
    let last = 12 * common::scale() as i64;
    for n in 2..=last {
        home.version("t", &format!("text {n}")).await;
    }
    let (at_least, done) = (Arc::new(AtomicI64::new(1)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (ctx, at_least, done) = (ctx.clone(), at_least.clone(), done.clone());
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    let floor = at_least.load(Ordering::SeqCst);
                    let version = fetch(&ctx, "t", Wanted::default()).await.unwrap().version;
                    assert!(version >= floor, "version {version} after {floor} was live");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for n in 2..=last {
        home.move_label("t", "production", n).await;
        at_least.store(n, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}
