//! Every route: who may call it, and the audit event it leaves. The server functions are in `functions.rs`.

use crate::common::Server;
use crate::common::callers::{Caller, callers, events};
use crate::common::requests::{accepted, routes};
use anyhow::{Result, ensure};
use domain::permission::Permission;
use server::api::permissions::{Audit, EXEMPTIONS, FUNCTIONS, ROUTES, Route};

crate::on_both_engines!(
    each_route_lets_in_exactly_whom_the_table_names_and_leaves_its_audit_event,
    production_is_moved_only_by_who_may_publish,
);

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
            let expected =
                if caller.permissions.contains(&Permission::MoveProduction) { 200 } else { caller.refusal() };
            ensure!(answer.status == expected, "{route} by {}: {} {}", caller.name, answer.status, answer.text);
        }
    }
    Ok(())
}
