//! Two versions beside each other: texts, contract, settings.

mod changes;
mod lines;
mod message;
mod navigate;

use domain::comparison::Comparison;
use domain::page::Page;
use domain::permission::Permission;
use domain::template::Template;
use domain::version::VersionSummary;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map, use_query_map};
use serde::Deserialize;

use super::form::server::LoadEditedTemplate;
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project};
use crate::ui::{Crumbs, EmptyState, ErrorView, Icon, IconName, Loading, PageHeader, Skeleton, in_order, wait};
use changes::{ConfigChanges, ContractChanges};
use message::MessageChanges;
use navigate::ChangeKeys;

/// The versions to choose from, newest first.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_versions_to_compare(project: String, key: String) -> AppResult<Page<VersionSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let page = domain::page::PageRequest { cursor: None, limit: Some(domain::page::MAX_LIMIT) };
    service::versions::list(&ctx, &key, &page).await.for_page()
}

/// What differs from one version to another; the latest for 0.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_comparison(project: String, key: String, from: i64, to: i64) -> AppResult<Comparison> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::versions::compare(&ctx, &key, from, to).await.for_page()
}

/// How the lines are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Split,
    Unified,
}

impl Layout {
    fn of(text: &str) -> Self {
        if text == "unified" { Self::Unified } else { Self::Split }
    }
    fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Unified => "unified",
        }
    }
}

/// What the URL asks for; 0 where it doesn't say.
#[derive(Clone, PartialEq)]
struct Wanted {
    project: String,
    key: String,
    from: i64,
    to: i64,
}

/// The newest version and the one it was written from, unless the URL says otherwise.
fn chosen(wanted: &Wanted, versions: &[VersionSummary]) -> Option<(i64, i64)> {
    let newest = versions.first()?.number;
    let to = if wanted.to > 0 { wanted.to } else { newest };
    let before = versions.iter().find(|v| v.number == to).map(|v| v.parent).filter(|parent| *parent > 0);
    let from = if wanted.from > 0 { wanted.from } else { before.unwrap_or(to - 1) };
    (from > 0).then_some((from, to))
}

