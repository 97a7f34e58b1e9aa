//! The frame of a page: heading, tabs, paging, times.

use domain::Timestamp;
use domain::text::unturned;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use leptos_router::params::ParamsMap;

use super::{Icon, IconName};

/// The way down to this page: address and text of each page above, then its own name.
#[component]
pub fn Crumbs(steps: Vec<(String, String)>, #[prop(optional, into)] here: String) -> impl IntoView {
    let chevron = |i: usize| (i > 0).then(|| view! { <Icon name=IconName::ChevronRight class="size-3"/> });
    let count = steps.len();
    let step = |(i, (href, text)): (usize, (String, String))| {
        view! {
            {chevron(i)}
            <a href=href>{text}</a>
        }
    };
    let steps = steps.into_iter().enumerate().map(step).collect_view();
    let here = (!here.is_empty()).then(|| {
        view! {
            {chevron(count)}
            <span aria-current="page">{unturned(&here)}</span>
        }
    });
    view! { <nav class="crumbs" aria-label="Breadcrumb">{steps} {here}</nav> }
}

/// The page's `h1`, what it is about, how it stands, and its actions.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: String,
    #[prop(optional)] state: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let lead = (!lead.is_empty()).then(|| view! { <p class="page-lead">{lead}</p> });
    view! {
        <header class="page-header">
            <div class="min-w-0">
                <h1>{title}</h1>
                {lead}
                {state}
            </div>
            <div class="page-actions">{children.map(|c| c())}</div>
        </header>
    }
}

/// A table in a frame. On a phone each row is a card, whose cells name their column by `data-label`.
#[component]
pub fn Table(
    columns: &'static [&'static str],
    /// How many of the last columns hold numbers.
    #[prop(optional)]
    numeric: usize,
    /// A last column, of buttons.
    #[prop(optional)]
    has_actions: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let first_number = columns.len() - numeric;
    let head = |(i, text): (usize, &&'static str)| {
        view! { <th scope="col" class:num={i >= first_number}>{*text}</th> }
    };
    let actions = has_actions.then(|| view! { <th scope="col"><span class="sr-only">"Actions"</span></th> });
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>{columns.iter().enumerate().map(head).collect_view()} {actions}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The query of an address with some of its parameters changed; an empty value takes one away.
pub fn url_with(query: &ParamsMap, changes: &[(&'static str, &str)]) -> String {
    let mut query = query.clone();
    // What a form without scripts left behind is of no use on the next page.
    for name in ["__path", "__err"] {
        query.remove(name);
    }
    for (name, value) in changes {
        query.remove(name);
        if !value.is_empty() {
            query.insert(*name, (*value).to_owned());
        }
    }
    match query.to_query_string() {
        text if text.is_empty() => "?".to_owned(),
        text => text,
    }
}

/// Leads to the next page of a list, and back to the first, keeping filters and order.
#[component]
pub fn NextPage(next: Option<String>) -> impl IntoView {
    let (query, path) = (use_query_map(), use_location().pathname);
    // The list is built anew for each query, so that nothing is left to track.
    let to = move |cursor: &str| {
        format!("{}{}", path.get_untracked(), url_with(&query.read_untracked(), &[("cursor", cursor)]))
    };
    let is_first = query.read_untracked().get("cursor").is_none();
    let first = (!is_first).then(|| view! { <a class="btn btn-sm" href=to("")>"First page"</a> });
    let next = next.map(|cursor| {
        view! {
            <a class="btn btn-sm" href=to(&cursor) rel="next">
                "Next page"
                <Icon name=IconName::ArrowRight/>
            </a>
        }
    });
    (first.is_some() || next.is_some()).then(|| view! { <nav class="paging" aria-label="Pages">{first}{next}</nav> })
}

/// Links that switch between views of one thing; which one is in the URL.
#[component]
pub fn Tabs(
    /// Address, text, and whether it is the one shown.
    items: Vec<(String, String, bool)>,
    #[prop(optional, into)] label: String,
) -> impl IntoView {
    let tab = |(href, text, is_active): (String, String, bool)| {
        view! { <a class="tab-link" href=href aria-current=is_active.then_some("page")>{text}</a> }
    };
    let label = if label.is_empty() { "Views".to_owned() } else { label };
    view! { <nav class="tab-links" aria-label=label>{items.into_iter().map(tab).collect_view()}</nav> }
}

/// A moment in UTC, to the minute or to the second.
#[component]
pub fn Time(at: Timestamp, #[prop(optional)] seconds: bool) -> impl IntoView {
    let whole = at.to_string();
    let text = match whole.get(16..19).filter(|_| seconds) {
        Some(seconds) => format!("{}{seconds}", at.minute_text()),
        None => at.minute_text(),
    };
    view! { <time class="time" datetime=whole title=format!("{at} (UTC)")>{text}</time> }
}
