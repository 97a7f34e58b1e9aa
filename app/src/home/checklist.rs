//! The steps from an empty project to the first call of production, until they are done.

use domain::api_key::ApiKey;
use domain::execution::ExecutionSummary;
use domain::label::PRODUCTION;
use domain::page::Page;
use domain::permission::{Permission, allows};
use domain::template::Template;
use domain::user::CurrentUser;
use leptos::prelude::*;

use super::Templates;
use super::recent::LoadRecent;
use crate::data::Data;
use crate::error::AppResult;
use crate::ui::{Icon, IconName, Loading, wait};

/// The project's API keys, for the step that asks for one.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_key_list(project: String) -> AppResult<Vec<ApiKey>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::api_keys::list(&ctx, &Default::default()).await.for_page().map(|page| page.items)
}

/// One step: whether it is done, and where to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    is_done: bool,
    title: &'static str,
    text: &'static str,
    path: String,
}

/// The steps, as far as the data tells; they concern those who manage keys.
fn steps(templates: &[Template], keys: &[ApiKey], executions: &[ExecutionSummary]) -> [Step; 4] {
    let first = templates.iter().find(|t| t.latest_version > 0).or(templates.first());
    let below =
        |tail: &str| first.map_or_else(|| "/templates/new".to_owned(), |t| format!("/templates/{}{tail}", t.key));
    [
        Step {
            is_done: !templates.is_empty(),
            title: "Create a template",
            text: "Messages, typed parameters and model settings",
            path: "/templates/new".to_owned(),
        },
        Step {
            is_done: templates.iter().any(|t| t.version_on(PRODUCTION).is_some()),
            title: "Put a version into production",
            text: "Point the production label at it",
            path: below(&format!("?move={PRODUCTION}#labels")),
        },
        Step {
            is_done: keys.iter().any(|k| k.revoked_at.is_none()),
            title: "Make an API key",
            text: "Each key belongs to one environment",
            path: "/settings/keys".to_owned(),
        },
        Step {
            is_done: keys.iter().any(|k| k.last_used_at.is_some()) || !executions.is_empty(),
            title: "Fetch or render it",
            text: "Copy a ready call from \"Use it\"",
            path: below("?tab=use"),
        },
    ]
}

#[component]
pub fn Checklist(me: CurrentUser, templates: Templates) -> impl IntoView {
    if !allows(me.role, Permission::ManageKeys) {
        return ().into_any();
    }
    let project = StoredValue::new(me.project.clone());
    let keys = Data::of(move || LoadKeyList { project: project.get_value() });
    let executions = Data::of(move || LoadRecent { project: project.get_value(), status: String::new(), limit: 1 });
    let base = format!("/p/{}", me.project);
    let content = move || {
        let base = base.clone();
        wait(async move {
            let (templates, keys, executions): (AppResult<Page<_>>, _, _) =
                (templates.await, keys.await, executions.await);
            let (Ok(templates), Ok(keys), Ok(executions)) = (templates, keys, executions) else { return ().into_any() };
            let steps = steps(&templates.items, &keys, &executions.items);
            if steps.iter().all(|s| s.is_done) { ().into_any() } else { view! { <Steps steps base/> }.into_any() }
        })
    };
    view! { <Loading view=content/> }.into_any()
}

#[component]
fn Steps(steps: [Step; 4], base: String) -> impl IntoView {
    let done = steps.iter().filter(|s| s.is_done).count();
    let next = steps.iter().position(|s| !s.is_done);
    let item = |(i, step): (usize, Step)| {
        let icon = if step.is_done { IconName::CircleCheck } else { IconName::CircleDashed };
        let href = format!("{base}{}", step.path);
        let class = if Some(i) == next { "todo is-next" } else { "todo" };
        let title = match step.is_done {
            true => view! { <span class="text-muted line-through">{step.title}</span> <span class="sr-only">" (done)"</span> }.into_any(),
            false => view! { <a class="link-plain font-medium" href=href>{step.title}</a> }.into_any(),
        };
        view! {
            <li class=class class:is-done=step.is_done>
                <Icon name=icon class="mt-0.5 size-4"/>
                <div>
                    <p>{title}</p>
                    <p class="text-xs text-muted">{step.text}</p>
                </div>
            </li>
        }
    };
    view! {
        <section class="card-box section" aria-labelledby="setup">
            <div class="card-head">
                <h2 id="setup">"Get to your first call"</h2>
                <span class="text-xs text-muted">{format!("{done} of {} done", steps.len())}</span>
            </div>
            <ol class="grid gap-x-6 gap-y-3 p-4 sm:grid-cols-2 xl:grid-cols-4">
                {steps.into_iter().enumerate().map(item).collect_view()}
            </ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn an_empty_project_starts_with_a_template() {
        let steps = steps(&[], &[], &[]);
        assert!(steps.iter().all(|s| !s.is_done));
        assert!(steps.iter().all(|s| s.path.starts_with('/')));
    }
}
