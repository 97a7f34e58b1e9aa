//! Executions: list, read, and the outcome that callers report.

use domain::Timestamp;
use domain::cost::{decimal_from_nanos, nanos_from_decimal};
use domain::error::Problems;
use domain::execution::{Execution, ExecutionFilter, ExecutionStatus, ExecutionSummary, ResultReport, Variables};
use domain::ids::ExecutionId;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::version::Message;
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use crate::crypto::sha256;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::recorder::NewResult;

/// The most bytes of a reported answer.
const MAX_RESPONSE: usize = 512 * 1024;

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    started_at: i64,
    template_name: String,
    version: i64,
    label: Option<String>,
    environment: String,
    status: String,
    error_type: Option<String>,
    error_message: Option<String>,
    agent: Option<String>,
    feature: Option<String>,
    user_id: Option<String>,
    model: Option<String>,
    render_us: i64,
    latency_ms: Option<i64>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost_nanos: Option<i64>,
}

const SUMMARY: &str = "id, started_at, template_name, version, label, environment, status, error_type, error_message,
    agent, feature, user_id, model, render_us, latency_ms, input_tokens, output_tokens, cost_nanos";

impl SummaryRow {
    fn summary(self) -> Result<ExecutionSummary> {
        Ok(ExecutionSummary {
            id: ExecutionId(self.id),
            started_at: Timestamp(self.started_at),
            template_name: self.template_name,
            version: self.version,
            label: self.label,
            environment: self.environment,
            status: ExecutionStatus::parse(&self.status).map_err(Error::internal)?,
            error_type: self.error_type,
            error_message: self.error_message,
            agent: self.agent,
            feature: self.feature,
            user_id: self.user_id,
            model: self.model,
            render_us: self.render_us,
            latency_ms: self.latency_ms,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_usd: self.cost_nanos.map(decimal_from_nanos),
        })
    }
}

/// The ids that a time range of UUIDv7 covers.
fn id_at(at: Timestamp) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&at.0.max(0).to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// Newest first; an API key sees those of its environment. Time is filtered through the ids, so that PostgreSQL reads only the partitions it needs.
pub async fn list(ctx: &Ctx, filter: &ExecutionFilter, page: &PageRequest) -> Result<Page<ExecutionSummary>> {
    ctx.authorise(Permission::ReadExecutions)?;
    let mut problems = Problems::default();
    let mut moment = |field: &str, text: &str, otherwise: Uuid| match text {
        "" => otherwise,
        text => problems.take(field, Timestamp::parse(text)).map_or(otherwise, id_at),
    };
    let (from, to) = (moment("from", &filter.from, Uuid::nil()), moment("to", &filter.to, Uuid::max()));
    problems.require(from < to, "to", "use a moment after `from`");
    if !filter.status.is_empty() {
        problems.take("status", ExecutionStatus::parse(&filter.status));
    }
    problems.finish()?;
    let (cursor, limit) = (page.after()?.unwrap_or(Uuid::max()), page.limit()?);
    let rows: Vec<SummaryRow> = ctx
        .db()
        .all(
            AssertSqlSafe(format!(
                "select {SUMMARY} from execution where project_id = $1 and id >= $2 and id < $3
                   and ($4 = '' or template_name = $4) and ($5 = '' or status = $5)
                   and ($6 = '' or environment = $6) and ($9 is null or environment = $9) and ($7 = '' or agent = $7) and ($8 = '' or user_id = $8)
                 order by id desc limit $10"
            )),
            (
                ctx.project.0,
                from,
                to.min(cursor),
                &filter.template,
                &filter.status,
                &filter.environment,
                &filter.agent,
                &filter.user,
                ctx.own_environment(),
                limit + 1,
            ),
        )
        .await?;
    let items = rows.into_iter().map(SummaryRow::summary).collect::<Result<_>>()?;
    Ok(Page::cut(items, limit, |e: &ExecutionSummary| e.id.to_string()))
}

#[derive(sqlx::FromRow)]
struct DetailRow {
    #[sqlx(flatten)]
    summary: SummaryRow,
    session_id: Option<String>,
    request_id: Option<String>,
    provider: Option<String>,
    caller: String,
    effective_hash: String,
    variables: Json<Variables>,
    messages: Json<Vec<Message>>,
    model_response: Option<String>,
    token_count: Option<i64>,
    guardrail_action: String,
    finished_at: Option<i64>,
}

