//! The front door: the real router on a real socket, over either engine, at a clock that stands still.

pub mod answer;
pub mod callers;
pub mod cast;
pub mod engine;
pub mod program;
pub mod requests;
pub mod site;
#[path = "../../../service/tests/common/written.rs"]
pub mod written;

use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use domain::Timestamp;
use serde_json::Value;
use service::Services;
use service::clock::{FixedClock, SeededRandom};
use service::crypto::Secrets;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use answer::Answer;
pub use engine::Engine;
use site::Site;

/// The moment at which every test starts: 2025-01-20T14:00:00Z, the time in the documented answers.
pub const START: Timestamp = Timestamp(1_737_381_600_000);
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// What a request says about who sends it.
#[derive(Clone, Debug, Default)]
pub enum By {
    #[default]
    Nobody,
    /// A token, and the project it is used in.
    Token(String, String),
    /// An API key in `X-Api-Key`.
    Key(String),
    /// A cookie, as a browser sends it from our own pages.
    Cookie(String),
}

impl By {
    /// The same person in another project.
    pub fn in_project(&self, project: &str) -> By {
        match self {
            By::Token(token, _) => By::Token(token.clone(), project.to_owned()),
            other => other.clone(),
        }
    }
}

/// A running server and what is behind it.
pub struct Server {
    pub services: Arc<Services>,
    pub clock: Arc<FixedClock>,
    pub url: String,
    site: Site,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    serving: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Server {
    /// Starts on an engine; none when that engine is left out on purpose.
    pub async fn start(engine: Engine) -> Result<Option<Self>> {
        Self::start_as(engine, false).await
    }

    /// As [`Server::start`]; with `is_https` as behind a proxy with TLS.
    pub async fn start_as(engine: Engine, is_https: bool) -> Result<Option<Self>> {
        let folder = TempDir::new()?;
        let Some(db) = engine::open(engine, folder.path()).await? else { return Ok(None) };
        let clock = Arc::new(FixedClock::new(START));
        let random = Arc::new(SeededRandom::new(seed()));
        let services = Services::start(db, clock.clone(), random, Secrets::derive(b"front door"), "test")?;
        let public_url = if is_https { "https://promptory.example".to_owned() } else { String::new() };
        let front = server::router::Front { public_url, ..Default::default() };
        let Serving { url, stop, serving } = serve(&services, &front).await?;
        let site = Site::new(&url)?;
        Ok(Some(Self {
            services,
            clock,
            url,
            site,
            stop: Mutex::new(Some(stop)),
            serving: Some(serving),
            _folder: folder,
        }))
    }

    /// A request to fill in further.
    pub fn request(&self, method: &str, path: &str, by: &By) -> Result<reqwest::RequestBuilder> {
        self.site.request(method, path, by)
    }
    /// Sends JSON, or no body at all.
    pub async fn send(&self, method: &str, path: &str, by: &By, body: Option<Value>) -> Result<Answer> {
        self.site.send(method, path, by, body).await
    }
    pub async fn get(&self, path: &str, by: &By) -> Result<Answer> {
        self.site.send("GET", path, by, None).await
    }

    /// Tells the server to end, as a signal would.
    pub fn tell_to_stop(&self) -> Result<()> {
        let stop = self.stop.lock().map_err(|_| anyhow!("a test panicked"))?.take();
        if let Some(stop) = stop {
            let _ = stop.send(());
        }
        Ok(())
    }

    /// Ends the server and waits for it.
    pub async fn stop(mut self) -> Result<()> {
        self.tell_to_stop()?;
        if let Some(serving) = self.serving.take() {
            serving.await?;
        }
        Ok(())
    }
}

/// The router on a port of its own, until it is told to stop.
pub struct Serving {
    pub url: String,
    pub stop: oneshot::Sender<()>,
    pub serving: JoinHandle<()>,
}

pub async fn serve(services: &Arc<Services>, front: &server::router::Front) -> Result<Serving> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel();
    let router = server::router::router(services, front);
    let serving = tokio::spawn(server::accept::serve(listener, router, 1_000, async {
        let _ = stopped.await;
    }));
    Ok(Serving { url, stop, serving })
}

/// The seed of everything random; printed by whatever depends on it.
pub fn seed() -> u64 {
    std::env::var("PROMPTORY_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}

/// How much random work to do: 1 in an ordinary run, more in a soak.
pub fn scale() -> u64 {
    std::env::var("PROMPTORY_TEST_SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}

/// Runs a scenario on an engine.
pub async fn run(engine: Engine, scenario: impl AsyncFnOnce(&Server) -> Result<()>) -> Result<()> {
    let Some(server) = Server::start(engine).await? else { return Ok(()) };
    scenario(&server).await?;
    server.stop().await
}

/// Makes two tests of each scenario, one for each engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            use $crate::common::{Engine, run};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() -> anyhow::Result<()> {
                run(Engine::Sqlite, super::$scenario).await
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() -> anyhow::Result<()> {
                run(Engine::Postgres, super::$scenario).await
            }
        }
    )+};
}

/// Holds an answer against an inline snapshot, which is the same on both engines.
#[macro_export]
macro_rules! assert_answer {
    ($answer:expr, @$expected:literal) => {
        insta::allow_duplicates! { insta::assert_snapshot!($answer.shown(), @$expected) }
    };
}
