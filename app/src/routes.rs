//! The one table of pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::audit::AuditPage;
use crate::executions::{ExecutionPage, ExecutionsPage};
use crate::home::HomePage;
use crate::layout::{Layout, NotFoundPage};
use crate::login::{LogInPage, SetUpPage};
use crate::settings::{KeysPage, SessionsPage, UsersPage};
use crate::templates::{DiffPage, EditPage, NewTemplatePage, TemplatePage, TemplatesPage};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Promptory".into() } else { format!("{title} · Promptory") }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/login") view=LogInPage/>
                <Route path=path!("/setup/:token") view=SetUpPage/>
                <ParentRoute path=path!("/p/:project") view=Layout>
                    <Route path=path!("/") view=HomePage/>
                    <Route path=path!("/templates") view=TemplatesPage/>
                    <Route path=path!("/templates/new") view=NewTemplatePage/>
                    <Route path=path!("/templates/:key") view=TemplatePage/>
                    <Route path=path!("/templates/:key/edit") view=EditPage/>
                    <Route path=path!("/templates/:key/diff") view=DiffPage/>
                    <Route path=path!("/executions") view=ExecutionsPage/>
                    <Route path=path!("/executions/:id") view=ExecutionPage/>
                    <Route path=path!("/audit") view=AuditPage/>
                    <Route path=path!("/settings/users") view=UsersPage/>
                    <Route path=path!("/settings/keys") view=KeysPage/>
                    <Route path=path!("/settings/sessions") view=SessionsPage/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
