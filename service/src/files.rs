//! Files in and out: templates exported for people and for git, and imported all or none.

use domain::error::{FieldError, Kind};
use domain::files::{File, FilePrompt, ImportEntry, ImportOptions, ImportPlan, OnConflict};
use domain::permission::Permission;
use domain::template::TemplateFields;
use domain::version::VersionContent;
use serde_json::json;

use crate::audit::canonical;
use crate::crypto::json_hash;
use crate::ctx::Ctx;
use crate::error::Result;

pub mod archive;
mod compare;
mod export;
mod held;
mod plan;
mod turns;
mod write;

pub use archive::Upload;
pub use export::{Exported, Packed, export, export_packed};
pub use held::{Uploads, apply_held, discard, hold, review};
pub use turns::Turns;

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

fn state_hash(fields: &TemplateFields, content: &VersionContent) -> Result<String> {
    json_hash(&canonical(&json!({ "fields": fields, "content": content })))
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
    let turn = turns::turn(ctx).await?;
    Ok(plan::make(ctx, &turn, source, options).await?.plan)
}

/// Imports files: every template that differs gets its next version, and none does when anything stands in the way. What
/// was done is told without the lines of texts: a plan shows them.
pub async fn import(ctx: &Ctx, source: Source, options: &ImportOptions) -> Result<ImportPlan> {
    ctx.authorise(Permission::WriteTemplates)?;
    let turn = turns::turn(ctx).await?;
    let made = plan::make(ctx, &turn, source, options).await?;
    may_go_on(&made.plan, options)?;
    write::write(ctx, &made, options).await?;
    Ok(ImportPlan { is_applied: true, ..made.plan.without_lines() })
}

/// Stops an import that has problems, is not the one that was looked at, meets what was changed here, or would refuse
/// callers.
fn may_go_on(plan: &ImportPlan, options: &ImportOptions) -> domain::Result<()> {
    if !plan.problems.is_empty() {
        return Err(domain::Error::invalid(plan.problems.clone()));
    }
    if options.expected.as_ref().is_some_and(|expected| *expected != plan.digest) {
        let text = "the templates were changed since you looked at the import: look at it again";
        return Err(domain::Error::new(Kind::PreconditionFailed, "stale", text));
    }
    if options.on_conflict == OnConflict::Refuse {
        refuse_conflicts(plan)?;
    }
    if options.allow_breaking { Ok(()) } else { refuse_breaking(plan) }
}

fn refuse_conflicts(plan: &ImportPlan) -> domain::Result<()> {
    let moved = plan.templates.iter().filter_map(|t| Some((t, t.conflict.as_ref()?)));
    let errors: Vec<_> = moved.map(|(t, why)| FieldError::new(&t.file, format!("`{}` {why}", t.key))).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} of the templates {} changed here since the export; say `on_conflict=new_version` to save the files all the same",
        errors.len(),
        if errors.len() == 1 { "was" } else { "were" }
    );
    Err(domain::Error { errors, ..domain::Error::conflict("moved_on", text) })
}

fn refuse_breaking(plan: &ImportPlan) -> domain::Result<()> {
    let broken = |t: &ImportEntry| {
        let changes: Vec<String> = t.breaking().map(|change| format!("`{}` {}", change.name, change.detail)).collect();
        FieldError::new(&t.file, format!("`{}` breaks callers: {}", t.key, changes.join("; ")))
    };
    let errors: Vec<_> = plan.templates.iter().filter(|t| t.is_breaking()).map(broken).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let text = "callers would be refused: mend the contract, or say `allow_breaking=true` to save it all the same";
    Err(domain::Error { errors, ..domain::Error::conflict("breaking", text) })
}
