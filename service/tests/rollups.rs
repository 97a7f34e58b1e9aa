//! The recorder: one transaction holds rows and sums, so that the hours always add up to the executions.

use std::sync::Arc;

use crate::common::{self, Home, at_once, request, scale, stories, word};
use domain::api_key::Scope;
use domain::execution::{Durability, ExecutionStatus, RenderRequest, ResultReport};
use domain::ids::ExecutionId;
use domain::rollup::{MOST_VALUES, OTHER, Sketch};
use domain::time::{HOUR, MINUTE};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use service::recorder::NewExecution;
use service::serving::{Served, Wanted, fetch};
use service::{Ctx, executions, render};
use sqlx::FromRow;
use uuid::Uuid;

stories!(
    an_execution_is_counted_in_its_hour,
    a_result_moves_the_count_to_its_model_and_status,
    rare_values_are_counted_as_other,
    five_hundred_at_once_are_all_recorded,
    what_was_handed_over_is_written_before_the_end,
    two_nodes_that_report_one_execution_count_it_once,
    sums_of_hours_are_sums_of_executions,
);

/// One cell of the hours, summed over nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub(crate) struct Cell {
    bucket: i64,
    template_id: Uuid,
    version: i64,
    environment: String,
    model: String,
    provider: String,
    agent: String,
    feature: String,
    status: String,
    pub(crate) executions: i64,
    results: i64,
    render_us: i64,
    latency_ms: i64,
    latency_count: i64,
    input_tokens: i64,
    output_tokens: i64,
    tokens: i64,
    cost_nanos: i64,
}

pub(crate) async fn hours(ctx: &Ctx) -> Vec<Cell> {
    let sql = "select bucket, template_id, version, environment, model, provider, agent, feature, status,
          cast(sum(executions) as bigint) as executions, cast(sum(results) as bigint) as results,
          cast(sum(render_us) as bigint) as render_us, cast(sum(latency_ms) as bigint) as latency_ms,
          cast(sum(latency_count) as bigint) as latency_count, cast(sum(input_tokens) as bigint) as input_tokens,
          cast(sum(output_tokens) as bigint) as output_tokens, cast(sum(tokens) as bigint) as tokens,
          cast(sum(cost_nanos) as bigint) as cost_nanos
        from rollup_hour where project_id = $1
        group by bucket, template_id, version, environment, model, provider, agent, feature, status
        having sum(executions) <> 0 or sum(results) <> 0 or sum(render_us) <> 0 or sum(cost_nanos) <> 0";
    sorted(ctx.db().all(sql, (ctx.project.0,)).await.unwrap())
}

/// The same, counted anew from the executions.
pub(crate) async fn recounted(ctx: &Ctx) -> Vec<Cell> {
    let sql = "select started_at / 3600000 * 3600000 as bucket, template_id, version, environment,
          counted_model as model, counted_provider as provider, counted_agent as agent, counted_feature as feature,
          status, count(*) as executions, count(result_hash) as results,
          cast(sum(render_us) as bigint) as render_us, cast(coalesce(sum(latency_ms), 0) as bigint) as latency_ms,
          count(latency_ms) as latency_count, cast(coalesce(sum(input_tokens), 0) as bigint) as input_tokens,
          cast(coalesce(sum(output_tokens), 0) as bigint) as output_tokens,
          cast(coalesce(sum(token_count), 0) as bigint) as tokens,
          cast(coalesce(sum(cost_nanos), 0) as bigint) as cost_nanos
        from execution where project_id = $1
        group by 1, template_id, version, environment, counted_model, counted_provider, counted_agent,
          counted_feature, status";
    sorted(ctx.db().all(sql, (ctx.project.0,)).await.unwrap())
}

/// The sums of each version and status, as they are kept, and as they come out of the hours.
async fn sums(ctx: &Ctx) -> [Vec<(Uuid, i64, String, String, i64, i64, i64, i64)>; 2] {
    let kept = "select template_id, version, environment, status, cast(sum(executions) as bigint),
          cast(sum(results) as bigint), cast(sum(cost_nanos) as bigint), min(first_hour)
        from rollup_version where project_id = $1
        group by template_id, version, environment, status order by 1, 2, 3, 4";
    let of_hours = "select template_id, version, environment, status, cast(sum(executions) as bigint),
          cast(sum(results) as bigint), cast(sum(cost_nanos) as bigint), min(bucket)
        from rollup_hour where project_id = $1
        group by template_id, version, environment, status order by 1, 2, 3, 4";
    [ctx.db().all(kept, (ctx.project.0,)).await.unwrap(), ctx.db().all(of_hours, (ctx.project.0,)).await.unwrap()]
}

fn sorted(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.sort();
    cells
}

