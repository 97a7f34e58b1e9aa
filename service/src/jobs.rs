//! What runs beside the requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::ctx::Services;
use crate::error::Result;
use crate::{changes, idempotency, lint, partitions, presence, recorder, serving, sessions};

type Run<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// One recurring job. Each is safe to run on several nodes at once.
struct Job {
    name: &'static str,
    every: Duration,
    run: fn(&Arc<Services>) -> Run<'_>,
}

const JOBS: &[Job] = &[
    Job { name: "serving.poll", every: Duration::from_millis(500), run: |s| Box::pin(serving::poll(s)) },
    Job {
        name: "sessions.purge",
        every: Duration::from_secs(300),
        run: |s| Box::pin(async { sessions::purge(s).await.map(drop) }),
    },
    Job { name: "partitions.ensure", every: Duration::from_secs(3_600), run: |s| Box::pin(partitions::ensure(s)) },
    Job {
        name: "idempotency.purge",
        every: Duration::from_secs(900),
        run: |s| Box::pin(async { idempotency::purge(s).await.map(drop) }),
    },
    Job {
        name: "lint.score",
        every: Duration::from_secs(300),
        run: |s| Box::pin(async { lint::score_old(s).await.map(drop) }),
    },
    Job { name: "changes.publish_due", every: Duration::from_secs(1), run: |s| Box::pin(changes::publish_due(s)) },
    Job {
        name: "recorder.fill",
        every: Duration::from_secs(300),
        run: |s| Box::pin(async { recorder::fill(s).await.map(drop) }),
    },
    Job { name: "presence.beat", every: Duration::from_secs(5), run: |s| Box::pin(presence::beat(s)) },
    Job { name: "presence.look", every: Duration::from_secs(1), run: |s| Box::pin(presence::look(s)) },
];

/// Starts the jobs; they end when the handle is dropped.
pub fn start(services: &Arc<Services>) -> Running {
    Running(JOBS.iter().map(|job| tokio::spawn(repeat(services.clone(), job))).collect())
}

/// The running jobs.
pub struct Running(Vec<tokio::task::JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn repeat(services: Arc<Services>, job: &'static Job) {
    let mut ticks = tokio::time::interval(job.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if let Err(error) = (job.run)(&services).await {
            tracing::warn!(job = job.name, %error, "a job failed; it runs again at its next turn");
        }
    }
}
