//! The audit log: every governed change is in it once.

use crate::common::functions::assert_complete;
use crate::common::written::{changed, written};
use crate::common::{self, Home, after, first, new_template, new_version, request, stories, to, user, word};
use domain::api_key::{NewApiKey, Scope};
use domain::audit::{AuditFilter, ChainStatus};
use domain::bulk::{BulkRequest, BulkStatus};
use domain::change::{ChangeFilter, ChangePatch, LabelTo, NewChange, NewComment, NewReview, Verdict};
use domain::execution::ResultReport;
use domain::files::{File, ImportOptions, OnConflict};
use domain::lint::LintPatch;
use domain::merging::{Choice, NewMerge, Take};
use domain::permission::Role;
use domain::policy::Policy;
use domain::project::NewProject;
use domain::record::RecordPatch;
use domain::sample::NewSample;
use domain::template::{NewTemplate, TemplatePatch};
use domain::topic::{NewTopic, TopicPatch};
use domain::user::{MemberPatch, NewUser};
use domain::version::MessageRole;
use serde_json::json;
use service::topics::Write;
use service::{
    Ctx, Error, Result, api_keys, audit, bulk, changes, drafts, executions, files, idempotency, labels, lint, policies,
    presence, projects, records, render, samples, sessions, templates, topics, users, versions,
};

stories!(
    every_governed_change_writes_exactly_its_events,
    a_change_whose_event_can_not_be_written_is_not_made,
    exempt_functions_write_none,
    a_refused_change_leaves_no_event,
    an_event_says_who_what_and_when,
    the_log_is_paged_and_filtered_by_how_words_start,
);

/// Functions that change governed state, with the actions that one call writes.
const GOVERNED: &[(&str, &[&str])] = &[
    ("templates::create", &["template.create", "version.create"]),
    ("templates::update", &["template.update"]),
    ("bulk::apply", &["template.update"]),
    ("versions::create", &["version.create"]),
    ("versions::create_onto", &["version.create"]),
    ("drafts::save_merged", &["version.create"]),
    ("files::import", &["template.create", "version.create", "template.update", "version.create"]),
    ("files::apply_held", &["template.create", "version.create"]),
    ("labels::move_to", &["label.move"]),
    ("labels::remove", &["label.move"]),
    ("lint::update", &["lint.update"]),
    ("policies::update", &["policy.update"]),
    ("changes::open", &["change.open"]),
    ("changes::update", &["change.update"]),
    ("changes::comment", &["change.comment"]),
    ("changes::reply", &["change.comment"]),
    ("changes::resolve", &["change.resolve"]),
    ("changes::apply", &["version.create", "change.revise"]),
    ("changes::refresh", &["change.revise"]),
    ("changes::review", &["change.review"]),
    ("changes::schedule", &["change.schedule"]),
    ("changes::unschedule", &["change.unschedule"]),
    ("changes::publish", &["label.move", "change.publish"]),
    ("changes::bypass", &["label.move", "change.bypass"]),
    ("changes::withdraw", &["change.withdraw"]),
    ("samples::create", &["sample.create"]),
    ("samples::update", &["sample.update"]),
    ("samples::delete", &["sample.delete"]),
    ("records::create", &["template.create", "version.create"]),
    ("records::update", &["template.update", "version.create"]),
    ("records::activate", &["label.move"]),
    ("records::deactivate", &["label.move"]),
    ("topics::create", &["template.create", "version.create"]),
    ("topics::update", &["template.update", "version.create", "label.move"]),
    ("topics::put_prompt", &["version.create", "label.move"]),
    ("topics::delete_prompt", &["version.create", "label.move"]),
    ("api_keys::create", &["key.create"]),
    ("api_keys::revoke", &["key.revoke"]),
    ("users::create", &["user.create"]),
    ("users::update", &["user.update"]),
    ("users::change_password", &["user.password"]),
    ("users::reset_password", &["user.password"]),
    ("projects::create", &["project.create"]),
    ("sessions::revoke", &["session.revoke"]),
];

