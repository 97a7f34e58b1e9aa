//! Placeholder.

use leptos::prelude::*;

#[component]
pub fn DiffPage() -> impl IntoView {
    view! { <h1>"DiffPage"</h1> }
}
