//! Search: what is found, in which order, and why; the same on both engines.

use crate::common::{
    Home, after, content, fields, first, new_template, new_version, scale, stories, template_in, user,
};
use crate::search_index::runner;
use domain::page::PageRequest;
use domain::search::{Found, Match};
use domain::template::{NewTemplate, TemplateFields, TemplateFilter, TemplatePatch, TemplateSort};
use domain::version::{Message, MessageRole, NewVersion};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use service::{Ctx, search, templates, versions};

stories!(
    each_part_is_found_and_said,
    the_more_telling_part_comes_first,
    all_words_must_occur_and_the_last_may_be_a_start,
    a_phrase_stands_together_and_in_one_text,
    what_changes_is_found_at_once,
    what_a_label_serves_is_found_until_it_moves,
    pages_hold_every_result_once,
    a_filter_narrows_what_is_found,
    a_query_that_asks_for_nothing_or_too_much_is_refused,
    no_query_breaks_the_engine,
    suggestions_are_near_names_then_words,
);

pub(crate) async fn find(ctx: &Ctx, q: &str) -> Vec<Found> {
    search::find(ctx, q, false, &PageRequest::default()).await.unwrap().items
}
pub(crate) async fn keys(ctx: &Ctx, q: &str) -> String {
    find(ctx, q).await.into_iter().map(|found| found.template.key).collect::<Vec<_>>().join(" ")
}
/// `message user v1: Never [reveal] it.`
fn shown(found: &Match) -> String {
    let part = serde_json::to_value(found.part).unwrap().as_str().unwrap().to_owned();
    let role = found.role.map(|r| format!(" {}", r.name())).unwrap_or_default();
    let version = found.version.map(|v| format!(" v{v}")).unwrap_or_default();
    let label = found.label.as_ref().map(|l| format!("@{l}")).unwrap_or_default();
    let text = found.pieces.iter().map(|p| if p.is_match { format!("[{}]", p.text) } else { p.text.clone() });
    format!("{part}{role}{version}{label}: {}", text.collect::<String>())
}
pub(crate) async fn why(ctx: &Ctx, q: &str) -> Vec<String> {
    find(ctx, q).await.iter().flat_map(|found| &found.matches).map(shown).collect()
}

/// A template that has a word of its own in each of its parts.
pub(crate) async fn rich(ctx: &Ctx) {
    let fields = TemplateFields {
        display_name: "Apple name".into(),
        description: "About <b>banana</b> bread".into(),
        tags: vec!["cherry".into(), "date".into()],
        ..new_template("elder_berry").fields
    };
    let messages = vec![
        Message { role: MessageRole::System, content: "You are a fig.".into() },
        Message { role: MessageRole::User, content: "Peel the grape for {{ user_name }}.".into() },
    ];
    let parameters = vec![crate::common::required("user_name")];
    let new = NewTemplate {
        fields,
        messages,
        parameters,
        commit_message: "Honeydew added".into(),
        ..new_template("elder_berry")
    };
    templates::create(ctx, new).await.unwrap();
}

async fn each_part_is_found_and_said(home: &Home) {
    let ctx = home.system().await;
    rich(&ctx).await;
    template_in(&ctx, "other", "Nothing of that.").await;
    for (q, reason) in [
        ("elder_berry", "key: [elder]_[berry]"),
        ("berry", "key: elder_[berry]"),
        ("APPLE", "display_name: [Apple] name"),
        ("banana", "description: About <b>[banana]</b> bread"),
        ("date", "tag: [date]"),
        ("fig", "message system v1: You are a [fig]."),
        ("user_name", "message user v1: Peel the grape for {{ [user]_[name] }}."),
        ("honeydew", "commit_message v1: [Honeydew] added"),
    ] {
        assert_eq!(why(&ctx, q).await, [reason], "{q}");
    }
    assert!(find(&ctx, "kiwi").await.is_empty());
    assert_eq!(why(&ctx, "apple fig").await, ["display_name: [Apple] name", "message system v1: You are a [fig]."]);
}

async fn the_more_telling_part_comes_first(home: &Home) {
    let ctx = home.system().await;
    let many = "pear ".repeat(300);
    for (key, name, description, text) in [
        ("a_commit", "One", "", "x"),
        ("b_text", "Two", "", many.as_str()),
        ("c_description", "Three", "pear", "x"),
        ("d_name", "Pear tree", "", "x"),
        ("pear", "Five", "", "x"),
    ] {
        let fields =
            TemplateFields { display_name: name.into(), description: description.into(), ..new_template(key).fields };
        let commit_message = if key == "a_commit" { "pear".into() } else { String::new() };
        let new = NewTemplate { fields, messages: vec![user(text)], commit_message, ..new_template(key) };
        templates::create(&ctx, new).await.unwrap();
    }
    let found = keys(&ctx, "pear").await;
    assert!(found.starts_with("pear d_name c_description "), "{found}");
    assert_eq!(found.split(' ').count(), 5);
}

