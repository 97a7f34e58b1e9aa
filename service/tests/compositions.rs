//! Composition: what is checked at save, resolved at a move, served, and refused because others use it.

use crate::common::{
    Home, at_once, fields, new_template, new_version, problem, request, required, scale, stories, to, user, word,
};
use domain::api_key::Scope;
use domain::composition::{Dependency, Effective};
use domain::error::Kind;
use domain::template::{NewTemplate, TemplatePatch};
use domain::version::{MessageRole, NewDraft, NewVersion, VersionContent};
use serde_json::json;
use service::compositions::{bundle, dependencies, effective};
use service::serving::{Wanted, fetch};
use service::{Ctx, drafts, executions, labels, render, templates, topics, versions};

stories!(
    a_missing_reference_is_named_with_its_place,
    a_fragments_parameter_is_checked_against_the_own_contract,
    a_template_cant_be_made_of_itself,
    ten_below_one_another_are_enough,
    what_a_version_names_is_written_down,
    a_label_serves_what_it_resolved,
    a_plain_key_follows_the_label,
    a_move_checks_what_it_would_serve,
    an_execution_records_what_was_rendered,
    the_latest_follows_the_latest,
    a_key_gets_no_fragment_its_environment_never_served,
    the_effective_text_says_where_it_comes_from,
    an_effective_text_that_is_none_says_why,
    a_bundle_holds_every_part_as_served,
    the_graph_names_users_near_and_far,
    what_others_use_cant_be_archived,
    a_label_that_others_name_stays,
    a_message_that_others_follow_stays,
    a_preview_puts_together_what_is_typed,
    two_who_save_at_once_make_no_cycle,
    moves_at_once_leave_what_was_resolved,
    archiving_and_saving_at_once_leave_no_dead_reference,
);

