//! What describes a new template: key, name, kind and where it belongs.

use domain::template::{KINDS, TemplateFacets};
use leptos::prelude::*;

use super::data::EditorForm;
use super::fields::{AreaField, TextField};
use super::state::Editor;

#[component]
pub fn Details(editor: Editor, form: EditorForm, facets: TemplateFacets) -> impl IntoView {
    view! {
        <section class="card-box editor-card" aria-labelledby="details-title">
            <header class="card-head">
                <h2 id="details-title">"Details"</h2>
            </header>
            <div class="editor-grid">
                <TextField
                    editor
                    label="Key"
                    field="key"
                    start=form.key
                    hint="Used in code and URLs. Lower-case letters, digits and underscores; it can't be changed later."
                    placeholder="support_reply"
                    class="mono"
                    required=true
                    maxlength=64
                />
                <TextField
                    editor
                    label="Display name"
                    field="display_name"
                    start=form.display_name
                    placeholder="Support reply"
                    required=true
                    maxlength=120
                />
                <TextField
                    editor
                    label="Kind"
                    field="kind"
                    start=form.kind
                    hint="Choose one, or use a word of your own."
                    list="known-kinds"
                    class="mono"
                    required=true
                />
                <TextField editor label="Category" field="category" start=form.category list="known-categories" class="mono"/>
                <TextField editor label="Folder" field="folder" start=form.folder placeholder="support/email" class="mono"/>
                <TextField editor label="Tags" field="tags" start=form.tags hint="Separated by commas." placeholder="email, tone"/>
                <div class="editor-wide">
                    <AreaField
                        editor
                        label="Description"
                        field="description"
                        start=form.description
                        placeholder="What it is for, and who relies on it"
                    />
                </div>
            </div>
            <Known facets/>
        </section>
    }
}

/// Words to choose from while typing.
#[component]
fn Known(facets: TemplateFacets) -> impl IntoView {
    let mut kinds: Vec<String> = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    kinds.extend(facets.kinds.into_iter().filter(|kind| !KINDS.contains(&kind.as_str())));
    let options = |words: Vec<String>| words.into_iter().map(|w| view! { <option value=w></option> }).collect_view();
    view! {
        <datalist id="known-kinds">{options(kinds)}</datalist>
        <datalist id="known-categories">{options(facets.categories)}</datalist>
    }
}