#[component]
pub fn DiffPage() -> impl IntoView {
    let (project, params, query) = (use_project(), use_params_map(), use_query_map());
    let number = move |name: &str| query.read().get(name).and_then(|n| n.parse::<i64>().ok()).unwrap_or_default();
    let wanted = Memo::new(move |_| Wanted {
        project: project.get(),
        key: params.read().get("key").unwrap_or_default(),
        from: number("from"),
        to: number("to"),
    });
    let layout = Memo::new(move |_| Layout::of(&query.read().get("view").unwrap_or_default()));
    let key = Memo::new(move |_| wanted.read().key.clone());
    let versions = Data::of(move || LoadVersionsToCompare { project: project.get(), key: key.get() });
    let template = Data::of(move || LoadEditedTemplate { project: project.get(), key: key.get() });
    let comparison = Resource::new(
        move || wanted.get(),
        move |wanted| async move {
            let versions = versions.await?.items;
            match chosen(&wanted, &versions) {
                Some((from, to)) => load_comparison(wanted.project, wanted.key, from, to).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let head = move || {
        wait(
            async move { template.await.ok().map(|template| view! { <Head template project=project.get_untracked()/> }) },
        )
    };
    let compared = move || {
        let (wanted, layout) = (wanted.get(), layout.get());
        wait(async move {
            let (versions, comparison) = (versions.await, comparison.await);
            match versions.and_then(|page| Ok((page.items, comparison?))) {
                Ok((versions, Some(comparison))) => view! { <Compared wanted versions comparison layout/> }.into_any(),
                Ok((_, None)) => view! { <NothingToCompare wanted/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=move || format!("Compare versions of {}", key.get())/>
        <Loading view=head/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=compared/>
    }
}

#[component]
fn Head(template: Template, project: String) -> impl IntoView {
    let (list, name) = (format!("/p/{project}/templates"), template.fields.display_name);
    let page = format!("{list}/{}", template.key);
    let steps = vec![(list, "Templates".to_owned()), (page, name.clone())];
    view! {
        <Crumbs steps here="Compare"/>
        <PageHeader title=format!("Compare versions of {name}")/>
    }
}

#[component]
fn NothingToCompare(wanted: Wanted) -> impl IntoView {
    let href = format!("/p/{}/templates/{}/edit", wanted.project, wanted.key);
    let me = use_me();
    let write = move || {
        let href = href.clone();
        wait(async move {
            let may_write = may(me, Permission::WriteTemplates).await;
            may_write.then(|| view! { <a class="btn btn-sm" href=href>"Write a version"</a> })
        })
    };
    view! {
        <div class="card-box">
            <EmptyState icon=IconName::Compare title="Nothing to compare yet" text="A comparison needs two versions. Save another one, and what changed shows here.">
                <Loading view=write/>
            </EmptyState>
        </div>
    }
}

#[component]
fn Compared(wanted: Wanted, versions: Vec<VersionSummary>, comparison: Comparison, layout: Layout) -> impl IntoView {
    let (from, to) = chosen(&wanted, &versions).unwrap_or_default();
    let added: u32 = comparison.messages.iter().map(|m| m.added).sum();
    let removed: u32 = comparison.messages.iter().map(|m| m.removed).sum();
    let body = if comparison.is_same {
        view! {
            <div class="card-box">
                <EmptyState icon=IconName::Check title="Identical" text=format!("Nothing differs between version {from} and version {to}: messages, contract and settings are the same.")/>
            </div>
        }
        .into_any()
    } else {
        let messages = comparison.messages.into_iter().map(|message| view! { <MessageChanges message layout/> });
        view! {
            <div class="diff-messages" data-view=layout.name()>{messages.collect_view()}</div>
            <ContractChanges changes=comparison.parameters/>
            <ConfigChanges changes=comparison.config/>
        }
        .into_any()
    };
    view! {
        <div class="diff-bar">
            <Pickers versions from to layout/>
            <ChangeKeys added removed/>
        </div>
        {body}
    }
}

/// Which versions, and how they are laid out: a form that works without JavaScript.
#[component]
fn Pickers(versions: Vec<VersionSummary>, from: i64, to: i64, layout: Layout) -> impl IntoView {
    let options = |chosen: i64| {
        let option = |v: &VersionSummary| {
            let labels = if v.labels.is_empty() {
                String::new()
            } else {
                format!(" ({})", in_order(v.labels.clone()).join(", "))
            };
            view! { <option value=v.number.to_string() selected=v.number == chosen>{format!("Version {}{labels}", v.number)}</option> }
        };
        versions.iter().map(option).collect_view()
    };
    let view_option = |which: Layout, text: &'static str| {
        view! { <option value=which.name() selected=which == layout>{text}</option> }
    };
    let (navigate, pathname) = (use_navigate(), use_location().pathname);
    // Without a load of the document where there is JavaScript.
    let open_choice = move |event: leptos::ev::SubmitEvent| {
        if let Ok(Choice { from, to, view }) = Choice::from_event(&event) {
            event.prevent_default();
            let path = format!("{}?from={from}&to={to}&view={view}", pathname.get_untracked());
            navigate(&path, NavigateOptions::default());
        }
    };
    let swapped = format!("?from={to}&to={from}&view={}", layout.name());
    view! {
        <form method="get" class="diff-pickers" aria-label="Versions" on:submit=open_choice>
            <label for="diff-from">"From"</label>
            <select id="diff-from" name="from" class="select select-sm" on:change=submit_form>{options(from)}</select>
            <label for="diff-to">"to"</label>
            <select id="diff-to" name="to" class="select select-sm" on:change=submit_form>{options(to)}</select>
            <label class="sr-only" for="diff-view">"Layout"</label>
            <select id="diff-view" name="view" class="select select-sm diff-view" on:change=submit_form>
                {view_option(Layout::Split, "Side by side")}
                {view_option(Layout::Unified, "Unified")}
            </select>
            <button type="submit" class="btn btn-sm no-js-only">"Compare"</button>
            <a class="btn btn-sm" href=swapped>
                <Icon name=IconName::Compare/>
                "Swap"
            </a>
        </form>
    }
}

/// The fields of the pickers.
#[derive(Deserialize)]
struct Choice {
    from: i64,
    to: i64,
    view: String,
}

/// A choice takes effect at once where there is JavaScript.
fn submit_form(event: leptos::ev::Event) {
    use wasm_bindgen::JsCast;
    let select = event.target().and_then(|t| t.dyn_into::<leptos::web_sys::HtmlSelectElement>().ok());
    if let Some(form) = select.and_then(|select| select.form()) {
        drop(form.request_submit());
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn version(number: i64, parent: i64) -> VersionSummary {
        VersionSummary {
            number,
            content_hash: String::new(),
            parent,
            commit_message: String::new(),
            created_at: Timestamp(0),
            created_by: String::new(),
            labels: Vec::new(),
        }
    }

    #[test]
    fn the_newest_is_compared_with_what_it_was_written_from() {
        let wanted = |from, to| Wanted { project: String::new(), key: String::new(), from, to };
        let versions = [version(4, 2), version(3, 2), version(2, 1), version(1, 0)];
        assert_eq!(chosen(&wanted(0, 0), &versions), Some((2, 4)));
        assert_eq!(chosen(&wanted(0, 3), &versions), Some((2, 3)));
        assert_eq!(chosen(&wanted(1, 3), &versions), Some((1, 3)));
        assert_eq!(chosen(&wanted(0, 0), &versions[3..]), None);
        assert_eq!(chosen(&wanted(0, 0), &[]), None);
    }
}
