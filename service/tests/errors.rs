//! What leaves the service when something goes wrong: a user's error as it is, and nothing of ours.

use crate::common::{Home, stories, template_in};
use domain::error::Kind;
use service::templates;

stories!(a_broken_database_says_nothing_of_itself);

async fn a_broken_database_says_nothing_of_itself(home: &Home) {
    let ctx = home.system().await;
    template_in(&ctx, "t", "text").await;
    home.db().exec("alter table label rename to gone", ()).await.unwrap();
    let error = templates::get(&ctx, "t").await.unwrap_err();
    assert!(error.to_string().contains("label"), "the log has the cause: {error}");
    let shown = error.public();
    assert_eq!((shown.kind, shown.code.as_str()), (Kind::Internal, "internal"));
    assert!(!shown.message.contains("label") && shown.errors.is_empty());
}

#[test]
fn a_users_error_is_shown_as_it_is() {
    let error = domain::Error::field("key", "is taken");
    let wrapped = service::Error::from(error.clone());
    assert_eq!(wrapped.to_string(), "key: is taken");
    assert_eq!(wrapped.public(), error);
    let json = serde_json::from_str::<i64>("no").unwrap_err();
    assert_eq!(service::Error::from(json).public(), domain::Error::internal());
    let found = service::Error::from(service::db::error::Error::NotFound);
    assert_eq!((found.to_string().as_str(), found.public().kind), ("NotFound", Kind::Internal));
}
