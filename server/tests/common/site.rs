//! A server as its callers see it: an address to send requests to.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;

use super::By;
use super::answer::Answer;

#[derive(Clone)]
pub struct Site {
    url: String,
    client: reqwest::Client,
}

impl Site {
    pub fn new(url: &str) -> Result<Self> {
        // A connection for each request: one whose body was refused unread is closed by the server.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy();
        // A request whose server was killed may otherwise wait for ever.
        let client = client.timeout(Duration::from_secs(120)).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { url: url.to_owned(), client })
    }

    /// A request to fill in further.
    pub fn request(&self, method: &str, path: &str, by: &By) -> Result<reqwest::RequestBuilder> {
        let method: Method = method.parse().context("a method")?;
        let request = self.client.request(method, format!("{}{path}", self.url));
        Ok(match by {
            By::Nobody => request,
            By::Token(token, project) => request.bearer_auth(token).header("promptory-project", project),
            By::Key(key) => request.header("x-api-key", key),
            By::Cookie(cookie) => request.header("cookie", cookie).header("sec-fetch-site", "same-origin"),
        })
    }

    /// Sends JSON, or no body at all.
    pub async fn send(&self, method: &str, path: &str, by: &By, body: Option<Value>) -> Result<Answer> {
        let request = self.request(method, path, by)?;
        Answer::of(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }
}
