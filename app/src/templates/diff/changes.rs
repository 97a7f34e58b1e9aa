//! What changed in the contract and in the model settings.

use domain::comparison::{ConfigChange, ParameterChange};
use domain::text::unturned;
use leptos::prelude::*;

use super::message::StateBadge;
use crate::ui::{Badge, Icon, IconName, Table, Tone};

#[component]
pub fn ContractChanges(changes: Vec<ParameterChange>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <Unchanged id="contract" title="Contract"/> }.into_any();
    }
    let breaking = changes.iter().filter(|change| change.is_breaking).count();
    let summary = (breaking > 0).then(|| view! { <Breaking text=format!("{breaking} breaking")/> });
    let row = |change: ParameterChange| {
        let mark = change.is_breaking.then(|| view! { <Breaking text="breaking".to_owned()/> });
        let name = match change.renamed_from {
            Some(old) => format!("{old} → {}", change.name),
            None => change.name,
        };
        view! {
            <tr>
                <th scope="row" class="mono">{unturned(&name)}</th>
                <td data-label="Change">
                    <span class="flex flex-wrap items-center gap-1.5">
                        <StateBadge state=change.state/>
                        {mark}
                    </span>
                </td>
                <td data-label="Detail">{unturned(&change.detail)}</td>
            </tr>
        }
    };
    let rows = changes.into_iter().map(row).collect_view();
    view! {
        <section class="section" id="contract" aria-labelledby="contract-changes">
            <h2 class="section-title" id="contract-changes">
                "Contract"
                {summary}
            </h2>
            <Table columns=&["Parameter", "Change", "Detail"]>{rows}</Table>
        </section>
    }
    .into_any()
}

/// Callers that were fine can be refused now.
#[component]
fn Breaking(text: String) -> impl IntoView {
    view! {
        <Badge tone=Tone::Danger>
            <Icon name=IconName::TriangleAlert class="size-3"/>
            {text}
        </Badge>
    }
}

#[component]
pub fn ConfigChanges(changes: Vec<ConfigChange>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <Unchanged id="config" title="Model settings"/> }.into_any();
    }
    let value = |value: Option<String>| match value {
        Some(text) => view! { <code>{unturned(&text)}</code> }.into_any(),
        None => view! { <span class="text-muted">"not set"</span> }.into_any(),
    };
    let row = |change: ConfigChange| {
        view! {
            <tr>
                <th scope="row" class="mono">{unturned(&change.name)}</th>
                <td data-label="Before">{value(change.from)}</td>
                <td data-label="After">{value(change.to)}</td>
            </tr>
        }
    };
    let rows = changes.into_iter().map(row).collect_view();
    view! {
        <section class="section" id="config" aria-labelledby="config-changes">
            <h2 class="section-title" id="config-changes">"Model settings"</h2>
            <Table columns=&["Setting", "Before", "After"]>{rows}</Table>
        </section>
    }
    .into_any()
}

#[component]
fn Unchanged(id: &'static str, title: &'static str) -> impl IntoView {
    view! {
        <section class="section" id=id>
            <h2 class="section-title">{title}</h2>
            <p class="text-muted">"Nothing changed."</p>
        </section>
    }
}
