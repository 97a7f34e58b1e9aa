//! Form fields.

use leptos::html::Textarea;
use leptos::prelude::*;

use crate::error::AppError;

/// The element id of a field, the same for `messages[0][content]` in a form and `messages[0].content` in an error.
pub fn field_id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c),
            _ if !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    format!("field-{}", id.trim_matches('-'))
}

/// The `aria-describedby` of the input in a [`Field`].
pub fn described_by(name: &str) -> String {
    let id = field_id(name);
    format!("{id}-hint {id}-error")
}

/// What is wrong with one field, when anything is.
pub fn field_error(error: &Option<AppError>, field: &str) -> Option<String> {
    let id = field_id(field);
    let found = error.as_ref()?.0.errors.iter().find(|e| field_id(&e.field) == id)?;
    Some(found.message.clone())
}

/// Label, hint and error around an input, which must have the id [`field_id`] of the same name.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let id = field_id(&name);
    let hint = (!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> });
    view! {
        <div class="field" class:has-error=move || error.get().is_some()>
            <label class="field-label" for=id.clone()>{label}</label>
            {children()}
            {hint}
            <p class="field-error" id=format!("{id}-error")>{move || error.get()}</p>
        </div>
    }
}

/// One line of text in a form whose fields are named `form[…]`, with label, hint and error.
#[component]
pub fn TextInput(
    label: &'static str,
    name: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] start: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] placeholder: &'static str,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let own = Signal::derive(move || field_error(&error.read(), name));
    view! {
        <Field label name hint error=own>
            <input
                class="input"
                type=kind
                id=field_id(name)
                name=format!("form[{name}]")
                value=start
                placeholder=placeholder
                list=(!list.is_empty()).then_some(list)
                autocomplete=autocomplete
                aria-describedby=described_by(name)
                aria-invalid=move || own.read().is_some().then_some("true")
            />
        </Field>
    }
}

/// A textarea bound to a signal.
///
/// Leptos writes a textarea's children unescaped, so the first text goes through `inner_html` with `&`, `<` and `>`
/// escaped. What somebody typed before hydration wins over the signal.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    value: RwSignal<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional, into)] class: String,
    #[prop(optional, into)] placeholder: String,
    /// For screen readers, where no [`Field`] labels it.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional)] required: bool,
    /// When the name in the form is not the name of the [`Field`].
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional)] node_ref: NodeRef<Textarea>,
) -> impl IntoView {
    let (area, id) = (node_ref, id.unwrap_or_else(|| field_id(&name)));
    let described_by = format!("{id}-hint {id}-error");
    let is_bound = StoredValue::new(false);
    Effect::new(move |_| {
        let (Some(area), text) = (area.get(), value.get()) else { return };
        let typed = area.value();
        if typed == text {
            is_bound.set_value(true);
        } else if is_bound.get_value() {
            area.set_value(&text);
        } else {
            is_bound.set_value(true);
            value.set(typed);
        }
    });
    view! {
        <textarea
            id=id
            aria-describedby=described_by
            aria-label=label
            name=name
            rows=rows
            class=format!("textarea {class}")
            placeholder=placeholder
            required=required
            spellcheck="false"
            node_ref=area
            on:input:target=move |event| value.set(event.target().value())
            inner_html=area_source(&value.get_untracked())
        ></textarea>
    }
}

/// The text as a textarea's source, for `inner_html`: leptos writes a textarea's children unescaped. A parser drops the
/// first line break after the tag, so one is added for it.
pub fn area_source(text: &str) -> String {
    let start = if cfg!(feature = "ssr") { "\n" } else { "" };
    format!("{start}{}", plain_html(text))
}

/// A text as the source of an element, for `inner_html`: for texts that can be longer than 64 K characters. Of such a text a
/// parser makes several nodes, and hydration expects one.
pub fn plain_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_form_and_of_an_error_have_one_id() {
        assert_eq!(field_id("messages[0][content]"), "field-messages-0-content");
        assert_eq!(field_id("messages[0].content"), "field-messages-0-content");
        assert_eq!(field_id("key"), "field-key");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_text_can_not_leave_its_textarea() {
        let owner = Owner::new();
        owner.set();
        let value = RwSignal::new("\n</textarea><script>alert(1)</script>&lt;".to_owned());
        let html = view! { <TextArea name="x" value/> }.to_html();
        assert!(
            html.contains("\n\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;</textarea>"),
            "{html}"
        );
        assert!(!html.contains("<script>"), "{html}");
    }
}
