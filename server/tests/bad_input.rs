//! Bad input on every route: the right status, a problem document without internal text, and nothing written.

use crate::common::answer::Answer;
use crate::common::requests::{Accepted, accepted, routes};
use crate::common::written::{changed, written};
use crate::common::{By, Server};
use anyhow::{Context, Result, ensure};
use domain::api_key::Scope;
use domain::permission::Role;
use domain::project::DEFAULT;
use domain::time::MINUTE;
use serde_json::{Value, json};

mod rows;

use rows::{ROWS, Row};

crate::on_both_engines!(
    bodies_that_are_no_json_or_do_not_fit_are_refused,
    callers_without_the_right_credentials_are_refused,
    things_of_other_projects_do_not_exist,
    states_that_forbid_it_are_said,
    queries_that_do_not_fit_are_refused,
    hostile_values_break_nothing,
    what_no_route_knows_is_a_problem_document_too,
);

/// One request that must be refused.
struct Bad<'a> {
    server: &'a Server,
    row: &'a Row,
    case: &'a str,
    request: reqwest::RequestBuilder,
    status: u16,
}

impl Bad<'_> {
    /// Sends it; fails unless it is refused as it should be and leaves no trace.
    async fn check(self) -> Result<Answer> {
        let what = || format!("{}: {}", self.row.route, self.case);
        let before = written(&self.server.services.db).await?;
        let answer = Answer::of(self.request).await.with_context(what)?;
        answer.check_problem(self.status).with_context(what)?;
        let after = written(&self.server.services.db).await?;
        let changed = changed(&before, &after);
        ensure!(changed.is_empty(), "{}: something was written: {changed:?}", what());
        Ok(answer)
    }
}

/// The request that the row's route accepts, sent by a super admin.
struct Scene<'a> {
    server: &'a Server,
    row: &'a Row,
    admin: By,
    accepted: Accepted,
}

impl Scene<'_> {
    fn takes_if_match(&self) -> bool {
        let is_own = |r: &&server::api::permissions::Route| format!("{} {}", r.method, r.path) == self.row.route;
        server::api::permissions::ROUTES.iter().find(is_own).is_some_and(|r| r.takes_if_match)
    }

    fn request(&self, by: &By) -> Result<reqwest::RequestBuilder> {
        self.server.request(self.row.method(), &format!("/api/v1{}", self.accepted.path), by)
    }
    async fn refused(&self, case: &str, request: reqwest::RequestBuilder, status: u16) -> Result<Answer> {
        Bad { server: self.server, row: self.row, case, request, status }.check().await
    }
    /// The accepted body with one member more or other.
    fn body_with(&self, name: &str, value: Value) -> Value {
        let mut body = self.accepted.body.clone().unwrap_or_else(|| json!({}));
        body[name] = value;
        body
    }
}

