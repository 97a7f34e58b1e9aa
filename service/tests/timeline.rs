//! The timeline: versions and moves in one stream, whole and in order however it is paged.

use crate::common::{Home, after, at_once, fields, first, request, scale, stories, template_in, to, word};
use domain::permission::Role;
use domain::timeline::{EntryKind, LabelNow, Timeline, TimelineEntry, TimelineFilter, VersionScore};
use serde_json::json;
use service::{Ctx, labels, render, templates, timeline};

stories!(
    versions_and_moves_are_one_stream,
    pages_follow_each_other_without_a_gap_also_within_a_moment,
    what_happens_meanwhile_does_not_move_the_pages,
    a_filter_shows_a_kind_or_a_label,
    a_move_back_is_told_as_one,
    labels_tell_where_they_point_and_since_when,
    figures_are_for_those_who_may_see_them,
    of_many_who_roll_back_at_once_one_does,
    another_projects_timeline_is_not_found,
    the_trend_is_of_the_newest_versions,
);

fn all() -> TimelineFilter {
    TimelineFilter::default()
}
fn moves_of(label: &str) -> TimelineFilter {
    TimelineFilter { kind: None, label: label.into() }
}

/// `v2`, or `staging 1>2`.
fn told(entry: &TimelineEntry) -> String {
    match entry {
        TimelineEntry::Version(entry) => format!("v{}", entry.version.number),
        TimelineEntry::LabelMove(entry) => {
            let event = &entry.event;
            let back = if entry.is_rollback { " back" } else { "" };
            format!("{} {}>{}{back}", event.label, event.from_version, event.to_version)
        }
    }
}
fn all_told(timeline: &Timeline) -> Vec<String> {
    timeline.items.iter().map(told).collect()
}

async fn whole(ctx: &Ctx, filter: &TimelineFilter, limit: i64) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = timeline::list(ctx, "t", filter, &after(cursor, limit)).await.unwrap();
        assert!(page.items.len() as i64 <= limit);
        seen.extend(all_told(&page));
        cursor = page.next;
        if cursor.is_none() {
            return seen;
        }
    }
}

/// Three versions and five moves, each in a moment of its own but the last two.
async fn lived_in(home: &Home) -> Vec<&'static str> {
    home.template("t", "one").await;
    home.clock.advance(1);
    home.move_label("t", "production", 1).await;
    home.clock.advance(1);
    home.version("t", "two").await;
    home.clock.advance(1);
    home.move_label("t", "staging", 2).await;
    home.clock.advance(1);
    home.move_label("t", "production", 2).await;
    home.clock.advance(1);
    home.version("t", "three").await;
    home.move_label("t", "production", 3).await;
    home.move_label("t", "production", 1).await;
    vec!["production 3>1 back", "production 2>3", "v3", "production 1>2", "staging 0>2", "v2", "production 0>1", "v1"]
}

async fn versions_and_moves_are_one_stream(home: &Home) {
    let expected = lived_in(home).await;
    let ctx = home.engineer().await;
    let page = timeline::list(&ctx, "t", &all(), &first(50)).await.unwrap();
    assert_eq!((all_told(&page), page.next), (expected.iter().map(ToString::to_string).collect(), None));
    let TimelineEntry::Version(oldest) = &page.items[7] else { panic!("{:?}", page.items[7]) };
    assert_eq!(oldest.version.labels, ["production"]);
    let by_id = templates::get(&ctx, "t").await.unwrap().id.to_string();
    assert_eq!(timeline::list(&ctx, &by_id, &all(), &first(50)).await.unwrap().items, page.items);
}

async fn pages_follow_each_other_without_a_gap_also_within_a_moment(home: &Home) {
    let expected = lived_in(home).await;
    let ctx = home.engineer().await;
    for limit in 1..=9 {
        assert_eq!(whole(&ctx, &all(), limit).await, expected, "{limit}");
    }
    // All in one moment: versions by number, and moves above them in the order in which they were made.
    for n in 4..=12 {
        home.version("t", &format!("text {n}")).await;
        home.move_label("t", "canary", n).await;
    }
    let once = whole(&ctx, &all(), 200).await;
    assert_eq!((once.len(), once[0].as_str(), once[9].as_str()), (26, "canary 11>12", "production 3>1 back"));
    for limit in [1, 2, 3, 5, 7] {
        assert_eq!(whole(&ctx, &all(), limit).await, once, "{limit}");
    }
    for wrong in ["nonsense", "MTIz", "MXx2ZXJzaW9ufHg"] {
        let page = after(Some(wrong.into()), 5);
        assert_eq!(fields(timeline::list(&ctx, "t", &all(), &page).await), ["cursor"]);
    }
    for limit in [0, 201] {
        assert_eq!(fields(timeline::list(&ctx, "t", &all(), &first(limit)).await), ["limit"]);
    }
}

async fn what_happens_meanwhile_does_not_move_the_pages(home: &Home) {
    let expected = lived_in(home).await;
    let ctx = home.engineer().await;
    let page = timeline::list(&ctx, "t", &all(), &first(3)).await.unwrap();
    // In the moment of the newest entries, and after it.
    home.version("t", "four").await;
    home.move_label("t", "staging", 4).await;
    home.clock.advance(10);
    home.move_label("t", "staging", 1).await;
    let rest = timeline::list(&ctx, "t", &all(), &after(page.next.clone(), 50)).await.unwrap();
    assert_eq!([all_told(&page), all_told(&rest)].concat(), expected);
}

