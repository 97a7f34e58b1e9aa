//! What can be done with the selected rows: a form that works by itself, and with scripts goes on in small steps.

use domain::bulk::{BulkItem, BulkStatus};
use domain::error::Error;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::web_sys::{HtmlButtonElement, SubmitEvent};
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use super::api::{BulkTemplates, Report, export_address};
use super::download::download;
use super::selection::Selection;
use crate::browser::element;
use crate::call;
use crate::error::{AppError, AppResult};
use crate::outcome::Outcome;
use crate::ui::{ErrorSummary, Icon, IconName, Notice, Tone, query_part, sentence};

/// The id of the form; the rows' boxes belong to it.
pub const FORM: &str = "bulk";
const TAGS: &str = "bulk-tags";
const FOLDER: &str = "bulk-folder";
/// Templates that one call changes: few, so that the progress is seen.
const STEP: usize = 5;

/// A change of many templates: how far it is, and what came of it.
#[derive(Clone, Copy)]
pub struct Bulk {
    /// What runs, if anything does.
    progress: RwSignal<Option<Progress>>,
    report: RwSignal<Option<Report>>,
    /// Counts the changes that are over: the list is loaded again.
    pub over: RwSignal<usize>,
}

#[derive(Clone, Copy)]
enum Progress {
    /// How many are changed, of how many.
    Changing(usize, usize),
    /// The files of how many are on their way, in one piece.
    Exporting(usize),
}

impl Bulk {
    pub fn new() -> Self {
        Self { progress: RwSignal::default(), report: RwSignal::default(), over: RwSignal::default() }
    }
    /// What came of the last change is no news on another page.
    pub fn forget(self) {
        self.report.set(None);
    }
}

/// The form below the list: there while rows are selected and, without scripts, always.
#[component]
pub fn BulkBar(project: String, may_write: bool, selection: Selection) -> impl IntoView {
    let bulk = expect_context::<Bulk>();
    let search = use_location().search;
    let back = move || query_part(&search.get());
    let own = project.clone();
    let text = move || match selection.count() {
        1 => "1 template selected".to_owned(),
        n => format!("{n} templates selected"),
    };
    view! {
        <form
            id=FORM
            class="bulk-bar"
            class:is-idle=move || selection.count() == 0
            method="post"
            action=BulkTemplates::url()
            aria-label="Selected templates"
            on:submit=move |event| submit(&event, own.clone(), bulk, selection)
        >
            // Enter in a field presses the first button of a form.
            <button type="submit" class="default-button" tabindex="-1" aria-hidden="true" name="action" value="">"Choose"</button>
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="back" value=back/>
            <span class="bulk-count js-only" role="status">{text}</span>
            <span class="bulk-count no-js-only">"With the selected templates:"</span>
            {may_write.then(|| view! { <Changes/> })}
            <button type="submit" class="btn btn-sm" name="action" value="export">
                <Icon name=IconName::Save/>
                "Export"
            </button>
            <button type="button" class="tool js-only" aria-label="Clear the selection" title="Clear the selection" on:click=move |_| selection.choose_all(false)>
                <Icon name=IconName::X/>
            </button>
        </form>
    }
}

