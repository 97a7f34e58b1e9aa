//! Two versions beside each other, in every layer: texts, what is rendered of them, contract, settings, figures.

mod changes;
mod choice;
mod figures;
mod layers;
mod lines;
#[cfg(feature = "ssr")]
mod mail;
mod message;
mod navigate;
mod rendered;

use domain::comparison::{Compared, ComparedVersions, Comparison, ComparisonRequest, MessageDiff, State};
use domain::permission::Permission;
use domain::template::Template;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project};
use crate::templates::use_key;
use crate::ui::{Crumbs, EmptyState, ErrorView, IconName, Loading, PageHeader, Skeleton, wait};
#[cfg(feature = "ssr")]
use crate::ui::{Notice, Tone};
use changes::{ConfigChanges, ContractChanges};
use choice::{Choice, Options, Pickers, VALUE};
use figures::Figures;
use layers::Layers;
pub(crate) use lines::visible;
#[cfg(feature = "ssr")]
pub use mail::mail;
use message::{Messages, without_links};
use navigate::ChangeKeys;
use rendered::RenderedChanges;

/// What differs from one version to another.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_comparison(
    project: String,
    key: String,
    #[server(default)] request: ComparisonRequest,
) -> AppResult<ComparedVersions> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::comparisons::open(&ctx, &key, &request).await.for_page()
}

/// How the lines are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
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

/// What the address asks for.
fn request(query: &ParamsMap) -> ComparisonRequest {
    let text = |name: &str| query.get(name).unwrap_or_default();
    let name_of = |field: &str| field.strip_prefix(VALUE).filter(|name| is_plain(name)).map(str::to_owned);
    let values = query.clone().into_iter().filter_map(|(field, value)| Some((name_of(&field)?, value)));
    ComparisonRequest {
        from: text("from"),
        to: text("to"),
        ws: text("ws"),
        text: text("text"),
        sample: text("sample"),
        values: values.collect(),
    }
}

/// Whether a parameter can be called so.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// What a version is called; 0 is the draft.
fn name_of(number: i64) -> String {
    if number == 0 { "Your draft".to_owned() } else { format!("Version {number}") }
}