async fn a_filter_shows_a_kind_or_a_label(home: &Home) {
    lived_in(home).await;
    let ctx = home.engineer().await;
    let of_kind = |kind| TimelineFilter { kind: Some(kind), label: String::new() };
    for limit in [1, 2, 50] {
        assert_eq!(whole(&ctx, &of_kind(EntryKind::Version), limit).await, ["v3", "v2", "v1"]);
        assert_eq!(whole(&ctx, &of_kind(EntryKind::LabelMove), limit).await.len(), 5);
        assert_eq!(whole(&ctx, &moves_of("staging"), limit).await, ["staging 0>2"]);
        assert_eq!(whole(&ctx, &moves_of("canary"), limit).await, [""; 0]);
    }
    let odd = TimelineFilter { kind: Some(EntryKind::Version), label: "staging".into() };
    assert_eq!(fields(timeline::list(&ctx, "t", &odd, &first(5)).await), ["label"]);
    for label in ["Not A Label", "a\0b", "' or 1=1 --"] {
        assert_eq!(fields(timeline::list(&ctx, "t", &moves_of(label), &first(5)).await), ["label"]);
    }
}

async fn a_move_back_is_told_as_one(home: &Home) {
    lived_in(home).await;
    let ctx = home.manager().await;
    labels::remove(&ctx, "t", "production", "Enough", None).await.unwrap();
    let seen = whole(&ctx, &moves_of("production"), 50).await;
    let expected = ["production 1>0", "production 3>1 back", "production 2>3", "production 1>2", "production 0>1"];
    assert_eq!(seen, expected, "taken away is not a way back");
}

async fn labels_tell_where_they_point_and_since_when(home: &Home) {
    lived_in(home).await;
    let ctx = home.manager().await;
    home.clock.advance(7);
    let at = ctx.now();
    labels::remove(&ctx, "t", "staging", "", None).await.unwrap();
    let now = timeline::list(&ctx, "t", &all(), &first(1)).await.unwrap().labels;
    let label = |label: &str, version, since| LabelNow { label: label.into(), version, since };
    assert_eq!(now, [label("production", 1, at.plus(-7)), label("staging", 0, at)]);
}

async fn figures_are_for_those_who_may_see_them(home: &Home) {
    home.published("t", "text").await;
    let (analyst, viewer) = (home.person(Role::Analyst).await, home.person(Role::Viewer).await);
    for _ in 0..3 {
        render::render(&home.system().await, request("t", json!({}))).await.unwrap();
    }
    home.services.recorder.flush().await.unwrap();
    let outcomes = async |ctx: &Ctx| {
        let page = timeline::list(ctx, "t", &all(), &first(5)).await.unwrap();
        let TimelineEntry::Version(entry) = page.items[1].clone() else { panic!("{:?}", page.items[1]) };
        entry.outcomes.map(|outcomes| (outcomes.executions, outcomes.success_rate))
    };
    assert_eq!(outcomes(&analyst).await, Some((3, Some(1.0))));
    assert_eq!(outcomes(&viewer).await, None);
}

async fn of_many_who_roll_back_at_once_one_does(home: &Home) {
    lived_in(home).await;
    let ctx = home.manager().await;
    for _ in 0..scale() {
        let revision = home.move_label("t", "production", 3).await.revision;
        let words = at_once(12, |n| {
            let ctx = ctx.clone();
            async move { word(labels::move_to(&ctx, "t", to("production", 1 + n as i64 % 2), Some(revision)).await) }
        })
        .await;
        assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
        let page = timeline::list(&ctx, "t", &moves_of("production"), &first(50)).await.unwrap();
        let mut at = 0;
        for entry in page.items.iter().rev() {
            let TimelineEntry::LabelMove(entry) = entry else { panic!("{entry:?}") };
            assert_eq!(entry.event.from_version, at);
            at = entry.event.to_version;
        }
        let production = page.labels.iter().find(|now| now.label == "production").unwrap();
        assert_eq!(production.version, at, "the last move is where it points");
        assert!(all_told(&page)[0].ends_with("back"));
    }
}

async fn another_projects_timeline_is_not_found(home: &Home) {
    lived_in(home).await;
    let theirs = home.new_project("other").await;
    let id = templates::get(&home.system().await, "t").await.unwrap().id.to_string();
    for key in ["t", &id] {
        assert_eq!(word(timeline::list(&theirs, key, &all(), &first(5)).await), "not_found");
    }
    template_in(&theirs, "t", "theirs").await;
    assert_eq!(whole(&theirs, &all(), 5).await, ["v1"]);
    let page = timeline::list(&home.engineer().await, "t", &all(), &first(2)).await.unwrap();
    // A cursor is a place in time: for another template it shows what that one has before it.
    assert_eq!(all_told(&timeline::list(&theirs, "t", &all(), &after(page.next, 5)).await.unwrap()), ["v1"]);
}

async fn the_trend_is_of_the_newest_versions(home: &Home) {
    home.template("t", "SHOUT IT LOUD: answer in one line.").await;
    for n in 2..=34 {
        home.version("t", &format!("Answer in {n} lines.")).await;
    }
    let scores = timeline::list(&home.engineer().await, "t", &all(), &first(1)).await.unwrap().scores;
    assert_eq!(scores.len(), 30);
    assert_eq!((scores[0].version, scores[29]), (5, VersionScore { version: 34, score: 100 }));
    home.db().exec("update version set lint_score = null where number > 4", ()).await.unwrap();
    let scores = timeline::list(&home.engineer().await, "t", &all(), &first(1)).await.unwrap().scores;
    assert_eq!(
        scores.iter().map(|s| (s.version, s.score)).collect::<Vec<_>>(),
        [(1, 98), (2, 100), (3, 100), (4, 100)]
    );
}
