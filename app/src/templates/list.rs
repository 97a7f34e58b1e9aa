//! The list of templates: what exists, what serves where, who changed what last.

use domain::label::ENVIRONMENTS;
use domain::page::Page;
use domain::permission::Permission;
use domain::template::{Template, TemplateFacets, TemplateFilter, TemplateSort};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project};
use crate::ui::{
    ActiveFilters, Badge, EmptyState, ErrorView, FilterForm, FilterSelect, Icon, IconName, Loading, NextPage,
    PageHeader, Skeleton, Table, Time, Tone, VersionChip, wait,
};

/// Tags of a row; a list is to be run through by eye.
const SHOWN_TAGS: usize = 2;
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

/// A page of the project's templates.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_templates(
    project: String,
    filter: TemplateFilter,
    cursor: Option<String>,
    limit: Option<i64>,
) -> AppResult<Page<Template>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit };
    service::templates::list(&ctx, &filter, &page).await.for_page()
}

/// What the list can be filtered by.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_facets(project: String) -> AppResult<TemplateFacets> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::templates::facets(&ctx).await.for_page()
}

/// Kinds and categories are words; the other values are names.
fn filter_text(name: &str, value: &str) -> String {
    if matches!(name, "kind" | "category") { value.replace('_', " ") } else { value.to_owned() }
}

fn filter_of(query: &ParamsMap) -> TemplateFilter {
    let text = |name: &str| query.get(name).unwrap_or_default();
    TemplateFilter {
        search: text("search"),
        kind: text("kind"),
        category: text("category"),
        tag: text("tag"),
        label: text("label"),
        folder: text("folder"),
        with_archived: !text("archived").is_empty(),
        sort: TemplateSort::parse(&text("sort")).unwrap_or_default(),
    }
}

#[component]
pub fn TemplatesPage() -> impl IntoView {
    let (project, query) = (use_project(), use_query_map());
    let page = Data::of(move || {
        let (filter, cursor) = (query.with(filter_of), query.read().get("cursor"));
        LoadTemplates { project: project.get(), filter, cursor, limit: None }
    });
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) => view! { <Rows page project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Templates"/>
        <PageHeader title="Templates" lead="Prompts of this project, and the versions that each environment serves.">
            <NewButton/>
        </PageHeader>
        <Filters/>
        <ActiveFilters names=&FILTERS text_of=filter_text/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=8/></div> } view=rows/>
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
    let sort = |(value, text): (TemplateSort, &'static str)| {
        let name = if value == TemplateSort::default() { "" } else { value.name() };
        view! { <option value=name selected=value == filter.sort>{text}</option> }
    };
    let chosen = if filter.sort == TemplateSort::default() { "" } else { filter.sort.name() };
    let sorts = [
        (TemplateSort::Key, "Sort: key"),
        (TemplateSort::Name, "Sort: name"),
        (TemplateSort::Updated, "Sort: last change"),
        (TemplateSort::Order, "Sort: display order"),
    ];
    view! {
        {folder}
        <label class="input input-sm filter-search">
            <Icon name=IconName::Search class="size-4 text-muted"/>
            <input type="search" id="search" name="search" placeholder="Search" aria-label="Search templates" value=filter.search.clone() prop:value=filter.search/>
            <kbd class="kbd-key js-only" aria-hidden="true">"/"</kbd>
        </label>
        <FilterSelect name="kind" label="Kind" options=facets.kinds value=filter.kind is_words=true/>
        <FilterSelect name="category" label="Category" options=facets.categories value=filter.category is_words=true/>
        <FilterSelect name="label" label="Label" options=facets.labels value=filter.label/>
        <FilterSelect name="tag" label="Tag" options=facets.tags value=filter.tag/>
        <select class="select select-sm filter-select" name="sort" aria-label="Sort" prop:value=chosen>
            {sorts.map(sort).collect_view()}
        </select>
        <label class="filter-check">
            <input type="checkbox" class="checkbox checkbox-sm" name="archived" value="shown" checked=filter.with_archived prop:checked=filter.with_archived/>
            "Archived"
        </label>
    }
}

#[component]
fn Rows(page: Page<Template>, project: String) -> impl IntoView {
    let next = page.next.clone();
    if page.items.is_empty() {
        return view! { <Nothing/> }.into_any();
    }
    let rows = page.items.into_iter().map(|t| view! { <Row template=t project=project.clone()/> }).collect_view();
    view! {
        <Table columns=&["Template", "Kind", "Tags", "Development", "Staging", "Production", "Latest", "Last change"]>{rows}</Table>
        <NextPage next/>
    }
    .into_any()
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

#[component]
fn Row(template: Template, project: String) -> impl IntoView {
    let environments = ENVIRONMENTS.map(|label| template.version_on(label));
    let [development, staging, production] = environments;
    let tag = |tag: String| {
        let href = format!("?tag={tag}");
        view! { <a class="chip" href=href>{tag}</a> }
    };
    let latest = (template.latest_version > 0).then_some(template.latest_version);
    let is_ahead = latest > production;
    let fields = template.fields;
    let more = fields.tags.get(SHOWN_TAGS..).filter(|rest| !rest.is_empty()).map(|rest| {
        view! { <span class="chip" title=rest.join(", ")>{format!("+{}", rest.len())}</span> }
    });
    let category = (!fields.category.is_empty())
        .then(|| view! { <span class="block text-xs text-muted">{fields.category.replace('_', " ")}</span> });
    let archived = template.is_archived.then(|| view! { <Badge tone=Tone::Warning>"archived"</Badge> });
    view! {
        <tr>
            <th scope="row">
                <div class="min-w-0">
                    <span class="flex items-center gap-2">
                        <a class="link-plain font-medium" href=format!("/p/{project}/templates/{}", template.key)>{fields.display_name}</a>
                        {archived}
                    </span>
                    <code class="text-xs text-muted">{template.key}</code>
                </div>
            </th>
            <td data-label="Kind"><div class="whitespace-nowrap">{fields.kind.replace('_', " ")}{category}</div></td>
            <td data-label="Tags"><div class="tag-list">{fields.tags.into_iter().take(SHOWN_TAGS).map(tag).collect_view()}{more}</div></td>
            <td data-label="Development"><VersionChip version=development/></td>
            <td data-label="Staging"><VersionChip version=staging/></td>
            <td data-label="Production"><VersionChip version=production/></td>
            <td data-label="Latest"><VersionChip version=latest is_new=is_ahead/></td>
            <td data-label="Last change">
                <div>
                    <Time at=template.updated_at/>
                    <span class="block text-xs text-muted">{template.updated_by}</span>
                </div>
            </td>
        </tr>
    }
}
