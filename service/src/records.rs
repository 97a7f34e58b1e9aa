//! Template records: templates as two integrations write and read them.

use domain::error::{FieldError, Problems};
use domain::label::{LabelMove, PRODUCTION};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::record::{RecordPatch, TemplateRecord};
use domain::render::joined;
use domain::template::{NewTemplate, Template, TemplateFields, TemplateFilter};
use domain::version::{NewVersion, Version, VersionContent};

use crate::ctx::Ctx;
use crate::error::Result;
use crate::{compositions, labels, templates, versions};

fn record(template: Template, version: Option<Version>) -> TemplateRecord {
    let active_version = template.version_on(PRODUCTION);
    let number = version.as_ref().map_or(0, |v| v.number);
    let content = version.map(|v| v.content).unwrap_or_default();
    TemplateRecord {
        id: template.id,
        name: template.key,
        display_name: template.fields.display_name,
        category: template.fields.category,
        description: template.fields.description,
        template_text: joined(&content.messages),
        messages: content.messages,
        variables: content.parameters.iter().filter(|p| p.required).map(|p| p.name.clone()).collect(),
        parameters: content.parameters,
        config: content.config,
        version: number,
        is_active: active_version == Some(number),
        active_version,
        is_archived: template.is_archived,
        created_at: template.created_at,
        created_by: template.created_by,
        updated_at: template.updated_at,
        warnings: Vec::new(),
    }
}

async fn with_latest(ctx: &Ctx, template: Template) -> Result<TemplateRecord> {
    let version = match template.latest_version {
        0 => None,
        number => Some(versions::read(ctx, template.id, number).await?),
    };
    Ok(record(template, version))
}

/// A page of templates, each with its latest version.
pub async fn list(ctx: &Ctx, filter: &TemplateFilter, page: &PageRequest) -> Result<Page<TemplateRecord>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let templates = templates::list(ctx, filter, page).await?;
    let mut latest = versions::latest_of(ctx, &templates.items).await?;
    Ok(templates.map(|template| {
        let version = latest.remove(&template.id);
        record(template, version)
    }))
}

/// One template with its latest version, and the template's revision.
pub async fn get(ctx: &Ctx, id: &str) -> Result<(TemplateRecord, i64)> {
    ctx.authorise(Permission::ReadTemplates)?;
    read(ctx, id).await
}

async fn read(ctx: &Ctx, id: &str) -> Result<(TemplateRecord, i64)> {
    let template = templates::require(ctx, id).await?;
    let revision = template.revision;
    Ok((with_latest(ctx, template).await?, revision))
}

/// Makes a template with its first version; nothing serves it until it is activated.
pub async fn create(ctx: &Ctx, new: RecordPatch) -> Result<(TemplateRecord, i64)> {
    ctx.authorise(Permission::WriteTemplates)?;
    one_form(&new)?;
    let content = new.content(&VersionContent::default());
    let words = Words::of(&new);
    let key = new.name.unwrap_or_default();
    let fields = TemplateFields {
        display_name: new.display_name.unwrap_or_else(|| key.replace('_', " ")),
        kind: new.kind.unwrap_or_else(|| "single_shot".into()),
        category: new.category.unwrap_or_default(),
        folder: new.folder.unwrap_or_default(),
        description: new.description.unwrap_or_default(),
        tags: new.tags.unwrap_or_default(),
        ..TemplateFields::default()
    };
    let new = NewTemplate {
        key,
        fields,
        messages: content.messages,
        parameters: content.parameters,
        config: content.config,
        commit_message: new.commit_message,
    };
    let (template, warnings) = templates::create(ctx, new).await.map_err(|e| e.rename(|p| words.one(p)))?;
    let revision = template.revision;
    Ok((TemplateRecord { warnings: words.all(warnings), ..with_latest(ctx, template).await? }, revision))
}

/// A record says its text and its contract in a short form and a long one. Sent both, they must say the same: one of them
/// would be dropped unseen.
fn one_form(patch: &RecordPatch) -> Result<()> {
    let mut problems = Problems::default();
    if let (Some(text), Some(messages)) = (&patch.template_text, &patch.messages) {
        let text_of = "says something else than `messages`; send one of the two";
        problems.require(*text == joined(messages), "template_text", text_of);
    }
    if let (Some(names), Some(parameters)) = (&patch.variables, &patch.parameters) {
        let required = parameters.iter().filter(|p| p.required).map(|p| &p.name);
        problems.require(
            names.iter().eq(required),
            "variables",
            "says something else than `parameters`; send one of the two",
        );
    }
    Ok(problems.finish()?)
}

