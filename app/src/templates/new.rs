//! Placeholder.

use leptos::prelude::*;

#[component]
pub fn NewTemplatePage() -> impl IntoView {
    view! { <h1>"NewTemplatePage"</h1> }
}
