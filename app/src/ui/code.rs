//! Texts to copy.

use domain::text::unturned;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{Icon, IconName};

/// How long "Copied" is shown.
const SHOWN: Duration = Duration::from_millis(1_500);

/// Puts a text on the clipboard, by [`listen_for_copies`]. Hidden without JavaScript.
#[component]
pub fn CopyButton(
    #[prop(into)] text: String,
    /// What is copied, for screen readers: `key`, `snippet`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <button type="button" class="copy js-only" aria-label=format!("Copy {label}") title=format!("Copy {label}") data-copy=text>
            <Icon name=IconName::Copy class="size-3.5"/>
            <Icon name=IconName::Check class="size-3.5"/>
            <span class="sr-only" aria-live="polite"></span>
        </button>
    }
}

/// Follows the clicks on all [`CopyButton`]s, also on those of parts that the server renders.
pub fn listen_for_copies() {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::click, |event| {
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            if let Some(button) = target.and_then(|t| t.closest("[data-copy]").ok().flatten()) {
                copy(button);
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn copy(button: Element) {
    if !write_clipboard(&button.get_attribute("data-copy").unwrap_or_default()) {
        return;
    }
    let told = button.last_element_child();
    let tell = move |text: &str| {
        drop(button.toggle_attribute_with_force("data-copied", !text.is_empty()));
        told.iter().for_each(|told| told.set_text_content(Some(text)));
    };
    tell("Copied");
    set_timeout(move || tell(""), SHOWN);
}

/// Puts a text on the clipboard; whether there is one.
pub fn write_clipboard(text: &str) -> bool {
    use wasm_bindgen::JsValue;
    let clipboard = window().navigator().clipboard();
    if AsRef::<JsValue>::as_ref(&clipboard).is_undefined() {
        return false;
    }
    // The browser may still refuse; nothing depends on the promise.
    drop(clipboard.write_text(text));
    true
}

/// Text in monospace as it is, under its title and a button that copies it.
#[component]
pub fn CodeBlock(
    #[prop(into)] text: String,
    #[prop(into)] title: String,
    #[prop(into)] label: String,
) -> impl IntoView {
    view! {
        <div class="code-block">
            <div class="code-head">
                <span>{title}</span>
                <CopyButton text=text.clone() label=label.clone()/>
            </div>
            <pre tabindex="0" role="region" aria-label=label>
                <code>{unturned(&text)}</code>
            </pre>
        </div>
    }
}