/// One execution whole.
pub async fn get(ctx: &Ctx, id: ExecutionId) -> Result<Execution> {
    ctx.authorise(Permission::ReadExecutions)?;
    let sql = "select * from execution where id = $1 and project_id = $2 and ($3 is null or environment = $3)";
    let row: Option<DetailRow> = ctx.db().opt(sql, (id.0, ctx.project.0, ctx.own_environment())).await?;
    let row = row.ok_or_else(|| domain::Error::not_found("execution"))?;
    Ok(Execution {
        summary: row.summary.summary()?,
        session_id: row.session_id,
        request_id: row.request_id,
        provider: row.provider,
        caller: row.caller,
        effective_hash: row.effective_hash,
        variables: row.variables.0,
        messages: row.messages.0,
        model_response: row.model_response,
        token_count: row.token_count,
        guardrail_action: row.guardrail_action,
        finished_at: row.finished_at.map(Timestamp),
    })
}

/// Takes what a caller reports after its model answered. The first report stands; the same one again is fine.
pub async fn report(ctx: &Ctx, id: ExecutionId, report: ResultReport) -> Result<()> {
    ctx.authorise(Permission::WriteExecutions)?;
    ctx.services.recorder.report(result(ctx, id, report)?).await
}

/// As [`report`], without waiting for the commit; for the demo's weeks.
pub(crate) async fn report_later(ctx: &Ctx, id: ExecutionId, report: ResultReport) -> Result<()> {
    ctx.services.recorder.report_later(result(ctx, id, report)?).await
}

/// The checked report.
fn result(ctx: &Ctx, id: ExecutionId, report: ResultReport) -> Result<NewResult> {
    let hash = sha256(&serde_json::to_vec(&report)?);
    let mut problems = Problems::default();
    // The first report stands: one that says nothing would keep the real one out.
    let is_empty = report == ResultReport::default();
    problems.require(!is_empty, "body", "report at least a status, an answer or figures");
    let cost_nanos = check_report(&report, &mut problems);
    problems.finish()?;
    let parts = report.input_tokens.zip(report.output_tokens).map(|(input, output)| input + output);
    Ok(NewResult {
        project: ctx.project,
        environment: ctx.own_environment().map(str::to_owned),
        execution: id,
        hash,
        model_response: report.model_response,
        token_count: report.token_count.or(parts),
        input_tokens: report.input_tokens,
        output_tokens: report.output_tokens,
        cost_nanos,
        latency_ms: report.latency_ms,
        status: report.status,
        error_type: given(report.error_type),
        error_message: given(report.error_message),
        model: given(report.model),
        provider: given(report.provider),
        finished_at: ctx.now(),
    })
}

/// An empty text says as little as none.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

fn check_report(report: &ResultReport, problems: &mut Problems) -> Option<i64> {
    for (field, value, most) in [
        ("token_count", report.token_count, 1_000_000_000),
        ("input_tokens", report.input_tokens, 1_000_000_000),
        ("output_tokens", report.output_tokens, 1_000_000_000),
        ("latency_ms", report.latency_ms, domain::time::DAY),
    ] {
        let fits = value.is_none_or(|n| (0..=most).contains(&n));
        problems.require(fits, field, format!("use a whole number from 0 to {most}"));
    }
    for (field, value, most) in [
        ("model_response", &report.model_response, MAX_RESPONSE),
        ("error_type", &report.error_type, 200),
        ("error_message", &report.error_message, 4_000),
        ("model", &report.model, 200),
        ("provider", &report.provider, 200),
    ] {
        let fits = value.as_ref().is_none_or(|t| t.len() <= most && !t.contains('\0'));
        problems.require(fits, field, format!("use at most {most} bytes, without NUL"));
    }
    if report.status == Some(ExecutionStatus::Blocked) {
        problems.add("status", "use success, failure or partial; only guardrails block");
    }
    let cost = report.cost_usd.as_ref()?;
    let nanos = problems.take("cost_usd", nanos_from_decimal(&cost.to_string()))?;
    let fits = (0..=1_000_000 * domain::cost::DOLLAR).contains(&nanos);
    problems.require(fits, "cost_usd", "use an amount from 0 to 1,000,000 dollars");
    Some(nanos)
}
