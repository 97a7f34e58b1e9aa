//! Parts of a page that the server renders and the browser only shows.
//!
//! What has links and popovers but no state of its own works as plain HTML: its code then is not in the page's wasm.

use leptos::prelude::*;

use super::{ErrorView, Loading, Skeleton, wait};
use crate::browser::catch_focus;
use crate::data::Data;

/// Shows what a server function answers with the text of [`html`].
#[component]
pub fn Rendered(html: Data<String>) -> impl IntoView {
    let body = move || {
        wait(async move {
            match html.await {
                Ok(html) => view! { <div inner_html=html></div> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton/> } view=body/> }
}

/// As [`Rendered`], where links in it ask for other HTML: who followed one by the keyboard goes on at its start, as the link
/// itself is gone (WCAG 2.4.3).
#[component]
pub fn RenderedRegion(
    html: Data<String>,
    id: &'static str,
    /// For screen readers.
    label: &'static str,
) -> impl IntoView {
    let has_focus = StoredValue::new(false);
    Effect::new(move |before: Option<()>| {
        html.track();
        if before.is_some() && has_focus.get_value() {
            catch_focus(id);
        }
    });
    view! {
        <div
            class="outline-none"
            id=id
            tabindex="-1"
            role="region"
            aria-label=label
            on:focusin=move |_| has_focus.set_value(true)
            // What is taken away while it has the focus leaves it to nobody.
            on:focusout=move |event| has_focus.set_value(event.related_target().is_none())
        >
            <Rendered html/>
        </div>
    }
}

/// A view as HTML, with all texts escaped. It may hold nothing that waits, and nothing that asks for the page's address.
#[cfg(feature = "ssr")]
pub fn html(view: impl IntoView) -> String {
    view.into_view().to_html()
}
