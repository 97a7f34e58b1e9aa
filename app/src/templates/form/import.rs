//! A contract made of a JSON Schema that somebody pastes.

use domain::version::Parameter;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;

use super::data::{EditorForm, ParameterRow, Told};
use super::state::Editor;
use super::told::{SCHEMA, TellLine};
use crate::error::AppResult;
use crate::outcome::Outcome;
use crate::ui::{Icon, IconName, area_source, field_id};

/// The contract of the form's schema, or all that a contract can't say.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn import_schema(
    project: String,
    #[server(default)] key: String,
    form: EditorForm,
) -> AppResult<Outcome<Vec<Parameter>>> {
    use super::server::{Returned, editor_path};
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let found = service::versions::parameters_of_schema(&ctx, &form.schema).for_page();
    let mut shown = form;
    match &found {
        Ok(parameters) => {
            shown.schema.clear();
            shown.parameters = parameters.iter().map(ParameterRow::of).collect();
            shown.told = Told::done(SCHEMA, taken(parameters));
        }
        Err(error) => shown.told = Told::refused(SCHEMA, &error.0),
    }
    let page = editor_path(&project, &key);
    crate::flash::back(&page, &Returned { form: shown, error: None, lint: None, preview: None, draft: None });
    Outcome::of(found)
}

/// What to tell when the contract was replaced.
fn taken(parameters: &[Parameter]) -> Vec<String> {
    let count = parameters.len();
    let word = if count == 1 { "parameter" } else { "parameters" };
    vec![format!("The contract is the schema's now: {count} {word}.")]
}

#[component]
pub fn SchemaImport(editor: Editor, start: String) -> impl IntoView {
    let id = field_id("schema");
    let is_open = editor.told.with_untracked(|told| told.of == SCHEMA);
    let undo = move |_| {
        if let Some(rows) = editor.replaced.get_untracked() {
            editor.parameters.replace(rows);
            editor.replaced.set(None);
            editor.told.set(Told::default());
            editor.touch();
        }
    };
    view! {
        <details class="disclosure import-schema" open=is_open on:input=|event| event.stop_propagation()>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                "Take the contract from a JSON Schema"
            </summary>
            <label class="field-hint" for=id.clone()>
                "An object with a property for each parameter. It takes the place of the parameters above."
            </label>
            <textarea class="textarea textarea-sm code-area grow-area" id=id name="form[schema]" rows="3" spellcheck="false" inner_html=area_source(&start)></textarea>
            <div class="sample-row">
                <button type="submit" class="btn btn-sm" formaction=ImportSchema::url() data-intent="import_schema">
                    "Replace the contract"
                </button>
                <Show when=move || editor.replaced.read().is_some()>
                    <button type="button" class="btn btn-ghost btn-sm" on:click=undo>"Undo"</button>
                </Show>
            </div>
            <TellLine of=SCHEMA told=editor.told/>
        </details>
    }
}

/// Asks the server, and replaces the contract's rows.
pub fn import(editor: Editor) {
    let Some(form) = editor.read() else { return };
    spawn_local(async move {
        let told = match import_schema(editor.project(), editor.key(), form).await {
            Ok(Outcome::Done(parameters)) => {
                // As it is typed by now; none where the page was left.
                let Some(now) = editor.read() else { return };
                editor.replaced.set(Some(now.parameters));
                editor.parameters.replace(parameters.iter().map(ParameterRow::of).collect());
                editor.touch();
                Told::done(SCHEMA, taken(&parameters))
            }
            Ok(Outcome::Refused(error)) => Told::refused(SCHEMA, &error),
            Err(error) => Told::refused(SCHEMA, &error.0),
        };
        editor.told.try_set(told);
    });
}
