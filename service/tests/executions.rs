//! Executions: every render is recorded, results are counted once, and the hours add up.

use crate::common::{
    self, Home, after, at_once, content, fields, first, new_version, problem, redacted, request, required, stories,
    word,
};
use domain::api_key::Scope;
use domain::error::Kind;
use domain::execution::{Durability, ExecutionFilter, ExecutionStatus, RenderRequest, ResultReport};
use domain::ids::ExecutionId;
use domain::page::PageRequest;
use domain::time::{HOUR, MINUTE};
use domain::version::{NewVersion, VersionContent};
use serde_json::json;
use service::{Ctx, executions, partitions, render, versions};

stories!(
    a_render_is_recorded_whole,
    a_refused_render_is_recorded_as_a_failure,
    what_was_never_selected_is_not_recorded,
    a_request_is_checked_before_anything_is_done,
    a_buffered_render_is_written_soon,
    what_can_not_be_stored_is_logged_as_near_as_can_be,
    a_preview_records_nothing,
    the_list_is_filtered_and_paged,
    the_first_result_stands,
    a_result_is_checked,
    a_result_may_change_the_status_but_not_hide_a_failure,
    what_a_result_leaves_out_stays,
    only_ones_own_executions_can_be_reported,
    a_key_sees_the_executions_of_its_environment,
    an_execution_counts_where_it_ran,
    days_are_kept_apart_on_postgres,
);

/// A published template with one parameter, and a model.
async fn published(home: &Home) {
    home.template("t", "first").await;
    let config = json!({ "model": "opus", "provider": "anthropic" }).as_object().unwrap().clone();
    let content = VersionContent { parameters: vec![required("goal")], config, ..content("Reach {{ goal }}") };
    let new = NewVersion { content, ..new_version("") };
    versions::create(&home.system().await, "t", new, None).await.unwrap();
    home.move_label("t", "production", 2).await;
}
fn good() -> RenderRequest {
    request("t", json!({ "goal": "the sea" }))
}
async fn rendered(ctx: &Ctx) -> ExecutionId {
    render::render(ctx, good()).await.unwrap().execution_id
}

async fn a_render_is_recorded_whole(home: &Home) {
    published(home).await;
    let (key, text) = home.key("production", &[Scope::PromptsRender, Scope::ExecutionsRead]).await;
    let asked = RenderRequest {
        user_id: Some("u1".into()),
        session_id: Some("s1".into()),
        request_id: Some("r1".into()),
        agent: Some("coach".into()),
        feature: Some("goals".into()),
        ..good()
    };
    let reply = render::render(&key, asked).await.unwrap();
    let execution = executions::get(&key, reply.execution_id).await.unwrap();
    assert_eq!(execution.caller, format!("key:{}", text.rsplit_once('_').unwrap().0));
    let mut shown = redacted(&execution);
    shown["caller"] = "[key]".into();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(redacted(&reply), @r#"
        {
          "durability": "committed",
          "execution_id": "[id]",
          "experiment": null,
          "guardrail_action": "not_evaluated",
          "guardrail_violations": [],
          "messages": [
            {
              "content": "Reach the sea",
              "role": "user"
            }
          ],
          "rendered_prompt": "Reach the sea",
          "status": "success",
          "template": {
            "label": "production",
            "name": "t",
            "version": 2
          },
          "variant": null
        }
        "#);
        insta::assert_json_snapshot!(shown, @r#"
        {
          "agent": "coach",
          "caller": "[key]",
          "cost_usd": null,
          "effective_hash": "[hash]",
          "environment": "production",
          "error_message": null,
          "error_type": null,
          "feature": "goals",
          "finished_at": null,
          "guardrail_action": "not_evaluated",
          "id": "[id]",
          "input_tokens": null,
          "label": "production",
          "latency_ms": null,
          "messages": [
            {
              "content": "Reach the sea",
              "role": "user"
            }
          ],
          "model": "opus",
          "model_response": null,
          "output_tokens": null,
          "provider": "anthropic",
          "render_us": 0,
          "request_id": "r1",
          "session_id": "s1",
          "started_at": "2027-01-15T08:00:00Z",
          "status": "success",
          "template_name": "t",
          "token_count": null,
          "user_id": "u1",
          "variables": {
            "goal": "the sea"
          },
          "version": 2
        }
        "#);
    }
}

async fn a_refused_render_is_recorded_as_a_failure(home: &Home) {
    published(home).await;
    let ctx = home.engineer().await;
    let refused = problem(render::render(&ctx, request("t", json!({ "gaol": 1 }))).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Invalid, "invalid_variables"));
    let mut named: Vec<_> = refused.errors.iter().map(|e| e.field.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["variables.gaol", "variables.goal"]);
    let all = executions::list(&ctx, &ExecutionFilter::default(), &first(5)).await.unwrap().items;
    let [recorded] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (recorded.status, recorded.error_type.as_deref()),
        (ExecutionStatus::Failure, Some("invalid_variables"))
    );
    assert_eq!(refused.execution_id, Some(recorded.id));
    let whole = executions::get(&ctx, recorded.id).await.unwrap();
    assert_eq!((whole.variables["gaol"].as_i64(), whole.messages.len()), (Some(1), 0));
    assert_eq!(whole.caller, "user:prompt_engineer@example.com");
}

