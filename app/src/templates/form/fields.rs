//! Inputs that keep their text in the page: what was typed before hydration is not lost, and a browser without
//! JavaScript posts the same names.

use leptos::prelude::*;

use super::state::Editor;
use crate::ui::{Field, area_source, described_by, field_id};

/// What is wrong with a field, below it. The field's `aria-describedby` names it.
#[component]
pub fn Problem(editor: Editor, #[prop(into)] field: Signal<String>) -> impl IntoView {
    view! {
        <p class="field-error" id=move || format!("{}-error", field_id(&field.read()))>
            {move || editor.problem(&field.read())}
        </p>
    }
}

/// The name of an input of the editor's form: `messages[0].content` is `form[messages][0][content]`.
pub fn input_name(field: &str) -> String {
    let mut name = "form".to_owned();
    for part in field.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        name.push('[');
        name.push_str(part);
        name.push(']');
    }
    name
}

/// One line of text with its label, hint and error.
#[component]
pub fn TextField(
    editor: Editor,
    #[prop(into)] label: String,
    /// As errors name it, such as `display_name`.
    field: &'static str,
    /// As the form names it, where that differs: `settings.model` for `config.model`.
    #[prop(optional)]
    path: &'static str,
    #[prop(into)] start: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] list: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] inputmode: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] maxlength: Option<u32>,
) -> impl IntoView {
    let name = input_name(if path.is_empty() { field } else { path });
    let error = Signal::derive(move || editor.problem(field));
    view! {
        <Field label name=field hint error>
            <input
                class=format!("input {class}")
                type="text"
                id=field_id(field)
                name=name
                value=start
                placeholder=placeholder
                list=(!list.is_empty()).then_some(list)
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                aria-required=required.then_some("true")
                maxlength=maxlength
                autocomplete="off"
                aria-describedby=described_by(field)
                aria-invalid=move || error.read().is_some().then_some("true")
            />
        </Field>
    }
}

/// Several lines of text with label, hint and error.
#[component]
pub fn AreaField(
    editor: Editor,
    #[prop(into)] label: String,
    field: &'static str,
    #[prop(optional)] path: &'static str,
    #[prop(into)] start: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(default = 2)] rows: u32,
) -> impl IntoView {
    let name = input_name(if path.is_empty() { field } else { path });
    let error = Signal::derive(move || editor.problem(field));
    view! {
        <Field label name=field hint error>
            <textarea
                class=format!("textarea grow-area {class}")
                id=field_id(field)
                name=name
                rows=rows
                placeholder=placeholder
                aria-describedby=described_by(field)
                aria-invalid=move || error.read().is_some().then_some("true")
                inner_html=area_source(&start)
            ></textarea>
        </Field>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_fields() {
        assert_eq!(input_name("messages[0].content"), "form[messages][0][content]");
        assert_eq!(input_name("display_name"), "form[display_name]");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_text_stays_in_its_textarea() {
        let _owner = Owner::new();
        let text = "\n</textarea><script>alert(1)</script>";
        let html = view! { <textarea inner_html=area_source(text)></textarea> }.to_html();
        assert!(html.contains("\n\n&lt;/textarea&gt;&lt;script&gt;"), "{html}");
    }
}