/// An execution of a served template, to be handed to the recorder as it is.
pub(crate) fn execution(ctx: &Ctx, served: &Arc<Served>) -> NewExecution {
    NewExecution {
        id: ctx.new_id(),
        project: ctx.project,
        served: served.clone(),
        environment: "production".into(),
        api_key: None,
        caller: "test".into(),
        agent: None,
        feature: None,
        user_id: None,
        session_id: None,
        request_id: None,
        variables: serde_json::Map::new(),
        messages: served.content.messages.clone(),
        status: ExecutionStatus::Success,
        error_type: None,
        error_message: None,
        guardrail_action: "not_evaluated",
        render_us: 7,
        started_at: ctx.now(),
    }
}
pub(crate) async fn served(home: &Home) -> (Ctx, Arc<Served>) {
    home.published("t", "text").await;
    let ctx = home.system().await;
    let served = fetch(&ctx, "t", Wanted::default()).await.unwrap();
    (ctx, served)
}
fn as_agent(agent: &str) -> RenderRequest {
    let durability = Durability::Buffered;
    RenderRequest { agent: Some(agent.into()), durability, ..request("t", json!({})) }
}
/// Keeps the recorder from writing until it is dropped.
pub(crate) async fn stop_writing(home: &Home) -> service::db::Tx {
    let mut tx = home.db().begin().await.unwrap();
    if !home.is_sqlite() {
        tx.exec("lock table execution, rollup_hour in exclusive mode", ()).await.unwrap();
    }
    tx
}

async fn an_execution_is_counted_in_its_hour(home: &Home) {
    home.published("t", "text").await;
    let (key, _) = home.key("production", &[Scope::PromptsRender]).await;
    home.clock.advance(59 * MINUTE);
    for _ in 0..2 {
        render::render(&key, as_agent("coach")).await.unwrap();
    }
    home.clock.advance(MINUTE);
    render::render(&key, as_agent("coach")).await.unwrap();
    home.services.recorder.flush().await.unwrap();
    let hours = hours(&key).await;
    assert_eq!(hours, recounted(&key).await);
    let shown: Vec<_> = hours.iter().map(|c| (c.bucket - common::START.0, c.executions, c.agent.as_str())).collect();
    assert_eq!(shown, [(0, 2, "coach"), (HOUR, 1, "coach")]);
    let keys: Vec<(String, String)> =
        home.db().all("select distinct api_key, node from rollup_hour", ()).await.unwrap();
    assert_eq!(keys, [(key.api_key_id().unwrap().to_string(), "node-0".into())]);
}

async fn a_result_moves_the_count_to_its_model_and_status(home: &Home) {
    let (ctx, served) = served(home).await;
    let recorder = &home.services.recorder;
    let new = execution(&ctx, &served);
    let id = ExecutionId(new.id);
    recorder.record(new, Durability::Committed).await.unwrap();
    home.clock.advance(2 * HOUR);
    let report = ResultReport {
        model: Some("haiku".into()),
        provider: Some("anthropic".into()),
        status: Some(ExecutionStatus::Partial),
        input_tokens: Some(10),
        output_tokens: Some(5),
        cost_usd: serde_json::from_str("0.25").unwrap(),
        latency_ms: Some(1_000),
        ..ResultReport::default()
    };
    executions::report(&ctx, id, report.clone()).await.unwrap();
    executions::report(&ctx, id, report).await.unwrap();
    let hours = hours(&ctx).await;
    let expected = Cell {
        bucket: common::START.0,
        template_id: served.template.0,
        version: 1,
        environment: "production".into(),
        model: "haiku".into(),
        provider: "anthropic".into(),
        status: "partial".into(),
        executions: 1,
        results: 1,
        render_us: 7,
        latency_ms: 1_000,
        latency_count: 1,
        input_tokens: 10,
        output_tokens: 5,
        tokens: 15,
        cost_nanos: 250_000_000,
        ..Cell::default()
    };
    assert_eq!(hours, [expected], "in the hour of the start, out of where it was");
    assert_eq!(hours, recounted(&ctx).await);
    let before: i64 = home.db().scalar("select executions from rollup_hour where model = ''", ()).await.unwrap();
    assert_eq!(before, 0);
    let second = execution(&ctx, &served);
    let id = ExecutionId(second.id);
    recorder.record(NewExecution { started_at: common::START, ..second }, Durability::Committed).await.unwrap();
    let again =
        ResultReport { model: Some("haiku".into()), provider: Some("anthropic".into()), ..ResultReport::default() };
    let again = ResultReport { status: Some(ExecutionStatus::Partial), latency_ms: Some(3_000), ..again };
    executions::report(&ctx, id, again).await.unwrap();
    let bytes: Vec<u8> =
        home.db().scalar("select latency_sketch from rollup_hour where model = 'haiku'", ()).await.unwrap();
    let sketch = Sketch::from_bytes(&bytes).unwrap();
    assert_eq!(sketch.count(), 2, "the second latency joined the first");
    assert!((sketch.quantile(1.0).unwrap() - 3_000.0).abs() < 31.0);
}

