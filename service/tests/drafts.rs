//! Drafts: what an author has typed, valid or not, and nobody else's.

use crate::common::{self, Home, content, fields, stories, user, word};
use domain::api_key::Scope;
use domain::version::{MAX_MESSAGE_BYTES, MAX_MESSAGES, VersionContent};
use service::drafts;

stories!(
    a_draft_is_kept_as_it_was_typed,
    everybody_has_a_draft_of_their_own,
    a_draft_is_bounded,
    only_people_have_drafts,
);

async fn a_draft_is_kept_as_it_was_typed(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    assert_eq!(drafts::open(&ctx, "t", 0).await.unwrap().draft, None);
    let at = drafts::save(&ctx, "t", &content("{{ not valid"), 1).await.unwrap();
    assert_eq!(at, common::START);
    home.clock.advance(5);
    // A backslash, a `u` and four zeros: six characters as they stand in many a text about JSON.
    let typed = VersionContent { parameters: vec![common::required("")], ..content("a \\u0000 b") };
    drafts::save(&ctx, "t", &typed, 7).await.unwrap();
    let draft = drafts::open(&ctx, "t", 0).await.unwrap().draft.unwrap();
    assert_eq!((draft.content, draft.parent, draft.updated_at), (typed, 7, common::START.plus(5)));
    drafts::delete(&ctx, "t").await.unwrap();
    drafts::delete(&ctx, "t").await.unwrap();
    assert_eq!(drafts::open(&ctx, "t", 0).await.unwrap().draft, None);
    let none = [
        word(drafts::save(&ctx, "none", &content("x"), 0).await),
        word(drafts::open(&ctx, "none", 0).await),
        word(drafts::delete(&ctx, "none").await),
    ];
    assert_eq!(none, ["not_found"; 3]);
}

async fn everybody_has_a_draft_of_their_own(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    drafts::save(&engineer, "t", &content("the engineer's"), 1).await.unwrap();
    assert_eq!(drafts::open(&manager, "t", 0).await.unwrap().draft, None);
    drafts::save(&manager, "t", &content("the manager's"), 1).await.unwrap();
    drafts::delete(&engineer, "t").await.unwrap();
    assert_eq!(drafts::open(&manager, "t", 0).await.unwrap().draft.unwrap().content, content("the manager's"));
}

async fn a_draft_is_bounded(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let large = content(&"x".repeat(MAX_MESSAGE_BYTES + 1));
    assert_eq!(word(drafts::save(&ctx, "t", &large, 0).await), "ok", "a text that is too long can be shortened");
    let messages = vec![user("x"); 2 * MAX_MESSAGES + 1];
    let refused = [
        content(&"x".repeat(2 * MAX_MESSAGE_BYTES * MAX_MESSAGES)),
        VersionContent { messages, ..VersionContent::default() },
        VersionContent { parameters: vec![common::required("p"); 101], ..VersionContent::default() },
        content("a\0b"),
    ];
    for typed in refused {
        assert_eq!(fields(drafts::save(&ctx, "t", &typed, 0).await), ["content"]);
    }
    assert_eq!(drafts::open(&ctx, "t", 0).await.unwrap().draft.unwrap().content, large);
}

async fn only_people_have_drafts(home: &Home) {
    home.template("t", "one").await;
    let (key, _) = home.key("production", &[Scope::TemplatesRead, Scope::TemplatesWrite]).await;
    assert_eq!(drafts::open(&key, "t", 0).await.unwrap().draft, None);
    assert_eq!(word(drafts::save(&key, "t", &content("x"), 0).await), "forbidden");
    assert_eq!(word(drafts::delete(&key, "t").await), "forbidden");
}
