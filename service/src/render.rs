//! Render: select a version, validate, fill in, record.

use std::sync::Arc;

use domain::compose::Own;
use domain::error::Problems;
use domain::execution::{ExecutionStatus, RenderReply, RenderRequest, Selection, Variables, check_request};
use domain::ids::ExecutionId;
use domain::label::{DEVELOPMENT, ENVIRONMENTS};
use domain::permission::Permission;
use domain::preview::Preview;
use domain::render::{RenderError, joined};
use domain::storable;
use domain::version::{Message, VersionContent};

use crate::compositions;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::recorder::NewExecution;
use crate::serving::{self, Served, Wanted};

/// Guardrails don't exist yet, and a reply must not claim that they allowed anything.
const NOT_EVALUATED: &str = "not_evaluated";

/// Renders a template and records the execution. A refused one is recorded too, as a failure.
pub async fn render(ctx: &Ctx, request: RenderRequest) -> Result<RenderReply> {
    ctx.authorise(Permission::RenderPrompts)?;
    let mut problems = Problems::default();
    let key = check_request(&request, &mut problems);
    problems.finish()?;
    let Some(key) = key else { return Err(Error::internal("a key without a problem is a key")) };
    let start = ctx.services.clock.monotonic_us();
    let wanted = Wanted { label: request.label.as_deref(), version: request.version };
    let served = serving::resolve(ctx, key.as_str(), wanted).await?;
    let rendered = served.renderer.render(&request.variables);
    let render_us = ctx.services.clock.monotonic_us() - start;
    let execution = execution(ctx, &served, &request, &rendered, render_us);
    let id = execution.id;
    let durability = ctx.services.recorder.record(execution, request.durability).await?;
    let messages = rendered.map_err(|e| refused(e, id))?;
    Ok(RenderReply {
        status: ExecutionStatus::Success,
        rendered_prompt: joined(&messages),
        messages,
        template: Selection { name: served.key.clone(), version: served.version, label: served.label.clone() },
        experiment: None,
        variant: None,
        execution_id: ExecutionId(id),
        guardrail_action: NOT_EVALUATED.into(),
        guardrail_violations: Vec::new(),
        durability,
    })
}

fn refused(error: RenderError, execution: uuid::Uuid) -> Error {
    Error::User(domain::Error { execution_id: Some(ExecutionId(execution)), ..domain::Error::from(error) })
}

fn execution(
    ctx: &Ctx,
    served: &Arc<Served>,
    request: &RenderRequest,
    rendered: &Result<Vec<Message>, RenderError>,
    render_us: i64,
) -> NewExecution {
    let failed = rendered.as_ref().err();
    NewExecution {
        id: ctx.new_id(),
        project: ctx.project,
        served: served.clone(),
        environment: environment(ctx, served).to_owned(),
        api_key: ctx.api_key_id(),
        caller: ctx.actor_text(),
        agent: request.agent.clone(),
        feature: request.feature.clone(),
        user_id: request.user_id.clone(),
        session_id: request.session_id.clone(),
        request_id: request.request_id.clone(),
        variables: loggable(&request.variables),
        messages: rendered.as_deref().unwrap_or_default().iter().map(loggable_message).collect(),
        status: if failed.is_some() { ExecutionStatus::Failure } else { ExecutionStatus::Success },
        error_type: failed.map(|e| e.error_type.to_owned()),
        error_message: failed.map(|e| storable::text(&e.to_string())),
        guardrail_action: NOT_EVALUATED,
        render_us,
        started_at: ctx.now(),
    }
}

/// Where it ran: the key's environment. A person tries out what no environment serves, unless they name one's label.
fn environment<'a>(ctx: &'a Ctx, served: &'a Served) -> &'a str {
    let label = served.label.as_deref().filter(|label| ENVIRONMENTS.contains(label));
    ctx.own_environment().or(label).unwrap_or(DEVELOPMENT)
}

/// PostgreSQL stores no NUL; a value that has one was refused, and is logged without it.
fn loggable(variables: &Variables) -> Variables {
    variables.iter().map(|(name, value)| (storable::text(name), storable::value(value))).collect()
}

/// A template can write a NUL by an escape.
fn loggable_message(message: &Message) -> Message {
    Message { role: message.role, content: storable::text(&message.content) }
}

/// Renders a text that is being written, without saving or recording anything. What it names is taken as of now; the
/// key is empty for a new template.
pub async fn preview(ctx: &Ctx, key: &str, content: &VersionContent, variables: &Variables) -> Result<Preview> {
    ctx.authorise(Permission::ReadTemplates)?;
    let closure = compositions::closure(ctx, key, content).await?;
    Ok(domain::preview::preview(&Own { key, version: 0, content }, &closure, variables))
}
