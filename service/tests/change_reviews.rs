//! Who may say what of a change request: authors and reviewers, conversations and suggestions.

use crate::common::changes::{approve, item, open, protect, protected, served, verdict};
use crate::common::{Home, fields, first, new_version, stories, word};
use domain::api_key::Scope;
use domain::change::{ChangeFilter, ChangePatch, LabelTo, NewComment, Status, Verdict};
use domain::permission::Role;
use domain::policy::Policy;
use domain::time::HOUR;
use domain::user::MemberPatch;
use service::{changes, policies, templates, users, versions};

stories!(
    nobody_approves_their_own_work_whatever_it_was_written_with,
    the_only_approver_approves_their_own_work_and_it_is_recorded,
    a_policy_of_fewer_roles_makes_nobody_the_only_one,
    who_wrote_what_is_included_is_an_author,
    several_labels_of_one_template_are_discussed_apart,
    lines_are_discussed_and_suggestions_become_a_version,
    an_approval_counts_while_who_gave_it_may_approve,
);

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