async fn rare_values_are_counted_as_other(home: &Home) {
    home.published("t", "text").await;
    let ctx = home.system().await;
    for n in 0..MOST_VALUES + 3 {
        render::render(&ctx, as_agent(&format!("agent {n}"))).await.unwrap();
    }
    render::render(&ctx, as_agent("agent 0")).await.unwrap();
    home.services.recorder.flush().await.unwrap();
    let cells = hours(&ctx).await;
    let count = |agent: &str| cells.iter().filter(|c| c.agent == agent).map(|c| c.executions).sum::<i64>();
    assert_eq!((cells.len(), count(OTHER), count("agent 0")), (MOST_VALUES + 1, 3, 2));
    assert_eq!(cells, recounted(&ctx).await);
    let own: i64 = home
        .db()
        .scalar("select count(distinct agent) from execution where counted_agent = 'other'", ())
        .await
        .unwrap();
    assert_eq!(own, 3, "the execution itself keeps its own value");
    // Another process learns from the table what has a name already.
    let node = home.another_node().await;
    let there = node.system(ctx.project, "test");
    for agent in ["agent 1", "a new one"] {
        render::render(&there, as_agent(agent)).await.unwrap();
    }
    node.recorder.flush().await.unwrap();
    home.clock.advance(HOUR);
    render::render(&ctx, as_agent("a new one")).await.unwrap();
    home.services.recorder.flush().await.unwrap();
    let cells = hours(&ctx).await;
    let first: Vec<_> = cells.iter().filter(|c| c.bucket == common::START.0).collect();
    let count = |agent: &str| first.iter().filter(|c| c.agent == agent).map(|c| c.executions).sum::<i64>();
    assert_eq!((count(OTHER), count("agent 1"), count("a new one")), (4, 2, 0));
    assert!(cells.iter().any(|c| c.agent == "a new one"), "each hour starts anew");
}

async fn five_hundred_at_once_are_all_recorded(home: &Home) {
    home.published("t", "text").await;
    let (ctx, rounds) = (home.system().await, scale());
    let ids = at_once(500, |n| {
        let ctx = ctx.clone();
        async move {
            let mut ids = Vec::new();
            for _ in 0..rounds {
                let agent = Some(format!("agent {}", n % 7));
                let asked = RenderRequest { agent, ..request("t", json!({})) };
                let id = render::render(&ctx, asked).await.unwrap().execution_id;
                let report = ResultReport { latency_ms: Some(n as i64), ..ResultReport::default() };
                executions::report(&ctx, id, report).await.unwrap();
                ids.push(id);
            }
            ids
        }
    })
    .await;
    let mut ids: Vec<_> = ids.into_iter().flatten().collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), home.count("execution").await), (500 * rounds, 500 * rounds as i64));
    let cells = hours(&ctx).await;
    assert_eq!(cells.iter().map(|c| c.results).sum::<i64>(), 500 * rounds as i64);
    assert_eq!(cells, recounted(&ctx).await);
}

async fn what_was_handed_over_is_written_before_the_end(home: &Home) {
    home.published("t", "text").await;
    let node = home.another_node().await;
    let ctx = node.system(home.system().await.project, "test");
    for _ in 0..300 {
        render::render(&ctx, as_agent("a")).await.unwrap();
    }
    drop((node, ctx));
    common::until(async || home.count("execution").await == 300).await;
    let ctx = home.system().await;
    assert_eq!(hours(&ctx).await, recounted(&ctx).await);
}

async fn two_nodes_that_report_one_execution_count_it_once(home: &Home) {
    home.published("t", "text").await;
    let ctx = home.system().await;
    let there = home.another_node().await.system(ctx.project, "test");
    for round in 0..10 * scale() {
        let id = render::render(&ctx, request("t", json!({}))).await.unwrap().execution_id;
        let words = at_once(2, |n| {
            let ctx = if n == 0 { ctx.clone() } else { there.clone() };
            let report =
                ResultReport { token_count: Some(n as i64), model: Some(format!("m{n}")), ..Default::default() };
            async move { word(executions::report(&ctx, id, report).await) }
        })
        .await;
        assert!(words == ["ok", "result_exists"] || words == ["result_exists", "ok"], "round {round}: {words:?}");
    }
    assert_eq!(hours(&ctx).await, recounted(&ctx).await);
    let [kept, of_hours] = sums(&ctx).await;
    assert_eq!(kept, of_hours);
}

