//! Somebody saved a version meanwhile: merge with it, compare, or start again from it.

use domain::template::Template;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::server::StartMerge;
use super::state::{Editor, Keeping};
use crate::data::Data;
use crate::templates::detail::api::LoadTemplate;
use crate::ui::{Icon, IconName, Loading, wait};

/// Shown when the last save met a newer version than the one that it is to follow; the text stays where it is.
#[component]
pub fn Conflict(editor: Editor, onto: i64) -> impl IntoView {
    view! {
        <div role="alert" class="contents">
            <Show when=move || editor.is_behind()>
                <Choices editor onto/>
            </Show>
        </div>
    }
}

#[component]
fn Choices(editor: Editor, onto: i64) -> impl IntoView {
    let newest = Data::of(move || LoadTemplate { project: editor.project(), key: editor.key() });
    let choice =
        move || wait(async move { newest.await.ok().map(|template| view! { <Choice editor onto template/> }) });
    view! {
        <div class="notice notice-warning" id="conflict" tabindex="-1">
            <Icon name=IconName::TriangleAlert/>
            <Loading fallback=|| view! { <p>"Not saved: somebody saved a version meanwhile."</p> } view=choice/>
        </div>
    }
}

#[component]
fn Choice(editor: Editor, onto: i64, template: Template) -> impl IntoView {
    let latest = template.latest_version;
    let base = format!("/p/{}/templates/{}", editor.project(), editor.key());
    let compare = (onto > 0).then(|| {
        let href = format!("{base}/diff?from={onto}&to={latest}");
        view! { <a class="btn btn-sm" href=href target="_blank">"Compare "{onto}" and "{latest}</a> }
    });
    let is_busy = move || *editor.keeping.read() == Keeping::Busy;
    view! {
        <div class="conflict">
            <p class="font-medium">{format!("Not saved: version {latest} was saved while you were writing on version {onto}.")}</p>
            <p>"Your text is safe in your draft. Choose how to go on:"</p>
            <div class="conflict-choices">
                <button type="submit" class="btn btn-primary btn-sm" data-intent="merge" formaction=StartMerge::url() disabled=is_busy>
                    <Icon name=IconName::Compare/>
                    {format!("Merge with version {latest}")}
                </button>
                {compare}
                <a class="btn btn-sm" href=format!("{base}/edit") rel="external">"Reload, keeping my draft"</a>
            </div>
        </div>
    }
}
