//! Drafts: what an author has typed, valid or not, and nobody else's; late ones are refused, old ones merged.

use crate::common::{
    self, Home, at_once, content, draft, draft_over, fields, new_version, problem, scale, stories, user, word,
};
use domain::api_key::Scope;
use domain::error::Kind;
use domain::merging::{Choice, Merging, NewMerge, Take};
use domain::version::{Kept, MAX_MESSAGE_BYTES, MAX_MESSAGES, NewDraft, NewVersion, VersionContent};
use service::{Ctx, drafts, versions};

stories!(
    a_draft_is_kept_as_it_was_typed,
    everybody_has_a_draft_of_their_own,
    a_draft_is_bounded,
    only_people_have_drafts,
    a_draft_that_is_older_than_what_is_there_is_refused,
    a_draft_that_comes_after_the_version_was_saved_is_refused,
    a_save_and_a_late_draft_at_once_leave_no_draft,
    of_two_tabs_that_keep_at_once_one_wins,
    a_save_leaves_what_was_typed_in_another_tab,
    a_save_leaves_what_another_tab_keeps_at_the_same_moment,
    a_save_that_follows_another_version_is_refused,
    a_draft_is_merged_with_a_newer_version,
    a_merge_is_finished_in_the_editor,
    a_third_version_makes_the_merge_anew,
    a_merge_needs_every_decision,
    there_is_nothing_to_merge_without_a_newer_version,
);

async fn a_draft_is_kept_as_it_was_typed(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let opened = drafts::open(&ctx, "t", 0).await.unwrap();
    assert_eq!((opened.draft, opened.draft_revision), (None, 0));
    let kept = drafts::save(&ctx, "t", &draft_over("{{ not valid", 1, 0)).await.unwrap();
    assert_eq!(kept, Kept { at: common::START, revision: 1 });
    home.clock.advance(5);
    // A backslash, a `u` and four zeros: six characters as they stand in many a text about JSON.
    let typed = VersionContent { parameters: vec![common::required("")], ..content("a \\u0000 b") };
    let new = NewDraft { content: typed.clone(), parent: 7, onto: 9, revision: Some(1) };
    assert_eq!(drafts::save(&ctx, "t", &new).await.unwrap().revision, 2);
    let opened = drafts::open(&ctx, "t", 0).await.unwrap();
    let draft = opened.draft.unwrap();
    assert_eq!((draft.content, draft.parent, draft.updated_at), (typed, 7, common::START.plus(5)));
    assert_eq!((draft.onto, opened.draft_revision), (1, 2), "no version is newer than the newest");
    drafts::delete(&ctx, "t").await.unwrap();
    drafts::delete(&ctx, "t").await.unwrap();
    assert_eq!(drafts::open(&ctx, "t", 0).await.unwrap().draft, None);
    let none = [
        word(drafts::save(&ctx, "none", &common::draft("x", 0)).await),
        word(drafts::open(&ctx, "none", 0).await),
        word(drafts::delete(&ctx, "none").await),
    ];
    assert_eq!(none, ["not_found"; 3]);
}

async fn everybody_has_a_draft_of_their_own(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    drafts::save(&engineer, "t", &draft_over("the engineer's", 1, 0)).await.unwrap();
    assert_eq!(drafts::open(&manager, "t", 0).await.unwrap().draft, None);
    drafts::save(&manager, "t", &draft_over("the manager's", 1, 0)).await.unwrap();
    drafts::delete(&engineer, "t").await.unwrap();
    assert_eq!(drafts::open(&manager, "t", 0).await.unwrap().draft.unwrap().content, content("the manager's"));
}

