//! A draft and the version that somebody saved meanwhile, put together by the one who wrote the draft.
//!
//! The form is posted by the browser itself, with JavaScript or without; scripts only show the result at each choice.

pub mod server;

mod conflicts;
mod result;

use std::time::Duration;

use domain::error::FieldError;
use domain::merging::Merging;
use domain::text::unturned;
use leptos::form::FromFormData;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::Deserialize;

use super::form::later::Later;
use super::form::place;
use super::presence::Presence;
use super::use_key;
use crate::data::Data;
use crate::error::AppError;
use crate::layout::use_project;
use crate::ui::{
    Crumbs, EmptyState, ErrorView, Icon, IconName, Loading, PageHeader, Skeleton, Time, field_id, sentence, wait,
};
use conflicts::Conflicts;
use result::MergeResult;
use server::{LoadMerge, MergeForm, MergeShown, PreviewMerge, Returned, SaveMerge, TakeMerge, preview_merge};

/// How long after a choice the result is asked for.
const PREVIEW_AFTER: Duration = Duration::from_millis(250);

#[component]
pub fn MergePage() -> impl IntoView {
    let (project, key) = (use_project(), use_key());
    let shown = Data::of(move || LoadMerge { project: project.get(), key: key.get() });
    let content = move || {
        wait(async move {
            let (project, key) = (project.get_untracked(), key.get_untracked());
            match shown.await {
                Ok(MergeShown { merging: Some(merging), returned }) => {
                    view! { <Merge project merging returned/> }.into_any()
                }
                Ok(MergeShown { merging: None, .. }) => view! { <NothingToMerge project key/> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=move || format!("Merge {}", key.get())/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=content/>
    }
}

#[component]
fn NothingToMerge(project: String, key: String) -> impl IntoView {
    let page = format!("/p/{project}/templates/{key}");
    view! {
        <div class="card-box">
            <EmptyState icon=IconName::Check title="Nothing to merge" text="You have no draft of this template, or no version was saved since you began it.">
                <a class="btn btn-sm" href=format!("{page}/edit")>"Open the editor"</a>
                <a class="btn btn-sm" href=page>"Go to the template"</a>
            </EmptyState>
        </div>
    }
}

#[component]
fn Merge(project: String, merging: Merging, returned: Option<Returned>) -> impl IntoView {
    let (form, error) = returned.map_or_else(Default::default, |returned| (returned.form, returned.error));
    let key = merging.template.key.clone();
    let list = format!("/p/{project}/templates");
    let name = merging.template.fields.display_name.clone();
    let page = format!("{list}/{key}");
    let steps =
        vec![(list, "Templates".to_owned()), (page.clone(), name.clone()), (format!("{page}/edit"), "Edit".to_owned())];
    let presence = view! { <Presence project=project.clone() key=key.clone() is_editing=true/> };
    let next = merging.theirs.number + 1;
    let node = NodeRef::<Form>::new();
    let shown = RwSignal::new(merging.clone());
    let (is_asking, chosen) = preview(node, shown);
    view! {
        {presence}
        <Crumbs steps here="Merge"/>
        <PageHeader title=format!("Merge {name}") lead=lead(&merging)/>
        <Refusal error/>
        <Summary merging=merging.clone() page/>
        <form class="merge" method="post" action=SaveMerge::url() node_ref=node on:input=move |_| chosen()>
            // Enter in a field shows the result, and changes nothing.
            <button type="submit" class="default-button" tabindex="-1" aria-hidden="true" formaction=PreviewMerge::url()>"Preview"</button>
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="key" value=key/>
            <input type="hidden" name="form[theirs]" value=merging.theirs.number.to_string()/>
            <input type="hidden" name="form[draft]" value=merging.draft.to_string()/>
            <Conflicts merging shown rows=form.choices.clone()/>
            <MergeResult shown/>
            <Bar next shown is_asking form/>
        </form>
    }
}

fn lead(merging: &Merging) -> String {
    let theirs = merging.theirs.number;
    match merging.base {
        0 => format!("Your draft was begun before version {theirs} was saved."),
        base => format!("Your draft was begun on version {base}; version {theirs} was saved since."),
    }
}

/// What the merge is made of, and what it brought without a question.
#[component]
fn Summary(merging: Merging, page: String) -> impl IntoView {
    let theirs = merging.theirs;
    let number = theirs.number;
    let message = (!theirs.commit_message.is_empty()).then(|| view! { " “"{unturned(&theirs.commit_message)}"”" });
    let to_base = (merging.base > 0).then(|| {
        let href = format!("{page}/diff?from={}&to={number}", merging.base);
        view! { <a class="link-accent" href=href target="_blank">"See what changed there"</a> }
    });
    view! {
        <div class="merge-sides card-box">
            <p>
                <strong>"Mine"</strong>
                " your draft, kept "
                <Time at=merging.kept_at/>
                " UTC"
            </p>
            <p>
                <strong>"Theirs"</strong>
                {format!(" version {number} by {}, ", theirs.created_by)}
                <Time at=theirs.created_at/>
                " UTC"
                {message}
                " "
                {to_base}
            </p>
        </div>
        <result::BroughtIn number comparison=merging.brought_in/>
    }
}

/// Why the last save was refused.
#[component]
fn Refusal(error: Option<AppError>) -> impl IntoView {
    let Some(AppError(error)) = error else { return view! { <div role="alert" class="contents"></div> }.into_any() };
    let item = |error: FieldError| {
        let (href, name) = match conflict_number(&error.field) {
            Some(number) => (format!("#conflict-{number}"), format!("Conflict {}", number + 1)),
            None => (format!("#{}", field_id(&error.field)), place(&error.field)),
        };
        view! { <li><a href=href rel="external"><strong>{name}</strong>" "{error.message}</a></li> }
    };
    let is_content = error.errors.iter().any(|e| conflict_number(&e.field).is_none());
    let title = if error.errors.is_empty() { sentence(&error.message) } else { "Something is left to do:".to_owned() };
    view! {
        <div role="alert" class="contents">
            <div class="notice notice-danger mb-4">
                <Icon name=IconName::CircleAlert/>
                <div>
                    <p class="font-medium">"Not saved. "{title}</p>
                    <ul class="problem-list">{error.errors.into_iter().map(item).collect_view()}</ul>
                    {is_content.then_some("“Finish in the editor” takes what is merged so far there, where it can be mended.")}
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn conflict_number(field: &str) -> Option<usize> {
    field.strip_prefix("choices[")?.strip_suffix(']')?.parse().ok()
}

#[component]
fn Bar(next: i64, shown: RwSignal<Merging>, is_asking: RwSignal<bool>, form: MergeForm) -> impl IntoView {
    const FIELD: &str = "commit_message";
    let state = move || match (is_asking.get(), shown.with(Merging::undecided)) {
        (true, _) => "Merging…".to_owned(),
        (_, 0) => "Nothing is left to decide".to_owned(),
        (_, 1) => "1 conflict is left to decide".to_owned(),
        (_, n) => format!("{n} conflicts are left to decide"),
    };
    view! {
        <footer class="save-bar">
            <div class="commit-message">
                <label class="sr-only" for=field_id(FIELD)>"What changed"</label>
                <input
                    class="input input-sm"
                    type="text"
                    id=field_id(FIELD)
                    name="form[commit_message]"
                    value=form.commit_message
                    placeholder="What changed, and why"
                    maxlength="500"
                    autocomplete="off"
                />
            </div>
            <p class="keeping" role="status">{state}</p>
            <div class="save-buttons">
                <button type="submit" class="btn btn-sm no-js-only" formaction=PreviewMerge::url()>"Preview"</button>
                <button type="submit" class="btn btn-sm" formaction=TakeMerge::url()>"Finish in the editor"</button>
                <button type="submit" class="btn btn-primary btn-sm">
                    <Icon name=IconName::Save/>
                    {format!("Save version {next}")}
                </button>
            </div>
        </footer>
    }
}

#[derive(Deserialize)]
struct Whole {
    project: String,
    key: String,
    form: MergeForm,
}

/// Asks for the result a moment after a choice; whether an answer is on its way, and what to call at a choice.
fn preview(
    node: NodeRef<Form>,
    shown: RwSignal<Merging>,
) -> (RwSignal<bool>, impl Fn() + Copy + Send + Sync + 'static) {
    let (is_asking, timer, choices) = (RwSignal::new(false), Later::here(), StoredValue::new(0));
    let ask = move || {
        let data = node.get_untracked().and_then(|form| web_sys::FormData::new_with_form(&form).ok());
        let Some(Ok(Whole { project, key, form })) = data.map(|data| Whole::from_form_data(&data)) else { return };
        let asked = choices.get_value();
        spawn_local(async move {
            let answer = preview_merge(project, key, form).await;
            // An answer to an earlier choice comes too late.
            if choices.try_get_value() != Some(asked) {
                return;
            }
            // Where somebody saved or threw away meanwhile, the save itself says so.
            if let Ok(Some(merging)) = answer {
                shown.set(merging);
            }
            is_asking.set(false);
        });
    };
    let chosen = move || {
        choices.update_value(|count| *count += 1);
        is_asking.set(true);
        timer.run(PREVIEW_AFTER, ask);
    };
    (is_asking, chosen)
}
