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
                        take(editor, &stored);
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
    // What was typed and kept here since is newer than what would take its place.
    let is_newest = move || editor.opened.with_value(|form| form.draft == *editor.revision.read());
    view! {
        <div role="status" class="contents">
            {move || found.get().filter(|_| is_newest()).map(notice)}
        </div>
    }
}

/// The newest text that is not what the page opened with; those that are go.
fn next(editor: Editor) -> Option<Stored> {
    let all = kept::find(&kept::folder(&editor.user.get_value(), &editor.project(), &editor.key()));
    let opened = editor.opened.get_value();
    let is_there =
        |form: &EditorForm| if editor.is_new() { is_same_new(form, &opened) } else { is_same(form, &opened) };
    let (same, other): (Vec<_>, Vec<_>) = all.into_iter().partition(|stored| is_there(&stored.form));
    same.iter().for_each(|stored| kept::forget(&stored.place));
    // The server shows the form of a new template once.
    if editor.is_new() && !is_same_new(&opened, &EditorForm { kind: opened.kind.clone(), ..EditorForm::default() }) {
        kept::store(&editor.place.get_value(), &opened);
    }
    other.into_iter().next_back()
}

fn is_same(one: &EditorForm, other: &EditorForm) -> bool {
    one.parse() == other.parse()
}

/// As [`is_same`], with what only the form for a new template has.
fn is_same_new(one: &EditorForm, other: &EditorForm) -> bool {
    let described = |form: &EditorForm| {
        let EditorForm { key, display_name, kind, category, folder, tags, description, commit_message, .. } =
            form.clone();
        [key, display_name, kind, category, folder, tags, description, commit_message]
            .map(|text| text.trim().to_owned())
    };
    is_same(one, other) && described(one) == described(other)
}

/// Makes it the draft, or what the page for a new template opens with.
async fn hand_in(editor: Editor, stored: &Stored) -> bool {
    let (project, key, form) = (editor.project(), editor.key(), stored.form.clone());
    if editor.is_new() {
        return keep_new_form(project, form).await.is_ok();
    }
    // In place of the draft that the page opened with, and of no later one.
    let form = EditorForm { over: editor.opened.with_value(|form| form.draft.clone()), ..form };
    matches!(save_draft(project, key, form).await, Ok(Outcome::Done(_)))
}

/// The server has it now, except for what is no part of a draft.
fn take(editor: Editor, stored: &Stored) {
    if !editor.is_new() {
        kept::store_message(&editor.message_place(), &stored.form.commit_message);
        kept::forget(&stored.place);
    }
}
