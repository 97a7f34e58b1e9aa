//! For each route a request that it accepts.

use anyhow::{Result, bail};
use domain::api_key::Scope;
use domain::change::{LabelTo, NewChange, NewComment};
use domain::ids::UserId;
use domain::permission::Role;
use domain::policy::Policy;
use domain::project::DEFAULT;
use domain::time::HOUR;
use serde_json::{Value, json};

use super::{By, PASSWORD, Server};

/// A path under `/api/v1` and a body.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub path: String,
    pub body: Option<Value>,
}

/// Every route of the OpenAPI document, as `PUT /admin/prompts/{topic_id}`.
pub fn routes() -> Vec<String> {
    let document = serde_json::to_value(server::api::openapi()).unwrap_or_default();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        let methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
        let own = item.as_object().into_iter().flatten().map(|(method, _)| method);
        routes.extend(own.filter(|m| methods.contains(&m.as_str())).map(|m| format!("{} {path}", m.to_uppercase())));
    }
    routes.sort();
    routes
}

/// A request that the route accepts, with things of its own in `default` behind it; `n` makes their names differ.
/// `user` is the person who will send it, where that matters.
pub async fn accepted(server: &Server, route: &str, n: usize, user: Option<UserId>) -> Result<Accepted> {
    let key = format!("own_{n}");
    let (method, path) = route.split_once(' ').unwrap_or_default();
    if path.contains("{topic_id}") || path.contains("/templates/{id}") || path.starts_with("/admin/labels") {
        server.template(DEFAULT, &key).await?;
    }
    if path.contains("/samples/{name}") {
        let new = domain::sample::NewSample { name: "first".into(), ..Default::default() };
        service::samples::create(&server.system(DEFAULT).await?, &key, new).await?;
    }
    let filled = path
        .replace("{topic_id}", &key)
        .replace("/templates/{id}", &format!("/templates/{key}"))
        .replace("{prompt_type}", if method == "POST" { "assistant" } else { "user" })
        .replace("{number}", "1")
        .replace("{name}", "first");
    let (path, body) = match (method, path) {
        ("POST", "/auth/token") => {
            let email = format!("{key}@example.com");
            server.person(DEFAULT, &email, Role::Viewer).await?;
            (filled, Some(json!({ "email": email, "password": PASSWORD })))
        }
        ("POST", "/admin/prompts") => {
            (filled, Some(json!({ "topic_id": key, "topic_name": "New", "topic_type": "kpi_system" })))
        }
        ("PUT", "/admin/prompts/{topic_id}") => (filled, Some(json!({ "topic_name": "Changed" }))),
        ("POST" | "PUT", "/admin/prompts/{topic_id}/{prompt_type}") => {
            (filled, Some(json!({ "content": "Help {{ user_name }} now." })))
        }
        ("POST", "/prompts/batch") => {
            server.template(DEFAULT, &key).await?;
            (filled, Some(json!({ "topic_ids": [key] })))
        }
        ("POST", "/prompts/render") => {
            server.template(DEFAULT, &key).await?;
            (filled, Some(json!({ "template_name": key, "variables": { "user_name": "Ada" } })))
        }
        (_, "/executions/{id}" | "/executions/{id}/result") => {
            server.template(DEFAULT, &key).await?;
            let path = path.replace("{id}", &server.execution(DEFAULT, &key).await?);
            (path, (method == "POST").then(|| json!({ "latency_ms": 12, "output_tokens": 3 })))
        }
        ("POST", "/admin/prompts/templates" | "/prompts/templates") => {
            (filled, Some(json!({ "name": key, "template_text": "Hello {{ name }}", "variables": ["name"] })))
        }
        ("POST", "/admin/prompts/templates/bulk") => {
            server.template(DEFAULT, &key).await?;
            (filled, Some(json!({ "keys": [key], "action": "add_tags", "tags": ["some"] })))
        }
        ("GET", "/admin/prompts/search") => (format!("{path}?q=expert"), None),
        ("PUT", "/admin/prompts/templates/{id}" | "/prompts/templates/{id}") => {
            (filled, Some(json!({ "display_name": "Changed" })))
        }
        ("GET", "/admin/prompts/templates/{id}/comparison" | "/admin/prompts/templates/{id}/comparison/mail") => {
            (format!("{filled}?from=1&to=1"), None)
        }
        ("POST", "/admin/prompts/templates/{id}/samples") => {
            (filled, Some(json!({ "name": "second", "variables": { "user_name": "Ada" } })))
        }
        ("PUT", "/admin/prompts/templates/{id}/samples/{name}") => {
            (filled, Some(json!({ "variables": { "user_name": "Grace" } })))
        }
        ("GET", "/admin/labels") => (format!("{path}?template={key}"), None),
        ("PUT", "/admin/labels") => (filled, Some(json!({ "template": key, "label": "staging", "version": 1 }))),
        ("DELETE", "/admin/labels") => (format!("{path}?template={key}&label=staging"), None),
        ("POST", "/admin/changes") => {
            server.template(DEFAULT, &key).await?;
            (filled, Some(json!({ "title": "New", "items": [{ "template": key, "label": "canary", "version": 1 }] })))
        }
        (_, path) if path.starts_with("/admin/changes/{number}") => {
            server.template(DEFAULT, &key).await?;
            let number = change(server, &key, &format!("canary_{n}"), path).await?;
            let body = match path.rsplit('/').next() {
                Some("reviews") => Some(json!({ "verdict": "comment", "body": "Good" })),
                Some("bypass") | Some("withdraw") => Some(json!({ "reason": "It can't wait any longer" })),
                Some("schedule") if method == "PUT" => Some(json!({ "publish_at": server.services.now().plus(HOUR) })),
                Some("{number}") if method == "PATCH" => {
                    let item = json!({ "template": key, "label": "canary_other", "version": 1 });
                    Some(json!({ "title": "Changed", "items": [item] }))
                }
                Some("comments") => {
                    Some(json!({ "template": key, "version": 1, "message": 1, "line": 1, "body": "Whose values?" }))
                }
                Some("replies") => Some(json!({ "body": "Theirs" })),
                Some("{thread}") => Some(json!({ "is_resolved": true })),
                Some("apply") => Some(json!({ "suggestions": [thread(server, number, &key).await?] })),
                _ => None,
            };
            let thread = if path.contains("{thread}") { thread(server, number, &key).await? } else { String::new() };
            (path.replace("{number}", &number.to_string()).replace("{thread}", &thread), body)
        }
        (_, "/admin/policies/{label}") => {
            let label = format!("canary_{n}");
            if method != "PUT" {
                protect(server, &label).await?;
            }
            let body = (method == "PUT").then(|| json!(Policy { required_approvals: 0, ..Policy::default() }));
            (path.replace("{label}", &label), body)
        }
        ("PUT", "/admin/lint") => (filled, Some(json!({ "off": ["shouting"] }))),
        ("POST", "/admin/import") => {
            let file = json!({ "path": format!("{key}/prompt.yaml"), "text": "kind: single_shot" });
            (filled, Some(json!({ "files": [file] })))
        }
        ("POST", "/admin/projects") => (filled, Some(json!({ "key": key.replace('_', "-"), "name": "New" }))),
        ("POST", "/admin/users") => {
            let email = format!("{key}@example.com");
            (filled, Some(json!({ "email": email, "name": "New", "role": "viewer", "password": PASSWORD })))
        }
        ("PATCH", "/admin/users/{id}") => {
            let (user, _) = server.person(DEFAULT, &format!("{key}@example.com"), Role::Viewer).await?;
            (path.replace("{id}", &user.to_string()), Some(json!({ "role": "analyst" })))
        }
        ("DELETE", "/admin/sessions/{id}") => (path.replace("{id}", &session(server, user).await?), None),
        ("POST", "/admin/keys") => {
            (filled, Some(json!({ "name": key, "environment": "staging", "scopes": ["prompts:read"] })))
        }
        ("DELETE", "/admin/keys/{id}") => {
            let (id, _) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
            (path.replace("{id}", &id.to_string()), None)
        }
        ("GET", _)
        | ("POST", "/admin/prompts/templates/{id}/activate" | "/admin/prompts/templates/{id}/deactivate")
        | ("DELETE", "/admin/prompts/{topic_id}/{prompt_type}" | "/admin/prompts/templates/{id}/samples/{name}") => {
            (filled, None)
        }
        _ => bail!("no request is known for {route}: add one to tests/common/requests.rs"),
    };
    Ok(Accepted { path, body })
}

