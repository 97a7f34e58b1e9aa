//! API keys: shown once, checked from memory, refused at once when revoked.

use crate::common::{self, Home, fields, first, problem, redacted, stories, word};
use domain::api_key::{NewApiKey, Scope};
use domain::error::Kind;
use domain::ids::ApiKeyId;
use domain::time::MINUTE;
use service::{access, api_keys, serving};

stories!(
    a_key_is_shown_once_and_kept_as_a_hash,
    what_a_key_needs_is_checked,
    several_keys_are_good_at_once_for_rotation,
    a_key_stops_at_its_time,
    a_revoked_key_is_refused_at_once,
    a_key_revoked_elsewhere_is_refused_after_the_next_poll,
    a_text_that_is_not_the_key_tells_nothing,
    the_last_use_is_noted_about_every_minute,
    a_key_acts_in_its_own_project_and_environment,
);

fn new(environment: &str) -> NewApiKey {
    let scopes = vec![Scope::PromptsRender, Scope::PromptsRead, Scope::PromptsRead];
    NewApiKey { name: " Agent ".into(), environment: environment.into(), scopes, expires_at: None }
}
async fn used(home: &Home, text: &str) -> String {
    word(access::for_api_key(&home.services, text, "r".into()).await)
}

async fn a_key_is_shown_once_and_kept_as_a_hash(home: &Home) {
    let ctx = home.admin().await;
    let made = api_keys::create(&ctx, new("staging")).await.unwrap();
    let (prefix, secret) = made.secret.rsplit_once('_').unwrap();
    assert_eq!((prefix, secret.len()), (made.key.prefix.as_str(), 43));
    assert!(prefix.starts_with("ppy_staging_") && prefix.len() == "ppy_staging_".len() + 12);
    let listed = api_keys::list(&ctx, &first(50)).await.unwrap().items;
    assert_eq!(listed, std::slice::from_ref(&made.key));
    let mut shown = redacted(&made.key);
    shown["prefix"] = "ppy_staging_…".into();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(shown, @r#"
        {
          "created_at": "2027-01-15T08:00:00Z",
          "created_by": "super_admin@example.com",
          "environment": "staging",
          "expires_at": null,
          "id": "[id]",
          "last_used_at": null,
          "name": "Agent",
          "prefix": "ppy_staging_…",
          "revoked_at": null,
          "scopes": [
            "prompts:read",
            "prompts:render"
          ]
        }
        "#);
    }
    let hash: Vec<u8> = home.db().scalar("select secret_hash from api_key", ()).await.unwrap();
    assert_eq!(hash, home.services.secrets.api_key_hash(secret));
    let everything = home.db().pick(
        "select group_concat(after || before || object) from audit_event",
        "select string_agg(after::text || before::text || object, '') from audit_event",
    );
    assert!(!home.db().scalar::<String>(everything, ()).await.unwrap().contains(secret));
}

async fn what_a_key_needs_is_checked(home: &Home) {
    let ctx = home.admin().await;
    let now = Some(home.services.now());
    let wrong = NewApiKey { name: " ".into(), environment: "prod".into(), scopes: vec![], expires_at: now };
    assert_eq!(fields(api_keys::create(&ctx, wrong).await), ["name", "environment", "scopes", "expires_at"]);
    for name in ["x".repeat(81), "a\0b".into()] {
        assert_eq!(fields(api_keys::create(&ctx, NewApiKey { name, ..new("staging") }).await), ["name"]);
    }
}

async fn several_keys_are_good_at_once_for_rotation(home: &Home) {
    let ctx = home.admin().await;
    let old = api_keys::create(&ctx, new("production")).await.unwrap();
    home.clock.advance(1);
    let young = api_keys::create(&ctx, new("production")).await.unwrap();
    assert_ne!(old.secret, young.secret);
    assert_eq!((used(home, &old.secret).await, used(home, &young.secret).await), ("ok".into(), "ok".into()));
    api_keys::revoke(&ctx, old.key.id).await.unwrap();
    assert_eq!(
        (used(home, &old.secret).await, used(home, &young.secret).await),
        ("unauthenticated".into(), "ok".into())
    );
    let ids: Vec<_> = api_keys::list(&ctx, &first(50))
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|k| (k.id, k.revoked_at.is_some()))
        .collect();
    assert_eq!(ids, [(young.key.id, false), (old.key.id, true)]);
}

async fn a_key_stops_at_its_time(home: &Home) {
    let at = home.services.now().plus(MINUTE);
    let new = NewApiKey { expires_at: Some(at), ..new("production") };
    let key = api_keys::create(&home.admin().await, new).await.unwrap().secret;
    home.clock.advance(MINUTE - 1);
    assert_eq!(used(home, &key).await, "ok");
    home.clock.advance(1);
    let refused = problem(access::for_api_key(&home.services, &key, "r".into()).await);
    assert_eq!((refused.kind, refused.message.as_str()), (Kind::Unauthenticated, "the API key has expired"));
}

