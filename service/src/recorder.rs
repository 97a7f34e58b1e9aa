//! The group commit: executions and results of many requests in one transaction, with their rollups.
//!
//! One task owns all writes, so rollup rows of this node are never updated from two places at once.

mod batch;
mod versions;

use std::sync::Arc;

use domain::Timestamp;
use domain::error::Kind;
use domain::execution::{Durability, ExecutionStatus, Variables};
use domain::ids::{ApiKeyId, ExecutionId, ProjectId};
use domain::version::Message;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::serving::Served;
use batch::Writer;

pub use versions::fill;

/// Operations that wait at most, and that one transaction takes at most.
const QUEUE: usize = 4_096;
const BATCH: usize = 500;

/// A render to record.
pub struct NewExecution {
    pub id: Uuid,
    pub project: ProjectId,
    pub served: Arc<Served>,
    pub environment: String,
    pub api_key: Option<ApiKeyId>,
    pub caller: String,
    pub agent: Option<String>,
    pub feature: Option<String>,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    pub request_id: Option<String>,
    pub variables: Variables,
    pub messages: Vec<Message>,
    pub status: ExecutionStatus,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
    pub guardrail_action: &'static str,
    pub render_us: i64,
    pub started_at: Timestamp,
}

/// A checked report of a caller, ready to be counted.
#[derive(Clone, Debug)]
pub struct NewResult {
    pub project: ProjectId,
    /// The only environment that the reporter knows; none for all.
    pub environment: Option<String>,
    pub execution: ExecutionId,
    /// SHA-256 of the report: the same one twice is fine, a different one is not.
    pub hash: [u8; 32],
    pub model_response: Option<String>,
    pub token_count: Option<i64>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cost_nanos: Option<i64>,
    pub latency_ms: Option<i64>,
    pub status: Option<ExecutionStatus>,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub finished_at: Timestamp,
}

enum Op {
    Execution(Box<NewExecution>),
    Result(Box<NewResult>),
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Written,
    /// There is no such execution in the project.
    Unknown,
    /// Another result was accepted before.
    Different,
    /// The transaction failed; the log says why.
    Failed,
}

struct Job {
    op: Op,
    done: Option<oneshot::Sender<Outcome>>,
}

/// The way in to the recorder's task.
pub struct Recorder {
    jobs: mpsc::Sender<Job>,
}

impl Recorder {
    /// Starts the task. It ends, with everything written, when the recorder is dropped.
    pub fn start(db: Db, clock: Arc<dyn Clock>, node: &str) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(queue, Writer::new(db, clock, node)));
        Self { jobs }
    }

    /// Records a render; returns how durable its record is by now.
    pub async fn record(&self, execution: NewExecution, wanted: Durability) -> Result<Durability> {
        let op = Op::Execution(Box::new(execution));
        match wanted {
            Durability::Buffered => self.send(Job { op, done: None }).await?,
            Durability::Committed => match self.send_and_wait(op).await? {
                Outcome::Written => {}
                _ => return Err(away()),
            },
        }
        Ok(wanted)
    }

    /// Counts a caller's report.
    pub async fn report(&self, result: NewResult) -> Result<()> {
        match self.send_and_wait(Op::Result(Box::new(result))).await? {
            Outcome::Written => Ok(()),
            Outcome::Unknown => Err(domain::Error::not_found("execution").into()),
            Outcome::Different => Err(domain::Error::conflict(
                "result_exists",
                "another result was accepted for this execution before; the first one stands",
            )
            .into()),
            Outcome::Failed => Err(away()),
        }
    }

    /// Hands a report over without waiting for what becomes of it.
    pub(crate) async fn report_later(&self, result: NewResult) -> Result<()> {
        self.send(Job { op: Op::Result(Box::new(result)), done: None }).await
    }

    /// Waits until everything that was handed over before is written.
    pub async fn flush(&self) -> Result<()> {
        let nobody = NewResult {
            project: ProjectId(Uuid::nil()),
            environment: None,
            execution: ExecutionId(Uuid::nil()),
            hash: [0; 32],
            model_response: None,
            token_count: None,
            input_tokens: None,
            output_tokens: None,
            cost_nanos: None,
            latency_ms: None,
            status: None,
            error_type: None,
            error_message: None,
            model: None,
            provider: None,
            finished_at: Timestamp(0),
        };
        self.send_and_wait(Op::Result(Box::new(nobody))).await.map(|_| ())
    }

    async fn send(&self, job: Job) -> Result<()> {
        self.jobs.send(job).await.map_err(|_| away())
    }
    async fn send_and_wait(&self, op: Op) -> Result<Outcome> {
        let (done, outcome) = oneshot::channel();
        self.send(Job { op, done: Some(done) }).await?;
        outcome.await.map_err(|_| away())
    }
}

fn away() -> Error {
    let text = "the execution could not be recorded; try again";
    domain::Error::new(Kind::Unavailable, "log_unavailable", text).retry_after(1).into()
}

async fn run(mut queue: mpsc::Receiver<Job>, mut writer: Writer) {
    let mut jobs = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut jobs, BATCH).await > 0 {
        let (ops, waiting): (Vec<Op>, Vec<_>) = jobs.drain(..).map(|job| (job.op, job.done)).unzip();
        let outcomes = writer.write(&ops).await;
        for (done, outcome) in waiting.into_iter().zip(outcomes) {
            if let Some(done) = done {
                // A request that was given up no longer listens; its execution is recorded all the same.
                let _ = done.send(outcome);
            }
        }
    }
}
