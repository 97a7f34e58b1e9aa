//! The last executions: what went wrong first, then all.

use domain::execution::{ExecutionStatus, ExecutionSummary};
use domain::page::Page;
use domain::text::unturned;
use leptos::prelude::*;

use crate::data::Data;
use crate::error::AppResult;
use crate::ui::{EmptyState, ErrorView, Icon, IconName, Loading, QuietStatus, Skeleton, Time, VersionChip, wait};

/// The newest executions, of one status or of all.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_recent(project: String, status: String, limit: i64) -> AppResult<Page<ExecutionSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let filter = domain::execution::ExecutionFilter { status, ..Default::default() };
    let page = domain::page::PageRequest { cursor: None, limit: Some(limit) };
    service::executions::list(&ctx, &filter, &page).await.for_page()
}

#[component]
pub fn Recent(project: String) -> impl IntoView {
    let base = format!("/p/{project}/executions");
    let failed = ExecutionStatus::Failure.name();
    let (all_of, failed_of) = (project.clone(), project);
    let all = Data::of(move || LoadRecent { project: all_of.clone(), status: String::new(), limit: 6 });
    let failures = Data::of(move || LoadRecent { project: failed_of.clone(), status: failed.to_owned(), limit: 6 });
    view! {
        <div class="grid gap-x-6 xl:grid-cols-2">
            <List
                title="Went wrong last"
                page=failures
                base=base.clone()
                query=format!("?status={failed}")
                empty=(IconName::CircleCheck, "No failures", "No execution of this project has failed.")
            />
            <List
                title="Latest executions"
                page=all
                base
                query=String::new()
                empty=(IconName::Activity, "No executions yet", "Each render is recorded here: what was asked, what came back, how long it took.")
            />
        </div>
    }
}

#[component]
fn List(
    title: &'static str,
    page: Data<Page<ExecutionSummary>>,
    base: String,
    query: String,
    empty: (IconName, &'static str, &'static str),
) -> impl IntoView {
    let href = format!("{base}{query}");
    let rows = move || {
        let base = base.clone();
        wait(async move {
            match page.await {
                Ok(page) if page.items.is_empty() => {
                    let (icon, title, text) = empty;
                    view! { <EmptyState icon title text/> }.into_any()
                }
                Ok(page) => {
                    let rows = page.items.into_iter().map(|e| view! { <Row execution=e base=base.clone()/> });
                    view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
                }
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <section class="section min-w-0" aria-label=title>
            <h2 class="section-title">
                {title}
                <a class="link-accent font-medium" href=href>"All"<span class="sr-only">{format!(" of: {title}")}</span></a>
            </h2>
            <div class="card-box">
                <Loading fallback=|| view! { <Skeleton rows=6/> } view=rows/>
            </div>
        </section>
    }
}

#[component]
fn Row(execution: ExecutionSummary, base: String) -> impl IntoView {
    let text = execution.error_message.or(execution.error_type);
    let detail = match text {
        Some(error) => view! { <span class="truncate text-error">{unturned(&error)}</span> }.into_any(),
        None => view! { <span class="truncate">{unturned(&execution.agent.or(execution.user_id).unwrap_or_default())}</span> }
            .into_any(),
    };
    view! {
        <li>
            <a class="row-link" href=format!("{base}/{}", execution.id)>
                <QuietStatus status=execution.status/>
                <span class="min-w-0 flex-1">
                    <span class="flex items-center gap-2">
                        <code class="truncate font-medium">{execution.template_name}</code>
                        <VersionChip version=Some(execution.version)/>
                    </span>
                    <span class="mt-0.5 flex text-xs text-muted">{detail}</span>
                </span>
                <span class="row-when">
                    <Time at=execution.started_at/>
                    <span>{execution.environment}</span>
                </span>
                <Icon name=IconName::ChevronRight class="size-4 text-muted"/>
            </a>
        </li>
    }
}
