//! Sessions and tokens: how long they last, and who ends them.

use crate::common::{Home, first, stories, word};
use crate::people::ada;
use domain::audit::AuditFilter;
use domain::ids::{SessionId, UserId};
use domain::time::{DAY, HOUR, MINUTE};
use service::access::{self, Login};
use service::{Ctx, audit, sessions, users};

stories!(
    a_session_ends_when_it_is_idle,
    a_session_ends_after_seven_days_whatever_happens,
    a_revoked_session_is_not_brought_back_by_a_late_write,
    people_see_and_end_their_own_sessions_only,
    a_token_lasts_fifteen_minutes_and_no_longer_than_its_session,
    sessions_that_are_over_are_purged,
);

/// A session of the cookie layer, for a person that is made with it.
async fn session(home: &Home, token: &[u8]) -> (UserId, SessionId) {
    let user = users::create(&home.system().await, ada()).await.unwrap().id;
    let session = SessionId(home.services.new_id());
    assert!(sessions::insert(&home.services, token, user, session, b"data", "Browser\u{7}").await.unwrap());
    (user, session)
}

async fn a_session_ends_when_it_is_idle(home: &Home) {
    let services = &home.services;
    let (user, id) = session(home, b"token").await;
    assert!(!sessions::insert(services, b"token", user, SessionId(services.new_id()), b"", "").await.unwrap());
    assert!(sessions::load(services, b"wrong").await.unwrap().is_none());
    for _ in 0..3 {
        home.clock.advance(sessions::IDLE_LIFE - 1);
        let stored = sessions::load(services, b"token").await.unwrap().unwrap();
        assert_eq!(stored.data, b"data");
    }
    assert_eq!(sessions::find_live(services, id).await.unwrap(), Some(user));
    home.clock.advance(sessions::IDLE_LIFE);
    assert!(sessions::load(services, b"token").await.unwrap().is_none());
    let kept: i64 =
        home.db().scalar("select count(*) from session where token_hash = $1", (b"token".to_vec(),)).await.unwrap();
    assert_eq!(kept, 0, "the table holds a hash, not the token");
}

async fn a_session_ends_after_seven_days_whatever_happens(home: &Home) {
    let services = &home.services;
    let (user, id) = session(home, b"token").await;
    for _ in 0..15 {
        home.clock.advance(sessions::IDLE_LIFE - HOUR);
        assert!(sessions::load(services, b"token").await.unwrap().is_some());
    }
    home.clock.advance(7 * DAY - 15 * 11 * HOUR - 1);
    let stored = sessions::load(services, b"token").await.unwrap().unwrap();
    assert_eq!(stored.expires_at, services.now().0 + 1);
    assert_eq!(sessions::find_live(services, id).await.unwrap(), Some(user));
    home.clock.advance(1);
    assert!(sessions::load(services, b"token").await.unwrap().is_none());
    assert_eq!(sessions::find_live(services, id).await.unwrap(), None);
}

async fn a_revoked_session_is_not_brought_back_by_a_late_write(home: &Home) {
    let services = &home.services;
    session(home, b"token").await;
    sessions::update(services, b"token", b"newer").await.unwrap();
    assert_eq!(sessions::load(services, b"token").await.unwrap().unwrap().data, b"newer");
    sessions::delete(services, b"token").await.unwrap();
    sessions::update(services, b"token", b"late").await.unwrap();
    assert!(sessions::load(services, b"token").await.unwrap().is_none());
    assert_eq!(home.count("session").await, 0);
}

async fn people_see_and_end_their_own_sessions_only(home: &Home) {
    let services = &home.services;
    let (user, id) = session(home, b"one").await;
    home.clock.advance(MINUTE);
    let second = SessionId(services.new_id());
    sessions::insert(services, b"two", user, second, b"", &"long ".repeat(100)).await.unwrap();
    let ctx = access::for_login(services, Login { user, session: second }, "default", "r".into()).await.unwrap();
    let list = sessions::list(&ctx).await.unwrap();
    assert_eq!(list.iter().map(|s| (s.id, s.is_current)).collect::<Vec<_>>(), [(second, true), (id, false)]);
    assert_eq!((list[0].user_agent.len(), list[1].user_agent.as_str()), (200, "Browser"));
    let other = home.engineer().await;
    assert_eq!(word(sessions::revoke(&other, id).await), "not_found");
    sessions::revoke(&ctx, id).await.unwrap();
    assert_eq!(word(sessions::revoke(&ctx, id).await), "not_found");
    assert!(sessions::load(services, b"one").await.unwrap().is_none());
    assert_eq!(sessions::list(&ctx).await.unwrap().len(), 1);
    let system = home.system().await;
    assert_eq!((word(sessions::list(&system).await), word(sessions::revoke(&system, id).await)), both("forbidden"));
}

fn both(word: &str) -> (String, String) {
    (word.into(), word.into())
}

async fn a_token_lasts_fifteen_minutes_and_no_longer_than_its_session(home: &Home) {
    let services = &home.services;
    let user = home.engineer().await.user_id().unwrap();
    let (token, seconds) = sessions::issue_token(services, user, "curl").await.unwrap();
    assert_eq!(seconds, 900);
    let login = access::login_of_token(services, &token).await.unwrap();
    assert_eq!(login.user, user);
    assert_eq!(word(access::login_of_token(services, &format!("{token}x")).await), "unauthenticated");
    assert_eq!(word(access::login_of_token(services, "").await), "unauthenticated");
    home.clock.advance(15 * MINUTE - 1_000);
    assert_eq!(word(access::login_of_token(services, &token).await), "ok");
    home.clock.advance(1_000);
    assert_eq!(word(access::login_of_token(services, &token).await), "unauthenticated");
    let (token, _) = sessions::issue_token(services, user, "curl").await.unwrap();
    let login = access::login_of_token(services, &token).await.unwrap();
    let ctx = access::for_login(services, login, "default", "r".into()).await.unwrap();
    sessions::revoke(&ctx, login.session).await.unwrap();
    assert_eq!(word(access::login_of_token(services, &token).await), "unauthenticated");
    let claims = service::crypto::Claims {
        sub: services.new_id(),
        sid: login.session.0,
        iat: 0,
        exp: services.now().0 / 1_000 + 60,
    };
    let forged = services.secrets.sign_token(&claims).unwrap();
    assert_eq!(word(access::login_of_token(services, &forged).await), "unauthenticated");
}

async fn sessions_that_are_over_are_purged(home: &Home) {
    let services = &home.services;
    let (user, _) = session(home, b"idle").await;
    home.clock.advance(sessions::IDLE_LIFE - MINUTE);
    sessions::insert(services, b"fresh", user, SessionId(services.new_id()), b"", "").await.unwrap();
    assert_eq!(sessions::purge(services).await.unwrap(), 0);
    home.clock.advance(MINUTE);
    assert_eq!(sessions::purge(services).await.unwrap(), 1);
    assert!(sessions::load(services, b"fresh").await.unwrap().is_some());
    let ctx: Ctx = home.system().await;
    let events = audit::list(&ctx, &AuditFilter::default(), &first(50)).await.unwrap().items;
    let actions: Vec<_> = events.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["user.create"], "log-ins and their end by time are not governed");
}
