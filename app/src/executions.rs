//! Pages of executions.

use leptos::prelude::*;

#[component]
pub fn ExecutionsPage() -> impl IntoView {
    view! { <h1>"ExecutionsPage"</h1> }
}

#[component]
pub fn ExecutionPage() -> impl IntoView {
    view! { <h1>"ExecutionPage"</h1> }
}