async fn a_draft_is_bounded(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let of = |content: VersionContent| NewDraft { content, ..NewDraft::default() };
    let large = content(&"x".repeat(MAX_MESSAGE_BYTES + 1));
    assert_eq!(
        word(drafts::save(&ctx, "t", &of(large.clone())).await),
        "ok",
        "a text that is too long can be shortened"
    );
    let messages = vec![user("x"); 2 * MAX_MESSAGES + 1];
    let refused = [
        content(&"x".repeat(2 * MAX_MESSAGE_BYTES * MAX_MESSAGES)),
        VersionContent { messages, ..VersionContent::default() },
        VersionContent { parameters: vec![common::required("p"); 101], ..VersionContent::default() },
        content("a\0b"),
    ];
    for typed in refused {
        assert_eq!(fields(drafts::save(&ctx, "t", &of(typed)).await), ["content"]);
    }
    assert_eq!(drafts::open(&ctx, "t", 0).await.unwrap().draft.unwrap().content, large);
}

async fn only_people_have_drafts(home: &Home) {
    home.template("t", "one").await;
    let (key, _) = home.key("production", &[Scope::TemplatesRead, Scope::TemplatesWrite]).await;
    assert_eq!(drafts::open(&key, "t", 0).await.unwrap().draft, None);
    assert_eq!(word(drafts::save(&key, "t", &draft("x", 0)).await), "forbidden");
    assert_eq!(word(drafts::delete(&key, "t").await), "forbidden");
    assert_eq!(word(drafts::merge(&key, "t", &[]).await), "forbidden");
}

/// The text and the revision of a draft.
async fn there(ctx: &Ctx) -> (Option<String>, i64) {
    let opened = drafts::open(ctx, "t", 0).await.unwrap();
    (opened.draft.map(|draft| draft.content.messages[0].content.clone()), opened.draft_revision)
}

async fn a_draft_that_is_older_than_what_is_there_is_refused(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    drafts::save(&ctx, "t", &draft_over("first tab", 1, 0)).await.unwrap();
    let refused = problem(drafts::save(&ctx, "t", &draft_over("second tab", 1, 0)).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "draft_stale"));
    assert_eq!(there(&ctx).await, (Some("first tab".into()), 1));
    // The same text once more: the first answer was lost.
    assert_eq!(drafts::save(&ctx, "t", &draft_over("first tab", 1, 0)).await.unwrap().revision, 1);
    assert_eq!(drafts::save(&ctx, "t", &draft_over("second tab", 1, 1)).await.unwrap().revision, 2);
    drafts::delete(&ctx, "t").await.unwrap();
    assert_eq!(
        word(drafts::save(&ctx, "t", &draft_over("typed before it was thrown away", 1, 2)).await),
        "draft_stale"
    );
    assert_eq!(there(&ctx).await, (None, 3));
    assert_eq!(drafts::save(&ctx, "t", &draft_over("after it", 1, 3)).await.unwrap().revision, 4);
}

async fn a_draft_that_comes_after_the_version_was_saved_is_refused(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    // With no draft before, and with one.
    for (version, revision) in [(1, 0), (2, 1)] {
        let text = format!("version {}", version + 1);
        let saved = versions::create_onto(&ctx, "t", new_version(&text), version, Some(revision)).await.unwrap();
        assert_eq!(saved.version.number, version + 1);
        let late = drafts::save(&ctx, "t", &draft_over(&text, version, revision)).await;
        assert_eq!(word(late), "draft_stale");
        assert_eq!(there(&ctx).await, (None, revision + 1));
    }
}

async fn a_save_and_a_late_draft_at_once_leave_no_draft(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "start").await;
    for round in 0..4 * scale() as i64 {
        let revision = there(&ctx).await.1;
        let text = format!("round {round}");
        let results = at_once(2, |n| {
            let (ctx, text) = (ctx.clone(), text.clone());
            async move {
                if n == 0 {
                    let new = NewVersion { parent: round + 1, ..new_version(&text) };
                    return versions::create_onto(&ctx, "t", new, round + 1, Some(revision)).await.map(drop);
                }
                drafts::save(&ctx, "t", &draft_over(&text, round + 1, revision)).await.map(drop)
            }
        })
        .await;
        let words: Vec<_> = results.into_iter().map(word).collect();
        assert!(words[0] == "ok" && ["ok", "draft_stale"].contains(&words[1].as_str()), "{words:?}");
        assert_eq!(there(&ctx).await.0, None, "round {round}: {words:?}");
    }
}

