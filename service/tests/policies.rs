//! Policies of labels: who may set them, and that to weaken one is a change that is approved.

use crate::common::{Home, at_once, fields, problem, stories, to, word};
use domain::change::{ChangeItem, LabelTo, NewChange, NewReview, Status, Verdict};
use domain::permission::Role;
use domain::policy::{Policy, QuietHours};
use domain::time::HOUR;
use service::policies::Set;
use service::{Ctx, changes, labels, policies};

stories!(
    a_label_is_protected_from_then_on,
    a_stronger_policy_holds_at_once_and_a_weaker_one_is_proposed,
    a_proposal_against_another_policy_is_a_conflict,
    nothing_is_published_in_quiet_hours,
    quiet_hours_of_a_whole_week_can_be_changed,
    wrong_input_is_named,
    who_protects_and_who_moves_at_once_see_each_other,
);

async fn update(ctx: &Ctx, policy: Option<Policy>) -> Set {
    policies::update(ctx, "production", policy, None).await.unwrap()
}
async fn approve(ctx: &Ctx, number: i64) -> String {
    let review = NewReview { verdict: Verdict::Approve, body: String::new(), round: None };
    word(changes::review(ctx, number, review).await)
}

async fn a_label_is_protected_from_then_on(home: &Home) {
    let (admin, manager) = (home.admin().await, home.manager().await);
    home.template("t", "one").await;
    assert_eq!(word(policies::get(&manager, "production").await), "not_found");
    let Set::Done(Some(set)) = update(&manager, Some(Policy::default())).await else { panic!("not set") };
    assert_eq!((set.revision, set.updated_by.as_str()), (1, "content_manager@example.com"));
    assert_eq!(policies::list(&admin).await.unwrap(), std::slice::from_ref(&set));
    assert_eq!(policies::get(&admin, "production").await.unwrap(), set);
    let refused = problem(labels::move_to(&admin, "t", to("production", 1), None).await);
    assert_eq!(refused.code, "protected_label");
    assert_eq!(refused.message, "`production` is protected: open a change request to move it");
    assert_eq!(word(policies::update(&home.engineer().await, "production", None, None).await), "forbidden");
    assert_eq!(word(policies::update(&manager, "production", None, Some(7)).await), "stale");
    assert_eq!(update(&manager, Some(Policy::default())).await, Set::Done(Some(set)), "nothing changed");
}

async fn a_stronger_policy_holds_at_once_and_a_weaker_one_is_proposed(home: &Home) {
    let (admin, manager) = (home.admin().await, home.manager().await);
    home.template("t", "one").await;
    update(&admin, Some(Policy::default())).await;
    let two = Policy { required_approvals: 2, ..Policy::default() };
    assert!(matches!(update(&admin, Some(two.clone())).await, Set::Done(_)));
    let third = home.join(&home.system().await, "third@example.com", Role::ContentManager).await;
    let Set::Proposed(number) = update(&admin, None).await else { panic!("not proposed") };
    assert_eq!(policies::get(&admin, "production").await.unwrap().policy, two, "it holds until then");
    let opened = changes::get(&admin, number).await.unwrap();
    assert_eq!((opened.required_approvals, opened.summary.title.as_str()), (2, "Protect `production` no more"));
    assert_eq!(opened.summary.moves, ["policy of production"]);
    assert!(matches!(&opened.items[0], ChangeItem::Policy { after: None, .. }));
    let words = [approve(&admin, number).await, approve(&manager, number).await];
    assert_eq!(words, ["own_work", "ok"]);
    assert_eq!(word(changes::publish(&manager, number, None).await), "not_approved");
    assert_eq!(approve(&third, number).await, "ok");
    assert_eq!(word(changes::publish(&home.engineer().await, number, None).await), "forbidden");
    changes::publish(&manager, number, None).await.unwrap();
    assert_eq!(word(policies::get(&admin, "production").await), "not_found");
    assert_eq!(word(labels::move_to(&manager, "t", to("production", 1), None).await), "ok");
}

