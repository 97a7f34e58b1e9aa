//! An answer whole, and how a snapshot shows it.

use anyhow::{Context, Result, ensure};
use reqwest::header::HeaderMap;
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A part of the JSON body by its pointer.
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// A text in the JSON body by its pointer.
    pub fn text_at(&self, pointer: &str) -> Result<String> {
        self.at(pointer).as_str().map(str::to_owned).with_context(|| format!("no text at {pointer}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The answer when its status is the one expected; what came instead otherwise.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.text);
        Ok(self)
    }

    /// The cookie that the answer sets, as a browser would send it back.
    pub fn cookie(&self) -> Result<String> {
        let set = self.header("set-cookie");
        Ok(set.split(';').next().filter(|c| c.contains('=')).context("the answer sets no cookie")?.to_owned())
    }

    /// Status and body for a snapshot: ids, keys and tokens are replaced, as they differ from run to run.
    pub fn shown(&self) -> String {
        let mut json = self.json();
        if json.is_null() {
            return format!("{}\n{}", self.status, redact(&self.text)).trim().to_owned();
        }
        redact_json(&mut json);
        format!("{}\n{}", self.status, serde_json::to_string_pretty(&json).unwrap_or_default())
    }

    /// Fails unless this is a problem document of the status, complete and without internal text.
    pub fn check_problem(&self, status: u16) -> Result<()> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.text);
        let kind = self.header("content-type");
        ensure!(kind == "application/problem+json", "content type {kind:?}: {}", self.text);
        let problem: server::problem::Problem = serde_json::from_str(&self.text).context("a problem document")?;
        ensure!(problem.status == status, "the document says {}", problem.status);
        ensure!(!problem.detail.is_empty() && !problem.code.is_empty() && !problem.title.is_empty(), "{}", self.text);
        let id = self.header("x-request-id");
        ensure!(!id.is_empty() && problem.request_id == id, "request_id {:?}, header {id:?}", problem.request_id);
        let lower = self.text.to_lowercase();
        for internal in ["sqlx", "sqlite", "postgres", "panic", "/src/", ".rs:", "unwrap", "backtrace", "constraint"] {
            ensure!(!lower.contains(internal), "internal text {internal:?}: {}", self.text);
        }
        for rust in
            ["expected struct", "missing field", "invalid type", "i64", "u32", "expected a map", "expected value"]
        {
            ensure!(!lower.contains(rust), "serde's own words, {rust:?}: {}", self.text);
        }
        Ok(())
    }
}

fn redact_json(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(items) => items.iter_mut().for_each(redact_json),
        Value::Object(map) => map.values_mut().for_each(redact_json),
        _ => {}
    }
}

/// Replaces what looks like an id, a key or a token.
pub fn redact(text: &str) -> String {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_inner) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_inner(c)).unwrap_or(word.len());
        out.push_str(before);
        out.push_str(match &word[..end] {
            w if w.len() >= 36 && uuid::Uuid::parse_str(w.trim_end_matches('.')).is_ok() => "[id]",
            w if w.starts_with("ppy_") => "[key]",
            w if w.starts_with("eyJ") => "[token]",
            w => w,
        });
        rest = &word[end..];
    }
    out + rest
}
