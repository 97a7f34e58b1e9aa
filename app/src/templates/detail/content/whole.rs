//! A version whole, as HTML.

use domain::text::{counted, unturned};
use domain::version::{Message, ModelConfig, Parameter, Version};
use leptos::prelude::*;
use serde_json::Value;

use crate::templates::limits::range;
use crate::ui::{Badge, CopyButton, Icon, IconName, LabelChips, PromptText, Table, Time, Tone};

/// A version of the template whose page is at `page`, and whose latest has the number `latest`.
pub fn html(page: &str, version: Version, latest: i64) -> String {
    let content = version.content.clone();
    let messages = content.messages.into_iter().map(|message| view! { <MessageCard message/> }).collect_view();
    crate::ui::html(view! {
        <div class="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
            <div class="min-w-0">
                <section class="section flex flex-col gap-3" aria-label="Messages">{messages}</section>
                <Contract parameters=content.parameters/>
            </div>
            <aside class="side-facts flex min-w-0 flex-col gap-4">
                <About version latest page=page.to_owned()/>
                <Config config=content.config/>
            </aside>
        </div>
    })
}

/// Which version this is, with the ways to the ones beside it.
#[component]
fn About(version: Version, latest: i64, page: String) -> impl IntoView {
    let number = version.number;
    let step = |to: i64, text: &'static str, icon: IconName| {
        let is_there = (1..=latest).contains(&to);
        let href = format!("{page}?tab=content&version={to}");
        is_there.then(|| view! { <a class="btn btn-ghost btn-xs" href=href aria-label=text><Icon name=icon class="size-3.5"/>{format!("v{to}")}</a> })
    };
    let hash: String = version.content_hash.chars().take(12).collect();
    let parent = (version.parent > 0).then(|| {
        let href = format!("{page}/diff?from={}&to={number}", version.parent);
        view! { <dt>"Written from"</dt> <dd><a class="link-accent" href=href>{format!("v{}, compare", version.parent)}</a></dd> }
    });
    let message =
        Some(unturned(&version.commit_message)).filter(|m| !m.is_empty()).unwrap_or_else(|| "No message".into());
    view! {
        <section class="card-box" aria-label="Version">
            <div class="card-head">
                <h2 class="font-mono">{format!("v{number}")}</h2>
                <div class="flex">{step(number - 1, "Older version", IconName::ArrowDown)} {step(number + 1, "Newer version", IconName::ArrowUp)}</div>
            </div>
            <div class="flex flex-col gap-3 p-4">
                <p>{message}</p>
                <div class="flex flex-wrap gap-1 empty:hidden"><LabelChips labels=version.labels/></div>
                <dl class="kv">
                    <dt>"Author"</dt>
                    <dd>{version.created_by}</dd>
                    <dt>"Saved"</dt>
                    <dd><Time at=version.created_at/></dd>
                    {parent}
                    <dt>"Hash"</dt>
                    <dd class="flex items-center gap-1"><code>{hash}</code><CopyButton text=version.content_hash label="content hash"/></dd>
                    <dt>"Made of"</dt>
                    <dd>
                        <a class="link-accent" href=format!("{page}/effective?version={number}")>"effective text"</a>
                        ", "
                        <a class="link-accent" href=format!("{page}/graph")>"dependencies"</a>
                    </dd>
                </dl>
            </div>
        </section>
    }
}

#[component]
fn MessageCard(message: Message) -> impl IntoView {
    let size = message.content.len();
    let size = if size < 1024 { format!("{size} bytes") } else { format!("{:.1} KB", size as f64 / 1024.0) };
    let role = message.role.name();
    view! {
        <article class="card-box overflow-hidden" aria-label=format!("{role} message")>
            <div class="card-head bg-sunken py-1.5">
                <h3 class="font-mono text-xs">{role}</h3>
                <span class="flex items-center gap-2 text-xs text-muted">{size}<CopyButton text=message.content.clone() label=format!("{role} message")/></span>
            </div>
            <PromptText text=message.content/>
        </article>
    }
}

#[component]
fn Contract(parameters: Vec<Parameter>) -> impl IntoView {
    let count = parameters.len();
    let rows = parameters.into_iter().map(|parameter| view! { <ParameterRow parameter/> }).collect_view();
    let body = match count {
        0 => view! { <p class="card-box p-4 text-muted">"This version takes no parameters."</p> }.into_any(),
        _ => view! {
            <Table columns=&["Name", "Type", "Default", "Limits", "Description"]>{rows}</Table>
        }
        .into_any(),
    };
    view! {
        <section class="section" aria-labelledby="contract">
            <h2 class="section-title" id="contract">
                "Contract"
                <span class="font-normal text-muted">{counted(count as i64, "parameter")}</span>
            </h2>
            {body}
        </section>
    }
}

#[component]
fn ParameterRow(parameter: Parameter) -> impl IntoView {
    let limits = limits(&parameter);
    let required = parameter.required.then(|| view! { <Badge tone=Tone::Accent>"required"</Badge> });
    let default = parameter.default.as_ref().map(|value| view! { <code>{unturned(&value.to_string())}</code> });
    view! {
        <tr>
            <th scope="row"><span class="flex flex-wrap items-center gap-2"><code class="font-medium">{parameter.name}</code>{required}</span></th>
            <td data-label="Type">{parameter.kind.name()}</td>
            <td data-label="Default">{default}</td>
            <td data-label="Limits"><div class="max-w-64">{limits}</div></td>
            <td data-label="Description"><div class="max-w-96 text-muted">{unturned(&parameter.description)}</div></td>
        </tr>
    }
}

/// Range, pattern and allowed values, for people.
fn limits(parameter: &Parameter) -> String {
    let [least, most] = [parameter.min, parameter.max].map(|limit| limit.map(|n| n.to_string()));
    let range = range(parameter.kind, least.as_deref(), most.as_deref());
    let values: Vec<String> = parameter.one_of.iter().map(Value::to_string).collect();
    let values = (!values.is_empty()).then(|| format!("one of {}", values.join(", ")));
    let pattern = parameter.pattern.as_ref().map(|p| format!("matches {p}"));
    unturned(&[range, values, pattern].into_iter().flatten().collect::<Vec<_>>().join("; "))
}

#[component]
fn Config(config: ModelConfig) -> impl IntoView {
    if config.is_empty() {
        return view! { <p class="card-box p-4 text-[0.8125rem] text-muted">"No model settings: callers choose."</p> }
            .into_any();
    }
    let row = |(name, value): (String, Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        view! { <dt><code>{unturned(&name)}</code></dt> <dd>{unturned(&value)}</dd> }
    };
    view! {
        <section class="card-box" aria-label="Model settings">
            <div class="card-head"><h2>"Model settings"</h2></div>
            <dl class="kv p-4">{config.into_iter().map(row).collect_view()}</dl>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::version::ParameterType;
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_read_as_a_sentence() {
        let base = Parameter { min: Some(1.0), max: Some(200.0), ..Parameter::default() };
        assert_eq!(limits(&base), "1 to 200 characters");
        let choice =
            Parameter { kind: ParameterType::Integer, one_of: vec![json!(1), json!(2)], ..Parameter::default() };
        assert_eq!(limits(&choice), "one of 1, 2");
    }
}
