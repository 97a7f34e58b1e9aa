//! The editor's server functions. Each takes the same form, so that its buttons work without JavaScript.

use domain::composition::{Closure, Offer};
use domain::preview::{Checked, Preview};
use domain::tokens::{CallTokens, Priced};
use domain::version::{Message, Opened};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::data::{EditorForm, KeptDraft};
#[cfg(feature = "ssr")]
use super::work;
use crate::error::{AppError, AppResult};
use crate::outcome::Outcome;

/// What the editor shows again after a form without JavaScript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    pub form: EditorForm,
    pub error: Option<AppError>,
    pub lint: Option<Checked>,
    pub preview: Option<Preview>,
    /// When a draft was kept on the way.
    pub draft: Option<KeptDraft>,
}

impl Returned {
    /// The form, with the draft that was made of it.
    #[cfg(feature = "ssr")]
    fn after(form: EditorForm, error: Option<AppError>, draft: Option<KeptDraft>) -> Self {
        let revision = draft.as_ref().map_or(form.draft.clone(), |draft| draft.revision.to_string());
        let form = EditorForm { draft: revision, over: String::new(), ..form };
        Self { form, error, lint: None, preview: None, draft }
    }
}

/// The editor's page; an empty key is the page for a new template.
#[cfg(feature = "ssr")]
pub fn editor_path(project: &str, key: &str) -> String {
    match key {
        "" => format!("/p/{project}/templates/new"),
        key => format!("/p/{project}/templates/{key}/edit"),
    }
}

/// What there is to edit, and what a form without JavaScript left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Editing {
    pub opened: Opened,
    pub returned: Option<Returned>,
}

impl Editing {
    /// What a form without JavaScript left, or the draft, or the version.
    pub fn form(&self) -> EditorForm {
        if let Some(returned) = &self.returned {
            return returned.form.clone();
        }
        let Opened { template, base, draft, draft_revision } = &self.opened;
        let (content, parent, onto) = match (draft, base) {
            (Some(draft), _) => (draft.content.clone(), draft.parent, draft.onto),
            (None, Some(base)) => (base.content.clone(), base.number, template.latest_version),
            (None, None) => Default::default(),
        };
        let (parent, onto, draft) = (parent.to_string(), onto.to_string(), draft_revision.to_string());
        EditorForm { parent, onto, draft, ..EditorForm::of(&content) }
    }
}

/// Opens the editor on a version; on the latest for 0.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn open_editor(project: String, key: String, from: i64) -> AppResult<Editing> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let opened = service::drafts::open(&ctx, &key, from).await.for_page()?;
    Ok(Editing { opened, returned: crate::flash::take(&editor_path(&project, &key)) })
}

/// Throws the asking person's draft away and opens the latest version.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn discard_draft(project: String, key: String) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::drafts::delete(&ctx, &key).await.for_page()?;
    leptos_axum::redirect(&editor_path(&project, &key));
    Ok(())
}

/// What the references of a text stand for, for the engine in the browser; the key is empty for a new template.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_closure(project: String, #[server(default)] key: String, form: EditorForm) -> AppResult<Closure> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::compositions::closure(&ctx, &key, &form.parse().content).await.for_page()
}

/// The rules of lint that the project has switched off, for the engine in the browser.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_lint_off(project: String) -> AppResult<Vec<String>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    Ok(service::lint::get(&ctx).await.for_page()?.off().map(str::to_owned).collect())
}

/// The templates that a text may name, for completion.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_offers(project: String, #[server(default)] key: String) -> AppResult<Vec<Offer>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::compositions::offers(&ctx, &key).await.for_page()
}

/// What a save would say.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn lint_form(project: String, #[server(default)] key: String, form: EditorForm) -> AppResult<Checked> {
    let ctx = crate::context::ctx(&project).await?;
    work::lint(&ctx, &key, &form).await
}

/// The messages with the values of the form.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn preview_form(project: String, #[server(default)] key: String, form: EditorForm) -> AppResult<Preview> {
    let ctx = crate::context::ctx(&project).await?;
    let preview = work::preview(&ctx, &key, &form).await?;
    if crate::flash::is_plain_form() {
        let lint = work::lint(&ctx, &key, &form).await?;
        let shown = Returned { form, error: None, lint: Some(lint), preview: Some(preview.clone()), draft: None };
        crate::flash::back(&editor_path(&project, &key), &shown);
    }
    Ok(preview)
}

/// The tokens of rendered messages, counted by the model's own tokenizer where that is public.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn count_tokens(
    project: String,
    #[server(default)] messages: Vec<Message>,
    by: Priced,
) -> AppResult<CallTokens> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::tokens::count(&ctx, messages, &by).await.for_page()
}

/// Keeps what the author has typed.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_draft(project: String, key: String, form: EditorForm) -> AppResult<Outcome<KeptDraft>> {
    let ctx = crate::context::ctx(&project).await?;
    let kept = work::keep_draft(&ctx, &key, &form).await;
    let (error, draft) = (kept.clone().err(), kept.clone().ok());
    crate::flash::back(&editor_path(&project, &key), &Returned::after(form, error, draft));
    Outcome::of(kept)
}

/// Keeps what the author has typed and goes on to merge it with what somebody saved meanwhile.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn start_merge(project: String, key: String, form: EditorForm) -> AppResult<Outcome<()>> {
    let ctx = crate::context::ctx(&project).await?;
    let kept = work::keep_draft(&ctx, &key, &form).await;
    match &kept {
        Ok(_) => leptos_axum::redirect(&crate::templates::merge::server::path(&project, &key)),
        Err(error) => {
            crate::flash::back(&editor_path(&project, &key), &Returned::after(form, Some(error.clone()), None));
        }
    }
    Outcome::of(kept.map(drop))
}

/// What the last form of a new template left; read once.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_new_form(project: String) -> AppResult<Option<Returned>> {
    Ok(crate::flash::take(&editor_path(&project, "")))
}

/// Keeps the form of a new template for a while, in case its author leaves the page.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn keep_new_form(project: String, form: EditorForm) -> AppResult<()> {
    let ctx = crate::context::ctx(&project).await?;
    work::check_author(&ctx, &form)?;
    crate::flash::put(&editor_path(&project, ""), &Returned::after(form, None, None));
    Ok(())
}

/// Saves a version, or makes the template when there is no key. A save that is refused keeps the text as a draft where the
/// browser itself sent it; the page's own scripts do that themselves.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_editor(project: String, #[server(default)] key: String, form: EditorForm) -> AppResult<Outcome<()>> {
    let ctx = crate::context::ctx(&project).await?;
    let page = editor_path(&project, &key);
    let saved = match key.as_str() {
        "" => work::create(&ctx, &form).await,
        key => work::save(&ctx, key, &form).await,
    };
    match &saved {
        Ok(saved) => {
            crate::flash::forget(&page);
            leptos_axum::redirect(&saved.path(&project));
        }
        Err(error) if crate::flash::is_plain_form() => {
            let draft = if key.is_empty() { None } else { work::keep_draft(&ctx, &key, &form).await.ok() };
            crate::flash::back(&page, &Returned::after(form, Some(error.clone()), draft));
        }
        Err(_) => {}
    }
    Outcome::of(saved.map(drop))
}
