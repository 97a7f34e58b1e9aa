//! Monaco over a message's textarea, where there is a keyboard. The textarea stays the form's field: without JavaScript,
//! before Monaco is there and where it can't be loaded it is what one types in.

use std::cell::RefCell;

use domain::version::Parameter;
use js_sys::Promise;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlTextAreaElement;

use super::server::load_offers as load_offers_of;
use super::state::Editor;
use crate::engine;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type EditorModule;
    #[wasm_bindgen(method)]
    fn ready(this: &EditorModule) -> Promise;
    #[wasm_bindgen(method, js_name = setFacts)]
    fn set_facts(this: &EditorModule, json: &str);
    #[wasm_bindgen(method)]
    fn attach(this: &EditorModule, area: &HtmlTextAreaElement, label: &str, tell: &JsValue) -> Attached;

    type Attached;
    #[wasm_bindgen(method, js_name = setLabel)]
    fn set_label(this: &Attached, text: &str);
    #[wasm_bindgen(method, js_name = setMarkers)]
    fn set_markers(this: &Attached, json: &str);
    #[wasm_bindgen(method)]
    fn dispose(this: &Attached);
}

thread_local! {
    static MODULE: RefCell<Option<EditorModule>> = const { RefCell::new(None) };
    /// What completion and documentation know.
    static FACTS: RefCell<Value> = RefCell::new(json!({}));
}

/// Loads Monaco, and what there is to say of the template language.
async fn module() -> Result<EditorModule, JsValue> {
    if let Some(module) = MODULE.with_borrow(Clone::clone) {
        return Ok(module);
    }
    let module: EditorModule = engine::load("editor.js").await?.unchecked_into();
    JsFuture::from(module.ready()).await?;
    MODULE.set(Some(module.clone()));
    if let Ok(vocabulary) = engine::ask::<Value>("vocabulary", &()).await {
        set_fact("vocabulary", vocabulary);
    }
    Ok(module)
}

fn set_fact(name: &str, value: Value) {
    let text = FACTS.with_borrow_mut(|facts| {
        facts[name] = value;
        facts.to_string()
    });
    MODULE.with_borrow(|module| module.iter().for_each(|module| module.set_facts(&text)));
}

/// Tells completion what is declared.
pub fn set_parameters(parameters: &[Parameter]) {
    set_fact("parameters", json!(parameters));
}

/// Tells completion which templates a text may name.
pub fn load_offers(editor: Editor) {
    if has_keyboard() {
        spawn_local(async move {
            if let Ok(offers) = load_offers_of(editor.project(), editor.key()).await {
                set_fact("templates", json!(offers));
            }
        });
    }
}

/// Tells completion which blocks the templates have that the text extends.
pub fn set_blocks(blocks: &[String]) {
    set_fact("blocks", json!(blocks));
}

/// A phone's keyboard writes better into a plain field.
fn has_keyboard() -> bool {
    window().match_media("(pointer: fine)").ok().flatten().is_some_and(|query| query.matches())
}

type Slot = StoredValue<Option<(Attached, Closure<dyn FnMut(String, String)>)>, LocalStorage>;

/// Puts Monaco over a message's textarea, and takes it away with the row.
pub fn enhance(editor: Editor, area: NodeRef<Textarea>, field: Signal<String>, label: Signal<String>) {
    Effect::new(move |_| {
        let Some(area) = area.get().filter(|_| has_keyboard()) else { return };
        let (slot, is_there): (Slot, _) = (StoredValue::new_local(None), RwSignal::new(false));
        spawn_local(async move {
            let Ok(module) = module().await else { return };
            // The page was left while Monaco loaded.
            if slot.is_disposed() {
                return;
            }
            let tell = Closure::new(move |what: String, about: String| editor.told(&what, &about));
            slot.set_value(Some((module.attach(&area, &label.get_untracked(), tell.as_ref()), tell)));
            is_there.set(true);
        });
        Effect::new(move |_| {
            let (text, _) = (label.get(), is_there.get());
            slot.with_value(|slot| slot.iter().for_each(|(attached, _)| attached.set_label(&text)));
        });
        Effect::new(move |_| {
            let (markers, _) = (editor.markers(&field.read()).to_string(), is_there.get());
            slot.with_value(|slot| slot.iter().for_each(|(attached, _)| attached.set_markers(&markers)));
        });
        on_cleanup(move || {
            let taken = slot.try_update_value(Option::take).flatten();
            taken.iter().for_each(|(attached, _)| attached.dispose());
        });
    });
}
