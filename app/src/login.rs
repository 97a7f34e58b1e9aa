//! Pages of login.

use leptos::prelude::*;

#[component]
pub fn LogInPage() -> impl IntoView {
    view! { <h1>"LogInPage"</h1> }
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    view! { <h1>"SetUpPage"</h1> }
}
