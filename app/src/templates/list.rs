//! The list of templates: what exists, what serves where, who changed what last; found by words, changed many at once.

mod api;
mod bulk;
mod download;
mod rows;
mod selection;

use domain::permission::Permission;
use domain::template::{TemplateFacets, TemplateFilter, TemplateSort};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::data::Data;
use crate::layout::{may, use_me, use_project};
use crate::ui::{
    ActiveFilters, EmptyState, ErrorView, FilterForm, FilterSelect, Icon, IconName, Loading, PageHeader, Skeleton, wait,
};
use api::{FindTemplates, Report, page as address};
use bulk::{Bulk, BulkBar, BulkReport};
use rows::Rows;
use selection::Selection;

pub use api::{LoadFacets, LoadTemplates, SuggestTemplates};
pub use rows::place;

const FIELDS: [&str; 8] = ["search", "kind", "category", "label", "tag", "folder", "sort", "archived"];
const FILTERS: [(&str, &str); 7] = [
    ("search", "Search"),
    ("kind", "Kind"),
    ("category", "Category"),
    ("label", "Label"),
    ("tag", "Tag"),
    ("folder", "Folder"),
    ("archived", "Archived"),
];

/// Kinds and categories are words; the other values are names.
fn filter_text(name: &str, value: &str) -> String {
    if matches!(name, "kind" | "category") { value.replace('_', " ") } else { value.to_owned() }
}

/// What is searched for is listed by how well it fits, unless another order is chosen.
fn default_sort(search: &str) -> TemplateSort {
    if search.trim().is_empty() { TemplateSort::default() } else { TemplateSort::Relevance }
}

fn filter_of(query: &ParamsMap) -> TemplateFilter {
    let text = |name: &str| query.get(name).unwrap_or_default();
    let (search, sort) = (text("search"), text("sort"));
    let by_default = default_sort(&search);
    let chosen = TemplateSort::parse(&sort).ok().filter(|_| !sort.is_empty());
    TemplateFilter {
        search,
        kind: text("kind"),
        category: text("category"),
        tag: text("tag"),
        label: text("label"),
        folder: text("folder"),
        with_archived: !text("archived").is_empty(),
        sort: chosen.unwrap_or(by_default),
    }
}

#[component]
pub fn TemplatesPage() -> impl IntoView {
    let (project, query) = (use_project(), use_query_map());
    let (me, selection, bulk) = (use_me(), Selection::new(), Bulk::new());
    provide_context(bulk);
    Effect::new(move |before: Option<()>| {
        query.track();
        if before.is_some() {
            bulk.forget();
        }
    });
    let page = Data::again(
        move || bulk.over.get(),
        move || {
            let (filter, cursor) = (query.with(filter_of), query.read().get("cursor"));
            FindTemplates { project: project.get(), filter, cursor }
        },
    );
    let left = Data::<Option<Report>>::left(move || address(&project.get()));
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) if page.items.is_empty() => view! { <Nothing/> }.into_any(),
                Ok(page) => view! { <Rows page selection project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    let report = move || {
        wait(async move {
            view! { <BulkReport earlier=left.found().await/> }
        })
    };
    // Beside the rows, not of them: a list that is loaded again must not close what is open in the bar.
    let bar = move || {
        let project = project.get();
        wait(async move {
            let may_write = may(me, Permission::WriteTemplates).await;
            view! { <BulkBar project may_write selection/> }
        })
    };
    view! {
        <Title text="Templates"/>
        <PageHeader title="Templates" lead="Prompts of this project, and the versions that each environment serves.">
            <NewButton/>
        </PageHeader>
        <Filters/>
        <ActiveFilters names=&FILTERS text_of=filter_text/>
        <Loading view=report/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=8/></div> } view=rows/>
        <Loading view=bar/>
    }
}

