//! Templates: made, found, listed, changed, archived.

use crate::common::{
    self, Home, after, at_once, content, fields, first, new_template, problem, redacted, stories, to, user, word,
};
use domain::api_key::Scope;
use domain::error::Kind;
use domain::page::PageRequest;
use domain::template::{NewTemplate, TemplateFields, TemplateFilter, TemplatePatch, TemplateSort};
use serde_json::json;
use service::serving::{Wanted, fetch};
use service::{labels, templates};

stories!(
    a_template_is_made_with_its_first_version,
    a_template_without_content_has_no_version_yet,
    everything_wrong_is_named_at_once,
    nothing_stays_behind_when_the_content_is_refused,
    texts_with_nul_are_refused_by_name,
    a_key_is_taken_once_also_in_a_race,
    a_template_is_found_by_key_and_by_id,
    each_sort_pages_through_everything_once,
    filters_narrow_the_list,
    a_filter_takes_signs_as_letters,
    the_values_of_filters_are_offered,
    a_change_keeps_what_it_leaves_out,
    of_many_who_expect_the_same_revision_one_wins,
    an_archived_template_is_hidden_and_served_no_longer,
    archiving_what_production_serves_takes_the_right_to_move_production,
    archiving_what_any_label_serves_takes_the_right_to_move_it,
);

async fn a_template_is_made_with_its_first_version(home: &Home) {
    let new = NewTemplate {
        fields: TemplateFields {
            folder: "/rationale/kpi/".into(),
            tags: vec!["B".into(), "a".into(), "b".into()],
            category: "coaching".into(),
            description: "What for".into(),
            owner: "ada".into(),
            display_order: 7,
            review_by: Some("2027-06-30".into()),
            ..new_template("core").fields
        },
        messages: vec![user("Hello {{ goal }}")],
        parameters: vec![common::required("goal")],
        config: json!({ "model": "m", "temperature": 0.25 }).as_object().unwrap().clone(),
        commit_message: " First ".into(),
        ..new_template("core")
    };
    let (template, warnings) = templates::create(&home.engineer().await, new).await.unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&template), @r#"
        {
          "category": "coaching",
          "created_at": "2027-01-15T08:00:00Z",
          "created_by": "prompt_engineer@example.com",
          "description": "What for",
          "display_name": "Name of core",
          "display_order": 7,
          "folder": "rationale/kpi",
          "id": "[id]",
          "is_archived": false,
          "key": "core",
          "kind": "single_shot",
          "labels": [],
          "latest_version": 1,
          "owner": "ada",
          "review_by": "2027-06-30",
          "revision": 2,
          "tags": [
            "a",
            "b"
          ],
          "updated_at": "2027-01-15T08:00:00Z",
          "updated_by": "prompt_engineer@example.com"
        }
        "#);
    }
    let version = service::versions::get(&home.system().await, "core", 0).await.unwrap();
    assert_eq!((version.number, version.parent, version.commit_message.as_str()), (1, 0, "First"));
    assert_eq!(version.content.parameters, [common::required("goal")]);
}

async fn a_template_without_content_has_no_version_yet(home: &Home) {
    let ctx = home.system().await;
    let (template, _) = templates::create(&ctx, new_template("empty")).await.unwrap();
    assert_eq!((template.latest_version, template.revision), (0, 1));
    assert_eq!(word(service::versions::get(&ctx, "empty", 0).await), "not_found");
    let move_it = labels::move_to(&ctx, "empty", to("staging", 1), None).await;
    assert_eq!(fields(move_it), ["version"]);
    assert_eq!(word(fetch(&ctx, "empty", Wanted::default()).await), "not_published");
}

async fn everything_wrong_is_named_at_once(home: &Home) {
    let new = NewTemplate {
        fields: TemplateFields { kind: "Big".into(), review_by: Some("soon".into()), ..TemplateFields::default() },
        messages: vec![user("{{ 'x' * 99999999 }}")],
        parameters: vec![common::required("9")],
        config: json!({ "temperature": 9 }).as_object().unwrap().clone(),
        commit_message: "x".repeat(501),
        ..new_template("templates")
    };
    let mut wrong = fields(templates::create(&home.system().await, new).await);
    wrong.sort();
    let expected = [
        "commit_message",
        "config.temperature",
        "display_name",
        "key",
        "kind",
        "messages[0].content",
        "parameters[0].name",
        "review_by",
    ];
    assert_eq!(wrong, expected);
}

