//! Who may call what: every public function, by every role and by keys of every single scope.

use std::future::Future;
use std::pin::Pin;

use crate::common::functions::assert_complete;
use crate::common::{Home, content, first, new_template, new_version, request, stories, to};
use domain::api_key::{NewApiKey, Scope};
use domain::audit::AuditFilter;
use domain::bulk::BulkRequest;
use domain::change::{ChangeFilter, ChangePatch, NewChange, NewComment, NewReview, Verdict};
use domain::comparison::ComparisonRequest;
use domain::execution::{ExecutionFilter, ResultReport};
use domain::files::{FileFormat, ImportOptions};
use domain::ids::{ApiKeyId, ExecutionId, SessionId, ThreadId, UserId};
use domain::lint::LintPatch;
use domain::merging::NewMerge;
use domain::permission::{Permission as P, Role, allows};
use domain::project::NewProject;
use domain::record::RecordPatch;
use domain::template::{TemplateFilter, TemplatePatch};
use domain::timeline::TimelineFilter;
use domain::topic::{BatchRequest, NewTopic, TopicPatch};
use domain::user::{MemberPatch, NewUser};
use domain::version::MessageRole;
use serde_json::json;
use service::serving::Wanted;
use service::topics::Write;
use service::{
    Ctx, Result, api_keys, audit, bulk, changes, comparisons, compositions, drafts, executions, files, first_data,
    idempotency, labels, lint, policies, presence, projects, records, render, samples, search, serving, sessions,
    templates, timeline, tokens, topics, users, versions,
};
use uuid::Uuid;

stories!(each_function_asks_for_its_permission, rights_of_several_scopes_add_up, the_system_may_do_everything);

/// What a function asks of who calls it.
#[derive(Clone, Copy, Debug)]
enum Asks {
    /// A permission in its first line.
    For(P),
    /// Two, one after the other.
    Both(P, P),
    /// A permission and that a person asks.
    PersonWith(P),
    /// Only that a person asks: it is about their own things.
    Person,
    /// Nothing: it stands behind a function that has asked.
    Nothing,
}
use Asks::{Both, For, Nothing, Person, PersonWith};

