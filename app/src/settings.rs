//! Settings: who may do what, with which keys, from where one is logged in, and files in and out.

mod files;
mod keys;
pub mod lint;
mod new_key;
mod password;
mod policies;
mod sessions;
mod users;

pub use files::FilesPage;
pub use keys::KeysPage;
pub use lint::LintPage;
pub use policies::{LoadPolicies, PoliciesPage};
pub use sessions::SessionsPage;
pub use users::UsersPage;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::ui::{Notice, Tone};

/// What was just done, as the URL's `done` names it; only words of our own are shown.
#[component]
fn Done(texts: &'static [(&'static str, &'static str)]) -> impl IntoView {
    let query = use_query_map();
    let text = move || {
        let done = query.read().get("done")?;
        texts.iter().find(|(name, _)| *name == done).map(|(_, text)| *text)
    };
    view! {
        <div role="status">
            {move || text().map(|text| view! { <div class="mb-4"><Notice tone=Tone::Success>{text}</Notice></div> })}
        </div>
    }
}

/// A button that asks once more before it does what can't be undone. Works without JavaScript.
#[component]
fn Confirm(
    /// The button's text.
    button: &'static str,
    /// Of what, for screen readers.
    #[prop(into)]
    of: String,
    /// What happens then.
    #[prop(into)]
    question: String,
    /// The form with the last button.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="confirm">
            <summary class="btn btn-sm">{button}<span class="sr-only">" "{of}</span></summary>
            <div class="confirm-box">
                <p>{question}</p>
                {children()}
            </div>
        </details>
    }
}
