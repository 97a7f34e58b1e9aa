//! One transaction of the recorder: rows, results and rollups together, or none of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::Timestamp;
use domain::error::Kind;
use domain::execution::ExecutionStatus;
use domain::rollup::{Delta, RollupKey, Sketch, Values};
use domain::time::HOUR;
use sqlx::types::Json;
use uuid::Uuid;

use super::versions::sum_up;
use super::{NewExecution, NewResult, Op, Outcome};
use crate::clock::Clock;
use crate::db::values::Both;
use crate::db::{Db, Tx};
use crate::error::Result;

/// The dimensions whose values callers choose freely.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Dimension {
    Agent,
    Feature,
    Model,
    Provider,
}

const DIMENSIONS: [(Dimension, &str); 4] = [
    (Dimension::Agent, "select distinct agent from rollup_hour where project_id = $1 and bucket = $2"),
    (Dimension::Feature, "select distinct feature from rollup_hour where project_id = $1 and bucket = $2"),
    (Dimension::Model, "select distinct model from rollup_hour where project_id = $1 and bucket = $2"),
    (Dimension::Provider, "select distinct provider from rollup_hour where project_id = $1 and bucket = $2"),
];

pub(super) struct Writer {
    db: Db,
    clock: Arc<dyn Clock>,
    node: String,
    values: HashMap<(Uuid, Timestamp), HashMap<Dimension, Values>>,
}

/// The values that an execution is counted under.
struct Counted {
    agent: String,
    feature: String,
    model: String,
    provider: String,
}

type Deltas = BTreeMap<RollupKey, Delta>;

macro_rules! stored {
    () => {
        "select template_id, version, environment, api_key_id, status, started_at, render_us, result_hash,
           counted_agent, counted_feature, counted_model, counted_provider, model, provider
         from execution where id = $1 and project_id = $2 and ($3 is null or environment = $3)"
    };
}

impl Writer {
    pub(super) fn new(db: Db, clock: Arc<dyn Clock>, node: &str) -> Self {
        Self { db, clock, node: node.to_owned(), values: HashMap::new() }
    }

    /// Writes a batch. When it fails, each operation is tried alone, so that one bad row can't take others with it.
    pub(super) async fn write(&mut self, ops: &[Op]) -> Vec<Outcome> {
        match self.write_together(ops).await {
            Ok(outcomes) => outcomes,
            Err(error) if ops.len() == 1 => {
                tracing::error!(%error, "an execution was not recorded");
                vec![Outcome::Failed]
            }
            Err(_) => self.write_each(ops).await,
        }
    }

    /// One at a time. Once the database is away the rest is not tried: each try may wait for seconds.
    async fn write_each(&mut self, ops: &[Op]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(ops.len());
        for op in ops {
            match self.write_together(std::slice::from_ref(op)).await {
                Ok(alone) => outcomes.extend(alone),
                Err(error) => {
                    tracing::error!(%error, "an execution was not recorded");
                    outcomes.push(Outcome::Failed);
                    if matches!(&error, crate::Error::User(e) if e.kind == Kind::Unavailable) {
                        break;
                    }
                }
            }
        }
        outcomes.resize(ops.len(), Outcome::Failed);
        outcomes
    }

    async fn write_together(&mut self, ops: &[Op]) -> Result<Vec<Outcome>> {
        let mut deltas = Deltas::new();
        let mut tx = self.db.begin().await?;
        let mut rows = Vec::new();
        for op in ops {
            if let Op::Execution(execution) = op {
                let counted = self.count_execution(&mut tx, execution).await?;
                deltas.entry(execution_key(execution, &counted)).or_default().add(Delta {
                    executions: 1,
                    render_us: execution.render_us,
                    ..Delta::default()
                });
                rows.push((execution.as_ref(), counted));
            }
        }
        insert(&mut tx, &rows, &self.node).await?;
        let mut outcomes = Vec::with_capacity(ops.len());
        for op in ops {
            outcomes.push(match op {
                Op::Execution(_) => Outcome::Written,
                Op::Result(result) => self.accept(&mut tx, result, &mut deltas).await?,
            });
        }
        roll_up(&mut tx, deltas, &self.node).await?;
        tx.commit().await?;
        Ok(outcomes)
    }

