//! People: the first one, log-ins, roles, projects.

use crate::common::written::{changed, written};
use crate::common::{self, Home, PASSWORD, at_once, fields, first, problem, redacted, scale, stories, word};
use domain::audit::AuditFilter;
use domain::error::Kind;
use domain::ids::{SessionId, UserId};
use domain::permission::Role;
use domain::project::NewProject;
use domain::user::{MemberPatch, NewUser};
use serde_json::json;
use service::access::{self, Login};
use service::clock::SeededRandom;
use service::crypto::Passwords;
use service::{Ctx, Services, audit, projects, sessions, setup, users};

stories!(
    a_set_up_link_makes_the_first_super_admin_once,
    the_first_super_admin_is_in_the_audit_log,
    a_set_up_link_is_good_for_an_hour,
    of_two_at_once_on_one_set_up_link_one_wins,
    a_new_set_up_link_ends_the_one_before,
    a_wrong_form_leaves_the_set_up_link_usable,
    a_log_in_needs_address_and_password,
    a_disabled_person_can_not_log_in_and_loses_their_sessions,
    disabled_in_one_project_one_stays_logged_in_to_another,
    a_password_is_changed_by_who_knows_it_and_ends_other_sessions,
    guessing_is_throttled_by_account_and_by_place,
    a_member_is_added_with_the_password_they_need,
    one_person_in_two_projects_keeps_one_account,
    roles_change_and_the_last_super_admin_stays,
    a_project_without_super_admins_lets_its_members_change,
    of_two_last_super_admins_who_remove_each_other_one_stays,
    changes_of_role_and_of_access_at_once_both_count,
    a_project_belongs_to_who_made_it,
    a_profile_names_role_and_projects,
);

pub(crate) fn ada() -> NewUser {
    NewUser { email: " Ada@Example.com ".into(), name: "Ada".into(), role: Role::Viewer, password: PASSWORD.into() }
}

async fn a_set_up_link_makes_the_first_super_admin_once(home: &Home) {
    let services = &home.services;
    assert!(setup::is_needed(services).await.unwrap());
    let link = setup::new_link(services).await.unwrap().unwrap();
    assert_eq!(link.len(), 43);
    setup::check_link(services, &link).await.unwrap();
    assert_eq!(word(setup::check_link(services, "another").await), "setup_link");
    assert_eq!(word(setup::complete(services, "another", ada()).await), "setup_link");
    let id = setup::complete(services, &link, ada()).await.unwrap();
    let again = problem(setup::complete(services, &link, NewUser { email: "b@example.com".into(), ..ada() }).await);
    assert_eq!((again.kind, again.code.as_str()), (Kind::NotFound, "setup_link"));
    assert_eq!(word(setup::check_link(services, &link).await), "setup_link");
    assert!(!setup::is_needed(services).await.unwrap());
    assert_eq!(setup::new_link(services).await.unwrap(), None);
    let members = users::list(&home.system().await, &first(50)).await.unwrap().items;
    assert_eq!((members.len(), members[0].id, members[0].role), (1, id, Role::SuperAdmin));
    assert_eq!(members[0].email, "ada@example.com");
}

async fn the_first_super_admin_is_in_the_audit_log(home: &Home) {
    let (services, system) = (&home.services, home.system().await);
    let link = setup::new_link(services).await.unwrap().unwrap();
    let before = written(home.db()).await.unwrap();
    let untold = home.without_events("user.create", setup::complete(services, &link, ada())).await;
    assert!(word(untold).starts_with("internal"));
    assert_eq!(changed(&before, &written(home.db()).await.unwrap()), Vec::<&str>::new());
    setup::complete(services, &link, ada()).await.unwrap();
    let events = audit::list(&system, &AuditFilter::default(), &first(5)).await.unwrap().items;
    let [made] = events.as_slice() else { panic!("{events:?}") };
    let said = (made.actor.as_str(), made.action.as_str(), made.object.as_str());
    assert_eq!(said, ("system:setup", "user.create", "user:ada@example.com"));
    assert_eq!((&made.before, &made.after), (&json!(null), &json!({ "role": "super_admin" })));
}

