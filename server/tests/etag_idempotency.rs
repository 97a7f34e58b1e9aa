//! Conditional requests, repeated writes and paging.

use std::collections::BTreeSet;

use crate::common::answer::Answer;
use crate::common::requests::accepted;
use crate::common::written::written;
use crate::common::{self, By, Server};
use anyhow::{Context, Result, ensure};
use domain::api_key::Scope;
use domain::permission::Role;
use domain::project::DEFAULT;
use serde_json::{Value, json};
use server::api::permissions::ROUTES;

crate::on_both_engines!(
    a_fetch_is_not_sent_again_until_it_changes,
    a_batch_is_not_sent_again_until_it_changes,
    every_read_has_a_tag_and_is_not_sent_again,
    every_write_answers_with_the_tag_of_the_next_read,
    a_declared_parameter_that_nothing_uses_is_a_warning,
    a_write_on_an_older_state_is_refused,
    a_sample_set_that_was_changed_meanwhile_is_not_written_over,
    a_repeated_write_is_done_once,
    a_repeated_write_without_an_answer_body_is_done_once,
    a_write_under_way_and_another_body_are_refused,
    many_writes_at_once_with_one_key_are_done_once,
    a_refused_write_frees_its_key,
    keys_of_different_callers_do_not_meet,
    a_repeated_key_creation_never_shows_the_secret_again,
    links_walk_all_pages_without_gap_or_repeat,
    cursors_walk_all_pages_without_gap_or_repeat,
);

const TOPICS: &str = "/api/v1/admin/prompts";

async fn with(
    server: &Server,
    method: &str,
    path: &str,
    by: &By,
    header: (&str, &str),
    body: Option<Value>,
) -> Result<Answer> {
    let request = server.request(method, path, by)?.header(header.0, header.1);
    Answer::of(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn a_fetch_is_not_sent_again_until_it_changes(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let (_, service) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    let path = "/api/v1/prompts/core_values";
    let first = server.get(path, &service).await?.expect(200)?;
    let tag = first.header("etag").to_owned();
    ensure!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    assert_eq!((first.header("cache-control"), first.header("promptory-version")), ("private, no-cache", "1"));
    let plain = server.get(&format!("{path}?include_parameters=true"), &service).await?.expect(200)?;
    assert_ne!(plain.header("etag"), tag, "another answer under the same tag");
    for sent in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
        let again = with(server, "GET", path, &service, ("if-none-match", &sent), None).await?.expect(304)?;
        assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()), "{sent}");
    }
    let text = json!({ "content": "Another text for {{ user_name }}." });
    server.send("PUT", &format!("{TOPICS}/core_values/user"), &admin, Some(text)).await?.expect(200)?;
    let changed = with(server, "GET", path, &service, ("if-none-match", &tag), None).await?.expect(200)?;
    assert_ne!(changed.header("etag"), tag);
    crate::assert_answer!(changed, @r#"
    200
    {
      "data": {
        "topic_id": "core_values",
        "prompts": {
          "system": "You are an expert coach.",
          "user": "Another text for {{ user_name }}."
        }
      }
    }
    "#);
    Ok(())
}

async fn a_batch_is_not_sent_again_until_it_changes(server: &Server) -> Result<()> {
    server.template(DEFAULT, "one").await?;
    let (_, service) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    let (path, body) = ("/api/v1/prompts/batch", json!({ "topic_ids": ["one", "two"] }));
    let first = server.send("POST", path, &service, Some(body.clone())).await?.expect(200)?;
    let tag = first.header("etag").to_owned();
    let again = with(server, "POST", path, &service, ("if-none-match", &tag), Some(body.clone())).await?.expect(304)?;
    assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()));
    server.template(DEFAULT, "two").await?;
    let changed = with(server, "POST", path, &service, ("if-none-match", &tag), Some(body)).await?.expect(200)?;
    assert_eq!((first.at("/missing"), changed.at("/missing")), (json!(["two"]), json!(null)));
    Ok(())
}

