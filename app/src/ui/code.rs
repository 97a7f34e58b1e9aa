//! Texts to copy.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconName};

/// How long "Copied" is shown.
const SHOWN: Duration = Duration::from_millis(1_500);

/// Puts a text on the clipboard. Hidden where there is no clipboard: without JavaScript, and without TLS on other hosts.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What is copied, for screen readers: `key`, `snippet`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        if write_clipboard(&text.get_untracked()) {
            copied.set(true);
            set_timeout(
                move || {
                    copied.try_set(false);
                },
                SHOWN,
            );
        }
    };
    view! {
        <button type="button" class="copy js-only" aria-label=format!("Copy {label}") title=format!("Copy {label}") on:click=copy>
            <Show when=move || copied.get() fallback=|| view! { <Icon name=IconName::Copy class="size-3.5"/> }>
                <Icon name=IconName::Check class="size-3.5"/>
            </Show>
            <span class="sr-only" aria-live="polite">
                {move || if copied.get() { "Copied" } else { "" }}
            </span>
        </button>
    }
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
    #[prop(into)] text: Signal<String>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] label: String,
) -> impl IntoView {
    view! {
        <div class="code-block">
            <div class="code-head">
                <span>{move || title.get()}</span>
                <CopyButton text label=label.clone()/>
            </div>
            <pre tabindex="0" role="region" aria-label=label>
                <code>{move || text.get()}</code>
            </pre>
        </div>
    }
}
