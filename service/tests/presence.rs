//! Presence: who is on a template now, on whichever node.

use std::sync::Arc;

use crate::common::{Home, stories, until};
use domain::presence::Present;
use domain::time::SECOND;
use service::presence::{self, MAX_PAGES, Place};
use service::{Ctx, Services};

stories!(
    those_who_come_and_go_are_told_to_the_others,
    every_node_sees_the_pages_of_all,
    what_a_dead_node_left_is_gone_after_some_seconds,
    a_node_that_was_taken_for_dead_is_seen_again,
    too_many_pages_of_one_person_end_the_oldest,
    who_may_not_be_there_any_more_is_noticed,
);

async fn join(ctx: &Ctx, key: &str, is_editing: bool) -> Place {
    presence::join(ctx, "default", key, is_editing).await.unwrap()
}

fn shown(place: &mut Place) -> Vec<(String, bool)> {
    place.others().into_iter().map(|Present { name, is_editing }| (name, is_editing)).collect()
}

async fn those_who_come_and_go_are_told_to_the_others(home: &Home) {
    let (ada, ben) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    home.template("other", "one").await;
    let mut mine = join(&ada, "t", true).await;
    assert_eq!(shown(&mut mine), []);
    let (mut looking, elsewhere) = (join(&ben, "t", false).await, join(&ben, "other", true).await);
    assert!(mine.changed().await);
    assert_eq!(shown(&mut mine), [("Content manager".into(), false)]);
    assert_eq!(shown(&mut looking), [("Prompt engineer".into(), true)]);
    // A second page of the same person is not a second person.
    let editing = join(&ben, "t", true).await;
    assert_eq!(shown(&mut mine), [("Content manager".into(), true)]);
    drop((looking, editing, elsewhere));
    until(async || mine.changed().await && shown(&mut mine).is_empty()).await;
    drop(mine);
    until(async || home.count("presence").await == 0).await;
}

/// The same person on another node.
fn on(node: &Arc<Services>, ctx: &Ctx) -> Ctx {
    Ctx { services: node.clone(), ..ctx.clone() }
}

async fn every_node_sees_the_pages_of_all(home: &Home) {
    let (ada, ben) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    let other = home.another_node().await;
    let mut mine = join(&ada, "t", true).await;
    let theirs = join(&on(&other, &ben), "t", false).await;
    presence::look(&home.services).await.unwrap();
    assert_eq!(shown(&mut mine), [("Content manager".into(), false)]);
    drop(theirs);
    until(async || home.count("presence").await == 1).await;
    presence::look(&home.services).await.unwrap();
    assert_eq!(shown(&mut mine), []);
}

async fn what_a_dead_node_left_is_gone_after_some_seconds(home: &Home) {
    let (ada, ben) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    let dead = home.another_node().await;
    let mut mine = join(&ada, "t", true).await;
    let left = join(&on(&dead, &ben), "t", false).await;
    // It never runs its clean-up, as after a power cut.
    std::mem::forget(left);
    for _ in 0..2 {
        home.clock.advance(5 * SECOND);
        presence::beat(&home.services).await.unwrap();
        presence::look(&home.services).await.unwrap();
        assert_eq!(shown(&mut mine).len(), 1);
    }
    home.clock.advance(5 * SECOND);
    presence::beat(&home.services).await.unwrap();
    presence::look(&home.services).await.unwrap();
    assert_eq!(shown(&mut mine), [], "15 seconds after the last sign");
    assert_eq!(home.count("presence").await, 1, "the living one is kept");
}

async fn a_node_that_was_taken_for_dead_is_seen_again(home: &Home) {
    let (ada, ben) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    let other = home.another_node().await;
    let (mut mine, mut theirs) = (join(&ada, "t", true).await, join(&on(&other, &ben), "t", false).await);
    // For 15 seconds the other node doesn't reach the database.
    for _ in 0..3 {
        home.clock.advance(5 * SECOND);
        presence::beat(&home.services).await.unwrap();
    }
    presence::look(&home.services).await.unwrap();
    assert_eq!((shown(&mut mine).len(), home.count("presence").await), (0, 1));
    for node in [&other, &home.services] {
        presence::beat(node).await.unwrap();
        presence::look(node).await.unwrap();
    }
    presence::look(&other).await.unwrap();
    assert_eq!(shown(&mut mine), [("Content manager".into(), false)]);
    assert_eq!(shown(&mut theirs), [("Prompt engineer".into(), true)]);
    drop(theirs);
    until(async || home.count("presence").await == 1).await;
    presence::beat(&other).await.unwrap();
    assert_eq!(home.count("presence").await, 1, "who left does not come back");
}

async fn too_many_pages_of_one_person_end_the_oldest(home: &Home) {
    let (ada, ben) = (home.engineer().await, home.manager().await);
    home.template("t", "one").await;
    let mut oldest = join(&ada, "t", true).await;
    let mut others = Vec::new();
    for _ in 1..MAX_PAGES {
        others.push(join(&ada, "t", false).await);
    }
    let somebody_elses = join(&ben, "t", false).await;
    assert!(oldest.changed().await, "there is room for all of these");
    others.push(join(&ada, "t", false).await);
    until(async || !oldest.changed().await).await;
    drop(somebody_elses);
}

async fn who_may_not_be_there_any_more_is_noticed(home: &Home) {
    let ada = home.engineer().await;
    home.template("t", "one").await;
    let place = join(&ada, "t", true).await;
    assert!(place.is_allowed().await);
    let role = "update membership set is_disabled = $1 where user_id = $2";
    let user = ada.user_id().unwrap().0;
    home.db().exec(role, (true, user)).await.unwrap();
    assert!(!place.is_allowed().await, "out of the project");
    home.db().exec(role, (false, user)).await.unwrap();
    assert!(place.is_allowed().await);
    home.db().exec("delete from session where user_id = $1", (user,)).await.unwrap();
    assert!(!place.is_allowed().await, "logged out");
}
