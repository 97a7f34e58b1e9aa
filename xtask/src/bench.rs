//! Benchmarks: criterion in process, a load generator over HTTP, and the figures of the release build.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::install;
use crate::step::{cargo, command, loud, quiet, root, step, target};

const LIGHTHOUSE: &str = "lighthouse@12.8.2";

pub fn run(what: Option<&str>) -> Result<()> {
    let wanted = |name: &str| what.is_none_or(|w| w == name);
    if !["engine", "http", "page"].iter().any(|name| wanted(name)) {
        bail!("there is no benchmark `{}`; use engine, http or page", what.unwrap_or_default());
    }
    if wanted("engine") {
        engine()?;
    }
    if wanted("http") {
        std::fs::create_dir_all(build::site())?;
        loud(&mut cargo("bench --quiet --package server --bench http"))?;
    }
    if wanted("page") {
        page()?;
    }
    Ok(())
}

/// What begins so takes at most so many microseconds (the bars of docs/benchmarks.md).
const ENGINE_BARS: [(&str, f64); 3] =
    [("validate and render", 30.0), ("hostile Unicode", 150.0), ("diff of two 50 KB texts", 50_000.0)];

/// Criterion's own figures, and the medians that the bars name. Fails where a bar is passed.
fn engine() -> Result<()> {
    let folder = target().join("criterion");
    let _ = std::fs::remove_dir_all(&folder);
    loud(&mut cargo("bench --quiet --package domain --features engine --bench engine"))?;
    println!("\n| in process | median |\n|---|---|");
    let read = |path: std::path::PathBuf| -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&std::fs::read(&path).with_context(|| path.display().to_string())?)?)
    };
    let mut folders: Vec<_> = std::fs::read_dir(&folder)?.flatten().map(|e| e.path().join("new")).collect();
    folders.retain(|folder| folder.join("estimates.json").is_file());
    folders.sort();
    let mut over = Vec::new();
    for folder in folders {
        let (what, figures) = (read(folder.join("benchmark.json"))?, read(folder.join("estimates.json"))?);
        let nanos = figures["median"]["point_estimate"].as_f64().context("no median")?;
        let (what, micros) = (what["full_id"].as_str().unwrap_or_default().to_owned(), nanos / 1_000.0);
        println!("| {what} | {micros:.2} µs |");
        let is_over = ENGINE_BARS.iter().any(|(start, bar)| what.starts_with(start) && micros > *bar);
        over.extend(is_over.then_some(what));
    }
    if !over.is_empty() {
        bail!("over the bar: {}", over.join(", "));
    }
    Ok(())
}

/// Sizes, start, memory and the pages of the release build.
fn page() -> Result<()> {
    install::chromium()?;
    build::all(true)?;
    sizes()?;
    let folder = std::env::temp_dir().join(format!("promptory-bench-{}", std::process::id()));
    let first = Server::start(&folder)?.stop();
    let server = Server::start(&folder)?;
    println!("\n| release build | figure |\n|---|---|");
    println!("| first start, migrations and first data | {:.2} s |", first.as_secs_f64());
    println!("| start, migrations done | {:.2} s |", server.started.as_secs_f64());
    std::thread::sleep(Duration::from_secs(3));
    println!("| memory at rest (RSS) | {:.1} MB |", server.memory_kb()? as f64 / 1_024.0);
    println!("| binary | {:.1} MB |", std::fs::metadata(build::binary(true))?.len() as f64 / 1e6);
    drop(server);
    let _ = std::fs::remove_dir_all(&folder);
    step("typing", || {
        loud(command("node").arg(root().join("end2end/typing.mjs")).env("PROMPTORY_BINARY", build::binary(true)))
    })?;
    // Not among the packages that every build installs: it brings a hundred of its own.
    step("install Lighthouse", || {
        quiet(
            command("npm")
                .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
                .arg(LIGHTHOUSE),
        )
        .map(drop)
    })?;
    step("Lighthouse", || {
        loud(command("node").arg(root().join("end2end/lighthouse.mjs")).env("PROMPTORY_BINARY", build::binary(true)))
    })
}

/// The most kilobytes of what is loaded when the editor opens, and of the styles; brotli.
const LOADED_LATER: [(&str, &[&str], f64); 3] = [
    // Its own worker is never asked for: what it does is switched off.
    ("Monaco: script, styles and font", &["editor.js", "editor.css", "codicon.ttf"], 800.0),
    ("engine and its glue", &["engine_bg.wasm", "engine.js", "engine.worker.js", "engine_client.js"], 450.0),
    ("styles", &["app.css"], 25.0),
];

/// Fails where a bar is passed.
fn sizes() -> Result<()> {
    println!("\n| file | raw | brotli |\n|---|---|---|");
    let size = |file: &std::path::Path| std::fs::metadata(file).map(|m| m.len() as f64 / 1e3);
    for packed in build::site_files(|name| name.ends_with(".br") && !name.starts_with("swagger"))? {
        let raw = packed.with_extension("");
        let name = raw.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("| {name} | {:.1} kB | {:.1} kB |", size(&raw)?, size(&packed)?);
    }
    println!("\n| loaded later | brotli | bar |\n|---|---|---|");
    let mut over = Vec::new();
    for (what, files, bar) in LOADED_LATER {
        let of = |file: &&str| size(&build::site().join(format!("{file}.br"))).with_context(|| format!("no {file}"));
        let whole: f64 = files.iter().map(of).sum::<Result<f64>>()?;
        println!("| {what} | {whole:.1} kB | {bar} kB |");
        over.extend((whole > bar).then_some(what));
    }
    if !over.is_empty() {
        bail!("over the bar: {}", over.join(", "));
    }
    Ok(())
}

struct Server {
    child: Child,
    started: Duration,
}

impl Server {
    /// Starts the release binary and waits until it is ready.
    fn start(folder: &std::path::Path) -> Result<Self> {
        let address: SocketAddr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begin = Instant::now();
        let child = command(build::binary(true))
            .args(["serve", "--address", &address.to_string(), "--data"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .context("the release binary does not start")?;
        let mut server = Self { child, started: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            if begin.elapsed() > Duration::from_secs(20) {
                bail!("the server was not ready within 20 s");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        server.started = begin.elapsed();
        Ok(server)
    }

    fn stop(self) -> Duration {
        self.started
    }

    fn memory_kb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("no VmRSS")?;
        line.split_whitespace().nth(1).context("no figure")?.parse().context("no number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
