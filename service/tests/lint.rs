//! Lint: a project's switches, what they change, and the scores kept with versions.

use crate::common::{
    Home, after, at_once, content, fields, first, new_version, problem, redacted, scale, stories, template_in, word,
};
use domain::audit::AuditFilter;
use domain::error::Kind;
use domain::lint::LintPatch;
use domain::page::PageRequest;
use domain::permission::Role;
use domain::version::VersionSummary;
use service::{Ctx, audit, lint, versions};

stories!(
    every_rule_is_on_until_somebody_switches_it_off,
    only_rules_that_there_are_can_be_switched_off,
    a_rule_that_is_off_finds_nothing_anywhere,
    a_score_is_kept_as_it_was_at_its_save,
    versions_from_before_are_scored_once,
    of_two_who_switch_at_once_the_second_is_told,
    switches_are_the_projects_own,
);

/// One hint: 98 of 100 by all rules.
const SHOUTED: &str = "ANSWER IN CAPITALS and in one word, as plain text.";

fn off(ids: &[&str]) -> LintPatch {
    LintPatch { off: ids.iter().map(|id| (*id).to_owned()).collect() }
}

async fn listed(ctx: &Ctx, key: &str) -> Vec<VersionSummary> {
    versions::list(ctx, key, &first(50)).await.unwrap().items
}

/// The rules that find something in a text.
async fn found(ctx: &Ctx, text: &str) -> Vec<String> {
    let checked = versions::lint(ctx, "", &content(text)).await.unwrap();
    checked.findings.into_iter().map(|finding| finding.rule).collect()
}

async fn every_rule_is_on_until_somebody_switches_it_off(home: &Home) {
    let (manager, viewer) = (home.manager().await, home.person(Role::Viewer).await);
    let fresh = lint::get(&viewer).await.unwrap();
    assert_eq!((fresh.off().count(), fresh.revision, fresh.updated_at), (0, 0, None));
    assert!(fresh.rules.len() >= 25);
    home.clock.advance(5);
    let saved = lint::update(&manager, &off(&["shouting", "secret", "shouting"]), Some(0)).await.unwrap();
    assert_eq!(saved.off().collect::<Vec<_>>(), ["shouting", "secret"], "by group, each once");
    assert_eq!((saved.revision, saved.updated_by.as_str()), (1, "content_manager@example.com"));
    assert_eq!(lint::get(&viewer).await.unwrap(), saved);
    let all = lint::update(&manager, &off(&[]), Some(1)).await.unwrap();
    assert_eq!((all.off().count(), all.revision), (0, 2));
    let events = audit::list(&manager, &AuditFilter { action: "lint.".into(), ..Default::default() }, &first(5)).await;
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&events.unwrap().items.iter().map(|e| (&e.object, &e.before, &e.after)).collect::<Vec<_>>()), @r#"
        [
          [
            "lint:rules",
            {
              "off": [
                "shouting",
                "secret"
              ]
            },
            {
              "off": []
            }
          ],
          [
            "lint:rules",
            {
              "off": []
            },
            {
              "off": [
                "secret",
                "shouting"
              ]
            }
          ]
        ]
        "#);
    }
}

async fn only_rules_that_there_are_can_be_switched_off(home: &Home) {
    let manager = home.manager().await;
    let refused = lint::update(&manager, &off(&["secret", "no-such-rule", "Shouting"]), None).await;
    assert_eq!(fields(refused), ["off[1]", "off[2]"]);
    assert_eq!(lint::get(&manager).await.unwrap().revision, 0);
    assert_eq!(word(lint::update(&home.engineer().await, &off(&[]), None).await), "forbidden");
}

async fn a_rule_that_is_off_finds_nothing_anywhere(home: &Home) {
    let (manager, engineer) = (home.manager().await, home.engineer().await);
    home.template("t", SHOUTED).await;
    assert_eq!(found(&engineer, SHOUTED).await, ["shouting"]);
    let before = lint::report(&engineer, "t", 0).await.unwrap();
    assert_eq!((before.score.points, before.score_at_save), (98, Some(98)));
    lint::update(&manager, &off(&["shouting"]), None).await.unwrap();
    assert_eq!(found(&engineer, SHOUTED).await, [""; 0]);
    let report = lint::report(&engineer, "t", 1).await.unwrap();
    assert_eq!((report.findings.len(), report.score.points, report.score_at_save), (0, 100, Some(98)));
    assert_eq!(word(lint::report(&engineer, "t", 2).await), "not_found");
}

async fn a_score_is_kept_as_it_was_at_its_save(home: &Home) {
    let manager = home.manager().await;
    home.template("t", SHOUTED).await;
    lint::update(&manager, &off(&["shouting"]), None).await.unwrap();
    home.version("t", &format!("{SHOUTED} Please.")).await;
    lint::update(&manager, &off(&[]), None).await.unwrap();
    home.version("t", &format!("{SHOUTED} Thanks.")).await;
    let scores: Vec<_> = listed(&manager, "t").await.iter().map(|v| v.lint_score).collect();
    assert_eq!(scores, [Some(98), Some(100), Some(98)]);
}

async fn versions_from_before_are_scored_once(home: &Home) {
    let manager = home.manager().await;
    home.template("t", SHOUTED).await;
    for n in 2..=45 {
        home.version("t", &format!("{SHOUTED} {n}")).await;
    }
    let theirs = home.new_project("other").await;
    template_in(&theirs, "t", SHOUTED).await;
    lint::update(&theirs, &off(&["shouting"]), None).await.unwrap();
    home.db().exec("update version set lint_score = null where number <> 3", ()).await.unwrap();
    assert_eq!(listed(&manager, "t").await[0].lint_score, None);
    assert_eq!(lint::score_old(&home.services).await.unwrap(), 45);
    assert_eq!(lint::score_old(&home.services).await.unwrap(), 0);
    assert!(listed(&manager, "t").await.iter().all(|v| v.lint_score == Some(98)));
    assert_eq!(listed(&theirs, "t").await[0].lint_score, Some(100), "by the rules of its own project");
}

async fn of_two_who_switch_at_once_the_second_is_told(home: &Home) {
    let manager = home.manager().await;
    let refused = problem(lint::update(&manager, &off(&[]), Some(1)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "stale"));
    for round in 0..2 * scale() as i64 {
        let words = at_once(12, |n| {
            let (ctx, patch) = (manager.clone(), off(&[["shouting", "secret", "blank-lines"][n % 3]]));
            async move { word(lint::update(&ctx, &patch, Some(round)).await) }
        })
        .await;
        assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
        assert!(words.iter().all(|w| w == "ok" || w == "stale"), "{words:?}");
    }
    let events = audit::verify(&manager).await.unwrap();
    assert_eq!(events.broken_at, None);
}

async fn switches_are_the_projects_own(home: &Home) {
    let (manager, theirs) = (home.manager().await, home.new_project("other").await);
    lint::update(&manager, &off(&["shouting"]), None).await.unwrap();
    assert_eq!(lint::get(&theirs).await.unwrap().off().count(), 0);
    assert_eq!(found(&theirs, SHOUTED).await, ["shouting"]);
    template_in(&theirs, "t", "text").await;
    let saved = versions::create(&theirs, "t", new_version(SHOUTED), None).await.unwrap();
    assert_eq!(saved.version.number, 2);
    let list = versions::list(&theirs, "t", &PageRequest::default()).await.unwrap();
    assert_eq!(list.items[0].lint_score, Some(98));
    assert_eq!(word(versions::list(&theirs, "none", &after(None, 1)).await), "not_found");
}