#[component]
pub fn DiffPage() -> impl IntoView {
    let (project, key, query) = (use_project(), use_key(), use_query_map());
    let wanted = Memo::new(move |_| request(&query.read()));
    let layout = Memo::new(move |_| Layout::of(&query.read().get("view").unwrap_or_default()));
    let shown = Data::of(move || LoadComparison { project: project.get(), key: key.get(), request: wanted.get() });
    let content = move || {
        let layout = layout.get();
        wait(async move {
            match shown.await {
                Ok(shown) => {
                    let (request, project) = (wanted.get_untracked(), project.get_untracked());
                    view! { <Content shown project request layout/> }.into_any()
                }
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
fn Content(shown: ComparedVersions, project: String, request: ComparisonRequest, layout: Layout) -> impl IntoView {
    let ComparedVersions { template, versions, has_draft, samples, compared } = shown;
    let edit = format!("/p/{project}/templates/{}/edit", template.key);
    let body = match compared {
        Some(compared) => {
            let (from, to) = (compared.from, compared.to);
            let choice = Choice { versions, has_draft, samples, from, to, request, layout };
            view! { <Changes choice compared/> }.into_any()
        }
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

/// Messages that differ, in one column.
#[component]
pub fn ChangedMessages(
    messages: Vec<MessageDiff>,
    /// The template and version whose lines lead to a comment on them, as `key.3`; empty for none.
    #[prop(optional, into)]
    on: String,
) -> impl IntoView {
    let mut number = 0;
    // What is removed has no place in the new version.
    let mut numbered = |message: MessageDiff| {
        let own = number;
        number += usize::from(message.state != State::Removed);
        let on = if on.is_empty() { String::new() } else { format!("{on}.{own}.") };
        (message, on)
    };
    let messages = messages.into_iter().map(&mut numbered).filter(|(message, _)| message.state != State::Same);
    let messages = messages.collect();
    view! { <Messages messages layout=Layout::Unified/> }
}

/// What differs, in one column.
#[component]
pub fn ChangesView(comparison: Comparison, #[prop(optional, into)] on: String) -> impl IntoView {
    let parameters =
        (!comparison.parameters.is_empty()).then(|| view! { <ContractChanges changes=comparison.parameters/> });
    let config = (!comparison.config.is_empty()).then(|| view! { <ConfigChanges changes=comparison.config/> });
    view! {
        <ChangedMessages messages=comparison.messages on/>
        {parameters}
        {config}
    }
}

/// All layers of a comparison in one column, for who reviews it.
#[cfg(feature = "ssr")]
#[component]
pub fn LayersView(
    compared: Compared,
    /// The template's key and the version, between a dot.
    on: String,
) -> impl IntoView {
    let Compared { from, to, changes, rendered, figures, notes, .. } = compared;
    let (messages, breaking) = (rendered.messages, changes.parameters.iter().filter(|p| p.is_breaking).count());
    let breaking = (breaking > 0).then(|| {
        let text = format!(
            "{breaking} {} break callers of what serves now.",
            if breaking == 1 { "change" } else { "changes" }
        );
        view! { <Notice tone=Tone::Warning>{text}</Notice> }
    });
    let same = changes
        .is_same
        .then(|| view! { <p class="text-muted">"Nothing differs: messages, contract and settings are the same."</p> });
    let is_rendered = messages.iter().any(|message| message.state != State::Same);
    let rendered = is_rendered.then(|| {
        view! {
            <details class="disclosure section">
                <summary class="section-title">"Rendered"</summary>
                <ChangedMessages messages/>
            </details>
        }
    });
    view! {
        {breaking}
        {same}
        <ChangesView comparison=changes on/>
        {rendered}
        <details class="disclosure section">
            <summary class="section-title">"Numbers"</summary>
            <Figures figures notes from to/>
        </details>
    }
}

#[component]
fn Changes(choice: Choice, compared: Compared) -> impl IntoView {
    let (from, to, layout) = (choice.from, choice.to, choice.layout);
    let sum = |count: fn(&MessageDiff) -> u32| compared.changes.messages.iter().map(count).sum();
    let (added, removed) = (sum(|m| m.added), sum(|m| m.removed));
    let is_ignoring = choice.request.ignores_whitespace();
    let is_same = compared.changes.is_same;
    // What models see may differ in spaces alone.
    let has_layers = !is_same || (is_ignoring && from != to);
    let layers = has_layers.then(|| view! { <Layers compared=compared.clone()/> });
    let Compared { changes, rendered, figures, notes, is_effective, .. } = compared;
    let is_missed = choice.request.text == "effective" && !is_effective;
    let missed = is_missed.then(|| {
        view! { <p class="field-hint mb-3">"Not both versions can be put together, so these are their own texts. Why stands under Rendered."</p> }
    });
    let messages = match is_same {
        true => view! { <Identical from to is_ignoring/> }.into_any(),
        false => view! { <Messages messages=without_links(changes.messages) layout/> }.into_any(),
    };
    let others = has_layers.then(|| {
        view! {
            <RenderedChanges rendered choice=choice.clone()/>
            <ContractChanges changes=changes.parameters/>
            <ConfigChanges changes=changes.config/>
        }
    });
    let numbers = (from != to).then(|| view! { <Figures figures notes from to/> });
    view! {
        <div class="diff-bar">
            <Pickers choice=choice.clone()/>
            <ChangeKeys added removed/>
        </div>
        {layers}
        <section class="section" id="source" aria-labelledby="source-title">
            <div class="diff-head">
                <h2 class="section-title" id="source-title">"Source"</h2>
                <Options choice/>
            </div>
            {missed}
            {messages}
        </section>
        {others}
        {numbers}
    }
}

#[component]
fn Identical(from: i64, to: i64, is_ignoring: bool) -> impl IntoView {
    let text = format!(
        "{} differs between {} and {}: messages, contract and settings are the same.",
        if is_ignoring { "Nothing but whitespace, which is ignored," } else { "Nothing" },
        name_of(from).to_lowercase(),
        name_of(to).to_lowercase()
    );
    view! {
        <div class="card-box">
            <EmptyState icon=IconName::Check title="Identical" text/>
        </div>
    }
}
