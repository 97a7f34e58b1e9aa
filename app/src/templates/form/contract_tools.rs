//! What the engine knows of a contract: parameters that the text reads, changes that break callers, the JSON Schema.

use domain::comparison::ParameterChange;
use domain::text::counted;
use domain::version::Parameter;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::Editor;
use crate::engine::ask;
use crate::ui::{Badge, Icon, IconName, Tone};

/// Declares what the text reads and nobody has declared.
#[component]
pub fn InferButton(editor: Editor) -> impl IntoView {
    let told = RwSignal::new(String::new());
    let infer = move |_| {
        let Some(content) = editor.read().map(|form| form.parse().content) else { return };
        spawn_local(async move {
            let text = match ask::<Vec<Parameter>>("infer", &content).await {
                Ok(found) if found.is_empty() => "Everything that the messages read is declared.".to_owned(),
                Ok(found) => {
                    found.iter().for_each(|parameter| editor.declare(parameter));
                    let names = found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
                    format!("Added {names}.")
                }
                Err(_) => "The parameters could not be read from the messages.".to_owned(),
            };
            told.try_set(text);
        });
    };
    view! {
        <button type="button" class="btn btn-sm btn-ghost" on:click=infer>
            <Icon name=IconName::Search/>
            "Find parameters in the messages"
        </button>
        <span class="field-hint" role="status">{told}</span>
    }
}

/// What the change of the contract means for those who call, the breaking changes first; nothing without changes.
#[component]
pub fn ContractChanges(editor: Editor) -> impl IntoView {
    let breaking = move || editor.contract_changes.with(|all| all.iter().filter(|c| c.is_breaking).count());
    let count = move || editor.contract_changes.read().len();
    let badge = move || match breaking() {
        0 => view! { <Badge tone=Tone::Success>"Compatible with callers"</Badge> }.into_any(),
        n => view! { <Badge tone=Tone::Danger>{format!("Breaks callers: {n}")}</Badge> }.into_any(),
    };
    view! {
        <details class="disclosure contract-changes" class:hidden=move || count() == 0>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                {move || format!("{} since the version this is written from", counted(count() as i64, "change"))}
                {badge}
            </summary>
            <ul class="problem-list">
                {move || editor.contract_changes.get().into_iter().map(change_item).collect_view()}
            </ul>
        </details>
    }
}

fn change_item(change: ParameterChange) -> impl IntoView {
    let mark = change.is_breaking.then(|| view! { <Badge tone=Tone::Danger>"breaking"</Badge> });
    view! {
        <li>
            <code>{change.name}</code>
            " "
            {change.detail}
            " "
            {mark}
        </li>
    }
}

/// The contract as JSON Schema, for those who generate code from it.
#[component]
pub fn SchemaView(editor: Editor) -> impl IntoView {
    let (is_open, text) = (RwSignal::new(false), RwSignal::new(String::new()));
    Effect::new(move |_| {
        let parameters = editor.contract.get();
        if is_open.get() {
            spawn_local(async move {
                if let Ok(schema) = ask::<Value>("json_schema", &parameters).await {
                    text.try_set(serde_json::to_string_pretty(&schema).unwrap_or_default());
                }
            });
        }
    });
    view! {
        <details class="disclosure js-only" on:toggle=move |_| is_open.update(|open| *open = !*open)>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                "JSON Schema"
            </summary>
            <pre class="schema-text" tabindex="0" aria-label="The contract as JSON Schema">{text}</pre>
        </details>
    }
}
