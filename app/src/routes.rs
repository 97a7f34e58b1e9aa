//! The one table of pages. All are rendered whole: streamed out of order, a page without JavaScript would show
//! "Loading" for ever, and its status would be sent before it is known.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

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
                <Route path=path!("/login") view=LogInPage ssr=SsrMode::Async/>
                <Route path=path!("/setup/:token") view=SetUpPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("/p/:project") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                    <Route path=path!("/templates") view=TemplatesPage ssr=SsrMode::Async/>
                    <Route path=path!("/templates/new") view=NewTemplatePage ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key") view=TemplatePage ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/edit") view=EditPage ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/diff") view=DiffPage ssr=SsrMode::Async/>
                    <Route path=path!("/executions") view=ExecutionsPage ssr=SsrMode::Async/>
                    <Route path=path!("/executions/:id") view=ExecutionPage ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users") view=UsersPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/keys") view=KeysPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/sessions") view=SessionsPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
