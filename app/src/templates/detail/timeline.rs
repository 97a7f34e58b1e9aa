//! What happened to a template: versions with how they fared, and moves of labels, newest first.
//!
//! The server renders it (`entries` and the files beside it); the browser only shows it.

#[cfg(feature = "ssr")]
mod entries;
#[cfg(feature = "ssr")]
mod figures;
#[cfg(feature = "ssr")]
mod moving;

use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadTimeline;
use crate::data::Data;
use crate::ui::{EmptyState, IconName, RenderedRegion};

#[cfg(feature = "ssr")]
pub use entries::{Asked, html};

#[component]
pub fn TimelineTab(shown: Shown) -> impl IntoView {
    if shown.template.latest_version == 0 {
        return view! { <Nothing shown/> }.into_any();
    }
    let query = use_query_map();
    let (project, key) = (shown.project, shown.template.key);
    let html = Data::of(move || {
        let query = query.read();
        let named = |name| query.get(name).unwrap_or_default();
        LoadTimeline {
            project: project.clone(),
            key: key.clone(),
            show: named("show"),
            label: named("label"),
            cursor: query.get("cursor"),
        }
    });
    view! { <RenderedRegion html id="timeline" label="Timeline"/> }.into_any()
}

#[component]
fn Nothing(shown: Shown) -> impl IntoView {
    let write = shown
        .may(Permission::WriteTemplates)
        .then(|| view! { <a class="btn btn-primary btn-sm" href=shown.path("/edit")>"Write the first version"</a> });
    view! {
        <div class="card-box">
            <EmptyState
                icon=IconName::Commit
                title="No version yet"
                text="A version is an immutable snapshot of messages, contract and model settings. Labels point to versions."
            >
                {write}
            </EmptyState>
        </div>
    }
}
