//! Filters that live in the URL: plain GET forms, with links that take one filter away.

use domain::text::unturned;
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use leptos::web_sys::{FormData, HtmlFormElement};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use wasm_bindgen::JsCast;

use super::page::url_with;
use super::{Icon, IconName};

/// A GET form whose fields are filters. With scripts it applies each change at once and keeps empty fields out of the
/// URL; without them it has a button.
#[component]
pub fn FilterForm(
    /// The names of the fields.
    names: &'static [&'static str],
    children: Children,
) -> impl IntoView {
    let (navigate, pathname) = (use_navigate(), use_location().pathname);
    let submit = move |event: SubmitEvent| {
        let Some(form) = event.target().and_then(|t| t.dyn_into::<HtmlFormElement>().ok()) else { return };
        let Ok(data) = FormData::new_with_form(&form) else { return };
        event.prevent_default();
        let values = names.iter().map(|name| (*name, data.get(name).as_string().unwrap_or_default()));
        let query: ParamsMap = values.filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.to_owned(), v)).collect();
        navigate(&format!("{}{}", pathname.get_untracked(), url_with(&query, &[])), NavigateOptions::default());
    };
    view! {
        <form method="get" class="filter-form" role="search" on:submit=submit on:change=submit_form>
            {children()}
            <button type="submit" class="btn btn-sm no-js-only">"Apply"</button>
        </form>
    }
}

/// One line of text to filter by; it stands out while it is set.
#[component]
pub fn FilterText(name: &'static str, label: &'static str, value: String) -> impl IntoView {
    let class = if value.is_empty() { "input input-sm filter-text" } else { "input input-sm filter-text is-set" };
    view! { <input class=class type="text" name=name aria-label=label placeholder=label value=value.clone() prop:value=value autocomplete="off"/> }
}

/// Whether the address sets one of these filters. The list is built anew for each query, so that nothing is left to track.
pub fn is_filtered(names: &[&str]) -> bool {
    let query = use_query_map();
    let query = query.read_untracked();
    names.iter().any(|name| query.get(name).is_some_and(|value| !value.is_empty()))
}

fn submit_form(event: Event) {
    let field = event.target().and_then(|t| t.dyn_into::<leptos::web_sys::Element>().ok());
    let form = field.and_then(|f| f.closest("form").ok().flatten()).and_then(|f| f.dyn_into::<HtmlFormElement>().ok());
    if let Some(form) = form {
        // Nothing to do when the browser finds a field invalid: it says so itself.
        let _ = form.request_submit();
    }
}

/// A choice among the values of a filter; the first takes it away.
#[component]
pub fn FilterSelect(
    name: &'static str,
    /// What is chosen, such as `Kind`; also the text of "no filter" after `Any`.
    label: &'static str,
    options: Vec<String>,
    #[prop(into)] value: String,
    /// Whether the values are words with `_` between them rather than names.
    #[prop(optional)]
    is_words: bool,
) -> impl IntoView {
    let has_value = !value.is_empty();
    let known = options.contains(&value) || !has_value;
    let option = |text: String| {
        let is_chosen = text == value;
        let words = if is_words { text.replace('_', " ") } else { text.clone() };
        // What is chosen is all that shows of the field, so that it says of what.
        let shown = if is_chosen { format!("{label}: {words}") } else { words };
        view! { <option value=text selected=is_chosen>{shown}</option> }
    };
    let extra = (!known).then(|| option(value.clone()));
    let options = options.into_iter().map(option).collect_view();
    view! {
        <select class="select select-sm filter-select" class:is-set=has_value name=name aria-label=label prop:value=value.clone()>
            <option value="">{format!("{label}: any")}</option>
            {extra}
            {options}
        </select>
    }
}

fn as_it_is(_name: &str, value: &str) -> String {
    value.to_owned()
}

/// The filters that are set, each with a link that takes it away.
#[component]
pub fn ActiveFilters(
    /// Name in the URL, and how to call it.
    names: &'static [(&'static str, &'static str)],
    /// A field's name and value to the text of the value, where it isn't the value itself.
    #[prop(default = as_it_is)]
    text_of: fn(&str, &str) -> String,
) -> impl IntoView {
    let (query, pathname) = (use_query_map(), use_location().pathname);
    let chips = move || {
        let map = query.read();
        let link = |changes: &[(&'static str, &str)]| format!("{}{}", pathname.read(), url_with(&map, changes));
        let chip = |(name, label): &(&'static str, &'static str)| {
            let value = map.get(name).filter(|v| !v.is_empty())?;
            let text = unturned(&format!("{label}: {}", text_of(name, &value)));
            let href = link(&[(name, ""), ("cursor", "")]);
            let title = format!("Remove the filter {text}");
            Some(view! {
                <a class="filter-chip" href=href aria-label=title>
                    <span class="truncate">{text}</span>
                    <Icon name=IconName::X class="size-3"/>
                </a>
            })
        };
        let chips: Vec<_> = names.iter().filter_map(chip).collect();
        let clear = (chips.len() > 1).then(|| {
            let none: Vec<_> = names.iter().map(|(name, _)| (*name, "")).chain([("cursor", "")]).collect();
            view! { <a class="link-accent text-xs" href=link(&none)>"Clear all"</a> }
        });
        (!chips.is_empty()).then(|| view! { <div class="mb-3 flex flex-wrap items-center gap-2">{chips}{clear}</div> })
    };
    view! { {chips} }
}

/// The query of a location with its `?`; none where there is nothing in it.
pub fn query_part(search: &str) -> Option<String> {
    Some(search.trim_start_matches('?')).filter(|query| !query.is_empty()).map(|query| format!("?{query}"))
}

/// A text as the value of a query.
pub fn encoded(text: &str) -> String {
    let byte = |b: u8| match b {
        b if b.is_ascii_alphanumeric() => (b as char).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_value_stays_inside_its_query() {
        assert_eq!(encoded("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }
}