async fn a_set_up_link_is_good_for_an_hour(home: &Home) {
    let services = &home.services;
    let link = setup::new_link(services).await.unwrap().unwrap();
    home.clock.advance(setup::LINK_LIFE - 1);
    setup::check_link(services, &link).await.unwrap();
    home.clock.advance(1);
    assert_eq!(word(setup::check_link(services, &link).await), "setup_link");
    assert_eq!(word(setup::complete(services, &link, ada()).await), "setup_link");
    assert!(setup::is_needed(services).await.unwrap());
}

async fn of_two_at_once_on_one_set_up_link_one_wins(home: &Home) {
    let link = setup::new_link(&home.services).await.unwrap().unwrap();
    let words = at_once(2, |n| {
        let (services, link) = (home.services.clone(), link.clone());
        let new = NewUser { email: format!("person{n}@example.com"), ..ada() };
        async move { word(setup::complete(&services, &link, new).await) }
    })
    .await;
    assert!(words == ["ok", "setup_link"] || words == ["setup_link", "ok"], "{words:?}");
    assert_eq!(home.count("\"user\"").await, 1);
}

async fn a_new_set_up_link_ends_the_one_before(home: &Home) {
    let services = &home.services;
    let before = setup::new_link(services).await.unwrap().unwrap();
    let after = setup::new_link(services).await.unwrap().unwrap();
    assert_eq!(word(setup::complete(services, &before, ada()).await), "setup_link");
    assert_eq!(word(setup::complete(services, &after, ada()).await), "ok");
}

async fn a_wrong_form_leaves_the_set_up_link_usable(home: &Home) {
    let services = &home.services;
    let link = setup::new_link(services).await.unwrap().unwrap();
    let wrong = NewUser { email: "ada".into(), name: " ".into(), password: "short".into(), role: Role::Viewer };
    assert_eq!(fields(setup::complete(services, &link, wrong).await), ["email", "password", "name"]);
    for name in ["x".repeat(121), "a\0b".into()] {
        assert_eq!(fields(setup::complete(services, &link, NewUser { name, ..ada() }).await), ["name"]);
    }
    assert_eq!(word(setup::complete(services, &link, ada()).await), "ok");
}

/// This runtime has one thread: a hash that was made on it would let nothing else run.
#[tokio::test(flavor = "current_thread")]
async fn passwords_are_hashed_beside_the_async_threads() {
    let (passwords, mut ticks) = (Passwords::new(&SeededRandom::new(common::seed())).unwrap(), 0);
    let two = async { tokio::join!(passwords.hash(PASSWORD, [1; 16]), passwords.hash(PASSWORD, [2; 16])) };
    let ticker = async {
        loop {
            ticks += 1;
            tokio::task::yield_now().await;
        }
    };
    let (one, other) = tokio::select! {
        biased;
        hashes = two => hashes,
        () = ticker => unreachable!("the ticker has no end"),
    };
    assert_ne!(one.unwrap(), other.unwrap());
    assert!(ticks > 0, "nothing ran while the two were hashed");
}

async fn log_in(services: &std::sync::Arc<Services>, email: &str, password: &str, from: &str) -> String {
    word(users::log_in(services, email, password, from).await)
}

async fn a_log_in_needs_address_and_password(home: &Home) {
    let services = &home.services;
    let ctx = home.engineer().await;
    assert_eq!(users::log_in(services, " Prompt_Engineer@example.com ", PASSWORD, "ip").await.ok(), ctx.user_id());
    let wrong = problem(users::log_in(services, "prompt_engineer@example.com", "a wrong pass phrase", "ip").await);
    let unknown = problem(users::log_in(services, "nobody@example.com", PASSWORD, "ip").await);
    assert_eq!(wrong, unknown, "the answer must not tell who has an account");
    assert_eq!(wrong.kind, Kind::Unauthenticated);
    let long = "x".repeat(100_000);
    assert_eq!(log_in(services, "prompt_engineer@example.com", &long, "ip").await, "unauthenticated");
    let member = &users::list(&home.system().await, &first(50)).await.unwrap().items[0];
    assert_eq!(member.last_login_at, Some(common::START));
}

