//! Parts of a page that the server renders and the browser only shows.
//!
//! What has links and popovers but no state of its own works as plain HTML: its code then is not in the page's wasm.

use leptos::prelude::*;

use super::{ErrorView, Loading, Skeleton, wait};
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

/// A view as HTML, with all texts escaped. It may hold nothing that waits, and nothing that asks for the page's address.
#[cfg(feature = "ssr")]
pub fn html(view: impl IntoView) -> String {
    view.into_view().to_html()
}
