//! Change requests: what is protected moves by one, and no other way.

use crate::common::{Home, at_once, content, fields, first, new_version, problem, scale, stories, to, word};
use domain::api_key::Scope;
use domain::bulk::{BulkAction, BulkRequest};
use domain::change::{
    ChangeFilter, ChangeItem, ChangePatch, ChangeRequest, LabelTo, NewChange, NewComment, NewReview, Status, Verdict,
};
use domain::permission::Role;
use domain::policy::{Check, Policy};
use domain::template::TemplatePatch;
use domain::time::{HOUR, MINUTE};
use domain::user::MemberPatch;
use domain::version::{MessageRole, NewVersion};
use service::serving::Wanted;
use service::topics::Write;
use service::{Ctx, bulk, changes, labels, policies, records, serving, templates, topics, users, versions};

stories!(
    the_story_of_a_change,
    a_protected_label_moves_no_other_way,
    nobody_approves_their_own_work_whatever_it_was_written_with,
    the_only_approver_approves_their_own_work_and_it_is_recorded,
    a_policy_of_fewer_roles_makes_nobody_the_only_one,
    who_wrote_what_is_included_is_an_author,
    several_labels_of_one_template_are_discussed_apart,
    a_label_that_moved_meanwhile_is_a_conflict,
    what_changed_behind_an_approval_is_not_published,
    what_follows_moves_along,
    a_release_moves_all_or_nothing,
    what_was_served_before_comes_back_without_approval,
    a_bypass_takes_the_right_and_a_reason,
    it_is_published_at_its_time,
    what_cannot_be_published_at_its_time_waits_for_somebody,
    an_approval_counts_while_who_gave_it_may_approve,
    withdrawn_and_superseded_ones_are_closed,
    required_checks_stop_a_publication,
    the_queue_is_filtered,
    lines_are_discussed_and_suggestions_become_a_version,
    wrong_input_is_named,
    of_all_who_decide_at_once_one_does,
    a_template_comes_back_without_what_is_protected_now,
);

fn item(template: &str, version: i64) -> LabelTo {
    LabelTo { template: template.into(), label: "production".into(), version }
}
fn new(items: &[LabelTo]) -> NewChange {
    NewChange { title: "Better words".into(), items: items.to_vec(), ..NewChange::default() }
}
async fn open(ctx: &Ctx, items: &[LabelTo]) -> ChangeRequest {
    changes::open(ctx, new(items)).await.unwrap()
}
fn verdict(verdict: Verdict) -> NewReview {
    NewReview { verdict, body: "I looked at it".into(), round: None }
}
async fn approve(ctx: &Ctx, number: i64) -> String {
    word(changes::review(ctx, number, verdict(Verdict::Approve)).await)
}
/// Template `t` with versions 1 and 2; production serves the first and is protected then.
async fn protected(home: &Home) {
    home.published("t", "one").await;
    home.version("t", "two").await;
    protect(home, Policy::default()).await;
}
async fn protect(home: &Home, policy: Policy) {
    home.engineer().await;
    home.manager().await;
    let done = policies::update(&home.admin().await, "production", Some(policy), None).await.unwrap();
    assert!(matches!(done, policies::Set::Done(Some(_))), "{done:?}");
}
async fn served(ctx: &Ctx, key: &str) -> String {
    match serving::fetch(ctx, key, Wanted::default()).await {
        Ok(served) => served.content.messages[0].content.clone(),
        Err(_) => "nothing".into(),
    }
}
async fn actions(home: &Home) -> Vec<String> {
    let sql = "select action from audit_event where action like 'change.%' or action like 'label.%' order by sequence";
    home.db().all::<(String,)>(sql, ()).await.unwrap().into_iter().map(|(action,)| action).collect()
}

