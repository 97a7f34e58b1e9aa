//! Import and export: templates as files.

mod plan;

use domain::files::{FileFormat, ImportPlan};
use domain::permission::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::error::{AppError, AppResult};
use crate::layout::{may, use_me, use_project};
use crate::outcome::{Outcome, Refused};
use crate::post::Post;
use crate::ui::{ErrorSummary, Loading, Notice, PageHeader, Skeleton, Tone, wait};
use plan::Review;

/// What the address of the page says went wrong with an upload.
const REFUSED: [(&str, &str); 4] = [
    ("no_file", "Choose a .zip archive, or .prompty and .prompt files, and then press Preview."),
    ("too_large", "That is more than 10 MB. Import it in parts."),
    ("forbidden", "Your role in this project doesn't allow imports."),
    ("malformed", "The files could not be read. Send them once more."),
];

/// How an import is to go about it, as chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportForm {
    /// Templates that were changed here get a new version all the same.
    pub new_version: bool,
    /// Contracts that can refuse callers are saved all the same.
    pub allow_breaking: bool,
    pub message: String,
    /// The digest of the plan that was shown.
    pub expected: String,
}

fn page(project: &str) -> String {
    format!("/p/{project}/settings/files")
}

/// What the import of the person's upload would do: its own error is a part of the page.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_import(project: String) -> AppResult<Outcome<Option<ImportPlan>>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let plan = service::files::review(&ctx).await.for_page();
    match plan {
        Err(AppError(error)) if error.kind == domain::error::Kind::Forbidden => Err(AppError(error)),
        plan => Outcome::of(plan),
    }
}

/// Imports the person's upload.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn apply_import(project: String, #[server(default)] form: ImportForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    use domain::files::{ImportOptions, ImportState, OnConflict};
    let ctx = ctx(&project).await?;
    let options = ImportOptions {
        on_conflict: if form.new_version { OnConflict::NewVersion } else { OnConflict::Refuse },
        allow_breaking: form.allow_breaking,
        commit_message: form.message.clone(),
        expected: Some(form.expected.clone()).filter(|digest| !digest.is_empty()),
    };
    let applied = service::files::apply_held(&ctx, &options).await.for_page();
    let (page, done) = (page(&project), applied.as_ref().ok());
    let count = |state| done.map_or(0, |plan: &ImportPlan| plan.count(state));
    let done = format!("{page}?new={}&changed={}", count(ImportState::New), count(ImportState::Changed));
    crate::outcome::answer(&page, form, applied.map(drop), &done)
}

/// Throws the person's upload away.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn discard_import(project: String) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::files::discard(&ctx).for_page()?;
    leptos_axum::redirect(&page(&project));
    Ok(())
}

#[component]
pub fn FilesPage() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let (apply, discard) = (Post::to::<ApplyImport>(), Post::to::<DiscardImport>());
    let again = move || apply.count() + discard.count();
    let plan = Data::again(again, move || LoadImport { project: project.get() });
    let refused = Data::<Option<Refused<ImportForm>>>::left(move || page(&project.get()));
    let import = move || {
        wait(async move {
            let (can_write, plan, refused) =
                (may(me, Permission::WriteTemplates).await, plan.await, refused.found().await);
            if !can_write {
                return ().into_any();
            }
            let project = project.get_untracked();
            match plan {
                Ok(Outcome::Done(Some(plan))) => view! { <Review plan project apply discard refused/> }.into_any(),
                Ok(Outcome::Done(None)) => {
                    let error = apply.refusal(refused.map(|r| r.error));
                    view! { <ErrorSummary error/> <Upload project/> }.into_any()
                }
                Ok(Outcome::Refused(error)) => unreadable(AppError(error), project),
                Err(error) => unreadable(error, project),
            }
        })
    };
    view! {
        <Title text="Import and export"/>
        <PageHeader title="Import and export" lead="Templates as files that people read and git keeps: our own format, Prompty and dotprompt."/>
        <Told/>
        <Loading fallback=|| view! { <div class="card-box section"><Skeleton rows=4/></div> } view=import/>
        {move || view! { <Export project=project.get()/> }}
    }
}

/// An upload that can't be read, and the form for another.
fn unreadable(error: AppError, project: String) -> AnyView {
    let error = Signal::derive(move || Some(error.clone()));
    view! { <ErrorSummary error/> <Upload project/> }.into_any()
}

/// What the address says was done or refused; only words of our own are shown.
#[component]
fn Told() -> impl IntoView {
    let query = use_query_map();
    let done = move || {
        let number = |name: &str| query.read().get(name)?.parse::<u32>().ok();
        let (new, changed) = (number("new")?, number("changed")?);
        Some(format!("Imported: {new} new and {changed} changed. No label moved: publish when you are ready."))
    };
    let refused = move || {
        let code = query.read().get("refused")?;
        Some(REFUSED.iter().find(|(name, _)| *name == code).map_or("The files could not be taken.", |(_, text)| *text))
    };
    view! {
        <div role="status">
            {move || done().map(|text| view! { <div class="mb-4"><Notice tone=Tone::Success>{text}</Notice></div> })}
        </div>
        <div role="alert">
            {move || refused().map(|text| view! { <div class="mb-4"><Notice tone=Tone::Danger>{text}</Notice></div> })}
        </div>
    }
}

/// Chooses files. A plain form: a browser sends files as they are only with one.
#[component]
fn Upload(project: String) -> impl IntoView {
    view! {
        <section class="card-box form-card section" aria-labelledby="import-title">
            <header class="card-head">
                <h2 id="import-title">"Import"</h2>
            </header>
            <form class="form-body" method="post" enctype="multipart/form-data" action=format!("{}/upload", page(&project))>
                <div class="field">
                    <label class="field-label" for="field-file">"Files"</label>
                    <input
                        class="file-input"
                        id="field-file"
                        type="file"
                        name="file"
                        multiple
                        accept=".zip,.prompty,.prompt"
                        aria-describedby="field-file-hint"
                    />
                    <p class="field-hint" id="field-file-hint">
                        "A .zip archive of an export or of a folder in git, or single .prompty and .prompt files; 10 MB at most. The next page shows what would change; nothing is saved before you say so."
                    </p>
                </div>
                <button type="submit" class="btn btn-primary btn-sm">"Preview import"</button>
            </form>
        </section>
    }
}

#[component]
fn Export(project: String) -> impl IntoView {
    let about = |format: FileFormat| match format {
        FileFormat::Files => "Promptory (YAML and Markdown)",
        FileFormat::Prompty => "Prompty (.prompty)",
        FileFormat::Dotprompt => "dotprompt (.prompt)",
    };
    let option = |format: FileFormat| view! { <option value=format.name()>{about(format)}</option> };
    view! {
        <section class="card-box form-card section" aria-labelledby="export-title">
            <header class="card-head">
                <h2 id="export-title">"Export"</h2>
            </header>
            <form class="form-body" method="get" action="/api/v1/admin/export">
                <input type="hidden" name="project" value=project/>
                <div class="form-grid">
                    <div class="field">
                        <label class="field-label" for="field-format">"Format"</label>
                        <select class="select" id="field-format" name="format">
                            {FileFormat::ALL.into_iter().map(option).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label class="field-label" for="field-keys">"Templates"</label>
                        <input class="input" id="field-keys" name="keys" placeholder="All" autocomplete="off" aria-describedby="field-keys-hint"/>
                        <p class="field-hint" id="field-keys-hint">"Keys, separated by commas; empty for all that are not archived."</p>
                    </div>
                </div>
                <button type="submit" class="btn btn-sm">"Download .zip"</button>
            </form>
        </section>
    }
}