/// The buttons of who may change templates; each opens the field that it needs.
#[component]
fn Changes() -> impl IntoView {
    view! {
        <button type="button" class="btn btn-sm" popovertarget="bulk-tag"><Icon name=IconName::Tag/>"Tag…"</button>
        <div class="menu-drop bulk-drop" id="bulk-tag" popover="auto" role="dialog" aria-label="Tag the selected templates">
            <label class="field-label" for=TAGS>"Tags, between commas"</label>
            <input class="input input-sm" id=TAGS name="tags" list="known-tags" autocomplete="off" autofocus/>
            <span class="bulk-buttons">
                <button type="submit" class="btn btn-primary btn-sm" name="action" value="add_tags">"Add"</button>
                <button type="submit" class="btn btn-sm" name="action" value="remove_tags">"Remove"</button>
            </span>
        </div>
        <button type="button" class="btn btn-sm" popovertarget="bulk-move"><Icon name=IconName::Folder/>"Move…"</button>
        <div class="menu-drop bulk-drop" id="bulk-move" popover="auto" role="dialog" aria-label="Move the selected templates">
            <label class="field-label" for=FOLDER>"Folder, such as rationale/kpi"</label>
            <input class="input input-sm mono" id=FOLDER name="folder" autocomplete="off" aria-describedby="bulk-move-hint" autofocus/>
            <p class="field-hint" id="bulk-move-hint">"Empty for the top."</p>
            <span class="bulk-buttons">
                <button type="submit" class="btn btn-primary btn-sm" name="action" value="move">"Move"</button>
            </span>
        </div>
        <button type="button" class="btn btn-sm" popovertarget="bulk-archive"><Icon name=IconName::Archive/>"Archive…"</button>
        <div class="menu-drop bulk-drop" id="bulk-archive" popover="auto" role="dialog" aria-label="Archive the selected templates">
            <p class="field-hint">"Archived templates leave the lists, and what their labels serve stops at once. Nothing is deleted. One that others use stays."</p>
            <span class="bulk-buttons">
                <button type="submit" class="btn btn-error btn-sm" name="action" value="archive">"Archive"</button>
                <button type="submit" class="btn btn-sm" name="action" value="restore">"Restore"</button>
            </span>
        </div>
    }
}

fn value_of(id: &str) -> String {
    element(id).and_then(|e| e.dyn_into::<HtmlInputElement>().ok()).map(|input| input.value()).unwrap_or_default()
}

/// The button that was pressed; for Enter in a field the first of those beside it.
fn pressed(event: &SubmitEvent) -> Option<HtmlButtonElement> {
    let button = event.submitter()?.dyn_into::<HtmlButtonElement>().ok()?;
    if !button.value().is_empty() {
        return Some(button);
    }
    let panel = document().active_element()?.closest("[popover]").ok()??;
    panel.query_selector("button[name=action]").ok()??.dyn_into().ok()
}

fn submit(event: &SubmitEvent, project: String, bulk: Bulk, selection: Selection) {
    event.prevent_default();
    let (Some(button), keys) = (pressed(event), selection.keys()) else { return };
    if bulk.progress.get_untracked().is_some() || keys.is_empty() {
        return;
    }
    if button.value() == "export" {
        leptos::task::spawn_local(export(export_address(&project, &keys), keys, bulk));
        return;
    }
    if let Some(panel) = button.closest("[popover]").ok().flatten().and_then(|p| p.dyn_into::<HtmlElement>().ok()) {
        let _ = panel.hide_popover();
    }
    let (tags, folder) = (value_of(TAGS), value_of(FOLDER));
    let call = BulkTemplates { project, keys, action: button.value(), tags, folder, back: String::new() };
    leptos::task::spawn_local(run(call, bulk, selection));
}

/// Changes a few templates at a time, until all are through or the server refuses the whole.
async fn run(call: BulkTemplates, bulk: Bulk, selection: Selection) {
    let (total, action) = (call.keys.len(), call.action.clone());
    let mut report = Report { action, items: Vec::with_capacity(total), error: None };
    bulk.report.set(None);
    for keys in call.keys.chunks(STEP) {
        bulk.progress.set(Some(Progress::Changing(report.items.len(), total)));
        let step = BulkTemplates { keys: keys.to_vec(), ..call.clone() };
        match send(&step).await {
            Ok(Outcome::Done(items)) => report.items.extend(items),
            Ok(Outcome::Refused(error)) => report.error = Some(AppError(error)),
            Err(error) => report.error = Some(error),
        }
        if report.error.is_some() {
            break;
        }
    }
    // What is left to do stays selected, and what was selected meanwhile.
    let is_done = |key: &String| report.items.iter().any(|i| i.key == *key && i.status != BulkStatus::Failed);
    selection.set(selection.keys().into_iter().filter(|key| !is_done(key)).collect());
    bulk.progress.set(None);
    bulk.report.set(Some(report));
    bulk.over.update(|count| *count += 1);
    element(REPORT).and_then(|report| report.focus().ok());
}

