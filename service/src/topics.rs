//! Topics: templates as the KPI integration writes and reads them. Each write makes a version and moves `production`.

use domain::error::{FieldError, Problems};
use domain::label::{LabelMove, PRODUCTION};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::template::{NewTemplate, Template, TemplateFields, TemplateFilter, TemplatePatch};
use domain::topic::{NewTopic, PromptDeleted, Topic, TopicCreated, TopicPatch, TopicPrompt, roles};
use domain::version::{Message, MessageRole, NewVersion, Version, VersionContent};

use crate::compositions;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::labels;
use crate::policies;
use crate::templates;
use crate::versions::{self, Ready};

/// What a write made, the template's revision after it, and what the check noticed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Written<T> {
    pub value: T,
    pub revision: i64,
    pub warnings: Vec<FieldError>,
}

/// The topics with their latest contract, by display order.
pub async fn list(ctx: &Ctx, topic_type: &str, page: &PageRequest) -> Result<Page<Topic>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let filter = TemplateFilter {
        kind: topic_type.to_owned(),
        with_archived: true,
        sort: domain::template::TemplateSort::Order,
        ..TemplateFilter::default()
    };
    let templates = templates::list(ctx, &filter, page).await?;
    let mut latest = versions::latest_of(ctx, &templates.items).await?;
    Ok(templates.map(|template| {
        let content = latest.remove(&template.id).map(|v| v.content).unwrap_or_default();
        topic(&template, content)
    }))
}

async fn latest(ctx: &Ctx, template: &Template) -> Result<Option<Version>> {
    match template.latest_version {
        0 => Ok(None),
        number => versions::read(ctx, template.id, number).await.map(Some),
    }
}

fn topic(template: &Template, content: VersionContent) -> Topic {
    Topic {
        topic_id: template.key.clone(),
        topic_name: template.fields.display_name.clone(),
        topic_type: template.fields.kind.clone(),
        category: template.fields.category.clone(),
        available_prompts: roles(&content),
        allowed_parameters: content.parameters,
        is_active: !template.is_archived,
    }
}

/// Makes the template and its contract; the prompts come after.
pub async fn create(ctx: &Ctx, new: NewTopic) -> Result<Written<TopicCreated>> {
    ctx.authorise(Permission::WriteTemplates)?;
    let fields = TemplateFields {
        display_name: new.topic_name,
        kind: new.topic_type,
        category: new.category,
        description: new.description,
        display_order: new.display_order,
        ..TemplateFields::default()
    };
    let template = NewTemplate {
        key: new.topic_id,
        fields,
        parameters: new.allowed_parameters,
        config: new.config,
        commit_message: "Topic created".into(),
        ..NewTemplate::default()
    };
    let (template, warnings) = templates::create(ctx, template).await.map_err(|e| e.rename(in_topic_word))?;
    let value = TopicCreated {
        topic_id: template.key,
        topic_name: template.fields.display_name,
        message: "Topic created. Now create prompts for this topic.".into(),
    };
    Ok(Written { value, revision: template.revision, warnings: warnings.into_iter().map(in_topic_word).collect() })
}

/// Names a field as the topic routes name it.
fn in_topic_word(problem: FieldError) -> FieldError {
    let field = match problem.field.as_str() {
        "key" => "topic_id".into(),
        "display_name" => "topic_name".into(),
        "kind" => "topic_type".into(),
        "parameters" => "allowed_parameters".into(),
        other => other.replace("parameters[", "allowed_parameters["),
    };
    FieldError { field, ..problem }
}

/// A change of the contract that a prompt does not fit: the contract is what was sent, and the prompt where to look.
fn in_prompts_place(problem: FieldError, roles: &[MessageRole]) -> FieldError {
    let index = problem.field.strip_prefix("messages[").and_then(|rest| rest.split_once(']')?.0.parse::<usize>().ok());
    let Some(role) = index.and_then(|index| roles.get(index)) else { return problem };
    let place = problem.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let message = format!("does not fit the {} prompt{place}: {}", role.name(), problem.message);
    FieldError::new("allowed_parameters", message)
}

async fn get(ctx: &Ctx, key: &str) -> Result<(Template, VersionContent)> {
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("topic"))?;
    let content = latest(ctx, &template).await?.map(|v| v.content).unwrap_or_default();
    Ok((template, content))
}