/// A policy that lets everybody who may review publish without approval.
pub async fn protect(server: &Server, label: &str) -> Result<()> {
    let ctx = server.system(DEFAULT).await?;
    let bypass = domain::policy::approving_roles().collect();
    let policy = Policy { required_approvals: 0, bypass, ..Policy::default() };
    service::policies::update(&ctx, label, Some(policy), None).await?;
    Ok(())
}

/// A change request for a template, as far as the route needs it.
pub async fn change(server: &Server, key: &str, label: &str, path: &str) -> Result<i64> {
    if path.ends_with("/bypass") {
        protect(server, label).await?;
    }
    let ctx = server.system(DEFAULT).await?;
    let item = LabelTo { template: key.to_owned(), label: label.to_owned(), version: 1 };
    let new = NewChange { title: "Own".into(), items: vec![item], ..NewChange::default() };
    let number = service::changes::open(&ctx, new).await?.summary.number;
    if path.ends_with("/schedule") {
        service::changes::schedule(&ctx, number, server.services.now().plus(HOUR), None).await?;
    }
    Ok(number)
}

/// The id of a conversation with a suggestion.
pub async fn thread(server: &Server, number: i64, key: &str) -> Result<String> {
    let new = NewComment {
        template: key.to_owned(),
        version: 1,
        message: 1,
        line: 1,
        body: "Better so".into(),
        suggestion: Some("Help {{ user_name }} find out what matters.".into()),
        ..NewComment::default()
    };
    let change = service::changes::comment(&server.system(DEFAULT).await?, number, new).await?;
    Ok(change.threads.first().map(|thread| thread.id.to_string()).unwrap_or_default())
}

/// The id of one more session of the person; of nobody's when there is no person.
async fn session(server: &Server, user: Option<UserId>) -> Result<String> {
    let Some(user) = user else { return Ok(server.services.new_id().to_string()) };
    let By::Token(token, _) = server.token(DEFAULT, user).await? else { bail!("a token") };
    let claims = server.services.secrets.read_token(&token);
    Ok(claims.map(|c| c.sid.to_string()).unwrap_or_default())
}
