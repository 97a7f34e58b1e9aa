//! Clients that send slowly, never, or too much; on the wire, without a client library that would behave.

use std::time::Duration;

use crate::common::{By, Engine, Server};
use anyhow::{Context, Result, ensure};
use domain::api_key::Scope;
use domain::project::DEFAULT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The header timeout is ten seconds; this is what the test allows on a busy machine.
const HEADERS: Duration = Duration::from_secs(14);
/// A request may take thirty seconds in all.
const DEADLINE: Duration = Duration::from_secs(40);

async fn server() -> Result<Server> {
    Server::start(Engine::Sqlite).await?.context("SQLite is never left out")
}

async fn connect(server: &Server) -> Result<TcpStream> {
    Ok(TcpStream::connect(server.url.trim_start_matches("http://")).await?)
}

/// What comes until the server closes the connection, within a time.
async fn until_closed(stream: &mut TcpStream, within: Duration) -> Result<String> {
    let mut bytes = Vec::new();
    // A reset is a way to close, too.
    let _ = timeout(within, stream.read_to_end(&mut bytes)).await.context("the connection was not closed in time")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What comes until the first part of an answer is there.
async fn first_part(stream: &mut TcpStream, within: Duration) -> Result<String> {
    let mut bytes = vec![0; 4_096];
    let read = timeout(within, stream.read(&mut bytes)).await.context("no answer came in time")??;
    Ok(String::from_utf8_lossy(&bytes[..read]).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_or_half_a_header_is_hung_up_on() -> Result<()> {
    let server = server().await?;
    let mut waiting = tokio::task::JoinSet::new();
    // The last is how HTTP/2 starts: the server must not wait for the rest of it for ever.
    for sent in ["", "G", "GET /livez HTTP/1.1\r\nhost: x\r\nx-half: ", "PRI * HTTP/2.0\r\n"] {
        let mut stream = connect(&server).await?;
        stream.write_all(sent.as_bytes()).await?;
        waiting.spawn(async move {
            let answer = until_closed(&mut stream, HEADERS).await.with_context(|| format!("after {sent:?}"))?;
            ensure!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "after {sent:?}: {answer}");
            Ok(())
        });
    }
    let mut drip = connect(&server).await?;
    drip.write_all(b"GET /livez HTTP/1.1\r\n").await?;
    let start = Instant::now();
    while start.elapsed() < HEADERS && drip.write_all(b"x: y\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    ensure!(start.elapsed() < HEADERS, "a header that never ends holds a connection");
    while let Some(done) = waiting.join_next().await {
        done??;
    }
    server.get("/livez", &By::Nobody).await?.expect(200)?;
    server.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_kept_alive_serves_again() -> Result<()> {
    let server = server().await?;
    let mut stream = connect(&server).await?;
    for _ in 0..3 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await?;
        let answer = first_part(&mut stream, HEADERS).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunked_body_is_cut_off_at_the_limit() -> Result<()> {
    let server = server().await?;
    let (_, By::Key(key)) = server.key(DEFAULT, &[Scope::PromptsRead]).await? else { return Ok(()) };
    let (mut reader, mut writer) = connect(&server).await?.into_split();
    let head = format!(
        "POST /api/v1/prompts/batch HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    writer.write_all(head.as_bytes()).await?;
    let sending = tokio::spawn(async move {
        let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
        // Up to 64 MB; the server stops reading long before.
        for sent in 0..4_000 {
            if writer.write_all(chunk.as_bytes()).await.is_err() {
                return sent;
            }
        }
        4_000
    });
    let mut bytes = vec![0; 4_096];
    let read = timeout(HEADERS, reader.read(&mut bytes)).await.context("no answer came in time")??;
    let answer = String::from_utf8_lossy(&bytes[..read]);
    ensure!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    ensure!(answer.contains("application/problem+json"), "{answer}");
    drop(reader);
    ensure!(sending.await? < 4_000, "the server read all of it");
    server.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_stops_is_given_up() -> Result<()> {
    let server = server().await?;
    let (_, By::Key(key)) = server.key(DEFAULT, &[Scope::PromptsRead]).await? else { return Ok(()) };
    let mut stream = connect(&server).await?;
    let head = format!(
        "POST /api/v1/prompts/batch HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\n\r\n{{\"topic_ids\":"
    );
    stream.write_all(head.as_bytes()).await?;
    let answer = first_part(&mut stream, DEADLINE).await?;
    ensure!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    ensure!(answer.contains("application/problem+json"), "{answer}");
    server.stop().await
}
