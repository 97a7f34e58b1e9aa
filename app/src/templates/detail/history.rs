//! Where the labels pointed when: the moves, newest first.

use domain::label::LabelEvent;
use domain::page::Page;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadHistory;
use crate::data::Data;
use crate::ui::{
    EmptyState, ErrorView, Icon, IconName, LabelChip, Loading, NextPage, Skeleton, Table, Time, VersionChip, wait,
};

#[component]
pub fn History(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let (project, key) = (shown.project, shown.template.key);
    let page = Data::of(move || {
        let cursor = query.read().get("cursor");
        LoadHistory { project: project.clone(), key: key.clone(), cursor }
    });
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) => view! { <Moves page/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton/> } view=rows/> }
}

#[component]
fn Moves(page: Page<LabelEvent>) -> impl IntoView {
    if page.items.is_empty() {
        return view! {
            <div class="card-box">
                <EmptyState
                    icon=IconName::History
                    title="No label has moved yet"
                    text="Each move of a label is kept here for good: from where, to where, by whom and why."
                />
            </div>
        }
        .into_any();
    }
    let next = page.next;
    let rows = page.items.into_iter().map(|event| view! { <Move event/> }).collect_view();
    view! {
        <Table columns=&["When (UTC)", "Label", "Move", "By", "Reason", "Served hash"]>{rows}</Table>
        <NextPage next/>
    }
    .into_any()
}

#[component]
fn Move(event: LabelEvent) -> impl IntoView {
    let number = |version: i64| (version > 0).then_some(version);
    let hash: String = event.effective_hash.chars().take(7).collect();
    let is_back = event.to_version > 0 && event.to_version < event.from_version;
    view! {
        <tr>
            <td data-label="When (UTC)"><Time at=event.at/></td>
            <td data-label="Label"><LabelChip label=event.label/></td>
            <td data-label="Move">
                <span class="inline-flex items-center gap-1.5">
                    <VersionChip version=number(event.from_version)/>
                    <Icon name=IconName::ArrowRight class="size-3 text-muted"/>
                    <VersionChip version=number(event.to_version)/>
                    {is_back.then_some(view! { <span class="text-xs text-muted">"rolled back"</span> })}
                </span>
            </td>
            <td data-label="By">{event.actor}</td>
            <td data-label="Reason"><div class="max-w-96">{event.reason}</div></td>
            <td data-label="Served hash"><code class="text-muted" title=event.effective_hash>{hash}</code></td>
        </tr>
    }
}