async fn a_proposal_against_another_policy_is_a_conflict(home: &Home) {
    let (admin, manager) = (home.admin().await, home.manager().await);
    update(&admin, Some(Policy::default())).await;
    let Set::Proposed(number) = update(&admin, None).await else { panic!("not proposed") };
    approve(&manager, number).await;
    update(&admin, Some(Policy { free_roll_back: false, ..Policy::default() })).await;
    assert!(changes::get(&admin, number).await.unwrap().items[0].has_conflict());
    assert_eq!(word(changes::publish(&manager, number, None).await), "conflict");
}

/// The clock of the tests starts on a Friday, 2027-01-15, at 08:00 UTC.
async fn nothing_is_published_in_quiet_hours(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.published("t", "one").await;
    home.version("t", "two").await;
    let morning = QuietHours { days: vec![5], from: 8 * 60, to: 12 * 60, zone: "Europe/Berlin".into() };
    update(&home.admin().await, Some(Policy { quiet_hours: vec![morning], ..Policy::default() })).await;
    let item = LabelTo { template: "t".into(), label: "production".into(), version: 2 };
    let new = NewChange { title: "Now".into(), items: vec![item], ..NewChange::default() };
    changes::open(&engineer, new).await.unwrap();
    approve(&manager, 1).await;
    let refused = problem(changes::publish(&manager, 1, None).await);
    assert_eq!(refused.code, "quiet_hours");
    assert_eq!(refused.message, "these are quiet hours, until 2027-01-15 11:00 UTC: schedule it for later");
    let now = home.services.now();
    assert_eq!(word(changes::schedule(&manager, 1, now.plus(2 * HOUR), None).await), "quiet_hours");
    changes::schedule(&manager, 1, now.plus(3 * HOUR), None).await.unwrap();
    home.clock.advance(3 * HOUR);
    changes::publish_due(&home.services).await.unwrap();
    assert_eq!(changes::get(&manager, 1).await.unwrap().summary.status, Status::Published);
}

async fn quiet_hours_of_a_whole_week_can_be_changed(home: &Home) {
    let (admin, manager) = (home.admin().await, home.manager().await);
    let week = QuietHours { days: (1..=7).collect(), from: 0, to: 1440, zone: "UTC".into() };
    update(&admin, Some(Policy { quiet_hours: vec![week], bypass: Vec::new(), ..Policy::default() })).await;
    let Set::Proposed(number) = update(&admin, Some(Policy::default())).await else { panic!("not proposed") };
    approve(&manager, number).await;
    changes::publish(&manager, number, None).await.unwrap();
    assert_eq!(policies::get(&admin, "production").await.unwrap().policy, Policy::default());
}

async fn wrong_input_is_named(home: &Home) {
    let admin = home.admin().await;
    let mars = QuietHours { days: vec![1], from: 0, to: 1, zone: "Mars/Olympus".into() };
    for (label, policy, expected) in [
        ("latest", Policy::default(), "label"),
        ("Bad", Policy::default(), "label"),
        ("x", Policy { required_approvals: 2, ..Policy::default() }, "required_approvals"),
        ("x", Policy { quiet_hours: vec![mars], ..Policy::default() }, "quiet_hours[0].zone"),
        ("x", Policy { approvers: vec![Role::Viewer], required_approvals: 0, ..Policy::default() }, "approvers"),
    ] {
        assert_eq!(fields(policies::update(&admin, label, Some(policy), None).await), [expected]);
    }
    assert_eq!(home.count("label_policy").await, 0);
}

/// A move that comes after the policy is refused; one that comes before it is in the log before it.
async fn who_protects_and_who_moves_at_once_see_each_other(home: &Home) {
    let admin = home.admin().await;
    home.template("t", "one").await;
    home.version("t", "two").await;
    at_once(10, |n| {
        let ctx = admin.clone();
        async move {
            match n {
                5 => drop(policies::update(&ctx, "production", Some(Policy::default()), None).await.unwrap()),
                _ => {
                    let moved = word(labels::move_to(&ctx, "t", to("production", 1 + n as i64 % 2), None).await);
                    assert!(moved == "ok" || moved == "protected_label", "{moved}");
                }
            }
        }
    })
    .await;
    let sql =
        "select action from audit_event where action in ('label.move', 'policy.update') order by sequence desc limit 1";
    assert_eq!(home.db().scalar::<String>(sql, ()).await.unwrap(), "policy.update");
}