async fn of_two_tabs_that_keep_at_once_one_wins(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    for round in 0..4 * scale() as i64 {
        let results = at_once(4, |n| {
            let ctx = ctx.clone();
            async move { drafts::save(&ctx, "t", &draft_over(&format!("{round} in tab {n}"), 1, round)).await }
        })
        .await;
        let words: Vec<_> = results.into_iter().map(word).collect();
        assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
        let winner = words.iter().position(|w| w == "ok").unwrap();
        assert_eq!(there(&ctx).await, (Some(format!("{round} in tab {winner}")), round + 1));
    }
}

async fn a_save_leaves_what_was_typed_in_another_tab(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    drafts::save(&ctx, "t", &draft_over("first tab", 1, 0)).await.unwrap();
    drafts::save(&ctx, "t", &draft_over("second tab", 1, 1)).await.unwrap();
    versions::create_onto(&ctx, "t", new_version("first tab"), 1, Some(1)).await.unwrap();
    assert_eq!(there(&ctx).await, (Some("second tab".into()), 2));
    // What is the same text is no other one.
    versions::create_onto(&ctx, "t", new_version("second tab"), 2, Some(1)).await.unwrap();
    assert_eq!(there(&ctx).await, (None, 3));
}

/// As a tab does that keeps its text: the transaction has not ended yet.
async fn keep_slowly(home: &Home, ctx: &Ctx, text: &str) -> service::db::Tx {
    let mut tx = home.db().begin().await.unwrap();
    let sql = "insert into draft_revision (template_id, user_id, revision)
        select id, $1, 1 from template where key = 't'
        on conflict (template_id, user_id) do update set revision = draft_revision.revision + 1";
    assert_eq!(tx.exec(sql, (ctx.user_id().unwrap().0,)).await.unwrap(), 1);
    let sql = "insert into draft (template_id, user_id, content, parent, onto, updated_at)
        select template_id, user_id, $1, 1, 1, 1 from draft_revision where true
        on conflict (template_id, user_id) do update set content = excluded.content";
    assert_eq!(tx.exec(sql, (sqlx::types::Json(content(text)),)).await.unwrap(), 1);
    tx
}

