//! Two versions beside each other: texts, contract, settings.

mod changes;
mod lines;
mod message;
mod navigate;

pub(super) use lines::visible;

use domain::comparison::{Compared, ComparedVersions};
use domain::permission::Permission;
use domain::template::Template;
use domain::version::VersionSummary;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map, use_query_map};
use serde::Deserialize;

use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project};
use crate::ui::{Crumbs, EmptyState, ErrorView, Icon, IconName, Loading, PageHeader, Skeleton, in_order, wait};
use changes::{ConfigChanges, ContractChanges};
use message::MessageChanges;
use navigate::ChangeKeys;

/// What differs from one version to another; 0 where the URL doesn't say which.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_comparison(project: String, key: String, from: i64, to: i64) -> AppResult<ComparedVersions> {
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

#[component]
pub fn DiffPage() -> impl IntoView {
    let (project, params, query) = (use_project(), use_params_map(), use_query_map());
    let number = move |name: &str| query.read().get(name).and_then(|n| n.parse::<i64>().ok()).unwrap_or_default();
    let key = Memo::new(move |_| params.read().get("key").unwrap_or_default());
    let numbers = Memo::new(move |_| (number("from"), number("to")));
    let layout = Memo::new(move |_| Layout::of(&query.read().get("view").unwrap_or_default()));
    let shown = Data::of(move || {
        let (from, to) = numbers.get();
        LoadComparison { project: project.get(), key: key.get(), from, to }
    });
    let content = move || {
        let layout = layout.get();
        wait(async move {
            match shown.await {
                Ok(shown) => view! { <Content shown project=project.get_untracked() layout/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=move || format!("Compare versions of {}", key.get())/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=content/>
    }
}

#[component]
fn Content(shown: ComparedVersions, project: String, layout: Layout) -> impl IntoView {
    let ComparedVersions { template, versions, compared } = shown;
    let edit = format!("/p/{project}/templates/{}/edit", template.key);
    let body = match compared {
        Some(compared) => view! { <Changes versions compared layout/> }.into_any(),
        None => view! { <NothingToCompare edit/> }.into_any(),
    };
    view! {
        <Head template project/>
        {body}
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
fn NothingToCompare(edit: String) -> impl IntoView {
    let me = use_me();
    let write = move || {
        let href = edit.clone();
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
fn Changes(versions: Vec<VersionSummary>, compared: Compared, layout: Layout) -> impl IntoView {
    let Compared { from, to, changes: comparison } = compared;
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