async fn a_disabled_person_can_not_log_in_and_loses_their_sessions(home: &Home) {
    let (services, admin, ctx) = (&home.services, home.admin().await, home.engineer().await);
    let user = ctx.user_id().unwrap();
    let (token, _) = sessions::issue_token(services, user, "test").await.unwrap();
    let login = access::login_of_token(services, &token).await.unwrap();
    let disabled = MemberPatch { is_disabled: Some(true), role: None };
    assert!(users::update(&admin, user, disabled).await.unwrap().is_disabled);
    assert_eq!(log_in(services, "prompt_engineer@example.com", PASSWORD, "ip").await, "unauthenticated");
    assert_eq!(word(access::login_of_token(services, &token).await), "unauthenticated");
    assert_eq!(word(access::for_login(services, login, "default", "r".into()).await), "not_found");
    let enabled = MemberPatch { is_disabled: Some(false), role: None };
    users::update(&admin, user, enabled).await.unwrap();
    assert_eq!(log_in(services, "prompt_engineer@example.com", PASSWORD, "ip").await, "ok");
}

async fn guessing_is_throttled_by_account_and_by_place(home: &Home) {
    let services = &home.services;
    home.engineer().await;
    let email = "prompt_engineer@example.com";
    for n in 0..8 {
        assert_eq!(log_in(services, email, "guess after guess", &format!("ip{n}")).await, "unauthenticated");
    }
    let refused = problem(users::log_in(services, email, PASSWORD, "yet another").await);
    assert_eq!((refused.kind, refused.retry_after), (Kind::RateLimited, Some(15)));
    home.clock.advance(15_000);
    assert_eq!(log_in(services, email, PASSWORD, "yet another").await, "ok");
    for n in 0..8 {
        assert_eq!(log_in(services, &format!("nobody{n}@example.com"), "guess", "ip").await, "unauthenticated");
    }
    assert_eq!(log_in(services, email, PASSWORD, "ip").await, "too_many_attempts");
    home.clock.advance(15_000);
    assert_eq!(log_in(services, email, PASSWORD, "elsewhere").await, "ok", "only failures are counted");
}