async fn the_story_of_a_change(home: &Home) {
    protected(home).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let asked = NewChange { reviewers: vec!["Content_Manager@example.com".into()], ..new(&[item("t", 2)]) };
    let opened = changes::open(&engineer, asked).await.unwrap();
    assert_eq!((opened.summary.number, opened.summary.status), (1, Status::InReview));
    assert_eq!((opened.required_approvals, opened.approvals, opened.round), (1, 0, 1));
    assert_eq!(opened.summary.reviewers, ["content_manager@example.com"]);
    assert_eq!(word(changes::publish(&manager, 1, None).await), "not_approved");
    let objected = changes::review(&manager, 1, verdict(Verdict::RequestChanges)).await.unwrap();
    assert_eq!(objected.summary.status, Status::ChangesRequested);
    home.version("t", "three").await;
    let patch = ChangePatch { items: Some(vec![item("t", 3)]), ..ChangePatch::default() };
    let revised = changes::update(&engineer, 1, patch, Some(objected.revision)).await.unwrap();
    assert_eq!((revised.summary.status, revised.round), (Status::InReview, 2));
    assert!(revised.reviews.iter().all(|review| !review.counts), "{:?}", revised.reviews);
    let stale = NewReview { round: Some(1), ..verdict(Verdict::Approve) };
    assert_eq!(word(changes::review(&manager, 1, stale).await), "other_round");
    assert_eq!(approve(&manager, 1).await, "ok");
    assert_eq!(served(&manager, "t").await, "one");
    assert_eq!(word(changes::publish(&engineer, 1, None).await), "forbidden", "who may not move production");
    let published = changes::publish(&manager, 1, None).await.unwrap();
    assert_eq!(published.summary.status, Status::Published);
    assert_eq!(published.decided_by.as_deref(), Some("content_manager@example.com"));
    assert_eq!(served(&manager, "t").await, "three");
    let event = &labels::history(&manager, "t", &first(1)).await.unwrap().items[0];
    assert_eq!((event.from_version, event.to_version, event.change), (1, 3, Some(1)));
    assert_eq!(event.reason, "Change request 1: Better words");
    assert_eq!(
        actions(home).await,
        [
            "label.move",
            "change.open",
            "change.review",
            "change.revise",
            "change.review",
            "label.move",
            "change.publish"
        ]
    );
}

async fn a_protected_label_moves_no_other_way(home: &Home) {
    protected(home).await;
    for ctx in [home.admin().await, home.manager().await, home.system().await] {
        let tries = [
            word(labels::move_to(&ctx, "t", to("production", 2), None).await),
            word(labels::remove(&ctx, "t", "production", "", None).await),
            word(records::activate(&ctx, "t", Some(2), None).await),
            word(records::deactivate(&ctx, "t", None).await),
            word(topics::put_prompt(&ctx, "t", MessageRole::User, "new", Write::Replace, None).await),
            word(topics::delete_prompt(&ctx, "t", MessageRole::User, None).await),
            word(templates::update(&ctx, "t", archive(true), None).await),
        ];
        assert!(tries.iter().all(|code| code == "protected_label"), "{tries:?}");
        let request = BulkRequest { keys: vec!["t".into()], action: BulkAction::Archive, ..BulkRequest::default() };
        assert_eq!(bulk::apply(&ctx, request).await.unwrap()[0].code, "protected_label");
    }
    let manager = home.manager().await;
    assert_eq!(served(&manager, "t").await, "one");
    assert_eq!(templates::get(&manager, "t").await.unwrap().latest_version, 2, "nothing half-written");
    assert_eq!(word(labels::move_to(&manager, "t", to("staging", 2), None).await), "ok", "others are free");
}

fn archive(is_archived: bool) -> TemplatePatch {
    TemplatePatch { is_archived: Some(is_archived), ..TemplatePatch::default() }
}

async fn nobody_approves_their_own_work_whatever_it_was_written_with(home: &Home) {
    protected(home).await;
    let (engineer, manager, admin) = (home.engineer().await, home.manager().await, home.admin().await);
    open(&manager, &[item("t", 2)]).await;
    assert_eq!(approve(&manager, 1).await, "own_work", "who opened it");
    assert_eq!(approve(&engineer, 1).await, "forbidden", "whose approval does not count");
    versions::create(&manager, "t", new_version("three"), None).await.unwrap();
    open(&engineer, &[item("t", 3)]).await;
    assert_eq!(approve(&manager, 2).await, "own_work", "who wrote the version");
    let (key, _) = home.key_in(&admin, "production", &[Scope::TemplatesWrite, Scope::TemplatesRead]).await;
    versions::create(&key, "t", new_version("four"), None).await.unwrap();
    open(&engineer, &[item("t", 4)]).await;
    assert_eq!(approve(&admin, 3).await, "own_work", "who made the key that wrote it");
    assert_eq!(approve(&key, 3).await, "forbidden", "a key");
    assert_eq!(approve(&manager, 3).await, "ok");
    let patch = ChangePatch { items: Some(vec![item("t", 2)]), ..ChangePatch::default() };
    changes::update(&manager, 3, patch, None).await.unwrap();
    assert_eq!(approve(&manager, 3).await, "own_work", "who revised it");
}

