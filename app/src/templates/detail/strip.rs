//! The pipeline: which version each environment serves, and the way to move it on.

use domain::label::{ENVIRONMENTS, PRODUCTION};
use domain::page::Page;
use domain::permission::Permission;
use domain::version::VersionSummary;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::load_versions;
use crate::error::AppResult;
use crate::ui::{ErrorSummary, Icon, IconName, LabelChip, VersionChip, field_id};

/// The newest versions, to choose from.
type Choices = Resource<AppResult<Page<VersionSummary>>>;

#[component]
pub fn Strip(shown: Shown) -> impl IntoView {
    let error = shown.refusal();
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let choices =
        Resource::new(move || (project.clone(), key.clone()), |(project, key)| load_versions(project, key, None));
    let stages = ENVIRONMENTS
        .into_iter()
        .enumerate()
        .map(|(i, label)| {
            let arrow = (i > 0)
                .then(|| view! { <li class="pipe-arrow" aria-hidden="true"><Icon name=IconName::ArrowRight/></li> });
            view! { {arrow} <Stage shown=shown.clone() label choices/> }
        })
        .collect_view();
    let may_add = shown.may(Permission::MoveLabels) && shown.template.latest_version > 0;
    view! {
        <section class="section" aria-label="What serves where" id="labels">
            <ErrorSummary error/>
            <ol class="pipe">{stages}</ol>
            <Others shown choices may_add/>
        </section>
    }
}

fn permission(label: &str) -> Permission {
    if label == PRODUCTION { Permission::MoveProduction } else { Permission::MoveLabels }
}

/// One environment: its version, how far it is behind, and the form that moves it.
#[component]
fn Stage(shown: Shown, label: &'static str, choices: Choices) -> impl IntoView {
    let (serving, latest) = (shown.template.version_on(label), shown.template.latest_version);
    let note = match serving {
        _ if latest == 0 => "no version yet".to_owned(),
        None => "serves nothing".to_owned(),
        Some(v) if v == latest => "the latest version".to_owned(),
        Some(v) if latest - v == 1 => "1 version behind".to_owned(),
        Some(v) => format!("{} versions behind", latest - v),
    };
    let href = serving.map(|v| shown.path(&format!("?tab=content&version={v}")));
    let chip = match href {
        Some(href) => view! { <a href=href class="pipe-version">{serving.map(|v| format!("v{v}"))}</a> }.into_any(),
        None => view! { <VersionChip version=None/> }.into_any(),
    };
    let control = (latest > 0 && shown.may(permission(label)))
        .then(|| view! { <Mover shown=shown.clone() label=label.to_owned() serving choices/> });
    view! {
        <li class="pipe-stage" class:is-live=serving.is_some()>
            <div class="flex items-center justify-between gap-2">
                <LabelChip label/>
                {chip}
            </div>
            <p class="mt-1.5 text-xs text-muted">{note}</p>
            {control}
        </li>
    }
}

/// A disclosure with the form that moves one label; the URL can open it with a version chosen.
#[component]
fn Mover(shown: Shown, label: String, serving: Option<i64>, choices: Choices) -> impl IntoView {
    let query = use_query_map();
    let name = label.clone();
    let is_asked = Memo::new(move |_| query.read().get("move").is_some_and(|wanted| wanted == name));
    let effect = match serving {
        Some(v) => format!("Replaces v{v} at once, for every caller of {label}."),
        None => format!("Nothing serves here yet. Every caller of {label} gets this version at once."),
    };
    let take_away = serving.map(|v| view! { <TakeAway shown=shown.clone() label=label.clone() version=v/> });
    let text = format!("Move {label}");
    view! {
        <details class="disclosure mt-2" open=is_asked>
            <summary class="link-accent text-xs font-medium">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                {if serving.is_some() { "Move" } else { "Publish" }}
                <span class="sr-only">{format!(" {label}")}</span>
            </summary>
            <ActionForm action=shown.actions.move_label attr:class="mt-3 flex flex-col gap-2">
                <Hidden shown=shown.clone()/>
                <input type="hidden" name="label" value=label.clone()/>
                <VersionSelect label=label.clone() serving choices/>
                <Reason label=label.clone() placeholder="Why (kept in the history)"/>
                <p class="text-xs text-muted">{effect}</p>
                <button type="submit" class="btn btn-primary btn-sm w-full">{text}</button>
            </ActionForm>
            {take_away}
        </details>
    }
}

#[component]
fn Hidden(shown: Shown) -> impl IntoView {
    view! {
        <input type="hidden" name="project" value=shown.project/>
        <input type="hidden" name="key" value=shown.template.key/>
        <input type="hidden" name="revision" value=shown.template.revision/>
    }
}

