//! The list of executions, filtered by the URL.

use domain::execution::{ExecutionFilter, ExecutionStatus, ExecutionSummary};
use domain::label::ENVIRONMENTS;
use domain::page::Page;
use domain::text::{count, unturned};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::{latency, short_dollars};
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::ui::{
    ActiveFilters, EmptyState, ErrorView, FilterForm, FilterSelect, FilterText, IconName, LabelChip, Loading, NextPage,
    PageHeader, QuietStatus, Skeleton, Table, Time, is_filtered, wait,
};

const FIELDS: [&str; 7] = ["template", "status", "environment", "agent", "user", "from", "to"];
const FILTERS: [(&str, &str); 7] = [
    ("template", "Template"),
    ("status", "Status"),
    ("environment", "Environment"),
    ("agent", "Agent"),
    ("user", "User"),
    ("from", "From"),
    ("to", "To"),
];

/// A page of the project's executions, newest first.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_executions(
    project: String,
    filter: ExecutionFilter,
    cursor: Option<String>,
) -> AppResult<Page<ExecutionSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::executions::list(&ctx, &filter, &domain::page::PageRequest { cursor, limit: None }).await.for_page()
}

/// A moment as a date field writes it, to RFC 3339; anything else as it is.
fn moment(text: &str) -> String {
    match text.len() {
        10 if text.is_ascii() => format!("{text}T00:00:00Z"),
        16 if text.is_ascii() => format!("{text}:00Z"),
        19 if text.is_ascii() => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// The same for a date field: RFC 3339 without seconds and zone.
fn field_text(text: &str) -> String {
    moment(text).get(..16).unwrap_or_default().to_owned()
}

/// A moment as people write it; other values as they are.
fn filter_text(name: &str, value: &str) -> String {
    match field_text(value) {
        at if matches!(name, "from" | "to") && !at.is_empty() => format!("{} UTC", at.replace('T', " ")),
        _ => value.to_owned(),
    }
}

fn filter_of(query: &ParamsMap) -> ExecutionFilter {
    let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    ExecutionFilter {
        template: text("template"),
        status: text("status"),
        environment: text("environment"),
        agent: text("agent"),
        user: text("user"),
        from: moment(&text("from")),
        to: moment(&text("to")),
    }
}

#[component]
pub fn ExecutionsPage() -> impl IntoView {
    let (project, query) = (use_project(), use_query_map());
    let page = Data::of(move || {
        let (filter, cursor) = (query.with(filter_of), query.read().get("cursor"));
        LoadExecutions { project: project.get(), filter, cursor }
    });
    let rows = move || {
        wait(async move {
            match page.await {
                Ok(page) => view! { <Rows page project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Executions"/>
        <PageHeader title="Executions" lead="Every render with its variables, outcome and cost. Times are in UTC."/>
        <FilterForm names=&FIELDS>
            {move || {
                let query = query.read();
                view! { <FilterFields query=query.clone()/> }
            }}
        </FilterForm>
        <ActiveFilters names=&FILTERS text_of=filter_text/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=8/></div> } view=rows/>
    }
}

#[component]
fn FilterFields(query: ParamsMap) -> impl IntoView {
    let text = |name: &'static str| query.get(name).unwrap_or_default();
    let date = |name: &'static str, label: &'static str| {
        let (is_set, moment) = (!text(name).is_empty(), field_text(&text(name)));
        view! {
            <label class="filter-date">
                {label}
                <input class="input input-sm" class:is-set=is_set type="datetime-local" name=name value=moment.clone() prop:value=moment/>
            </label>
        }
    };
    let statuses = ExecutionStatus::ALL.iter().map(|s| s.name().to_owned()).collect();
    let environments = ENVIRONMENTS.iter().map(|e| (*e).to_owned()).collect();
    view! {
        <FilterText name="template" label="Template" value=text("template")/>
        <FilterSelect name="status" label="Status" options=statuses value=text("status")/>
        <FilterSelect name="environment" label="Environment" options=environments value=text("environment")/>
        <FilterText name="agent" label="Agent" value=text("agent")/>
        <FilterText name="user" label="User" value=text("user")/>
        <span class="filter-dates">{date("from", "From")}{date("to", "To")}</span>
    }
}

#[component]
fn Rows(page: Page<ExecutionSummary>, project: String) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <Nothing project/> }.into_any();
    }
    let next = page.next.clone();
    let rows =
        page.items.into_iter().map(|execution| view! { <Row execution project=project.clone()/> }).collect_view();
    view! {
        <Table columns=&["Time", "Template", "Environment", "Status", "Agent", "User", "Latency", "Tokens", "Cost"] numeric=3>{rows}</Table>
        <NextPage next/>
    }
    .into_any()
}

/// No rows: because nothing matches, or because nothing was rendered yet.
#[component]
fn Nothing(project: String) -> impl IntoView {
    let content = match is_filtered(&FIELDS) {
        true => view! {
            <EmptyState icon=IconName::Search title="No matches" text="No execution of this project fits these filters.">
                <a class="btn btn-sm" href="?">"Clear filters"</a>
            </EmptyState>
        }
        .into_any(),
        false => view! {
            <EmptyState icon=IconName::Activity title="Nothing rendered yet" text="Each render by an agent or service is recorded here with its variables, outcome and cost. Create an API key, and fetch or render a template with it.">
                <a class="btn btn-sm" href=format!("/p/{project}/settings/keys")>"API keys"</a>
            </EmptyState>
        }
        .into_any(),
    };
    view! { <div class="card-box">{content}</div> }
}

/// A text, or a dash where there is none.
fn or_dash(text: Option<String>) -> AnyView {
    match text {
        Some(text) => text.into_any(),
        None => view! { <span class="text-muted">"—"</span> }.into_any(),
    }
}

fn tokens(execution: &ExecutionSummary) -> Option<String> {
    match (execution.input_tokens, execution.output_tokens) {
        (None, None) => None,
        (input, output) => Some(count(input.unwrap_or(0) + output.unwrap_or(0))),
    }
}

#[component]
fn Row(execution: ExecutionSummary, project: String) -> impl IntoView {
    let href = format!("/p/{project}/executions/{}", execution.id);
    let template = format!("/p/{project}/templates/{}", execution.template_name);
    let error = execution
        .error_type
        .clone()
        .map(|text| view! { <span class="row-error" title=execution.error_message.as_deref().map(unturned)>{unturned(&text)}</span> });
    let label = execution.label.clone().filter(|label| *label != execution.environment);
    let label = label.map(|label| view! { <LabelChip label/> });
    let used = tokens(&execution);
    let feature = execution.feature.map(|text| view! { <span class="row-more">{cut(Some(text))}</span> });
    view! {
        <tr class="exec-row">
            <th scope="row">
                <a class="link-plain" href=href data-row>
                    <Time at=execution.started_at/>
                </a>
            </th>
            <td data-label="Template">
                <span class="row-stack">
                    <a class="link-plain mono" href=template>{execution.template_name}</a>
                    <span class="row-more">{format!("v{}", execution.version)}" "{label}</span>
                </span>
            </td>
            <td data-label="Environment">
                {execution.environment}
            </td>
            <td data-label="Status">
                <span class="row-stack">
                    <QuietStatus status=execution.status/>
                    {error}
                </span>
            </td>
            <td data-label="Agent">
                <span class="row-stack">{cut(execution.agent)}{feature}</span>
            </td>
            <td data-label="User">{cut(execution.user_id)}</td>
            <td data-label="Latency" class="num">{or_dash(execution.latency_ms.map(latency))}</td>
            <td data-label="Tokens" class="num">{or_dash(used)}</td>
            <td data-label="Cost" class="num">{or_dash(execution.cost_usd.as_deref().map(short_dollars))}</td>
        </tr>
    }
}

/// A text of the caller's, on one line however long it is.
fn cut(text: Option<String>) -> impl IntoView {
    let text = text.as_deref().map(unturned);
    let title = text.clone();
    view! { <span class="cut" title=title>{or_dash(text)}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_field_names_a_moment_in_utc() {
        assert_eq!(moment("2026-11-20T14:05"), "2026-11-20T14:05:00Z");
        assert_eq!(moment("2026-11-20"), "2026-11-20T00:00:00Z");
        assert_eq!(moment("2026-11-20T14:05:00Z"), "2026-11-20T14:05:00Z");
        assert_eq!(moment(""), "");
        assert_eq!(field_text("2026-11-20T14:05:00Z"), "2026-11-20T14:05");
        assert_eq!(field_text("2026-11-20"), "2026-11-20T00:00");
        assert_eq!(field_text("nonsense"), "");
        assert_eq!(filter_text("from", "2026-11-01T00:00"), "2026-11-01 00:00 UTC");
        assert_eq!(filter_text("template", "core_values"), "core_values");
    }
}
