//! The pipeline: which version each environment serves, and the way to move it on.

use domain::label::ENVIRONMENTS;
use domain::page::Page;
use domain::permission::Permission;
use domain::text::unturned;
use domain::version::VersionSummary;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::api::LoadVersions;
use super::{Change, Shown};
use crate::browser::catch_focus;
use crate::data::Data;
use crate::post::PostForm;
use crate::ui::{ErrorSummary, Icon, IconName, LabelChip, Loading, VersionChip, field_id, wait};

/// The newest versions, to choose from.
type Choices = Data<Page<VersionSummary>>;

/// Where links to a form that moves a label lead.
const STRIP: &str = "labels";

#[component]
pub fn Strip(shown: Shown) -> impl IntoView {
    let error = shown.refusal();
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let choices = Data::of(move || LoadVersions { project: project.clone(), key: key.clone() });
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
    // The form that moved a label is closed, and the focus with it.
    Effect::new(move |_| {
        if shown.actions.last.get_untracked().is_some_and(Change::is_of_label) {
            catch_focus(STRIP);
        }
    });
    view! {
        <section class="section outline-none" aria-label="What serves where" id=STRIP tabindex="-1">
            <ErrorSummary error/>
            <ol class="pipe">{stages}</ol>
            <Others shown choices may_add/>
        </section>
    }
}

/// One environment: its version, how far it is behind, and the form that moves it in a panel below all stages.
#[component]
fn Stage(shown: Shown, label: &'static str, choices: Choices) -> impl IntoView {
    let (serving, latest) = (shown.template.version_on(label), shown.template.latest_version);
    let href = serving.map(|v| shown.path(&format!("?tab=content&version={v}")));
    let chip = match href {
        Some(href) => view! { <a href=href class="pipe-version">{serving.map(|v| format!("v{v}"))}</a> }.into_any(),
        None => view! { <VersionChip version=None/> }.into_any(),
    };
    let may_move = latest > 0 && shown.may_move(label);
    let is_protected = shown.is_protected(label);
    let opener = may_move.then(|| view! { <Opener label is_set=serving.is_some() is_protected/> });
    let shield = is_protected.then(|| {
        view! { <span class="pipe-shield" title="Moves only through a change request"><Icon name=IconName::ShieldCheck class="size-3.5"/><span class="sr-only">"protected"</span></span> }
    });
    let panel = may_move.then(|| {
        view! {
            <li class="pipe-panel" id=panel_id(label)>
                <Mover shown=shown.clone() label=label.to_owned() serving choices/>
            </li>
        }
    });
    view! {
        <li class="pipe-stage" class:is-live=serving.is_some()>
            <div class="flex items-center justify-between gap-2">
                <span class="inline-flex items-center gap-1.5"><LabelChip label/> {shield}</span>
                {chip}
            </div>
            <p class="mt-1.5 text-xs text-muted">{behind(serving, latest)}</p>
            {opener}
        </li>
        {panel}
    }
}

/// How far what an environment serves is behind.
fn behind(serving: Option<i64>, latest: i64) -> String {
    match serving {
        _ if latest == 0 => "no version yet".to_owned(),
        None => "serves nothing".to_owned(),
        Some(v) if v == latest => "the latest version".to_owned(),
        Some(v) if latest - v == 1 => "1 version behind".to_owned(),
        Some(v) => format!("{} versions behind", latest - v),
    }
}

fn panel_id(label: &str) -> String {
    format!("move-{label}")
}

/// Opens the panel beside it in the list: the styles show it while this is open. The URL can open it, too.
#[component]
fn Opener(label: &'static str, is_set: bool, is_protected: bool) -> impl IntoView {
    let query = use_query_map();
    let is_asked = Memo::new(move |_| query.read().get("move").is_some_and(|wanted| wanted == label));
    view! {
        <details class="disclosure pipe-opener mt-2" name="mover" open=is_asked>
            <summary class="btn btn-sm" aria-controls=panel_id(label)>
                {match (is_protected, is_set) {
                    (true, _) => "Propose",
                    (false, true) => "Move",
                    (false, false) => "Publish",
                }}
                <span class="sr-only">{format!(" {label}")}</span>
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
            </summary>
        </details>
    }
}