async fn what_was_never_selected_is_not_recorded(home: &Home) {
    published(home).await;
    let (key, _) = home.key("staging", &[Scope::PromptsRender]).await;
    let label = |label: &str| RenderRequest { label: Some(label.into()), ..good() };
    for (asked, expected) in [
        (request("none", json!({})), "not_found"),
        (good(), "not_published"),
        (label("production"), "forbidden"),
        (label("latest"), "forbidden"),
        (RenderRequest { version: Some(1), ..good() }, "forbidden"),
        (RenderRequest { version: Some(1), ..label("staging") }, "invalid"),
    ] {
        assert_eq!(word(render::render(&key, asked.clone()).await), expected, "{asked:?}");
    }
    assert_eq!(home.count("execution").await + home.count("rollup_hour").await, 0);
    let ctx = home.engineer().await;
    let reply = render::render(&ctx, RenderRequest { version: Some(1), variables: Default::default(), ..good() }).await;
    assert_eq!(reply.unwrap().template.label, None);
}

async fn a_request_is_checked_before_anything_is_done(home: &Home) {
    let ctx = home.system().await;
    let long = Some("x".repeat(201));
    let wrong = RenderRequest {
        user_id: long.clone(),
        session_id: Some("a\0b".into()),
        request_id: long.clone(),
        agent: long.clone(),
        feature: long,
        label: Some("No".into()),
        ..request("No key", json!({}))
    };
    let named = fields(render::render(&ctx, wrong).await);
    assert_eq!(named, ["user_id", "session_id", "request_id", "agent", "feature", "label", "template_name"]);
}

async fn a_buffered_render_is_written_soon(home: &Home) {
    published(home).await;
    let ctx = home.system().await;
    let buffered = RenderRequest { durability: Durability::Buffered, ..good() };
    let reply = render::render(&ctx, buffered).await.unwrap();
    assert_eq!(reply.durability, Durability::Buffered);
    home.services.recorder.flush().await.unwrap();
    assert_eq!(word(executions::get(&ctx, reply.execution_id).await), "ok");
}

/// A log that could not be written would turn a clear answer into "try again".
async fn what_can_not_be_stored_is_logged_as_near_as_can_be(home: &Home) {
    published(home).await;
    let ctx = home.system().await;
    // A backslash, a `u` and four zeros are six harmless characters.
    let literal = request("t", json!({ "goal": "a \\u0000 b" }));
    let id = render::render(&ctx, literal).await.unwrap().execution_id;
    assert_eq!(executions::get(&ctx, id).await.unwrap().variables["goal"], "a \\u0000 b");
    let odd = [
        (json!({ "goal": "a\0b" }), json!({ "goal": "a\u{fffd}b" })),
        (json!({ "a\0b": [{ "\0": "\0" }] }), json!({ "a\u{fffd}b": [{ "\u{fffd}": "\u{fffd}" }] })),
        (json!({ "goal": f64::MAX }), json!({ "goal": "1.7976931348623157e308" })),
    ];
    for (variables, logged) in odd {
        let refused = problem(render::render(&ctx, request("t", variables.clone())).await);
        assert_eq!(refused.code, "invalid_variables", "{variables}");
        let last = executions::list(&ctx, &ExecutionFilter::default(), &first(1)).await.unwrap().items[0].id;
        let found = executions::get(&ctx, last).await.unwrap().variables;
        let found = serde_json::Value::from(found).to_string().replace("e+308", "e308");
        assert_eq!(found, logged.to_string());
    }
    // A template may write a NUL where its text has none.
    for text in ["{{ '\\0' }}", "{{ '\\x00' }}", "{{ '\\u0000' }}"] {
        if versions::create(&ctx, "t", new_version(text), None).await.is_ok() {
            let asked = RenderRequest { label: Some("latest".into()), ..request("t", json!({})) };
            let came = word(render::render(&ctx, asked).await);
            assert!(["ok", "render_error"].contains(&came.as_str()), "{text}: {came}");
        }
    }
}

