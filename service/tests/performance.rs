//! How versions fared: sums, rates and quantiles of the hours, by version.

use crate::common::{Home, request, stories};
use domain::api_key::Scope;
use domain::comparison::{Compared, ComparisonRequest};
use domain::execution::{ExecutionStatus, ResultReport};
use domain::time::{DAY, HOUR};
use serde_json::json;
use service::{Ctx, comparisons, executions, render, versions};

stories!(a_versions_figures_are_its_own_executions, figures_are_for_those_who_may_see_them);

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
