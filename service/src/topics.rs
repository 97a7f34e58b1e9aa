//! Topics: the fourth seed document's operations on templates. Each write makes a version and moves `production`.

use domain::error::Problems;
use domain::label::{LabelMove, PRODUCTION};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::template::{NewTemplate, Template, TemplateFields, TemplateFilter, TemplatePatch};
use domain::topic::{NewTopic, PromptDeleted, Topic, TopicCreated, TopicPatch, TopicPrompt, roles};
use domain::version::{Message, MessageRole, NewVersion, Version, VersionContent};

use crate::ctx::Ctx;
use crate::error::Result;
use crate::labels;
use crate::templates;
use crate::versions;

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
    let mut items = Vec::with_capacity(templates.items.len());
    for template in templates.items {
        let content = latest(ctx, &template).await?.map(|v| v.content).unwrap_or_default();
        items.push(topic(&template, content));
    }
    Ok(Page { items, next: templates.next })
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
pub async fn create(ctx: &Ctx, new: NewTopic) -> Result<TopicCreated> {
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
    let (template, _) = templates::create(ctx, template).await.map_err(in_topic_words)?;
    Ok(TopicCreated {
        topic_id: template.key,
        topic_name: template.fields.display_name,
        message: "Topic created. Now create prompts for this topic.".into(),
    })
}

/// Names the fields of an error as the topic routes name them.
fn in_topic_words(error: crate::Error) -> crate::Error {
    let crate::Error::User(mut error) = error else { return error };
    for problem in &mut error.errors {
        problem.field = match problem.field.as_str() {
            "key" => "topic_id".into(),
            "display_name" => "topic_name".into(),
            "kind" => "topic_type".into(),
            other => other.replace("parameters[", "allowed_parameters["),
        };
    }
    error.into()
}

async fn get(ctx: &Ctx, key: &str) -> Result<(Template, VersionContent)> {
    let template = templates::find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("topic"))?;
    let content = latest(ctx, &template).await?.map(|v| v.content).unwrap_or_default();
    Ok((template, content))
}

/// Changes metadata, contract or settings.
pub async fn update(ctx: &Ctx, key: &str, patch: TopicPatch, expected: Option<i64>) -> Result<Topic> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (template, mut content) = get(ctx, key).await?;
    let fields = TemplatePatch {
        display_name: patch.topic_name,
        kind: patch.topic_type,
        category: patch.category,
        description: patch.description,
        display_order: patch.display_order,
        is_archived: patch.is_active.map(|active| !active),
        ..TemplatePatch::default()
    };
    let before = content.clone();
    content.parameters = patch.allowed_parameters.unwrap_or(content.parameters);
    content.config = patch.config.unwrap_or(content.config);
    check(&content)?;
    if content != before {
        // Asked before anything is written: the two writes are refused together.
        ctx.authorise(Permission::MoveProduction)?;
    }
    let mut template = template;
    if fields != TemplatePatch::default() {
        template = templates::update(ctx, key, fields, expected).await.map_err(in_topic_words)?;
    } else {
        templates::check_revision(expected, template.revision)?;
    }
    if content != before {
        save(ctx, &template, content.clone(), "Contract or settings changed").await?;
    }
    Ok(topic(&template, content))
}

fn check(content: &VersionContent) -> Result<()> {
    let mut problems = Problems::default();
    versions::check_content(content, &mut problems);
    problems.finish().map_err(|e| in_topic_words(e.into()))
}

/// Saves the version and moves `production` to it, together.
async fn save(ctx: &Ctx, template: &Template, content: VersionContent, commit_message: &str) -> Result<()> {
    ctx.authorise(Permission::MoveProduction)?;
    let hash = versions::content_hash(&content)?;
    let is_empty = content.is_empty();
    let new = NewVersion { content, parent: template.latest_version, commit_message: commit_message.into() };
    let mut tx = ctx.db().begin().await?;
    let latest = templates::lock(ctx, &mut tx, template.id, Some(template.revision)).await?;
    let version = versions::insert(ctx, &mut tx, template.id, &template.key, latest, &new).await?;
    let to = LabelMove { label: PRODUCTION.into(), version, reason: commit_message.into() };
    if !is_empty {
        labels::point(ctx, &mut tx, template, &to, &[(template.key.as_str(), version, hash.as_str())]).await?;
    } else if template.version_on(PRODUCTION).is_some() {
        labels::take_away(ctx, &mut tx, template, PRODUCTION, commit_message).await?;
    }
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(())
}

/// One prompt with the contract, for editing.
pub async fn get_prompt(ctx: &Ctx, key: &str, role: MessageRole) -> Result<TopicPrompt> {
    ctx.authorise(Permission::ReadTemplates)?;
    read_prompt(ctx, key, role).await
}

async fn read_prompt(ctx: &Ctx, key: &str, role: MessageRole) -> Result<TopicPrompt> {
    let (template, content) = get(ctx, key).await?;
    let text = domain::topic::by_role(&content).remove(&role).ok_or_else(|| domain::Error::not_found("prompt"))?;
    let changed = last_change(ctx, &template, role, &text).await?;
    Ok(TopicPrompt {
        topic_id: template.key,
        prompt_type: role,
        content: text,
        allowed_parameters: content.parameters,
        updated_at: changed.created_at,
        updated_by: changed.created_by,
    })
}

/// The version that gave the prompt its present text.
async fn last_change(ctx: &Ctx, template: &Template, role: MessageRole, text: &str) -> Result<Version> {
    let mut found = versions::read(ctx, template.id, template.latest_version).await?;
    for number in (1..template.latest_version).rev() {
        let version = versions::read(ctx, template.id, number).await?;
        if domain::topic::by_role(&version.content).get(&role).map(String::as_str) != Some(text) {
            break;
        }
        found = version;
    }
    Ok(found)
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
) -> Result<TopicPrompt> {
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
    content_errors(&content, role)?;
    if content != before {
        let verb = if found { "changed" } else { "added" };
        save(ctx, &template, content, &format!("{} prompt {verb}", title(role))).await?;
    }
    read_prompt(ctx, key, role).await
}

/// Checks, with the fields named as the route names them: the one text is `content`.
fn content_errors(content: &VersionContent, role: MessageRole) -> Result<()> {
    let mut problems = Problems::default();
    versions::check_content(content, &mut problems);
    for problem in &mut problems.0 {
        let own = content.messages.iter().position(|m| m.role == role);
        if own.is_some_and(|i| problem.field == format!("messages[{i}].content")) {
            problem.field = "content".into();
        }
    }
    Ok(problems.finish()?)
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
pub async fn delete_prompt(ctx: &Ctx, key: &str, role: MessageRole, expected: Option<i64>) -> Result<PromptDeleted> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (template, mut content) = get(ctx, key).await?;
    templates::check_revision(expected, template.revision)?;
    if content.message(role).is_none() {
        return Err(domain::Error::not_found("prompt").into());
    }
    content.messages.retain(|m| m.role != role);
    save(ctx, &template, content, &format!("{} prompt deleted", title(role))).await?;
    Ok(PromptDeleted { topic_id: template.key, prompt_type: role, message: "Prompt deleted.".into() })
}
