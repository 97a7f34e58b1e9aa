//! How versions fared: sums, rates and quantiles of the hours, by version.

use crate::common::{Home, request, stories};
use domain::api_key::Scope;
use domain::comparison::{Compared, ComparisonRequest};
use domain::execution::{ExecutionStatus, ResultReport};
use domain::performance::VersionOutcomes;
use domain::rollup::Sketch;
use domain::time::{DAY, HOUR};
use serde_json::json;
use service::{Ctx, comparisons, executions, recorder, render, versions};

stories!(
    a_versions_figures_are_its_own_executions,
    figures_are_for_those_who_may_see_them,
    figures_of_all_time_are_not_read_from_the_hours,
    versions_from_before_their_sums_were_kept_are_filled_in,
);

/// Renders the served version and reports what the model made of it.
async fn run(ctx: &Ctx, status: ExecutionStatus, latency_ms: i64, tokens: i64, cost: f64) {
    let reply = render::render(ctx, request("t", json!({}))).await.unwrap();
    let report = ResultReport {
        status: Some(status),
        latency_ms: Some(latency_ms),
        input_tokens: Some(tokens),
        output_tokens: Some(2 * tokens),
        cost_usd: serde_json::Number::from_f64(cost),
        ..ResultReport::default()
    };
    executions::report(ctx, reply.execution_id, report).await.unwrap();
}

async fn compared(ctx: &Ctx) -> Compared {
    let (from, to) = ("1".to_owned(), "2".to_owned());
    comparisons::get(ctx, "t", &ComparisonRequest { from, to, ..ComparisonRequest::default() }).await.unwrap()
}

async fn a_versions_figures_are_its_own_executions(home: &Home) {
    let (key, _) = home.key("production", &[Scope::PromptsRender]).await;
    home.published("t", "one").await;
    for (status, latency) in
        [(ExecutionStatus::Success, 100), (ExecutionStatus::Success, 200), (ExecutionStatus::Failure, 900)]
    {
        run(&key, status, latency, 30, 0.001).await;
    }
    let start = home.services.now();
    home.clock.advance(2 * DAY);
    home.version("t", "two").await;
    home.move_label("t", "production", 2).await;
    run(&key, ExecutionStatus::Success, 400, 10, 0.0005).await;
    // A caller that never reports: it counts, and is in no mean.
    render::render(&key, request("t", json!({}))).await.unwrap();
    let compared = compared(&home.system().await).await;
    let [one, two] = [compared.measured_from, compared.measured_to].map(|side| side.outcomes.unwrap());
    assert_eq!((one.executions, one.successes, one.failures, one.results), (3, 2, 1, 3));
    assert_eq!((one.input_tokens, one.output_tokens), (Some(30.0), Some(60.0)));
    assert_eq!((one.cost_usd.as_str(), one.cost_usd_per_call.as_deref()), ("0.003", Some("0.001")));
    assert!((one.latency_ms_median.unwrap() - 200.0).abs() <= 2.0 && one.latency_ms_p95.unwrap() >= 198.0);
    assert_eq!((one.first_hour, one.last_hour), (Some(start.bucket(HOUR)), Some(start.bucket(HOUR))));
    assert_eq!((one.days[27], one.days[29]), (3, 0), "two days ago");
    assert_eq!((two.executions, two.results, two.success_rate), (2, 1, Some(1.0)));
    assert_eq!((two.cost_usd_per_call.as_deref(), two.days[29]), (Some("0.0005"), 2));
}