/// Functions that write something and are left out on purpose. So are a log-in's session, a key's and a session's last
/// use, and the set-up link, which is no function of a project.
const EXEMPT: &[&str] = &[
    "drafts::save",
    "drafts::take_merged",
    "drafts::delete",
    "render::render",
    "executions::report",
    "idempotency::start",
    "idempotency::finish",
    "idempotency::give_up",
    "presence::join",
];

/// Functions that only read or keep what nobody else sees, and two that are made of governed ones.
const OTHERS: &[&str] = &[
    "api_keys::list",
    "audit::list",
    "audit::verify",
    "audit::write",
    "changes::get",
    "changes::list",
    "compositions::bundle",
    "compositions::closure",
    "compositions::dependencies",
    "compositions::effective",
    "comparisons::get",
    "comparisons::open",
    "drafts::merge",
    "compositions::offers",
    "compositions::show_effective",
    "drafts::open",
    "executions::get",
    "executions::list",
    "files::discard",
    "files::export",
    "files::export_packed",
    "files::hold",
    "files::plan",
    "files::review",
    "first_data::load",
    "first_data::load_revisions",
    "labels::history",
    "lint::get",
    "lint::report",
    "policies::get",
    "policies::list",
    "projects::list_all",
    "projects::list_of_key",
    "records::get",
    "records::list",
    "render::preview",
    "search::find",
    "search::list",
    "search::suggest",
    "samples::get",
    "samples::list",
    "samples::sets",
    "serving::fetch",
    "serving::fetch_batch",
    "sessions::list",
    "templates::facets",
    "templates::get",
    "templates::list",
    "timeline::list",
    "tokens::count",
    "topics::get_prompt",
    "topics::list",
    "users::current",
    "users::list",
    "versions::get",
    "versions::lint",
    "versions::list",
    "versions::parameters_of_schema",
    "versions::warnings",
];

#[test]
fn every_function_is_in_one_of_the_tables() {
    assert_complete(GOVERNED.iter().map(|(name, _)| name).chain(EXEMPT).chain(OTHERS).copied());
}

/// The actions written since `seen` events, oldest first.
async fn actions_since(ctx: &Ctx, seen: i64) -> Vec<String> {
    let sql = "select action from audit_event where project_id = $1 and sequence > $2 order by sequence";
    let rows: Vec<(String,)> = ctx.db().all(sql, (ctx.project.0, seen)).await.unwrap();
    rows.into_iter().map(|(action,)| action).collect()
}
async fn events(ctx: &Ctx) -> i64 {
    let sql = "select count(*) from audit_event where project_id = $1";
    ctx.db().scalar(sql, (ctx.project.0,)).await.unwrap()
}

/// What a governed function needs beside what those before it have made.
async fn prepare(name: &str, ctx: &Ctx) {
    match name {
        "files::apply_held" => {
            let bytes = b"user:\none\n".to_vec();
            files::hold(ctx, vec![files::Upload { name: "held.prompty".into(), bytes: bytes.into() }]).unwrap();
        }
        "drafts::save_merged" => drop(drafts::save(ctx, "t", &common::draft("four", 2)).await.unwrap()),
        "topics::update" => {
            topics::put_prompt(ctx, "topic", MessageRole::System, "text", Write::Create, None).await.map(drop).unwrap();
        }
        "changes::bypass" => drop(changes::open(ctx, to_canary(2)).await.unwrap()),
        "changes::withdraw" => drop(changes::open(ctx, to_canary(1)).await.unwrap()),
        "sessions::revoke" => {
            drop(sessions::issue_token(&ctx.services, ctx.user_id().unwrap(), "").await.unwrap());
        }
        _ => {}
    }
}

/// A proposal for a label that is protected in these tests.
fn to_canary(version: i64) -> NewChange {
    let item = LabelTo { template: "t".into(), label: "canary".into(), version };
    NewChange { title: "Try it".into(), items: vec![item], ..NewChange::default() }
}
/// The number of the newest change request.
async fn newest(ctx: &Ctx) -> Result<i64> {
    Ok(changes::list(ctx, &ChangeFilter::default(), &first(1)).await?.items[0].number)
}