    async fn count_execution(&mut self, tx: &mut Tx, execution: &NewExecution) -> Result<Counted> {
        let (project, bucket) = (execution.project.0, execution.started_at.bucket(HOUR));
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(Counted {
            agent: self.count_as(tx, project, bucket, Dimension::Agent, &text(&execution.agent)).await?,
            feature: self.count_as(tx, project, bucket, Dimension::Feature, &text(&execution.feature)).await?,
            model: self.count_as(tx, project, bucket, Dimension::Model, &text(&execution.served.model)).await?,
            provider: self
                .count_as(tx, project, bucket, Dimension::Provider, &text(&execution.served.provider))
                .await?,
        })
    }

    /// The value to count under, remembering the values of the hour; a fresh process reads them back first.
    async fn count_as(
        &mut self,
        tx: &mut Tx,
        project: Uuid,
        bucket: Timestamp,
        dimension: Dimension,
        value: &str,
    ) -> Result<String> {
        if value.is_empty() {
            return Ok(String::new());
        }
        if !self.values.contains_key(&(project, bucket)) {
            let oldest = self.clock.now().bucket(HOUR).plus(-HOUR);
            self.values.retain(|(_, hour), _| *hour >= oldest);
            let mut known = HashMap::new();
            for (dimension, sql) in DIMENSIONS {
                let seen: Vec<(String,)> = tx.all(sql, (project, bucket.0)).await?;
                known.insert(dimension, Values::from_seen(seen.into_iter().map(|(v,)| v)));
            }
            self.values.insert((project, bucket), known);
        }
        let known = self.values.entry((project, bucket)).or_default();
        Ok(known.entry(dimension).or_default().count_as(value))
    }

    /// Takes the first result of an execution; the same one again changes nothing.
    async fn accept(&mut self, tx: &mut Tx, result: &NewResult, deltas: &mut Deltas) -> Result<Outcome> {
        // Locked on PostgreSQL, where another node may take a result of the same execution at the same time.
        let sql = match tx {
            Tx::Sqlite(_) => stored!(),
            Tx::Postgres(_) => concat!(stored!(), " for update"),
        };
        let found: Option<Stored> = tx.opt(sql, (result.execution.0, result.project.0, &result.environment)).await?;
        let Some(stored) = found else { return Ok(Outcome::Unknown) };
        if let Some(before) = &stored.result_hash {
            return Ok(if before == &result.hash { Outcome::Written } else { Outcome::Different });
        }
        let status = match (stored.status()?, result.status) {
            (ExecutionStatus::Success, Some(reported)) => reported,
            (kept, _) => kept,
        };
        let bucket = Timestamp(stored.started_at).bucket(HOUR);
        let model = result.model.clone().or(stored.model.clone()).unwrap_or_default();
        let provider = result.provider.clone().or(stored.provider.clone()).unwrap_or_default();
        let counted = Counted {
            agent: stored.counted_agent.clone(),
            feature: stored.counted_feature.clone(),
            model: self.count_as(tx, result.project.0, bucket, Dimension::Model, &model).await?,
            provider: self.count_as(tx, result.project.0, bucket, Dimension::Provider, &provider).await?,
        };
        self.update(tx, result, status, &model, &provider, &counted).await?;
        stored.move_counts(result, status, counted, deltas)?;
        Ok(Outcome::Written)
    }