#[component]
fn Reason(label: String, placeholder: &'static str) -> impl IntoView {
    view! {
        <input
            class="input input-sm"
            name="reason"
            maxlength="500"
            placeholder=placeholder
            aria-label=format!("Reason for moving {label}")
            autocomplete="off"
        />
    }
}

/// The versions to move to: the newest first, the one that the URL names chosen.
#[component]
fn VersionSelect(label: String, serving: Option<i64>, choices: Choices) -> impl IntoView {
    let query = use_query_map();
    let options = move || {
        let wanted: Option<i64> = query.read().get("to").and_then(|v| v.parse().ok());
        Suspend::new(async move {
            let versions = choices.await.map(|page| page.items).unwrap_or_default();
            let newest = versions.iter().map(|v| v.number).find(|n| Some(*n) != serving);
            let chosen = wanted.or(newest);
            let option = |v: VersionSummary| {
                let now = if Some(v.number) == serving { " (serves now)" } else { "" };
                let text = format!("v{}{now} {}", v.number, shortened(&v.commit_message));
                view! { <option value=v.number selected=chosen == Some(v.number)>{text}</option> }
            };
            versions.into_iter().map(option).collect_view()
        })
    };
    view! {
        <select class="select select-sm" name="version" aria-label=format!("Version for {label}") id=field_id(&format!("{label}-version"))>
            <Transition>{options}</Transition>
        </select>
    }
}

/// The start of a commit message, as long as a choice is wide.
fn shortened(message: &str) -> String {
    const MOST: usize = 44;
    let start: String = message.chars().take(MOST).collect();
    if start.len() < message.len() { format!("{}…", start.trim_end()) } else { start }
}

/// Takes the label away: rare, so it is behind a second disclosure.
#[component]
fn TakeAway(shown: Shown, label: String, version: i64) -> impl IntoView {
    view! {
        <details class="disclosure mt-3 border-t border-base-300 pt-2">
            <summary class="text-xs text-muted">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                {format!("Stop serving {label}")}
            </summary>
            <ActionForm action=shown.actions.remove_label attr:class="mt-2 flex flex-col gap-2">
                <Hidden shown=shown.clone()/>
                <input type="hidden" name="label" value=label.clone()/>
                <p class="text-xs text-muted">
                    {format!("Takes the label off v{version}. Callers of {label} get \"not published\" until it is set again.")}
                </p>
                <Reason label=label.clone() placeholder="Why (kept in the history)"/>
                <button type="submit" class="btn btn-error btn-sm w-full">{format!("Stop serving v{version}")}</button>
            </ActionForm>
        </details>
    }
}

/// Labels that are no environment, and the form that adds one.
#[component]
fn Others(shown: Shown, choices: Choices, may_add: bool) -> impl IntoView {
    let others = shown.template.labels.iter().filter(|l| !ENVIRONMENTS.contains(&l.label.as_str()));
    let chips = others
        .map(|l| {
            let href = shown.path(&format!("?move={}#labels", l.label));
            view! { <a href=href title="Move this label"><LabelChip label=l.label.clone() version=l.version/></a> }
        })
        .collect_view();
    let asked = {
        let (query, shown) = (use_query_map(), shown.clone());
        move || {
            let name = query.read().get("move").filter(|l| !ENVIRONMENTS.contains(&l.as_str()))?;
            let serving = shown.template.version_on(&name)?;
            Some(
                view! { <div class="max-w-sm"><Mover shown=shown.clone() label=name serving=Some(serving) choices/></div> },
            )
        }
    };
    let add = may_add.then(|| view! { <AddLabel shown=shown.clone() choices/> });
    view! {
        <div class="mt-2 flex flex-wrap items-start gap-x-3 gap-y-2">{chips} {add}</div>
        {asked}
    }
}

#[component]
fn AddLabel(shown: Shown, choices: Choices) -> impl IntoView {
    view! {
        <details class="disclosure">
            <summary class="link-plain text-xs text-muted">
                <Icon name=IconName::Plus class="size-3"/>
                "Add a label"
            </summary>
            <ActionForm action=shown.actions.move_label attr:class="mt-2 flex max-w-xl flex-wrap gap-2">
                <Hidden shown=shown.clone()/>
                <input
                    class="input input-sm sm:w-36"
                    name="label"
                    placeholder="canary"
                    aria-label="Name of the label"
                    pattern="[a-z][a-z0-9_\\-]{0,31}"
                    maxlength="32"
                    autocomplete="off"
                    required
                />
                <div class="sm:w-48"><VersionSelect label="the new label".to_owned() serving=None choices/></div>
                <button type="submit" class="btn btn-sm">"Add"</button>
            </ActionForm>
        </details>
    }
}