/// Every call gets arguments that are wrong or name nothing, so that it changes nothing when it is allowed.
const TABLE: &[(&str, Asks)] = &[
    ("api_keys::create", For(P::ManageKeys)),
    ("api_keys::list", For(P::ManageKeys)),
    ("api_keys::revoke", For(P::ManageKeys)),
    ("audit::list", For(P::ReadAudit)),
    ("audit::verify", For(P::ReadAudit)),
    ("audit::write", Nothing),
    ("drafts::delete", PersonWith(P::WriteTemplates)),
    ("drafts::open", For(P::ReadTemplates)),
    ("drafts::save", PersonWith(P::WriteTemplates)),
    ("executions::get", For(P::ReadExecutions)),
    ("executions::list", For(P::ReadExecutions)),
    ("executions::report", For(P::WriteExecutions)),
    ("first_data::load", Both(P::WriteTemplates, P::MoveProduction)),
    ("first_data::load_revisions", For(P::WriteTemplates)),
    ("idempotency::finish", Nothing),
    ("idempotency::give_up", Nothing),
    ("idempotency::start", Nothing),
    ("labels::history", For(P::ReadTemplates)),
    ("labels::move_to", For(P::MoveLabels)),
    ("labels::move_to production", For(P::MoveProduction)),
    ("labels::remove", For(P::MoveLabels)),
    ("labels::remove production", For(P::MoveProduction)),
    ("projects::create", For(P::ManageProjects)),
    ("projects::list_all", For(P::ManageProjects)),
    ("projects::list_of_key", For(P::ReadTemplates)),
    ("records::activate", For(P::MoveProduction)),
    ("records::create", For(P::WriteTemplates)),
    ("records::deactivate", For(P::MoveProduction)),
    ("records::get", For(P::ReadTemplates)),
    ("records::list", For(P::ReadTemplates)),
    ("records::update", For(P::WriteTemplates)),
    ("comparisons::get", For(P::ReadTemplates)),
    ("comparisons::open", For(P::ReadTemplates)),
    ("compositions::bundle", For(P::FetchPrompts)),
    ("compositions::closure", For(P::ReadTemplates)),
    ("compositions::dependencies", For(P::ReadTemplates)),
    ("compositions::effective", For(P::ReadTemplates)),
    ("render::preview", For(P::ReadTemplates)),
    ("render::render", For(P::RenderPrompts)),
    ("serving::fetch", For(P::FetchPrompts)),
    ("serving::fetch_batch", For(P::FetchPrompts)),
    ("sessions::list", Person),
    ("sessions::revoke", Person),
    ("templates::create", For(P::WriteTemplates)),
    ("templates::facets", For(P::ReadTemplates)),
    ("templates::get", For(P::ReadTemplates)),
    ("templates::list", For(P::ReadTemplates)),
    ("templates::update", For(P::WriteTemplates)),
    ("topics::create", For(P::WriteTemplates)),
    ("topics::delete_prompt", For(P::WriteTemplates)),
    ("topics::get_prompt", For(P::ReadTemplates)),
    ("topics::list", For(P::ReadTemplates)),
    ("topics::put_prompt", For(P::WriteTemplates)),
    ("topics::update", For(P::WriteTemplates)),
    ("users::change_password", Person),
    ("users::create", For(P::ManageUsers)),
    ("users::current", PersonWith(P::ReadTemplates)),
    ("users::list", For(P::ManageUsers)),
    ("users::reset_password", For(P::ManageProjects)),
    ("users::update", For(P::ManageUsers)),
    ("versions::create", For(P::WriteTemplates)),
    ("versions::get", For(P::ReadTemplates)),
];
const MORE: &[(&str, Asks)] = &[
    ("changes::apply", Both(P::WriteTemplates, P::ProposeChanges)),
    ("changes::comment", For(P::ProposeChanges)),
    ("changes::reply", For(P::ProposeChanges)),
    ("changes::resolve", For(P::ProposeChanges)),
    ("changes::bypass", For(P::ReviewChanges)),
    ("changes::get", For(P::ReadTemplates)),
    ("changes::list", For(P::ReadTemplates)),
    ("changes::open", For(P::ProposeChanges)),
    ("changes::publish", For(P::ProposeChanges)),
    ("changes::refresh", For(P::ProposeChanges)),
    ("changes::review", For(P::ProposeChanges)),
    ("changes::review approve", For(P::ReviewChanges)),
    ("changes::schedule", For(P::ProposeChanges)),
    ("changes::unschedule", For(P::ProposeChanges)),
    ("changes::update", For(P::ProposeChanges)),
    ("changes::withdraw", For(P::ProposeChanges)),
    ("policies::get", For(P::ReadTemplates)),
    ("policies::list", For(P::ReadTemplates)),
    ("policies::update", For(P::ManagePolicy)),
    ("lint::get", For(P::ReadTemplates)),
    ("lint::report", For(P::ReadTemplates)),
    ("lint::update", For(P::ManagePolicy)),
    ("timeline::list", For(P::ReadTemplates)),
    ("bulk::apply", For(P::WriteTemplates)),
    ("search::find", For(P::ReadTemplates)),
    ("search::list", For(P::ReadTemplates)),
    ("search::suggest", For(P::ReadTemplates)),
    ("files::apply_held", PersonWith(P::WriteTemplates)),
    ("files::discard", PersonWith(P::WriteTemplates)),
    ("files::export", For(P::ReadTemplates)),
    ("files::export_packed", For(P::ReadTemplates)),
    ("files::hold", PersonWith(P::WriteTemplates)),
    ("files::import", For(P::WriteTemplates)),
    ("files::plan", For(P::WriteTemplates)),
    ("files::review", PersonWith(P::ReadTemplates)),
    ("drafts::merge", PersonWith(P::WriteTemplates)),
    ("drafts::save_merged", PersonWith(P::WriteTemplates)),
    ("drafts::take_merged", PersonWith(P::WriteTemplates)),
    ("presence::join", PersonWith(P::ReadTemplates)),
    ("versions::create_onto", For(P::WriteTemplates)),
    ("compositions::offers", For(P::ReadTemplates)),
    ("compositions::show_effective", For(P::ReadTemplates)),
    ("samples::create", For(P::WriteTemplates)),
    ("samples::delete", For(P::WriteTemplates)),
    ("samples::get", For(P::ReadTemplates)),
    ("samples::list", For(P::ReadTemplates)),
    ("samples::sets", For(P::ReadTemplates)),
    ("samples::update", For(P::WriteTemplates)),
    ("tokens::count", For(P::ReadTemplates)),
    ("versions::lint", For(P::ReadTemplates)),
    ("versions::list", For(P::ReadTemplates)),
    ("versions::parameters_of_schema", For(P::ReadTemplates)),
    ("versions::warnings", For(P::ReadTemplates)),
];

fn table() -> impl Iterator<Item = (&'static str, Asks)> {
    TABLE.iter().chain(MORE).copied()
}

