//! Every route and every server function: who may call it, and the audit event it leaves.

mod common;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use common::requests::{accepted, routes};
use common::{By, PASSWORD, Server, on_both_engines};
use domain::api_key::Scope;
use domain::ids::UserId;
use domain::permission::{Permission, Role, allows};
use domain::project::DEFAULT;
use server::api::permissions::{Access, Audit, EXEMPTIONS, FUNCTIONS, ROUTES, Route};

on_both_engines!(
    each_route_lets_in_exactly_whom_the_table_names_and_leaves_its_audit_event,
    production_is_moved_only_by_who_may_publish,
    each_server_function_stops_nobody_and_strangers,
);

/// Somebody who may call a route.
struct Caller {
    name: String,
    by: By,
    user: Option<UserId>,
    permissions: Vec<Permission>,
}

impl Caller {
    fn may(&self, access: Access) -> bool {
        match access {
            Access::Public => true,
            Access::OwnSessions => self.user.is_some(),
            Access::Needs(all) => all.iter().all(|p| self.permissions.contains(p)),
        }
    }
    /// The status of a refusal.
    fn refusal(&self) -> u16 {
        if matches!(self.by, By::Nobody) { 401 } else { 403 }
    }
}

/// Each role, a key with each single scope, and nobody.
async fn callers(server: &Server) -> Result<Vec<Caller>> {
    let mut callers = vec![Caller { name: "nobody".into(), by: By::Nobody, user: None, permissions: Vec::new() }];
    for role in Role::ALL {
        let (user, by) = server.person(DEFAULT, &format!("{}@example.com", role.name()), role).await?;
        let permissions = Permission::ALL.into_iter().filter(|p| allows(role, *p)).collect();
        callers.push(Caller { name: role.name().into(), by, user: Some(user), permissions });
    }
    for scope in Scope::ALL {
        let (_, by) = server.key(DEFAULT, &[scope]).await?;
        let permissions = scope.permissions().to_vec();
        callers.push(Caller { name: format!("key with {}", scope.name()), by, user: None, permissions });
    }
    Ok(callers)
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let mut rows: Vec<String> = ROUTES.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    rows.sort();
    assert_eq!(rows, routes(), "server/src/api/permissions.rs and the OpenAPI document differ");
}

#[test]
fn every_exemption_from_the_audit_log_has_a_reason_and_no_changing_route_is_a_read() {
    let audits = ROUTES.iter().map(|r| r.audit).chain(FUNCTIONS.iter().map(|f| f.audit));
    for audit in audits {
        let Audit::Exempt(exemption) = audit else { continue };
        assert!(EXEMPTIONS.iter().any(|(e, why)| *e == exemption && !why.is_empty()), "{exemption:?}");
    }
    for route in ROUTES {
        let is_read = route.audit == Audit::Exempt(server::api::permissions::Exemption::Reads);
        let reads = route.method == "GET" || route.path == "/prompts/batch";
        assert_eq!(is_read, reads, "{} {}", route.method, route.path);
    }
}

async fn each_route_lets_in_exactly_whom_the_table_names_and_leaves_its_audit_event(server: &Server) -> Result<()> {
    let callers = callers(server).await?;
    let mut wrong = Vec::new();
    for (i, route) in ROUTES.iter().enumerate() {
        for (j, caller) in callers.iter().enumerate() {
            let n = i * callers.len() + j;
            if let Err(error) = check(server, route, caller, n).await {
                wrong.push(format!("{} {} by {}: {error:#}", route.method, route.path, caller.name));
            }
        }
    }
    ensure!(wrong.is_empty(), "{} of the table's cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

async fn check(server: &Server, route: &Route, caller: &Caller, n: usize) -> Result<()> {
    let request = accepted(server, &format!("{} {}", route.method, route.path), n, caller.user).await?;
    let before = events(server).await?;
    let path = format!("/api/v1{}", request.path);
    let answer = server.send(route.method, &path, &caller.by, request.body).await?;
    let after = events(server).await?;
    if !caller.may(route.access) {
        answer.check_problem(caller.refusal())?;
        ensure!(before == after, "a refusal left an audit event");
        return Ok(());
    }
    ensure!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text);
    let added = |action: &str| after.get(action).unwrap_or(&0) - before.get(action).unwrap_or(&0);
    match route.audit {
        Audit::Exempt(_) => ensure!(before == after, "an audit event although it is exempt: {after:?}"),
        Audit::Writes(action) => ensure!(added(action) == 1, "{} events of {action}: {after:?}", added(action)),
    }
    Ok(())
}

/// Audit events by action.
async fn events(server: &Server) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> =
        server.services.db.all("select action, count(*) from audit_event group by action", ()).await?;
    Ok(rows.into_iter().collect())
}

