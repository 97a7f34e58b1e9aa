//! Placeholder.

use leptos::prelude::*;

#[component]
pub fn TemplatePage() -> impl IntoView {
    view! { <h1>"TemplatePage"</h1> }
}
