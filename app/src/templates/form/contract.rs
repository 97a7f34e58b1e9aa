//! The contract: the typed inputs of a version.

use domain::text::unturned;
use domain::version::ParameterType;
use leptos::prelude::*;

use super::contract_tools::{ContractChanges, InferButton, SchemaView};
use super::data::ParameterRow;
use super::fields::{Problem, input_name};
use super::import::SchemaImport;
use super::messages::Undo;
use super::rows::Row;
use super::state::Editor;
use crate::browser::focus;
use crate::templates::limits::range;
use crate::ui::{Icon, IconName, area_source, field_id};

#[component]
pub fn ContractFields(
    editor: Editor,
    /// The schema that the form came with.
    schema: String,
) -> impl IntoView {
    let rows = editor.parameters;
    let add = move |_| {
        rows.add(ParameterRow::default());
        editor.touch();
        let added = rows.list.with_untracked(Vec::len) - 1;
        request_animation_frame(move || focus(&field_id(&format!("parameters[{added}].name"))));
    };
    let is_empty = move || rows.list.read().iter().all(|row| row.is_spare);
    view! {
        <section class="card-box editor-card" aria-labelledby="contract-title">
            <header class="card-head">
                <h2 id="contract-title">"Contract"</h2>
                <p class="field-hint">"The inputs that callers must and may send"</p>
            </header>
            <ContractChanges editor/>
            <div id=field_id("parameters") tabindex="-1" class="param-list" class:is-empty=is_empty>
                <div class="param-titles" aria-hidden="true">
                    <span>"Name"</span>
                    <span>"Type"</span>
                    <span>"Default"</span>
                    <span>"Required"</span>
                </div>
                <ForEnumerate
                    each=move || rows.list.get()
                    key=|row| row.id
                    children=move |index, row| view! { <ParameterFields editor index row/> }
                />
            </div>
            <div class="editor-foot">
                <p class="field-hint js-only" class:hidden=move || !is_empty()>
                    "No parameters: the messages are served as they are."
                </p>
                <Problem editor field="parameters".to_owned()/>
                <div class="flex flex-wrap items-center gap-2 js-only">
                    <button type="button" class="btn btn-sm" on:click=add>
                        <Icon name=IconName::Plus/>
                        "Add parameter"
                    </button>
                    <InferButton editor/>
                    <Undo what="Parameter" id="undo-parameter" editor is_removed=move || rows.removed.read().is_some() undo=move || rows.bring_back()/>
                </div>
                <SchemaView editor/>
                <SchemaImport editor start=schema/>
                <p class="field-hint no-js-only">"Blank rows are left out. Save a draft to get more."</p>
            </div>
        </section>
    }
}

/// One input of a parameter, with a label that wide screens show once above all rows.
#[component]
fn ParameterText(
    editor: Editor,
    index: ReadSignal<usize>,
    label: &'static str,
    /// As the form names it.
    part: &'static str,
    /// As errors name it.
    #[prop(optional)]
    error: &'static str,
    start: String,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] inputmode: &'static str,
    /// The class of the cell, where it has a place of its own.
    #[prop(optional)]
    cell: &'static str,
) -> impl IntoView {
    let error = if error.is_empty() { part } else { error };
    let field = Signal::derive(move || format!("parameters[{}].{error}", index.get()));
    let name = move || input_name(&format!("parameters[{}].{part}", index.get()));
    let is_wrong = move || editor.problem(&field.read()).is_some();
    view! {
        <div class=format!("param-cell {cell}") class:has-error=is_wrong>
            <label class="param-label" for=move || field_id(&field.read())>
                {label}
                <span class="sr-only">{move || format!(" of parameter {}", index.get() + 1)}</span>
            </label>
            <input
                class=format!("input input-sm {class}")
                type="text"
                id=move || field_id(&field.read())
                name=name
                value=start
                placeholder=placeholder
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                autocomplete="off"
                aria-describedby=move || format!("{}-error", field_id(&field.read()))
                aria-invalid=move || is_wrong().then_some("true")
            />
            <Problem editor field/>
        </div>
    }
}

#[component]
fn ParameterFields(editor: Editor, index: ReadSignal<usize>, row: Row<ParameterRow>) -> impl IntoView {
    let class = if row.is_spare { "param-row no-js-only" } else { "param-row" };
    let start = row.start;
    view! {
        <div class=class role="group" aria-label=move || format!("Parameter {}", index.get() + 1)>
            <ParameterText editor index label="Name" part="name" start=start.name.clone() placeholder="customer_name" class="mono" cell="param-name"/>
            <TypeSelect index chosen=start.kind.clone()/>
            <ParameterText editor index label="Default" part="default" start=start.default.clone() placeholder="—" class="mono"/>
            <Required index is_required=!start.required.is_empty()/>
            <RemoveParameter editor index/>
            <div class="param-description">
                <Description editor index start=start.description.clone()/>
            </div>
            <Rules editor index start/>
        </div>
    }
}

