//! What a save left behind: that it went through, and what the check noticed.

use domain::error::FieldError;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::load_warnings;
use crate::templates::form::place;
use crate::ui::{Notice, Tone, sentence};

/// Stands above the page when the URL names the version just saved.
#[component]
pub fn SavedNotice(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let saved = Memo::new(move |_| {
        let query = query.read();
        query.get("saved").filter(|_| query.get("tab").as_deref() == Some("versions"))?.parse::<i64>().ok()
    });
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let warnings = Resource::new(
        move || (project.clone(), key.clone(), saved.get()),
        |(project, key, saved)| async move {
            match saved {
                Some(number) => load_warnings(project, key, number).await.unwrap_or_default(),
                None => Vec::new(),
            }
        },
    );
    let notice = move || {
        let shown = shown.clone();
        Suspend::new(async move {
            let warnings = warnings.await;
            saved.get().map(|number| view! { <Message shown number warnings/> })
        })
    };
    view! { <Transition>{notice}</Transition> }
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
                <p class="font-medium">{format!("Version {number} is saved. No label points to it until you move one.")}</p>
                {noticed}
            </Notice>
        </div>
    }
}
