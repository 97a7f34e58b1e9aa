//! Somebody saved meanwhile: reload, compare, or save on top.

use domain::template::Template;
use leptos::prelude::*;

use super::state::Editor;
use crate::data::Data;
use crate::templates::detail::api::LoadTemplate;
use crate::ui::{Icon, IconName, Loading, wait};

/// Shown when the last save met a newer revision; the text stays where it is.
#[component]
pub fn Conflict(editor: Editor, parent: i64) -> impl IntoView {
    view! {
        <div role="alert" class="contents">
            <Show when=move || editor.is_stale()>
                <Choices editor parent/>
            </Show>
        </div>
    }
}

#[component]
fn Choices(editor: Editor, parent: i64) -> impl IntoView {
    let newest = Data::of(move || LoadTemplate { project: editor.project(), key: editor.key() });
    let choice =
        move || wait(async move { newest.await.ok().map(|template| view! { <Choice editor parent template/> }) });
    view! {
        <div class="notice notice-warning" id="conflict" tabindex="-1">
            <Icon name=IconName::TriangleAlert/>
            <Loading fallback=|| view! { <p>"Somebody changed this template meanwhile."</p> } view=choice/>
        </div>
    }
}

#[component]
fn Choice(editor: Editor, parent: i64, template: Template) -> impl IntoView {
    let (latest, by) = (template.latest_version, template.updated_by);
    let base = format!("/p/{}/templates/{}", editor.project(), editor.key());
    let is_newer = latest > parent;
    let what = if is_newer {
        format!("{by} saved version {latest} while you were writing on version {parent}.")
    } else {
        format!("{by} changed the template's labels or details meanwhile; version {latest} still is the newest.")
    };
    let compare = is_newer.then(|| {
        let href = format!("{base}/diff?from={parent}&to={latest}");
        view! { <a class="btn btn-sm" href=href target="_blank">"Compare "{parent}" and "{latest}</a> }
    });
    view! {
        <div class="conflict">
            <p class="font-medium">"Not saved: "{what}</p>
            <p>"Your text is safe in your draft. Choose how to go on:"</p>
            <div class="conflict-choices">
                <a class="btn btn-sm" href=format!("{base}/edit") rel="external">"Reload, keeping my draft"</a>
                {compare}
                <button type="submit" class="btn btn-sm" data-intent="save" name="form[anyway]" value=format!("{}:{latest}", template.revision)>
                    {format!("Save anyway, on top of version {latest}")}
                </button>
            </div>
        </div>
    }
}