/// The first conversation about it.
async fn thread(ctx: &Ctx) -> Result<domain::ids::ThreadId> {
    Ok(changes::get(ctx, newest(ctx).await?).await?.threads[0].id)
}

/// Calls each governed function once, in an order in which each finds what it needs.
async fn call(name: &str, ctx: &Ctx) -> Result<()> {
    let text = |text: &str| Some(text.to_owned());
    match name {
        "templates::create" => {
            templates::create(ctx, NewTemplate { messages: vec![user("one")], ..new_template("t") }).await.map(drop)
        }
        "templates::update" => {
            let patch = TemplatePatch { owner: text("ada"), ..TemplatePatch::default() };
            templates::update(ctx, "t", patch, None).await.map(drop)
        }
        "bulk::apply" => {
            let request = BulkRequest { keys: vec!["t".into()], tags: vec!["new".into()], ..BulkRequest::default() };
            let item = bulk::apply(ctx, request).await?.remove(0);
            if item.status == BulkStatus::Done { Ok(()) } else { Err(Error::internal(item.code)) }
        }
        "files::import" => {
            let source = files_of(&[("imported", "one"), ("t", "imported")]);
            let options = ImportOptions { on_conflict: OnConflict::NewVersion, ..ImportOptions::default() };
            files::import(ctx, source, &options).await.map(drop)
        }
        "files::apply_held" => files::apply_held(ctx, &ImportOptions::default()).await.map(drop),
        "versions::create" => versions::create(ctx, "t", new_version("two"), None).await.map(drop),
        "versions::create_onto" => versions::create_onto(ctx, "t", new_version("three"), 2, None).await.map(drop),
        "drafts::save_merged" => {
            let draft = drafts::open(ctx, "t", 0).await?.draft_revision;
            let merging = drafts::merge(ctx, "t", &[]).await.unwrap().unwrap();
            let [open] = merging.conflicts.as_slice() else { panic!("{merging:?}") };
            let choice = Choice { conflict: open.id.clone(), take: Take::Both, text: String::new() };
            let new = NewMerge { theirs: 3, draft, choices: vec![choice], ..NewMerge::default() };
            drafts::save_merged(ctx, "t", new).await.map(drop)
        }
        "labels::move_to" => labels::move_to(ctx, "t", to("staging", 1), None).await.map(drop),
        "labels::remove" => labels::remove(ctx, "t", "staging", "", None).await.map(drop),
        "lint::update" => {
            let patch = LintPatch { off: vec!["shouting".into()] };
            lint::update(ctx, &patch, None).await.map(drop)
        }
        "policies::update" => policies::update(ctx, "canary", Some(Policy::default()), None).await.map(drop),
        "changes::open" => changes::open(ctx, to_canary(1)).await.map(drop),
        "changes::update" => {
            let patch = ChangePatch { title: text("Do try it"), ..ChangePatch::default() };
            changes::update(ctx, newest(ctx).await?, patch, None).await.map(drop)
        }
        "changes::comment" => {
            let suggestion = Some("Something better".to_owned());
            let (template, body) = ("t".to_owned(), "Hm".to_owned());
            let new = NewComment { template, version: 1, line: 1, body, suggestion, ..NewComment::default() };
            changes::comment(ctx, newest(ctx).await?, new).await.map(drop)
        }
        "changes::reply" => changes::reply(ctx, newest(ctx).await?, thread(ctx).await?, "So?").await.map(drop),
        "changes::resolve" => changes::resolve(ctx, newest(ctx).await?, thread(ctx).await?, true).await.map(drop),
        "changes::apply" => changes::apply(ctx, newest(ctx).await?, &[thread(ctx).await?], None).await.map(drop),
        "changes::refresh" => changes::refresh(ctx, newest(ctx).await?, None).await.map(drop),
        "changes::review" => {
            let review = NewReview { verdict: Verdict::Approve, body: String::new(), round: None };
            changes::review(ctx, newest(ctx).await?, review).await.map(drop)
        }
        "changes::schedule" => {
            let at = ctx.now().plus(domain::time::HOUR);
            changes::schedule(ctx, newest(ctx).await?, at, None).await.map(drop)
        }
        "changes::unschedule" => changes::unschedule(ctx, newest(ctx).await?, None).await.map(drop),
        "changes::publish" => changes::publish(ctx, newest(ctx).await?, None).await.map(drop),
        "changes::bypass" => changes::bypass(ctx, newest(ctx).await?, "it can't wait", None).await.map(drop),
        "changes::withdraw" => changes::withdraw(ctx, newest(ctx).await?, "", None).await.map(drop),
        "samples::create" => {
            let new = NewSample { name: "first".into(), ..NewSample::default() };
            samples::create(ctx, "t", new).await.map(drop)
        }
        "samples::update" => samples::update(ctx, "t", "first", Default::default(), None).await.map(drop),
        "samples::delete" => samples::delete(ctx, "t", "first", None).await,
        "records::create" => {
            let new = RecordPatch { name: text("r"), template_text: text("one"), ..RecordPatch::default() };
            records::create(ctx, new).await.map(drop)
        }
        "records::update" => {
            let patch = RecordPatch { template_text: text("two"), category: text("c"), ..RecordPatch::default() };
            records::update(ctx, "r", patch, None).await.map(drop)
        }
        "records::activate" => records::activate(ctx, "r", None, None).await.map(drop),
        "records::deactivate" => records::deactivate(ctx, "r", None).await.map(drop),
        "topics::create" => {
            let new = NewTopic {
                topic_id: "topic".into(),
                topic_name: "Topic".into(),
                topic_type: "single_shot".into(),
                allowed_parameters: vec![common::required("goal")],
                ..NewTopic::default()
            };
            topics::create(ctx, new).await.map(drop)
        }
        "topics::put_prompt" => {
            topics::put_prompt(ctx, "topic", MessageRole::User, "text", Write::Create, None).await.map(drop)
        }
        "topics::update" => {
            let patch =
                TopicPatch { topic_name: text("Name"), allowed_parameters: Some(Vec::new()), ..TopicPatch::default() };
            topics::update(ctx, "topic", patch, None).await.map(drop)
        }
        "topics::delete_prompt" => topics::delete_prompt(ctx, "topic", MessageRole::System, None).await.map(drop),
        "api_keys::create" => api_keys::create(ctx, new_key()).await.map(drop),
        "api_keys::revoke" => {
            let id = api_keys::list(ctx, &first(50)).await?.items[0].id;
            api_keys::revoke(ctx, id).await.map(drop)
        }
        "users::create" => users::create(ctx, new_user()).await.map(drop),
        "users::change_password" => users::change_password(ctx, common::PASSWORD, common::PASSWORD).await,
        "users::reset_password" => users::reset_password(ctx, "b@example.com", common::PASSWORD).await,
        "users::update" => {
            let id = users::find_by_email(&ctx.services, "b@example.com").await?.unwrap();
            let patch = MemberPatch { role: Some(Role::Analyst), is_disabled: None };
            users::update(ctx, id, patch).await.map(drop)
        }
        "projects::create" => projects::create(ctx, NewProject { key: "p".into(), name: "P".into() }).await.map(drop),
        "sessions::revoke" => {
            let list = sessions::list(ctx).await?;
            let session = list.iter().find(|s| !s.is_current).unwrap();
            sessions::revoke(ctx, session.id).await
        }
        other => panic!("{other} is not called"),
    }
}

