//! The timeline of a template's versions.

use domain::label::ENVIRONMENTS;
use domain::page::Page;
use domain::permission::Permission;
use domain::version::VersionSummary;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadVersions;
use crate::data::Data;
use crate::ui::{EmptyState, ErrorView, Icon, IconName, LabelChips, Loading, NextPage, Skeleton, Time, wait};

#[component]
pub fn Versions(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let page = Data::of(move || {
        let cursor = query.read().get("cursor");
        LoadVersions { project: project.clone(), key: key.clone(), cursor }
    });
    let rows = move || {
        let shown = shown.clone();
        wait(async move {
            match page.await {
                Ok(page) => view! { <Timeline page shown/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton/> } view=rows/> }
}

#[component]
fn Timeline(page: Page<VersionSummary>, shown: Shown) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <Nothing shown/> }.into_any();
    }
    let next = page.next;
    let items = page.items.into_iter().map(|version| view! { <Entry version shown=shown.clone()/> }).collect_view();
    view! {
        <ol class="version-list">{items}</ol>
        <NextPage next/>
    }
    .into_any()
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

#[component]
fn Entry(version: VersionSummary, shown: Shown) -> impl IntoView {
    let number = version.number;
    let open = shown.path(&format!("?tab=content&version={number}"));
    let is_live = !version.labels.is_empty();
    let message = match version.commit_message.as_str() {
        "" => view! { <span class="text-muted">"No message"</span> }.into_any(),
        text => text.to_owned().into_any(),
    };
    let hash: String = version.content_hash.chars().take(7).collect();
    view! {
        <li class="version-entry" class:is-live=is_live>
            <div class="min-w-0 flex-1 max-md:basis-full">
                <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <a class="link-plain font-mono text-[0.8125rem] font-semibold" href=open>{format!("v{number}")}</a>
                    <LabelChips labels=version.labels.clone()/>
                </div>
                <p class="mt-0.5">{message}</p>
                // A dot stays with what is before it.
                <p class="mt-1 text-xs break-words text-muted">
                    {version.created_by.clone()}
                    "\u{a0}· "
                    <Time at=version.created_at/>
                    "\u{a0}· "
                    <code title=version.content_hash.clone()>{hash}</code>
                </p>
            </div>
            <EntryActions version shown/>
        </li>
    }
}

#[component]
fn EntryActions(version: VersionSummary, shown: Shown) -> impl IntoView {
    let number = version.number;
    let before = if version.parent > 0 { version.parent } else { number - 1 };
    let compare = (before > 0).then(|| {
        let href = shown.path(&format!("/diff?from={before}&to={number}"));
        view! {
            <a class="btn btn-ghost btn-xs" href=href>
                <Icon name=IconName::Compare class="size-3.5"/>
                {format!("Compare with v{before}")}
            </a>
        }
    });
    let point = |label: &'static str| {
        let href = shown.path(&format!("?move={label}&to={number}#labels"));
        view! { <a class="menu-item" href=href>{format!("Point {label} here")}</a> }
    };
    let missing = ENVIRONMENTS
        .into_iter()
        .filter(|label| shown.may(Permission::to_move(label)) && !version.labels.iter().any(|l| l == label));
    let links = missing.map(point).collect_view();
    let menu = (!links.is_empty()).then(|| {
        view! {
            <button type="button" class="btn btn-xs" popovertarget=format!("point-{number}")>
                "Point here"
                <span class="sr-only">{format!(" (v{number})")}</span>
                <Icon name=IconName::ChevronDown class="size-3"/>
            </button>
            <div class="menu-drop" id=format!("point-{number}") popover="auto">{links}</div>
        }
    });
    let starts_bare = compare.is_some();
    view! { <div class="flex shrink-0 flex-wrap items-center gap-1" class=("max-md:-ml-2", starts_bare)>{compare} {menu}</div> }
}