/// Lets the browser save the files. Nothing is changed, so what was chosen stays chosen.
async fn export(address: String, keys: Vec<String>, bulk: Bulk) {
    bulk.report.set(None);
    bulk.progress.set(Some(Progress::Exporting(keys.len())));
    let (items, error) = match download(&address, "promptory-files.zip").await {
        Ok(left_out) => (keys.iter().map(|key| exported(key, &left_out)).collect(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    bulk.progress.set(None);
    bulk.report.set(Some(Report { action: "export".to_owned(), items, error }));
    element(REPORT).and_then(|report| report.focus().ok());
}

/// What became of one template: what the archive leaves out is gone since the list was loaded.
fn exported(key: &str, left_out: &[String]) -> BulkItem {
    match left_out.iter().any(|gone| gone == key) {
        true => BulkItem::failed(key, Error::not_found("template")),
        false => BulkItem::new(key, BulkStatus::Done),
    }
}

async fn send(step: &BulkTemplates) -> AppResult<Outcome<Vec<BulkItem>>> {
    call::post(BulkTemplates::url(), call::write(step)).await?.read()
}

const REPORT: &str = "bulk-report";

/// How far a change is, and what came of the last: this page's own or, without scripts, the one that led here.
#[component]
pub fn BulkReport(earlier: Option<Report>) -> impl IntoView {
    let bulk = expect_context::<Bulk>();
    let bar = move |progress: Progress| {
        let (text, value, max) = match progress {
            Progress::Changing(done, total) => (format!("{done} of {total} templates"), Some(done), total),
            Progress::Exporting(1) => ("Exporting 1 template".to_owned(), None, 1),
            Progress::Exporting(count) => (format!("Exporting {count} templates"), None, count),
        };
        view! {
            <div class="notice mb-3">
                <div class="bulk-progress">
                    <span>{text}</span>
                    <progress class="progress" value=value max=max aria-label="Progress"></progress>
                </div>
            </div>
        }
    };
    let report = move || bulk.report.get().or_else(|| earlier.clone()).filter(|_| bulk.progress.read().is_none());
    view! {
        <div id=REPORT role="status" tabindex="-1" class="outline-none">
            {move || bulk.progress.get().map(bar)}
            {move || report().map(|report| view! { <Came report/> })}
        </div>
    }
}

/// What came of each template: how many it went well with, and of the others why not.
#[component]
fn Came(report: Report) -> impl IntoView {
    let count = |status: BulkStatus| report.items.iter().filter(|item| item.status == status).count();
    let (done, unchanged, failed) = (count(BulkStatus::Done), count(BulkStatus::Unchanged), count(BulkStatus::Failed));
    let verb = match report.action.as_str() {
        "add_tags" | "remove_tags" => "Tagged anew",
        "move" => "Moved",
        "archive" => "Archived",
        "restore" => "Restored",
        "export" => "Exported",
        _ => "Changed",
    };
    let unchanged = match unchanged {
        0 => String::new(),
        n => format!(" {n} already as it should be."),
    };
    let text = format!("{verb}: {done}.{unchanged}");
    let summary = (!report.items.is_empty()).then(|| {
        let tone = if failed == 0 { Tone::Success } else { Tone::Neutral };
        view! { <div class="mb-3"><Notice tone>{text}</Notice></div> }
    });
    let reason = |item: BulkItem| {
        view! { <li><code>{item.key}</code>" "{sentence(&item.message)}</li> }
    };
    let reasons = report.items.iter().filter(|item| item.status == BulkStatus::Failed).cloned().map(reason);
    let reasons = reasons.collect_view();
    let title = if failed == 1 { "1 template failed".to_owned() } else { format!("{failed} templates failed") };
    let failures = (failed > 0).then(|| {
        view! {
            <div class="mb-3">
                <Notice tone=Tone::Danger>
                    <p class="font-medium">{title}</p>
                    <ul class="list-disc pl-4">{reasons}</ul>
                </Notice>
            </div>
        }
    });
    let error = report.error.clone();
    view! { {summary}{failures}<ErrorSummary error=Signal::derive(move || error.clone())/> }
}