/// The version to offer first: the one that the URL asks for, or else the newest that isn't served yet.
fn first_choice(wanted: Option<i64>, serving: Option<i64>, latest: i64) -> Option<i64> {
    let newest = (1..=latest).rev().find(|n| Some(*n) != serving);
    wanted.filter(|n| (1..=latest).contains(n) && Some(*n) != serving).or(newest)
}

/// The form that moves one label.
#[component]
fn Mover(shown: Shown, label: String, serving: Option<i64>, choices: Choices) -> impl IntoView {
    let (query, latest) = (use_query_map(), shown.template.latest_version);
    let picked = RwSignal::new(None::<i64>);
    // Another link to this form asks for another version.
    Effect::new(move |_| {
        query.track();
        picked.set(None);
    });
    let chosen = Signal::derive(move || {
        let wanted = query.read().get("to").and_then(|v| v.parse().ok());
        picked.get().or(first_choice(wanted, serving, latest))
    });
    let take_away = serving.map(|v| view! { <TakeAway shown=shown.clone() label=label.clone() version=v/> });
    let is_protected = shown.is_protected(&label);
    let (to, button) = match is_protected {
        true => (shown.actions.propose, format!("Propose {label}")),
        false => (shown.actions.move_label, format!("Move {label}")),
    };
    view! {
        <PostForm to class="move-form">
            <Hidden shown=shown.clone()/>
            <input type="hidden" name="label" value=label.clone()/>
            <VersionSelect label=label.clone() serving chosen picked choices/>
            <Reason id=format!("{label}-reason") of=format!("for moving {label}")/>
            <button type="submit" class="btn btn-primary btn-sm" disabled=move || chosen.get().is_none()>
                <span>
                    {button}
                    <span class="js-only">{move || chosen.get().map(|to| format!(" to v{to}"))}</span>
                </span>
            </button>
            <Consequence label serving chosen is_protected/>
        </PostForm>
        {take_away}
    }
}

/// What the move does: with scripts for the version chosen, without them for any.
#[component]
fn Consequence(label: String, serving: Option<i64>, chosen: Signal<Option<i64>>, is_protected: bool) -> impl IntoView {
    if is_protected {
        let now = serving.map_or_else(|| "nothing".to_owned(), |v| format!("v{v}"));
        let text = format!("Opens a change request: {label} serves {now} until that is approved and published.");
        return view! { <p class="move-effect">{text}</p> }.into_any();
    }
    let general = match serving {
        Some(v) => format!("Replaces v{v} at once, for every caller of {label}."),
        None => format!("Nothing serves here yet. Every caller of {label} gets this version at once."),
    };
    let exact = move || match (serving, chosen.get()) {
        (_, None) => "There is no other version to move to.".to_owned(),
        (Some(from), Some(to)) => {
            let back = if to < from { "Rolls back: " } else { "" };
            format!("{back}v{from} → v{to}, at once, for every caller of {label}.")
        }
        (None, Some(to)) => format!("Nothing serves here yet: every caller of {label} gets v{to} at once."),
    };
    view! {
        <p class="move-effect no-js-only">{general}</p>
        <p class="move-effect js-only" aria-live="polite">{exact}</p>
    }
    .into_any()
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
fn Reason(
    id: String,
    /// Of what, for screen readers.
    of: String,
) -> impl IntoView {
    let id = field_id(&id);
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>"Reason"<span class="sr-only">" "{of}</span></label>
            <input class="input input-sm" id=id name="reason" maxlength="500" placeholder="Kept in the history" autocomplete="off"/>
        </div>
    }
}

