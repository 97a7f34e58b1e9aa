//! What pages ask of the browser that shows them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, FocusOptions, HtmlElement, HtmlTextAreaElement};

/// An element of the page by its id.
pub fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Gives an element the focus without scrolling to it.
pub fn focus(id: &str) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    element(id).and_then(|element| element.focus_with_options(&options).ok());
}

/// Gives an element the focus when what had it is gone. A browser notices that when it draws the next frame.
pub fn catch_focus(id: &'static str) {
    let is_lost = || document().active_element().is_none_or(|element| element.tag_name() == "BODY");
    let catch = move || {
        if is_lost() {
            focus(id);
        }
    };
    request_animation_frame(move || request_animation_frame(catch));
}

/// Puts a text into a field as if it had been typed: whoever listens to the field hears of it.
pub fn replace_text(area: &HtmlTextAreaElement, text: &str) {
    area.set_value(text);
    type_into(area);
}

/// Tells whoever listens that something was typed into a field.
pub fn type_into(field: &HtmlElement) {
    let init = EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
        drop(field.dispatch_event(&event));
    }
}

/// A choice kept in this browser.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a choice, or forgets it. A browser may refuse to; the choice then lasts as long as the page.
pub fn store(key: &str, value: Option<&str>) {
    try_store(key, value);
}

/// As [`store`]; whether the browser did.
pub fn try_store(key: &str, value: Option<&str>) -> bool {
    let Some(storage) = window().local_storage().ok().flatten() else { return false };
    let done = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
    done.is_ok()
}

/// The keys kept in this browser that start so.
pub fn stored_below(start: &str) -> Vec<String> {
    let Some(storage) = window().local_storage().ok().flatten() else { return Vec::new() };
    let keys = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
    keys.filter(|key| key.starts_with(start)).collect()
}