async fn nothing_stays_behind_when_the_content_is_refused(home: &Home) {
    let ctx = home.system().await;
    let new = NewTemplate { messages: vec![user("{{ open")], ..new_template("t") };
    let error = problem(templates::create(&ctx, new).await);
    assert_eq!((error.errors[0].field.as_str(), error.errors[0].line), ("messages[0].content", Some(1)));
    assert_eq!(home.count("template").await + home.count("version").await + home.count("audit_event").await, 0);
}

async fn texts_with_nul_are_refused_by_name(home: &Home) {
    let ctx = home.system().await;
    let nul = || "a\0b".to_owned();
    let new = NewTemplate {
        fields: TemplateFields { display_name: nul(), description: nul(), owner: nul(), ..new_template("t").fields },
        messages: vec![user("a\0b")],
        parameters: vec![domain::version::Parameter { description: nul(), ..common::required("goal") }],
        config: json!({ "x": ["y", "a\0b"], "model": "a\0b" }).as_object().unwrap().clone(),
        commit_message: nul(),
        ..new_template("t")
    };
    let mut wrong = fields(templates::create(&ctx, new).await);
    wrong.sort();
    let expected = [
        "commit_message",
        "config.model",
        "config.x[1]",
        "description",
        "display_name",
        "messages[0].content",
        "owner",
        "parameters[0].description",
    ];
    assert_eq!(wrong, expected);
    home.template("t", "text").await;
    let patch = TemplatePatch { description: Some(nul()), ..TemplatePatch::default() };
    assert_eq!(fields(templates::update(&ctx, "t", patch, None).await), ["description"]);
    // A look-up finds nothing, or says what is wrong: never an error of ours.
    for found in [
        word(templates::get(&ctx, "a\0b").await),
        word(templates::list(&ctx, &TemplateFilter { search: nul(), ..TemplateFilter::default() }, &first(5)).await),
        word(fetch(&ctx, "t", Wanted { label: Some("a\0b"), version: None }).await),
    ] {
        assert!(["ok", "nul", "not_found", "not_published"].contains(&found.as_str()), "{found}");
    }
}

