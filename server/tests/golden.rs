//! The documented requests and responses of the topic routes: every file of the folder `golden`, in order.

use std::path::{Path, PathBuf};

use crate::common::answer::redact;
use crate::common::{By, Server};
use anyhow::{Context, Result, ensure};
use domain::api_key::Scope;
use domain::permission::Role;
use domain::project::DEFAULT;
use serde::Deserialize;
use serde_json::Value;

crate::on_both_engines!(every_documented_request_is_answered_as_documented);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    /// Where the document says so.
    documents: String,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    by: Who,
    #[serde(default)]
    project: Option<String>,
    method: String,
    path: String,
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// An admin with a token.
    Admin,
    /// A service with an API key.
    Service,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    body: Value,
}

async fn every_documented_request_is_answered_as_documented(server: &Server) -> Result<()> {
    let (_, admin) = server.person(DEFAULT, "admin@example.com", Role::ContentManager).await?;
    server.project("second").await?;
    server.person("second", "admin@example.com", Role::ContentManager).await?;
    let (_, service) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    for (name, golden) in files()? {
        let by = match golden.request.by {
            Who::Admin => admin.in_project(golden.request.project.as_deref().unwrap_or(DEFAULT)),
            Who::Service => service.clone(),
        };
        check(server, &by, golden).await.with_context(|| format!("golden/{name}"))?;
    }
    Ok(())
}

async fn check(server: &Server, by: &By, golden: Golden) -> Result<()> {
    ensure!(!golden.documents.is_empty(), "say which part of the document this is");
    let Request { method, path, body, .. } = golden.request;
    let answer = server.send(&method, &path, by, body).await?;
    let expected = serde_json::to_string_pretty(&golden.response.body)?;
    let found = serde_json::to_string_pretty(&answer.json())?;
    ensure!(
        answer.status == golden.response.status && same(&redact(&found), &expected),
        "{method} {path} answers {}\n{found}\ninstead of {}\n{expected}",
        answer.status,
        golden.response.status
    );
    Ok(())
}

/// Equal as JSON: the order of members is nobody's business, all else is.
fn same(found: &str, expected: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    read(found).is_some() && read(found) == read(expected)
}

/// The files in the order of their names; an empty folder proves nothing.
fn files() -> Result<Vec<(String, Golden)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let golden = serde_json::from_str(&std::fs::read_to_string(&path)?).with_context(|| name.clone())?;
        files.push((name, golden));
    }
    ensure!(files.len() >= 20, "{} golden files in {}", files.len(), folder.display());
    Ok(files)
}

/// Each route of the document has at least one file.
#[test]
fn every_documented_route_has_a_file() -> Result<()> {
    let files = files()?;
    for (method, path) in [
        ("GET", "/api/v1/admin/prompts?topic_type="),
        ("POST", "/api/v1/admin/prompts"),
        ("PUT", "/api/v1/admin/prompts/core_values"),
        ("GET", "/api/v1/admin/prompts/core_values/system"),
        ("POST", "/api/v1/admin/prompts/revenue_salesforce/system"),
        ("POST", "/api/v1/admin/prompts/revenue_salesforce/user"),
        ("PUT", "/api/v1/admin/prompts/core_values/system"),
        ("DELETE", "/api/v1/admin/prompts/revenue_salesforce/user"),
        ("GET", "/api/v1/prompts/revenue_salesforce"),
        ("GET", "/api/v1/prompts/core_values?include_parameters=true"),
        ("POST", "/api/v1/prompts/batch"),
    ] {
        let found = files.iter().any(|(_, g)| g.request.method == method && g.request.path.starts_with(path));
        ensure!(found, "no golden file for {method} {path}");
    }
    Ok(())
}