async fn a_preview_records_nothing(home: &Home) {
    let ctx = home.engineer().await;
    let variables = json!({ "goal": "x" }).as_object().unwrap().clone();
    let text = VersionContent { parameters: vec![required("goal")], ..content("Reach {{ goal }}") };
    let shown = render::preview(&ctx, "", &text, &variables).await.unwrap();
    assert_eq!((shown.messages[0].text().as_str(), shown.error), ("Reach x", None));
    assert_eq!(shown.messages[0].pieces[1].from, ["goal"]);
    let refused = render::preview(&ctx, "", &text, &Default::default()).await.unwrap().error.unwrap();
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Invalid, "invalid_variables"));
    let broken = render::preview(&ctx, "", &content("{{ open"), &variables).await.unwrap().error.unwrap();
    assert_eq!(broken.errors[0].field, "messages[0].content");
    assert_eq!(home.count("execution").await, 0);
}

async fn the_list_is_filtered_and_paged(home: &Home) {
    published(home).await;
    home.published("u", "text").await;
    let ctx = home.engineer().await;
    let (staging, _) = home.key("staging", &[Scope::PromptsRender, Scope::VersionsAny]).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        home.clock.advance(MINUTE);
        let agent = Some(format!("agent {}", n % 2));
        let asked = RenderRequest { agent, user_id: Some(format!("u{n}")), ..good() };
        ids.push(render::render(&ctx, asked).await.unwrap().execution_id);
    }
    home.clock.advance(MINUTE);
    let asked = RenderRequest { label: Some("production".into()), ..request("u", json!({})) };
    ids.push(render::render(&staging, asked).await.unwrap().execution_id);
    let _ = render::render(&ctx, request("t", json!({}))).await;
    let base = ExecutionFilter::default;
    let found = async |filter: ExecutionFilter| {
        let page = executions::list(&ctx, &filter, &PageRequest::default()).await.unwrap();
        page.items.iter().map(|e| ids.iter().position(|id| *id == e.id).unwrap_or(9)).collect::<Vec<_>>()
    };
    let at = |minutes: i64| common::START.plus(minutes * MINUTE).to_string();
    let text = |text: &str| text.to_owned();
    assert_eq!(found(base()).await, [9, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(found(ExecutionFilter { template: text("u"), ..base() }).await, [6]);
    assert_eq!(found(ExecutionFilter { status: text("failure"), ..base() }).await, [9]);
    assert_eq!(found(ExecutionFilter { environment: text("staging"), ..base() }).await, [6]);
    assert_eq!(found(ExecutionFilter { agent: text("agent 1"), ..base() }).await, [5, 3, 1]);
    assert_eq!(found(ExecutionFilter { user: text("u4"), ..base() }).await, [4]);
    assert_eq!(found(ExecutionFilter { from: at(2), to: at(4), ..base() }).await, [2, 1], "`to` is exclusive");
    assert_eq!(found(ExecutionFilter { agent: text("agent 1"), from: at(6), ..base() }).await, [5]);
    let wrong = ExecutionFilter { status: text("done"), from: text("yesterday"), to: text("now"), ..base() };
    assert_eq!(fields(executions::list(&ctx, &wrong, &first(1)).await), ["from", "to", "status"]);
    let (mut seen, mut cursor) = (0, None);
    loop {
        let page = executions::list(&ctx, &base(), &after(cursor, 3)).await.unwrap();
        seen += page.items.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, 8);
}

fn report(response: &str) -> ResultReport {
    ResultReport {
        model_response: Some(response.into()),
        input_tokens: Some(10),
        output_tokens: Some(5),
        cost_usd: serde_json::Number::from_f64(0.0042),
        latency_ms: Some(250),
        ..ResultReport::default()
    }
}

async fn the_first_result_stands(home: &Home) {
    published(home).await;
    let ctx = home.engineer().await;
    let id = rendered(&ctx).await;
    home.clock.advance(MINUTE);
    executions::report(&ctx, id, report("yes")).await.unwrap();
    home.clock.advance(MINUTE);
    executions::report(&ctx, id, report("yes")).await.unwrap();
    let other = problem(executions::report(&ctx, id, report("no")).await);
    assert_eq!((other.kind, other.code.as_str()), (Kind::Conflict, "result_exists"));
    let found = executions::get(&ctx, id).await.unwrap();
    assert_eq!((found.model_response.as_deref(), found.token_count), (Some("yes"), Some(15)));
    assert_eq!((found.summary.cost_usd.as_deref(), found.summary.latency_ms), (Some("0.0042"), Some(250)));
    assert_eq!(found.finished_at, Some(common::START.plus(MINUTE)));
    let next = rendered(&ctx).await;
    let words = at_once(10, |n| {
        let ctx = ctx.clone();
        async move { word(executions::report(&ctx, next, report(&format!("answer {n}"))).await) }
    })
    .await;
    assert_eq!(words.iter().filter(|w| *w == "ok").count(), 1, "{words:?}");
}

async fn a_result_is_checked(home: &Home) {
    published(home).await;
    let ctx = home.engineer().await;
    let id = rendered(&ctx).await;
    let empty = executions::report(&ctx, id, ResultReport::default()).await;
    assert_eq!(fields(empty), ["body"], "it would keep the real report out");
    let wrong = ResultReport {
        token_count: Some(-1),
        input_tokens: Some(1_000_000_001),
        output_tokens: Some(i64::MAX),
        latency_ms: Some(domain::time::DAY + 1),
        model_response: Some("x".repeat(512 * 1024 + 1)),
        error_type: Some("x".repeat(201)),
        error_message: Some("a\0b".into()),
        model: Some("x".repeat(201)),
        provider: Some("\0".into()),
        status: Some(ExecutionStatus::Blocked),
        cost_usd: serde_json::Number::from_f64(-0.5),
    };
    let mut named = fields(executions::report(&ctx, id, wrong).await);
    named.sort();
    let expected = [
        "cost_usd",
        "error_message",
        "error_type",
        "input_tokens",
        "latency_ms",
        "model",
        "model_response",
        "output_tokens",
        "provider",
        "status",
        "token_count",
    ];
    assert_eq!(named, expected);
    for cost in ["1000000.01", "1e30", "1e-40"] {
        let report = ResultReport { cost_usd: serde_json::from_str(cost).unwrap(), ..ResultReport::default() };
        assert_eq!(fields(executions::report(&ctx, id, report).await), ["cost_usd"], "{cost}");
    }
    assert_eq!(executions::get(&ctx, id).await.unwrap().finished_at, None);
}

async fn a_result_may_change_the_status_but_not_hide_a_failure(home: &Home) {
    published(home).await;
    let ctx = home.engineer().await;
    let with = |status| ResultReport { status: Some(status), error_type: Some("cut".into()), ..report("x") };
    for status in [ExecutionStatus::Partial, ExecutionStatus::Failure, ExecutionStatus::Success] {
        let id = rendered(&ctx).await;
        executions::report(&ctx, id, with(status)).await.unwrap();
        assert_eq!(executions::get(&ctx, id).await.unwrap().summary.status, status);
    }
    let _ = render::render(&ctx, request("t", json!({}))).await;
    let failed = executions::list(&ctx, &ExecutionFilter::default(), &first(1)).await.unwrap().items[0].id;
    executions::report(&ctx, failed, ResultReport { error_type: None, ..with(ExecutionStatus::Success) })
        .await
        .unwrap();
    let found = executions::get(&ctx, failed).await.unwrap().summary;
    assert_eq!((found.status, found.error_type.as_deref()), (ExecutionStatus::Failure, Some("invalid_variables")));
}

async fn what_a_result_leaves_out_stays(home: &Home) {
    published(home).await;
    let ctx = home.engineer().await;
    let id = rendered(&ctx).await;
    let report_of = ResultReport { latency_ms: Some(1), ..ResultReport::default() };
    executions::report(&ctx, id, report_of).await.unwrap();
    let found = executions::get(&ctx, id).await.unwrap();
    assert_eq!((found.summary.model.as_deref(), found.provider.as_deref()), (Some("opus"), Some("anthropic")));
    assert_eq!((found.token_count, found.summary.status), (None, ExecutionStatus::Success));
    let id = rendered(&ctx).await;
    let nothing = ResultReport { model: Some(String::new()), provider: Some(String::new()), ..report("x") };
    executions::report(&ctx, id, nothing).await.unwrap();
    let found = executions::get(&ctx, id).await.unwrap();
    assert_eq!((found.summary.model.as_deref(), found.provider.as_deref()), (Some("opus"), Some("anthropic")));
    let id = rendered(&ctx).await;
    let other = ResultReport { model: Some("haiku".into()), token_count: Some(7), ..report("x") };
    executions::report(&ctx, id, other).await.unwrap();
    let found = executions::get(&ctx, id).await.unwrap();
    assert_eq!((found.summary.model.as_deref(), found.token_count), (Some("haiku"), Some(7)));
}

async fn only_ones_own_executions_can_be_reported(home: &Home) {
    published(home).await;
    let id = rendered(&home.system().await).await;
    let other = home.new_project("other").await;
    assert_eq!(word(executions::report(&other, id, report("x")).await), "not_found");
    let nobody = ExecutionId(home.services.new_id());
    assert_eq!(word(executions::report(&home.system().await, nobody, report("x")).await), "not_found");
    assert_eq!(executions::get(&home.system().await, id).await.unwrap().finished_at, None);
}

async fn a_key_sees_the_executions_of_its_environment(home: &Home) {
    published(home).await;
    let id = rendered(&home.system().await).await;
    let scopes = [Scope::ExecutionsRead, Scope::PromptsRender];
    let (own, _) = home.key("production", &scopes).await;
    let (other, _) = home.key("staging", &scopes).await;
    let all = ExecutionFilter::default();
    for (ctx, count, found) in [(&own, 1, "ok"), (&other, 0, "not_found")] {
        assert_eq!(executions::list(ctx, &all, &first(9)).await.unwrap().items.len(), count);
        assert_eq!(word(executions::get(ctx, id).await), found);
    }
    assert_eq!(word(executions::report(&other, id, report("x")).await), "not_found");
    assert_eq!(word(executions::report(&own, id, report("x")).await), "ok");
}

async fn an_execution_counts_where_it_ran(home: &Home) {
    published(home).await;
    home.move_label("t", "canary", 2).await;
    let (staging, _) = home.key("staging", &[Scope::PromptsRender, Scope::VersionsAny]).await;
    let person = home.engineer().await;
    for (ctx, label, version, environment) in [
        (&person, None, None, "production"),
        (&person, Some("production"), None, "production"),
        (&person, Some("latest"), None, "development"),
        (&person, Some("canary"), None, "development"),
        (&person, None, Some(2), "development"),
        (&staging, Some("production"), None, "staging"),
    ] {
        let asked = RenderRequest { label: label.map(str::to_owned), version, ..good() };
        let id = render::render(ctx, asked).await.unwrap().execution_id;
        let found = executions::get(&home.system().await, id).await.unwrap().summary.environment;
        assert_eq!(found, environment, "{label:?} {version:?}");
    }
}

async fn days_are_kept_apart_on_postgres(home: &Home) {
    published(home).await;
    let ctx = home.system().await;
    let nodes = [home.services.clone(), home.another_node().await];
    let made = at_once(2, |n| {
        let node = nodes[n].clone();
        async move { word(partitions::ensure(&node).await) }
    })
    .await;
    assert_eq!(made, ["ok", "ok"]);
    for day in 0..3 {
        rendered(&ctx).await;
        assert_eq!(executions::list(&ctx, &ExecutionFilter::default(), &first(9)).await.unwrap().items.len(), day + 1);
        home.clock.advance(24 * HOUR);
        partitions::ensure(&home.services).await.unwrap();
    }
    // Days that nobody made a partition for: what came meanwhile moves in when the day gets one.
    home.clock.advance(10 * 24 * HOUR);
    let late = rendered(&ctx).await;
    partitions::ensure(&home.services).await.unwrap();
    rendered(&ctx).await;
    assert_eq!(executions::get(&ctx, late).await.unwrap().summary.id, late);
    if !home.is_sqlite() {
        let sql = "select tableoid::regclass::text, count(*) from execution group by 1 order by 1";
        let days: Vec<(String, i64)> = home.db().all(sql, ()).await.unwrap();
        let day = |day: &str, count| (format!("execution_202701{day}"), count);
        assert_eq!(days, [day("15", 1), day("16", 1), day("17", 1), day("28", 2)]);
    }
}
