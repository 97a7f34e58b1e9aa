//! Labels: what serves under which name, and how it came there.

use crate::common::{self, Home, after, at_once, fields, first, problem, redacted, scale, stories, to, word};
use domain::error::Kind;
use domain::label::{LabelEvent, LabelMove};
use domain::permission::Role;
use service::{Ctx, labels, templates, versions};

stories!(
    a_label_moves_forth_and_back_with_history,
    a_label_points_at_what_exists_and_says_something,
    a_name_that_is_none_is_refused,
    production_takes_a_right_of_its_own,
    a_label_taken_away_is_gone_and_remembered,
    a_stale_revision_is_refused,
    every_move_counts_for_the_projects_revision,
    concurrent_moves_keep_the_history_consistent,
    of_many_who_expect_the_same_revision_one_wins,
    the_hash_is_that_of_what_is_served,
);

async fn history(ctx: &Ctx, key: &str) -> Vec<LabelEvent> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let page = labels::history(ctx, key, &after(cursor, 7)).await.unwrap();
        events.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return events;
        }
    }
}

async fn a_label_moves_forth_and_back_with_history(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    home.version("t", "two").await;
    for version in [1, 2, 1] {
        let moved = labels::move_to(&ctx, "t", to("staging", version), None).await.unwrap();
        assert_eq!(moved.version_on("staging"), Some(version));
        home.clock.advance(1);
    }
    let events = history(&ctx, "t").await;
    let steps: Vec<_> = events.iter().map(|e| (e.from_version, e.to_version)).collect();
    assert_eq!(steps, [(2, 1), (1, 2), (0, 1)]);
    assert_eq!(events[0].effective_hash, events[2].effective_hash, "the same version serves the same");
    assert_ne!(events[0].effective_hash, events[1].effective_hash);
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&events[0]), @r#"
        {
          "actor": "prompt_engineer@example.com",
          "at": "2027-01-15T08:00:00.002Z",
          "effective_hash": "[hash]",
          "from_version": 2,
          "label": "staging",
          "reason": "Because",
          "to_version": 1
        }
        "#);
    }
}

async fn a_label_points_at_what_exists_and_says_something(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    for version in [0, 2, -1] {
        assert_eq!(fields(labels::move_to(&ctx, "t", to("staging", version), None).await), ["version"]);
    }
    let new = domain::template::NewTemplate {
        parameters: vec![common::required("goal")],
        ..common::new_template("contract_only")
    };
    templates::create(&ctx, new).await.unwrap();
    assert_eq!(fields(labels::move_to(&ctx, "contract_only", to("staging", 1), None).await), ["version"]);
    assert_eq!(word(labels::move_to(&ctx, "none", to("staging", 1), None).await), "not_found");
    assert_eq!(home.count("label_event").await, 0);
}

async fn a_name_that_is_none_is_refused(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    for label in ["", "Prod", "latest", "2nd", "a b", "a\0b", &"x".repeat(33)] {
        assert_eq!(fields(labels::move_to(&ctx, "t", to(label, 1), None).await), ["label"], "{label}");
    }
    for reason in ["x".repeat(501), "a\0b".into()] {
        let wrong = LabelMove { reason: reason.clone(), ..to("staging", 1) };
        assert_eq!(fields(labels::move_to(&ctx, "t", wrong, None).await), ["reason"]);
        assert_eq!(fields(labels::remove(&ctx, "t", "staging", &reason, None).await), ["reason"]);
    }
    assert_eq!(word(labels::move_to(&ctx, "t", to("canary-2_x", 1), None).await), "ok");
}

async fn production_takes_a_right_of_its_own(home: &Home) {
    home.template("t", "one").await;
    let (engineer, manager, viewer) = (home.engineer().await, home.manager().await, home.person(Role::Viewer).await);
    let refused = problem(labels::move_to(&engineer, "t", to("production", 1), None).await);
    assert_eq!(refused.kind, Kind::Forbidden);
    assert_eq!(refused.message, "the role prompt_engineer does not allow to move production in this project");
    assert_eq!(word(labels::move_to(&viewer, "t", to("staging", 1), None).await), "forbidden");
    assert_eq!(word(labels::move_to(&manager, "t", to("production", 1), None).await), "ok");
    assert_eq!(word(labels::remove(&engineer, "t", "production", "", None).await), "forbidden");
    assert_eq!(word(labels::remove(&manager, "t", "production", "", None).await), "ok");
}