/// What callers may do, in any order, on either of two nodes.
#[derive(Clone, Debug)]
enum Step {
    Render { node: usize, agent: usize, feature: usize, fails: bool, buffered: bool, took: i64 },
    Report { node: usize, which: prop::sample::Index, report: (usize, usize, Option<i64>, Option<i64>, Option<i64>) },
    Wait { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let render = (0..2_usize, 0..4_usize, 0..3_usize, any::<bool>(), any::<bool>(), 0..5_000_i64).prop_map(
        |(node, agent, feature, fails, buffered, took)| Step::Render { node, agent, feature, fails, buffered, took },
    );
    let amount = || prop::option::of(0..10_000_i64);
    let report = (0..2_usize, any::<prop::sample::Index>(), (0..3_usize, 0..5_usize, amount(), amount(), amount()))
        .prop_map(|(node, which, report)| Step::Report { node, which, report });
    prop_oneof![4 => render, 4 => report, 1 => (1..90_i64).prop_map(|minutes| Step::Wait { minutes })]
}

fn reported(
    (model, status, tokens, cost, latency): (usize, usize, Option<i64>, Option<i64>, Option<i64>),
) -> ResultReport {
    let statuses =
        [None, Some(ExecutionStatus::Success), Some(ExecutionStatus::Failure), Some(ExecutionStatus::Partial)];
    ResultReport {
        model: [None, Some("m1"), Some("m2")][model].map(str::to_owned),
        provider: (model == 2).then(|| "p".to_owned()),
        status: statuses.get(status).copied().flatten(),
        input_tokens: tokens,
        output_tokens: tokens.map(|n| n / 2),
        token_count: if status == 4 { cost } else { None },
        cost_usd: cost.and_then(|n| serde_json::from_str(&format!("{}.{:03}", n / 1_000, n % 1_000)).ok()),
        latency_ms: latency,
        ..ResultReport::default()
    }
}

async fn live(home: &Home, ctxs: &[Ctx; 2], served: &Arc<Served>, steps: Vec<Step>) {
    let mut ids = Vec::new();
    for step in steps {
        match step {
            Step::Render { node, agent, feature, fails, buffered, took } => {
                let ctx = &ctxs[node];
                let name = |n: usize, what: &str| (n > 0).then(|| format!("{what} {n}"));
                let new = NewExecution {
                    agent: name(agent, "agent"),
                    feature: name(feature, "feature"),
                    status: if fails { ExecutionStatus::Failure } else { ExecutionStatus::Success },
                    render_us: took,
                    ..execution(ctx, served)
                };
                ids.push(ExecutionId(new.id));
                let durability = if buffered { Durability::Buffered } else { Durability::Committed };
                ctx.services.recorder.record(new, durability).await.unwrap();
            }
            Step::Report { node, which, report } if !ids.is_empty() => {
                for ctx in ctxs {
                    ctx.services.recorder.flush().await.unwrap();
                }
                let report = reported(report);
                let is_empty = report == ResultReport::default();
                let word = word(executions::report(&ctxs[node], *which.get(&ids), report).await);
                assert!(if is_empty { word == "invalid" } else { word == "ok" || word == "result_exists" }, "{word}");
            }
            Step::Report { .. } => {}
            Step::Wait { minutes } => home.clock.advance(minutes * MINUTE),
        }
    }
    for ctx in ctxs {
        ctx.services.recorder.flush().await.unwrap();
    }
}

async fn sums_of_hours_are_sums_of_executions(home: &Home) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(16);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let (node, runtime) = (home.another_node().await, tokio::runtime::Handle::current());
    let count = std::cell::Cell::new(0);
    let run = |steps: Vec<Step>| {
        count.set(count.get() + 1);
        runtime.block_on(async {
            // A project of its own, so that a case that failed doesn't fail the next.
            let here = home.new_project(&format!("p{}", count.get())).await;
            common::template_in(&here, "t", "text").await;
            let latest = Wanted { label: Some("latest"), version: None };
            let served = fetch(&here, "t", latest).await.unwrap();
            let there = node.system(here.project, "test");
            let ctxs = [here, there];
            live(home, &ctxs, &served, steps).await;
            let (summed, counted) = (hours(&ctxs[0]).await, recounted(&ctxs[0]).await);
            prop_assert_eq!(summed, counted);
            let [kept, of_hours] = sums(&ctxs[0]).await;
            prop_assert_eq!(kept, of_hours);
            Ok(())
        })
    };
    let steps = prop::collection::vec(step(), 1..40);
    let result = tokio::task::block_in_place(|| TestRunner::new(config).run(&steps, run));
    if let Err(error) = result {
        panic!("{error}");
    }
}