async fn all_words_must_occur_and_the_last_may_be_a_start(home: &Home) {
    let ctx = home.system().await;
    template_in(&ctx, "one", "The quick brown fox.").await;
    template_in(&ctx, "two", "The quick red fox.").await;
    template_in(&ctx, "three", "Größe und 価値観 matter").await;
    for (q, expected) in [
        ("quick", "one two"),
        ("QUICK red", "two"),
        ("fox bro", "one"),
        ("bro fox", ""),
        ("quick OR red", ""),
        ("name fox", "one two"),
        ("grö", "three"),
        ("GRÖSSE", ""),
        ("価値", "three"),
        ("値価", ""),
    ] {
        assert_eq!(keys(&ctx, q).await, expected, "{q}");
    }
}

async fn a_phrase_stands_together_and_in_one_text(home: &Home) {
    let ctx = home.system().await;
    let messages = vec![user("never say alpha"), user("beta ends here")];
    templates::create(&ctx, NewTemplate { messages, ..new_template("one") }).await.unwrap();
    for (q, expected) in [
        ("\"never say\"", "one"),
        ("\"say never\"", ""),
        ("\"never say al", "one"),
        ("\"never say al\"", ""),
        ("\"alpha beta\"", ""),
        ("\"one name\"", ""),
        ("alpha beta", "one"),
        ("never-say", "one"),
    ] {
        assert_eq!(keys(&ctx, q).await, expected, "{q}");
    }
}

async fn what_changes_is_found_at_once(home: &Home) {
    let ctx = home.system().await;
    templates::create(&ctx, new_template("t")).await.unwrap();
    assert_eq!(keys(&ctx, "t").await, "t");
    versions::create(&ctx, "t", new_version("lemon"), None).await.unwrap();
    assert_eq!(keys(&ctx, "lemon").await, "t");
    versions::create(&ctx, "t", new_version("mango"), None).await.unwrap();
    assert_eq!((keys(&ctx, "lemon").await, keys(&ctx, "mango").await), (String::new(), "t".into()));
    let patch = TemplatePatch { display_name: Some("Nectarine".into()), ..TemplatePatch::default() };
    templates::update(&ctx, "t", patch, None).await.unwrap();
    assert_eq!((keys(&ctx, "nectarine").await, keys(&ctx, "name").await), ("t".into(), String::new()));
    let archived = TemplatePatch { is_archived: Some(true), ..TemplatePatch::default() };
    templates::update(&ctx, "t", archived, None).await.unwrap();
    assert_eq!(keys(&ctx, "mango").await, "");
    assert_eq!(search::find(&ctx, "mango", true, &first(5)).await.unwrap().items.len(), 1);
    let refused = versions::create(&ctx, "t", new_version("{{ broken"), None).await;
    assert!(refused.is_err() && keys(&ctx, "broken").await.is_empty(), "a refused change leaves nothing behind");
}

async fn what_a_label_serves_is_found_until_it_moves(home: &Home) {
    let ctx = home.system().await;
    home.published("part", "A common olive.").await;
    home.published("t", "Old papaya. {% include 'part' %}").await;
    home.version("t", "New quince.").await;
    assert_eq!(why(&ctx, "papaya").await, ["message user v1@production: Old [papaya]. A common olive."]);
    assert_eq!(keys(&ctx, "olive papaya").await, "t", "a label serves the fragment's text, too");
    home.move_label("t", "production", 2).await;
    assert_eq!((keys(&ctx, "papaya").await, keys(&ctx, "quince").await), (String::new(), "t".into()));
}

async fn pages_hold_every_result_once(home: &Home) {
    let ctx = home.system().await;
    for n in 0..7 {
        template_in(&ctx, &format!("t{n}"), &"raisin ".repeat(n + 1)).await;
    }
    for sort in [TemplateSort::Relevance, TemplateSort::Key, TemplateSort::Updated] {
        let filter = TemplateFilter { search: "raisin".into(), sort, ..TemplateFilter::default() };
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = search::list(&ctx, &filter, &after(cursor, 3)).await.unwrap();
            assert!(page.items.iter().all(|found| !found.matches.is_empty()));
            seen.extend(page.items.into_iter().map(|found| found.template.key));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen.join(" "), "t0 t1 t2 t3 t4 t5 t6", "{sort:?}");
    }
    let name = TemplateFilter { search: "raisin".into(), sort: TemplateSort::Name, ..TemplateFilter::default() };
    let page = search::list(&ctx, &name, &first(3)).await.unwrap();
    let other = TemplateFilter { sort: TemplateSort::Relevance, ..name };
    assert_eq!(fields(search::list(&ctx, &other, &after(page.next, 3)).await), ["cursor"]);
}

