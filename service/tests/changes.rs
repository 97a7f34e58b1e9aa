//! Change requests: what is protected moves by one, and no other way.

use crate::common::changes::{approve, item, new, open, protect, protected, served, verdict};
use crate::common::{Home, at_once, content, fields, first, new_version, problem, scale, stories, to, word};
use domain::bulk::{BulkAction, BulkRequest};
use domain::change::{ChangeFilter, ChangeItem, ChangePatch, LabelTo, NewChange, NewReview, Status, Verdict};
use domain::permission::Role;
use domain::policy::{Check, Policy};
use domain::template::TemplatePatch;
use domain::time::{HOUR, MINUTE};
use domain::version::{MessageRole, NewVersion};
use service::topics::Write;
use service::{bulk, changes, labels, policies, records, templates, topics, versions};

stories!(
    the_story_of_a_change,
    a_protected_label_moves_no_other_way,
    a_label_that_moved_meanwhile_is_a_conflict,
    what_changed_behind_an_approval_is_not_published,
    what_follows_moves_along,
    a_release_moves_all_or_nothing,
    what_was_served_before_comes_back_without_approval,
    a_bypass_takes_the_right_and_a_reason,
    it_is_published_at_its_time,
    what_cannot_be_published_at_its_time_waits_for_somebody,
    withdrawn_and_superseded_ones_are_closed,
    required_checks_stop_a_publication,
    the_queue_is_filtered,
    wrong_input_is_named,
    of_all_who_decide_at_once_one_does,
    a_template_comes_back_without_what_is_protected_now,
);

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
