//! Projects are apart: whatever another project has, it is not found.

use crate::common::functions::assert_complete;
use crate::common::{Home, first, new_version, request, stories, template_in, to, word};
use domain::api_key::Scope;
use domain::audit::AuditFilter;
use domain::bulk::BulkRequest;
use domain::change::{ChangeFilter, ChangePatch, LabelTo, NewChange, NewComment, NewReview, Verdict};
use domain::comparison::ComparisonRequest;
use domain::execution::{ExecutionFilter, ResultReport};
use domain::files::FileFormat;
use domain::lint::LintPatch;
use domain::merging::NewMerge;
use domain::page::PageRequest;
use domain::permission::Role;
use domain::policy::Policy;
use domain::record::RecordPatch;
use domain::sample::NewSample;
use domain::template::{TemplateFilter, TemplatePatch};
use domain::timeline::TimelineFilter;
use domain::topic::{BatchRequest, TopicPatch};
use domain::user::MemberPatch;
use domain::version::MessageRole;
use serde_json::json;
use service::serving::Wanted;
use service::topics::Write;
use service::{
    Actor, Ctx, api_keys, audit, bulk, changes, comparisons, compositions, drafts, executions, files, labels, lint,
    policies, presence, projects, records, render, samples, search, serving, sessions, templates, timeline, topics,
    users, versions,
};

stories!(
    another_projects_ids_and_keys_are_not_found,
    another_projects_rows_are_in_no_list,
    the_same_key_is_another_template_in_each_project,
    nothing_of_the_other_project_was_changed,
);

/// Functions that take an id or a key of something.
const BY_ID: &[&str] = &[
    "api_keys::revoke",
    "comparisons::get",
    "comparisons::open",
    "bulk::apply",
    "changes::apply",
    "changes::bypass",
    "changes::comment",
    "changes::reply",
    "changes::resolve",
    "changes::get",
    "changes::publish",
    "changes::refresh",
    "changes::review",
    "changes::schedule",
    "changes::unschedule",
    "changes::update",
    "changes::withdraw",
    "compositions::bundle",
    "compositions::dependencies",
    "compositions::effective",
    "compositions::show_effective",
    "drafts::delete",
    "drafts::merge",
    "drafts::open",
    "drafts::save",
    "drafts::save_merged",
    "drafts::take_merged",
    "executions::get",
    "executions::report",
    "files::export",
    "files::export_packed",
    "labels::history",
    "labels::move_to",
    "labels::remove",
    "policies::get",
    "lint::report",
    "presence::join",
    "records::activate",
    "records::deactivate",
    "records::get",
    "records::update",
    "render::render",
    "samples::create",
    "samples::delete",
    "samples::get",
    "samples::list",
    "samples::sets",
    "samples::update",
    "serving::fetch",
    "serving::fetch_batch",
    "sessions::revoke",
    "templates::get",
    "templates::update",
    "timeline::list",
    "topics::delete_prompt",
    "topics::get_prompt",
    "topics::put_prompt",
    "topics::update",
    "users::update",
    "versions::create",
    "versions::create_onto",
    "versions::get",
    "versions::list",
    "versions::warnings",
];
/// Functions that give lists or sums.
const LISTS: &[&str] = &[
    "api_keys::list",
    "audit::list",
    "audit::verify",
    "changes::list",
    "compositions::offers",
    "executions::list",
    "lint::get",
    "policies::list",
    "projects::list_of_key",
    "records::list",
    "search::find",
    "search::list",
    "search::suggest",
    "sessions::list",
    "templates::facets",
    "templates::list",
    "topics::list",
    "users::list",
];
/// Functions that name nothing there is, or work on what they are given; `projects::list_all`
/// and `users::reset_password` are the command line's.
const OTHERS: &[&str] = &[
    "api_keys::create",
    "audit::write",
    "changes::open",
    "compositions::closure",
    "files::apply_held",
    "files::discard",
    "files::hold",
    "files::import",
    "files::plan",
    "files::review",
    "first_data::load",
    "first_data::load_revisions",
    "idempotency::finish",
    "idempotency::give_up",
    "idempotency::start",
    "lint::update",
    "policies::update",
    "projects::create",
    "projects::list_all",
    "records::create",
    "render::preview",
    "templates::create",
    "tokens::count",
    "topics::create",
    "users::change_password",
    "users::create",
    "users::current",
    "users::reset_password",
    "versions::lint",
    "versions::parameters_of_schema",
];

#[test]
fn every_function_is_in_one_of_the_tables() {
    assert_complete(BY_ID.iter().chain(LISTS).chain(OTHERS).copied());
}

