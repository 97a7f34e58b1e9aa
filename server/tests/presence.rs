//! Who else is on a template, as server-sent events: who may listen, what is told, and what ends it.

use std::time::Duration;

use crate::common::answer::Answer;
use crate::common::{By, Server};
use anyhow::{Context, Result, bail, ensure};
use domain::permission::{Role, allows};
use domain::project::DEFAULT;
use server::api::permissions::{Access, Audit, EXEMPTIONS, STREAMS};

crate::on_both_engines!(
    who_comes_and_goes_is_told,
    only_people_of_the_project_listen,
    a_session_that_ends_closes_the_stream,
    a_person_has_few_streams,
    a_stream_does_not_hold_the_server_up,
);

/// An open stream, read event by event.
struct Stream {
    response: reqwest::Response,
    read: String,
}

impl Stream {
    async fn open(server: &Server, by: &By, query: &str) -> Result<Self> {
        let path = format!("/p/default/templates/t/presence{query}");
        let request = server.request("GET", &path, by)?.header("accept-encoding", "br, gzip");
        let response = request.timeout(Duration::from_secs(120)).send().await?;
        ensure!(response.status() == 200, "{}", response.status());
        Ok(Self { response, read: String::new() })
    }

    /// The data of the next event; none at the end. The name of an event that has one stands before it.
    async fn next(&mut self) -> Result<Option<String>> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                let lines = event.lines().filter(|line| !line.starts_with(':'));
                let parts: Vec<&str> = lines.filter_map(|line| Some(line.split_once(": ")?.1)).collect();
                if !parts.is_empty() {
                    return Ok(Some(parts.join(" ")));
                }
                continue;
            }
            // How a stream is cut off doesn't matter.
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.read += std::str::from_utf8(&bytes)?,
                Ok(None) | Err(_) => return Ok(None),
            }
        }
    }
    async fn until(&mut self, wanted: &str) -> Result<()> {
        while let Some(data) = self.next().await? {
            if data == wanted {
                return Ok(());
            }
        }
        bail!("the stream ended before {wanted}")
    }
}

async fn who_comes_and_goes_is_told(server: &Server) -> Result<()> {
    server.template(DEFAULT, "t").await?;
    let (ada, ben) = (server.log_in("ada", Role::PromptEngineer).await?.1, server.log_in("ben", Role::Viewer).await?.1);
    let mut hers = Stream::open(server, &ada, "?editing=true").await?;
    let header = |name: &str| hers.response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(
        (header("cache-control"), header("content-encoding"), header("x-accel-buffering")),
        ("no-store", "", "no")
    );
    assert_eq!(hers.next().await?.as_deref(), Some("[]"));
    let mut his = Stream::open(server, &ben, "").await?;
    assert_eq!(his.next().await?.as_deref(), Some(r#"[{"name":"ada","is_editing":true}]"#));
    assert_eq!(hers.next().await?.as_deref(), Some(r#"[{"name":"ben","is_editing":false}]"#));
    drop(his);
    assert_eq!(hers.next().await?.as_deref(), Some("[]"));
    Ok(())
}

async fn only_people_of_the_project_listen(server: &Server) -> Result<()> {
    server.template(DEFAULT, "t").await?;
    server.project("theirs").await?;
    let [stream] = STREAMS else { bail!("there is one stream") };
    ensure!(
        matches!(stream.audit, Audit::Exempt(why) if EXEMPTIONS.iter().any(|(e, text)| *e == why && !text.is_empty()))
    );
    let Access::Needs(needed) = stream.access else { bail!("it needs permissions") };
    for role in Role::ALL {
        let by = server.log_in(role.name(), role).await?.1;
        let is_allowed = needed.iter().all(|p| allows(role, *p));
        let status = server.request("GET", "/p/default/templates/t/presence", &by)?.send().await?.status();
        ensure!(status == if is_allowed { 200 } else { 403 }, "{} got {status}", role.name());
    }
    let ada = server.log_in("ada", Role::SuperAdmin).await?.1;
    for path in ["/p/theirs/templates/t/presence", "/p/none/templates/t/presence", "/p/default/templates/none/presence"]
    {
        server.get(path, &ada).await?.check_problem(404)?;
    }
    server.get("/p/default/templates/t/presence?editing=maybe", &ada).await?.check_problem(400)?;
    let token = server.admin().await?;
    for nobody in [By::Nobody, token] {
        server.get("/p/default/templates/t/presence", &nobody).await?.check_problem(401)?;
    }
    Ok(())
}

async fn a_session_that_ends_closes_the_stream(server: &Server) -> Result<()> {
    server.template(DEFAULT, "t").await?;
    let ada = server.log_in("ada", Role::PromptEngineer).await?.1;
    let mut stays = Stream::open(server, &server.log_in("ben", Role::Viewer).await?.1, "").await?;
    let mut ends = Stream::open(server, &ada, "").await?;
    stays.until(r#"[{"name":"ada","is_editing":false}]"#).await?;
    let form = [("", "")];
    Answer::of(server.request("POST", "/logout", &ada)?.form(&form)).await?.expect(303)?;
    while ends.next().await?.is_some() {}
    stays.until("[]").await
}

async fn a_person_has_few_streams(server: &Server) -> Result<()> {
    server.template(DEFAULT, "t").await?;
    let ada = server.log_in("ada", Role::PromptEngineer).await?.1;
    let mut streams = Vec::new();
    for _ in 0..=service::presence::MAX_PAGES {
        let mut stream = Stream::open(server, &ada, "").await?;
        assert_eq!(stream.next().await?.as_deref(), Some("[]"));
        streams.push(stream);
    }
    let first = streams.first_mut().context("a stream")?;
    ensure!(first.next().await?.is_some_and(|event| event.starts_with("end ")));
    assert_eq!(first.next().await?, None);
    Ok(())
}

/// The scenario ends with the server: a stream that is still open must not make it wait until its patience is over.
async fn a_stream_does_not_hold_the_server_up(server: &Server) -> Result<()> {
    server.template(DEFAULT, "t").await?;
    let mut stream = Stream::open(server, &server.log_in("ada", Role::Viewer).await?.1, "").await?;
    assert_eq!(stream.next().await?.as_deref(), Some("[]"));
    let wait = tokio::spawn(async move { while let Ok(Some(_)) = stream.next().await {} });
    server.tell_to_stop()?;
    // The server lets a request that doesn't end go on for twenty seconds.
    tokio::time::timeout(Duration::from_secs(15), wait).await.context("the stream goes on")??;
    Ok(())
}
