//! The queue of change requests, and the page on which one is reviewed.

mod actions;
mod api;
mod decide;
mod items;
mod review;
mod said;
mod threads;

pub use api::ProposeChange;
pub use review::ChangePage;

use domain::change::{ChangeFilter, ChangeSummary, Status};
use domain::page::Page;
use domain::text::unturned;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::data::Data;
use crate::layout::{use_me, use_project};
use crate::ui::{
    ActiveFilters, Badge, EmptyState, ErrorView, FilterForm, FilterText, Icon, IconName, Loading, NextPage, PageHeader,
    Skeleton, Table, Tabs, Time, Tone, encoded, is_filtered, wait,
};
use api::LoadChanges;

const FIELDS: [&str; 6] = ["search", "status", "author", "reviewer", "label", "template"];
const FILTERS: [(&str, &str); 6] = [
    ("search", "Title"),
    ("status", "Status"),
    ("author", "Author"),
    ("reviewer", "Reviewer"),
    ("label", "Label"),
    ("template", "Template"),
];

fn filter_of(query: &ParamsMap) -> ChangeFilter {
    let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    ChangeFilter {
        // The queue is what something can be done about; `any` asks for all.
        status: match text("status").as_str() {
            "" => "open".to_owned(),
            "any" => String::new(),
            other => other.to_owned(),
        },
        search: text("search"),
        author: text("author"),
        reviewer: text("reviewer"),
        label: text("label"),
        template: text("template"),
    }
}

/// How a change request stands: icon and word, never colour alone.
#[component]
pub fn ChangeStatus(status: Status) -> impl IntoView {
    let (tone, icon) = match status {
        Status::InReview => (Tone::Warning, IconName::CircleDashed),
        Status::ChangesRequested => (Tone::Danger, IconName::CircleX),
        Status::Approved => (Tone::Success, IconName::CircleCheck),
        Status::Scheduled => (Tone::Info, IconName::Calendar),
        Status::Published => (Tone::Accent, IconName::Check),
        Status::Withdrawn | Status::Superseded => (Tone::Neutral, IconName::CircleSlash),
    };
    view! {
        <Badge tone>
            <Icon name=icon class="size-3"/>
            {status.title()}
        </Badge>
    }
}

#[component]
pub fn ChangesPage() -> impl IntoView {
    let (project, query, me) = (use_project(), use_query_map(), use_me());
    let page = Data::of(move || {
        let (filter, cursor) = (query.with(filter_of), query.read().get("cursor"));
        LoadChanges { project: project.get(), filter, cursor }
    });
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) => view! { <Rows page project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    let views = move || {
        let query = query.get();
        wait(async move {
            let own = me.await.map(|me| me.email).unwrap_or_default();
            view! { <Views query own/> }
        })
    };
    view! {
        <Title text="Changes"/>
        <PageHeader title="Changes" lead="Proposals to move labels. A protected label moves only by one that its policy lets through."/>
        <Loading view=views/>
        <FilterForm names=&FIELDS>
            {move || {
                let query = query.read();
                view! { <FilterFields query=query.clone()/> }
            }}
        </FilterForm>
        <ActiveFilters names=&FILTERS/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=6/></div> } view=rows/>
    }
}

/// The views that most come for, each an address of its own.
#[component]
fn Views(query: ParamsMap, own: String) -> impl IntoView {
    let get = |name: &str| query.get(name).unwrap_or_default();
    let mine = encoded(&own);
    let is = |author: &str, reviewer: &str, status: &str| {
        get("author") == author && get("reviewer") == reviewer && get("status") == status
    };
    let items = vec![
        ("?".to_owned(), "Open".to_owned(), is("", "", "")),
        (format!("?reviewer={mine}"), "Waiting for me".to_owned(), is("", &own, "")),
        (format!("?author={mine}"), "Opened by me".to_owned(), is(&own, "", "")),
        ("?status=published".to_owned(), "Published".to_owned(), is("", "", "published")),
        ("?status=any".to_owned(), "All".to_owned(), is("", "", "any")),
    ];
    view! { <Tabs items label="Views of the queue"/> }
}

#[component]
fn FilterFields(query: ParamsMap) -> impl IntoView {
    let text = |name: &'static str| query.get(name).unwrap_or_default();
    // Chosen by the views above, and kept while other filters change.
    let kept = |name: &'static str| view! { <input type="hidden" name=name value=text(name) prop:value=text(name)/> };
    view! {
        <FilterText name="search" label="Title" value=text("search")/>
        {kept("status")}
        {kept("author")}
        {kept("reviewer")}
        <FilterText name="label" label="Label" value=text("label")/>
        <FilterText name="template" label="Template" value=text("template")/>
    }
}

#[component]
fn Rows(page: Page<ChangeSummary>, project: String) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <Nothing/> }.into_any();
    }
    let next = page.next.clone();
    let rows = page.items.into_iter().map(|change| view! { <Row change project=project.clone()/> }).collect_view();
    view! {
        <Table columns=&["Change", "Status", "Moves", "Author", "Reviewers", "Last change"]>{rows}</Table>
        <NextPage next/>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    let content = match is_filtered(&FIELDS) {
        true => view! {
            <EmptyState icon=IconName::Search title="No matches" text="No change request of this project fits these filters.">
                <a class="btn btn-sm" href="?">"Open ones"</a>
            </EmptyState>
        }
        .into_any(),
        false => view! {
            <EmptyState icon=IconName::Compare title="Nothing is waiting" text="Propose a version for a protected label on its template's page; it is reviewed here before anybody is served it.">
                <a class="btn btn-sm" href="?status=any">"Earlier ones"</a>
            </EmptyState>
        }
        .into_any(),
    };
    view! { <div class="card-box">{content}</div> }
}

#[component]
fn Row(change: ChangeSummary, project: String) -> impl IntoView {
    let href = format!("/p/{project}/changes/{}", change.number);
    let moves = change.moves.into_iter().map(|name| view! { <span class="move-name">{name}</span> }).collect_view();
    let at = change.publish_at.map(|at| view! { <span class="row-more">"at "<Time at/></span> });
    let reviewers = match change.reviewers.is_empty() {
        true => view! { <span class="text-muted">"—"</span> }.into_any(),
        false => change.reviewers.join(", ").into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a class="link-plain" href=href data-row>
                    <span class="text-muted">{format!("#{} ", change.number)}</span>
                    {unturned(&change.title)}
                </a>
            </th>
            <td data-label="Status">
                <span class="row-stack"><ChangeStatus status=change.status/> {at}</span>
            </td>
            <td data-label="Moves"><span class="row-stack mono">{moves}</span></td>
            <td data-label="Author">{unturned(&change.author)}</td>
            <td data-label="Reviewers">{reviewers}</td>
            <td data-label="Last change"><Time at=change.updated_at/></td>
        </tr>
    }
}