async fn the_only_approver_approves_their_own_work_and_it_is_recorded(home: &Home) {
    home.published("t", "one").await;
    home.version("t", "two").await;
    let admin = home.admin().await;
    policies::update(&admin, "production", Some(Policy::default()), None).await.unwrap();
    open(&admin, &[item("t", 2)]).await;
    let approved = changes::review(&admin, 1, verdict(Verdict::Approve)).await.unwrap();
    assert_eq!(approved.summary.status, Status::Approved);
    assert!(approved.reviews[0].is_self_approval && approved.reviews[0].counts);
    let events: String = home
        .db()
        .scalar("select cast(after as text) from audit_event where action = 'change.review'", ())
        .await
        .unwrap();
    assert!(events.replace(' ', "").contains(r#""is_self_approval":true"#), "{events}");
    home.manager().await;
    let now = changes::get(&admin, 1).await.unwrap();
    assert_eq!(now.summary.status, Status::InReview, "there are two now");
    assert_eq!(approve(&admin, 1).await, "own_work");
    assert_eq!(word(changes::publish(&admin, 1, None).await), "not_approved");
}

async fn a_policy_of_fewer_roles_makes_nobody_the_only_one(home: &Home) {
    protected(home).await;
    let manager = home.manager().await;
    let narrow = Policy { approvers: vec![Role::ContentManager], ..Policy::default() };
    assert!(matches!(
        policies::update(&manager, "production", Some(narrow.clone()), None).await,
        Ok(policies::Set::Done(_))
    ));
    policies::update(&manager, "x", Some(narrow), None).await.unwrap();
    let both = [item("t", 2), LabelTo { label: "x".into(), ..item("t", 2) }];
    for items in [&both[..1], &both] {
        let number = open(&manager, items).await.summary.number;
        assert_eq!(approve(&manager, number).await, "own_work");
        assert_eq!(word(changes::publish(&manager, number, None).await), "not_approved");
    }
}

async fn who_wrote_what_is_included_is_an_author(home: &Home) {
    home.published("core", "calm").await;
    home.published("page", "{% include 'core@latest' %} text").await;
    protect(home, Policy::default()).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    versions::create(&manager, "core", new_version("nobody read this"), None).await.unwrap();
    open(&engineer, &[item("page", 1)]).await;
    assert_eq!(approve(&manager, 1).await, "own_work");
    assert_eq!(approve(&home.admin().await, 1).await, "ok");
}

async fn several_labels_of_one_template_are_discussed_apart(home: &Home) {
    home.published("t", "one").await;
    for text in ["two", "three"] {
        home.version("t", text).await;
    }
    let engineer = home.engineer().await;
    let staging = LabelTo { label: "staging".into(), ..item("t", 2) };
    open(&engineer, &[staging, item("t", 3)]).await;
    let on = |version: i64, suggestion: &str| NewComment {
        template: "t".into(),
        version,
        line: 1,
        suggestion: Some(suggestion.into()),
        ..NewComment::default()
    };
    assert_eq!(fields(changes::comment(&engineer, 1, on(1, "x")).await), ["version"]);
    changes::comment(&engineer, 1, on(2, "zwei")).await.unwrap();
    let change = changes::comment(&engineer, 1, on(3, "drei")).await.unwrap();
    let quoted: Vec<_> = change.threads.iter().map(|thread| (thread.quoted.as_str(), thread.can_apply())).collect();
    assert_eq!(quoted, [("two", true), ("three", true)]);
    let ids: Vec<_> = change.threads.iter().map(|thread| thread.id).collect();
    let applied = changes::apply(&engineer, 1, &ids, None).await.unwrap();
    assert_eq!(applied.threads.iter().map(|thread| thread.applied_version).collect::<Vec<_>>(), [Some(4), Some(5)]);
    changes::publish(&home.admin().await, 1, None).await.unwrap();
    let template = templates::get(&engineer, "t").await.unwrap();
    assert_eq!([template.version_on("staging"), template.version_on("production")], [Some(4), Some(5)]);
}

async fn a_label_that_moved_meanwhile_is_a_conflict(home: &Home) {
    protected(home).await;
    home.version("t", "three").await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    for version in [2, 3] {
        let number = open(&engineer, &[item("t", version)]).await.summary.number;
        assert_eq!(approve(&manager, number).await, "ok");
    }
    changes::publish(&manager, 1, None).await.unwrap();
    let second = changes::get(&manager, 2).await.unwrap();
    assert!(second.items[0].has_conflict());
    assert_eq!(word(changes::publish(&manager, 2, None).await), "conflict");
    let again = changes::refresh(&engineer, 2, None).await.unwrap();
    assert!(!again.items[0].has_conflict() && again.summary.status == Status::InReview, "it is looked at again");
    approve(&manager, 2).await;
    changes::publish(&manager, 2, None).await.unwrap();
    assert_eq!(served(&manager, "t").await, "three");
}

async fn what_changed_behind_an_approval_is_not_published(home: &Home) {
    home.template("base", "calm").await;
    home.version("base", "shouting").await;
    home.move_label("base", "staging", 1).await;
    home.template("t", "{% include 'base@staging' %} text").await;
    protect(home, Policy::default()).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    open(&engineer, &[item("t", 1)]).await;
    approve(&manager, 1).await;
    labels::move_to(&engineer, "base", to("staging", 2), None).await.unwrap();
    let refused = problem(changes::publish(&manager, 1, None).await);
    assert_eq!(refused.code, "conflict");
    assert_eq!(served(&manager, "t").await, "nothing");
}

async fn what_follows_moves_along(home: &Home) {
    home.published("base", "calm").await;
    home.published("t", "{% include 'base' %} text").await;
    home.published("pinned", "{% include 'base@1' %} text").await;
    home.version("base", "loud").await;
    protect(home, Policy::default()).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let opened = open(&engineer, &[item("base", 2)]).await;
    let moves: Vec<_> = opened
        .items
        .iter()
        .map(|item| match item {
            ChangeItem::LabelMove(item) => (item.template.as_str(), item.from_version, item.to_version, item.follows),
            ChangeItem::Policy { .. } => panic!("no policy changes"),
        })
        .collect();
    assert_eq!(moves, [("base", 1, 2, false), ("t", 1, 1, true)]);
    approve(&manager, 1).await;
    changes::publish(&manager, 1, None).await.unwrap();
    assert_eq!(served(&manager, "t").await, "loud text");
    assert_eq!(served(&manager, "pinned").await, "calm text");
}

async fn a_release_moves_all_or_nothing(home: &Home) {
    for key in ["a", "b", "c"] {
        home.published(key, "one").await;
        home.version(key, "two").await;
    }
    protect(home, Policy::default()).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    open(&engineer, &[item("a", 2), item("b", 2), item("c", 0)]).await;
    approve(&manager, 1).await;
    let failed = home.without_events("change.publish", changes::publish(&manager, 1, None)).await;
    assert!(word(failed).starts_with("internal"));
    assert_eq!([served(&manager, "a").await, served(&manager, "c").await], ["one", "one"]);
    changes::publish(&manager, 1, None).await.unwrap();
    assert_eq!([served(&manager, "a").await, served(&manager, "b").await], ["two", "two"]);
    assert_eq!(served(&manager, "c").await, "nothing");
}

async fn what_was_served_before_comes_back_without_approval(home: &Home) {
    protected(home).await;
    let (engineer, manager, admin) = (home.engineer().await, home.manager().await, home.admin().await);
    open(&engineer, &[item("t", 2)]).await;
    changes::bypass(&admin, 1, "the old one insults people", None).await.unwrap();
    let back = open(&engineer, &[item("t", 1)]).await;
    assert_eq!((back.summary.status, back.required_approvals), (Status::Approved, 0));
    changes::publish(&manager, 2, None).await.unwrap();
    assert_eq!(served(&manager, "t").await, "one");
    let never_approved = open(&engineer, &[item("t", 2)]).await;
    assert_eq!(never_approved.summary.status, Status::InReview, "it came there by a bypass only");
    let strict = Policy { free_roll_back: false, ..Policy::default() };
    policies::update(&admin, "production", Some(strict), None).await.unwrap();
    approve(&manager, 3).await;
    changes::publish(&manager, 3, None).await.unwrap();
    assert_eq!(open(&engineer, &[item("t", 1)]).await.summary.status, Status::InReview);
}

async fn a_bypass_takes_the_right_and_a_reason(home: &Home) {
    protected(home).await;
    let (engineer, manager, admin) = (home.engineer().await, home.manager().await, home.admin().await);
    open(&engineer, &[item("t", 2)]).await;
    assert_eq!(word(changes::bypass(&manager, 1, "it can't wait any longer", None).await), "forbidden");
    assert_eq!(fields(changes::bypass(&admin, 1, "hurry", None).await), ["reason"]);
    let done = changes::bypass(&admin, 1, "it can't wait any longer", None).await.unwrap();
    assert!(done.is_bypass && done.decision_reason == "it can't wait any longer");
    assert_eq!(served(&manager, "t").await, "two");
    assert_eq!(actions(home).await.last().unwrap(), "change.bypass");
}

async fn it_is_published_at_its_time(home: &Home) {
    protected(home).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    open(&engineer, &[item("t", 2)]).await;
    let at = home.services.now().plus(HOUR);
    assert_eq!(word(changes::schedule(&manager, 1, at, None).await), "not_approved");
    approve(&manager, 1).await;
    assert_eq!(fields(changes::schedule(&manager, 1, home.services.now(), None).await), ["publish_at"]);
    assert_eq!(changes::schedule(&manager, 1, at, None).await.unwrap().summary.status, Status::Scheduled);
    changes::unschedule(&manager, 1, None).await.unwrap();
    assert_eq!(word(changes::unschedule(&manager, 1, None).await), "not_scheduled");
    changes::schedule(&manager, 1, at, None).await.unwrap();
    changes::publish_due(&home.services).await.unwrap();
    assert_eq!(served(&manager, "t").await, "one");
    home.clock.advance(HOUR);
    let nodes = [home.services.clone(), home.another_node().await];
    let done = at_once(2, |n| {
        let node = nodes[n].clone();
        async move { changes::publish_due(&node).await }
    });
    assert!(done.await.iter().all(Result::is_ok));
    let published = changes::get(&manager, 1).await.unwrap();
    assert_eq!((published.summary.status, published.decided_by.as_deref()), (Status::Published, Some("Promptory")));
    assert_eq!(served(&manager, "t").await, "two");
    assert_eq!(labels::history(&manager, "t", &first(9)).await.unwrap().items.len(), 2, "once");
}

async fn what_cannot_be_published_at_its_time_waits_for_somebody(home: &Home) {
    protected(home).await;
    home.version("t", "three").await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    for version in [2, 3] {
        let number = open(&engineer, &[item("t", version)]).await.summary.number;
        approve(&manager, number).await;
    }
    changes::schedule(&manager, 2, home.services.now().plus(MINUTE), None).await.unwrap();
    changes::publish(&manager, 1, None).await.unwrap();
    home.clock.advance(HOUR);
    changes::publish_due(&home.services).await.unwrap();
    let waiting = changes::get(&manager, 2).await.unwrap();
    assert_eq!((waiting.summary.status, waiting.summary.publish_at), (Status::Approved, None));
    assert_eq!(served(&manager, "t").await, "two");
    assert_eq!(actions(home).await.last().unwrap(), "change.unschedule");
}

async fn an_approval_counts_while_who_gave_it_may_approve(home: &Home) {
    protected(home).await;
    let (engineer, manager, admin) = (home.engineer().await, home.manager().await, home.admin().await);
    open(&engineer, &[item("t", 2)]).await;
    approve(&manager, 1).await;
    changes::schedule(&manager, 1, home.services.now().plus(HOUR), None).await.unwrap();
    let patch = MemberPatch { role: Some(Role::PromptEngineer), is_disabled: None };
    users::update(&admin, manager.user_id().unwrap(), patch).await.unwrap();
    let open = ChangeFilter { status: "in_review".into(), ..ChangeFilter::default() };
    let listed = changes::list(&admin, &open, &first(9)).await.unwrap().items;
    assert_eq!(listed.len(), 1, "the queue knows");
    assert_eq!(word(changes::publish(&admin, 1, None).await), "not_approved");
    let two = Policy { required_approvals: 2, ..Policy::default() };
    assert_eq!(fields(policies::update(&admin, "production", Some(two), None).await), ["required_approvals"]);
}

async fn withdrawn_and_superseded_ones_are_closed(home: &Home) {
    protected(home).await;
    home.version("t", "three").await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    open(&engineer, &[item("t", 2)]).await;
    let next = NewChange { supersedes: Some(1), ..new(&[item("t", 3)]) };
    changes::open(&engineer, next).await.unwrap();
    let first = changes::get(&manager, 1).await.unwrap();
    assert_eq!((first.summary.status, first.superseded_by), (Status::Superseded, Some(2)));
    assert_eq!(changes::withdraw(&engineer, 2, "Not yet", None).await.unwrap().summary.status, Status::Withdrawn);
    for number in [1, 2] {
        let tries = [
            approve(&manager, number).await,
            word(changes::publish(&manager, number, None).await),
            word(changes::withdraw(&manager, number, "", None).await),
            word(changes::update(&engineer, number, ChangePatch::default(), None).await),
            word(changes::bypass(&home.admin().await, number, "it is really urgent", None).await),
        ];
        assert!(tries.iter().all(|code| code == "closed"), "{tries:?}");
    }
    let again = NewChange { supersedes: Some(1), ..new(&[item("t", 3)]) };
    assert_eq!(word(changes::open(&engineer, again).await), "closed");
    let none = NewChange { supersedes: Some(99), ..new(&[item("t", 3)]) };
    assert_eq!(fields(changes::open(&engineer, none).await), ["supersedes"]);
    assert_eq!(home.count("change_request").await, 2, "nothing half-written");
}

async fn required_checks_stop_a_publication(home: &Home) {
    home.published("t", "Hello").await;
    let mut wants = content("Hello {{ name }}");
    wants.parameters = vec![crate::common::required("name")];
    let version = NewVersion { content: wants, ..new_version("") };
    versions::create(&home.system().await, "t", version, None).await.unwrap();
    protect(home, Policy { required_checks: Check::ALL.to_vec(), ..Policy::default() }).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let opened = open(&engineer, &[item("t", 2)]).await;
    let contract = &opened.checks[0];
    assert_eq!((contract.check, contract.passed, contract.is_required), (Check::ContractCompatible, false, true));
    assert!(contract.details[0].starts_with("t@production: `name`"), "{contract:?}");
    assert!(opened.checks[1].passed && opened.checks[2].passed, "{:?}", opened.checks);
    approve(&manager, 1).await;
    assert_eq!(word(changes::publish(&manager, 1, None).await), "checks_failed");
    assert_eq!(served(&manager, "t").await, "Hello");
}

async fn the_queue_is_filtered(home: &Home) {
    protected(home).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let asked = NewChange { reviewers: vec!["super_admin@example.com".into()], ..new(&[item("t", 2)]) };
    changes::open(&engineer, asked).await.unwrap();
    changes::open(&manager, NewChange { title: "Take 50% away".into(), ..new(&[item("t", 0)]) }).await.unwrap();
    changes::withdraw(&manager, 2, "", None).await.unwrap();
    let numbers = async |filter: ChangeFilter| -> Vec<i64> {
        let page = changes::list(&engineer, &filter, &first(9)).await.unwrap();
        page.items.iter().map(|change| change.number).collect()
    };
    let of = |name: &str, value: &str| -> ChangeFilter {
        serde_json::from_value(serde_json::json!({ name: value })).unwrap()
    };
    assert_eq!(numbers(ChangeFilter::default()).await, [2, 1]);
    for (name, value, expected) in [
        ("status", "open", vec![1]),
        ("status", "withdrawn", vec![2]),
        ("search", "50%", vec![2]),
        ("search", "WORDS", vec![1]),
        ("author", "content_manager@example.com", vec![2]),
        ("reviewer", "super_admin@example.com", vec![1]),
        ("label", "staging", vec![]),
        ("label", "production", vec![2, 1]),
        ("template", "t", vec![2, 1]),
        ("template", "none", vec![]),
    ] {
        assert_eq!(numbers(of(name, value)).await, expected, "{name} {value}");
    }
    assert_eq!(fields(changes::list(&engineer, &of("status", "done"), &first(9)).await), ["status"]);
    let page = changes::list(&engineer, &ChangeFilter::default(), &first(1)).await.unwrap();
    let next = changes::list(&engineer, &ChangeFilter::default(), &crate::common::after(page.next, 1)).await.unwrap();
    assert_eq!((next.items[0].number, next.items[0].moves.clone()), (1, vec!["t@production".to_owned()]));
}

async fn lines_are_discussed_and_suggestions_become_a_version(home: &Home) {
    home.published("t", "one").await;
    home.version("t", "first\nsecond\nthird").await;
    protect(home, Policy::default()).await;
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    open(&engineer, &[item("t", 2)]).await;
    let on = |line: i64, suggestion: &str| NewComment {
        template: "t".into(),
        version: 2,
        line,
        body: "Say it in German".into(),
        suggestion: Some(suggestion.into()),
        ..NewComment::default()
    };
    changes::comment(&manager, 1, on(1, "erstens")).await.unwrap();
    let change = changes::comment(&manager, 1, on(3, "drittens")).await.unwrap();
    let ids: Vec<_> = change.threads.iter().map(|thread| thread.id).collect();
    let change = changes::reply(&engineer, 1, ids[0], "Gladly").await.unwrap();
    let thread = &change.threads[0];
    assert_eq!((thread.quoted.as_str(), thread.comments.len(), thread.can_apply()), ("first", 2, true));
    assert_eq!(thread.comments[1].by, "prompt_engineer@example.com");
    let overlapping = changes::comment(&manager, 1, on(1, "eins")).await.unwrap().threads[2].id;
    assert_eq!(fields(changes::apply(&engineer, 1, &[ids[0], overlapping], None).await), ["suggestions"]);
    let broken = changes::comment(&manager, 1, on(2, "{% endif %}")).await.unwrap().threads[3].id;
    assert_eq!(fields(changes::apply(&engineer, 1, &[broken], None).await), ["suggestions"]);
    assert_eq!(templates::get(&engineer, "t").await.unwrap().latest_version, 2, "nothing was saved");
    let applied = changes::apply(&engineer, 1, &ids, None).await.unwrap();
    assert_eq!((applied.round, applied.threads[0].applied_version), (2, Some(3)));
    assert!(applied.threads[2].is_outdated && !applied.threads[2].can_apply());
    assert_eq!(word(changes::apply(&engineer, 1, &[overlapping], None).await), "outdated");
    let version = versions::get(&engineer, "t", 3).await.unwrap();
    assert_eq!(version.content.messages[0].content, "erstens\nsecond\ndrittens");
    assert_eq!(version.commit_message, "Apply 2 suggestions of content_manager@example.com");
    assert_eq!(version.parent, 2);
    let resolved = changes::resolve(&engineer, 1, overlapping, true).await.unwrap();
    assert_eq!(resolved.threads[2].resolved_by.as_deref(), Some("prompt_engineer@example.com"));
    assert_eq!(changes::resolve(&engineer, 1, overlapping, false).await.unwrap().threads[2].resolved_by, None);
    assert_eq!(approve(&engineer, 1).await, "own_work", "who applied them");
    assert_eq!(approve(&manager, 1).await, "ok", "who suggested them");
    changes::publish(&manager, 1, None).await.unwrap();
    assert_eq!(served(&manager, "t").await, "erstens\nsecond\ndrittens");
    assert_eq!(word(changes::reply(&engineer, 1, ids[0], "Thanks").await), "closed");
    assert_eq!(word(changes::comment(&home.person(Role::Analyst).await, 1, on(1, "x")).await), "forbidden");
}

async fn wrong_input_is_named(home: &Home) {
    protected(home).await;
    home.template("bare", "x").await;
    let ctx = home.engineer().await;
    let with = |title: &str, items: &[LabelTo]| NewChange { title: title.into(), ..new(items) };
    let long = "x".repeat(10_001);
    for (wrong, expected) in [
        (with("", &[item("t", 2)]), "title"),
        (with("a\u{202e}b\0", &[item("t", 2)]), "title"),
        (with("x", &[]), "items"),
        (with("x", &[item("t", 2), item("t", 1)]), "items[1].label"),
        (with("x", &[item("none", 2)]), "items[0].template"),
        (with("x", &[item("t", 9)]), "items[0].version"),
        (with("x", &[item("t", 1)]), "items[0].version"),
        (with("x", &[item("bare", 0)]), "items[0].version"),
        (with("x", &[LabelTo { label: "latest".into(), ..item("t", 2) }]), "items[0].label"),
        (NewChange { description: long, ..with("x", &[item("t", 2)]) }, "description"),
        (NewChange { reviewers: vec!["who@example.com".into()], ..with("x", &[item("t", 2)]) }, "reviewers[0]"),
    ] {
        assert_eq!(fields(changes::open(&ctx, wrong).await), [expected]);
    }
    assert_eq!(home.count("change_request").await, 0);
    open(&ctx, &[item("t", 2)]).await;
    let empty = NewReview { verdict: Verdict::RequestChanges, body: " ".into(), round: None };
    assert_eq!(fields(changes::review(&home.manager().await, 1, empty).await), ["body"]);
    assert_eq!(word(changes::get(&ctx, 2).await), "not_found");
}

/// Approve, object, publish, withdraw, bypass and revise at once: whatever comes first, there is one outcome, and what was
/// published had its approval.
async fn of_all_who_decide_at_once_one_does(home: &Home) {
    protected(home).await;
    let (engineer, manager, admin) = (home.engineer().await, home.manager().await, home.admin().await);
    let second = home.join(&home.system().await, "second@example.com", Role::ContentManager).await;
    for round in 0..3 * scale() {
        let version = home.version("t", &format!("round {round}")).await;
        let number = open(&engineer, &[item("t", version)]).await.summary.number;
        if round % 2 == 0 {
            approve(&second, number).await;
        }
        let moves = home.count("label_event").await;
        let people = [engineer.clone(), manager.clone(), admin.clone(), second.clone()];
        let words = at_once(12, |n| {
            let (who, other) = (people[n % 4].clone(), people[(n / 4) % 4].clone());
            async move {
                match n % 6 {
                    0 => word(changes::withdraw(&who, number, "no", None).await),
                    1 => word(changes::publish(&who, number, None).await),
                    2 => word(changes::review(&who, number, verdict(Verdict::Approve)).await),
                    3 => word(changes::publish(&other, number, None).await),
                    4 => word(changes::review(&other, number, verdict(Verdict::RequestChanges)).await),
                    _ => word(changes::bypass(&who, number, "it can't wait any longer", None).await),
                }
            }
        })
        .await;
        let known = ["ok", "closed", "forbidden", "own_work", "not_approved"];
        assert!(words.iter().all(|word| known.contains(&word.as_str())), "{words:?}");
        let after = changes::get(&admin, number).await.unwrap();
        let moved = home.count("label_event").await - moves;
        assert_eq!(moved, i64::from(after.summary.status == Status::Published), "{words:?}");
        if after.summary.status == Status::Published && !after.is_bypass {
            assert!(after.approvals >= 1, "{after:?}");
        }
        if after.summary.status.is_open() {
            changes::withdraw(&engineer, number, "", None).await.unwrap();
        }
    }
}

async fn a_template_comes_back_without_what_is_protected_now(home: &Home) {
    home.published("t", "one").await;
    let manager = home.manager().await;
    templates::update(&manager, "t", archive(true), None).await.unwrap();
    protect(home, Policy::default()).await;
    let back = templates::update(&manager, "t", archive(false), None).await.unwrap();
    assert_eq!(back.version_on("production"), None);
    assert_eq!(served(&manager, "t").await, "nothing");
    let restored = open(&home.engineer().await, &[item("t", 1)]).await;
    assert_eq!(restored.summary.status, Status::Approved, "exactly what was served before");
}