/// Templates of one user message each, which say who owns them.
fn files_of(templates: &[(&str, &str)]) -> files::Source {
    let file = |path: String, text: &str| File { path, text: text.to_owned() };
    let both = |(key, text): &(&str, &str)| {
        [file(format!("{key}/prompt.yaml"), "owner: files"), file(format!("{key}/user.md"), text)]
    };
    files::Source::Files(templates.iter().flat_map(both).collect())
}
pub(crate) fn new_key() -> NewApiKey {
    let environment = "production".into();
    NewApiKey { name: "k".into(), environment, scopes: vec![Scope::PromptsRender], expires_at: None }
}
fn new_user() -> NewUser {
    let (email, name, password) = ("b@example.com".into(), "B".into(), common::PASSWORD.into());
    NewUser { email, name, role: Role::Viewer, password }
}

async fn every_governed_change_writes_exactly_its_events(home: &Home) {
    let ctx = home.admin().await;
    for (name, expected) in GOVERNED.iter().copied() {
        prepare(name, &ctx).await;
        let seen = events(&ctx).await;
        call(name, &ctx).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(actions_since(&ctx, seen).await, expected, "{name}");
    }
    let status = audit::verify(&ctx).await.unwrap();
    assert_eq!(status, ChainStatus { events: events(&ctx).await, broken_at: None });
}

