//! The next version of a template.

use domain::comparison::DRAFT;
use domain::permission::Permission;
use domain::sample::SampleSets;
use domain::version::{Draft, Opened};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::form::data::Told;
use super::form::samples_api::{LoadSamples, ignored};
use super::form::server::{DiscardDraft, Editing, LoadLintOff, OpenEditor};
use super::form::{EditorView, SAMPLE, Start, kept};
use super::presence::Presence;
use super::use_key;
use crate::data::Data;
use crate::layout::{may, use_me, use_project, user_id};
use crate::post::{Post, PostForm};
use crate::ui::{Crumbs, ErrorView, Notice, PageHeader, Reloading, Skeleton, Time, Tone, wait};

#[component]
pub fn EditPage() -> impl IntoView {
    let (project, key, query, me) = (use_project(), use_key(), use_query_map(), use_me());
    let from = Memo::new(move |_| query.read().get("from").and_then(|n| n.parse::<i64>().ok()).unwrap_or_default());
    let discard = Post::to::<DiscardDraft>();
    let editing = Data::of(move || OpenEditor { project: project.get(), key: key.get(), from: from.get() });
    let off = Data::of(move || LoadLintOff { project: project.get() });
    // What is chosen later changes the address and not the editor.
    let sample = move || query.read_untracked().get("sample").unwrap_or_default();
    let samples = Data::of(move || LoadSamples { project: project.get(), key: key.get(), name: sample() });
    let editor = move || {
        wait(async move {
            let (can_save, user) = (may(me, Permission::WriteTemplates).await, user_id(me).await);
            let (off, samples) = (off.await.unwrap_or_default(), samples.await.unwrap_or_default());
            match editing.await {
                Ok(editing) => {
                    let project = project.get_untracked();
                    view! { <Opening editing samples project can_save user off discard/> }.into_any()
                }
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=move || format!("Edit {}", key.get())/>
        <Reloading fallback=|| view! { <Skeleton rows=8/> } view=editor/>
    }
}

#[component]
fn Opening(
    editing: Editing,
    samples: SampleSets,
    project: String,
    can_save: bool,
    user: String,
    off: Vec<String>,
    discard: Post<()>,
) -> impl IntoView {
    let mut form = editing.form();
    if let (None, Some(sample)) = (&editing.returned, &samples.chosen) {
        let unknown = form.fill(&sample.variables);
        form.sample.see(&sample.name, sample.revision);
        form.told = Told::done(SAMPLE, ignored(&unknown));
    }
    let Editing { opened: Opened { template, base, draft, .. }, returned } = editing;
    let callers = base.map(|version| version.content.parameters);
    let [parent, onto]: [i64; 2] = [&form.parent, &form.onto].map(|number| number.parse().unwrap_or_default());
    let latest = template.latest_version;
    let key = template.key;
    let lead = match latest {
        0 => "The first version.".to_owned(),
        _ if onto < latest => format!("Version {latest} was saved since; merge with it before you save."),
        _ if parent == latest => format!("Becomes version {}, after version {latest}.", latest + 1),
        _ => format!("Becomes version {}, written from version {parent}.", latest + 1),
    };
    let (folder, message) = (kept::folder(&user, &project, &key), kept::message_place(&user, &project, &key));
    let (has_draft, here) = (draft.is_some(), format!("/p/{project}/templates/{key}/edit"));
    Effect::new(move |_| {
        let is_discarded = matches!(discard.answer(), Some(Ok(())));
        if is_discarded || !has_draft {
            kept::forget(&message);
        }
        if is_discarded {
            kept::forget_all(&folder);
            // Fields that were typed in hold on to their text as long as the document is there, and in some browsers over a
            // reload.
            drop(window().location().assign(&here));
        }
    });
    let draft = draft.filter(|_| can_save);
    let notice =
        draft.map(|draft| view! { <DraftNotice draft latest project=project.clone() key=key.clone() discard/> });
    let read_only = (!can_save).then(
        || view! { <Notice tone=Tone::Info>"You can try changes here; your role doesn't allow to save them."</Notice> },
    );
    let (list, name) = (format!("/p/{project}/templates"), template.fields.display_name);
    let page = format!("{list}/{key}");
    let steps = vec![(list, "Templates".to_owned()), (page, name.clone())];
    let presence = view! { <Presence project=project.clone() key=key.clone() is_editing=can_save/> };
    let start = Start { project, key, form, returned, can_save, user, callers, off, samples };
    view! {
        {presence}
        <Crumbs steps here="Edit"/>
        <PageHeader title=format!("Edit {name}") lead/>
        {notice}
        {read_only}
        // A function's view is made anew at another template; any other would keep its fields and what was typed in them.
        {move || view! { <EditorView start=start.clone()/> }}
    }
}

#[component]
fn DraftNotice(draft: Draft, latest: i64, project: String, key: String, discard: Post<()>) -> impl IntoView {
    let based = match draft.parent {
        0 => " from before there was a version.".to_owned(),
        parent => format!(", based on version {parent}."),
    };
    let page = format!("/p/{project}/templates/{key}");
    let newer = (draft.onto < latest).then(|| {
        let changes = (draft.onto > 0).then(|| {
            let href = format!("{page}/diff?from={}&to={latest}", draft.onto);
            view! { <a class="btn btn-sm" href=href>"See what changed"</a> }
        });
        view! {
            {format!(" Version {latest} was saved since.")}
            <span class="conflict-choices">
                <a class="btn btn-primary btn-sm" href=format!("{page}/merge")>{format!("Merge with version {latest}")}</a>
                {changes}
            </span>
        }
    });
    let parent = draft.parent;
    let compare = (parent > 0).then(|| {
        let href = format!("{page}/diff?from={parent}&to={DRAFT}");
        view! {
            " "
            <a href=href>{format!("Compare with v{parent}")}</a>
            "."
        }
    });
    let tone = if newer.is_some() { Tone::Warning } else { Tone::Info };
    view! {
        <div class="draft-notice">
            <Notice tone>
                "You have a draft from "
                <Time at=draft.updated_at/>
                " UTC"
                {based}
                {newer}
                {compare}
                <details class="disclosure confirm">
                    <summary>"Discard…"</summary>
                    <PostForm to=discard>
                        <input type="hidden" name="project" value=project/>
                        <input type="hidden" name="key" value=key/>
                        <p>"What is only in the draft is gone for good."</p>
                        <button type="submit" class="btn btn-error btn-xs">"Discard draft"</button>
                    </PostForm>
                </details>
            </Notice>
        </div>
    }
}