async fn a_write_on_an_older_state_is_refused(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let path = format!("{TOPICS}/core_values/system");
    let read = server.get(&path, &admin).await?.expect(200)?;
    let tag = read.header("etag").to_owned();
    let text = |content: &str| Some(json!({ "content": content }));
    with(server, "PUT", &path, &admin, ("if-match", &tag), text("The first change.")).await?.expect(200)?;
    let lost = with(server, "PUT", &path, &admin, ("if-match", &tag), text("The lost update.")).await?;
    crate::assert_answer!(lost, @r#"
    412
    {
      "type": "about:blank",
      "title": "Precondition Failed",
      "status": 412,
      "detail": "somebody changed this meanwhile: it is at revision 6 now, not 4; load it again",
      "code": "stale",
      "request_id": "[id]"
    }
    "#);
    with(server, "PUT", &path, &admin, ("if-match", "*"), text("The last change.")).await?.expect(200)?;
    let records = "/api/v1/admin/prompts/templates/core_values";
    let tag = server.get(records, &admin).await?.expect(200)?.header("etag").to_owned();
    let changed = with(server, "PUT", records, &admin, ("if-match", &tag), Some(json!({ "category": "a" }))).await?;
    let next = changed.expect(200)?.header("etag").to_owned();
    assert_ne!(next, tag, "a write answers with the tag of what it made");
    with(server, "PUT", records, &admin, ("if-match", &next), Some(json!({ "category": "b" }))).await?.expect(200)?;
    with(server, "PUT", records, &admin, ("if-match", &tag), Some(json!({ "category": "c" }))).await?.expect(412)?;
    let now = server.get(records, &admin).await?.header("etag").to_owned();
    let either = format!("{tag}, {now}");
    with(server, "PUT", records, &admin, ("if-match", &either), Some(json!({ "category": "d" }))).await?.expect(200)?;
    Ok(())
}

async fn a_sample_set_that_was_changed_meanwhile_is_not_written_over(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let sets = "/api/v1/admin/prompts/templates/core_values/samples";
    let new = json!({ "name": "first", "variables": {} });
    let created = server.send("POST", sets, &admin, Some(new)).await?.expect(201)?.header("etag").to_owned();
    let path = format!("{sets}/first");
    let read = server.get(&path, &admin).await?.expect(200)?.header("etag").to_owned();
    assert_eq!(read, created);
    let by = |name: &str| Some(json!({ "variables": { "by": name } }));
    let changed = with(server, "PUT", &path, &admin, ("if-match", &read), by("one")).await?.expect(200)?;
    let lost = with(server, "PUT", &path, &admin, ("if-match", &read), by("other")).await?.expect(412)?;
    assert_eq!(lost.json()["code"], "stale");
    with(server, "DELETE", &path, &admin, ("if-match", &read), None).await?.expect(412)?;
    let now = server.get(&path, &admin).await?.expect(200)?;
    assert_eq!((now.header("etag"), &now.json()["variables"]["by"]), (changed.header("etag"), &json!("one")));
    with(server, "DELETE", &path, &admin, ("if-match", now.header("etag")), None).await?.expect(204)?;
    Ok(())
}

async fn every_read_has_a_tag_and_is_not_sent_again(server: &Server) -> Result<()> {
    let (user, admin) = server.person(DEFAULT, "admin@example.com", Role::SuperAdmin).await?;
    for (n, route) in ROUTES.iter().filter(|r| r.method == "GET").enumerate() {
        let request = accepted(server, &format!("GET {}", route.path), n, Some(user)).await?;
        let path = format!("/api/v1{}", request.path);
        let first = server.get(&path, &admin).await?.expect(200)?;
        let tag = first.header("etag").to_owned();
        ensure!(tag.starts_with('"'), "{path}: {tag:?}");
        assert_eq!(first.header("cache-control"), "private, no-cache", "{path}");
        let again = with(server, "GET", &path, &admin, ("if-none-match", &tag), None).await?.expect(304)?;
        assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()), "{path}");
        with(server, "GET", &path, &admin, ("if-none-match", "\"other\""), None).await?.expect(200)?;
    }
    Ok(())
}

