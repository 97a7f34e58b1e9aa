//! Placeholder.

use leptos::prelude::*;

#[component]
pub fn TemplatesPage() -> impl IntoView {
    view! { <h1>"TemplatesPage"</h1> }
}
