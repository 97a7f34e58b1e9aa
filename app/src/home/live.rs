//! What is live where: templates by environments.

use domain::label::{ENVIRONMENTS, PRODUCTION};
use domain::page::Page;
use domain::template::Template;
use leptos::prelude::*;

use super::Templates;
use crate::ui::{Badge, EmptyState, ErrorView, IconName, Loading, Skeleton, Table, Time, Tone, VersionChip, wait};

/// As many as leave room for what happened last.
const SHOWN: usize = 8;

#[component]
pub fn Live(base: String, templates: Templates) -> impl IntoView {
    let content = move || {
        let base = base.clone();
        wait(async move {
            match templates.await {
                Ok(page) if page.items.is_empty() => view! { <Nothing/> }.into_any(),
                Ok(page) => view! { <Figures templates=page.clone()/> <Matrix page base/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton rows=8/> } view=content/> }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <div class="card-box section">
            <EmptyState
                icon=IconName::Rocket
                title="Nothing is live yet"
                text="Once a version has a label, this page shows which version each environment serves."
            />
        </div>
    }
}

/// How a template stands, for the figures and the last column.
fn is_waiting(template: &Template) -> bool {
    template.latest_version > template.version_on(PRODUCTION).unwrap_or_default()
}

#[component]
fn Figures(templates: Page<Template>) -> impl IntoView {
    let (all, more) = (&templates.items, templates.next.is_some());
    let figure = |count: usize, text: &'static str, note: String| {
        let count = if more { format!("{count}+") } else { count.to_string() };
        view! {
            <div class="total">
                <dt>{text}</dt>
                <dd>{count}</dd>
                <dd class="total-note">{note}</dd>
            </div>
        }
    };
    let live = all.iter().filter(|t| t.version_on(PRODUCTION).is_some()).count();
    let waiting = all.iter().filter(|t| is_waiting(t)).count();
    let versions: i64 = all.iter().map(|t| t.latest_version).sum();
    view! {
        <dl class="totals">
            {figure(all.len(), "Templates", format!("{versions} versions in all"))}
            {figure(live, "In production", format!("{} not served", all.len() - live))}
            {figure(waiting, "Waiting for release", "latest version not in production".to_owned())}
        </dl>
    }
}

#[component]
fn Matrix(page: Page<Template>, base: String) -> impl IntoView {
    let link = format!("{base}/templates");
    let all = match (page.items.len(), page.next.is_some()) {
        (1, false) => "All templates: one".to_owned(),
        (count, false) => format!("All {count} templates"),
        (count, true) => format!("All {count}+ templates"),
    };
    let rows =
        page.items.into_iter().take(SHOWN).map(|template| view! { <Row template base=base.clone()/> }).collect_view();
    view! {
        <section class="section" aria-labelledby="live">
            <h2 class="section-title" id="live">
                "Live now"
                <a class="link-accent font-medium" href=link>{all}</a>
            </h2>
            <Table columns=&["Template", "Development", "Staging", "Production", "Release", "Last change"]>{rows}</Table>
        </section>
    }
}

#[component]
fn Row(template: Template, base: String) -> impl IntoView {
    let href = format!("{base}/templates/{}", template.key);
    let [development, staging, production] = ENVIRONMENTS.map(|label| template.version_on(label));
    let latest = template.latest_version;
    let state = match production {
        _ if latest == 0 => view! { <span class="text-muted">"no version"</span> }.into_any(),
        None => view! { <Badge>"not released"</Badge> }.into_any(),
        Some(v) if v < latest => {
            let compare = format!("{href}/diff?from={v}&to={latest}");
            view! { <a href=compare title="Compare"><Badge tone=Tone::Accent>{format!("v{latest} waiting")}</Badge></a> }.into_any()
        }
        Some(_) => view! { <span class="text-muted">"up to date"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <div class="min-w-0">
                    <a class="link-plain font-medium" href=href data-row>{template.fields.display_name}</a>
                    <code class="block text-xs text-muted">{template.key}</code>
                </div>
            </th>
            <td data-label="Development"><VersionChip version=development/></td>
            <td data-label="Staging"><VersionChip version=staging/></td>
            <td data-label="Production"><VersionChip version=production/></td>
            <td data-label="Release">{state}</td>
            <td data-label="Last change">
                <div>
                    <Time at=template.updated_at/>
                    <span class="block text-xs text-muted">{template.updated_by}</span>
                </div>
            </td>
        </tr>
    }
}
