//! The one table of pages. All are rendered whole: streamed out of order, a page without JavaScript would show
//! "Loading" for ever, and its status would be sent before it is known. In the browser the code of the pages
//! is in modules, each loaded when one of its pages is first shown.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, LazyRoute, SsrMode, path};

use crate::layout::{Layout, NotFoundPage};
use crate::{audit, changes, executions, home, login, settings, templates};

/// Pages whose code is one module, and a route for each of them: the build splits the wasm at `$module`. Few modules, for
/// what several of them share is loaded with each.
macro_rules! module {
    ($module:ident, $preload:ident: $($page:ident => $component:path),+ $(,)?) => {
        #[derive(Clone, Copy)]
        #[expect(non_camel_case_types, reason = "a macro can't make another name of the module's")]
        enum $module {
            $($page,)+
        }

        #[lazy]
        fn $module(page: $module) -> AnyView {
            match page {
                $($module::$page => {
                    let page = $component;
                    view! { {page()} }.into_any()
                })+
            }
        }

        $(struct $page;

        impl LazyRoute for $page {
            fn data() -> Self {
                Self
            }
            async fn view(_page: Self) -> AnyView {
                $module($module::$page).await
            }
            /// Hydration waits for this, and needs the view at once after it.
            async fn preload() {
                #[cfg(target_arch = "wasm32")]
                $preload().await;
            }
        })+
    };
}

module!(entry, __preload_entry: LogIn => login::LogInPage, SetUp => login::SetUpPage);
module!(overview, __preload_overview: Home => home::HomePage, Templates => templates::TemplatesPage);
module!(monitor, __preload_monitor: Executions => executions::ExecutionsPage, Execution => executions::ExecutionPage,
    Audit => audit::AuditPage);
module!(template, __preload_template: Template => templates::TemplatePage);
module!(compare, __preload_compare: Diff => templates::DiffPage);
module!(merge, __preload_merge: Merge => templates::MergePage);
module!(composition, __preload_composition: Effective => templates::EffectivePage, Graph => templates::GraphPage);
module!(editor, __preload_editor: NewTemplate => templates::NewTemplatePage, Edit => templates::EditPage);
module!(queue, __preload_queue: Changes => changes::ChangesPage, Policies => settings::PoliciesPage);
module!(change, __preload_change: Change => changes::ChangePage);
module!(files, __preload_files: Files => settings::FilesPage);
module!(people, __preload_people: Users => settings::UsersPage, Keys => settings::KeysPage, Sessions => settings::SessionsPage, Lint => settings::LintPage);

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Promptory".into() } else { format!("{title} · Promptory") }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/login") view={Lazy::<LogIn>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/setup/:token") view={Lazy::<SetUp>::new()} ssr=SsrMode::Async/>
                <ParentRoute path=path!("/p/:project") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view={Lazy::<Home>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates") view={Lazy::<Templates>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/new") view={Lazy::<NewTemplate>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key") view={Lazy::<Template>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/edit") view={Lazy::<Edit>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/effective") view={Lazy::<Effective>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/graph") view={Lazy::<Graph>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/diff") view={Lazy::<Diff>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/templates/:key/merge") view={Lazy::<Merge>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/changes") view={Lazy::<Changes>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/changes/:number") view={Lazy::<Change>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/executions") view={Lazy::<Executions>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/executions/:id") view={Lazy::<Execution>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view={Lazy::<Audit>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users") view={Lazy::<Users>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/files") view={Lazy::<Files>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/keys") view={Lazy::<Keys>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/policies") view={Lazy::<Policies>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/lint") view={Lazy::<Lint>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/sessions") view={Lazy::<Sessions>::new()} ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
