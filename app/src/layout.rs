//! The frame around a project's pages: navigation, project, person.

use domain::user::CurrentUser;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_params_map;

use crate::error::AppResult;

/// The project key in the URL.
pub fn use_project() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("project").unwrap_or_default())
}

/// Who is logged in, and what they are in the project.
#[server(prefix = "/api/fn")]
pub async fn load_me(project: String) -> AppResult<CurrentUser> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::users::current(&ctx, project).await.for_page()
}

#[component]
pub fn Layout() -> impl IntoView {
    view! { <main><Outlet/></main> }
}

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <main><h1>"Not found"</h1></main> }
}