/// What project `default` has: a published template `t` with a draft, an execution, a key, people.
struct Theirs {
    ctx: Ctx,
    template: String,
    execution: domain::ids::ExecutionId,
    key: domain::ids::ApiKeyId,
    thread: domain::ids::ThreadId,
}

async fn theirs(home: &Home) -> Theirs {
    let ctx = home.admin().await;
    let template = home.published("t", "text").await.id.to_string();
    home.version("t", "two").await;
    drafts::save(&ctx, "t", &crate::common::draft("draft", 1)).await.unwrap();
    samples::create(&ctx, "t", NewSample { name: "theirs".into(), ..NewSample::default() }).await.unwrap();
    let execution = render::render(&ctx, request("t", json!({}))).await.unwrap().execution_id;
    let (key, _) = home.key("production", &[Scope::PromptsRead]).await;
    let Actor::Key(key) = &key.actor else { panic!("not a key") };
    policies::update(&ctx, "staging", Some(Policy::default()), None).await.unwrap();
    let to = LabelTo { template: "t".into(), label: "staging".into(), version: 2 };
    let change = NewChange { title: "Theirs".into(), items: vec![to], ..NewChange::default() };
    changes::open(&ctx, change).await.unwrap();
    let thread = changes::comment(&ctx, 1, line()).await.unwrap().threads[0].id;
    Theirs { ctx, template, execution, key: key.id, thread }
}

fn line() -> NewComment {
    NewComment {
        template: "t".into(),
        version: 2,
        line: 1,
        body: "Hm".into(),
        suggestion: Some("x".into()),
        ..NewComment::default()
    }
}

fn comment() -> NewReview {
    NewReview { verdict: Verdict::Comment, body: "Mine".into(), round: None }
}

/// The super admin of a second project.
async fn outsider(home: &Home) -> Ctx {
    home.join(&home.new_project("other").await, "outsider@example.com", Role::SuperAdmin).await
}

