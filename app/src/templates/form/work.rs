//! From the editor's form to the service and back: reads the form, calls one function, names errors by the form's rows.

#![cfg(feature = "ssr")]

use domain::execution::Variables;
use domain::preview::{Checked, Preview};
use domain::sample::{NewSample, SavedSample};
use service::{Ctx, drafts, render, samples, templates, versions};

use super::data::{EditorForm, KeptDraft, Parsed};
use crate::context::ForPage;
use crate::error::{AppError, AppResult};

/// What became of a save.
pub struct SavedForm {
    key: String,
    version: i64,
}

impl SavedForm {
    /// Where to go on.
    pub fn path(&self, project: &str) -> String {
        format!("/p/{project}/templates/{}?tab=timeline&saved={}", self.key, self.version)
    }
}

fn local<T>(parsed: &Parsed, result: AppResult<T>) -> AppResult<T> {
    result.map_err(|AppError(error)| AppError(parsed.localise(error)))
}

/// Fails when a field of the form can't be read, naming whatever else is wrong with it.
async fn check(ctx: &Ctx, key: &str, parsed: &Parsed) -> AppResult<()> {
    if parsed.problems.is_empty() {
        return Ok(());
    }
    let problems = versions::lint(ctx, key, &parsed.content).await.for_page()?.problems;
    Ok(parsed.check(problems)?)
}

/// Fails when somebody else is logged in by now than when the form was opened.
pub fn check_author(ctx: &Ctx, form: &EditorForm) -> AppResult<()> {
    let user = ctx.user_id().map(|user| user.to_string());
    if form.author.is_empty() || user.is_some_and(|user| user == form.author) {
        return Ok(());
    }
    let text = "somebody else is logged in by now; log in as the person who typed this, and it is kept";
    Err(domain::Error::forbidden(text).into())
}

pub async fn create(ctx: &Ctx, form: &EditorForm) -> AppResult<SavedForm> {
    check_author(ctx, form)?;
    let parsed = form.parse();
    check(ctx, &form.key, &parsed).await?;
    let made = templates::create(ctx, form.new_template(parsed.content.clone())).await.for_page();
    let (template, _) = local(&parsed, made)?;
    Ok(SavedForm { key: template.key, version: template.latest_version })
}

pub async fn save(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<SavedForm> {
    check_author(ctx, form)?;
    let parsed = form.parse();
    check(ctx, key, &parsed).await?;
    let (version, draft) = (form.new_version(parsed.content.clone()), form.draft_revision());
    let saved = local(&parsed, versions::create_onto(ctx, key, version, form.onto(), draft).await.for_page())?;
    Ok(SavedForm { key: key.to_owned(), version: saved.version.number })
}

pub async fn keep_draft(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<KeptDraft> {
    check_author(ctx, form)?;
    let parsed = form.parse();
    let kept = drafts::save(ctx, key, &form.new_draft(parsed.content)).await.for_page()?;
    Ok(KeptDraft { at: kept.at, revision: kept.revision, left_out: parsed.problems })
}

pub async fn lint(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<Checked> {
    let parsed = form.parse();
    Ok(parsed.checked(versions::lint(ctx, key, &parsed.content).await.for_page()?))
}

pub async fn preview(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<Preview> {
    let parsed = form.parse();
    let preview = match form.variables(&parsed.content) {
        Ok(variables) => render::preview(ctx, key, &parsed.content, &variables).await.for_page()?,
        Err(error) => Preview { error: Some(error), ..Preview::default() },
    };
    Ok(parsed.previewed(preview))
}

/// The values of the form, by the contract that stands there too.
fn values(form: &EditorForm) -> AppResult<Variables> {
    Ok(form.variables(&form.parse().content)?)
}

pub async fn create_sample(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<SavedSample> {
    let new = NewSample { name: form.sample.name.trim().to_owned(), variables: values(form)? };
    samples::create(ctx, key, new).await.for_page()
}

pub async fn update_sample(ctx: &Ctx, key: &str, form: &EditorForm) -> AppResult<SavedSample> {
    samples::update(ctx, key, &form.sample.chosen, values(form)?, form.sample.expected()).await.for_page()
}