fn label(label: &str) -> Wanted<'_> {
    Wanted { label: Some(label), version: None }
}
async fn text(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> String {
    match fetch(ctx, key, wanted).await {
        Ok(served) => served.content.messages[0].content.clone(),
        other => word(other),
    }
}
fn archive() -> TemplatePatch {
    TemplatePatch { is_archived: Some(true), ..TemplatePatch::default() }
}
async fn refused(home: &Home, key: &str, text: &str) -> (String, Option<u32>, Option<u32>) {
    let error = problem(versions::create(&home.system().await, key, new_version(text), None).await);
    assert_eq!(error.kind, Kind::Invalid);
    let one = &error.errors[0];
    assert_eq!(one.field, "messages[0].content");
    (one.message.clone(), one.line, one.column)
}

async fn a_missing_reference_is_named_with_its_place(home: &Home) {
    home.template("t", "one").await;
    home.template("frag", "f").await;
    let templates = home.new_project("other").await;
    crate::common::template_in(&templates, "theirs", "x").await;
    for (name, message) in [
        ("gone", "there is no template `gone` in this project"),
        ("theirs", "there is no template `theirs` in this project"),
        ("frag@7", "`frag` has no version 7, only 1 to 1"),
        ("frag@staging", "`frag` has no version on `staging`: point the label at one first"),
    ] {
        let found = refused(home, "t", &format!("A\n  {{% include \"{name}\" %}}")).await;
        assert_eq!(found, (message.to_owned(), Some(2), Some(3)));
    }
    let ctx = home.system().await;
    templates::update(&ctx, "frag", archive(), None).await.unwrap();
    let found = refused(home, "t", "{% extends 'frag' %}").await.0;
    assert_eq!(found, "`frag` is archived: bring it back, or name another template");
    let new = NewTemplate { messages: vec![user("{% include 'gone' %}")], ..new_template("fresh") };
    assert_eq!(fields(templates::create(&ctx, new).await), ["messages[0].content"]);
    assert_eq!(versions::get(&ctx, "t", 0).await.unwrap().number, 1, "nothing was saved");
}

async fn a_fragments_parameter_is_checked_against_the_own_contract(home: &Home) {
    let ctx = home.system().await;
    let content = VersionContent { parameters: vec![required("who")], ..crate::common::content("x\n Hi {{ who }}") };
    let new = NewTemplate { messages: content.messages, parameters: content.parameters, ..new_template("frag") };
    templates::create(&ctx, new).await.unwrap();
    home.template("t", "one").await;
    let (message, line, column) = refused(home, "t", "Dear\n{% include 'frag' %}").await;
    assert_eq!(message, "in `frag`, line 2, column 8: `who` is not a declared parameter; add it to the contract");
    assert_eq!((line, column), (Some(2), Some(1)));
    let content =
        VersionContent { parameters: vec![required("who")], ..crate::common::content("{% include 'frag' %}") };
    let saved = versions::create(&ctx, "t", NewVersion { content, ..NewVersion::default() }, None).await.unwrap();
    assert_eq!(saved.warnings, [], "a parameter that a fragment uses is used");
    assert_eq!(versions::warnings(&ctx, "t", 2).await.unwrap(), []);
}

async fn a_template_cant_be_made_of_itself(home: &Home) {
    home.template("a", "a").await;
    home.template("b", "{% include 'a' %}").await;
    home.template("c", "{% include 'b' %}").await;
    let found = refused(home, "a", "{% include 'c' %}").await.0;
    assert_eq!(found, "in `b`, line 1, column 1: a template can't be made of itself: a → c → b → a");
    assert_eq!(refused(home, "a", "{% include 'a' %}").await.0, "a template can't be made of itself: a → a");
    home.version("a", "{% include 'a@1' %}").await;
    assert_eq!(text(&home.system().await, "c", label("latest")).await, "a", "an older version of itself has an end");
}

async fn ten_below_one_another_are_enough(home: &Home) {
    home.template("d10", "end").await;
    for n in (0..10).rev() {
        home.template(&format!("d{n}"), &format!("{{% include 'd{}' %}}", n + 1)).await;
    }
    home.template("t", "x").await;
    let found = refused(home, "t", "{% include 'd0' %}").await.0;
    assert!(found.ends_with("deep here: t → d0 → d1 → d2 → d3 → d4 → d5 → d6 → d7 → d8 → d9 → d10"), "{found}");
    assert_eq!(text(&home.system().await, "d0", label("latest")).await, "end");
}

async fn what_a_version_names_is_written_down(home: &Home) {
    for key in ["a", "b"] {
        home.published(key, "x").await;
    }
    home.template("t", "{% include 'a' %}{% include 'a@1' %}{% include 'b@production' %}{% include 'a' %}").await;
    let sql = "select d.reference, t.key from version_dependency d join template t on t.id = d.template_id order by 1";
    let rows: Vec<(String, String)> = home.db().all(sql, ()).await.unwrap();
    let rows: Vec<_> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(rows, [("a", "a"), ("a@1", "a"), ("b@production", "b")]);
}

async fn a_label_serves_what_it_resolved(home: &Home) {
    let ctx = home.system().await;
    home.published("frag", "one").await;
    home.published("t", "<{% include 'frag' %}>").await;
    let before = fetch(&ctx, "t", Wanted::default()).await.unwrap();
    assert_eq!(before.content.messages[0].content, "<one>");
    home.version("frag", "two").await;
    home.move_label("frag", "production", 2).await;
    for _ in 0..2 {
        let served = fetch(&ctx, "t", Wanted::default()).await.unwrap();
        assert_eq!((&served.content, &served.effective_hash), (&before.content, &before.effective_hash));
        home.services.serving.forget(ctx.project);
    }
    let elsewhere = home.another_node().await;
    assert_eq!(text(&elsewhere.system(ctx.project, "test"), "t", Wanted::default()).await, "<one>");
    home.move_label("t", "production", 1).await;
    assert_eq!(text(&ctx, "t", Wanted::default()).await, "<two>");
    let events = labels::history(&ctx, "t", &crate::common::first(2)).await.unwrap().items;
    assert_eq!(events[1].effective_hash, before.effective_hash);
    assert_ne!(events[0].effective_hash, before.effective_hash);
    let content = crate::common::content("<two>");
    assert_eq!(events[0].effective_hash, versions::content_hash(&content).unwrap());
}

async fn a_plain_key_follows_the_label(home: &Home) {
    let ctx = home.system().await;
    home.template("frag", "old").await;
    home.move_label("frag", "staging", 1).await;
    home.version("frag", "new").await;
    home.move_label("frag", "production", 2).await;
    home.version("frag", "newest").await;
    home.template("t", "{% include 'frag' %} {% include 'frag@1' %} {% include 'frag@production' %}").await;
    for name in ["staging", "production"] {
        home.move_label("t", name, 1).await;
    }
    assert_eq!(text(&ctx, "t", label("staging")).await, "old old new");
    assert_eq!(text(&ctx, "t", label("production")).await, "new old new");
    assert_eq!(text(&ctx, "t", label("latest")).await, "newest old new");
}

async fn a_move_checks_what_it_would_serve(home: &Home) {
    let ctx = home.system().await;
    home.template("frag", "x").await;
    home.template("t", "{% include 'frag' %}").await;
    let refused = problem(labels::move_to(&ctx, "t", to("staging", 1), None).await);
    assert_eq!((refused.kind, refused.errors[0].field.as_str()), (Kind::Invalid, "version"));
    let why = "messages[0].content, line 1: `frag` has no version on `staging`: point the label at one first";
    assert_eq!(refused.errors[0].message, why);
    let with = VersionContent { parameters: vec![required("who")], ..crate::common::content("{{ who }}") };
    versions::create(&ctx, "frag", NewVersion { content: with, ..NewVersion::default() }, None).await.unwrap();
    home.move_label("frag", "staging", 2).await;
    let refused = problem(labels::move_to(&ctx, "t", to("staging", 1), None).await);
    assert!(refused.errors[0].message.contains("in `frag`, line 1, column 4: `who`"), "{refused:?}");
    assert_eq!(home.count("label").await, 1, "nothing was written");
}

async fn an_execution_records_what_was_rendered(home: &Home) {
    let (ctx, _) = home.key("production", &[Scope::PromptsRender, Scope::ExecutionsRead]).await;
    home.published("frag", "one").await;
    home.published("t", "{% include 'frag' %}").await;
    let reply = render::render(&ctx, request("t", json!({}))).await.unwrap();
    assert_eq!(reply.rendered_prompt, "one");
    let kept = executions::get(&ctx, reply.execution_id).await.unwrap();
    let event = &labels::history(&home.system().await, "t", &crate::common::first(1)).await.unwrap().items[0];
    assert_eq!(kept.effective_hash, event.effective_hash);
}

async fn the_latest_follows_the_latest(home: &Home) {
    let ctx = home.system().await;
    home.published("frag", "one").await;
    home.template("t", "{% include 'frag' %}").await;
    home.version("frag", "two").await;
    assert_eq!(text(&ctx, "t", label("latest")).await, "two");
    assert_eq!(text(&ctx, "t", Wanted { label: None, version: Some(1) }).await, "two");
    let unknown = VersionContent { parameters: vec![required("who")], ..crate::common::content("{{ who }}") };
    versions::create(&ctx, "frag", NewVersion { content: unknown, ..NewVersion::default() }, None).await.unwrap();
    assert_eq!(text(&ctx, "t", label("latest")).await, "invalid", "it can't be put together any more");
}

async fn a_key_gets_no_fragment_its_environment_never_served(home: &Home) {
    let (key, _) = home.key("production", &[Scope::PromptsRead]).await;
    home.published("frag", "public").await;
    home.published("t", "{% include 'frag' %}").await;
    home.version("t", "other").await;
    home.move_label("t", "production", 2).await;
    home.version("frag", "secret draft").await;
    home.move_label("frag", "staging", 2).await;
    home.move_label("t", "staging", 1).await;
    assert_eq!(text(&key, "t", label("staging")).await, "forbidden");
    assert_eq!(text(&key, "t", label("latest")).await, "other", "it is what production serves");
    let old = text(&key, "t", Wanted { label: None, version: Some(1) }).await;
    assert_eq!(old, "public", "an older version comes as it was served");
}

async fn the_effective_text_says_where_it_comes_from(home: &Home) {
    let ctx = home.system().await;
    home.published("base", "A {% block x %}old{% endblock %} Z").await;
    home.published("t", "{% extends 'base' %}{% block x %}new{% endblock %}").await;
    home.version("base", "B {% block x %}old{% endblock %}").await;
    let shown = |e: &Effective| -> Vec<(String, String)> {
        let composed = e.composed.as_ref().unwrap();
        let text = &composed.content.messages[0].content;
        let part = |s: &domain::composition::SourceSpan| {
            (composed.sources[s.source].key.clone(), text[s.start..s.end].to_owned())
        };
        composed.spans[0].iter().map(part).collect()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let served = effective(&ctx, "t", label("production")).await.unwrap();
    assert_eq!(shown(&served), [pair("base", "A "), pair("t", "new"), pair("base", " Z")]);
    let event = &labels::history(&ctx, "t", &crate::common::first(1)).await.unwrap().items[0];
    assert_eq!(served.effective_hash.as_ref(), Some(&event.effective_hash));
    let latest = effective(&ctx, "t", Wanted::default()).await.unwrap();
    assert_eq!(shown(&latest), [pair("base", "B "), pair("t", "new")]);
    let names: Vec<_> = latest.closure.iter().map(|r| (r.reference.as_str(), r.version)).collect();
    assert_eq!(names, [("t", 1), ("base", 2)]);
    assert_eq!(word(effective(&ctx, "t", label("staging")).await), "not_found");
    assert_eq!(word(effective(&ctx, "t", Wanted { label: None, version: Some(9) }).await), "not_found");
}

async fn an_effective_text_that_is_none_says_why(home: &Home) {
    let ctx = home.system().await;
    home.template("base", "{% set title = 1 %}").await;
    home.template("t", "{% import 'base' as b %}{{ b.title }}").await;
    home.version("base", "{% set name = 1 %}").await;
    let shown = effective(&ctx, "t", Wanted::default()).await.unwrap();
    assert_eq!((shown.composed.is_none(), shown.effective_hash), (true, None));
    assert_eq!(shown.problems[0].message, "the imported template defines no `title`");
    assert_eq!((shown.problems[0].line, shown.problems[0].column), (Some(1), Some(28)));
}

async fn a_bundle_holds_every_part_as_served(home: &Home) {
    let (key, _) = home.key("production", &[Scope::PromptsRead]).await;
    home.published("frag", "one").await;
    home.published("t", "<{% include 'frag' %}>").await;
    home.version("frag", "two").await;
    let bundle = bundle(&key, "t", Wanted::default()).await.unwrap();
    let parts: Vec<_> =
        bundle.templates.iter().map(|p| (p.key.as_str(), p.version, p.content.messages[0].content.as_str())).collect();
    assert_eq!(parts, [("t", 1, "<{% include 'frag' %}>"), ("frag", 1, "one")]);
    let served = fetch(&key, "t", Wanted::default()).await.unwrap();
    assert_eq!(bundle.effective_hash, served.effective_hash);
}

async fn the_graph_names_users_near_and_far(home: &Home) {
    let ctx = home.system().await;
    home.published("base", "x").await;
    home.published("mid", "{% include 'base' %}").await;
    home.published("top", "{% include 'mid' %}").await;
    let line = |d: &Dependency| format!("{} {}->{} {} {:?}", d.depth, d.from, d.reference, d.to, d.through);
    let all = dependencies(&ctx, "base").await.unwrap();
    assert!(all.uses.is_empty());
    let lines: Vec<_> = all.used_by.iter().map(line).collect();
    let both = r#"["latest", "production"]"#;
    assert_eq!(lines, [format!("1 mid->base base {both}"), format!("2 top->mid mid {both}")]);
    assert_eq!(dependencies(&ctx, "top").await.unwrap().uses.len(), 2);
    home.version("mid", "on its own").await;
    let now = dependencies(&ctx, "base").await.unwrap();
    assert_eq!(now.used_by.iter().map(line).next().unwrap(), r#"1 mid->base base ["production"]"#);
    home.move_label("mid", "production", 2).await;
    let served = dependencies(&ctx, "base").await.unwrap();
    let lines: Vec<_> = served.used_by.iter().map(line).collect();
    assert_eq!(lines, [r#"1 top-> base ["production"]"#], "what production serves is still made of it");
    home.move_label("top", "production", 1).await;
    assert!(dependencies(&ctx, "base").await.unwrap().used_by.is_empty());
}

async fn what_others_use_cant_be_archived(home: &Home) {
    let ctx = home.system().await;
    home.published("base", "x").await;
    for n in 0..7 {
        home.template(&format!("t{n}"), "{% include 'base' %}").await;
    }
    let refused = problem(templates::update(&ctx, "base", archive(), None).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "in_use"));
    let named = "`t0` (latest), `t1` (latest), `t2` (latest), `t3` (latest), `t4` (latest), 2 more";
    assert_eq!(refused.message, format!("7 templates use `base`: {named}; change them first"));
    for n in 0..6 {
        home.version(&format!("t{n}"), "free").await;
    }
    let refused = problem(templates::update(&ctx, "base", archive(), None).await);
    assert_eq!(refused.message, "1 template uses `base`: `t6` (latest); change them first");
    templates::update(&ctx, "t6", archive(), None).await.unwrap();
    templates::update(&ctx, "base", archive(), None).await.unwrap();
}

async fn a_label_that_others_name_stays(home: &Home) {
    let ctx = home.system().await;
    home.published("base", "x").await;
    home.template("t", "{% include 'base@production' %}").await;
    let refused = problem(labels::remove(&ctx, "base", "production", "", None).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "in_use"));
    assert_eq!(refused.message, "1 template uses `base@production`: `t` (latest); change them first");
    home.version("t", "free").await;
    labels::remove(&ctx, "base", "production", "", None).await.unwrap();
}

async fn a_message_that_others_follow_stays(home: &Home) {
    let ctx = home.system().await;
    home.published("base", "x").await;
    home.template("t", "{% include 'base' %}").await;
    let refused = problem(topics::delete_prompt(&ctx, "base", MessageRole::User, None).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "in_use"));
    assert_eq!(refused.message, "1 template uses `base`: `t` (latest); change them first");
    home.version("t", "{% include 'base@1' %}").await;
    assert_eq!(word(topics::delete_prompt(&ctx, "base", MessageRole::User, None).await), "ok");
}

async fn a_preview_puts_together_what_is_typed(home: &Home) {
    let ctx = home.engineer().await;
    home.template("frag", "<{% block x %}{% endblock %}>").await;
    let typed = crate::common::content("{% extends 'frag' %}{% block x %}typed{% endblock %}");
    assert_eq!(render::preview(&ctx, "", &typed, &Default::default()).await.unwrap().messages[0].text(), "<typed>");
    assert_eq!(versions::lint(&ctx, "", &typed).await.unwrap().problems, []);
    let linted = versions::lint(&ctx, "frag", &typed).await.unwrap().problems;
    assert_eq!(linted[0].message, "a template can't be made of itself: frag → frag");
    drafts::save(&ctx, "frag", &NewDraft { content: typed, parent: 1, ..NewDraft::default() }).await.unwrap();
}

async fn two_who_save_at_once_make_no_cycle(home: &Home) {
    let ctx = home.system().await;
    for round in 0..3 * scale() {
        let keys = [format!("a{round}"), format!("b{round}")];
        for key in &keys {
            home.template(key, "x").await;
        }
        let words =
            at_once(2, |n| {
                let (ctx, own, other) = (ctx.clone(), keys[n].clone(), keys[1 - n].clone());
                async move {
                    word(versions::create(&ctx, &own, new_version(&format!("{{% include '{other}' %}}")), None).await)
                }
            })
            .await;
        assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
        for key in &keys {
            assert_eq!(text(&ctx, key, label("latest")).await, "x");
        }
    }
}

async fn moves_at_once_leave_what_was_resolved(home: &Home) {
    let ctx = home.system().await;
    home.published("frag", "1").await;
    for n in 2..=4 {
        home.version("frag", &n.to_string()).await;
    }
    home.published("t", "{% include 'frag' %}").await;
    at_once(12, |n| {
        let ctx = ctx.clone();
        async move {
            for round in 0..2 * scale() {
                if n % 3 == 0 {
                    labels::move_to(&ctx, "t", to("production", 1), None).await.unwrap();
                } else {
                    let version = 1 + ((n + round) % 4) as i64;
                    labels::move_to(&ctx, "frag", to("production", version), None).await.unwrap();
                }
            }
        }
    })
    .await;
    let sql = "select key, to_version, effective_hash from label_event join template on template.id = template_id
               where label = 'production' order by label_event.id";
    let events: Vec<(String, i64, String)> = home.db().all(sql, ()).await.unwrap();
    assert!(events.len() >= 24);
    let hash = |n: i64| versions::content_hash(&crate::common::content(&n.to_string())).unwrap();
    let known: Vec<String> = (1..=4).map(hash).collect();
    assert!(events.iter().all(|(_, _, found)| known.contains(found)), "{events:?}");
    home.services.serving.forget(ctx.project);
    let served = fetch(&ctx, "t", Wanted::default()).await.unwrap();
    let stored: String = home
        .db()
        .scalar("select effective_hash from label join template on template.id = template_id where key = 't'", ())
        .await
        .unwrap();
    assert_eq!(served.effective_hash, stored, "served is what the last move resolved");
}

async fn archiving_and_saving_at_once_leave_no_dead_reference(home: &Home) {
    let ctx = home.system().await;
    for round in 0..3 * scale() {
        let (frag, t) = (format!("frag{round}"), format!("t{round}"));
        home.template(&frag, "x").await;
        home.template(&t, "x").await;
        let words = at_once(2, |n| {
            let (ctx, frag, t) = (ctx.clone(), frag.clone(), t.clone());
            async move {
                match n {
                    0 => word(templates::update(&ctx, &frag, archive(), None).await),
                    _ => {
                        word(versions::create(&ctx, &t, new_version(&format!("{{% include '{frag}' %}}")), None).await)
                    }
                }
            }
        })
        .await;
        assert!(words == ["ok", "invalid"] || words == ["in_use", "ok"], "{words:?}");
    }
}
