//! The rendered messages beside the text, with values to try.

use domain::preview::{Preview, RenderedMessage};
use domain::tokens::{CallTokens, TokenCount};
use domain::version::ParameterType;
use leptos::prelude::*;

use super::problems::{LiveProblems, ProblemLink};
use super::samples::SamplePanel;
use super::server::PreviewForm;
use super::spoken::SpokenAll;
use super::state::Editor;
use super::variables::VariableField;
use crate::executions::short_dollars;
use crate::ui::{Field, Icon, IconName, Notice, Tone, area_source, described_by, field_id};
use leptos::server_fn::ServerFn;

#[component]
pub fn PreviewPanel(editor: Editor) -> impl IntoView {
    view! {
        <aside class="editor-side" id="preview" aria-labelledby="preview-title">
            <section class="card-box">
                <header class="card-head">
                    <h2 id="preview-title">"Preview"</h2>
                    <button type="submit" class="btn btn-xs" formaction=PreviewForm::url() data-intent="preview">
                        <Icon name=IconName::Play class="size-3.5"/>
                        "Preview"
                    </button>
                </header>
                <LiveProblems editor/>
                <VariableFields editor/>
                <Rendered editor/>
            </section>
        </aside>
    }
}

/// A form made of the contract.
#[component]
fn VariableFields(editor: Editor) -> impl IntoView {
    let none = move || editor.variables.read().is_empty();
    let is_short = editor.variables.with_untracked(|all| all.len() <= 3);
    let is_wrong = move || {
        let preview = editor.preview.read();
        let errors = preview.as_ref().and_then(|p| p.error.as_ref()).map(|e| e.errors.as_slice()).unwrap_or_default();
        errors.iter().any(|e| e.field.starts_with("variables"))
    };
    view! {
        <details class="disclosure preview-part" open=move || is_short || is_wrong() class:hidden=none on:input=move |event| {
            event.stop_propagation();
            editor.touch_variables();
        }>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                "Variables"
                <span class="rule-text">{move || names(&editor.variables.read())}</span>
            </summary>
            {(!editor.is_new()).then(|| view! { <SamplePanel editor/> })}
            <div class="variable-list">
                <ForEnumerate
                    each=move || editor.variables.get()
                    key=|field| field.id.clone()
                    children=move |index, field| view! { <VariableInput editor index field/> }
                />
            </div>
        </details>
    }
}

#[component]
fn VariableInput(editor: Editor, index: ReadSignal<usize>, field: VariableField) -> impl IntoView {
    let path = format!("variables.{}", field.name);
    let error = {
        let path = path.clone();
        Signal::derive(move || preview_error(editor.preview.get(), &path))
    };
    let part = move |part: &str| format!("form[variables][{}][{part}]", index.get());
    let kind = format!("{}{}", field.kind.name(), if field.required { ", required" } else { "" });
    view! {
        <div class="variable">
            <span class="variable-kind">{kind}</span>
            <Field label=field.name.clone() name=path.clone() error>
                <input type="hidden" name=move || part("name") value=field.name.clone()/>
                <ValueInput id=path name=Signal::derive(move || part("value")) field/>
            </Field>
        </div>
    }
}

