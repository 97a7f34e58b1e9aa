//! The form of what describes a template beside its versions.

use domain::permission::Permission;
use domain::template::KINDS;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::FieldsForm;
use crate::error::AppError;
use crate::post::PostForm;
use crate::ui::{ErrorSummary, Field, Notice, TextArea, TextInput, Tone, field_error, field_id};

#[component]
pub fn Fields(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let (action, may_write) = (shown.actions.save_fields, shown.may(Permission::WriteTemplates));
    let refused = shown.refused.and_then(|r| r.form.map(|form| (form, r.error)));
    let (typed, earlier) = refused.unzip();
    let error = action.refusal(earlier);
    let is_saved = move || query.read().get("saved").is_some() && error.read().is_none();
    let template = shown.template;
    view! {
        <div class="max-w-2xl">
            <Show when=is_saved>
                <div class="mb-4" role="status"><Notice tone=Tone::Success>"Saved."</Notice></div>
            </Show>
            <ErrorSummary error/>
            <PostForm to=action class="card-box flex flex-col gap-4 p-5">
                <input type="hidden" name="project" value=shown.project/>
                <input type="hidden" name="key" value=template.key/>
                <input type="hidden" name="revision" value=template.revision/>
                <fieldset class="contents" disabled=!may_write>
                    <legend class="sr-only">"Details"</legend>
                    <Inputs form=typed.unwrap_or_else(|| template.fields.into()) error/>
                </fieldset>
                {may_write.then(|| view! { <div><button type="submit" class="btn btn-primary btn-sm">"Save details"</button></div> })}
            </PostForm>
        </div>
    }
}

#[component]
fn Inputs(form: FieldsForm, error: Signal<Option<AppError>>) -> impl IntoView {
    let description = RwSignal::new(form.description);
    let description_error = Signal::derive(move || field_error(&error.read(), "description"));
    let kinds = KINDS.map(|kind| view! { <option value=kind></option> }).collect_view();
    view! {
        <TextInput label="Display name" name="display_name" start=form.display_name error/>
        <Field label="Description" name="description" error=description_error>
            <TextArea name="form[description]" id=field_id("description") value=description rows=2 class="grow-area"/>
        </Field>
        <datalist id="kinds">{kinds}</datalist>
        <div class="grid gap-4 sm:grid-cols-2">
            <TextInput label="Kind" name="kind" start=form.kind list="kinds" error/>
            <TextInput label="Category" name="category" start=form.category error/>
            <TextInput label="Folder" name="folder" start=form.folder hint="A path such as rationale/kpi." error/>
            <TextInput label="Tags" name="tags" start=form.tags hint="Separated by commas." error/>
            <TextInput label="Owner" name="owner" start=form.owner hint="An e-mail address or a team." error/>
            <TextInput label="Review by" name="review_by" kind="date" start=form.review_by error/>
        </div>
    }
}
