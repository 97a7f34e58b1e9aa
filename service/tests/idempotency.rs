//! `Idempotency-Key`: a repeated write is answered as the first was, and done once.

use crate::common::{Home, at_once, fields, problem, scale, stories, word};
use domain::error::Kind;
use domain::time::{DAY, MINUTE};
use service::idempotency::{self, Answer, Start};
use service::{Ctx, Result};

stories!(
    the_first_does_it_and_the_rest_are_answered_the_same,
    one_under_way_and_another_request_are_refused,
    a_request_given_up_frees_its_key,
    a_request_whose_server_stopped_frees_its_key_after_two_minutes,
    keys_of_others_and_of_other_projects_are_other_keys,
    a_key_has_a_form,
    answers_are_kept_for_a_day,
    of_many_at_once_one_is_first,
    a_key_freed_at_that_moment_is_no_error_of_ours,
);

fn answer(status: i64, body: &[u8]) -> Answer {
    Answer { status, etag: "\"r1\"".into(), body: body.to_vec() }
}
async fn start(ctx: &Ctx, key: &str) -> Result<Start> {
    idempotency::start(ctx, key, [1; 32]).await
}
async fn is_first(ctx: &Ctx, key: &str) -> bool {
    matches!(start(ctx, key).await.unwrap(), Start::First)
}

async fn the_first_does_it_and_the_rest_are_answered_the_same(home: &Home) {
    let ctx = home.system().await;
    assert!(is_first(&ctx, "k").await);
    idempotency::finish(&ctx, "k", &answer(201, b"{\"id\":1}\0\xff")).await.unwrap();
    for _ in 0..2 {
        let Start::Replay(again) = start(&ctx, "k").await.unwrap() else { panic!("first again") };
        assert_eq!(again, answer(201, b"{\"id\":1}\0\xff"));
    }
    idempotency::give_up(&ctx, "k").await.unwrap();
    assert!(!is_first(&ctx, "k").await, "an answer that was given stays");
}

async fn one_under_way_and_another_request_are_refused(home: &Home) {
    let ctx = home.system().await;
    assert!(is_first(&ctx, "k").await);
    let under_way = problem(start(&ctx, "k").await);
    assert_eq!((under_way.kind, under_way.code.as_str()), (Kind::Conflict, "in_progress"));
    let other = problem(idempotency::start(&ctx, "k", [2; 32]).await);
    assert_eq!((other.kind, other.code.as_str()), (Kind::Invalid, "idempotency_key_reused"));
    idempotency::finish(&ctx, "k", &answer(200, b"")).await.unwrap();
    assert_eq!(word(idempotency::start(&ctx, "k", [2; 32]).await), "idempotency_key_reused");
}

async fn a_request_given_up_frees_its_key(home: &Home) {
    let ctx = home.system().await;
    assert!(is_first(&ctx, "k").await);
    idempotency::give_up(&ctx, "k").await.unwrap();
    assert!(matches!(idempotency::start(&ctx, "k", [2; 32]).await.unwrap(), Start::First), "for any request");
}

async fn a_request_whose_server_stopped_frees_its_key_after_two_minutes(home: &Home) {
    let ctx = home.system().await;
    assert!(is_first(&ctx, "k").await);
    home.clock.advance(2 * MINUTE - 1);
    assert_eq!(word(start(&ctx, "k").await), "in_progress");
    home.clock.advance(1);
    let words = at_once(8, |_| {
        let ctx = ctx.clone();
        async move { word(start(&ctx, "k").await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "one takes it over: {words:?}");
    idempotency::finish(&ctx, "k", &answer(200, b"x")).await.unwrap();
    home.clock.advance(2 * MINUTE);
    assert!(!is_first(&ctx, "k").await, "an answer stays");
}

async fn keys_of_others_and_of_other_projects_are_other_keys(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let (system, other) = (home.system().await, home.new_project("other").await);
    for ctx in [&engineer, &manager, &system, &other] {
        assert!(is_first(ctx, "k").await);
    }
    idempotency::finish(&engineer, "k", &answer(200, b"mine")).await.unwrap();
    assert_eq!(word(start(&manager, "k").await), "in_progress");
    assert_eq!(word(start(&other, "k").await), "in_progress");
}

async fn a_key_has_a_form(home: &Home) {
    let ctx = home.system().await;
    for wrong in ["", "a b", "ä", "a\0", "a\n", &"x".repeat(256)] {
        assert_eq!(fields(start(&ctx, wrong).await), ["Idempotency-Key"], "{wrong:?}");
    }
    assert!(is_first(&ctx, &"~".repeat(255)).await);
}

async fn answers_are_kept_for_a_day(home: &Home) {
    let ctx = home.system().await;
    assert!(is_first(&ctx, "a").await);
    idempotency::finish(&ctx, "a", &answer(200, b"")).await.unwrap();
    home.clock.advance(DAY - 1);
    assert!(is_first(&ctx, "b").await);
    assert_eq!(idempotency::purge(&home.services).await.unwrap(), 0);
    home.clock.advance(1);
    assert_eq!(idempotency::purge(&home.services).await.unwrap(), 1);
    assert!(is_first(&ctx, "a").await);
}

async fn of_many_at_once_one_is_first(home: &Home) {
    let ctx = home.system().await;
    let words = at_once(50, |_| {
        let ctx = ctx.clone();
        async move { word(start(&ctx, "k").await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| w == "ok" || w == "in_progress"), "{words:?}");
}

async fn a_key_freed_at_that_moment_is_no_error_of_ours(home: &Home) {
    let (ctx, rounds) = (home.system().await, 20 * scale());
    at_once(12, |_| {
        let ctx = ctx.clone();
        async move {
            for _ in 0..rounds {
                let word = word(start(&ctx, "k").await);
                assert!(word == "ok" || word == "in_progress", "{word}");
                if word == "ok" {
                    tokio::task::yield_now().await;
                    idempotency::give_up(&ctx, "k").await.unwrap();
                }
            }
        }
    })
    .await;
}
