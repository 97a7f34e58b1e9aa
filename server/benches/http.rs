//! Fetch and render over HTTP, each beside a bare axum route that returns the same bytes, in the same run.
//!
//! Server and load generator share the machine's cores. Rounds alternate, so that a slow moment hits both; the medians
//! are compared.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::expect_used, reason = "a benchmark that can't start should say so and stop")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use domain::api_key::{NewApiKey, Scope};
use service::clock::{SystemClock, SystemRandom};
use service::crypto::Secrets;
use service::db::Db;
use service::{Services, api_keys, first_data, jobs, projects};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 64;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 5;

struct Target {
    name: &'static str,
    address: std::net::SocketAddr,
    request: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Round {
    per_second: f64,
    p50_us: u64,
    p99_us: u64,
}

/// The place of the fetch among the targets.
const FETCH: usize = 1;
/// The least that a fetch does of the bare route's requests.
const FETCH_BAR: f64 = 0.5;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run())
}

async fn run() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let (services, key) = prepare(folder.path()).await;
    let _jobs = jobs::start(&services);
    let product = serve(server::router::router(&services, &server::router::Front::default())).await;
    let body = fetch_once(product, &request("GET", "/api/v1/prompts/revenue_salesforce", &key, "")).await;
    let bare = bare(body).await;
    let sample = first_data::samples("revenue_salesforce").expect("samples").samples.swap_remove(0).variables;
    let render = |durability: &str| {
        serde_json::json!({"template_name": "revenue_salesforce", "variables": sample, "durability": durability})
            .to_string()
    };
    let targets = [
        Target { name: "bare axum route, same bytes", address: bare, request: request("GET", "/", &key, "") },
        Target {
            name: "GET /prompts/{key}, authenticated",
            address: product,
            request: request("GET", "/api/v1/prompts/revenue_salesforce", &key, ""),
        },
        Target {
            name: "POST /prompts/render, committed",
            address: product,
            request: request("POST", "/api/v1/prompts/render", &key, &render("committed")),
        },
        Target {
            name: "POST /prompts/render, buffered",
            address: product,
            request: request("POST", "/api/v1/prompts/render", &key, &render("buffered")),
        },
    ];
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); targets.len()];
    for _ in 0..ROUNDS {
        for (target, rounds) in targets.iter().zip(&mut rounds) {
            rounds.push(round(target).await);
            services.recorder.flush().await.expect("the recorder answers");
        }
    }
    let shares = report(&targets, &rounds);
    if shares[FETCH] < FETCH_BAR {
        eprintln!("a fetch is below its bar of {FETCH_BAR} of the bare route");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn prepare(folder: &std::path::Path) -> (Arc<Services>, String) {
    let db = Db::open_sqlite(&folder.join("bench.db"), 4).await.expect("a database");
    let secrets = Secrets::derive(b"benchmark");
    let services = Services::start(db, Arc::new(SystemClock::default()), Arc::new(SystemRandom), secrets, "bench")
        .expect("services");
    let project = projects::find_id(&services, "default").await.expect("projects").expect("the project `default`");
    let ctx = services.system(project, "bench");
    first_data::load(&ctx).await.expect("first data");
    let scopes = vec![Scope::PromptsRead, Scope::PromptsRender];
    let new = NewApiKey { name: "bench".into(), environment: "production".into(), scopes, expires_at: None };
    let key = api_keys::create(&ctx, new).await.expect("a key").secret;
    (services, key)
}

async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(server::accept::serve(listener, router, 1_000, std::future::pending()));
    address
}

async fn bare(body: Vec<u8>) -> std::net::SocketAddr {
    let body: Arc<[u8]> = body.into();
    let route = get(move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body.to_vec()) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", route)).await });
    address
}

fn request(method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn fetch_once(address: std::net::SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let mut buffer = Vec::new();
    exchange(&mut stream, request, &mut buffer).await
}

/// Sends a request and reads its answer; the status must be 200 and the length declared.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Vec<u8> {
    stream.write_all(request).await.expect("the server reads");
    buffer.clear();
    loop {
        if let Some(start) = buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4) {
            let head = String::from_utf8_lossy(&buffer[..start]).to_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length =
                head.split("content-length: ").nth(1).and_then(|t| t.split("\r\n").next()).map(str::parse::<usize>);
            let length = length.expect("a declared length").expect("a number");
            if buffer.len() >= start + length {
                return buffer[start..start + length].to_vec();
            }
        }
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
    }
}

async fn round(target: &Target) -> Round {
    let end = Instant::now() + ROUND;
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, request) = (target.address, target.request.clone());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("a connection");
                stream.set_nodelay(true).expect("a socket option");
                let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(8_192));
                while Instant::now() < end {
                    let start = Instant::now();
                    exchange(&mut stream, &request, &mut buffer).await;
                    times.push(start.elapsed().as_micros() as u64);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.expect("a client"));
    }
    times.sort_unstable();
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    Round { per_second: times.len() as f64 / ROUND.as_secs_f64(), p50_us: at(0.5), p99_us: at(0.99) }
}

/// Prints the figures; gives each target's share of the bare route's.
fn report(targets: &[Target], rounds: &[Vec<Round>]) -> Vec<f64> {
    let median = |rounds: &[Round]| {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        sorted[sorted.len() / 2]
    };
    let base = median(&rounds[0]).per_second;
    println!(
        "\n| HTTP, {CONNECTIONS} connections, median of {ROUNDS} rounds of {} s | req/s | p50 | p99 | of the bare route |",
        ROUND.as_secs()
    );
    println!("|---|---|---|---|---|");
    let line = |(target, rounds): (&Target, &Vec<Round>)| {
        let m = median(rounds);
        let share = m.per_second / base;
        let (p50, p99) = (m.p50_us as f64 / 1_000.0, m.p99_us as f64 / 1_000.0);
        println!("| {} | {:.0} | {p50:.2} ms | {p99:.2} ms | {share:.2} |", target.name, m.per_second);
        share
    };
    targets.iter().zip(rounds).map(line).collect()
}