async fn a_save_leaves_what_another_tab_keeps_at_the_same_moment(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let mut latest = 1;
    for (is_first, text) in [(true, "first"), (false, "second")] {
        let kept = if is_first { 0 } else { drafts::save(&ctx, "t", &draft(text, 1)).await.unwrap().revision };
        let keeping = keep_slowly(home, &ctx, &format!("typed elsewhere, {text}")).await;
        let (saver, onto, own) = (ctx.clone(), latest, text.to_owned());
        let saving = tokio::spawn(async move {
            versions::create_onto(&saver, "t", new_version(&own), onto, Some(kept)).await.map(drop)
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        keeping.commit().await.unwrap();
        saving.await.unwrap().unwrap();
        assert_eq!(there(&ctx).await.0, Some(format!("typed elsewhere, {text}")));
        drafts::delete(&ctx, "t").await.unwrap();
        latest += 1;
    }
    for round in 0..8 * scale() {
        let kept = drafts::save(&ctx, "t", &draft("mine", 1)).await.unwrap().revision;
        let words = at_once(2, |n| {
            let (ctx, text) = (ctx.clone(), format!("saved {round}"));
            async move {
                match n {
                    0 => word(versions::create_onto(&ctx, "t", new_version(&text), latest, Some(kept)).await),
                    _ => word(drafts::save(&ctx, "t", &draft_over("typed elsewhere", 1, kept)).await),
                }
            }
        })
        .await;
        latest += 1;
        let left = there(&ctx).await.0;
        match words[1].as_str() {
            "ok" => assert_eq!(left.as_deref(), Some("typed elsewhere"), "round {round}: what was kept is there"),
            other => assert_eq!((other, words[0].as_str(), left), ("draft_stale", "ok", None), "round {round}"),
        }
    }
}

async fn a_save_that_follows_another_version_is_refused(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    home.version("t", "two").await;
    let refused = problem(versions::create_onto(&ctx, "t", new_version("mine"), 1, None).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::PreconditionFailed, "newer_version"));
    home.move_label("t", "staging", 1).await;
    assert_eq!(
        word(versions::create_onto(&ctx, "t", new_version("mine"), 2, None).await),
        "ok",
        "a label is no version"
    );
    for round in 3..3 + 2 * scale() as i64 {
        let results = at_once(3, |n| {
            let (ctx, new) = (ctx.clone(), new_version(&format!("{round} by {n}")));
            async move { versions::create_onto(&ctx, "t", new, round, None).await }
        })
        .await;
        let words: Vec<_> = results.into_iter().map(word).collect();
        assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    }
}

/// The engineer has a draft of version 1, and somebody saved version 2.
async fn apart(home: &Home) -> (Ctx, Merging) {
    let ctx = home.engineer().await;
    home.template("t", "a\nb\nc\nd").await;
    drafts::save(&ctx, "t", &draft("mine\nb\nc\nmine too", 1)).await.unwrap();
    home.version("t", "theirs\nb\nnew\nc\nd").await;
    let merging = drafts::merge(&ctx, "t", &[]).await.unwrap().unwrap();
    (ctx, merging)
}

fn choose(merging: &Merging, take: Take, text: &str) -> NewMerge {
    let choice = |open: &domain::merging::Open| Choice { conflict: open.id.clone(), take, text: text.into() };
    let choices = merging.conflicts.iter().map(choice).collect();
    NewMerge { theirs: merging.theirs.number, draft: merging.draft, choices, commit_message: "Merge".into() }
}

async fn a_draft_is_merged_with_a_newer_version(home: &Home) {
    let (ctx, merging) = apart(home).await;
    assert_eq!((merging.base, merging.theirs.number, merging.undecided()), (1, 2, 1));
    let conflict = &merging.conflicts[0].conflict;
    assert_eq!((conflict.ours.as_deref(), conflict.theirs.as_deref()), (Some("mine"), Some("theirs")));
    assert!(!merging.brought_in.is_same && !merging.result.is_same);
    let new = choose(&merging, Take::Both, "");
    let decided = drafts::merge(&ctx, "t", &new.choices).await.unwrap().unwrap();
    assert_eq!(decided.undecided(), 0);
    let saved = drafts::save_merged(&ctx, "t", new).await.unwrap().version;
    assert_eq!((saved.number, saved.parent, saved.commit_message.as_str()), (3, 2, "Merge"));
    assert_eq!(saved.content, content("mine\ntheirs\nb\nnew\nc\nmine too"));
    assert_eq!(there(&ctx).await.0, None);
    assert_eq!(drafts::merge(&ctx, "t", &[]).await.unwrap(), None);
}

async fn a_merge_is_finished_in_the_editor(home: &Home) {
    let (ctx, merging) = apart(home).await;
    let kept = drafts::take_merged(&ctx, "t", choose(&merging, Take::Edit, "by hand")).await.unwrap();
    let opened = drafts::open(&ctx, "t", 0).await.unwrap();
    assert_eq!((opened.draft_revision, kept.revision), (2, 2));
    let draft = opened.draft.unwrap();
    assert_eq!((draft.parent, draft.onto, draft.content), (2, 2, content("by hand\nb\nnew\nc\nmine too")));
    assert_eq!(drafts::merge(&ctx, "t", &[]).await.unwrap(), None, "it is as one begun on version 2");
}

async fn a_third_version_makes_the_merge_anew(home: &Home) {
    let (ctx, merging) = apart(home).await;
    let new = choose(&merging, Take::Theirs, "");
    home.version("t", "theirs\nb\nnew\nc\nd\ne").await;
    for refused in [
        word(drafts::save_merged(&ctx, "t", new.clone()).await),
        word(drafts::take_merged(&ctx, "t", new.clone()).await),
    ] {
        assert_eq!(refused, "newer_version");
    }
    // The choice still is for the conflict that it was made for; another one is new.
    let again = drafts::merge(&ctx, "t", &new.choices).await.unwrap().unwrap();
    assert_eq!((again.theirs.number, again.conflicts.len(), again.undecided()), (3, 2, 1));
    assert_eq!(again.conflicts[0].choice.as_ref().map(|c| c.take), Some(Take::Theirs));
    drafts::save(&ctx, "t", &draft("typed meanwhile", 1)).await.unwrap();
    let late = NewMerge { theirs: 3, ..new };
    assert_eq!(word(drafts::save_merged(&ctx, "t", late).await), "draft_stale");
    for round in 0..2 * scale() {
        let merging = drafts::merge(&ctx, "t", &[]).await.unwrap().unwrap();
        let new = choose(&merging, Take::Ours, "");
        let (other, text) = (home.system().await, format!("theirs\nb\nround {round}"));
        let results = at_once(2, |n| {
            let (ctx, other, new, text) = (ctx.clone(), other.clone(), new.clone(), text.clone());
            async move {
                match n {
                    0 => drafts::save_merged(&ctx, "t", new).await,
                    _ => versions::create(&other, "t", new_version(&text), None).await,
                }
            }
        })
        .await;
        let [merged, saved] = results.as_slice() else { panic!("two") };
        assert!(saved.is_ok());
        if let Ok(merged) = merged {
            assert_eq!(merged.version.parent, merging.theirs.number);
            assert_eq!(merged.version.number, merging.theirs.number + 1, "never on top of what was not seen");
            drafts::save(&ctx, "t", &draft("typed again", 1)).await.unwrap();
        }
    }
}

async fn a_merge_needs_every_decision(home: &Home) {
    let (ctx, merging) = apart(home).await;
    let new = NewMerge { choices: Vec::new(), ..choose(&merging, Take::Ours, "") };
    assert_eq!(fields(drafts::save_merged(&ctx, "t", new.clone()).await), ["choices[0]"]);
    assert_eq!(word(drafts::take_merged(&ctx, "t", new).await), "ok", "the editor is where the rest is decided");
    let broken = home.version("t", "theirs again\nb\nnew\nc\nd").await;
    let merging = drafts::merge(&ctx, "t", &[]).await.unwrap().unwrap();
    assert_eq!(merging.theirs.number, broken);
    let invalid = choose(&merging, Take::Edit, "{{ nobody_declared_this }}");
    assert_eq!(fields(drafts::save_merged(&ctx, "t", invalid).await), ["messages[0].content"]);
    assert!(there(&ctx).await.0.is_some(), "a refused merge leaves the draft");
}

async fn there_is_nothing_to_merge_without_a_newer_version(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    assert_eq!(drafts::merge(&ctx, "t", &[]).await.unwrap(), None);
    drafts::save(&ctx, "t", &draft("mine", 1)).await.unwrap();
    assert_eq!(drafts::merge(&ctx, "t", &[]).await.unwrap(), None);
    assert_eq!(word(drafts::save_merged(&ctx, "t", NewMerge::default()).await), "nothing_to_merge");
    // Somebody else's draft is none of one's own.
    home.version("t", "two").await;
    assert_eq!(drafts::merge(&home.manager().await, "t", &[]).await.unwrap(), None);
}
