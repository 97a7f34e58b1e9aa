//! What a save left behind: that it went through, and what the check noticed.

use domain::error::FieldError;
use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadWarnings;
use crate::data::Data;
use crate::templates::form::place;
use crate::ui::{LabelChips, Loading, Notice, Tone, sentence, wait};

/// Stands above the page when the URL names the version just saved.
#[component]
pub fn SavedNotice(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let saved = Memo::new(move |_| {
        let query = query.read();
        query.get("saved").filter(|_| query.get("tab").as_deref() == Some("timeline"))?.parse::<i64>().ok()
    });
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let warnings = Data::when(move || {
        saved.get().map(|number| LoadWarnings { project: project.clone(), key: key.clone(), number })
    });
    let notice = move || {
        let shown = shown.clone();
        wait(async move {
            let warnings = warnings.found().await.unwrap_or_default();
            saved.get().map(|number| view! { <Message shown number warnings/> })
        })
    };
    view! { <Loading view=notice/> }
}

#[component]
fn Message(shown: Shown, number: i64, warnings: Vec<FieldError>) -> impl IntoView {
    let line =
        |warning: FieldError| view! { <li>{format!("{}: {}", place(&warning.field), sentence(&warning.message))}</li> };
    let tone = if warnings.is_empty() { Tone::Success } else { Tone::Warning };
    let noticed = (!warnings.is_empty()).then(|| {
        view! {
            <p class="mt-1">"It works as it is; the check noticed:"</p>
            <ul class="list-disc pl-4">{warnings.into_iter().map(line).collect_view()}</ul>
            <p class="mt-1"><a class="link-accent" href=shown.path("/edit")>"Edit again"</a></p>
        }
    });
    view! {
        <div class="mb-4" role="status">
            <Notice tone>
                <p class="flex flex-wrap items-center gap-x-1.5 gap-y-1 font-medium">
                    {format!("Version {number} is saved. ")}
                    <Pointing shown number/>
                </p>
                {noticed}
            </Notice>
        </div>
    }
}

/// The labels that point to the version by now, or the way to move the first.
#[component]
fn Pointing(shown: Shown, number: i64) -> impl IntoView {
    let labels = shown.template.labels.iter().filter(|l| l.version == number).map(|l| l.label.clone());
    let labels: Vec<String> = labels.collect();
    if !labels.is_empty() {
        return view! { <LabelChips labels/> }.into_any();
    }
    let href = shown.path(&format!("?move=development&to={number}#labels"));
    let way = shown.may(Permission::MoveLabels).then(|| view! { <a href=href>"Move a label"</a> });
    view! { "No label points to it yet." {way} }.into_any()
}
