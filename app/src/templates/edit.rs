//! Placeholder.

use leptos::prelude::*;

#[component]
pub fn EditPage() -> impl IntoView {
    view! { <h1>"EditPage"</h1> }
}