async fn a_label_taken_away_is_gone_and_remembered(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    assert_eq!(word(labels::remove(&ctx, "t", "staging", "", None).await), "not_found");
    home.move_label("t", "staging", 1).await;
    let after = labels::remove(&ctx, "t", "staging", " Enough ", None).await.unwrap();
    assert!(after.labels.is_empty());
    let event = &history(&ctx, "t").await[0];
    assert_eq!((event.from_version, event.to_version, event.reason.as_str()), (1, 0, "Enough"));
    assert_eq!(event.effective_hash, "");
    home.move_label("t", "staging", 1).await;
    assert_eq!(history(&ctx, "t").await[0].from_version, 0);
    assert_eq!(word(labels::history(&ctx, "none", &first(1)).await), "not_found");
}

async fn a_stale_revision_is_refused(home: &Home) {
    let ctx = home.system().await;
    let revision = home.template("t", "one").await.revision;
    let moved = labels::move_to(&ctx, "t", to("staging", 1), Some(revision)).await.unwrap();
    assert_eq!(moved.revision, revision + 1);
    let refused = problem(labels::move_to(&ctx, "t", to("staging", 1), Some(revision)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "stale"));
    assert_eq!(word(labels::remove(&ctx, "t", "staging", "", Some(revision)).await), "stale");
    assert_eq!(word(labels::remove(&ctx, "t", "staging", "", Some(revision + 1)).await), "ok");
}

async fn every_move_counts_for_the_projects_revision(home: &Home) {
    let ctx = home.system().await;
    let revision = async || -> i64 {
        home.db().scalar("select revision from project where id = $1", (ctx.project.0,)).await.unwrap()
    };
    home.template("t", "one").await;
    assert_eq!(revision().await, 0, "nothing serves it yet");
    home.move_label("t", "staging", 1).await;
    labels::remove(&ctx, "t", "staging", "", None).await.unwrap();
    assert_eq!(revision().await, 2);
}

async fn concurrent_moves_keep_the_history_consistent(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "one").await;
    for n in 2..=5 {
        home.version("t", &format!("text {n}")).await;
    }
    let rounds = 2 * scale();
    at_once(20, |n| {
        let ctx = ctx.clone();
        async move {
            for round in 0..rounds {
                let label = ["staging", "production"][(n + round) % 2];
                let version = 1 + ((n * 7 + round * 3) % 5) as i64;
                if (n + round) % 9 == 8 {
                    let removed = word(labels::remove(&ctx, "t", label, "", None).await);
                    assert!(removed == "ok" || removed == "not_found", "{removed}");
                } else {
                    labels::move_to(&ctx, "t", to(label, version), None).await.unwrap();
                }
            }
        }
    })
    .await;
    let (events, template) = (history(&ctx, "t").await, templates::get(&ctx, "t").await.unwrap());
    for label in ["staging", "production"] {
        let mut at = 0;
        for event in events.iter().rev().filter(|e| e.label == label) {
            assert_eq!(event.from_version, at, "{label}: {event:?}");
            at = event.to_version;
        }
        assert_eq!(template.version_on(label).unwrap_or(0), at, "{label}");
    }
    assert_eq!(template.revision, 2 + 4 + events.len() as i64);
}

async fn of_many_who_expect_the_same_revision_one_wins(home: &Home) {
    let ctx = home.system().await;
    let revision = home.template("t", "one").await.revision;
    let words = at_once(50, |n| {
        let ctx = ctx.clone();
        async move { word(labels::move_to(&ctx, "t", to(&format!("l{n}"), 1), Some(revision)).await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| w == "ok" || w == "stale"), "{words:?}");
    assert_eq!(history(&ctx, "t").await.len(), 1);
}

async fn the_hash_is_that_of_what_is_served(home: &Home) {
    let ctx = home.system().await;
    for key in ["a", "b"] {
        home.template(key, "same").await;
        home.move_label(key, "staging", 1).await;
    }
    let (a, b) = (&history(&ctx, "a").await[0], &history(&ctx, "b").await[0]);
    assert_eq!(a.effective_hash, b.effective_hash, "the same text is served");
    let hash = versions::get(&ctx, "a", 1).await.unwrap().content_hash;
    assert_eq!(a.effective_hash, hash);
    let stored: (String,) = home
        .db()
        .one("select effective_hash from label where name = 'staging' order by effective_hash limit 1", ())
        .await
        .unwrap();
    assert_eq!(stored.0, a.effective_hash.clone().min(b.effective_hash.clone()));
}
