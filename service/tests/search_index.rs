//! The index of the search: what is put into it, and when; the same on both engines.

use crate::common::{Home, at_once, new_template, new_version, scale, seed, stories, template_in, user};
use crate::search::{find, keys, rich, why};
use domain::files::{FileFormat, ImportOptions};
use domain::search::Part;
use domain::template::NewTemplate;
use domain::version::{Message, NewVersion, VersionContent};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use service::db::Db;
use service::files::Source;
use service::{files, templates, versions};

stories!(
    long_texts_and_many_commits_are_indexed,
    the_longest_versions_can_be_saved_and_served,
    a_phrase_is_found_far_into_long_texts,
    an_own_label_beside_many_others_is_found,
    templates_from_before_the_index_are_filled_in,
    a_new_template_is_indexed_once,
    concurrent_saves_leave_the_last_text_in_the_index,
);

async fn long_texts_and_many_commits_are_indexed(home: &Home) {
    let ctx = home.system().await;
    // As many different words as a version can hold.
    let message = |n: usize| {
        let words: Vec<String> = (0..6_000).map(|i| format!("w{}", n * 6_000 + i)).collect();
        user(&words.join(" "))
    };
    let content = VersionContent { messages: (0..20).map(message).collect(), ..VersionContent::default() };
    let new = NewTemplate { messages: content.messages, ..new_template("long") };
    templates::create(&ctx, new).await.unwrap();
    for n in 1..30 {
        let new = NewVersion { commit_message: format!("change c{n}"), ..new_version(&format!("text {n}")) };
        versions::create(&ctx, "long", new, None).await.unwrap();
    }
    assert_eq!(why(&ctx, "c7").await, ["commit_message v8: change [c7]"]);
    home.move_label("long", "staging", 1).await;
    assert_eq!((keys(&ctx, "w49000").await, keys(&ctx, "w119999").await), ("long".into(), String::new()));
}

/// As many words of 19 letters as a version can hold, none twice.
fn longest(kind: char) -> Vec<Message> {
    let message = |m: usize| {
        let words: Vec<String> = (0..2_560).map(|n| format!("{kind}{:018}", m * 2_560 + n)).collect();
        user(&words.join(" "))
    };
    (0..20).map(message).collect()
}

async fn the_longest_versions_can_be_saved_and_served(home: &Home) {
    let ctx = home.system().await;
    let commit_message = "zucchini added".to_owned();
    let new = NewTemplate { messages: longest('a'), commit_message, ..new_template("long") };
    templates::create(&ctx, new).await.unwrap();
    for (n, kind) in [(2, 'b'), (3, 'c')] {
        let content = VersionContent { messages: longest(kind), ..VersionContent::default() };
        versions::create(&ctx, "long", NewVersion { content, ..NewVersion::default() }, None).await.unwrap();
        home.move_label("long", "staging", n - 1).await;
        home.move_label("long", &format!("own-{n}"), n).await;
    }
    for (q, expected) in [
        ("zucchini", "long"),
        ("c000000000000000000", "long"),
        ("\"c000000000000025000 c000000000000025001\"", "long"),
        ("c000000000000051199", ""),
        ("b000000000000000000", ""),
    ] {
        assert_eq!(keys(&ctx, q).await, expected, "{q}");
    }
}

async fn a_phrase_is_found_far_into_long_texts(home: &Home) {
    let ctx = home.system().await;
    let often = "価x 値y ".repeat(3_000);
    let messages = vec![user(&"lorem ipsum ".repeat(4_000)), user(&"dolor sit ".repeat(5_000)), user(&often)];
    let last = user("The user_name has 価値 and honesty.");
    let new = NewTemplate {
        messages: messages.into_iter().chain([last]).collect(),
        commit_message: "Ask for the last_name".into(),
        ..new_template("long")
    };
    templates::create(&ctx, new).await.unwrap();
    for (q, expected) in [
        ("user_name", "long"),
        ("user_na", "long"),
        ("\"user na\"", ""),
        ("価値", "long"),
        ("値価", ""),
        ("\"ipsum dolor\"", ""),
        ("last_name", "long"),
        ("\"honesty ask\"", ""),
    ] {
        assert_eq!(keys(&ctx, q).await, expected, "{q}");
    }
    assert_eq!(why(&ctx, "last_name").await, ["commit_message v1: Ask for the [last]_[name]"]);
}

async fn an_own_label_beside_many_others_is_found(home: &Home) {
    let ctx = home.system().await;
    home.published("t", "Old papaya.").await;
    home.version("t", "New quince.").await;
    for n in 0..30 {
        home.clock.advance(10);
        home.move_label("t", &format!("own-{n}"), 2).await;
    }
    assert_eq!(why(&ctx, "papaya").await, ["message user v1@production: Old [papaya]."]);
}

/// Texts of few words, so that phrases of them occur, are nearly there and are far away.
fn any_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["core", "value", "values", "user", "name", "価", "値", "x", "y1", "Größe"]);
    let gap = prop::sample::select(vec![" ", " ", "_", ". "]);
    let piece = (word, gap).prop_map(|(word, gap)| format!("{word}{gap}"));
    (prop::collection::vec(piece, 1..60), 1_usize..400).prop_map(|(piece, times)| piece.concat().repeat(times))
}

