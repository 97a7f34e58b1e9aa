//! The audit log: who did what, when, and what it was before.

use domain::audit::{AuditEvent, AuditFilter, ChainStatus};
use domain::page::Page;
use domain::text::{counted, unturned};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde_json::Value;

use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::ui::{
    ActiveFilters, EmptyState, ErrorView, FilterForm, Icon, IconName, Loading, NextPage, Notice, PageHeader, Skeleton,
    Time, Tone, wait,
};

const FIELDS: [&str; 3] = ["actor", "action", "object"];
const FILTERS: [(&str, &str); 3] = [("actor", "Actor"), ("action", "Action"), ("object", "Object")];

/// A page of the project's audit log.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_audit(project: String, filter: AuditFilter, cursor: Option<String>) -> AppResult<Page<AuditEvent>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor, limit: None };
    service::audit::list(&ctx, &filter, &page).await.for_page()
}

/// Whether the chain of hashes is whole.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_chain(project: String) -> AppResult<ChainStatus> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::audit::verify(&ctx).await.for_page()
}

fn filter_of(query: &ParamsMap) -> AuditFilter {
    let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    AuditFilter { actor: text("actor"), action: text("action"), object: text("object") }
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let (project, query) = (use_project(), use_query_map());
    let page = Data::of(move || {
        let (filter, cursor) = (query.with(filter_of), query.read().get("cursor"));
        LoadAudit { project: project.get(), filter, cursor }
    });
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) => view! { <Events page project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Audit"/>
        <PageHeader title="Audit" lead="Every governed change: append-only, each event sealed with the one before."/>
        <Chain/>
        <Filters/>
        <ActiveFilters names=&FILTERS/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=10/></div> } view=rows/>
    }
}

/// What the check of the whole chain found; nothing to those who may not see the log.
#[component]
fn Chain() -> impl IntoView {
    let project = use_project();
    let chain = Data::of(move || LoadChain { project: project.get() });
    let content = move || {
        wait(async move {
            let status = chain.await.ok()?;
            let (tone, text) = match status.broken_at {
                None => (Tone::Success, format!("Verified {}: the chain is whole.", counted(status.events, "event"))),
                Some(at) => {
                    (Tone::Danger, format!("The chain is broken at event {at}: {} events before it are whole.", at - 1))
                }
            };
            Some(view! { <div class="mb-4"><Notice tone>{text}</Notice></div> })
        })
    };
    view! { <Loading view=content/> }
}

#[component]
fn Filters() -> impl IntoView {
    let query = use_query_map();
    let fields = move || {
        let filter = query.with(filter_of);
        let input = |id: &'static str, name: &'static str, label: &'static str, hint: &'static str, value: String| {
            view! {
                <label class="input input-sm filter-search">
                    <span class="text-muted">{label}</span>
                    <input type="search" id=id name=name placeholder=hint value=value.clone() prop:value=value autocomplete="off"/>
                </label>
            }
        };
        view! {
            {input("search", "actor", "Actor", "user:ada@…", filter.actor)}
            {input("filter-action", "action", "Action", "label.move", filter.action)}
            {input("filter-object", "object", "Object", "template:…", filter.object)}
        }
    };
    view! { <FilterForm names=&FIELDS>{fields}</FilterForm> }
}

#[component]
fn Events(page: Page<AuditEvent>, project: String) -> impl IntoView {
    if page.items.is_empty() {
        return view! {
            <div class="card-box">
                <EmptyState icon=IconName::ScrollText title="No events" text="No event of this project fits. Filters match from the start of a word such as user: or label.">
                    <a class="btn btn-sm" href="?">"Clear filters"</a>
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let next = page.next;
    let items = page.items.into_iter().map(|event| view! { <Event event project=project.clone()/> }).collect_view();
    view! {
        <div class="card-box overflow-hidden">
            <div class="event-row event-head" aria-hidden="true">
                <span>"#"</span>
                <span>"When (UTC)"</span>
                <span>"Action"</span>
                <span>"Object"</span>
                <span>"Actor"</span>
            </div>
            <ol class="rows">{items}</ol>
        </div>
        <NextPage next/>
    }
    .into_any()
}

/// One event; opened, what was before and after.
#[component]
fn Event(event: AuditEvent, project: String) -> impl IntoView {
    let link = object_path(&project, &event.object)
        .map(|(href, text)| view! { <a class="link-accent min-w-0 break-words" href=href>{text}</a> });
    view! {
        <li>
            <details class="disclosure event">
                <summary class="event-row">
                    <span class="event-number">{event.sequence}</span>
                    <Time at=event.at/>
                    <code class="event-action">{event.action}</code>
                    <code class="event-object">{breakable(&event.object)}</code>
                    <span class="event-actor">{breakable(&event.actor)}</span>
                    <Icon name=IconName::ChevronRight class="size-4 chevron text-muted"/>
                </summary>
                <div class="event-body">
                    <div class="grid gap-3 md:grid-cols-2">
                        <Json label="Before" value=event.before/>
                        <Json label="After" value=event.after/>
                    </div>
                    <p class="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
                        {link}
                        <span>"Request "<code>{event.request_id}</code></span>
                        <span class="break-all">"Seal "<code>{event.hash}</code></span>
                    </p>
                </div>
            </details>
        </li>
    }
}

#[component]
fn Json(label: &'static str, value: Value) -> impl IntoView {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        value => unturned(&serde_json::to_string_pretty(&value).unwrap_or_default()),
    };
    view! {
        <figure class="flex min-w-0 flex-col">
            <figcaption class="mb-1 text-xs font-medium text-muted">{label}</figcaption>
            <pre class="json" tabindex="0">{text}</pre>
        </figure>
    }
}

/// A name that may break after `_`, `:` and `@`.
fn breakable(name: &str) -> impl IntoView + use<> {
    let part = |part: &str| view! { {part.to_owned()} <wbr/> };
    name.split_inclusive(['_', ':', '@']).map(part).collect_view()
}

/// The page of what an event is about, when it has one, and how the way there is called.
fn object_path(project: &str, object: &str) -> Option<(String, &'static str)> {
    let (kind, name) = object.split_once(':')?;
    let is_plain =
        |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match kind {
        "template" if is_plain(name) => Some((format!("/p/{project}/templates/{name}"), "Open template")),
        "label" => {
            let (key, label) = name.split_once('@').filter(|(key, _)| is_plain(key))?;
            domain::label::check_label(label).ok()?;
            Some((format!("/p/{project}/templates/{key}?tab=timeline&label={label}"), "Open its moves"))
        }
        "user" => Some((format!("/p/{project}/settings/users"), "Open people")),
        "lint" => Some((format!("/p/{project}/settings/lint"), "Open lint rules")),
        "key" | "api_key" => Some((format!("/p/{project}/settings/keys"), "Open keys")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::object_path;

    #[test]
    fn objects_lead_to_their_pages_and_nowhere_else() {
        let path = |object: &str| object_path("p", object).map(|(path, _)| path);
        assert_eq!(path("template:core_values").as_deref(), Some("/p/p/templates/core_values"));
        let moves = "/p/p/templates/core_values?tab=timeline&label=production";
        assert_eq!(path("label:core_values@production").as_deref(), Some(moves));
        assert_eq!(path("label:core_values@a&b"), None);
        assert_eq!(path("lint:rules").as_deref(), Some("/p/p/settings/lint"));
        assert_eq!(path("template:../x"), None);
        assert_eq!(path("project:x"), None);
    }
}