async fn a_revoked_key_is_refused_at_once(home: &Home) {
    let ctx = home.admin().await;
    let made = api_keys::create(&ctx, new("production")).await.unwrap();
    assert_eq!(used(home, &made.secret).await, "ok");
    let revoked = api_keys::revoke(&ctx, made.key.id).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(common::START));
    let refused = problem(access::for_api_key(&home.services, &made.secret, "r".into()).await);
    assert_eq!(refused.message, "the API key was revoked");
    home.clock.advance(5);
    let events = home.count("audit_event").await;
    assert_eq!(api_keys::revoke(&ctx, made.key.id).await.unwrap().revoked_at, Some(common::START));
    assert_eq!(home.count("audit_event").await, events, "nothing was changed");
    let nobody = ApiKeyId(home.services.new_id());
    assert_eq!(word(api_keys::revoke(&ctx, nobody).await), "not_found");
}

async fn a_key_revoked_elsewhere_is_refused_after_the_next_poll(home: &Home) {
    let ctx = home.admin().await;
    let made = api_keys::create(&ctx, new("production")).await.unwrap();
    let node = home.another_node().await;
    serving::poll(&node).await.unwrap();
    access::for_api_key(&node, &made.secret, "r".into()).await.unwrap();
    api_keys::revoke(&ctx, made.key.id).await.unwrap();
    assert_eq!(word(access::for_api_key(&node, &made.secret, "r".into()).await), "ok", "it has not heard of it yet");
    serving::poll(&node).await.unwrap();
    assert_eq!(word(access::for_api_key(&node, &made.secret, "r".into()).await), "unauthenticated");
}

async fn a_text_that_is_not_the_key_tells_nothing(home: &Home) {
    let ctx = home.admin().await;
    let made = api_keys::create(&ctx, new("production")).await.unwrap();
    let secret = made.secret.rsplit_once('_').unwrap().1;
    let (prefix, other) = (&made.key.prefix, if secret.starts_with('a') { "b" } else { "a" });
    let texts = [
        String::new(),
        "ppy_".into(),
        made.secret[..made.secret.len() - 1].into(),
        format!("{}x", made.secret),
        format!("{prefix}_{other}{}", &secret[1..]),
        format!("ppy_production_{}_{secret}", "0".repeat(12)),
        made.secret.replace("ppy_production", "ppy_staging"),
        made.secret.replace("ppy_production", "ppy_"),
        format!("{}\0", &made.secret[..made.secret.len() - 1]),
    ];
    let refused = problem(access::for_api_key(&home.services, "nonsense", "r".into()).await);
    assert_eq!((refused.kind, refused.message.as_str()), (Kind::Unauthenticated, "the API key is not valid"));
    api_keys::revoke(&ctx, made.key.id).await.unwrap();
    for text in texts {
        assert_eq!(problem(access::for_api_key(&home.services, &text, "r".into()).await), refused, "{text}");
    }
}

/// Waits for what a task beside the request writes.
async fn last_use(home: &Home, expected: i64) {
    let at = async || home.db().scalar::<Option<i64>>("select last_used_at from api_key", ()).await.unwrap();
    common::until(async || at().await == Some(expected)).await;
}

async fn the_last_use_is_noted_about_every_minute(home: &Home) {
    let key = api_keys::create(&home.admin().await, new("production")).await.unwrap().secret;
    let start = common::START.0;
    used(home, &key).await;
    last_use(home, start).await;
    home.clock.advance(MINUTE - 1);
    used(home, &key).await;
    home.clock.advance(1);
    used(home, &key).await;
    last_use(home, start + MINUTE).await;
    assert_eq!(home.db().scalar::<i64>("select revision from project", ()).await.unwrap(), 0, "no reason to forget");
}

async fn a_key_acts_in_its_own_project_and_environment(home: &Home) {
    let other = home.new_project("other").await;
    let (key, _) = home.key_in(&other, "development", &[Scope::PromptsRead]).await;
    assert_eq!((key.project, key.environment()), (other.project, "development"));
    assert_eq!((key.actor_name().as_str(), key.user_id()), ("development key", None));
    assert!(key.actor_text().starts_with("key:ppy_development_"));
    assert_eq!(key.api_key_id(), Some(api_keys::list(&other, &first(50)).await.unwrap().items[0].id));
    let refused = problem(api_keys::list(&key, &first(50)).await);
    assert_eq!(refused.message, "none of this key's scopes allows to manage keys");
}