/// How a request named what the checks name otherwise.
#[derive(Clone, Copy)]
struct Words {
    is_single_text: bool,
    is_names_only: bool,
}

impl Words {
    fn of(patch: &RecordPatch) -> Self {
        Self {
            is_single_text: patch.messages.is_none() && patch.template_text.is_some(),
            is_names_only: patch.parameters.is_none() && patch.variables.is_some(),
        }
    }

    fn one(self, problem: FieldError) -> FieldError {
        let named = problem.field.strip_prefix("parameters[").and_then(|rest| rest.split_once(']'));
        let field = match (problem.field.as_str(), named) {
            ("key", _) => "name".into(),
            ("messages[0].content", _) if self.is_single_text => "template_text".into(),
            (_, Some((index, _))) if self.is_names_only => format!("variables[{index}]"),
            (other, _) => other.to_owned(),
        };
        FieldError { field, ..problem }
    }

    fn all(self, problems: Vec<FieldError>) -> Vec<FieldError> {
        problems.into_iter().map(|p| self.one(p)).collect()
    }
}

/// Changes a template: another text, contract or settings make a new version, which nothing serves yet.
pub async fn update(ctx: &Ctx, id: &str, patch: RecordPatch, expected: Option<i64>) -> Result<(TemplateRecord, i64)> {
    ctx.authorise(Permission::WriteTemplates)?;
    one_form(&patch)?;
    let template = templates::require(ctx, id).await?;
    let before = match template.latest_version {
        0 => VersionContent::default(),
        number => versions::read(ctx, template.id, number).await?.content,
    };
    let (content, words) = (patch.content(&before), Words::of(&patch));
    let mut problems = Problems::default();
    let renamed = patch.name.as_ref().is_some_and(|name| *name != template.key);
    problems.require(!renamed, "name", "a template's key can't be changed");
    let warnings = compositions::check(ctx, &template.key, &content, &mut problems).await?;
    versions::check_commit_message(&patch.commit_message, &mut problems);
    let change = templates::Change::check(ctx, &template, patch.fields(), &mut problems)?;
    problems.finish().map_err(|e| crate::Error::from(e).rename(|p| words.one(p)))?;
    let new = NewVersion { content, parent: template.latest_version, commit_message: patch.commit_message };
    let ready = if new.content == before { None } else { Some(versions::Ready::new(ctx, new).await?) };
    let (mut tx, latest) = templates::begin(ctx, &template, expected).await?;
    change.write(ctx, &mut tx, &template).await?;
    if let Some(ready) = ready {
        versions::insert(ctx, &mut tx, template.id, &template.key, latest, &ready).await?;
    }
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    let (record, revision) = read(ctx, &template.key).await?;
    Ok((TemplateRecord { warnings: words.all(warnings), ..record }, revision))
}

/// Points `production` at a version; the latest when none is named.
pub async fn activate(
    ctx: &Ctx,
    id: &str,
    version: Option<i64>,
    expected: Option<i64>,
) -> Result<(TemplateRecord, i64)> {
    ctx.authorise(Permission::MoveProduction)?;
    let template = templates::require(ctx, id).await?;
    let version = version.unwrap_or(template.latest_version);
    let to = LabelMove { label: PRODUCTION.into(), version, reason: "Activated".into() };
    let template = labels::move_to(ctx, &template.key, to, expected).await?;
    let (version, revision) = (versions::read(ctx, template.id, version).await?, template.revision);
    Ok((record(template, Some(version)), revision))
}

/// Takes `production` away: fetching is `not_published` from then on.
pub async fn deactivate(ctx: &Ctx, id: &str, expected: Option<i64>) -> Result<(TemplateRecord, i64)> {
    ctx.authorise(Permission::MoveProduction)?;
    let template = templates::require(ctx, id).await?;
    let template = labels::remove(ctx, &template.key, PRODUCTION, "Deactivated", expected).await?;
    let revision = template.revision;
    Ok((with_latest(ctx, template).await?, revision))
}
