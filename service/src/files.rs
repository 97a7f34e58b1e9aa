//! Files in and out: templates exported for people and for git, and imported all or none.

use domain::error::{FieldError, Kind};
use domain::files::{File, FileFormat, FilePrompt, ImportOptions, ImportPlan, MAX_TEMPLATES, OnConflict, Origin};
use domain::permission::Permission;
use domain::template::{Template, TemplateFields};
use domain::version::VersionContent;
use serde_json::json;

use crate::audit::canonical;
use crate::crypto::sha256_hex;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::{templates, versions};

pub mod archive;
mod held;
mod plan;
mod write;

pub use archive::Upload;
pub use held::{Uploads, apply_held, discard, hold, review};

/// Templates as files.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    pub files: Vec<File>,
    /// What the format can't say, by the path of the file.
    pub notes: Vec<FieldError>,
}

/// Where the files of an import come from.
#[derive(Clone, Debug)]
pub enum Source {
    Files(Vec<File>),
    /// As they were sent: archives, or single files.
    Uploads(Vec<Upload>),
}

impl Source {
    fn open(self) -> domain::Result<Vec<File>> {
        match self {
            Self::Files(files) => Ok(files),
            Self::Uploads(uploads) => archive::open(&uploads),
        }
    }
}

/// The latest versions of the templates of these keys as files; of all that are not archived without any key.
pub async fn export(ctx: &Ctx, keys: &[String], format: FileFormat) -> Result<Exported> {
    ctx.authorise(Permission::ReadTemplates)?;
    let found = templates::many(ctx, keys, MAX_TEMPLATES + 1).await?;
    let missing = keys.iter().filter(|key| !found.iter().any(|t| t.key == **key));
    let missing: Vec<FieldError> =
        missing.map(|key| FieldError::new("keys", format!("there is no template `{key}` in this project"))).collect();
    if !missing.is_empty() {
        return Err(domain::Error { errors: missing, ..domain::Error::not_found("template") }.into());
    }
    if found.len() > MAX_TEMPLATES {
        return Err(domain::Error::field("keys", format!("name some: there are more than {MAX_TEMPLATES}")).into());
    }
    let mut latest = versions::latest_of(ctx, &found).await?;
    let mut all = Vec::with_capacity(found.len());
    for template in found {
        let content = latest.remove(&template.id).map(|version| version.content).unwrap_or_default();
        let origin = origin(&template, &content)?;
        all.push((template, content, origin));
    }
    let (files, notes) = domain::files::write(&all, format);
    Ok(Exported { files, notes })
}

/// What a template is at the moment.
fn origin(template: &Template, content: &VersionContent) -> Result<Origin> {
    Ok(Origin { version: template.latest_version, hash: state_hash(&template.fields, content)? })
}

fn state_hash(fields: &TemplateFields, content: &VersionContent) -> Result<String> {
    let state = serde_json::to_value(json!({ "fields": fields, "content": content }))?;
    Ok(sha256_hex(&serde_json::to_vec(&canonical(&state))?))
}

/// Whether a template's files were edited since they were exported. Files that come from no export count as edited.
pub fn is_edited(prompt: &FilePrompt) -> Result<bool> {
    let fields = prompt.fields.clone().apply(TemplateFields::default());
    let hash = state_hash(&fields, &prompt.content)?;
    Ok(prompt.origin.as_ref().is_none_or(|origin| origin.hash != hash))
}

/// What an import would do; it changes nothing.
pub async fn plan(ctx: &Ctx, source: Source, options: &ImportOptions) -> Result<ImportPlan> {
    ctx.authorise(Permission::WriteTemplates)?;
    let files = source.open()?;
    Ok(plan::make(ctx, &files, options).await?.plan)
}

/// Imports files: every template that differs gets its next version, and none does when anything stands in the way.
pub async fn import(ctx: &Ctx, source: Source, options: &ImportOptions) -> Result<ImportPlan> {
    ctx.authorise(Permission::WriteTemplates)?;
    let files = source.open()?;
    let made = plan::make(ctx, &files, options).await?;
    may_go_on(&made.plan, options)?;
    write::write(ctx, &made, options).await?;
    Ok(ImportPlan { is_applied: true, ..made.plan })
}

/// Stops an import that has problems, meets what was changed here, or is not the one that was looked at.
fn may_go_on(plan: &ImportPlan, options: &ImportOptions) -> domain::Result<()> {
    if !plan.problems.is_empty() {
        return Err(domain::Error::invalid(plan.problems.clone()));
    }
    if options.expected.as_ref().is_some_and(|expected| *expected != plan.digest) {
        let text = "the templates were changed since you looked at the import: look at it again";
        return Err(domain::Error::new(Kind::PreconditionFailed, "stale", text));
    }
    let moved: Vec<_> = plan.templates.iter().filter_map(|t| Some((t, t.conflict.as_ref()?))).collect();
    if options.on_conflict == OnConflict::NewVersion || moved.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} of the templates {} changed here since the export; say `on_conflict=new_version` to save the files all the same",
        moved.len(),
        if moved.len() == 1 { "was" } else { "were" }
    );
    let errors = moved.into_iter().map(|(t, why)| FieldError::new(&t.file, format!("`{}` {why}", t.key))).collect();
    Err(domain::Error { errors, ..domain::Error::conflict("moved_on", text) })
}