    async fn update(
        &self,
        tx: &mut Tx,
        result: &NewResult,
        status: ExecutionStatus,
        model: &str,
        provider: &str,
        counted: &Counted,
    ) -> Result<()> {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        tx.exec(
            "update execution set status = $2, model_response = $3, token_count = $4, input_tokens = $5,
               output_tokens = $6, cost_nanos = $7, latency_ms = $8, error_type = coalesce($9, error_type),
               error_message = coalesce($10, error_message), model = $11, provider = $12, result_hash = $13,
               finished_at = $14, counted_model = $15, counted_provider = $16 where id = $1",
            (
                result.execution.0,
                status.name(),
                result.model_response.as_deref(),
                result.token_count,
                result.input_tokens,
                result.output_tokens,
                result.cost_nanos,
                result.latency_ms,
                result.error_type.as_deref(),
                result.error_message.as_deref(),
                filled(model),
                filled(provider),
                result.hash.to_vec(),
                result.finished_at.0,
                &counted.model,
                &counted.provider,
            ),
        )
        .await?;
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Stored {
    template_id: Uuid,
    version: i64,
    environment: String,
    api_key_id: Option<Uuid>,
    status: String,
    started_at: i64,
    render_us: i64,
    result_hash: Option<Vec<u8>>,
    counted_agent: String,
    counted_feature: String,
    counted_model: String,
    counted_provider: String,
    model: Option<String>,
    provider: Option<String>,
}

impl Stored {
    fn status(&self) -> Result<ExecutionStatus> {
        ExecutionStatus::parse(&self.status).map_err(crate::Error::internal)
    }

    fn key(&self, project: Uuid, status: ExecutionStatus, counted: Counted) -> RollupKey {
        RollupKey {
            project,
            bucket: Timestamp(self.started_at).bucket(HOUR),
            template: self.template_id,
            version: self.version,
            variant: String::new(),
            environment: self.environment.clone(),
            model: counted.model,
            provider: counted.provider,
            api_key: self.api_key_id.map(|id| id.to_string()).unwrap_or_default(),
            agent: counted.agent,
            feature: counted.feature,
            status,
        }
    }

    /// Takes the execution out of the row it was counted in and puts it, with its outcome, where it belongs now.
    fn move_counts(
        &self,
        result: &NewResult,
        status: ExecutionStatus,
        counted: Counted,
        deltas: &mut Deltas,
    ) -> Result<()> {
        let before = Counted {
            agent: self.counted_agent.clone(),
            feature: self.counted_feature.clone(),
            model: self.counted_model.clone(),
            provider: self.counted_provider.clone(),
        };
        let moved = Delta { executions: -1, render_us: -self.render_us, ..Delta::default() };
        deltas.entry(self.key(result.project.0, self.status()?, before)).or_default().add(moved);
        deltas.entry(self.key(result.project.0, status, counted)).or_default().add(Delta {
            executions: 1,
            results: 1,
            render_us: self.render_us,
            latency_ms: result.latency_ms.unwrap_or(0),
            latency_count: i64::from(result.latency_ms.is_some()),
            input_tokens: result.input_tokens.unwrap_or(0),
            output_tokens: result.output_tokens.unwrap_or(0),
            tokens: result.token_count.unwrap_or(0),
            cost_nanos: result.cost_nanos.unwrap_or(0),
            latencies: result.latency_ms.into_iter().collect(),
        });
        Ok(())
    }
}

fn execution_key(execution: &NewExecution, counted: &Counted) -> RollupKey {
    RollupKey {
        project: execution.project.0,
        bucket: execution.started_at.bucket(HOUR),
        template: execution.served.template.0,
        version: execution.served.version,
        variant: String::new(),
        environment: execution.environment.clone(),
        model: counted.model.clone(),
        provider: counted.provider.clone(),
        api_key: execution.api_key.map(|id| id.to_string()).unwrap_or_default(),
        agent: counted.agent.clone(),
        feature: counted.feature.clone(),
        status: execution.status,
    }
}

async fn insert(tx: &mut Tx, rows: &[(&NewExecution, Counted)], node: &str) -> Result<()> {
    let params = rows.iter().map(|(e, counted)| {
        let whose = (
            e.id,
            e.project.0,
            e.served.template.0,
            e.served.key.as_str(),
            e.served.version,
            e.served.label.as_deref(),
            e.served.effective_hash.as_str(),
            e.environment.as_str(),
            e.api_key.map(|id| id.0),
            e.caller.as_str(),
            e.agent.as_deref(),
            e.feature.as_deref(),
        );
        let what = (
            e.user_id.as_deref(),
            e.session_id.as_deref(),
            e.request_id.as_deref(),
            Json(&e.variables),
            Json(&e.messages),
            e.status.name(),
            e.error_type.as_deref(),
            e.error_message.as_deref(),
            e.guardrail_action,
            e.served.model.as_deref(),
            e.served.provider.as_deref(),
            e.render_us,
            e.started_at.0,
        );
        let counted =
            (counted.agent.as_str(), counted.feature.as_str(), counted.model.as_str(), counted.provider.as_str(), node);
        Both(whose, Both(what, counted))
    });
    tx.batch(
        "insert into execution (id, project_id, template_id, template_name, version, label, effective_hash,
           environment, api_key_id, caller, agent, feature, user_id, session_id, request_id, variables, messages,
           status, error_type, error_message, guardrail_action, model, provider, render_us, started_at,
           counted_agent, counted_feature, counted_model, counted_provider, counted_node) values {rows}",
        params,
    )
    .await?;
    Ok(())
}

/// Adds the deltas, in the order of their keys, so that two nodes never wait for each other's rows crosswise.
async fn roll_up(tx: &mut Tx, deltas: Deltas, node: &str) -> Result<()> {
    let mut rows = Vec::with_capacity(deltas.len());
    for (key, delta) in &deltas {
        let sketch = match delta.latencies.as_slice() {
            [] => None,
            latencies => Some(merged_sketch(tx, key, node, latencies).await?),
        };
        rows.push((key, delta, sketch));
    }
    let (with, without): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, _, sketch)| sketch.is_some());
    tx.batch(UPSERT_SKETCH, with.iter().map(|row| params(row, node))).await?;
    tx.batch(UPSERT, without.iter().map(|row| params(row, node))).await?;
    sum_up(tx, &deltas, node).await
}