#[test]
fn every_function_is_in_the_table() {
    let mut names: Vec<_> = table().map(|(name, _)| name.split(' ').next().unwrap()).collect();
    names.dedup();
    assert_complete(names);
}

type Called<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

fn verdict(verdict: Verdict) -> NewReview {
    NewReview { verdict, body: "x".into(), round: None }
}

fn call<'a>(name: &'a str, ctx: &'a Ctx) -> Called<'a> {
    let none = Uuid::max();
    Box::pin(async move {
        let page = first(1);
        match name {
            "api_keys::create" => api_keys::create(ctx, NewApiKey::default()).await.map(drop),
            "api_keys::list" => api_keys::list(ctx, &page).await.map(drop),
            "api_keys::revoke" => api_keys::revoke(ctx, ApiKeyId(none)).await.map(drop),
            "bulk::apply" => bulk::apply(ctx, BulkRequest::default()).await.map(drop),
            "search::find" => search::find(ctx, "", false, &page).await.map(drop),
            "search::list" => search::list(ctx, &TemplateFilter::default(), &page).await.map(drop),
            "search::suggest" => search::suggest(ctx, "").await.map(drop),
            "audit::list" => audit::list(ctx, &AuditFilter::default(), &page).await.map(drop),
            "audit::verify" => audit::verify(ctx).await.map(drop),
            "audit::write" => {
                let mut tx = ctx.db().begin().await?;
                audit::write(ctx, &mut tx, "test", "nothing", (), ()).await
            }
            "changes::apply" => changes::apply(ctx, 0, &[ThreadId(none)], None).await.map(drop),
            "changes::comment" => changes::comment(ctx, 0, NewComment::default()).await.map(drop),
            "changes::reply" => changes::reply(ctx, 0, ThreadId(none), "x").await.map(drop),
            "changes::resolve" => changes::resolve(ctx, 0, ThreadId(none), true).await.map(drop),
            "changes::bypass" => changes::bypass(ctx, 0, "as urgent as it gets", None).await.map(drop),
            "changes::get" => changes::get(ctx, 0).await.map(drop),
            "changes::list" => changes::list(ctx, &ChangeFilter::default(), &page).await.map(drop),
            "changes::open" => changes::open(ctx, NewChange::default()).await.map(drop),
            "changes::publish" => changes::publish(ctx, 0, None).await.map(drop),
            "changes::refresh" => changes::refresh(ctx, 0, None).await.map(drop),
            "changes::review" => changes::review(ctx, 0, verdict(Verdict::Comment)).await.map(drop),
            "changes::review approve" => changes::review(ctx, 0, verdict(Verdict::Approve)).await.map(drop),
            "changes::schedule" => changes::schedule(ctx, 0, ctx.now().plus(domain::time::HOUR), None).await.map(drop),
            "changes::unschedule" => changes::unschedule(ctx, 0, None).await.map(drop),
            "changes::update" => changes::update(ctx, 0, ChangePatch::default(), None).await.map(drop),
            "changes::withdraw" => changes::withdraw(ctx, 0, "", None).await.map(drop),
            "policies::get" => policies::get(ctx, "none").await.map(drop),
            "policies::list" => policies::list(ctx).await.map(drop),
            "policies::update" => policies::update(ctx, "", None, None).await.map(drop),
            "comparisons::get" => comparisons::get(ctx, "none", &ComparisonRequest::default()).await.map(drop),
            "comparisons::open" => comparisons::open(ctx, "none", &ComparisonRequest::default()).await.map(drop),
            "compositions::bundle" => compositions::bundle(ctx, "none", Wanted::default()).await.map(drop),
            "compositions::closure" => compositions::closure(ctx, "none", &content("x")).await.map(drop),
            "compositions::dependencies" => compositions::dependencies(ctx, "none").await.map(drop),
            "compositions::effective" => compositions::effective(ctx, "none", Wanted::default()).await.map(drop),
            "compositions::offers" => compositions::offers(ctx, "none").await.map(drop),
            "compositions::show_effective" => {
                compositions::show_effective(ctx, "none", Wanted::default()).await.map(drop)
            }
            "drafts::delete" => drafts::delete(ctx, "none").await,
            "drafts::merge" => drafts::merge(ctx, "none", &[]).await.map(drop),
            "drafts::open" => drafts::open(ctx, "none", 0).await.map(drop),
            "drafts::save" => drafts::save(ctx, "none", &crate::common::draft("x", 0)).await.map(drop),
            "drafts::save_merged" => drafts::save_merged(ctx, "none", NewMerge::default()).await.map(drop),
            "drafts::take_merged" => drafts::take_merged(ctx, "none", NewMerge::default()).await.map(drop),
            "executions::get" => executions::get(ctx, ExecutionId(none)).await.map(drop),
            "executions::list" => executions::list(ctx, &ExecutionFilter::default(), &page).await.map(drop),
            "executions::report" => executions::report(ctx, ExecutionId(none), ResultReport::default()).await,
            "files::apply_held" => files::apply_held(ctx, &ImportOptions::default()).await.map(drop),
            "files::discard" => files::discard(ctx),
            "files::export" => files::export(ctx, &["none".into()], FileFormat::Files).await.map(drop),
            "files::export_packed" => {
                files::export_packed(ctx, &["none".into()], FileFormat::Files, false).await.map(drop)
            }
            "files::hold" => files::hold(ctx, Vec::new()),
            "files::import" => {
                files::import(ctx, files::Source::Files(Vec::new()), &ImportOptions::default()).await.map(drop)
            }
            "files::plan" => {
                files::plan(ctx, files::Source::Files(Vec::new()), &ImportOptions::default()).await.map(drop)
            }
            "files::review" => files::review(ctx).await.map(drop),
            "first_data::load" => first_data::load(ctx).await.map(drop),
            "first_data::load_revisions" => first_data::load_revisions(ctx).await,
            "idempotency::finish" => {
                idempotency::finish(
                    ctx,
                    "k",
                    &idempotency::Answer { status: 200, etag: String::new(), body: Vec::new() },
                )
                .await
            }
            "idempotency::give_up" => idempotency::give_up(ctx, "k").await,
            "idempotency::start" => idempotency::start(ctx, "", [0; 32]).await.map(drop),
            "labels::history" => labels::history(ctx, "none", &page).await.map(drop),
            "labels::move_to" => labels::move_to(ctx, "none", to("staging", 1), None).await.map(drop),
            "labels::move_to production" => labels::move_to(ctx, "none", to("production", 1), None).await.map(drop),
            "labels::remove" => labels::remove(ctx, "none", "staging", "", None).await.map(drop),
            "labels::remove production" => labels::remove(ctx, "none", "production", "", None).await.map(drop),
            "lint::get" => lint::get(ctx).await.map(drop),
            "lint::report" => lint::report(ctx, "none", 1).await.map(drop),
            "lint::update" => lint::update(ctx, &LintPatch { off: vec!["none".into()] }, None).await.map(drop),
            "presence::join" => presence::join(ctx, "default", "none", false).await.map(drop),
            "projects::create" => projects::create(ctx, NewProject::default()).await.map(drop),
            "projects::list_of_key" => projects::list_of_key(ctx).await.map(drop),
            "projects::list_all" => projects::list_all(ctx).await.map(drop),
            "records::activate" => records::activate(ctx, "none", None, None).await.map(drop),
            "records::create" => records::create(ctx, RecordPatch::default()).await.map(drop),
            "records::deactivate" => records::deactivate(ctx, "none", None).await.map(drop),
            "records::get" => records::get(ctx, "none").await.map(drop),
            "records::list" => records::list(ctx, &TemplateFilter::default(), &page).await.map(drop),
            "records::update" => records::update(ctx, "none", RecordPatch::default(), None).await.map(drop),
            "render::preview" => render::preview(ctx, "", &content("x"), &Default::default()).await.map(drop),
            "render::render" => render::render(ctx, request("none", json!({}))).await.map(drop),
            "samples::create" => samples::create(ctx, "none", Default::default()).await.map(drop),
            "samples::delete" => samples::delete(ctx, "none", "none", None).await,
            "samples::get" => samples::get(ctx, "none", "none").await.map(drop),
            "samples::list" => samples::list(ctx, "none", &page).await.map(drop),
            "samples::sets" => samples::sets(ctx, "none", "none").await.map(drop),
            "samples::update" => samples::update(ctx, "none", "none", Default::default(), None).await.map(drop),
            "serving::fetch" => serving::fetch(ctx, "none", Wanted::default()).await.map(drop),
            "serving::fetch_batch" => serving::fetch_batch(ctx, &BatchRequest::default()).await.map(drop),
            "sessions::list" => sessions::list(ctx).await.map(drop),
            "sessions::revoke" => sessions::revoke(ctx, SessionId(none)).await,
            "templates::create" => templates::create(ctx, new_template("")).await.map(drop),
            "templates::facets" => templates::facets(ctx).await.map(drop),
            "templates::get" => templates::get(ctx, "none").await.map(drop),
            "templates::list" => templates::list(ctx, &TemplateFilter::default(), &page).await.map(drop),
            "templates::update" => templates::update(ctx, "none", TemplatePatch::default(), None).await.map(drop),
            "timeline::list" => timeline::list(ctx, "none", &TimelineFilter::default(), &page).await.map(drop),
            "tokens::count" => tokens::count(ctx, vec![crate::common::user("x")], &Default::default()).await.map(drop),
            "topics::create" => topics::create(ctx, NewTopic::default()).await.map(drop),
            "topics::delete_prompt" => topics::delete_prompt(ctx, "none", MessageRole::User, None).await.map(drop),
            "topics::get_prompt" => topics::get_prompt(ctx, "none", MessageRole::User).await.map(drop),
            "topics::list" => topics::list(ctx, "", &page).await.map(drop),
            "topics::put_prompt" => {
                topics::put_prompt(ctx, "none", MessageRole::User, "x", Write::Create, None).await.map(drop)
            }
            "topics::update" => topics::update(ctx, "none", TopicPatch::default(), None).await.map(drop),
            "users::create" => {
                let (email, name, password) = (String::new(), String::new(), String::new());
                users::create(ctx, NewUser { email, name, role: Role::Viewer, password }).await.map(drop)
            }
            "users::change_password" => users::change_password(ctx, "", "").await,
            "users::current" => users::current(ctx, "default".into()).await.map(drop),
            "users::list" => users::list(ctx, &page).await.map(drop),
            "users::reset_password" => users::reset_password(ctx, "none@example.com", "").await,
            "users::update" => users::update(ctx, UserId(none), MemberPatch::default()).await.map(drop),
            "versions::create" => versions::create(ctx, "none", new_version("x"), None).await.map(drop),
            "versions::create_onto" => versions::create_onto(ctx, "none", new_version("x"), 0, None).await.map(drop),
            "versions::get" => versions::get(ctx, "none", 1).await.map(drop),
            "versions::lint" => versions::lint(ctx, "", &content("x")).await.map(drop),
            "versions::parameters_of_schema" => versions::parameters_of_schema(ctx, "").map(drop),
            "versions::warnings" => versions::warnings(ctx, "none", 1).await.map(drop),
            "versions::list" => versions::list(ctx, "none", &page).await.map(drop),
            other => panic!("{other} is not called"),
        }
    })
}

