//! What comes out of both versions for the same values.

use domain::comparison::{Rendered, SampleValue};
use domain::version::ParameterType;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::choice::{Choice, SAMPLE, VALUE, applies, hidden, submit};
use super::message::{Messages, without_links};
use super::name_of;
use crate::ui::{Icon, IconName, Notice, Tone, area_source, field_id, sentence};

#[component]
pub fn RenderedChanges(rendered: Rendered, choice: Choice) -> impl IntoView {
    let Rendered { values, from_error, to_error, messages } = rendered;
    let (from, to, layout) = (choice.from, choice.to, choice.layout);
    let alone = match (&from_error, &to_error) {
        (Some(_), None) => Some(to),
        (None, Some(_)) => Some(from),
        _ => None,
    };
    let alone = alone
        .map(|number| view! { <p class="field-hint">{format!("Only {} could be rendered:", name_of(number).to_lowercase())}</p> });
    let is_wrong = from_error.is_some() || to_error.is_some();
    let errors = [(from, from_error), (to, to_error)];
    let errors = errors.into_iter().filter_map(|(number, error)| Some(view! { <Refused number error=error?/> }));
    view! {
        <section class="section" id="rendered" aria-labelledby="rendered-title">
            <h2 class="section-title" id="rendered-title">"Rendered"</h2>
            <SampleChoice choice=choice.clone()/>
            <Values values choice is_wrong/>
            {errors.collect_view()}
            {alone}
            <Messages messages=without_links(messages) layout/>
        </section>
    }
}

/// Why a version could not be rendered.
#[component]
fn Refused(number: i64, error: domain::Error) -> impl IntoView {
    let item = |e: domain::error::FieldError| {
        let place = e.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        view! { <li>{format!("{}: {}{place}", e.field, e.message)}</li> }
    };
    let message = error.errors.is_empty().then(|| sentence(&error.message));
    let items = error.errors.into_iter().map(item).collect_view();
    view! {
        <div class="diff-notes">
            <Notice tone=Tone::Warning>
                <p class="font-medium">{format!("{} can't be rendered. ", name_of(number))} {message}</p>
                <ul class="list-disc pl-4 empty:hidden">{items}</ul>
            </Notice>
        </div>
    }
}

/// Which of the template's sample sets both are rendered with; what was typed goes with the set before.
#[component]
fn SampleChoice(choice: Choice) -> impl IntoView {
    if choice.samples.is_empty() {
        return ().into_any();
    }
    let chosen = choice.request.sample.clone();
    let kept = choice.address(choice.from, choice.to).into_iter().filter(|(name, _)| name != SAMPLE).collect();
    let option = |name: String| {
        let selected = name == chosen;
        view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
    };
    let options = choice.samples.into_iter().map(option).collect_view();
    let submit_form = applies();
    view! {
        <form method="get" class="diff-sample" on:submit=submit_form>
            {hidden(kept)}
            <label for="diff-sample">"Sample set"</label>
            <select id="diff-sample" name=SAMPLE class="select select-sm" prop:value=chosen.clone() on:change=submit>
                <option value="">"None"</option>
                {options}
            </select>
            <button type="submit" class="btn btn-sm no-js-only">"Use it"</button>
        </form>
    }
    .into_any()
}

/// A form of the values, which the address then holds.
#[component]
fn Values(values: Vec<SampleValue>, choice: Choice, is_wrong: bool) -> impl IntoView {
    if values.is_empty() {
        return view! { <p class="field-hint mb-3">"Neither version takes a value."</p> }.into_any();
    }
    let made_up = values.iter().all(|value| value.is_made_up);
    let names = values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>().join(", ");
    let kept = choice.address(choice.from, choice.to);
    let reset: ParamsMap = kept.iter().filter(|(name, _)| name != SAMPLE).cloned().collect();
    let reset = (!made_up).then(|| {
        view! { <a class="btn btn-sm" href=reset.to_query_string()>"Made-up values"</a> }
    });
    // A field that somebody typed into keeps what was typed: another value needs a field of its own.
    let one = |value: &SampleValue| (value.name.clone(), value.kind, value.text.clone(), value.one_of.clone());
    let fields = view! { <For each=move || values.clone() key=one let(value)><ValueField value/></For> };
    let submit = applies();
    view! {
        <details class="card-box disclosure diff-values" open=is_wrong || !made_up>
            <summary class="card-head">
                <span class="diff-title">
                    <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                    {if made_up { "Made-up values" } else { "Values" }}
                    <span class="rule-text">{names}</span>
                </span>
            </summary>
            <form method="get" class="diff-value-form" on:submit=submit>
                {hidden(kept)}
                <div class="diff-value-list">{fields}</div>
                <p class="flex flex-wrap gap-2">
                    <button type="submit" class="btn btn-sm btn-primary">
                        <Icon name=IconName::Play class="size-3.5"/>
                        "Render both"
                    </button>
                    {reset}
                </p>
            </form>
        </details>
    }
    .into_any()
}

#[component]
fn ValueField(value: SampleValue) -> impl IntoView {
    let name = format!("{VALUE}{}", value.name);
    let id = field_id(&name);
    let whose = match (value.in_from, value.in_to, &value.renamed_from) {
        (_, _, Some(old)) => format!(", was {old}"),
        (true, false, _) => ", only before".to_owned(),
        (false, true, _) => ", new".to_owned(),
        _ => String::new(),
    };
    let kind = format!("{}{whose}", value.kind.name());
    let choices = match value.kind {
        ParameterType::Boolean if value.one_of.is_empty() => vec!["true".to_owned(), "false".to_owned()],
        _ => value.one_of,
    };
    let input = if choices.is_empty() || !(choices.contains(&value.text) || value.text.is_empty()) {
        view! {
            <textarea class="textarea textarea-sm code-area grow-area" rows="1" spellcheck="false" id=id.clone() name=name inner_html=area_source(&value.text)></textarea>
        }
        .into_any()
    } else {
        let option = |text: String| {
            let selected = text == value.text;
            view! { <option value=text.clone() selected=selected>{text.clone()}</option> }
        };
        let options = choices.into_iter().map(option).collect_view();
        view! {
            <select class="select select-sm mono" id=id.clone() name=name>
                <option value="">"Left out"</option>
                {options}
            </select>
        }
        .into_any()
    };
    view! {
        <div class="variable">
            <span class="variable-kind">{kind}</span>
            <div class="field">
                <label class="field-label" for=id>{value.name}</label>
                {input}
            </div>
        </div>
    }
}