/// Runs a check on every row, and says all that is wrong at once.
async fn on_every_row(server: &Server, check: impl AsyncFn(&Scene<'_>) -> Result<()>) -> Result<()> {
    let (user, admin) = server.person(DEFAULT, "admin@example.com", Role::SuperAdmin).await?;
    let mut wrong = Vec::new();
    for (n, row) in ROWS.iter().enumerate() {
        let accepted = accepted(server, row.route, n, Some(user)).await?;
        let scene = Scene { server, row, admin: admin.clone(), accepted };
        if let Err(error) = check(&scene).await {
            wrong.push(format!("{}: {error:#}", row.route));
        }
    }
    ensure!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn every_route_has_a_row() {
    let mut rows: Vec<&str> = ROWS.iter().map(|r| r.route).collect();
    rows.sort_unstable();
    assert_eq!(rows, routes(), "tests/bad_input/rows.rs and the OpenAPI document differ");
}

async fn bodies_that_are_no_json_or_do_not_fit_are_refused(server: &Server) -> Result<()> {
    on_every_row(server, async |scene| {
        if scene.accepted.body.is_none() {
            return Ok(());
        }
        let json = |text: &str| -> Result<reqwest::RequestBuilder> {
            Ok(scene.request(&scene.admin)?.header("content-type", "application/json").body(text.to_owned()))
        };
        let body = scene.accepted.body.clone().unwrap_or_default();
        let whole = body.to_string();
        let half = &whole[..whole.len() - 1];
        let twice = format!("{whole}{whole}");
        for (case, text) in [("half a body", half), ("no body", ""), ("two bodies", &twice)] {
            let answer = scene.refused(case, json(text)?, 400).await?;
            ensure!(answer.at("/code") == "not_json", "{case}: {}", answer.text);
        }
        let text = scene.request(&scene.admin)?.header("content-type", "text/plain").body(whole.clone());
        scene.refused("plain text", text, 400).await?;
        scene.refused("no content type", scene.request(&scene.admin)?.body(whole.clone()), 400).await?;
        let huge = scene.body_with("padding", "x".repeat(server::problem::MAX_BODY).into());
        scene.refused("oversize", scene.request(&scene.admin)?.json(&huge), 413).await?;
        let unknown = scene.body_with("no_such_field", json!(1));
        let answer = scene.refused("unknown field", scene.request(&scene.admin)?.json(&unknown), 422).await?;
        ensure!(answer.at("/errors/0").to_string().contains("no_such_field"), "{}", answer.text);
        let values: Vec<&Value> = body.as_object().into_iter().flat_map(|b| b.values()).collect();
        for list in [json!([]), json!(values), json!([body])] {
            let answer = scene.refused("a list", scene.request(&scene.admin)?.json(&list), 422).await?;
            ensure!(answer.at("/errors/0/field") == "body", "{}", answer.text);
        }
        for (name, value, field) in scene.row.wrong {
            let body = scene.body_with(name, serde_json::from_str(value)?);
            let case = format!("{name} = {value}");
            let answer = scene.refused(&case, scene.request(&scene.admin)?.json(&body), 422).await?;
            let named = answer.at("/errors").as_array().is_some_and(|e| e.iter().any(|e| e["field"] == *field));
            ensure!(named, "{case}: {field} is not named: {}", answer.text);
        }
        Ok(())
    })
    .await
}

async fn callers_without_the_right_credentials_are_refused(server: &Server) -> Result<()> {
    let (revoked_id, revoked) = server.key(DEFAULT, &Scope::ALL).await?;
    service::api_keys::revoke(&server.system(DEFAULT).await?, revoked_id).await?;
    let soon = server.services.now().plus(MINUTE);
    let (_, expired) = server.key_until(DEFAULT, &Scope::ALL, Some(soon)).await?;
    let (old, _) = server.person(DEFAULT, "old@example.com", Role::SuperAdmin).await?;
    let late = server.token(DEFAULT, old).await?;
    server.clock.advance(16 * MINUTE);
    let (_, idle) = server.key(DEFAULT, &[Scope::VersionsAny]).await?;
    let unknown = format!("ppy_production_{}_{}", "a".repeat(12), "b".repeat(43));
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwIn0.";
    let callers = [
        ("nobody", By::Nobody, 401),
        ("an unknown key", By::Key(unknown), 401),
        ("no key", By::Key("ppy_".into()), 401),
        ("a revoked key", revoked, 401),
        ("an expired key", expired, 401),
        ("a forged token", By::Token(forged.into(), DEFAULT.into()), 401),
        ("an expired token", late, 401),
        ("an unknown session", By::Cookie("promptory_session=AAAAAAAAAAAAAAAAAAAAAA".into()), 401),
        ("a key without the scope", idle, 403),
    ];
    on_every_row(server, async |scene| {
        if scene.row.is_public {
            return Ok(());
        }
        for (case, by, status) in &callers {
            let request = scene.request(by)?;
            let request = match &scene.accepted.body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = scene.refused(case, request, *status).await?;
            ensure!(*status != 401 || answer.header("www-authenticate") == "Bearer", "{case}: no WWW-Authenticate");
        }
        Ok(())
    })
    .await
}

async fn things_of_other_projects_do_not_exist(server: &Server) -> Result<()> {
    server.project("theirs").await?;
    let (them, _) = server.person("theirs", "them@example.com", Role::SuperAdmin).await?;
    server.template("theirs", "their_topic").await?;
    let execution = server.execution("theirs", "their_topic").await?;
    let (key, _) = server.key("theirs", &[Scope::PromptsRead]).await?;
    let By::Token(token, _) = server.token("theirs", them).await? else { return Ok(()) };
    let session = server.services.secrets.read_token(&token).map(|c| c.sid.to_string()).unwrap_or_default();
    let (user, key) = (them.to_string(), key.to_string());
    on_every_row(server, async |scene| {
        if scene.row.is_public || scene.row.in_no_project {
            return Ok(());
        }
        let body = scene.accepted.body.clone();
        let with_body = |request: reqwest::RequestBuilder, body: &Option<Value>| match body {
            Some(body) => request.json(body),
            None => request,
        };
        let request = with_body(scene.request(&scene.admin.in_project("theirs"))?, &body);
        let answer = scene.refused("in a project of others", request, 404).await?;
        ensure!(answer.text_at("/detail")?.contains("project"), "{}", answer.text);
        let Some(elsewhere) = scene.row.elsewhere else { return Ok(()) };
        let ids = [("{execution}", &execution), ("{key}", &key), ("{user}", &user), ("{session}", &session)];
        let path = ids.iter().fold(elsewhere.path.to_owned(), |path, (name, id)| path.replace(name, id));
        let body = elsewhere.body.map(serde_json::from_str::<Value>).transpose()?.or(body);
        let request = server.request(scene.row.method(), &format!("/api/v1{path}"), &scene.admin)?;
        scene.refused("a thing of others", with_body(request, &body), 404).await?;
        Ok(())
    })
    .await
}

async fn states_that_forbid_it_are_said(server: &Server) -> Result<()> {
    on_every_row(server, async |scene| {
        let with_body = |request: reqwest::RequestBuilder| match &scene.accepted.body {
            Some(body) => request.json(body),
            None => request,
        };
        let is_write = scene.row.method() != "GET";
        for tag in ["\"r999\"", "\"nonsense\"", "W/\"r1\""].into_iter().filter(|_| is_write) {
            let request = with_body(scene.request(&scene.admin)?).header("if-match", tag);
            let answer = scene.refused(&format!("If-Match {tag}"), request, 412).await?;
            let code = if scene.takes_if_match() { "stale" } else { "no_etag" };
            ensure!(answer.at("/code") == code, "{}", answer.text);
        }
        if let Some(broken) = scene.row.broken_template {
            let body: Value = serde_json::from_str(broken)?;
            let answer = scene.refused("a broken template", scene.request(&scene.admin)?.json(&body), 422).await?;
            let place = (answer.at("/errors/0/line"), answer.at("/errors/0/column"));
            ensure!(place == (json!(2), json!(4)), "line and column {place:?}: {}", answer.text);
            let field = answer.text_at("/errors/0/field")?;
            ensure!(field == "content" || field == "template_text", "{}", answer.text);
        }
        if scene.row.refuses_a_repeat {
            // The first of the two is fine.
            let first = Answer::of(with_body(scene.request(&scene.admin)?)).await?;
            ensure!((200..300).contains(&first.status), "{}", first.text);
            scene.refused("the same again", with_body(scene.request(&scene.admin)?), 409).await?;
        }
        Ok(())
    })
    .await
}

async fn queries_that_do_not_fit_are_refused(server: &Server) -> Result<()> {
    on_every_row(server, async |scene| {
        for query in scene.row.queries {
            let joint = if scene.accepted.path.contains('?') { '&' } else { '?' };
            let path = format!("/api/v1{}{joint}{query}", scene.accepted.path);
            let request = server.request(scene.row.method(), &path, &scene.admin)?;
            let answer = scene.refused(query, request, 422).await?;
            ensure!(!answer.text_at("/errors/0/message")?.is_empty(), "{}", answer.text);
        }
        Ok(())
    })
    .await
}

/// Values that have broken others: whatever the answer is, it is no failure of ours.
async fn hostile_values_break_nothing(server: &Server) -> Result<()> {
    let long = "x".repeat(70_000);
    let texts = ["a\0b", "\u{202e}\u{fffe}", "'; drop table template; --", "%", &long];
    on_every_row(server, async |scene| {
        let mut requests = Vec::new();
        for (name, _) in scene.accepted.body.iter().flat_map(|b| b.as_object()).flatten() {
            let others = [json!(null), json!(i64::MIN), json!(1e308), json!([[]]), json!({ "a": { "b": 0 } })];
            for value in texts.iter().map(|t| json!(t)).chain(others) {
                let shown: String = value.to_string().chars().take(40).collect();
                let body = scene.body_with(name, value);
                requests.push((format!("{name} = {shown}"), scene.request(&scene.admin)?.json(&body)));
            }
        }
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        let nested = scene.request(&scene.admin)?.header("content-type", "application/json").body(deep);
        if let Some(body) = scene.accepted.body.clone() {
            requests.push(("lists in lists".to_owned(), nested));
            requests.push(("null".to_owned(), scene.request(&scene.admin)?.json(&json!(null))));
            for name in body.as_object().into_iter().flat_map(serde_json::Map::keys) {
                let mut without = body.clone();
                without.as_object_mut().and_then(|members| members.remove(name));
                requests.push((format!("without {name}"), scene.request(&scene.admin)?.json(&without)));
            }
        }
        let path = &scene.accepted.path;
        let own: String = path.split(['/', '?', '=', '&']).find(|p| p.starts_with("own_")).unwrap_or("-").to_owned();
        for text in ["a%00b", "%2e%2e%2f", "%F0%9F%92%A9", "00000000-0000-0000-0000-000000000000"] {
            let joint = if path.contains('?') { '&' } else { '?' };
            let names =
                ["cursor", "search", "tag", "template", "label", "topic_type", "actor", "object", "agent", "reason"];
            let query: Vec<String> = names.iter().map(|name| format!("{name}={text}")).collect();
            for hostile in [path.replace(&own, text), format!("{path}{joint}{}", query.join("&"))] {
                let request = server.request(scene.row.method(), &format!("/api/v1{hostile}"), &scene.admin)?;
                let body = scene.accepted.body.clone();
                requests.push((hostile, if let Some(body) = body { request.json(&body) } else { request }));
            }
        }
        for (case, request) in requests {
            let answer = Answer::of(request).await?;
            let case = || format!("{case}: {} {}", answer.status, answer.text);
            ensure!(answer.status < 500, "{}", case());
            if answer.status >= 400 {
                answer.check_problem(answer.status).with_context(case)?;
            }
        }
        Ok(())
    })
    .await
}

async fn what_no_route_knows_is_a_problem_document_too(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for (method, path, status) in [
        ("GET", "/api/v1/no/such/route", 404),
        ("PATCH", "/api/v1/admin/prompts", 405),
        ("GET", "/api/v1/executions/not-a-uuid", 404),
        ("GET", "/api/v1/admin/prompts/templates/x/versions/many", 404),
        ("GET", "/api/v1/admin/prompts/%ff/system", 404),
        ("GET", "/api/v1/admin/prompts/core_values/shouting", 404),
        ("GET", "/no/such/page", 404),
    ] {
        let answer = server.send(method, path, &admin, None).await?;
        answer.check_problem(status).with_context(|| format!("{method} {path}"))?;
        // RFC 9110, section 15.5.6: a 405 says what is allowed.
        let allowed = if status == 405 { "GET,HEAD,POST" } else { "" };
        ensure!(answer.header("allow") == allowed, "{method} {path} allows {:?}", answer.header("allow"));
    }
    let answer = server.send("GET", "/api/v1/no/such/route", &By::Nobody, None).await?;
    crate::assert_answer!(answer, @r#"
        404
        {
          "type": "about:blank",
          "title": "Not Found",
          "status": 404,
          "detail": "there is no such route; see /api/docs",
          "code": "no_such_route",
          "request_id": "[id]"
        }
        "#);
    let request = server.request("GET", "/no/such/page", &By::Nobody)?.header("accept", "text/html,*/*");
    let page = Answer::of(request).await?.expect(404)?;
    ensure!(page.text.contains("Page not found") && page.text.contains("<html"), "{}", page.text);
    Ok(())
}