async fn call(name: &str, ctx: &Ctx, theirs: &Theirs, key: &str) -> String {
    let (page, text) = (first(5), Some("changed".to_owned()));
    let Actor::User { id: user, session, .. } = theirs.ctx.actor else { panic!("not a person") };
    match name {
        "api_keys::revoke" => word(api_keys::revoke(ctx, theirs.key).await),
        "comparisons::get" => word(comparisons::get(ctx, key, &ComparisonRequest::default()).await),
        "comparisons::open" => word(comparisons::open(ctx, key, &ComparisonRequest::default()).await),
        "bulk::apply" => {
            let request =
                BulkRequest { keys: vec![key.to_owned()], tags: vec!["theirs".into()], ..BulkRequest::default() };
            bulk::apply(ctx, request).await.unwrap().remove(0).code
        }
        "changes::apply" => word(changes::apply(ctx, 1, &[theirs.thread], None).await),
        "changes::comment" => word(changes::comment(ctx, 1, line()).await),
        "changes::reply" => word(changes::reply(ctx, 1, theirs.thread, "Mine").await),
        "changes::resolve" => word(changes::resolve(ctx, 1, theirs.thread, true).await),
        "changes::bypass" => word(changes::bypass(ctx, 1, "as urgent as it gets", None).await),
        "changes::get" => word(changes::get(ctx, 1).await),
        "changes::publish" => word(changes::publish(ctx, 1, None).await),
        "changes::refresh" => word(changes::refresh(ctx, 1, None).await),
        "changes::review" => word(changes::review(ctx, 1, comment()).await),
        "changes::schedule" => word(changes::schedule(ctx, 1, ctx.now().plus(domain::time::HOUR), None).await),
        "changes::unschedule" => word(changes::unschedule(ctx, 1, None).await),
        "changes::update" => word(changes::update(ctx, 1, ChangePatch::default(), None).await),
        "changes::withdraw" => word(changes::withdraw(ctx, 1, "", None).await),
        "policies::get" => word(policies::get(ctx, "staging").await),
        "compositions::bundle" => word(compositions::bundle(ctx, key, Wanted::default()).await),
        "compositions::dependencies" => word(compositions::dependencies(ctx, key).await),
        "compositions::effective" => word(compositions::effective(ctx, key, Wanted::default()).await),
        "drafts::delete" => word(drafts::delete(ctx, key).await),
        "drafts::merge" => word(drafts::merge(ctx, key, &[]).await),
        "drafts::open" => word(drafts::open(ctx, key, 0).await),
        "drafts::save" => word(drafts::save(ctx, key, &crate::common::draft("x", 1)).await),
        "drafts::save_merged" => word(drafts::save_merged(ctx, key, NewMerge::default()).await),
        "drafts::take_merged" => word(drafts::take_merged(ctx, key, NewMerge::default()).await),
        "executions::get" => word(executions::get(ctx, theirs.execution).await),
        "executions::report" => word(
            executions::report(ctx, theirs.execution, ResultReport { latency_ms: Some(1), ..ResultReport::default() })
                .await,
        ),
        "files::export" => word(files::export(ctx, &[key.to_owned()], FileFormat::Files).await),
        "files::export_packed" => word(files::export_packed(ctx, &[key.to_owned()], FileFormat::Files, false).await),
        "labels::history" => word(labels::history(ctx, key, &page).await),
        "labels::move_to" => word(labels::move_to(ctx, key, to("production", 2), None).await),
        "labels::remove" => word(labels::remove(ctx, key, "production", "", None).await),
        "lint::report" => word(lint::report(ctx, key, 1).await),
        "presence::join" => word(presence::join(ctx, "other", key, true).await),
        "records::activate" => word(records::activate(ctx, key, Some(2), None).await),
        "records::deactivate" => word(records::deactivate(ctx, key, None).await),
        "records::get" => word(records::get(ctx, key).await),
        "records::update" => {
            let patch = RecordPatch { template_text: text, ..RecordPatch::default() };
            word(records::update(ctx, key, patch, None).await)
        }
        "render::render" if key.contains('-') => "not_found".into(),
        "render::render" => word(render::render(ctx, request(key, json!({}))).await),
        "compositions::show_effective" => word(compositions::show_effective(ctx, key, Wanted::default()).await),
        "samples::create" => {
            word(samples::create(ctx, key, NewSample { name: "mine".into(), ..NewSample::default() }).await)
        }
        "samples::delete" => word(samples::delete(ctx, key, "theirs", None).await),
        "samples::get" => word(samples::get(ctx, key, "theirs").await),
        "samples::list" => word(samples::list(ctx, key, &page).await),
        "samples::sets" => word(samples::sets(ctx, key, "theirs").await),
        "samples::update" => word(samples::update(ctx, key, "theirs", Default::default(), None).await),
        "serving::fetch" => word(serving::fetch(ctx, key, Wanted { label: None, version: Some(1) }).await),
        "serving::fetch_batch" => {
            let batch = BatchRequest { topic_ids: vec![key.to_owned()], label: None };
            let (found, missing) = serving::fetch_batch(ctx, &batch).await.unwrap();
            if found.is_empty() && missing.len() == 1 { "not_found".into() } else { "ok".into() }
        }
        "sessions::revoke" => word(sessions::revoke(ctx, session).await),
        "templates::get" => word(templates::get(ctx, key).await),
        "templates::update" => {
            let patch = TemplatePatch { owner: text, ..TemplatePatch::default() };
            word(templates::update(ctx, key, patch, None).await)
        }
        "timeline::list" => word(timeline::list(ctx, key, &TimelineFilter::default(), &page).await),
        "topics::delete_prompt" => word(topics::delete_prompt(ctx, key, MessageRole::User, None).await),
        "topics::get_prompt" => word(topics::get_prompt(ctx, key, MessageRole::User).await),
        "topics::put_prompt" => word(topics::put_prompt(ctx, key, MessageRole::User, "x", Write::Replace, None).await),
        "topics::update" => {
            let patch = TopicPatch { topic_name: text, ..TopicPatch::default() };
            word(topics::update(ctx, key, patch, None).await)
        }
        "users::update" => word(users::update(ctx, user, MemberPatch { role: None, is_disabled: Some(true) }).await),
        "versions::create" => word(versions::create(ctx, key, new_version("three"), None).await),
        "versions::create_onto" => word(versions::create_onto(ctx, key, new_version("three"), 2, None).await),
        "versions::get" => word(versions::get(ctx, key, 1).await),
        "versions::warnings" => word(versions::warnings(ctx, key, 1).await),
        "versions::list" => word(versions::list(ctx, key, &page).await),
        other => panic!("{other} is not called"),
    }
}

async fn another_projects_ids_and_keys_are_not_found(home: &Home) {
    let (theirs, ctx) = (theirs(home).await, outsider(home).await);
    for name in BY_ID.iter().copied() {
        for key in ["t", &theirs.template] {
            assert_eq!(call(name, &ctx, &theirs, key).await, "not_found", "{name} of {key}");
        }
    }
}