/// Whether the call got past the question for a permission.
async fn is_allowed(name: &str, ctx: &Ctx) -> bool {
    match call(name, ctx).await {
        Err(service::Error::User(error)) => error.kind != domain::error::Kind::Forbidden,
        Err(service::Error::Internal(error)) => panic!("{name}: {error}"),
        Ok(()) => true,
    }
}

fn expected(asks: Asks, is_person: bool, has: impl Fn(P) -> bool) -> bool {
    match asks {
        For(permission) => has(permission),
        Both(one, other) => has(one) && has(other),
        PersonWith(permission) => is_person && has(permission),
        Person => is_person,
        Nothing => true,
    }
}

async fn each_function_asks_for_its_permission(home: &Home) {
    home.template("some", "so that first data has nothing to do").await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let ctx = home.person(role).await;
        for (name, asks) in table() {
            if is_allowed(name, &ctx).await != expected(asks, true, |p| allows(role, p)) {
                wrong.push(format!("{name} by {}", role.name()));
            }
        }
    }
    for scope in Scope::ALL {
        let (ctx, _) = home.key("production", &[scope]).await;
        for (name, asks) in table() {
            if is_allowed(name, &ctx).await != expected(asks, false, |p| scope.permissions().contains(&p)) {
                wrong.push(format!("{name} by a key with {}", scope.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((home.count("template").await, home.count("label_event").await), (1, 0), "the calls change nothing");
}

async fn rights_of_several_scopes_add_up(home: &Home) {
    let (ctx, _) = home.key("production", &[Scope::TemplatesRead, Scope::TemplatesWrite]).await;
    for name in ["templates::get", "templates::create", "versions::create"] {
        assert!(is_allowed(name, &ctx).await, "{name}");
    }
    for name in ["labels::move_to", "labels::move_to production", "render::render", "drafts::save"] {
        assert!(!is_allowed(name, &ctx).await, "{name}");
    }
}

async fn the_system_may_do_everything(home: &Home) {
    home.template("some", "so that first data has nothing to do").await;
    let ctx = home.system().await;
    for (name, asks) in table() {
        assert_eq!(is_allowed(name, &ctx).await, expected(asks, false, |_| true), "{name}");
    }
}