fn names(fields: &[VariableField]) -> String {
    fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn preview_error(preview: Option<Preview>, field: &str) -> Option<String> {
    let errors = preview?.error?.errors;
    errors.into_iter().find(|e| e.field == field).map(|e| e.message)
}

/// The input that fits the parameter's type.
#[component]
fn ValueInput(id: String, name: Signal<String>, field: VariableField) -> impl IntoView {
    let described = described_by(&id);
    let choices = match field.kind {
        _ if !field.one_of.is_empty() => field.one_of.clone(),
        ParameterType::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    };
    if !choices.is_empty() {
        let option = |value: String| {
            let selected = value == field.start;
            view! { <option value=value.clone() selected=selected>{value.clone()}</option> }
        };
        let options = choices.into_iter().map(option).collect_view();
        return view! {
            <select class="select select-sm mono" id=field_id(&id) name=name aria-describedby=described>
                <option value="">"Left out"</option>
                {options}
            </select>
        }
        .into_any();
    }
    if matches!(field.kind, ParameterType::Number | ParameterType::Integer) {
        return view! {
            <input class="input input-sm mono" inputmode="decimal" id=field_id(&id) name=name value=field.start aria-describedby=described autocomplete="off"/>
        }
        .into_any();
    }
    view! {
        <textarea
            class="textarea textarea-sm code-area grow-area"
            rows="1"
            spellcheck="false"
            id=field_id(&id)
            name=name
            aria-describedby=described
            inner_html=area_source(&field.start)
        ></textarea>
    }
    .into_any()
}

/// The messages, or why there are none. The last good ones stay while something is wrong.
#[component]
fn Rendered(editor: Editor) -> impl IntoView {
    let is_marked = RwSignal::new(true);
    let last = RwSignal::new(good(editor.preview.get_untracked()));
    Effect::new(move |_| {
        if let Some(messages) = good(editor.preview.get()) {
            last.set(Some(messages));
        }
    });
    let problem = move || {
        let stops = editor.stops();
        let explained = editor.preview.get().and_then(|p| p.error).map(|e| explain(&e, !stops.is_empty()))?;
        let links = stops.into_iter().map(|error| view! { <ProblemLink editor error/> }).collect_view();
        Some(view! { <Notice tone=Tone::Info>{explained}<ul class="problem-list empty:hidden">{links}</ul></Notice> })
    };
    let is_fine = move || editor.preview.read().as_ref().is_none_or(|p| p.error.is_none());
    let is_old = move || editor.preview.read().as_ref().is_some_and(|p| p.error.is_some());
    view! {
        <div class="preview-part" role="region" aria-label="Rendered messages">
            {problem}
            <Show when=move || last.read().is_some() fallback=move || view! { <Show when=is_fine><NothingYet/></Show> }>
                <Show when=is_old>
                    <p class="field-hint">"The last preview that worked:"</p>
                </Show>
                // Above the messages, which are longer than the screen.
                <p class="field-hint token-count">{move || editor.tokens.get().map(|counted| tokens_text(&counted))}</p>
                <Families editor/>
                {move || view! { <SpokenAll editor messages=last.get().unwrap_or_default() is_marked/> }}
            </Show>
        </div>
    }
}

fn good(preview: Option<Preview>) -> Option<Vec<RenderedMessage>> {
    preview.filter(|p| p.error.is_none() && !p.messages.is_empty()).map(|p| p.messages)
}

fn explain(error: &domain::Error, stops: bool) -> String {
    let is_about_values = error.errors.iter().any(|e| e.field.starts_with("variables"));
    match error.errors.as_slice() {
        [] => error.message.clone(),
        _ if is_about_values => "Some values above don't fit the contract.".to_owned(),
        _ if stops => "With these values the text can't be rendered:".to_owned(),
        _ => "The preview waits until the problems are mended.".to_owned(),
    }
}

/// What a call sends, in words.
fn tokens_text(counted: &CallTokens) -> String {
    let CallTokens { count, cost_usd, most_usd, priced, .. } = counted;
    let about = if count.is_exact { "" } else { "about " };
    let most = most_usd.as_ref().map(|most| format!(", at most {} with it", short_dollars(most))).unwrap_or_default();
    let cost = match cost_usd {
        Some(cost) => format!("{} before the answer{most}, at prices of {priced}", short_dollars(cost)),
        None => "the settings name no model with a known price".to_owned(),
    };
    format!("{about}{} tokens · {cost}", count.tokens)
}

/// What the same messages make for models of other families.
#[component]
fn Families(editor: Editor) -> impl IntoView {
    let row = |count: TokenCount| {
        view! { <tr><th scope="row">{count.family.title()}</th><td class="num">{format!("about {}", count.tokens)}</td></tr> }
    };
    let rows = move || editor.tokens.get().map(|counted| counted.families.into_iter().map(row).collect_view());
    view! {
        <details class="disclosure mb-3" class:hidden=move || editor.tokens.read().is_none()>
            <summary class="text-xs text-muted">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                "Tokens by model family"
            </summary>
            <table class="score-lines"><tbody>{rows}</tbody></table>
        </details>
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <p class="field-hint nothing-yet">
            <span class="js-only">"What you write appears here, rendered."</span>
            <span class="no-js-only">"Press Preview to see the messages with these values."</span>
        </p>
    }
}
