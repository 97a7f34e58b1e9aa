//! How versions fared, from the sums that are kept of each and the hours of the last days.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::execution::ExecutionStatus;
use domain::ids::TemplateId;
use domain::performance::{RECENT_DAYS, Tally, VersionOutcomes};
use domain::permission::Permission;
use domain::rollup::{Delta, Sketch};
use domain::time::DAY;
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::error::{Error, Result};

/// The sums of one version, environment, status and node.
#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    status: String,
    first_hour: i64,
    last_hour: i64,
    executions: i64,
    results: i64,
    input_tokens: i64,
    output_tokens: i64,
    cost_nanos: i64,
    /// None while it is still to be made of the hours.
    latency_sketch: Option<Vec<u8>>,
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

type Tallies = BTreeMap<i64, Tally>;

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
    let mut tallies: Tallies = versions.iter().map(|number| (*number, Tally::default())).collect();
    let asked: Vec<String> = versions.iter().map(i64::to_string).collect();
    add_sums(ctx, template, &asked, &mut tallies).await?;
    add_days(ctx, template, &asked, &mut tallies).await?;
    Ok(tallies.into_iter().map(|(number, tally)| (number, tally.outcomes())).collect())
}

/// A version has no quantiles while the sketch of one of its rows is not made yet: they would be of some executions only.
async fn add_sums(ctx: &Ctx, template: TemplateId, versions: &[String], tallies: &mut Tallies) -> Result<()> {
    let sql = "select version, status, first_hour, last_hour, executions, results, input_tokens, output_tokens,
          cost_nanos, latency_sketch
        from rollup_version
        where project_id = $1 and template_id = $2
          and version in (select cast(atom as bigint) from json_each($3)) and ($4 is null or environment = $4)";
    let params = (ctx.project.0, template.0, Json(versions), ctx.own_environment());
    let rows: Vec<Row> = ctx.db().all(sql, params).await?;
    let is_unfilled = |row: &&Row| row.latency_sketch.is_none();
    let unfilled: BTreeSet<i64> = rows.iter().filter(is_unfilled).map(|row| row.version).collect();
    for row in rows {
        let status = ExecutionStatus::parse(&row.status).map_err(Error::internal)?;
        let tally = tallies.entry(row.version).or_default();
        tally.add(status, Timestamp(row.first_hour), Timestamp(row.last_hour), row.sums());
        if let Some(bytes) = row.latency_sketch.filter(|_| !unfilled.contains(&row.version)) {
            let sketch = Sketch::from_bytes(&bytes).ok_or_else(|| Error::internal("a damaged sketch of latencies"))?;
            tally.add_latencies(&sketch);
        }
    }
    Ok(())
}

async fn add_days(ctx: &Ctx, template: TemplateId, versions: &[String], tallies: &mut Tallies) -> Result<()> {
    let sql = "select version, bucket / $6 as day, cast(sum(executions) as bigint) from rollup_hour
        where project_id = $1 and template_id = $2
          and version in (select cast(atom as bigint) from json_each($3)) and ($4 is null or environment = $4)
          and bucket >= $5
        group by version, bucket / $6";
    let (now, recent) = (ctx.now(), DAY * RECENT_DAYS as i64);
    let from = now.bucket(DAY).plus(DAY - recent);
    let params = (ctx.project.0, template.0, Json(versions), ctx.own_environment(), from.0, DAY);
    let days: Vec<(i64, i64, i64)> = ctx.db().all(sql, params).await?;
    for (version, day, executions) in days {
        tallies.entry(version).or_default().add_day(Timestamp(day * DAY), executions, now);
    }
    Ok(())
}
