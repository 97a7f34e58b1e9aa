//! The bar that stays at the bottom: commit message, what became of the draft, and the buttons.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::fields::input_name;
use super::kept;
use super::server::SaveDraft;
use super::state::{Editor, Keeping};
use crate::ui::{Icon, IconName, field_id};

#[component]
pub fn SaveBar(
    editor: Editor,
    commit_message: String,
    /// Name and address of the comparison with the version that this is written from, when there is one.
    compare: Option<(String, String)>,
) -> impl IntoView {
    let is_busy = Signal::derive(move || editor.is_saving());
    let save = if editor.is_new() { "Create template" } else { "Save version" };
    let draft = (!editor.is_new()).then(|| {
        view! {
            <button type="submit" class="btn btn-sm" formaction=SaveDraft::url() data-intent="draft" title="Ctrl S">
                "Save draft"
            </button>
        }
    });
    // What the server holds is compared, so what is typed has to be there.
    let is_kept = move || matches!(*editor.keeping.read(), Keeping::Kept(_)) && !editor.is_dirty.get();
    let compare = move || {
        let link = |(text, href): (String, String)| view! { <a class="link-accent text-xs" href=href>{text}</a> };
        compare.clone().filter(|_| is_kept()).map(link)
    };
    view! {
        <footer class="save-bar">
            <CommitMessage editor start=commit_message/>
            <p class="keeping" role="status" data-state=move || state(&editor.keeping.read())>
                {move || keeping_text(&editor.keeping.read())}
                {move || log_in(&editor.keeping.read())}
            </p>
            {compare}
            <div class="save-buttons">
                <a class="btn btn-sm btn-square to-preview" href="#preview" rel="external" aria-label="Go to the preview">
                    <Icon name=IconName::Eye/>
                </a>
                {draft}
                <button type="submit" class="btn btn-primary btn-sm" data-intent="save" title="Ctrl Enter" disabled=is_busy>
                    <Icon name=IconName::Save/>
                    {move || if is_busy.get() { "Saving…" } else { save }}
                </button>
            </div>
        </footer>
    }
}

#[component]
fn CommitMessage(editor: Editor, start: String) -> impl IntoView {
    const FIELD: &str = "commit_message";
    let is_wrong = move || editor.problem(FIELD).is_some();
    let input = NodeRef::<Input>::new();
    Effect::new(move |_| {
        let Some(input) = input.get().filter(|input| !editor.is_new() && input.value().is_empty()) else { return };
        kept::message(&editor.message_place()).iter().for_each(|message| input.set_value(message));
    });
    view! {
        <div class="commit-message" class:has-error=is_wrong>
            <label class="sr-only" for=field_id(FIELD)>"What changed"</label>
            <input
                class="input input-sm"
                type="text"
                node_ref=input
                id=field_id(FIELD)
                name=input_name(FIELD)
                value=start
                placeholder="What changed, and why"
                maxlength="500"
                autocomplete="off"
                aria-describedby=format!("{}-error", field_id(FIELD))
            />
            <p class="field-error" id=format!("{}-error", field_id(FIELD))>{move || editor.problem(FIELD)}</p>
        </div>
    }
}

/// How the line looks.
fn state(keeping: &Keeping) -> Option<&'static str> {
    match keeping {
        Keeping::Waiting { .. } | Keeping::Late(_) | Keeping::Failed(_) => Some("waiting"),
        _ => None,
    }
}

/// In a tab of its own: this one holds the text.
fn log_in(keeping: &Keeping) -> Option<impl IntoView + use<>> {
    let is_logged_out = matches!(keeping, Keeping::Waiting { is_logged_out: true, .. });
    is_logged_out
        .then(|| view! { " " <a class="link-accent" href="/login?next=/" target="_blank" rel="external">"Log in"</a> })
}

fn keeping_text(keeping: &Keeping) -> Option<String> {
    Some(match keeping {
        Keeping::Idle => return None,
        Keeping::Busy => "Saving draft…".to_owned(),
        Keeping::Waiting { is_logged_out: true, is_stored: true } => {
            "Kept in this browser; log in again to go on".to_owned()
        }
        Keeping::Waiting { is_stored: true, .. } => "Kept in this browser; trying again".to_owned(),
        Keeping::Waiting { is_stored: false, .. } => {
            "Not kept anywhere yet; trying again. Leave this page open.".to_owned()
        }
        Keeping::Late(_) => "Kept in this browser; the draft was changed elsewhere".to_owned(),
        Keeping::Failed(why) => format!("Draft not saved: {why}"),
        Keeping::Kept(kept) => {
            let text = kept.at.minute_text();
            let time = text.split_once(' ').map_or(text.as_str(), |(_, time)| time);
            match kept.left_out.len() {
                0 => format!("Draft saved {time} UTC"),
                1 => format!("Draft saved {time} UTC, without 1 field that can't be read yet"),
                n => format!("Draft saved {time} UTC, without {n} fields that can't be read yet"),
            }
        }
    })
}
