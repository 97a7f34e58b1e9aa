//! A handler that panics: its caller gets an error like any other, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Result;
use domain::Timestamp;
use serde_json::json;
use service::Services;
use service::clock::{Clock, FixedClock, SeededRandom};
use service::crypto::Secrets;
use tempfile::TempDir;

use crate::common::engine::{self, Engine};
use crate::common::site::Site;
use crate::common::{By, START, seed, serve};

/// A clock that panics when it was asked so often.
struct Stumbling {
    clock: FixedClock,
    left: AtomicI64,
}

impl Clock for Stumbling {
    fn now(&self) -> Timestamp {
        assert!(self.left.fetch_sub(1, Ordering::SeqCst) > 0, "the inside of a clock");
        self.clock.now()
    }
    fn monotonic_us(&self) -> i64 {
        self.clock.monotonic_us()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_answered_and_ends_nothing() -> Result<()> {
    let folder = TempDir::new()?;
    let Some(db) = engine::open(Engine::Sqlite, folder.path()).await? else { return Ok(()) };
    let clock = FixedClock::new(START);
    let clock = Arc::new(Stumbling { clock, left: AtomicI64::new(i64::MAX) });
    let random = Arc::new(SeededRandom::new(seed()));
    let services = Services::start(db, clock.clone(), random, Secrets::derive(b"panics"), "test")?;
    let serving = serve(&services, &server::router::Front::default()).await?;
    let site = Site::new(&serving.url)?;
    let log_in = || async {
        let who = json!({ "email": "nobody@example.com", "password": "correct horse battery staple" });
        site.send("POST", "/api/v1/auth/token", &By::Nobody, Some(who)).await
    };
    let before = log_in().await?.expect(401)?;
    for _ in 0..3 {
        // The first time goes into the request's id, which stands in the answer whatever happens.
        clock.left.store(1, Ordering::SeqCst);
        let answer = log_in().await?.expect(500)?;
        answer.check_problem(500)?;
        assert!(!answer.text.contains("clock") && !answer.text.contains("panic"), "{}", answer.text);
    }
    clock.left.store(i64::MAX, Ordering::SeqCst);
    let after = log_in().await?.expect(401)?;
    assert_eq!(after.json()["code"], before.json()["code"], "no lock stays poisoned");
    let _ = serving.stop.send(());
    Ok(serving.serving.await?)
}
