//! Takes over the page that the server rendered.

use leptos::mount::hydrate_from_async;
use leptos::prelude::document;

/// Called once by the page's boot script. Resolves when the page is alive, its own module loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let Some(body) = document().body() else { return };
    hydrate_from_async(body, app::App).await.forget();
}
