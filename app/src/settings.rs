//! Pages of settings.

use leptos::prelude::*;

#[component]
pub fn KeysPage() -> impl IntoView {
    view! { <h1>"KeysPage"</h1> }
}

#[component]
pub fn SessionsPage() -> impl IntoView {
    view! { <h1>"SessionsPage"</h1> }
}

#[component]
pub fn UsersPage() -> impl IntoView {
    view! { <h1>"UsersPage"</h1> }
}
