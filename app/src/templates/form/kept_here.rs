//! What this browser kept of an earlier page: offered when the server doesn't have it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::data::EditorForm;
use super::kept::{self, Stored};
use super::server::{keep_new_form, save_draft};
use super::state::Editor;
use crate::outcome::Outcome;
use crate::ui::{Notice, Time, Tone};

#[component]
pub fn KeptHere(editor: Editor) -> impl IntoView {
    let (found, failed) = (RwSignal::new(None::<Stored>), RwSignal::new(false));
    Effect::new(move |_| found.set(next(editor)));
    let use_it = move |_| {
        if let Some(stored) = found.get_untracked() {
            spawn_local(async move {
                match hand_in(editor, &stored).await {
                    true => {
                        kept::forget(&stored.place);
                        drop(window().location().reload());
                    }
                    false => {
                        failed.try_set(true);
                    }
                }
            });
        }
    };
    let forget = move |_| {
        if let Some(stored) = found.get_untracked() {
            kept::forget(&stored.place);
        }
        found.set(next(editor));
    };
    let notice = move |stored: Stored| {
        let is_beside = !editor.is_new() && stored.form.draft != editor.opened.with_value(|form| form.draft.clone());
        let beside = is_beside.then_some(" Your draft was changed elsewhere since: the text below is that one.");
        view! {
            <div class="draft-notice" id="kept-here">
                <Notice tone=Tone::Warning>
                    "This browser kept a text of yours from "
                    <Time at=stored.at/>
                    " UTC that the server doesn't have."
                    {beside}
                    <span class="conflict-choices">
                        <button type="button" class="btn btn-sm" on:click=use_it>"Go on with it"</button>
                        <button type="button" class="btn btn-sm btn-ghost" on:click=forget>"Throw it away"</button>
                    </span>
                    <span role="alert">
                        {move || failed.get().then_some("The server did not take it; it stays here. Try again in a moment.")}
                    </span>
                </Notice>
            </div>
        }
    };
    view! {
        <div role="status" class="contents">
            {move || found.get().map(notice)}
        </div>
    }
}

/// The newest text that is not what the page opened with; those that are go.
fn next(editor: Editor) -> Option<Stored> {
    let all = kept::find(&kept::folder(&editor.user.get_value(), &editor.project(), &editor.key()));
    let (same, other): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|stored| editor.opened.with_value(|opened| is_same(&stored.form, opened)));
    same.iter().for_each(|stored| kept::forget(&stored.place));
    other.into_iter().next_back()
}

fn is_same(one: &EditorForm, other: &EditorForm) -> bool {
    let content = one.parse().content;
    content.is_empty() || content == other.parse().content && one.key == other.key
}

/// Makes it the draft, or what the page for a new template opens with.
async fn hand_in(editor: Editor, stored: &Stored) -> bool {
    let (project, key, form) = (editor.project(), editor.key(), stored.form.clone());
    if editor.is_new() {
        return keep_new_form(project, form).await.is_ok();
    }
    let form = EditorForm { over: editor.revision.get_untracked(), ..form };
    matches!(save_draft(project, key, form).await, Ok(Outcome::Done(_)))
}