/// Changes metadata, contract or settings, together.
pub async fn update(ctx: &Ctx, key: &str, patch: TopicPatch, expected: Option<i64>) -> Result<Written<Topic>> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (template, before) = get(ctx, key).await?;
    let mut content = before.clone();
    content.parameters = patch.allowed_parameters.unwrap_or(content.parameters);
    content.config = patch.config.unwrap_or(content.config);
    let fields = TemplatePatch {
        display_name: patch.topic_name,
        kind: patch.topic_type,
        category: patch.category,
        description: patch.description,
        display_order: patch.display_order,
        is_archived: patch.is_active.map(|active| !active),
        ..TemplatePatch::default()
    };
    let mut problems = Problems::default();
    let warnings = compositions::check(ctx, &template.key, &content, &mut problems).await?;
    let change = templates::Change::check(ctx, &template, fields, &mut problems)?;
    let roles: Vec<_> = content.messages.iter().map(|m| m.role).collect();
    let named = |problem| in_prompts_place(in_topic_word(problem), &roles);
    problems.finish().map_err(|e| crate::Error::from(e).rename(named))?;
    let ready = match content == before {
        true => None,
        false => Some(ready(ctx, &template, content, "Contract or settings changed").await?),
    };
    let (mut tx, _) = templates::begin(ctx, &template, expected).await?;
    change.write(ctx, &mut tx, &template).await?;
    if let Some(ready) = &ready {
        publish(ctx, &mut tx, &template, ready).await?;
    }
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    let (template, content) = get(ctx, key).await?;
    let warnings = warnings.into_iter().map(in_topic_word).collect();
    Ok(Written { value: topic(&template, content), revision: template.revision, warnings })
}

/// What follows the newest version.
async fn ready(ctx: &Ctx, template: &Template, content: VersionContent, commit_message: &str) -> Result<Ready> {
    let new = NewVersion { content, parent: template.latest_version, commit_message: commit_message.into() };
    Ready::new(ctx, new).await
}

/// Saves the version of a locked template and moves `production` to it.
async fn publish(ctx: &Ctx, tx: &mut Tx, template: &Template, ready: &Ready) -> Result<()> {
    ctx.authorise(Permission::MoveProduction)?;
    let (new, commit_message) = (&ready.new, ready.new.commit_message.as_str());
    let version = versions::insert(ctx, tx, template.id, &template.key, new.parent, ready).await?;
    let to = LabelMove { label: PRODUCTION.into(), version, reason: commit_message.into() };
    let warrant = policies::unprotected(ctx, tx, PRODUCTION).await?;
    if !new.content.is_empty() {
        labels::point(ctx, tx, (template.id, &template.key), &to, (&new.content, warrant)).await?;
    } else if template.version_on(PRODUCTION).is_some() {
        labels::take_away(ctx, tx, (template.id, &template.key), PRODUCTION, (commit_message, warrant)).await?;
    }
    Ok(())
}

/// As [`publish`], in a transaction of its own.
async fn save(ctx: &Ctx, template: &Template, content: VersionContent, commit_message: &str) -> Result<()> {
    ctx.authorise(Permission::MoveProduction)?;
    let ready = ready(ctx, template, content, commit_message).await?;
    let (tx, _) = templates::begin(ctx, template, None).await?;
    finish(ctx, tx, template, &ready).await
}

async fn finish(ctx: &Ctx, mut tx: Tx, template: &Template, ready: &Ready) -> Result<()> {
    publish(ctx, &mut tx, template, ready).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(())
}

/// One prompt with the contract, for editing, and the template's revision.
pub async fn get_prompt(ctx: &Ctx, key: &str, role: MessageRole) -> Result<(TopicPrompt, i64)> {
    ctx.authorise(Permission::ReadTemplates)?;
    read_prompt(ctx, key, role).await
}

async fn read_prompt(ctx: &Ctx, key: &str, role: MessageRole) -> Result<(TopicPrompt, i64)> {
    let (template, content) = get(ctx, key).await?;
    let text = domain::topic::by_role(&content).remove(&role).ok_or_else(|| domain::Error::not_found("prompt"))?;
    let changed = last_change(ctx, &template, role, &text).await?;
    let prompt = TopicPrompt {
        topic_id: template.key,
        prompt_type: role,
        content: text,
        allowed_parameters: content.parameters,
        updated_at: changed.created_at,
        updated_by: changed.created_by,
    };
    Ok((prompt, template.revision))
}