async fn figures_are_for_those_who_may_see_them(home: &Home) {
    let (production, _) = home.key("production", &[Scope::PromptsRender]).await;
    home.published("t", "one").await;
    home.version("t", "two").await;
    run(&production, ExecutionStatus::Success, 100, 1, 0.1).await;
    let viewer = home.person(domain::permission::Role::Viewer).await;
    let hidden = compared(&viewer).await;
    assert_eq!((hidden.measured_from.outcomes, hidden.measured_to.outcomes, hidden.figures.len()), (None, None, 1));
    assert!(hidden.notes[0].contains("may see analytics"));
    let analyst = home.person(domain::permission::Role::Analyst).await;
    let seen = compared(&analyst).await;
    let [one, two] = [seen.measured_from, seen.measured_to].map(|side| side.outcomes.unwrap());
    assert!(seen.notes[0].starts_with("Too few executions to compare: version 1 ran once, version 2 ran never"));
    assert_eq!((one.executions, two.executions, two.success_rate), (1, 0, None));
    // A template of the same key in another project has figures of its own.
    let other = home.new_project("other").await;
    crate::common::template_in(&other, "t", "one").await;
    versions::create(&other, "t", crate::common::new_version("two"), None).await.unwrap();
    assert_eq!(compared(&other).await.measured_from.outcomes.unwrap().executions, 0);
}

/// The figures of a version that ran on three days.
async fn outcomes_of_three_days(home: &Home) -> (Ctx, VersionOutcomes) {
    let (key, _) = home.key("production", &[Scope::PromptsRender]).await;
    home.published("t", "one").await;
    for latency in [100, 200, 300] {
        run(&key, ExecutionStatus::Success, latency, 10, 0.001).await;
        run(&key, ExecutionStatus::Failure, 10 * latency, 10, 0.001).await;
        home.clock.advance(DAY);
    }
    home.version("t", "two").await;
    let outcomes = compared(&home.system().await).await.measured_from.outcomes.unwrap();
    (key, outcomes)
}

async fn figures_of_all_time_are_not_read_from_the_hours(home: &Home) {
    let (_, before) = outcomes_of_three_days(home).await;
    assert!((before.latency_ms_median.unwrap() - 300.0).abs() <= 3.0, "{before:?}");
    assert_eq!((before.executions, before.days[26..].to_vec()), (6, vec![2, 2, 2, 0]));
    // Damaged or gone: nobody reads them.
    let damage = home
        .db()
        .pick("update rollup_hour set latency_sketch = x'ff'", "update rollup_hour set latency_sketch = '\\xff'");
    home.db().exec(damage, ()).await.unwrap();
    home.clock.advance(40 * DAY);
    let after = compared(&home.system().await).await.measured_from.outcomes.unwrap();
    assert_eq!(after, VersionOutcomes { days: vec![0; 30], ..before });
}

async fn versions_from_before_their_sums_were_kept_are_filled_in(home: &Home) {
    let (key, before) = outcomes_of_three_days(home).await;
    // As the migration leaves them.
    home.db().exec("update rollup_version set latency_sketch = null", ()).await.unwrap();
    let system = home.system().await;
    let unfilled = compared(&system).await.measured_from.outcomes.unwrap();
    assert_eq!(unfilled, VersionOutcomes { latency_ms_median: None, latency_ms_p95: None, ..before.clone() });
    // One more comes before the job has run, one after, and both are counted once.
    run(&key, ExecutionStatus::Success, 50, 10, 0.001).await;
    assert_eq!(recorder::fill(&home.services).await.unwrap(), 2);
    assert_eq!(recorder::fill(&home.services).await.unwrap(), 0);
    run(&key, ExecutionStatus::Success, 40, 10, 0.001).await;
    let sketches: Vec<(Vec<u8>,)> =
        home.db().all("select latency_sketch from rollup_version where status = 'success'", ()).await.unwrap();
    assert_eq!(sketches.iter().map(|(bytes,)| Sketch::from_bytes(bytes).unwrap().count()).collect::<Vec<_>>(), [5]);
    let after = compared(&system).await.measured_from.outcomes.unwrap();
    assert!(after.executions == 8 && (after.latency_ms_median.unwrap() - 200.0).abs() <= 2.0, "{after:?}");
}