async fn a_member_is_added_with_the_password_they_need(home: &Home) {
    let admin = home.admin().await;
    let wrong = NewUser { email: "x".into(), name: String::new(), password: "short".into(), role: Role::Viewer };
    assert_eq!(fields(users::create(&admin, wrong).await), ["email", "name", "password"]);
    assert_eq!(fields(users::create(&admin, NewUser { name: "a\0b".into(), ..ada() }).await), ["name"]);
    let member = users::create(&admin, ada()).await.unwrap();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&member), @r#"
        {
          "created_at": "2027-01-15T08:00:00Z",
          "email": "ada@example.com",
          "id": "[id]",
          "is_disabled": false,
          "last_login_at": null,
          "name": "Ada",
          "role": "viewer"
        }
        "#);
    }
    let twice = problem(users::create(&admin, ada()).await);
    assert_eq!((twice.kind, twice.code.as_str()), (Kind::Conflict, "already_member"));
    let hash: String =
        home.db().scalar("select password_hash from \"user\" where id = $1", (member.id.0,)).await.unwrap();
    assert!(hash.starts_with("$argon2id$") && !hash.contains(PASSWORD));
    let words = at_once(4, |_| {
        let admin = admin.clone();
        async move { word(users::create(&admin, NewUser { email: "new@example.com".into(), ..ada() }).await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
    assert!(words.iter().all(|w| ["ok", "user_exists", "already_member"].contains(&w.as_str())), "{words:?}");
}

async fn one_person_in_two_projects_keeps_one_account(home: &Home) {
    let (admin, other) = (home.admin().await, home.new_project("other").await);
    let member = users::create(&admin, ada()).await.unwrap();
    let same = NewUser { name: "Somebody else".into(), password: String::new(), role: Role::Analyst, ..ada() };
    let there = users::create(&other, same).await.unwrap();
    assert_eq!((there.id, there.name.as_str(), there.role), (member.id, "Ada", Role::Analyst));
    assert_eq!(home.count("\"user\"").await, 2);
    let login = Login { user: member.id, session: SessionId(home.services.new_id()) };
    for (project, role) in [("default", "viewer"), ("other", "analyst")] {
        let ctx = access::for_login(&home.services, login, project, "r".into()).await.unwrap();
        let service::Actor::User { role: found, .. } = ctx.actor else { panic!("not a person") };
        assert_eq!(found.name(), role);
    }
    assert_eq!(word(access::for_login(&home.services, login, "none", "r".into()).await), "not_found");
    let list = projects::list_of(&home.services, login).await.unwrap();
    assert_eq!(list.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["default", "other"]);
}

async fn disabled_in_one_project_one_stays_logged_in_to_another(home: &Home) {
    let (admin, engineer) = (home.admin().await, home.engineer().await);
    let user = engineer.user_id().unwrap();
    let other = home.new_project("other").await;
    let email = "prompt_engineer@example.com".to_owned();
    let again = NewUser { email, name: "E".into(), role: Role::Viewer, password: PASSWORD.into() };
    users::create(&other, again).await.unwrap();
    let (token, _) = sessions::issue_token(&home.services, user, "test").await.unwrap();
    users::update(&admin, user, MemberPatch { is_disabled: Some(true), role: None }).await.unwrap();
    let login = access::login_of_token(&home.services, &token).await.unwrap();
    let into = async |project| word(access::for_login(&home.services, login, project, "r".into()).await);
    assert_eq!((into("default").await.as_str(), into("other").await.as_str()), ("not_found", "ok"));
}

async fn a_password_is_changed_by_who_knows_it_and_ends_other_sessions(home: &Home) {
    let (services, ctx) = (&home.services, home.engineer().await);
    let (email, user) = ("prompt_engineer@example.com", ctx.user_id().unwrap());
    let new = "an even longer pass phrase";
    let (other, _) = sessions::issue_token(services, user, "elsewhere").await.unwrap();
    assert_eq!(fields(users::change_password(&ctx, PASSWORD, "short").await), ["new_password"]);
    assert_eq!(fields(users::change_password(&ctx, "not my password", new).await), ["current_password"]);
    assert!(access::login_of_token(services, &other).await.is_ok());
    users::change_password(&ctx, PASSWORD, new).await.unwrap();
    assert_eq!(word(access::login_of_token(services, &other).await), "unauthenticated");
    assert_eq!(sessions::list(&ctx).await.unwrap().len(), 1, "the session at hand goes on");
    assert_eq!(log_in(services, email, PASSWORD, "ip").await, "unauthenticated");
    assert_eq!(log_in(services, email, new, "ip").await, "ok");
    // The first wrong one counts too.
    for _ in 0..7 {
        assert_eq!(fields(users::change_password(&ctx, "a guess of many", new).await), ["current_password"]);
    }
    assert_eq!(word(users::change_password(&ctx, new, PASSWORD).await), "too_many_attempts");
    let system = home.system().await;
    users::reset_password(&system, " Prompt_Engineer@example.com", PASSWORD).await.unwrap();
    assert_eq!(log_in(services, email, PASSWORD, "ip").await, "ok");
    assert_eq!(sessions::list(&ctx).await.unwrap().len(), 0);
    assert_eq!(word(users::reset_password(&system, "nobody@example.com", PASSWORD).await), "not_found");
}

fn role(role: Role) -> MemberPatch {
    MemberPatch { role: Some(role), is_disabled: None }
}

async fn roles_change_and_the_last_super_admin_stays(home: &Home) {
    let (admin, engineer) = (home.admin().await, home.engineer().await);
    let id = admin.user_id().unwrap();
    for patch in [role(Role::Viewer), MemberPatch { role: None, is_disabled: Some(true) }] {
        let refused = problem(users::update(&admin, id, patch).await);
        assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "last_super_admin"));
    }
    let raised = users::update(&admin, engineer.user_id().unwrap(), role(Role::SuperAdmin)).await.unwrap();
    assert_eq!(raised.role, Role::SuperAdmin);
    assert_eq!(users::update(&admin, id, role(Role::Viewer)).await.unwrap().role, Role::Viewer);
    let nobody = UserId(home.services.new_id());
    assert_eq!(word(users::update(&home.system().await, nobody, role(Role::Viewer)).await), "not_found");
    let members = users::list(&home.system().await, &first(50)).await.unwrap().items;
    let roles: Vec<_> = members.iter().map(|m| (m.email.as_str(), m.role.name())).collect();
    assert_eq!(roles, [("prompt_engineer@example.com", "super_admin"), ("super_admin@example.com", "viewer")]);
}

/// A project that the command line made has no members: whoever joins can be changed all the same.
async fn a_project_without_super_admins_lets_its_members_change(home: &Home) {
    let system = home.new_project("other").await;
    let viewer = home.join(&system, "viewer@example.com", Role::Viewer).await;
    let id = viewer.user_id().unwrap();
    assert_eq!(users::update(&system, id, role(Role::Analyst)).await.unwrap().role, Role::Analyst);
    let off = MemberPatch { role: None, is_disabled: Some(true) };
    assert!(users::update(&system, id, off).await.unwrap().is_disabled);
}

async fn of_two_last_super_admins_who_remove_each_other_one_stays(home: &Home) {
    let a = home.admin().await;
    let b = home.join(&a, "b@example.com", Role::SuperAdmin).await;
    let system = home.system().await;
    for _ in 0..5 * scale() {
        let people = [a.clone(), b.clone()];
        let words = at_once(2, |n| {
            let (by, whom) = (people[n].clone(), people[1 - n].user_id().unwrap());
            async move { word(users::update(&by, whom, role(Role::Viewer)).await) }
        })
        .await;
        assert!(words == ["ok", "last_super_admin"] || words == ["last_super_admin", "ok"], "{words:?}");
        for person in &people {
            users::update(&system, person.user_id().unwrap(), role(Role::SuperAdmin)).await.unwrap();
        }
    }
}

/// A change of one field must not write back what it read of the other before somebody changed that.
async fn changes_of_role_and_of_access_at_once_both_count(home: &Home) {
    let (admin, engineer) = (home.admin().await, home.engineer().await);
    let user = engineer.user_id().unwrap();
    for round in 0..10 * scale() {
        let (new, disabled) = if round % 2 == 0 { (Role::Analyst, true) } else { (Role::Viewer, false) };
        let patches = [role(new), MemberPatch { role: None, is_disabled: Some(disabled) }];
        at_once(2, |n| {
            let (admin, patch) = (admin.clone(), patches[n].clone());
            async move { users::update(&admin, user, patch).await.unwrap() }
        })
        .await;
        let members = users::list(&admin, &first(50)).await.unwrap().items;
        let member = members.iter().find(|m| m.id == user).unwrap();
        assert_eq!((member.role, member.is_disabled), (new, disabled), "round {round}");
    }
}

async fn a_project_belongs_to_who_made_it(home: &Home) {
    let admin = home.admin().await;
    let new = |key: &str, name: &str| NewProject { key: key.into(), name: name.into() };
    for (key, name, wrong) in [("", "x", "key"), ("Big", "x", "key"), ("ok", " ", "name"), ("ok", "a\0b", "name")] {
        assert_eq!(fields(projects::create(&admin, new(key, name)).await), [wrong], "{key:?} {name:?}");
    }
    let made = projects::create(&admin, new("shop", " Shop ")).await.unwrap();
    assert_eq!((made.name.as_str(), made.role), ("Shop", Role::SuperAdmin));
    assert_eq!(word(projects::create(&admin, new("shop", "Again")).await), "key_taken");
    let keys = |list: Vec<domain::project::Project>| list.into_iter().map(|p| p.key).collect::<Vec<_>>();
    let login = |ctx: &Ctx| Login { user: ctx.user_id().unwrap(), session: SessionId(uuid::Uuid::nil()) };
    assert_eq!(keys(projects::list_of(&home.services, login(&admin)).await.unwrap()), ["default", "shop"]);
    assert_eq!(keys(projects::list_all(&home.system().await).await.unwrap()), ["default", "shop"]);
    let engineer = home.engineer().await;
    assert_eq!(keys(projects::list_of(&home.services, login(&engineer)).await.unwrap()), ["default"]);
    let (key, _) = home.key("production", &[domain::api_key::Scope::TemplatesRead]).await;
    assert_eq!(keys(projects::list_of_key(&key).await.unwrap()), ["default"]);
    assert_eq!(projects::find_id(&home.services, "shop").await.unwrap(), Some(made.id));
    assert_eq!(projects::find_id(&home.services, "none").await.unwrap(), None);
}

async fn a_profile_names_role_and_projects(home: &Home) {
    let analyst = home.person(Role::Analyst).await;
    let profile = users::current(&analyst, "default".into()).await.unwrap();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&profile), @r#"
        {
          "email": "analyst@example.com",
          "id": "[id]",
          "name": "Analyst",
          "project": "default",
          "projects": [
            {
              "created_at": "1970-01-01T00:00:00Z",
              "id": "[id]",
              "key": "default",
              "name": "Default",
              "role": "analyst"
            }
          ],
          "role": "analyst"
        }
        "#);
    }
    assert_eq!(word(users::current(&home.system().await, "default".into()).await), "forbidden");
}