/// The versions to move to, the newest first; what serves now can't be chosen.
#[component]
fn VersionSelect(
    label: String,
    serving: Option<i64>,
    chosen: Signal<Option<i64>>,
    /// What somebody chose here.
    #[prop(optional)]
    picked: Option<RwSignal<Option<i64>>>,
    choices: Choices,
) -> impl IntoView {
    // What was offered first; a choice made here changes no option.
    let offered = Memo::new(move |before: Option<&Option<i64>>| match picked.and_then(|picked| picked.get()) {
        Some(_) => before.copied().flatten(),
        None => chosen.get(),
    });
    let options = move || {
        let chosen = offered.get();
        wait(async move {
            let versions = choices.await.map(|page| page.items).unwrap_or_default();
            // A link can ask for a version that is older than those of the list.
            let older = chosen.filter(|n| versions.iter().all(|v| v.number != *n));
            let older = older.map(|n| view! { <option value=n selected>{format!("v{n}")}</option> });
            let option = |v: VersionSummary| {
                let is_serving = Some(v.number) == serving;
                let now = if is_serving { " (serves now)" } else { "" };
                let text = format!("v{}{now} {}", v.number, unturned(&shortened(&v.commit_message)));
                view! { <option value=v.number selected=chosen == Some(v.number) disabled=is_serving>{text}</option> }
            };
            (versions.into_iter().map(option).collect_view(), older)
        })
    };
    let id = field_id(&format!("{label}-version"));
    let pick = move |text: String| {
        if let Some(picked) = picked {
            picked.set(text.parse().ok());
        }
    };
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>"Version"<span class="sr-only">{format!(" for {label}")}</span></label>
            <select class="select select-sm" name="version" id=id prop:value=move || chosen.get().map(|n| n.to_string()) on:change:target=move |event| pick(event.target().value())>
                <Loading view=options/>
            </select>
        </div>
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
    let is_protected = shown.is_protected(&label);
    let (to, button) = match is_protected {
        true => (shown.actions.propose, format!("Propose to stop serving v{version}")),
        false => (shown.actions.remove_label, format!("Stop serving v{version}")),
    };
    // To propose version 0 is to propose to serve nothing.
    let none = is_protected.then(|| view! { <input type="hidden" name="version" value="0"/> });
    view! {
        <details class="disclosure mt-3">
            <summary class="text-xs text-muted">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                {format!("Stop serving {label}")}
            </summary>
            <PostForm to class="mt-2 flex max-w-xl flex-col items-start gap-2">
                <Hidden shown=shown.clone()/>
                <input type="hidden" name="label" value=label.clone()/>
                {none}
                <p class="text-xs text-muted">
                    {format!("Takes the label off v{version}. Callers of {label} get \"not published\" until it is set again.")}
                </p>
                <Reason id=format!("{label}-stop-reason") of=format!("for stopping {label}")/>
                <button type="submit" class="btn btn-error btn-sm">{button}</button>
            </PostForm>
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
                view! { <div class="pipe-panel is-asked mt-2"><Mover shown=shown.clone() label=name serving=Some(serving) choices/></div> },
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
    let newest = Some(shown.template.latest_version);
    let id = field_id("new-label");
    view! {
        <details class="disclosure">
            <summary class="link-plain text-xs text-muted">
                <Icon name=IconName::Plus class="size-3"/>
                "Add a label"
            </summary>
            <PostForm to=shown.actions.move_label class="mt-2 flex max-w-xl flex-wrap items-end gap-2">
                <Hidden shown=shown.clone()/>
                <div class="field sm:w-36">
                    <label class="field-label" for=id.clone()>"Name of the label"</label>
                    <input
                        class="input input-sm"
                        id=id
                        name="label"
                        placeholder="canary"
                        pattern="[a-z][a-z0-9_\\-]{0,31}"
                        maxlength="32"
                        autocomplete="off"
                        required
                    />
                </div>
                <div class="sm:w-48"><VersionSelect label="the new label".to_owned() serving=None chosen=Signal::stored(newest) choices/></div>
                <button type="submit" class="btn btn-sm">"Add"</button>
            </PostForm>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::first_choice;

    #[test]
    fn a_move_never_starts_at_what_serves() {
        assert_eq!(first_choice(None, Some(3), 3), Some(2));
        assert_eq!(first_choice(None, Some(1), 3), Some(3));
        assert_eq!(first_choice(Some(2), Some(1), 3), Some(2));
        assert_eq!(first_choice(Some(1), Some(1), 3), Some(3));
        assert_eq!(first_choice(Some(9), None, 3), Some(3));
        assert_eq!(first_choice(None, Some(1), 1), None);
    }
}
