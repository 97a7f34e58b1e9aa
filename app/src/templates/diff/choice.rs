//! What is compared, and how: forms that work without JavaScript, and whose choices are the address.

use domain::comparison::{ComparisonRequest, DRAFT};
use domain::version::VersionSummary;
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use leptos::web_sys::{FormData, HtmlFormElement, UrlSearchParams};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::params::ParamsMap;
use wasm_bindgen::JsCast;

use super::{Layout, name_of};
use crate::ui::{Icon, IconName, in_order};

/// What the name of a value in the address starts with.
pub const VALUE: &str = "v.";
/// What the address calls the sample set.
pub const SAMPLE: &str = "sample";
/// The form of the pickers; options elsewhere on the page belong to it too.
const FORM: &str = "compare";

/// What was chosen, and what there is to choose from.
#[derive(Clone)]
pub struct Choice {
    pub versions: Vec<VersionSummary>,
    pub has_draft: bool,
    /// The names of the template's sample sets.
    pub samples: Vec<String>,
    /// Numbers of the versions; 0 is the draft.
    pub from: i64,
    pub to: i64,
    pub request: ComparisonRequest,
    pub layout: Layout,
}

impl Choice {
    /// What the address of a comparison of these versions holds, without the values.
    pub fn address(&self, from: i64, to: i64) -> Vec<(String, String)> {
        let fields = [
            ("from", in_address(from)),
            ("to", in_address(to)),
            ("view", self.layout.name().to_owned()),
            ("ws", self.request.ws.clone()),
            ("text", self.request.text.clone()),
            (SAMPLE, self.request.sample.clone()),
        ];
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The values in the address.
    fn values(&self) -> Vec<(String, String)> {
        self.request.values.iter().map(|(name, value)| (format!("{VALUE}{name}"), value.clone())).collect()
    }
}

/// A version's number as the address holds it.
fn in_address(number: i64) -> String {
    if number == 0 { DRAFT.to_owned() } else { number.to_string() }
}

/// Fields that nobody sees; empty ones are left out.
pub fn hidden(fields: Vec<(String, String)>) -> impl IntoView {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    fields.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
}

/// A listener that makes a form's fields the address, without a load of the document where there is JavaScript.
pub fn applies() -> impl Fn(SubmitEvent) + Clone {
    let (navigate, pathname) = (use_navigate(), use_location().pathname);
    move |event| {
        let Some(form) = event.target().and_then(|t| t.dyn_into::<HtmlFormElement>().ok()) else { return };
        let Ok(fields) = FormData::new_with_form(&form) else { return };
        let Ok(query) = UrlSearchParams::new_with_str_sequence_sequence(&fields) else { return };
        event.prevent_default();
        for name in ["ws", "text", SAMPLE] {
            if query.get(name).is_some_and(|value| value.is_empty()) {
                query.delete(name);
            }
        }
        let address = format!("{}?{}", pathname.get_untracked(), String::from(query.to_string()));
        navigate(&address, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    }
}

/// A choice takes effect at once where there is JavaScript.
pub fn submit(event: Event) {
    let field = event.target();
    let form = field.and_then(|field| js_sys::Reflect::get(&field, &"form".into()).ok());
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        drop(form.request_submit());
    }
}

/// Which versions.
#[component]
pub fn Pickers(choice: Choice) -> impl IntoView {
    let options = |chosen: i64| {
        let option = |number: i64, text: String| {
            view! { <option value=in_address(number) selected=number == chosen>{text}</option> }
        };
        let draft = choice.has_draft.then(|| option(0, name_of(0)));
        let version = |v: &VersionSummary| {
            let labels = match v.labels.as_slice() {
                [] => String::new(),
                labels => format!(" ({})", in_order(labels.to_vec()).join(", ")),
            };
            option(v.number, format!("{}{labels}", name_of(v.number)))
        };
        view! { {draft} {choice.versions.iter().map(version).collect_view()} }
    };
    let submit_form = applies();
    view! {
        <form method="get" id=FORM class="diff-pickers" aria-label="Versions" on:submit=submit_form>
            <label for="diff-from">"From"</label>
            <select id="diff-from" name="from" class="select select-sm" prop:value=in_address(choice.from) on:change=submit>{options(choice.from)}</select>
            <label for="diff-to">"to"</label>
            <select id="diff-to" name="to" class="select select-sm" prop:value=in_address(choice.to) on:change=submit>{options(choice.to)}</select>
            {hidden(choice.values())}
            {hidden(vec![(SAMPLE.to_owned(), choice.request.sample.clone())])}
            <button type="submit" class="btn btn-sm no-js-only">"Compare"</button>
            <a class="btn btn-sm" href=swapped(&choice)>
                <Icon name=IconName::Compare/>
                "Swap"
            </a>
        </form>
    }
}

/// The same the other way round.
fn swapped(choice: &Choice) -> String {
    let fields = choice.address(choice.to, choice.from).into_iter().chain(choice.values());
    fields.collect::<ParamsMap>().to_query_string()
}

/// How the texts are compared; part of the pickers' form.
#[component]
pub fn Options(choice: Choice) -> impl IntoView {
    let layout = choice.layout;
    let view_option = |which: Layout, text: &'static str| {
        view! { <option value=which.name() selected=which == layout>{text}</option> }
    };
    let is_asked = choice.request.text == "effective";
    let (text, is_ignored) = (if is_asked { "effective" } else { "" }, choice.request.ignores_whitespace());
    view! {
        <div class="diff-options">
            <label class="diff-check">
                <input type="checkbox" class="checkbox checkbox-sm" name="ws" value="ignore" form=FORM checked=is_ignored prop:checked=is_ignored on:change=submit/>
                "Ignore whitespace"
            </label>
            <label class="sr-only" for="diff-text">"Text"</label>
            <select id="diff-text" name="text" form=FORM class="select select-sm" prop:value=text on:change=submit>
                <option value="" selected=!is_asked>"Own text"</option>
                <option value="effective" selected=is_asked>"Effective text"</option>
            </select>
            <label class="sr-only" for="diff-view">"Layout"</label>
            <select id="diff-view" name="view" form=FORM class="select select-sm diff-view" prop:value=layout.name() on:change=submit>
                {view_option(Layout::Split, "Side by side")}
                {view_option(Layout::Unified, "Unified")}
            </select>
            <button type="submit" form=FORM class="btn btn-sm no-js-only">"Apply"</button>
        </div>
    }
}