async fn every_write_answers_with_the_tag_of_the_next_read(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let (record, prompt) = ("/api/v1/admin/prompts/templates/one", "/api/v1/admin/prompts/one/user");
    let label = json!({ "template": "one", "label": "staging", "version": 2 });
    let writes = [
        ("POST", TOPICS.to_owned(), topic("one")),
        ("POST", prompt.to_owned(), Some(json!({ "content": "First." }))),
        ("PUT", prompt.to_owned(), Some(json!({ "content": "Second." }))),
        ("PUT", format!("{TOPICS}/one"), Some(json!({ "topic_name": "New" }))),
        ("PUT", record.to_owned(), Some(json!({ "template_text": "Third.", "category": "c" }))),
        ("POST", format!("{record}/activate"), None),
        ("PUT", "/api/v1/admin/labels".to_owned(), Some(label)),
        ("DELETE", "/api/v1/admin/labels?template=one&label=staging".to_owned(), None),
        ("POST", format!("{record}/deactivate"), None),
        ("DELETE", prompt.to_owned(), None),
    ];
    let mut tag = String::from("*");
    for (method, path, body) in writes {
        let header = ("if-match", tag.as_str());
        let header = if path == TOPICS { ("x-none", "1") } else { header };
        let answer = with(server, method, &path, &admin, header, body).await?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text);
        let next = server.get(record, &admin).await?.expect(200)?;
        assert_eq!(answer.header("etag"), next.header("etag"), "{method} {path}");
        tag = next.header("etag").to_owned();
    }
    Ok(())
}

async fn a_declared_parameter_that_nothing_uses_is_a_warning(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let unused = json!([{ "name": "goal", "type": "string" }]);
    let record = json!({ "name": "one", "template_text": "Hello.", "parameters": unused });
    let made = server.send("POST", "/api/v1/admin/prompts/templates", &admin, Some(record)).await?.expect(201)?;
    assert_eq!(made.at("/warnings/0/field"), json!("parameters[0]"));
    let again = server.get("/api/v1/admin/prompts/templates/one", &admin).await?.expect(200)?;
    assert_eq!(again.at("/warnings"), json!(null), "it is said at the save");
    let mut body = topic("two").unwrap_or_default();
    body["allowed_parameters"] = unused;
    let made = server.send("POST", TOPICS, &admin, Some(body)).await?.expect(201)?;
    ensure!(made.header("promptory-warnings").contains("allowed_parameters[0]"), "{:?}", made.headers);
    let prompt = format!("{TOPICS}/two/user");
    let text = |content: &str| Some(json!({ "content": content }));
    let made = server.send("POST", &prompt, &admin, text("Hello.")).await?.expect(201)?;
    let warnings: Value = serde_json::from_str(made.header("promptory-warnings"))?;
    ensure!(warnings[0]["message"].as_str().is_some_and(|m| m.contains("goal")), "{warnings}");
    let used = server.send("PUT", &prompt, &admin, text("Hello, {{ goal }}.")).await?.expect(200)?;
    assert_eq!(used.header("promptory-warnings"), "");
    Ok(())
}

fn topic(key: &str) -> Option<Value> {
    Some(json!({ "topic_id": key, "topic_name": "A topic", "topic_type": "kpi_system" }))
}

async fn a_repeated_write_is_done_once(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let first = with(server, "POST", TOPICS, &admin, ("idempotency-key", "a-1"), topic("one")).await?.expect(201)?;
    let before = written(&server.services.db).await?;
    let again = with(server, "POST", TOPICS, &admin, ("idempotency-key", "a-1"), topic("one")).await?.expect(201)?;
    assert_eq!((&again.text, again.header("content-type")), (&first.text, "application/json"));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(
        (first.headers.get("idempotent-replayed"), again.headers.contains_key("idempotent-replayed")),
        (None, true)
    );
    assert_eq!(written(&server.services.db).await?, before);
    for bad in ["", "has space", &"x".repeat(256)] {
        let answer = with(server, "POST", TOPICS, &admin, ("idempotency-key", bad), topic("two")).await?;
        answer.check_problem(422)?;
    }
    with(server, "POST", TOPICS, &By::Nobody, ("idempotency-key", "a-1"), topic("one")).await?.check_problem(401)?;
    Ok(())
}

