//! The API's own description and its viewer.

use std::collections::BTreeSet;

use crate::common::{By, Engine, Server};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Every operation: its name, and what the document says of it.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(_, o)| o["responses"].is_object()) {
            all.push((format!("{} {path}", method.to_uppercase()), operation.clone()));
        }
    }
    all
}

fn document() -> Result<Value> {
    Ok(serde_json::to_value(server::api::openapi())?)
}

#[test]
fn the_document_is_of_version_3_1_and_describes_each_operation() -> Result<()> {
    let document = document()?;
    let version = document["openapi"].as_str().unwrap_or_default();
    ensure!(version.starts_with("3.1."), "{version}");
    let operations = operations(&document);
    ensure!(operations.len() >= 40, "{} operations", operations.len());
    for (name, operation) in &operations {
        for wanted in ["summary", "tags", "operationId"] {
            ensure!(!operation[wanted].is_null(), "{name} has no {wanted}");
        }
        let responses = operation["responses"].as_object().context(name.clone())?;
        ensure!(responses.keys().any(|s| s.starts_with('2')), "{name} never succeeds");
        let failures: Vec<_> = responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])).collect();
        ensure!(!failures.is_empty(), "{name} has no problem response");
        for (status, response) in failures {
            let schema = response.pointer("/content/application~1problem+json/schema/$ref").cloned();
            let schema = schema.unwrap_or_default();
            ensure!(schema == "#/components/schemas/Problem", "{name} {status} is no problem document: {response}");
        }
    }
    Ok(())
}

#[test]
fn every_group_of_operations_has_its_place() -> Result<()> {
    let document = document()?;
    let placed: BTreeSet<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let all = operations(&document);
    let used: BTreeSet<&str> = all.iter().filter_map(|(_, operation)| operation["tags"][0].as_str()).collect();
    assert_eq!(used, placed);
    Ok(())
}

#[test]
fn every_operation_has_an_id_of_its_own() -> Result<()> {
    let document = document()?;
    let mut seen = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        ensure!(seen.insert(id.clone()), "{name}: another operation is called {id} too");
    }
    Ok(())
}

#[test]
fn every_reference_leads_somewhere_and_every_path_parameter_is_described() -> Result<()> {
    let document = document()?;
    let mut left = vec![&document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    let pointer = target.strip_prefix('#').with_context(|| format!("{target} leads out"))?;
                    ensure!(document.pointer(pointer).is_some(), "{target} leads nowhere");
                }
                left.extend(map.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    for (name, operation) in operations(&document) {
        let in_path = |p: &&Value| p["in"] == "path";
        let described = operation["parameters"].as_array().into_iter().flatten().filter(in_path).count();
        ensure!(described == name.matches('{').count(), "{name} describes {described} path parameters");
    }
    Ok(())
}

/// What an operation takes in its headers.
fn headers(operation: &Value) -> Vec<&str> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(|p| p["in"] == "header").filter_map(|p| p["name"].as_str()).collect()
}

#[test]
fn headers_and_what_they_lead_to_are_described() -> Result<()> {
    let document = document()?;
    let operations = operations(&document);
    let of = |name: &str| {
        let (_, operation) = operations.iter().find(|(n, _)| n == name).context(name.to_owned())?;
        let statuses = operation["responses"].as_object().into_iter().flat_map(serde_json::Map::keys).cloned();
        Ok::<_, anyhow::Error>((headers(operation).join(", "), statuses.collect::<Vec<_>>().join(" ")))
    };
    for (name, taken, statuses) in [
        ("PUT /api/v1/admin/prompts/templates/{id}", "Promptory-Project, If-Match, Idempotency-Key", "200 404 412 422"),
        ("GET /api/v1/admin/prompts/templates", "Promptory-Project, If-None-Match", "200 304 403 422"),
        ("POST /api/v1/prompts/batch", "Promptory-Project, If-None-Match", "200 304 401 422"),
        ("POST /api/v1/auth/token", "", "200 401 422 429"),
    ] {
        let (headers, found) = of(name)?;
        ensure!((headers.as_str(), found.as_str()) == (taken, statuses), "{name}: {headers} / {found}");
    }
    Ok(())
}

#[test]
fn who_may_call_is_described() -> Result<()> {
    let document = document()?;
    let schemes = document.pointer("/components/securitySchemes").context("security schemes")?;
    ensure!(schemes["api_key"]["name"] == "X-Api-Key" && schemes["bearer"]["scheme"] == "bearer", "{schemes}");
    ensure!(document["security"].as_array().is_some_and(|s| s.len() == 2), "{}", document["security"]);
    for (name, operation) in operations(&document) {
        let is_open = operation["security"].as_array().is_some_and(|s| s.iter().any(|r| *r == serde_json::json!({})));
        ensure!(is_open == name.ends_with("/auth/token"), "{name}: {}", operation["security"]);
    }
    Ok(())
}

async fn server() -> Result<Server> {
    Server::start(Engine::Sqlite).await?.context("SQLite is never left out")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_served_to_anybody() -> Result<()> {
    let server = server().await?;
    let answer = server.get("/api/openapi.json", &By::Nobody).await?.expect(200)?;
    ensure!(answer.header("content-type") == "application/json" && answer.json() == document()?);
    server.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_viewer_loads_only_our_own_files() -> Result<()> {
    let server = server().await?;
    let page = server.get("/api/docs", &By::Nobody).await?.expect(200)?;
    let mut files = Vec::new();
    for attribute in ["src=\"", "href=\"", "url:'"] {
        let found = page.text.split(attribute).skip(1).map(|rest| rest.split(['"', '\'']).next().unwrap_or_default());
        files.extend(found);
    }
    ensure!(files.len() >= 4, "{files:?}");
    for file in files {
        ensure!(file.starts_with('/') && !file.starts_with("//"), "{file} is not ours");
        let answer = server.get(file, &By::Nobody).await?.expect(200)?;
        ensure!(!answer.text.is_empty(), "{file} is empty");
    }
    ensure!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let policy = page.header("content-security-policy");
    ensure!(policy.contains("connect-src 'self'") && policy.starts_with("default-src 'none'"), "{policy}");
    server.stop().await
}