/// A few words as they stand in a text or in another order, some between quotation marks.
fn any_words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["core", "val", "values", "user", "name", "価", "値", "x", "y", "größe"]);
    let term = (prop::collection::vec(word, 1..4), prop::sample::select(vec!["_", " ", "\""]));
    let term = term.prop_map(|(words, by)| match by {
        "\"" => format!("\"{}\"", words.join(" ")),
        by => words.join(by),
    });
    prop::collection::vec(term, 1..3).prop_map(|terms| terms.join(" "))
}

pub(crate) fn runner() -> TestRunner {
    let mut seed_bytes = [0; 32];
    seed_bytes[..8].copy_from_slice(&seed().to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed_bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_find_the_same() {
    let Some(postgres) = Home::postgres().await else { return };
    let sqlite = Home::sqlite().await;
    let homes = [sqlite.system().await, postgres.system().await];
    let mut runner = runner();
    for n in 0..12 {
        let texts = prop::collection::vec(any_text(), 1..4).new_tree(&mut runner).unwrap().current();
        let cut = |text: String| text.chars().take(20_000).collect::<String>();
        let messages: Vec<Message> = texts.into_iter().map(|text| user(&cut(text))).collect();
        for ctx in &homes {
            let new = NewTemplate { messages: messages.clone(), ..new_template(&format!("t{n}")) };
            templates::create(ctx, new).await.unwrap();
        }
    }
    let mut found = 0;
    for _ in 0..150 * scale() {
        let q = any_words().new_tree(&mut runner).unwrap().current();
        let [mut one, mut other] = [find(&homes[0], &q).await, find(&homes[1], &q).await]
            .map(|found| found.into_iter().map(|found| found.template.key).collect::<Vec<_>>());
        one.sort();
        other.sort();
        assert_eq!(one, other, "{q}");
        found += one.len();
    }
    assert!(found > 100, "{found}");
    sqlite.close().await;
    postgres.close().await;
}

async fn templates_from_before_the_index_are_filled_in(home: &Home) {
    let ctx = home.system().await;
    rich(&ctx).await;
    let tables: &[&str] = if home.is_sqlite() { &["_search_index", "_search_document"] } else { &["_search_index"] };
    for table in tables {
        home.db().exec(sqlx::AssertSqlSafe(format!("delete from {table}")), ()).await.unwrap();
    }
    assert_eq!(keys(&ctx, "fig").await, "");
    let again = home.open_again().await;
    assert_eq!(keys(&ctx, "fig honeydew").await, "elder_berry");
    if let Db::Postgres(pool) = again {
        pool.close().await;
    }
}

/// Counts in `counted` how often a template is put into the index.
async fn count_writes(home: &Home) {
    let on = "before insert on";
    let statements = match home.is_sqlite() {
        true => vec![
            "create table counted (n integer)".to_owned(),
            format!("create trigger c {on} _search_document begin insert into counted values (1); end"),
        ],
        false => vec![
            "create table counted (n bigint)".to_owned(),
            "create function c() returns trigger language plpgsql as
             $$ begin insert into counted values (1); return new; end $$"
                .to_owned(),
            format!("create trigger c {on} _search_index for each row execute function c()"),
        ],
    };
    for sql in statements {
        home.db().exec(sqlx::AssertSqlSafe(sql), ()).await.unwrap();
    }
}

async fn a_new_template_is_indexed_once(home: &Home) {
    let ctx = home.system().await;
    let elsewhere = home.new_project("elsewhere").await;
    count_writes(home).await;
    templates::create(&ctx, new_template("bare")).await.unwrap();
    assert_eq!(home.count("counted").await, 1);
    template_in(&ctx, "full", "An almond.").await;
    assert_eq!(home.count("counted").await, 2);
    let out = files::export(&ctx, &[], FileFormat::Files).await.unwrap().files;
    files::import(&elsewhere, Source::Files(out), &ImportOptions::default()).await.unwrap();
    assert_eq!(home.count("counted").await, 4);
    assert_eq!((keys(&elsewhere, "bare").await, keys(&elsewhere, "almond").await), ("bare".into(), "full".into()));
    assert_eq!(why(&elsewhere, "\"name of bare\"").await, ["display_name: [Name] [of] [bare]"]);
}

async fn concurrent_saves_leave_the_last_text_in_the_index(home: &Home) {
    let ctx = home.system().await;
    home.template("t", "start").await;
    at_once(8, |n| {
        let ctx = ctx.clone();
        async move { versions::create(&ctx, "t", new_version(&format!("word{n}")), None).await.unwrap() }
    })
    .await;
    let last = versions::get(&ctx, "t", 0).await.unwrap().content.messages[0].content.clone();
    for n in 0..8 {
        let word = format!("word{n}");
        assert_eq!(keys(&ctx, &format!("\"{word}\"")).await, if word == last { "t" } else { "" }, "{word} of {last}");
    }
    assert_eq!(find(&ctx, &last).await[0].matches[0].part, Part::Message);
}
