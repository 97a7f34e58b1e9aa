//! How versions fared, from the hourly rollups.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::execution::ExecutionStatus;
use domain::ids::TemplateId;
use domain::performance::{Tally, VersionOutcomes};
use domain::permission::Permission;
use domain::rollup::{Delta, Sketch};
use domain::time::DAY;
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::error::{Error, Result};

/// The sums of one version, day and status.
#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    status: String,
    first: i64,
    last: i64,
    executions: i64,
    results: i64,
    input_tokens: i64,
    output_tokens: i64,
    cost_nanos: i64,
}

impl Row {
    fn sums(&self) -> Delta {
        Delta {
            executions: self.executions,
            results: self.results,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_nanos: self.cost_nanos,
            ..Delta::default()
        }
    }
}

/// The outcomes of all time of some versions of a template of the project: an entry for each that was asked for, and
/// none at all for somebody who may not see figures. An API key sees those of its environment.
pub(crate) async fn of_versions(
    ctx: &Ctx,
    template: TemplateId,
    versions: &[i64],
) -> Result<BTreeMap<i64, VersionOutcomes>> {
    if versions.is_empty() || ctx.authorise(Permission::ReadAnalytics).is_err() {
        return Ok(BTreeMap::new());
    }
    let mut tallies: BTreeMap<i64, Tally> = versions.iter().map(|number| (*number, Tally::default())).collect();
    let asked: Vec<String> = versions.iter().map(i64::to_string).collect();
    for row in rows(ctx, template, &asked).await? {
        let status = ExecutionStatus::parse(&row.status).map_err(Error::internal)?;
        let sums = row.sums();
        tallies.entry(row.version).or_default().add(status, Timestamp(row.first), Timestamp(row.last), sums, ctx.now());
    }
    for (version, bytes) in latencies(ctx, template, &asked).await? {
        let sketch = Sketch::from_bytes(&bytes).ok_or_else(|| Error::internal("a damaged sketch of latencies"))?;
        tallies.entry(version).or_default().add_latencies(&sketch);
    }
    Ok(tallies.into_iter().map(|(number, tally)| (number, tally.outcomes())).collect())
}

async fn rows(ctx: &Ctx, template: TemplateId, versions: &[String]) -> Result<Vec<Row>> {
    let sql = "select version, status, min(bucket) as first, max(bucket) as last,
          cast(sum(executions) as bigint) as executions, cast(sum(results) as bigint) as results,
          cast(sum(input_tokens) as bigint) as input_tokens, cast(sum(output_tokens) as bigint) as output_tokens,
          cast(sum(cost_nanos) as bigint) as cost_nanos
        from rollup_hour
        where project_id = $1 and template_id = $2
          and version in (select cast(atom as bigint) from json_each($3)) and ($4 is null or environment = $4)
        group by version, status, bucket / $5";
    let params = (ctx.project.0, template.0, Json(versions), ctx.own_environment(), DAY);
    Ok(ctx.db().all(sql, params).await?)
}

/// The sketches of every row that has one.
async fn latencies(ctx: &Ctx, template: TemplateId, versions: &[String]) -> Result<Vec<(i64, Vec<u8>)>> {
    let sql = "select version, latency_sketch from rollup_hour
        where project_id = $1 and template_id = $2 and latency_count > 0
          and version in (select cast(atom as bigint) from json_each($3)) and ($4 is null or environment = $4)";
    Ok(ctx.db().all(sql, (ctx.project.0, template.0, Json(versions), ctx.own_environment())).await?)
}