async fn another_projects_rows_are_in_no_list(home: &Home) {
    let (theirs, ctx) = (theirs(home).await, outsider(home).await);
    lint::update(&theirs.ctx, &LintPatch { off: vec!["shouting".into()] }, None).await.unwrap();
    let page = PageRequest::default();
    let with_archived = TemplateFilter { with_archived: true, ..TemplateFilter::default() };
    for name in LISTS.iter().copied() {
        let count = match name {
            "api_keys::list" => api_keys::list(&ctx, &page).await.unwrap().items.len(),
            "audit::list" => {
                let events = audit::list(&ctx, &AuditFilter::default(), &page).await.unwrap().items;
                assert!(events.iter().all(|e| e.object == "user:outsider@example.com"), "{events:?}");
                0
            }
            "audit::verify" => audit::verify(&ctx).await.unwrap().events as usize - 1,
            "changes::list" => changes::list(&ctx, &ChangeFilter::default(), &page).await.unwrap().items.len(),
            "policies::list" => policies::list(&ctx).await.unwrap().len(),
            "compositions::offers" => compositions::offers(&ctx, "").await.unwrap().len(),
            "executions::list" => executions::list(&ctx, &ExecutionFilter::default(), &page).await.unwrap().items.len(),
            "lint::get" => lint::get(&ctx).await.unwrap().off().count(),
            "projects::list_of_key" => projects::list_of_key(&ctx).await.unwrap().len() - 1,
            "records::list" => records::list(&ctx, &with_archived, &page).await.unwrap().items.len(),
            "search::find" => search::find(&ctx, "text", true, &page).await.unwrap().items.len(),
            "search::list" => search::list(&ctx, &with_archived, &page).await.unwrap().items.len(),
            "search::suggest" => {
                search::suggest(&ctx, "").await.unwrap().len() + search::suggest(&ctx, "text").await.unwrap().len()
            }
            "sessions::list" => sessions::list(&ctx).await.unwrap().len() - 1,
            "templates::facets" => {
                let facets = templates::facets(&ctx).await.unwrap();
                facets.kinds.len() + facets.labels.len() + facets.tags.len() + facets.categories.len()
            }
            "templates::list" => templates::list(&ctx, &with_archived, &page).await.unwrap().items.len(),
            "topics::list" => topics::list(&ctx, "", &page).await.unwrap().items.len(),
            "users::list" => users::list(&ctx, &page).await.unwrap().items.len() - 1,
            other => panic!("{other} is not called"),
        };
        assert_eq!(count, 0, "{name}");
    }
}

async fn the_same_key_is_another_template_in_each_project(home: &Home) {
    let (theirs, ctx) = (theirs(home).await, outsider(home).await);
    template_in(&ctx, "t", "ours").await;
    labels::move_to(&ctx, "t", to("production", 1), None).await.unwrap();
    let text = async |ctx: &Ctx| {
        serving::fetch(ctx, "t", Wanted::default()).await.unwrap().content.messages[0].content.clone()
    };
    assert_eq!((text(&ctx).await, text(&theirs.ctx).await), ("ours".into(), "text".into()));
    let listed = templates::list(&ctx, &TemplateFilter::default(), &first(5)).await.unwrap().items;
    assert_eq!((listed.len(), listed[0].labels.len()), (1, 1));
    assert_eq!(labels::history(&ctx, "t", &first(5)).await.unwrap().items.len(), 1);
}

async fn nothing_of_the_other_project_was_changed(home: &Home) {
    let (theirs, ctx) = (theirs(home).await, outsider(home).await);
    let before = templates::get(&theirs.ctx, "t").await.unwrap();
    let events = audit::verify(&theirs.ctx).await.unwrap();
    for name in BY_ID.iter().copied() {
        call(name, &ctx, &theirs, &theirs.template).await;
    }
    assert_eq!(templates::get(&theirs.ctx, "t").await.unwrap(), before);
    assert_eq!(audit::verify(&theirs.ctx).await.unwrap(), events);
    assert!(drafts::open(&theirs.ctx, "t", 0).await.unwrap().draft.is_some());
    let execution = executions::get(&theirs.ctx, theirs.execution).await.unwrap();
    assert_eq!(execution.finished_at, None);
    let page = PageRequest::default();
    assert!(api_keys::list(&theirs.ctx, &page).await.unwrap().items.iter().all(|k| k.revoked_at.is_none()));
    assert!(users::list(&theirs.ctx, &page).await.unwrap().items.iter().all(|m| !m.is_disabled));
    assert_eq!(sessions::list(&theirs.ctx).await.unwrap().len(), 1);
}