/// The version that gave the prompt its present text.
async fn last_change(ctx: &Ctx, template: &Template, role: MessageRole, text: &str) -> Result<Version> {
    let mut found = versions::read(ctx, template.id, template.latest_version).await?;
    loop {
        let older = versions::before(ctx, template.id, found.number, 20).await?;
        let unchanged = |v: &Version| domain::topic::by_role(&v.content).get(&role).map(String::as_str) == Some(text);
        let same = older.iter().take_while(|v| unchanged(v)).count();
        let is_end = older.is_empty() || same < older.len();
        found = older.into_iter().take(same).next_back().unwrap_or(found);
        if is_end {
            return Ok(found);
        }
    }
}

/// Whether a prompt is to be new or to be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    Create,
    Replace,
}

/// Adds or replaces the prompt of a role.
pub async fn put_prompt(
    ctx: &Ctx,
    key: &str,
    role: MessageRole,
    text: &str,
    write: Write,
    expected: Option<i64>,
) -> Result<Written<TopicPrompt>> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (template, mut content) = get(ctx, key).await?;
    templates::check_revision(expected, template.revision)?;
    let found = content.message(role).is_some();
    match (write, found) {
        (Write::Create, true) => {
            let message = format!("`{key}` already has a {} prompt; use PUT to replace it", role.name());
            return Err(domain::Error::conflict("prompt_exists", message).into());
        }
        (Write::Replace, false) => return Err(domain::Error::not_found("prompt").into()),
        _ => {}
    }
    let before = content.clone();
    set(&mut content, role, text);
    let warnings = check_prompt(ctx, &template.key, &content, role).await?;
    if content != before {
        let verb = if found { "changed" } else { "added" };
        save(ctx, &template, content, &format!("{} prompt {verb}", title(role))).await?;
    }
    let (value, revision) = read_prompt(ctx, key, role).await?;
    Ok(Written { value, revision, warnings })
}

/// Checks, with the fields named as the route names them: the one text is `content`. Returns the warnings.
async fn check_prompt(ctx: &Ctx, key: &str, content: &VersionContent, role: MessageRole) -> Result<Vec<FieldError>> {
    let mut problems = Problems::default();
    let warnings = compositions::check(ctx, key, content, &mut problems).await?;
    let own = content.messages.iter().position(|m| m.role == role).map(|i| format!("messages[{i}].content"));
    for problem in problems.0.iter_mut().filter(|p| Some(&p.field) == own.as_ref()) {
        problem.field = "content".into();
    }
    problems.finish()?;
    Ok(warnings.into_iter().map(in_topic_word).collect())
}

fn title(role: MessageRole) -> &'static str {
    match role {
        MessageRole::System => "System",
        MessageRole::User => "User",
        MessageRole::Assistant => "Assistant",
        MessageRole::Function => "Function",
    }
}

/// Puts the text in the place of the role's messages, or in the order of roles when there was none.
fn set(content: &mut VersionContent, role: MessageRole, text: &str) {
    let place = content.messages.iter().position(|m| m.role == role);
    content.messages.retain(|m| m.role != role);
    let place = place.unwrap_or_else(|| content.messages.iter().take_while(|m| m.role < role).count());
    content.messages.insert(place.min(content.messages.len()), Message { role, content: text.to_owned() });
}

/// Removes the prompt of a role.
pub async fn delete_prompt(
    ctx: &Ctx,
    key: &str,
    role: MessageRole,
    expected: Option<i64>,
) -> Result<Written<PromptDeleted>> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (template, mut content) = get(ctx, key).await?;
    templates::check_revision(expected, template.revision)?;
    if content.message(role).is_none() {
        return Err(domain::Error::not_found("prompt").into());
    }
    content.messages.retain(|m| m.role != role);
    let warnings =
        if content.is_empty() { Vec::new() } else { check_prompt(ctx, &template.key, &content, role).await? };
    ctx.authorise(Permission::MoveProduction)?;
    let ready = ready(ctx, &template, content, &format!("{} prompt deleted", title(role))).await?;
    let (mut tx, _) = templates::begin(ctx, &template, None).await?;
    compositions::refuse_removal(ctx, &mut tx, &template.key).await?;
    finish(ctx, tx, &template, &ready).await?;
    let (template, _) = get(ctx, key).await?;
    let value = PromptDeleted { topic_id: template.key, prompt_type: role, message: "Prompt deleted.".into() };
    Ok(Written { value, revision: template.revision, warnings })
}
