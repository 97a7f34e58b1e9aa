//! Another server as the command line's project: `PROMPTORY_URL` and `PROMPTORY_API_KEY`.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use domain::files::{File, FileFormat, ImportOptions, ImportPlan, MAX_FILES_BYTES, OnConflict};
use service::files::archive;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::TlsConfig;

use crate::problem::Problem;

/// How long an answer may take; the server gives up earlier.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server and the key that says who asks.
#[derive(Clone)]
pub(super) struct Remote {
    agent: Agent,
    url: String,
    key: String,
}

impl Remote {
    /// The server that the environment names; None when it names none.
    pub(super) fn from_environment() -> Result<Option<Self>> {
        let Some(url) = variable("PROMPTORY_URL") else { return Ok(None) };
        let key = variable("PROMPTORY_API_KEY").context("PROMPTORY_URL is set, and PROMPTORY_API_KEY is not")?;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            bail!("PROMPTORY_URL is an address such as https://prompts.example.com, not {url}");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
        // A redirect would send the key to whoever it names.
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(DEADLINE))
            .build();
        Ok(Some(Self { agent: agent.into(), url: url.trim_end_matches('/').to_owned(), key }))
    }

    pub(super) async fn export(&self, keys: &[String], format: FileFormat) -> Result<Vec<File>> {
        let query = query(&[("keys", &keys.join(",")), ("format", format.name())]);
        let (remote, path) = (self.clone(), format!("/api/v1/admin/export?{query}"));
        let bytes = tokio::task::spawn_blocking(move || {
            let request = remote.agent.get(format!("{}{path}", remote.url)).header("X-Api-Key", &remote.key);
            remote.answer(request.call())
        });
        archive::unpack(&bytes.await??).map_err(|error| super::admin::shown(error.into()))
    }

    pub(super) async fn import(&self, files: &[File], options: &ImportOptions, is_dry: bool) -> Result<ImportPlan> {
        let on_conflict = if options.on_conflict == OnConflict::NewVersion { "new_version" } else { "refuse" };
        let mut pairs = vec![("dry_run", if is_dry { "true" } else { "false" }), ("on_conflict", on_conflict)];
        pairs.push(("message", &options.commit_message));
        pairs.extend(options.allow_breaking.then_some(("allow_breaking", "true")));
        pairs.extend(options.expected.as_deref().map(|expected| ("expected", expected)));
        let (remote, path) = (self.clone(), format!("/api/v1/admin/import?{}", query(&pairs)));
        let bytes = archive::pack(files).map_err(super::admin::shown)?;
        let answer = tokio::task::spawn_blocking(move || {
            let request = remote.agent.post(format!("{}{path}", remote.url)).header("X-Api-Key", &remote.key);
            remote.answer(request.header("Content-Type", "application/zip").send(bytes.as_slice()))
        });
        serde_json::from_slice(&answer.await??)
            .context("the server's answer could not be read: is it of another version?")
    }

    /// The body of a success; what the server says is wrong otherwise.
    fn answer(&self, sent: Result<Response<ureq::Body>, ureq::Error>) -> Result<Vec<u8>> {
        let mut answer = sent.map_err(|error| anyhow!("{} did not answer: {error}", self.url))?;
        let mut bytes = Vec::new();
        answer.body_mut().as_reader().take(2 * MAX_FILES_BYTES as u64).read_to_end(&mut bytes)?;
        if answer.status().is_success() {
            return Ok(bytes);
        }
        let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
            bail!("{} answered {}: is it the address of a Promptory?", self.url, answer.status());
        };
        Err(super::files::problem(&problem.detail, &problem.errors))
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn query(pairs: &[(&str, &str)]) -> String {
    crate::forms::query(pairs)
}