/// What the parameter is; grows with its text.
#[component]
fn Description(editor: Editor, index: ReadSignal<usize>, start: String) -> impl IntoView {
    let field = Signal::derive(move || format!("parameters[{}].description", index.get()));
    let is_wrong = move || editor.problem(&field.read()).is_some();
    view! {
        <div class="param-cell" class:has-error=is_wrong>
            <label class="param-label" for=move || field_id(&field.read())>
                "Description"
                <span class="sr-only">{move || format!(" of parameter {}", index.get() + 1)}</span>
            </label>
            <textarea
                class="textarea textarea-sm grow-area param-text"
                id=move || field_id(&field.read())
                name=move || input_name(&field.read())
                rows="1"
                placeholder="What it is, for those who call it"
                aria-describedby=move || format!("{}-error", field_id(&field.read()))
                aria-invalid=move || is_wrong().then_some("true")
                inner_html=area_source(&start)
            ></textarea>
            <Problem editor field/>
        </div>
    }
}

#[component]
fn TypeSelect(index: ReadSignal<usize>, chosen: String) -> impl IntoView {
    let field = Signal::derive(move || format!("parameters[{}].kind", index.get()));
    let chosen = ParameterType::parse(&chosen).unwrap_or_default();
    let option =
        |kind: ParameterType| view! { <option value=kind.name() selected=kind == chosen>{kind.name()}</option> };
    view! {
        <div class="param-cell">
            <label class="param-label" for=move || field_id(&field.read())>
                "Type"
                <span class="sr-only">{move || format!(" of parameter {}", index.get() + 1)}</span>
            </label>
            <select class="select select-sm" id=move || field_id(&field.read()) name=move || input_name(&field.read())>
                {ParameterType::ALL.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Required(index: ReadSignal<usize>, is_required: bool) -> impl IntoView {
    let field = Signal::derive(move || format!("parameters[{}].required", index.get()));
    view! {
        <div class="param-cell param-check">
            <label class="param-label" for=move || field_id(&field.read())>
                "Required"
                <span class="sr-only">{move || format!(": parameter {}", index.get() + 1)}</span>
            </label>
            <input
                class="checkbox checkbox-sm"
                type="checkbox"
                id=move || field_id(&field.read())
                name=move || input_name(&field.read())
                value="on"
                checked=is_required
            />
        </div>
    }
}

#[component]
fn RemoveParameter(editor: Editor, index: ReadSignal<usize>) -> impl IntoView {
    let rows = editor.parameters;
    let remove = move |_| {
        let at = index.get_untracked();
        let typed = editor.read().and_then(|form| form.parameters.into_iter().nth(at)).unwrap_or_default();
        rows.remove(at, typed);
        editor.touch();
    };
    view! {
        <button type="button" class="tool param-remove js-only" title="Remove" aria-label=move || format!("Remove parameter {}", index.get() + 1) on:click=remove>
            <Icon name=IconName::Trash/>
        </button>
    }
}

/// The rules in one line.
fn rule_text(row: &ParameterRow) -> String {
    let [least, most] = [&row.min, &row.max].map(|limit| Some(limit.trim()).filter(|text| !text.is_empty()));
    let range = range(ParameterType::parse(&row.kind).unwrap_or_default(), least, most).unwrap_or_default();
    let allowed = match row.one_of.trim() {
        "" => String::new(),
        words => format!("one of {words}"),
    };
    let pattern = match row.pattern.as_str() {
        "" => String::new(),
        pattern => format!("matches {pattern}"),
    };
    [allowed, range, pattern].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What a value must keep to; folded unless something is wrong with it.
#[component]
fn Rules(editor: Editor, index: ReadSignal<usize>, start: ParameterRow) -> impl IntoView {
    let text = RwSignal::new(rule_text(&start));
    // The summary follows what was typed when the rules are folded again.
    let refresh = move |_| {
        if let Some(row) = editor.read().and_then(|form| form.parameters.into_iter().nth(index.get_untracked())) {
            text.set(rule_text(&row));
        }
    };
    let is_wrong = move || {
        let row = format!("parameters[{}].", index.get());
        ["enum", "min", "max", "pattern"].iter().any(|rule| editor.problem(&format!("{row}{rule}")).is_some())
    };
    view! {
        <details class="disclosure param-rules" open=is_wrong on:toggle=refresh>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                "Rules"
                <span class="sr-only">{move || format!(" of parameter {}", index.get() + 1)}</span>
                <span class="rule-text">{move || text.with(|text| unturned(text))}</span>
            </summary>
            <div class="rule-grid">
                <ParameterText editor index label="Allowed values" part="one_of" error="enum" start=start.one_of placeholder="formal, friendly" class="mono"/>
                <ParameterText editor index label="Least" part="min" start=start.min placeholder="—" class="mono" inputmode="decimal"/>
                <ParameterText editor index label="Most" part="max" start=start.max placeholder="—" class="mono" inputmode="decimal"/>
                <ParameterText editor index label="Pattern" part="pattern" start=start.pattern placeholder="[A-Z]{2}" class="mono"/>
            </div>
            <p class="field-hint">
                "Values separated by commas, or a JSON array. Least and most limit a number, or the length of a text or list. The pattern must match the whole text."
            </p>
        </details>
    }
}