async fn a_key_is_taken_once_also_in_a_race(home: &Home) {
    let ctx = home.system().await;
    let words = at_once(20, |_| {
        let ctx = ctx.clone();
        async move { word(templates::create(&ctx, new_template("same")).await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| w == "ok" || w == "key_taken"), "{words:?}");
    let taken = problem(templates::create(&ctx, new_template("same")).await);
    assert_eq!(taken.kind, Kind::Conflict);
}

async fn a_template_is_found_by_key_and_by_id(home: &Home) {
    let (ctx, made) = (home.system().await, home.template("t", "text").await);
    assert_eq!(templates::get(&ctx, "t").await.unwrap(), made);
    assert_eq!(templates::get(&ctx, &made.id.to_string()).await.unwrap(), made);
    for none in ["T", "", "u", "00000000-0000-0000-0000-000000000000", &"x".repeat(10_000)] {
        assert_eq!(word(templates::get(&ctx, none).await), "not_found", "{none}");
    }
}

fn named(key: &str, name: &str, order: i64) -> NewTemplate {
    let fields = TemplateFields { display_name: name.into(), display_order: order, ..new_template(key).fields };
    NewTemplate { fields, ..new_template(key) }
}

async fn each_sort_pages_through_everything_once(home: &Home) {
    let ctx = home.system().await;
    for (key, name, order) in [("c", "B|x", 1), ("a", "B|x", -1), ("b", "A", 1), ("e", "ä", 0), ("d", "B", 1)] {
        templates::create(&ctx, named(key, name, order)).await.unwrap();
        home.clock.advance(if key == "a" { 0 } else { 1 });
    }
    let sorts = [
        (TemplateSort::Key, "abcde"),
        (TemplateSort::Name, "bdace"),
        (TemplateSort::Order, "aebcd"),
        (TemplateSort::Updated, "deabc"),
    ];
    for (sort, expected) in sorts {
        let filter = TemplateFilter { sort, ..TemplateFilter::default() };
        for limit in [1, 2, 5, 50] {
            let (mut keys, mut cursor) = (String::new(), None);
            loop {
                let page = templates::list(&ctx, &filter, &after(cursor, limit)).await.unwrap();
                assert!(page.items.len() as i64 <= limit);
                keys.extend(page.items.iter().map(|t| t.key.as_str()));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(keys, expected, "{sort:?} by {limit}");
        }
        for (cursor, limit, wrong) in [(Some("nonsense"), 1, "cursor"), (None, 0, "limit"), (None, 201, "limit")] {
            let nonsense = PageRequest { cursor: cursor.map(str::to_owned), limit: Some(limit) };
            assert_eq!(fields(templates::list(&ctx, &filter, &nonsense).await), [wrong]);
        }
    }
}

async fn keys_of(home: &Home, filter: TemplateFilter) -> String {
    let page = templates::list(&home.system().await, &filter, &PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|t| t.key).collect::<Vec<_>>().join(" ")
}

async fn filters_narrow_the_list(home: &Home) {
    let ctx = home.system().await;
    let fields = |name: &str, kind: &str, folder: &str, tags: &[&str]| TemplateFields {
        display_name: name.into(),
        kind: kind.into(),
        category: if folder.is_empty() { String::new() } else { "kpi".into() },
        folder: folder.into(),
        tags: tags.iter().map(|t| (*t).to_owned()).collect(),
        ..TemplateFields::default()
    };
    for (key, fields) in [
        ("a", fields("Ärger 100%", "single_shot", "", &["x", "y"])),
        ("b", fields("Goals", "fragment", "work", &["y"])),
        ("c", fields("goal_setting", "single_shot", "work/deep", &[])),
        ("d", fields("Other", "single_shot", "workshop", &["x"])),
    ] {
        let new = NewTemplate { fields, messages: vec![user("text")], ..new_template(key) };
        templates::create(&ctx, new).await.unwrap();
    }
    home.move_label("b", "staging", 1).await;
    let base = TemplateFilter::default;
    let text = |t: &str| t.to_owned();
    assert_eq!(keys_of(home, TemplateFilter { search: text(" GOAL "), ..base() }).await, "b c");
    assert_eq!(keys_of(home, TemplateFilter { search: text("ÄRGER"), ..base() }).await, "a");
    assert_eq!(keys_of(home, TemplateFilter { kind: text("fragment"), ..base() }).await, "b");
    assert_eq!(keys_of(home, TemplateFilter { category: text("kpi"), ..base() }).await, "b c d");
    assert_eq!(keys_of(home, TemplateFilter { tag: text("x"), ..base() }).await, "a d");
    assert_eq!(keys_of(home, TemplateFilter { label: text("staging"), ..base() }).await, "b");
    assert_eq!(keys_of(home, TemplateFilter { folder: text("work"), ..base() }).await, "b c");
    assert_eq!(keys_of(home, TemplateFilter { tag: text("y"), folder: text("work"), ..base() }).await, "b");
    let listed = templates::list(&ctx, &base(), &first(2)).await.unwrap().items;
    assert_eq!(listed[1], templates::get(&ctx, "b").await.unwrap(), "a row is the template itself");
}

async fn a_filter_takes_signs_as_letters(home: &Home) {
    let ctx = home.system().await;
    for (key, name, folder) in [("a", "100%", "my_work/x"), ("b", "1000", "my-work/x"), ("c", "back\\slash", "my_work")]
    {
        let fields = TemplateFields { display_name: name.into(), folder: folder.into(), ..new_template(key).fields };
        templates::create(&ctx, NewTemplate { fields, ..new_template(key) }).await.unwrap();
    }
    let base = TemplateFilter::default;
    for (search, expected) in [("0%", "a"), ("_", ""), ("\\", "c"), ("k\\s", "c")] {
        assert_eq!(keys_of(home, TemplateFilter { search: search.into(), ..base() }).await, expected, "{search}");
    }
    assert_eq!(keys_of(home, TemplateFilter { folder: "my_work".into(), ..base() }).await, "a c");
}

async fn the_values_of_filters_are_offered(home: &Home) {
    let ctx = home.system().await;
    for (key, kind, tags) in [("a", "fragment", vec!["z", "a"]), ("b", "single_shot", vec!["a"])] {
        let tags = tags.into_iter().map(str::to_owned).collect();
        let fields = TemplateFields { kind: kind.into(), tags, ..new_template(key).fields };
        let new = NewTemplate { fields, messages: vec![user("text")], ..new_template(key) };
        templates::create(&ctx, new).await.unwrap();
    }
    home.move_label("a", "canary", 1).await;
    let facets = templates::facets(&ctx).await.unwrap();
    assert_eq!((facets.kinds, facets.categories), (vec!["fragment".into(), "single_shot".into()], vec![]));
    assert_eq!((facets.tags, facets.labels), (vec!["a".into(), "z".into()], vec!["canary".to_owned()]));
}

async fn a_change_keeps_what_it_leaves_out(home: &Home) {
    let (ctx, before) = (home.engineer().await, home.template("t", "text").await);
    home.clock.advance(5);
    let patch = TemplatePatch { display_name: Some(" New ".into()), ..TemplatePatch::default() };
    let changed = templates::update(&ctx, "t", patch, Some(before.revision)).await.unwrap();
    let fields_expected = TemplateFields { display_name: "New".into(), ..before.fields.clone() };
    assert_eq!((changed.fields, changed.revision), (fields_expected, before.revision + 1));
    assert_eq!(
        (changed.updated_at.0 - before.updated_at.0, changed.updated_by.as_str()),
        (5, "prompt_engineer@example.com")
    );
    assert_eq!(keys_of(home, TemplateFilter { search: "new".into(), ..TemplateFilter::default() }).await, "t");
    let stale = TemplatePatch { owner: Some("x".into()), ..TemplatePatch::default() };
    let refused = problem(templates::update(&ctx, "t", stale.clone(), Some(before.revision)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "stale"));
    assert_eq!(word(templates::update(&ctx, "none", stale, None).await), "not_found");
    let wrong = TemplatePatch { kind: Some("Big".into()), folder: Some("a//b".into()), ..TemplatePatch::default() };
    assert_eq!(fields(templates::update(&ctx, "t", wrong, None).await), ["kind", "folder"]);
    let dated = TemplatePatch { review_by: Some("2027-01-31".into()), ..TemplatePatch::default() };
    assert!(templates::update(&ctx, "t", dated, None).await.unwrap().fields.review_by.is_some());
    let undated = TemplatePatch { review_by: Some(String::new()), ..TemplatePatch::default() };
    assert_eq!(templates::update(&ctx, "t", undated, None).await.unwrap().fields.review_by, None);
}

async fn of_many_who_expect_the_same_revision_one_wins(home: &Home) {
    let (ctx, revision) = (home.system().await, home.template("t", "text").await.revision);
    let words = at_once(50, |n| {
        let ctx = ctx.clone();
        async move {
            let patch = TemplatePatch { owner: Some(format!("owner {n}")), ..TemplatePatch::default() };
            word(templates::update(&ctx, "t", patch, Some(revision)).await)
        }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| w == "ok" || w == "stale"), "{words:?}");
    let after = templates::get(&ctx, "t").await.unwrap();
    let winner = words.iter().position(|w| w == "ok").unwrap();
    assert_eq!((after.revision, after.fields.owner), (revision + 1, format!("owner {winner}")));
}

fn archived(is_archived: bool) -> TemplatePatch {
    TemplatePatch { is_archived: Some(is_archived), ..TemplatePatch::default() }
}

async fn an_archived_template_is_hidden_and_served_no_longer(home: &Home) {
    let ctx = home.manager().await;
    home.published("t", "text").await;
    assert_eq!(word(fetch(&ctx, "t", Wanted::default()).await), "ok");
    assert!(templates::update(&ctx, "t", archived(true), None).await.unwrap().is_archived);
    assert_eq!(word(fetch(&ctx, "t", Wanted::default()).await), "not_found");
    assert_eq!(keys_of(home, TemplateFilter::default()).await, "");
    assert_eq!(keys_of(home, TemplateFilter { with_archived: true, ..TemplateFilter::default() }).await, "t");
    templates::update(&ctx, "t", archived(false), None).await.unwrap();
    assert_eq!(fetch(&ctx, "t", Wanted::default()).await.unwrap().content, content("text"));
}

async fn archiving_what_production_serves_takes_the_right_to_move_production(home: &Home) {
    let engineer = home.engineer().await;
    home.template("t", "text").await;
    home.move_label("t", "staging", 1).await;
    for is_archived in [true, false] {
        templates::update(&engineer, "t", archived(is_archived), None).await.unwrap();
    }
    home.move_label("t", "production", 1).await;
    assert_eq!(word(templates::update(&engineer, "t", archived(true), None).await), "forbidden");
    let owner = TemplatePatch { owner: Some("x".into()), ..TemplatePatch::default() };
    assert_eq!(word(templates::update(&engineer, "t", owner, None).await), "ok");
    assert_eq!(word(templates::update(&home.manager().await, "t", archived(true), None).await), "ok");
    assert_eq!(word(templates::update(&engineer, "t", archived(false), None).await), "forbidden");
}

async fn archiving_what_any_label_serves_takes_the_right_to_move_it(home: &Home) {
    home.template("t", "text").await;
    let (writer, _) = home.key("staging", &[Scope::TemplatesWrite]).await;
    for is_archived in [true, false] {
        assert_eq!(word(templates::update(&writer, "t", archived(is_archived), None).await), "ok");
    }
    home.move_label("t", "staging", 1).await;
    let before = templates::get(&home.system().await, "t").await.unwrap();
    assert_eq!(word(templates::update(&writer, "t", archived(true), None).await), "forbidden");
    assert_eq!(templates::get(&home.system().await, "t").await.unwrap(), before);
}