/// A change and its events are one: what can't be told whole is not done, and can be done once it can be told.
async fn a_change_whose_event_can_not_be_written_is_not_made(home: &Home) {
    let ctx = home.admin().await;
    for (name, actions) in GOVERNED.iter().copied() {
        prepare(name, &ctx).await;
        let before = written(home.db()).await.unwrap();
        for action in actions {
            let refused = word(home.without_events(action, call(name, &ctx)).await);
            assert!(refused.starts_with("internal"), "{name} without {action}: {refused}");
            let after = written(home.db()).await.unwrap();
            assert_eq!(changed(&before, &after), Vec::<&str>::new(), "{name} without {action}");
        }
        call(name, &ctx).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_ne!(written(home.db()).await.unwrap(), before, "{name}");
    }
}

async fn exempt_functions_write_none(home: &Home) {
    home.published("t", "text").await;
    let ctx = home.admin().await;
    let mut seen = events(&ctx).await;
    for name in EXEMPT.iter().copied() {
        match name {
            "drafts::save" => {
                drafts::save(&ctx, "t", &common::draft("x", 1)).await.unwrap();
            }
            "drafts::take_merged" => {
                home.version("t", "two").await;
                seen = events(&ctx).await;
                let draft = drafts::open(&ctx, "t", 0).await.unwrap().draft_revision;
                let new = NewMerge { theirs: 2, draft, ..NewMerge::default() };
                drafts::take_merged(&ctx, "t", new).await.unwrap();
            }
            "presence::join" => drop(presence::join(&ctx, "default", "t", true).await.unwrap()),
            "drafts::delete" => drafts::delete(&ctx, "t").await.unwrap(),
            "render::render" => drop(render::render(&ctx, request("t", json!({}))).await.unwrap()),
            "executions::report" => {
                let id = render::render(&ctx, request("t", json!({}))).await.unwrap().execution_id;
                let report = ResultReport { latency_ms: Some(1), ..ResultReport::default() };
                executions::report(&ctx, id, report).await.unwrap();
            }
            "idempotency::start" => drop(idempotency::start(&ctx, "k", [0; 32]).await.unwrap()),
            "idempotency::finish" => idempotency::finish(
                &ctx,
                "k",
                &idempotency::Answer { status: 201, etag: String::new(), body: Vec::new() },
            )
            .await
            .unwrap(),
            "idempotency::give_up" => idempotency::give_up(&ctx, "k").await.unwrap(),
            other => panic!("{other} is not called"),
        }
    }
    sessions::issue_token(&home.services, ctx.user_id().unwrap(), "").await.unwrap();
    users::log_in(&home.services, "super_admin@example.com", common::PASSWORD, "ip").await.unwrap();
    assert_eq!(actions_since(&ctx, seen).await, Vec::<String>::new());
}