/// The way to a new template, for who may write.
#[component]
pub fn NewButton() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let button = move || {
        wait(async move {
            let href = format!("/p/{}/templates/new", project.get_untracked());
            may(me, Permission::WriteTemplates).await.then(|| {
                view! {
                    <a class="btn btn-primary btn-sm" href=href>
                        <Icon name=IconName::Plus/>
                        "New template"
                    </a>
                }
            })
        })
    };
    view! { <Loading view=button/> }
}

#[component]
fn Filters() -> impl IntoView {
    let (project, query) = (use_project(), use_query_map());
    let facets = Data::of(move || LoadFacets { project: project.get() });
    let fields = move || {
        let filter = query.with(filter_of);
        wait(async move {
            let facets = facets.await.unwrap_or_default();
            view! { <FilterFields filter facets/> }
        })
    };
    view! {
        <FilterForm names=&FIELDS>
            <Loading view=fields/>
        </FilterForm>
    }
}

#[component]
fn FilterFields(filter: TemplateFilter, facets: TemplateFacets) -> impl IntoView {
    let folder =
        (!filter.folder.is_empty()).then(|| view! { <input type="hidden" name="folder" value=filter.folder.clone()/> });
    let by_default = default_sort(&filter.search);
    let name_of = move |sort: TemplateSort| if sort == by_default { "" } else { sort.name() };
    let sort = |(value, text): (TemplateSort, &'static str)| {
        view! { <option value=name_of(value) selected=value == filter.sort>{text}</option> }
    };
    let chosen = name_of(filter.sort);
    let best = (by_default == TemplateSort::Relevance).then(|| sort((TemplateSort::Relevance, "Sort: best match")));
    let tags = facets.tags.iter().map(|tag| view! { <option value=tag.clone()></option> }).collect_view();
    let sorts = [
        (TemplateSort::Key, "Sort: key"),
        (TemplateSort::Name, "Sort: name"),
        (TemplateSort::Updated, "Sort: last change"),
        (TemplateSort::Order, "Sort: display order"),
    ];
    view! {
        {folder}
        <datalist id="known-tags">{tags}</datalist>
        <label class="input input-sm filter-search">
            <Icon name=IconName::Search class="size-4 text-muted"/>
            <input type="search" id="search" name="search" placeholder="Search names and texts" aria-label="Search templates" maxlength="200" value=filter.search.clone() prop:value=filter.search/>
            <kbd class="kbd-key js-only" aria-hidden="true">"/"</kbd>
        </label>
        <FilterSelect name="kind" label="Kind" options=facets.kinds value=filter.kind is_words=true/>
        <FilterSelect name="category" label="Category" options=facets.categories value=filter.category is_words=true/>
        <FilterSelect name="label" label="Label" options=facets.labels value=filter.label/>
        <FilterSelect name="tag" label="Tag" options=facets.tags value=filter.tag/>
        <select class="select select-sm filter-select" name="sort" aria-label="Sort" prop:value=chosen>
            {best}
            {sorts.map(sort).collect_view()}
        </select>
        <label class="filter-check">
            <input type="checkbox" class="checkbox checkbox-sm" name="archived" value="shown" checked=filter.with_archived prop:checked=filter.with_archived/>
            "Archived"
        </label>
    }
}

/// No rows: because nothing matches, or because there is nothing yet.
#[component]
fn Nothing() -> impl IntoView {
    let query = use_query_map();
    let is_filtered = FILTERS.iter().any(|(name, _)| query.read_untracked().get(name).is_some());
    let content = match is_filtered {
        true => view! {
            <EmptyState icon=IconName::Search title="No matches" text="No template of this project fits these filters.">
                <a class="btn btn-sm" href="?">"Clear filters"</a>
            </EmptyState>
        }
        .into_any(),
        false => view! {
            <EmptyState
                icon=IconName::FileText
                title="No templates yet"
                text="A template holds a prompt's messages, its typed parameters and its model settings, in numbered versions."
            >
                <NewButton/>
            </EmptyState>
        }
        .into_any(),
    };
    view! { <div class="card-box">{content}</div> }
}
