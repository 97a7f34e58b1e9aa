//! `serve` and `demo`.

use std::pin::pin;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::ids::ProjectId;
use service::clock::{ShiftedClock, SystemClock};
use service::{Services, demo, first_data, jobs, projects, setup};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::router::{Front, router};
use crate::{accept, start};

/// Runs the server until it is told to stop.
pub(super) async fn serve(config: &Config) -> Result<()> {
    let services = start::services(config, Arc::new(SystemClock::default())).await?;
    let project = default_project(&services).await?;
    let loaded = first_data::load(&services.system(project, "first-data")).await?;
    let listener = listen(config).await?;
    let stop = stopped();
    let url = config.url(listener.local_addr()?);
    println!("Promptory {}", env!("CARGO_PKG_VERSION"));
    println!("  data      {}", config.data.display());
    println!(
        "  database  {}",
        if config.database_url.is_empty() { "SQLite, in the data folder" } else { "PostgreSQL" }
    );
    println!("  open      {url}");
    println!("  API       {url}/api/docs");
    if loaded > 0 {
        println!("  loaded    {loaded} templates to start from");
    }
    if let Some(token) = setup::new_link(&services).await? {
        println!("  set up    {url}/setup/{token}   (once, within an hour)");
    }
    run(config, services, listener, stop).await
}

/// Runs the server on a folder that goes away with it.
pub(super) async fn demo(mut config: Config) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("promptory-demo-").tempdir()?;
    config.data = folder.path().to_owned();
    config.database_url.clear();
    let listener = listen(&config).await?;
    let clock = Arc::new(ShiftedClock::default());
    let services = start::services(&config, clock.clone()).await?;
    let mut stop = pin!(stopped());
    let people = tokio::select! {
        people = demo::fill(&services, &clock) => people?,
        () = &mut stop => return Ok(()),
    };
    let url = config.url(listener.local_addr()?);
    println!("Promptory {} demo: everything is thrown away when it stops", env!("CARGO_PKG_VERSION"));
    println!("  open      {url}");
    println!("  API       {url}/api/docs");
    for person in &people {
        println!("  log in    {:<24} {}   ({})", person.email, person.password, person.role.title().to_lowercase());
    }
    run(&config, services, listener, stop).await?;
    folder.close().context("cannot remove the demo's folder")
}

async fn default_project(services: &Arc<Services>) -> Result<ProjectId> {
    projects::find_id(services, domain::project::DEFAULT).await?.context("the project `default` is missing")
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let listener = TcpListener::bind(&config.address).await;
    listener.with_context(|| format!("cannot listen on {}; is another server running there?", config.address))
}

async fn run(
    config: &Config,
    services: Arc<Services>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    if !listener.local_addr()?.ip().is_loopback() && !config.is_https() {
        eprintln!(
            "warning: reachable from other machines without TLS; put a proxy with TLS before it and set server.public_url"
        );
    }
    let running = jobs::start(&services);
    let router = router(&services, &Front { public_url: config.public_url.clone(), proxies: config.proxies.clone() });
    accept::serve(listener, router, config.max_connections, stop).await;
    drop(running);
    services.recorder.flush().await?;
    Ok(())
}

/// Resolves at the first signal to stop. It listens from the call on, not only once it is awaited: a signal
/// right after the address was said must not tear the process down.
fn stopped() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
