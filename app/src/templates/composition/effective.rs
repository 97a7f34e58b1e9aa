//! The effective template: the text that is served in the end, with the template and line that each part comes from.

use domain::composition::{Effective, LinePart, Resolved, ShownEffective, SourceTemplate, TracedMessage};
use domain::error::FieldError;
use domain::template::Template;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::Head;
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::templates::diff::visible;
use crate::templates::use_key;
use crate::ui::{CopyButton, ErrorView, Icon, IconName, Loading, Skeleton, Table, Tabs, in_order, plain_html, wait};

/// The effective text under a label, or of a version; of the latest when neither is named. 0 names no version.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_effective(
    project: String,
    key: String,
    #[server(default)] label: String,
    #[server(default)] version: i64,
) -> AppResult<ShownEffective> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let label = Some(label.as_str()).filter(|label| !label.is_empty());
    let wanted = service::serving::Wanted { label, version: Some(version).filter(|n| *n > 0) };
    service::compositions::show_effective(&ctx, &key, wanted).await.for_page()
}

#[component]
pub fn EffectivePage() -> impl IntoView {
    let (project, key, query) = (use_project(), use_key(), use_query_map());
    let named = Memo::new(move |_| {
        let query = query.read();
        (query.get("label").unwrap_or_default(), query.get("version").and_then(|n| n.parse().ok()).unwrap_or_default())
    });
    let shown = Data::of(move || {
        let (label, version) = named.get();
        LoadEffective { project: project.get(), key: key.get(), label, version }
    });
    let content = move || {
        wait(async move {
            match shown.await {
                Ok(shown) => view! { <Content shown project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text=move || format!("Effective text of {}", key.get())/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=content/>
    }
}

#[component]
fn Content(shown: ShownEffective, project: String) -> impl IntoView {
    let ShownEffective { template, effective, sources, messages } = shown;
    let base = format!("/p/{project}/templates");
    let lead = match &effective.label {
        Some(label) if label == domain::label::LATEST => {
            format!("Version {}, the latest, made of the latest versions of what it names.", effective.version)
        }
        Some(label) => {
            format!("Exactly what {label} serves: version {}, made as it was when the label moved.", effective.version)
        }
        None => format!("Version {}, made of the latest versions of what it names.", effective.version),
    };
    let problems = effective.problems.clone();
    let wrong = (!problems.is_empty()).then(|| view! { <Problems problems base=base.clone()/> });
    let spoken =
        messages.into_iter().map(|message| view! { <Message message sources=sources.clone() base=base.clone()/> });
    view! {
        <Head template=template.clone() project is_graph=false lead/>
        <Pickers template effective=effective.clone()/>
        {wrong}
        <div class="effective-columns">
            <div class="effective-texts">{spoken.collect_view()}</div>
            <MadeOf effective base/>
        </div>
    }
}

/// The labels, and any version by its number.
#[component]
fn Pickers(template: Template, effective: Effective) -> impl IntoView {
    let labels = in_order(template.labels.iter().map(|l| l.label.clone()).collect());
    let chosen = effective.label.clone().unwrap_or_default();
    let item = |label: String| {
        let is_chosen = label == chosen;
        (format!("?label={label}"), label, is_chosen)
    };
    let latest = domain::label::LATEST.to_owned();
    let items: Vec<_> = labels.into_iter().chain([latest]).map(item).collect();
    view! {
        <div class="effective-pick">
            <Tabs items label="Labels"/>
            <form method="get" class="sample-row">
                <label for="effective-version" class="field-label">"Version"</label>
                <input
                    class="input input-sm"
                    type="number"
                    id="effective-version"
                    name="version"
                    min="1"
                    max=template.latest_version.max(1).to_string()
                    value=effective.version.to_string()
                />
                <button type="submit" class="btn btn-sm">"Show"</button>
            </form>
        </div>
    }
}

#[component]
fn Problems(problems: Vec<FieldError>, base: String) -> impl IntoView {
    let item = |error: FieldError| {
        let place = error.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let there = error.elsewhere.map(|there| {
            let href = format!("{base}/{}?tab=content&version={}", there.template, there.version);
            view! { <a href=href>{format!("Open {} v{}, line {}", there.template, there.version, there.line)}</a> }
        });
        view! {
            <li>
                {format!("{}{place}: {}", error.field, error.message)}
                " "
                {there}
            </li>
        }
    };
    view! {
        <div class="notice notice-danger effective-wrong" role="alert">
            <Icon name=IconName::CircleAlert/>
            <div>
                <p class="font-medium">"It can't be put together as it stands:"</p>
                <ul class="problem-list">{problems.into_iter().map(item).collect_view()}</ul>
            </div>
        </div>
    }
}

#[component]
fn Message(message: TracedMessage, sources: Vec<SourceTemplate>, base: String) -> impl IntoView {
    let role = message.role.name();
    let text = message.lines.iter().map(|parts| parts.iter().map(|p| p.text.as_str()).collect::<String>());
    let whole = text.collect::<Vec<_>>().join("\n");
    let mut before = None;
    let rows: Vec<_> =
        message.lines.into_iter().enumerate().map(|(i, parts)| row(i, parts, &sources, &base, &mut before)).collect();
    view! {
        <section class="card-box" aria-label=format!("{role} message")>
            <header class="card-head">
                <h2 class="spoken-role-name">{role}</h2>
                <CopyButton text=whole label=format!("the {role} message")/>
            </header>
            <div class="effective-scroll" tabindex="0" role="region" aria-label=format!("Lines of the {role} message")>
                <table class="effective-table">
                    <thead class="sr-only">
                        <tr>
                            <th scope="col">"Line"</th>
                            <th scope="col">"From"</th>
                            <th scope="col">"Text"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// A line, what it says, and where its parts come from; what goes on from the line above is not said again.
fn row(
    i: usize,
    parts: Vec<LinePart>,
    sources: &[SourceTemplate],
    base: &str,
    before: &mut Option<usize>,
) -> impl IntoView + use<> {
    let mut told: Vec<AnyView> = Vec::new();
    for part in &parts {
        let Some(source) = sources.get(part.source) else { continue };
        let place = format!(":{}", part.line);
        let is_new = *before != Some(part.source);
        *before = Some(part.source);
        let name = if is_new { source.name() } else { String::new() };
        let href = format!("{base}/{}?tab=content&version={}", source.key, source.version);
        let title = format!("{}, line {}", source.name(), part.line);
        told.push(view! { <a class="effective-from" class:is-named=is_new class:is-other={part.source > 0} href=href title=title>{name}{place}</a> }.into_any());
    }
    let text = |part: LinePart| {
        view! { <span class:from-part={part.source > 0} inner_html=plain_html(&visible(&part.text))></span> }
    };
    view! {
        <tr>
            <td class="effective-number">{i + 1}</td>
            <td class="effective-origin">{told}</td>
            <td class="effective-text">{parts.into_iter().map(text).collect_view()}</td>
        </tr>
    }
}

/// The hash, and every reference with what it stands for.
#[component]
fn MadeOf(effective: Effective, base: String) -> impl IntoView {
    let hash = effective.effective_hash.map(|hash| {
        let short: String = hash.chars().take(16).collect();
        view! {
            <p class="effective-hash">
                "Hash "
                <code title=hash.clone()>{short}</code>
                <CopyButton text=hash label="the effective hash"/>
            </p>
        }
    });
    let row = |one: Resolved| {
        let href = format!("{base}/{}?tab=content&version={}", one.key, one.version);
        let short: String = one.content_hash.chars().take(8).collect();
        view! {
            <tr>
                <th scope="row">
                    <a class="link-accent mono" href=href>{format!("{} v{}", one.key, one.version)}</a>
                </th>
                <td data-label="Named as"><code>{one.reference}</code></td>
                <td data-label="Hash"><code title=one.content_hash>{short}</code></td>
            </tr>
        }
    };
    let rows = effective.closure.into_iter().map(row).collect_view();
    view! {
        <aside class="effective-side" aria-labelledby="made-of">
            <h2 id="made-of">"Made of"</h2>
            {hash}
            <Table columns=&["Template", "Named as", "Hash"]>{rows}</Table>
        </aside>
    }
}
