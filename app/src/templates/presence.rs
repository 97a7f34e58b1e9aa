//! Who else is on a template now, as the server tells it. Without JavaScript nothing shows.

use domain::presence::{Present, in_words};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use crate::engine::load;

#[wasm_bindgen]
extern "C" {
    type PresenceModule;
    /// Listens until the function that it gives is called.
    #[wasm_bindgen(method)]
    fn watch(this: &PresenceModule, url: &str, told: &js_sys::Function) -> js_sys::Function;
}

/// The most faces; the words count the others.
const FACES: usize = 4;

#[component]
pub fn Presence(project: String, key: String, is_editing: bool) -> impl IntoView {
    let others = RwSignal::new(Vec::<Present>::new());
    Effect::new(move |_| listen(format!("/p/{project}/templates/{key}/presence?editing={is_editing}"), others));
    let face = |present: &Present| {
        let initial = present.name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        view! { <span class="avatar-mark" class:is-editing=present.is_editing>{initial}</span> }
    };
    let faces = move || others.with(|all| all.iter().take(FACES).map(face).collect_view());
    view! {
        <p class="presence" role="status">
            <span class="faces" aria-hidden="true">{faces}</span>
            {move || others.with(|all| in_words(all))}
        </p>
    }
}

/// Loads what listens, and stops it when the page is left.
fn listen(url: String, others: RwSignal<Vec<Present>>) {
    let stop = StoredValue::new_local(None::<(js_sys::Function, Closure<dyn FnMut(String)>)>);
    let is_left = StoredValue::new(false);
    on_cleanup(move || {
        is_left.set_value(true);
        // What is told lives until nobody tells any more.
        if let Some((stop, told)) = stop.try_update_value(Option::take).flatten() {
            drop(stop.call0(&JsValue::NULL));
            drop(told);
        }
    });
    let told = Closure::<dyn FnMut(String)>::new(move |text: String| {
        others.try_set(serde_json::from_str(&text).unwrap_or_default());
    });
    spawn_local(async move {
        let Ok(module) = load("presence.js").await else { return };
        // The page may be gone by now.
        if is_left.try_get_value() == Some(false) {
            let module: PresenceModule = module.unchecked_into();
            let function = module.watch(&url, told.as_ref().unchecked_ref());
            stop.set_value(Some((function, told)));
        }
    });
}