/// The row's sketch with the new latencies. Only this node's task writes the row, so reading it first is safe.
async fn merged_sketch(tx: &mut Tx, key: &RollupKey, node: &str, latencies: &[i64]) -> Result<Vec<u8>> {
    let stored: Option<(Vec<u8>,)> = tx
        .opt(
            "select latency_sketch from rollup_hour where project_id = $1 and bucket = $2 and template_id = $3
               and version = $4 and variant = $5 and environment = $6 and model = $7 and provider = $8
               and api_key = $9 and agent = $10 and feature = $11 and status = $12 and node = $13",
            (
                key.project,
                key.bucket.0,
                key.template,
                key.version,
                &key.variant,
                &key.environment,
                &key.model,
                &key.provider,
                &key.api_key,
                &key.agent,
                &key.feature,
                key.status.name(),
                node,
            ),
        )
        .await?;
    Ok(Sketch::extend(&stored.map(|(bytes,)| bytes).unwrap_or_default(), latencies))
}

fn params<'a>(
    (key, delta, sketch): &'a (&'a RollupKey, &'a Delta, Option<Vec<u8>>),
    node: &'a str,
) -> impl crate::db::values::Params + 'a {
    let dimensions = (
        key.project,
        key.bucket.0,
        key.template,
        key.version,
        key.variant.as_str(),
        key.environment.as_str(),
        key.model.as_str(),
        key.provider.as_str(),
        key.api_key.as_str(),
        key.agent.as_str(),
        key.feature.as_str(),
        key.status.name(),
        node,
    );
    let sums = (
        delta.executions,
        delta.results,
        delta.render_us,
        delta.latency_ms,
        delta.latency_count,
        delta.input_tokens,
        delta.output_tokens,
        delta.tokens,
        delta.cost_nanos,
        sketch.as_deref().unwrap_or_default(),
    );
    Both(dimensions, sums)
}

macro_rules! upsert {
    ($sketch:literal) => {
        concat!(
            "insert into rollup_hour (project_id, bucket, template_id, version, variant, environment, model, provider,
               api_key, agent, feature, status, node, executions, results, render_us, latency_ms, latency_count,
               input_tokens, output_tokens, tokens, cost_nanos, latency_sketch) values {rows}
             on conflict (project_id, bucket, template_id, version, variant, environment, model, provider, api_key,
               agent, feature, status, node) do update set
               executions = rollup_hour.executions + excluded.executions,
               results = rollup_hour.results + excluded.results,
               render_us = rollup_hour.render_us + excluded.render_us,
               latency_ms = rollup_hour.latency_ms + excluded.latency_ms,
               latency_count = rollup_hour.latency_count + excluded.latency_count,
               input_tokens = rollup_hour.input_tokens + excluded.input_tokens,
               output_tokens = rollup_hour.output_tokens + excluded.output_tokens,
               tokens = rollup_hour.tokens + excluded.tokens,
               cost_nanos = rollup_hour.cost_nanos + excluded.cost_nanos",
            $sketch
        )
    };
}
const UPSERT: &str = upsert!("");
const UPSERT_SKETCH: &str = upsert!(", latency_sketch = excluded.latency_sketch");
