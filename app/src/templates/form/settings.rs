//! Model and settings of a version.

use leptos::prelude::*;

use super::fields::{AreaField, TextField, input_name};
use super::settings_data::SettingsRow;
use super::state::Editor;
use crate::ui::{Field, field_id};

#[component]
pub fn SettingsFields(editor: Editor, start: SettingsRow) -> impl IntoView {
    view! {
        <section class="card-box editor-card" aria-labelledby="settings-title">
            <header class="card-head">
                <h2 id="settings-title">"Model settings"</h2>
                <p class="field-hint">"Handed to callers with the prompt"</p>
            </header>
            <div class="editor-grid editor-thirds">
                <TextField editor label="Model" field="config.model" path="settings.model" start=start.model placeholder="gpt-4.1" class="mono"/>
                <TextField editor label="Provider" field="config.provider" path="settings.provider" start=start.provider placeholder="openai" class="mono"/>
                <TextField editor label="Temperature" field="config.temperature" path="settings.temperature" start=start.temperature placeholder="0 to 2" class="mono" inputmode="decimal"/>
                <TextField editor label="Max tokens" field="config.max_tokens" path="settings.max_tokens" start=start.max_tokens placeholder="Not set" class="mono" inputmode="numeric"/>
                <TextField editor label="Max turns" field="config.max_turns" path="settings.max_turns" start=start.max_turns placeholder="Not set" class="mono" inputmode="numeric"/>
                <Streaming editor start=start.supports_streaming/>
                <div class="editor-wide">
                    <AreaField
                        editor
                        label="Other settings"
                        field="config"
                        path="settings.other"
                        start=start.other
                        hint="A JSON object, such as {\"top_p\": 0.9, \"stop\": [\"END\"]}."
                        class="code-area"
                    />
                </div>
            </div>
        </section>
    }
}

#[component]
fn Streaming(editor: Editor, start: String) -> impl IntoView {
    const FIELD: &str = "config.supports_streaming";
    let error = Signal::derive(move || editor.problem(FIELD));
    let option = |value: &'static str, text: &'static str| {
        view! { <option value=value selected=start == value>{text}</option> }
    };
    let options = [option("", "Not set"), option("true", "Yes"), option("false", "No")].collect_view();
    view! {
        <Field label="Streaming" name=FIELD error>
            <select class="select" id=field_id(FIELD) name=input_name("settings.supports_streaming")>{options}</select>
        </Field>
    }
}