async fn a_filter_narrows_what_is_found(home: &Home) {
    let ctx = home.system().await;
    rich(&ctx).await;
    template_in(&ctx, "other", "A fig, too.").await;
    let filter = TemplateFilter { search: "fig".into(), tag: "cherry".into(), ..TemplateFilter::default() };
    let found = search::list(&ctx, &filter, &first(5)).await.unwrap().items;
    assert_eq!(found.iter().map(|f| f.template.key.as_str()).collect::<Vec<_>>(), ["elder_berry"]);
    let none = search::list(&ctx, &TemplateFilter::default(), &first(5)).await.unwrap().items;
    assert!(none.len() == 2 && none.iter().all(|found| found.matches.is_empty()), "nothing was searched for");
    // A part of a word is found in key, name and description, as it always was.
    let part = TemplateFilter { search: "lder_be".into(), ..TemplateFilter::default() };
    assert_eq!(search::list(&ctx, &part, &first(5)).await.unwrap().items.len(), 1);
}

async fn a_query_that_asks_for_nothing_or_too_much_is_refused(home: &Home) {
    let ctx = home.system().await;
    let long = "x".repeat(201);
    for q in ["", "  ", "\"\"", "%_*:^", &long, &"x ".repeat(13)] {
        assert_eq!(fields(search::find(&ctx, q, false, &first(5)).await), ["q"], "{q}");
    }
    let filter = TemplateFilter { search: long.clone(), ..TemplateFilter::default() };
    assert_eq!(fields(search::list(&ctx, &filter, &first(5)).await), ["search"]);
    assert_eq!(fields(search::suggest(&ctx, &long).await), ["typed"]);
    for limit in [0, 201] {
        assert_eq!(fields(search::find(&ctx, "x", false, &first(limit)).await), ["limit"]);
    }
}

/// Signs of the engines' query languages among letters, quotation marks and whatever else there is.
fn any_query() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec![
        "\"", "'", "\\", "*", ":", "^", "-", "+", "(", ")", "{", "}", "&", "|", "!", "<->", "<2>", " AND ", " OR ",
        " NOT ", "NEAR(", "rowid", "key:", " ", "\t", "%", "_", "$13", "'; --", "\u{e000}", "\u{202e}", "\u{307}", "İ",
        "ß", "🙂", "価", "٣", "Ⅷ", "ǅ",
    ]);
    let part = prop_oneof![3 => sign.prop_map(str::to_owned), 2 => "[a-z0-9]{1,4}", 1 => "\\PC{1,6}"];
    prop::collection::vec(part, 1..14).prop_map(|parts| parts.concat().chars().take(200).collect())
}

async fn no_query_breaks_the_engine(home: &Home) {
    let ctx = home.system().await;
    rich(&ctx).await;
    let mut runner = runner();
    for _ in 0..150 * scale() {
        let q = any_query().new_tree(&mut runner).unwrap().current();
        match search::find(&ctx, &q, true, &first(5)).await {
            Ok(_) => {}
            Err(service::Error::User(error)) => assert_eq!(error.errors[0].field, "q", "{q:?}: {error}"),
            Err(service::Error::Internal(error)) => panic!("{q:?}: {error}"),
        }
        // What is written is found by the words that it is made of.
        if let Ok(query) = domain::search::Query::parse(&q)
            && !query.is_empty()
        {
            let text = format!("{{% raw %}}{}{{% endraw %}}", q.replace('%', " "));
            let new = NewVersion { content: content(&text), ..NewVersion::default() };
            if versions::create(&ctx, "elder_berry", new, None).await.is_ok() {
                assert_eq!(keys(&ctx, &q).await, "elder_berry", "{q:?}");
            }
        }
    }
}

async fn suggestions_are_near_names_then_words(home: &Home) {
    let ctx = home.system().await;
    template_in(&ctx, "core_values", "Discover what matters.").await;
    home.clock.advance(10);
    template_in(&ctx, "goals", "Set goals from core beliefs.").await;
    let suggested = async |typed: &str| -> Vec<String> {
        let found = search::suggest(&ctx, typed).await.unwrap();
        found.into_iter().map(|s| s.key + if s.found.is_some() { "!" } else { "" }).collect()
    };
    assert_eq!(suggested("").await, ["goals", "core_values"], "what changed last");
    assert_eq!(suggested("cor").await, ["core_values", "goals!"]);
    assert_eq!(suggested("crvl").await, ["core_values"]);
    assert_eq!(suggested("matters").await, ["core_values!"]);
    assert_eq!(suggested("zebra").await, [""; 0]);
}
