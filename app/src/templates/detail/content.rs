//! What a version holds: messages, contract, model settings. The server renders it, the browser shows it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadContent;
use crate::data::Data;
use crate::ui::{EmptyState, IconName, RenderedRegion};

/// Of the version that the address names, or of the latest.
#[component]
pub fn Content(shown: Shown) -> impl IntoView {
    if shown.template.latest_version == 0 {
        return view! {
            <div class="card-box">
                <EmptyState icon=IconName::Commit title="No version yet" text="There is nothing to show before the first version."/>
            </div>
        }
        .into_any();
    }
    let (query, project, key) = (use_query_map(), shown.project, shown.template.key);
    let number = move || query.read().get("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    let html = Data::of(move || LoadContent { project: project.clone(), key: key.clone(), number: number() });
    view! { <RenderedRegion html id="version" label="What the version holds"/> }.into_any()
}

#[cfg(feature = "ssr")]
mod whole;
#[cfg(feature = "ssr")]
pub use whole::html;
