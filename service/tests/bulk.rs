//! Bulk changes: each template for itself.

use crate::common::{Home, at_once, fields, new_template, stories, template_in, to, user, word};
use domain::bulk::{BulkAction, BulkItem, BulkRequest, BulkStatus};
use domain::permission::Role;
use domain::template::NewTemplate;
use service::{Ctx, bulk, labels, templates};

stories!(
    tags_and_folders_are_changed_and_what_fits_already_is_left,
    one_that_fails_stops_no_other,
    each_change_is_an_event_of_its_own,
    archiving_asks_for_the_right_to_move_what_serves,
    what_holds_for_none_is_refused_as_a_whole,
    bulk_changes_at_once_lose_nothing,
);

fn request(keys: &[&str], action: BulkAction) -> BulkRequest {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    BulkRequest { keys, action, ..BulkRequest::default() }
}
fn tagging(keys: &[&str], action: BulkAction, tags: &[&str]) -> BulkRequest {
    BulkRequest { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..request(keys, action) }
}
/// `a: done, b: failed in_use`.
fn shown(items: &[BulkItem]) -> String {
    let one = |item: &BulkItem| {
        let status = match item.status {
            BulkStatus::Done => "done",
            BulkStatus::Unchanged => "unchanged",
            BulkStatus::Failed => "failed",
        };
        format!("{}: {status} {}", item.key, item.code).trim_end().to_owned()
    };
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}
async fn apply(ctx: &Ctx, request: BulkRequest) -> String {
    shown(&bulk::apply(ctx, request).await.unwrap())
}

async fn tags_and_folders_are_changed_and_what_fits_already_is_left(home: &Home) {
    let ctx = home.engineer().await;
    for key in ["a", "b"] {
        template_in(&ctx, key, "text").await;
    }
    let tags = async |key: &str| templates::get(&ctx, key).await.unwrap().fields.tags.join(" ");
    assert_eq!(apply(&ctx, tagging(&["a"], BulkAction::AddTags, &["Y", "x"])).await, "a: done");
    assert_eq!(apply(&ctx, tagging(&["a", "b"], BulkAction::AddTags, &["x"])).await, "a: unchanged, b: done");
    assert_eq!((tags("a").await, tags("b").await), ("x y".into(), "x".into()));
    assert_eq!(apply(&ctx, tagging(&["b", "a"], BulkAction::RemoveTags, &["y", "z"])).await, "b: unchanged, a: done");
    let there = BulkRequest { folder: "/new/place/".into(), ..request(&["a", "b"], BulkAction::Move) };
    assert_eq!(apply(&ctx, there.clone()).await, "a: done, b: done");
    assert_eq!(apply(&ctx, there).await, "a: unchanged, b: unchanged");
    assert_eq!(templates::get(&ctx, "a").await.unwrap().fields.folder, "new/place");
    assert_eq!(apply(&ctx, request(&["a", "b"], BulkAction::Move)).await, "a: done, b: done", "back to the top");
    assert_eq!(apply(&ctx, request(&["a"], BulkAction::Archive)).await, "a: done");
    assert_eq!(apply(&ctx, request(&["a", "b"], BulkAction::Restore)).await, "a: done, b: unchanged");
}

async fn one_that_fails_stops_no_other(home: &Home) {
    let ctx = home.system().await;
    for (key, text) in [("part", "x"), ("user", "{% include 'part' %}"), ("last", "x")] {
        let new = NewTemplate { messages: vec![user(text)], ..new_template(key) };
        templates::create(&ctx, new).await.unwrap();
    }
    let items = bulk::apply(&ctx, request(&["part", "none", "last"], BulkAction::Archive)).await.unwrap();
    assert_eq!(shown(&items), "part: failed in_use, none: failed not_found, last: done");
    assert!(items[0].message.contains("`user`"), "{}", items[0].message);
    let is_archived = async |key: &str| templates::get(&ctx, key).await.unwrap().is_archived;
    assert_eq!((is_archived("part").await, is_archived("last").await), (false, true));
    let many: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(apply(&ctx, tagging(&["user"], BulkAction::AddTags, &many)).await, "user: done");
    assert_eq!(
        apply(&ctx, tagging(&["user", "part"], BulkAction::AddTags, &["more"])).await,
        "user: failed invalid, part: done"
    );
    // One that stands in the way of another is gone by then.
    assert_eq!(apply(&ctx, request(&["user", "part"], BulkAction::Archive)).await, "user: done, part: done");
}

async fn each_change_is_an_event_of_its_own(home: &Home) {
    let ctx = home.system().await;
    for key in ["a", "b", "c"] {
        template_in(&ctx, key, "text").await;
    }
    let before = home.count("audit_event").await;
    apply(&ctx, tagging(&["a", "b", "none", "a"], BulkAction::AddTags, &["x"])).await;
    apply(&ctx, tagging(&["a", "b", "c"], BulkAction::AddTags, &["x"])).await;
    assert_eq!(home.count("audit_event").await - before, 3);
}

async fn archiving_asks_for_the_right_to_move_what_serves(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.published("live", "text").await;
    home.template("idle", "text").await;
    let both = || request(&["live", "idle"], BulkAction::Archive);
    assert_eq!(apply(&engineer, both()).await, "live: failed forbidden, idle: done");
    assert_eq!(apply(&manager, both()).await, "live: done, idle: unchanged");
    assert_eq!(word(bulk::apply(&home.person(Role::Viewer).await, both()).await), "forbidden");
}

async fn what_holds_for_none_is_refused_as_a_whole(home: &Home) {
    let ctx = home.system().await;
    template_in(&ctx, "a", "text").await;
    assert_eq!(fields(bulk::apply(&ctx, request(&[], BulkAction::Archive)).await), ["keys"]);
    assert_eq!(fields(bulk::apply(&ctx, tagging(&["a"], BulkAction::AddTags, &["no good"])).await), ["tags"]);
    let many: Vec<String> = (0..201).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(fields(bulk::apply(&ctx, request(&many, BulkAction::Archive)).await), ["keys"]);
    let nowhere = BulkRequest { folder: "../up".into(), ..request(&["a"], BulkAction::Move) };
    assert_eq!(fields(bulk::apply(&ctx, nowhere).await), ["folder"]);
}

async fn bulk_changes_at_once_lose_nothing(home: &Home) {
    let ctx = home.system().await;
    template_in(&ctx, "a", "text").await;
    let words = at_once(3, |n| {
        let ctx = ctx.clone();
        async move { apply(&ctx, tagging(&["a"], BulkAction::AddTags, &[&format!("t{n}")])).await }
    })
    .await;
    assert_eq!(words, ["a: done"; 3]);
    assert_eq!(templates::get(&ctx, "a").await.unwrap().fields.tags.join(" "), "t0 t1 t2");
    labels::move_to(&ctx, "a", to("staging", 1), None).await.unwrap();
}