async fn a_refused_change_leaves_no_event(home: &Home) {
    home.template("t", "text").await;
    let (admin, viewer) = (home.admin().await, home.person(Role::Viewer).await);
    let seen = events(&admin).await;
    assert_eq!(word(templates::create(&admin, new_template("t")).await), "key_taken");
    assert_eq!(word(templates::create(&admin, new_template("T!")).await), "invalid");
    assert_eq!(word(versions::create(&admin, "t", new_version("text"), None).await), "unchanged");
    assert_eq!(word(versions::create(&admin, "t", new_version("new"), Some(7)).await), "stale");
    assert_eq!(word(labels::move_to(&viewer, "t", to("staging", 1), None).await), "forbidden");
    assert_eq!(word(labels::remove(&admin, "t", "staging", "", None).await), "not_found");
    let last = MemberPatch { role: Some(Role::Viewer), is_disabled: None };
    assert_eq!(word(users::update(&admin, admin.user_id().unwrap(), last).await), "last_super_admin");
    assert_eq!(actions_since(&admin, seen).await, Vec::<String>::new());
}

async fn an_event_says_who_what_and_when(home: &Home) {
    let engineer = home.engineer().await;
    common::template_in(&engineer, "t", "text").await;
    labels::move_to(&engineer, "t", to("staging", 1), None).await.unwrap();
    let (key, text) = home.key("production", &[Scope::TemplatesWrite]).await;
    versions::create(&key, "t", new_version("two"), None).await.unwrap();
    let page = audit::list(&home.admin().await, &AuditFilter::default(), &first(3)).await.unwrap();
    let [by_admin, by_key, made] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!(by_admin.action, "user.create");
    let prefix = text.rsplit_once('_').unwrap().0;
    assert_eq!((by_key.actor.as_str(), by_key.action.as_str()), (format!("key:{prefix}").as_str(), "version.create"));
    assert_eq!((by_key.request_id.as_str(), by_key.object.as_str()), ("request-2", "template:t"));
    assert_eq!((made.actor.as_str(), made.action.as_str()), ("system:test", "key.create"));
    assert!(!made.after.to_string().contains(text.rsplit_once('_').unwrap().1), "no secret in the log");
    let filter = AuditFilter { action: "label".into(), ..AuditFilter::default() };
    let moves = audit::list(&home.admin().await, &filter, &first(10)).await.unwrap().items;
    let [moved] = moves.as_slice() else { panic!("{moves:?}") };
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(common::redacted(moved), @r#"
        {
          "action": "label.move",
          "actor": "user:prompt_engineer@example.com",
          "after": {
            "effective_hash": "[hash]",
            "reason": "Because",
            "version": 1
          },
          "at": "2027-01-15T08:00:00Z",
          "before": {
            "version": 0
          },
          "hash": "[hash]",
          "id": "[id]",
          "object": "label:t@staging",
          "request_id": "request-1",
          "sequence": 4
        }
        "#);
    }
}

async fn the_log_is_paged_and_filtered_by_how_words_start(home: &Home) {
    let ctx = home.system().await;
    for key in ["a_b", "axb", "c"] {
        home.template(key, "text").await;
    }
    let (mut cursor, mut sequences) = (None, Vec::new());
    loop {
        let page = audit::list(&ctx, &AuditFilter::default(), &after(cursor, 4)).await.unwrap();
        sequences.extend(page.items.iter().map(|e| e.sequence));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(sequences, [6, 5, 4, 3, 2, 1]);
    let count = async |actor: &str, action: &str, object: &str| {
        let filter = AuditFilter { actor: actor.into(), action: action.into(), object: object.into() };
        audit::list(&ctx, &filter, &first(50)).await.unwrap().items.len()
    };
    assert_eq!(count("system:", "template", "template:a_b").await, 1, "`_` is a letter like any other");
    assert_eq!(count("", "", "template:a_b").await, 2);
    assert_eq!(count("", "%", "").await, 0, "`%` is one too");
    assert_eq!(count("", "Template", "").await, 0, "case counts, on both engines");
    assert_eq!(count("user:", "", "").await, 0);
}