async fn a_repeated_write_without_an_answer_body_is_done_once(server: &Server) -> Result<()> {
    server.template(DEFAULT, "core_values").await?;
    let (_, service) = server.key(DEFAULT, &[Scope::PromptsRender]).await?;
    let path = format!("/api/v1/executions/{}/result", server.execution(DEFAULT, "core_values").await?);
    for _ in 0..2 {
        let body = Some(json!({ "latency_ms": 5 }));
        let answer = with(server, "POST", &path, &service, ("idempotency-key", "r-1"), body).await?.expect(204)?;
        assert_eq!(answer.text, "");
    }
    let render = json!({ "template_name": "core_values", "variables": { "user_name": "Ada" } });
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let header = ("idempotency-key", "r-2");
        let answer = with(server, "POST", "/api/v1/prompts/render", &service, header, Some(render.clone())).await?;
        ids.insert(answer.expect(200)?.text_at("/execution_id")?);
    }
    assert_eq!(ids.len(), 1, "a repeated render was recorded twice");
    Ok(())
}

async fn a_write_under_way_and_another_body_are_refused(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let header = ("idempotency-key", "a-2");
    with(server, "POST", TOPICS, &admin, header, topic("one")).await?.expect(201)?;
    let other = with(server, "POST", TOPICS, &admin, header, topic("two")).await?;
    crate::assert_answer!(other, @r#"
    422
    {
      "type": "about:blank",
      "title": "Unprocessable Entity",
      "status": 422,
      "detail": "this Idempotency-Key was used for another request; use a new one",
      "code": "idempotency_key_reused",
      "request_id": "[id]"
    }
    "#);
    let elsewhere = json!({ "key": "p", "name": "P" });
    with(server, "POST", "/api/v1/admin/projects", &admin, header, Some(elsewhere)).await?.check_problem(422)?;
    // As the first request leaves it until it is done.
    server.services.db.exec("update idempotency_key set status = null, body = null", ()).await?;
    let under_way = with(server, "POST", TOPICS, &admin, header, topic("one")).await?;
    crate::assert_answer!(under_way, @r#"
    409
    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "detail": "the first request with this Idempotency-Key is under way",
      "code": "in_progress",
      "request_id": "[id]"
    }
    "#);
    Ok(())
}

async fn many_writes_at_once_with_one_key_are_done_once(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let body = json!({ "email": "new@example.com", "name": "New", "role": "viewer", "password": common::PASSWORD });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request =
            server.request("POST", "/api/v1/admin/users", &admin)?.header("idempotency-key", "u-1").json(&body);
        running.spawn(Answer::of(request));
    }
    let mut statuses = Vec::new();
    while let Some(answer) = running.join_next().await {
        statuses.push(answer??.status);
    }
    ensure!(statuses.iter().all(|s| [201, 409].contains(s)) && statuses.contains(&201), "{statuses:?}");
    let list = server.get("/api/v1/admin/users", &admin).await?.expect(200)?;
    assert_eq!(list.text.matches("new@example.com").count(), 1);
    let events = server.get("/api/v1/admin/audit?action=user.create", &admin).await?.expect(200)?;
    assert_eq!(events.at("/items").as_array().map(Vec::len), Some(1));
    Ok(())
}

async fn a_refused_write_frees_its_key(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let header = ("idempotency-key", "a-3");
    with(server, "POST", TOPICS, &admin, header, topic("Not A Key")).await?.expect(422)?;
    with(server, "POST", TOPICS, &admin, header, topic("a_key")).await?.expect(201)?;
    Ok(())
}

async fn keys_of_different_callers_do_not_meet(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let (_, service) = server.key(DEFAULT, &[Scope::TemplatesWrite]).await?;
    server.project("second").await?;
    server.person("second", "admin@example.com", domain::permission::Role::SuperAdmin).await?;
    let header = ("idempotency-key", "a-4");
    with(server, "POST", TOPICS, &admin, header, topic("one")).await?.expect(201)?;
    with(server, "POST", TOPICS, &service, header, topic("two")).await?.expect(201)?;
    with(server, "POST", TOPICS, &admin.in_project("second"), header, topic("one")).await?.expect(201)?;
    Ok(())
}

