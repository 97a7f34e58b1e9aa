//! The author's draft was kept from elsewhere meanwhile: both texts are there, and neither is written over unseen.

use domain::version::Opened;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::server::{OpenEditor, SaveDraft};
use super::state::{Editor, Keeping};
use crate::data::Data;
use crate::ui::{Icon, IconName, Loading, Time, sentence, wait};

#[component]
pub fn LateDraft(editor: Editor) -> impl IntoView {
    let is_late = Memo::new(move |_| matches!(*editor.keeping.read(), Keeping::Late(_)));
    view! {
        <div role="alert" class="contents">
            <Show when=move || is_late.get()>
                <Choices editor/>
            </Show>
        </div>
    }
}

#[component]
fn Choices(editor: Editor) -> impl IntoView {
    let there = Data::of(move || OpenEditor { project: editor.project(), key: editor.key(), from: 0 });
    let why = match editor.keeping.get_untracked() {
        Keeping::Late(why) => sentence(&why),
        _ => String::new(),
    };
    let choice =
        move || wait(async move { there.await.ok().map(|there| view! { <Choice editor opened=there.opened/> }) });
    view! {
        <div class="notice notice-warning" id="late-draft" tabindex="-1">
            <Icon name=IconName::TriangleAlert/>
            <div class="conflict">
                <p class="font-medium">"Draft not saved. "{why}</p>
                <Loading view=choice/>
            </div>
        </div>
    }
}

#[component]
fn Choice(editor: Editor, opened: Opened) -> impl IntoView {
    let page = format!("/p/{}/templates/{}/edit", editor.project(), editor.key());
    let other = match opened.draft {
        Some(draft) => view! {
            "The other text is from "
            <Time at=draft.updated_at/>
            " UTC. "
        }
        .into_any(),
        None => view! { "There is no draft now. " }.into_any(),
    };
    view! {
        <p>
            {other}
            <span class="js-only">"What is typed here stays in this browser until you choose."</span>
        </p>
        <div class="conflict-choices">
            <button type="submit" class="btn btn-sm" data-intent="draft-over" formaction=SaveDraft::url() name="form[over]" value=opened.draft_revision.to_string()>
                "Keep the text of this page"
            </button>
            <a class="btn btn-sm" href=page rel="external">"Show the other"</a>
        </div>
    }
}
