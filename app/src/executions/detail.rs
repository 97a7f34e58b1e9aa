//! One execution: what was asked, what was rendered, what came back.

use domain::execution::Execution;
use domain::text::{count, unturned};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{dollars, latency, render_time};
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::ui::{
    CopyButton, Crumbs, EmptyState, ErrorView, Icon, IconName, LabelChip, Loading, Notice, PageHeader, Skeleton,
    StatusBadge, Time, Tone, encoded, plain_html, wait,
};

/// One execution whole.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_execution(project: String, id: String) -> AppResult<Execution> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let id = id.parse().map_err(|_| domain::Error::not_found("execution"))?;
    service::executions::get(&ctx, id).await.for_page()
}

#[component]
pub fn ExecutionPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let execution = Data::of(move || LoadExecution { project: project.get(), id: id.get() });
    let content = move || {
        wait(async move {
            match execution.await {
                Ok(execution) => view! { <Whole execution project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Execution"/>
        {move || {
            let steps = vec![(format!("/p/{}/executions", project.get()), "Executions".to_owned())];
            view! { <Crumbs steps here=short(&id.read())/> }
        }}
        <Loading fallback=|| view! { <Skeleton rows=10/> } view=content/>
    }
}

/// The end of an id tells executions apart; its start is only the time.
fn short(id: &str) -> String {
    let start = id.len().saturating_sub(12);
    id.get(start..).unwrap_or(id).to_owned()
}

#[component]
fn Whole(execution: Execution, project: String) -> impl IntoView {
    let summary = execution.summary.clone();
    let title = format!("{} v{}", summary.template_name, summary.version);
    let error = (summary.error_type.is_some() || summary.error_message.is_some()).then(|| {
        let (kind, text) = (summary.error_type.clone(), summary.error_message.clone());
        view! {
            <div class="section">
                <Notice tone=Tone::Danger>
                    <span class="mono font-medium">{kind.as_deref().map(unturned)}</span>
                    " "
                    {text.as_deref().map(unturned)}
                </Notice>
            </div>
        }
    });
    let (status, template) = (summary.status, summary.template_name.clone());
    let version = format!("/p/{project}/templates/{template}?tab=content&version={}", summary.version);
    let similar = format!("/p/{project}/executions?template={template}");
    let state = view! {
        <p class="exec-state">
            <StatusBadge status/>
            <Time at=summary.started_at/>
            <span class="text-muted">"UTC"</span>
        </p>
    };
    view! {
        <PageHeader title state=state.into_any()>
            <a class="btn btn-sm" href=similar>"All executions"</a>
            <a class="btn btn-sm" href=version>
                <Icon name=IconName::FileText/>
                {format!("Version {}", summary.version)}
            </a>
        </PageHeader>
        {error}
        <Figures execution=execution.clone()/>
        <div class="exec-columns">
            <div class="min-w-0">
                <Texts execution=execution.clone()/>
            </div>
            <aside class="min-w-0">
                <Facts execution project/>
            </aside>
        </div>
    }
}

/// The figures that are compared most, large.
#[component]
fn Figures(execution: Execution) -> impl IntoView {
    let summary = execution.summary;
    let total = execution.token_count.or(summary.input_tokens.zip(summary.output_tokens).map(|(a, b)| a + b));
    let parts = summary.input_tokens.zip(summary.output_tokens);
    let parts = parts.map(|(input, output)| format!("{} in, {} out", count(input), count(output)));
    let figure = |name: &'static str, value: Option<String>, more: Option<String>| {
        view! {
            <div class="figure">
                <dt>{name}</dt>
                <dd>
                    <span class="figure-value">{value.unwrap_or_else(|| "—".to_owned())}</span>
                    {more.map(|text| view! { <span class="figure-more">{text}</span> })}
                </dd>
            </div>
        }
    };
    view! {
        <dl class="figures">
            {figure("Model latency", summary.latency_ms.map(latency), None)}
            {figure("Render", Some(render_time(summary.render_us)), None)}
            {figure("Tokens", total.map(count), parts)}
            {figure("Cost", summary.cost_usd.as_deref().map(dollars), None)}
        </dl>
    }
}

/// Messages, answer and variables.
#[component]
fn Texts(execution: Execution) -> impl IntoView {
    let message = |message: domain::version::Message| {
        view! {
            <article class="spoken">
                <header class="spoken-head">
                    <h3 class="spoken-role">{message.role.name()}</h3>
                    <CopyButton text=message.content.clone() label=format!("{} message", message.role.name())/>
                </header>
                <div class="spoken-text" inner_html=plain_html(&unturned(&message.content))></div>
            </article>
        }
    };
    let messages = match execution.messages.is_empty() {
        true => view! { <p class="quiet-line">"Nothing was rendered."</p> }.into_any(),
        false => execution.messages.into_iter().map(message).collect_view().into_any(),
    };
    let answer = match execution.model_response {
        Some(text) => view! { <div class="spoken-text answer" inner_html=plain_html(&unturned(&text))></div> }.into_any(),
        None if execution.finished_at.is_some() => {
            view! { <p class="quiet-line">"The model gave no answer."</p> }.into_any()
        }
        None => view! {
            <EmptyState icon=IconName::Activity title="No result reported" text="The caller can report answer, tokens, cost and latency with POST /api/v1/executions/{id}/result."/>
        }
        .into_any(),
    };
    let variables = serde_json::to_string_pretty(&execution.variables).unwrap_or_default();
    view! {
        <section class="section card-box">
            <header class="card-head"><h2>"Rendered messages"</h2></header>
            {messages}
        </section>
        <section class="section card-box">
            <header class="card-head"><h2>"Model response"</h2></header>
            {answer}
        </section>
        <section class="section card-box">
            <header class="card-head">
                <h2>"Variables"</h2>
                <CopyButton text=variables.clone() label="variables"/>
            </header>
            <pre class="code-text px-4"><code inner_html=plain_html(&unturned(&variables))></code></pre>
        </section>
    }
}

#[component]
fn Facts(execution: Execution, project: String) -> impl IntoView {
    let summary = execution.summary;
    let template = format!("/p/{project}/templates/{}", summary.template_name);
    let user = summary.user_id.clone().map(|user| (format!("/p/{project}/executions?user={}", encoded(&user)), user));
    let agent =
        summary.agent.clone().map(|agent| (format!("/p/{project}/executions?agent={}", encoded(&agent)), agent));
    let link = |pair: Option<(String, String)>| {
        pair.map(|(href, text)| view! { <a class="link-accent" href=href>{unturned(&text)}</a> }.into_any())
    };
    let text = |text: Option<String>| text.map(|text| unturned(&text).into_any());
    let label = summary.label.clone().filter(|label| *label != summary.environment);
    let label =
        label.map(|label| view! { <Fact name="Chosen by" value=Some(view! { <LabelChip label/> }.into_any())/> });
    view! {
        <FactList title="Selection">
            <Fact name="Template" value=Some(view! { <a class="link-accent mono" href=template>{summary.template_name}</a> }.into_any())/>
            <Fact name="Version" value=Some(summary.version.to_string().into_any())/>
            {label}
            <Fact name="Environment" value=Some(view! { <LabelChip label=summary.environment/> }.into_any())/>
            <Fact name="Model" value=text(summary.model)/>
            <Fact name="Provider" value=text(execution.provider)/>
            <Fact name="Guardrails" value=Some(execution.guardrail_action.replace('_', " ").into_any())/>
        </FactList>
        <FactList title="Caller">
            <Fact name="Rendered by" value=Some(view! { <code>{execution.caller}</code> }.into_any())/>
            <Fact name="Agent" value=link(agent)/>
            <Fact name="Feature" value=text(summary.feature)/>
            <Fact name="User" value=link(user)/>
        </FactList>
        <FactList title="Timing (UTC)">
            <Fact name="Started" value=Some(view! { <Time at=summary.started_at seconds=true/> }.into_any())/>
            <Fact name="Finished" value=execution.finished_at.map(|at| view! { <Time at seconds=true/> }.into_any())/>
        </FactList>
        <FactList title="Ids">
            <Id name="Execution" value=Some(summary.id.to_string())/>
            <Id name="Session" value=execution.session_id/>
            <Id name="Request" value=execution.request_id/>
            <Id name="Content hash" value=Some(execution.effective_hash).filter(|hash| !hash.is_empty())/>
        </FactList>
    }
}

#[component]
fn FactList(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="section card-box">
            <header class="card-head"><h2>{title}</h2></header>
            <dl class="kv facts">{children()}</dl>
        </section>
    }
}

/// A name and a value; a dash where there is none.
#[component]
fn Fact(name: &'static str, value: Option<AnyView>) -> impl IntoView {
    let value = value.unwrap_or_else(|| view! { <span class="text-muted">"—"</span> }.into_any());
    view! {
        <dt>{name}</dt>
        <dd>{value}</dd>
    }
}

/// A text to copy; nothing where there is none.
#[component]
fn Id(name: &'static str, value: Option<String>) -> impl IntoView {
    value.filter(|text| !text.is_empty()).map(|text| {
        let value = view! {
            <span class="id-text">
                <code>{unturned(&text)}</code>
                <CopyButton text label=format!("{} id", name.to_lowercase())/>
            </span>
        };
        view! { <Fact name value=Some(value.into_any())/> }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_end() {
        assert_eq!(short("019a0000-0000-7000-8000-00000000abcd"), "00000000abcd");
        assert_eq!(short("é"), "é");
    }
}