async fn a_repeated_key_creation_never_shows_the_secret_again(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let (path, header) = ("/api/v1/admin/keys", ("idempotency-key", "k-1"));
    let body = json!({ "name": "agent", "environment": "production", "scopes": ["prompts:read"] });
    let first = with(server, "POST", path, &admin, header, Some(body.clone())).await?.expect(201)?;
    let secret = first.text_at("/secret")?;
    let again = with(server, "POST", path, &admin, header, Some(body)).await?;
    ensure!(!again.text.contains(&secret), "the secret was kept");
    crate::assert_answer!(again, @r#"
    409
    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "detail": "the API key was made by the first request; its secret was shown then and is stored nowhere",
      "code": "already_done",
      "request_id": "[id]"
    }
    "#);
    let list = server.get(path, &admin).await?.expect(200)?;
    assert_eq!(list.at("/items").as_array().map(Vec::len), Some(1));
    let secret = secret.rsplit('_').next().unwrap_or_default().to_owned();
    let kept: Vec<(Option<Vec<u8>>,)> = server.services.db.all("select body from idempotency_key", ()).await?;
    ensure!(
        kept.iter().flat_map(|(b,)| b).all(|b| !String::from_utf8_lossy(b).contains(&secret)),
        "the secret is stored"
    );
    Ok(())
}

/// The target of `rel="next"`.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
    rest.contains("rel=\"next\"").then(|| target.to_owned())
}

async fn links_walk_all_pages_without_gap_or_repeat(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for n in 0..23 {
        let kind = if n % 7 == 0 { "kpi_system" } else { "single_shot" };
        let (key, order) = (format!("t_{n}"), n % 4 - 1);
        let body = json!({ "topic_id": key, "topic_name": "T", "topic_type": kind, "display_order": order });
        server.send("POST", TOPICS, &admin, Some(body)).await?.expect(201)?;
    }
    for (query, wanted) in [("", 23), ("topic_type=single_shot&", 19)] {
        let whole = server.get(&format!("{TOPICS}?{query}limit=200"), &admin).await?.expect(200)?;
        ensure!(next(&whole).is_none(), "one page, and a link to the next");
        let ids = |answer: &Answer| -> Vec<String> {
            answer.at("/data").as_array().into_iter().flatten().map(|t| t["topic_id"].to_string()).collect()
        };
        let (mut walked, mut path) = (Vec::new(), Some(format!("{TOPICS}?{query}limit=3")));
        while let Some(at) = path {
            let page = server.get(&at, &admin).await?.expect(200)?;
            ensure!(ids(&page).len() <= 3 && walked.len() < 40, "{at}");
            walked.extend(ids(&page));
            path = next(&page);
        }
        assert_eq!((walked.len(), &walked), (wanted, &ids(&whole)), "{query}");
    }
    Ok(())
}

async fn cursors_walk_all_pages_without_gap_or_repeat(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for n in 0..9 {
        server.template(DEFAULT, &format!("t_{n}")).await?;
        server.execution(DEFAULT, "t_0").await?;
        let content = json!({ "content": format!("Text {n} for {{{{ user_name }}}}.") });
        server.send("PUT", &format!("{TOPICS}/t_0/user"), &admin, Some(content)).await?.expect(200)?;
        server.clock.advance(n % 3);
        server.person(DEFAULT, &format!("p{n}@example.com"), Role::Viewer).await?;
        server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    }
    for list in [
        "/admin/prompts/templates?sort=key",
        "/admin/prompts/templates?sort=name",
        "/admin/prompts/templates?sort=order",
        "/admin/prompts/templates?sort=updated",
        "/admin/prompts/templates/t_0/versions?",
        "/admin/labels?template=t_0",
        "/executions?template=t_0",
        "/admin/audit?action=label.",
        "/admin/users?",
        "/admin/keys?",
    ] {
        let whole = server.get(&format!("/api/v1{list}&limit=200"), &admin).await?.expect(200)?;
        let whole = whole.at("/items").as_array().cloned().context("items")?;
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1{list}&limit=2{cursor}");
            let page = server.get(&path, &admin).await?.expect(200)?;
            walked.extend(page.at("/items").as_array().cloned().context("items")?);
            ensure!(walked.len() <= whole.len(), "{list}: more rows than there are");
            let Some(next) = page.at("/next").as_str().map(str::to_owned) else { break };
            let encoded: String = next.bytes().map(|b| format!("%{b:02X}")).collect();
            cursor = format!("&cursor={encoded}");
        }
        ensure!(walked == whole && whole.len() >= 9, "{list}: {} of {} rows", walked.len(), whole.len());
    }
    Ok(())
}
