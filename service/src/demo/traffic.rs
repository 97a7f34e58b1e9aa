//! A day of renders: more by day than by night, fewer at weekends, with the failures that real callers make.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::execution::{Durability, ExecutionStatus, RenderRequest, ResultReport};
use domain::time::{DAY, MINUTE};

use crate::access;
use crate::clock::{SeededRandom, ShiftedClock};
use crate::ctx::{Ctx, Services};
use crate::error::{Error, Result};
use crate::first_data::{self, Samples};
use crate::{executions, render};

/// Renders of a weekday.
const RENDERS: u64 = 70;
/// Milliseconds after which a caller gives up on its model.
const TIMEOUT: i64 = 30_000;
/// The key that uses a template, who asks, for which feature, and its share of the traffic.
const CALLERS: [(&str, usize, &str, &str, u64); 8] = [
    ("core_values", 0, "coach", "values_session", 22),
    ("purpose", 0, "coach", "purpose_session", 10),
    ("vision", 0, "coach", "vision_session", 8),
    ("goals", 0, "coach", "goal_review", 14),
    ("revenue_salesforce", 0, "kpi_analyst", "weekly_digest", 12),
    ("nlu_topic_extraction", 1, "classroom", "search", 18),
    ("clarification_question_generation", 1, "classroom", "search", 8),
    ("educational_script_generation", 1, "classroom", "lesson_builder", 8),
];

/// Lives through one day from its first moment.
pub(super) async fn day(
    services: &Arc<Services>,
    clock: &ShiftedClock,
    start: Timestamp,
    keys: &[String],
    random: &SeededRandom,
) -> Result<()> {
    let is_weekend = matches!((start.0 / DAY).rem_euclid(7), 2 | 3);
    let count = if is_weekend { RENDERS / 3 } else { RENDERS } + random.below(12);
    let mut moments: Vec<i64> = (0..count).map(|_| moment(random)).collect();
    moments.sort_unstable();
    let mut samples = HashMap::new();
    for moment in moments {
        clock.set(start.plus(moment));
        let caller = CALLERS[weighted(random)];
        let key = if random.below(12) == 0 { &keys[2] } else { &keys[caller.1] };
        let ctx = access::for_api_key(services, key, services.new_id().to_string()).await?;
        if !samples.contains_key(caller.0) {
            samples.insert(caller.0, first_data::samples(caller.0)?);
        }
        one(&ctx, clock, start.plus(moment), caller, &samples[caller.0], random).await?;
    }
    Ok(())
}

/// A moment of the day: two thirds of them in working hours.
fn moment(random: &SeededRandom) -> i64 {
    let minutes = if random.below(3) > 0 { 8 * 60 + random.below(10 * 60) } else { random.below(24 * 60) };
    minutes as i64 * MINUTE + random.below(60_000) as i64
}

fn weighted(random: &SeededRandom) -> usize {
    let total: u64 = CALLERS.iter().map(|c| c.4).sum();
    let mut left = random.below(total);
    CALLERS
        .iter()
        .position(|caller| {
            let here = left < caller.4;
            left = left.saturating_sub(caller.4);
            here
        })
        .unwrap_or(0)
}

async fn one(
    ctx: &Ctx,
    clock: &ShiftedClock,
    at: Timestamp,
    (key, _, agent, feature, _): (&str, usize, &str, &str, u64),
    samples: &Samples,
    random: &SeededRandom,
) -> Result<()> {
    // A response answers the sample of the same place.
    let place = random.below(samples.responses.len().max(1) as u64) as usize;
    let mut variables = samples.samples[place].variables.clone();
    if random.below(40) == 0 {
        // A caller that forgot a variable: a failure that the log should show.
        variables.clear();
    }
    let request = RenderRequest {
        template_name: key.to_owned(),
        variables,
        user_id: Some(format!("user-{:03}", random.below(180))),
        session_id: None,
        request_id: None,
        agent: Some(agent.to_owned()),
        feature: Some(feature.to_owned()),
        label: None,
        version: None,
        enable_guardrails: true,
        enable_ab_testing: true,
        durability: Durability::Buffered,
    };
    let reply = match render::render(ctx, request).await {
        Ok(reply) => reply,
        Err(Error::User(_)) => return Ok(()),
        Err(other) => return Err(other),
    };
    if random.below(25) == 0 {
        return Ok(()); // A caller that never reports back.
    }
    let answer = samples.responses.get(place).map(|r| r.text.trim().to_owned());
    let report = report(&reply.rendered_prompt, answer, random);
    clock.set(at.plus(report.latency_ms.unwrap_or(0)));
    executions::report_later(ctx, reply.execution_id, report).await
}

/// About four characters a token.
fn tokens(text: &str) -> i64 {
    text.len() as i64 / 4
}

/// What of the answer came: all, its start, or nothing.
fn as_far_as(status: ExecutionStatus, text: String) -> Option<String> {
    match status {
        ExecutionStatus::Failure => None,
        ExecutionStatus::Partial => Some(text.chars().take(text.chars().count() * 2 / 3).collect()),
        _ => Some(text),
    }
}

/// An outcome as a model provider would bill it.
fn report(prompt: &str, answer: Option<String>, random: &SeededRandom) -> ResultReport {
    let (status, error) = match random.below(100) {
        0..3 => (ExecutionStatus::Failure, Some(("provider_timeout", "the model did not answer in 30 s"))),
        3..5 => (ExecutionStatus::Partial, Some(("length", "the answer reached max_tokens"))),
        _ => (ExecutionStatus::Success, None),
    };
    let answer = answer.and_then(|text| as_far_as(status, text));
    let (input, output) = (tokens(prompt), answer.as_deref().map_or(0, tokens));
    let cost = domain::cost::decimal_from_nanos(input * 3_000 + output * 15_000);
    let spread = (-(1.0 - random.unit()).ln() * 240.0) as i64;
    let latency = if status == ExecutionStatus::Failure { TIMEOUT } else { 350 + output * 9 };
    ResultReport {
        model_response: answer,
        input_tokens: Some(input),
        output_tokens: Some(output),
        cost_usd: cost.parse().ok(),
        latency_ms: Some(latency + spread),
        status: Some(status),
        error_type: error.map(|(kind, _)| kind.to_owned()),
        error_message: error.map(|(_, text)| text.to_owned()),
        ..ResultReport::default()
    }
}