async fn production_is_moved_only_by_who_may_publish(server: &Server) -> Result<()> {
    let mut n = 10_000;
    for caller in callers(server).await? {
        for (method, route) in [("PUT", "PUT /admin/labels"), ("DELETE", "DELETE /admin/labels")] {
            n += 1;
            let mut request = accepted(server, route, n, caller.user).await?;
            request.path = request.path.replace("staging", "production");
            request.body.iter_mut().for_each(|body| body["label"] = "production".into());
            let path = format!("/api/v1{}", request.path);
            let answer = server.send(method, &path, &caller.by, request.body).await?;
            let expected = if caller.permissions.contains(&Permission::MoveProduction) { 200 } else { caller.refusal() };
            ensure!(answer.status == expected, "{route} by {}: {} {}", caller.name, answer.status, answer.text);
        }
    }
    Ok(())
}

/// Arguments that each server function can read, with `PROJECT` for the project's key.
const ARGUMENTS: [(&str, &str); 1] = [("load_me", "project=PROJECT")];

/// The server functions that are there: name, path and method.
fn functions() -> Vec<(String, String, String)> {
    let paths = leptos::server_fn::axum::server_fn_paths();
    let parts = paths.map(|(path, method)| {
        let name = path.trim_start_matches("/api/fn/").trim_end_matches(|c: char| c.is_ascii_digit());
        (name.to_owned(), path.to_owned(), method.to_string())
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}

#[test]
fn every_server_function_has_a_row_and_every_row_a_function() {
    let mut rows: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
    rows.sort_unstable();
    let found = functions();
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(rows, names, "server/src/api/permissions.rs and the app's server functions differ");
    for (name, path, method) in &found {
        assert!(path.starts_with("/api/fn/"), "{path}: give it `prefix = \"/api/fn\"`");
        let changes = FUNCTIONS.iter().any(|f| f.name == name && matches!(f.audit, Audit::Writes(_)));
        assert!(!changes || method != "GET", "{name} changes something, so it must not be a GET");
    }
}

async fn each_server_function_stops_nobody_and_strangers(server: &Server) -> Result<()> {
    server.project("theirs").await?;
    server.person(DEFAULT, "member@example.com", Role::SuperAdmin).await?;
    let cookie = log_in(server, "member@example.com").await?;
    let mut wrong = Vec::new();
    for (name, path, method) in functions() {
        let row = FUNCTIONS.iter().find(|f| f.name == name).with_context(|| format!("{name} has no row"))?;
        let arguments = ARGUMENTS.iter().find(|(n, _)| *n == name);
        let (_, arguments) = arguments.with_context(|| format!("{name} has no arguments here"))?;
        if row.access == Access::Public {
            continue;
        }
        let nobody = call(server, &method, &path, &arguments.replace("PROJECT", DEFAULT), None).await?;
        let stranger = call(server, &method, &path, &arguments.replace("PROJECT", "theirs"), Some(&cookie)).await?;
        if (nobody, stranger) != (401, 404) {
            wrong.push(format!("{name}: nobody {nobody}, stranger {stranger}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

async fn log_in(server: &Server, email: &str) -> Result<String> {
    let form = [("email", email), ("password", PASSWORD), ("next", "/")];
    let request = server.request("POST", "/login", &By::Nobody)?.header("sec-fetch-site", "same-origin").form(&form);
    common::answer::Answer::of(request).await?.expect(303)?.cookie()
}

async fn call(server: &Server, method: &str, path: &str, arguments: &str, cookie: Option<&str>) -> Result<u16> {
    let by = cookie.map_or(By::Nobody, |cookie| By::Cookie(cookie.to_owned()));
    let request = if method == "GET" {
        server.request(method, &format!("{path}?{arguments}"), &by)?
    } else {
        let kind = "application/x-www-form-urlencoded";
        server.request(method, path, &by)?.header("content-type", kind).body(arguments.to_owned())
    };
    let request = if cookie.is_none() { request.header("sec-fetch-site", "same-origin") } else { request };
    Ok(common::answer::Answer::of(request).await?.status)
}
