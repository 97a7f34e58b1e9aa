//! Change requests for the label `production`, as several tests open them.

use domain::change::{ChangeRequest, LabelTo, NewChange, NewReview, Verdict};
use domain::policy::Policy;
use service::serving::{self, Wanted};
use service::{Ctx, changes, policies};

use super::{Home, word};

pub fn item(template: &str, version: i64) -> LabelTo {
    LabelTo { template: template.into(), label: "production".into(), version }
}
pub fn new(items: &[LabelTo]) -> NewChange {
    NewChange { title: "Better words".into(), items: items.to_vec(), ..NewChange::default() }
}
pub async fn open(ctx: &Ctx, items: &[LabelTo]) -> ChangeRequest {
    changes::open(ctx, new(items)).await.unwrap()
}
pub fn verdict(verdict: Verdict) -> NewReview {
    NewReview { verdict, body: "I looked at it".into(), round: None }
}
pub async fn approve(ctx: &Ctx, number: i64) -> String {
    word(changes::review(ctx, number, verdict(Verdict::Approve)).await)
}
/// Template `t` with versions 1 and 2; production serves the first and is protected then.
pub async fn protected(home: &Home) {
    home.published("t", "one").await;
    home.version("t", "two").await;
    protect(home, Policy::default()).await;
}
pub async fn protect(home: &Home, policy: Policy) {
    home.engineer().await;
    home.manager().await;
    let done = policies::update(&home.admin().await, "production", Some(policy), None).await.unwrap();
    assert!(matches!(done, policies::Set::Done(Some(_))), "{done:?}");
}
pub async fn served(ctx: &Ctx, key: &str) -> String {
    match serving::fetch(ctx, key, Wanted::default()).await {
        Ok(served) => served.content.messages[0].content.clone(),
        Err(_) => "nothing".into(),
    }
}
