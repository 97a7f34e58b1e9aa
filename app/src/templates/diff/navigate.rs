//! From one change to the next: buttons, and the keys `n` and `p`.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::message::Counts;
use crate::layout::keyboard::Switch;
use crate::ui::{Icon, IconName};

/// How many lines changed, and the way through them.
#[component]
pub fn ChangeKeys(added: u32, removed: u32) -> impl IntoView {
    let at = RwSignal::new(None::<usize>);
    let switch = expect_context::<Switch>();
    Effect::new(move |_| {
        let keys = window_event_listener(leptos::ev::keydown, move |event| match event.key().as_str() {
            "n" if switch.takes(&event) => go(at, true),
            "p" if switch.takes(&event) => go(at, false),
            _ => {}
        });
        on_cleanup(move || keys.remove());
    });
    view! {
        <div class="diff-keys">
            <Counts added removed/>
            <span class="js-only diff-buttons">
                <button type="button" class="btn btn-sm" title="Previous change (p)" on:click=move |_| go(at, false)>
                    <Icon name=IconName::ArrowUp/>
                    "Previous"
                </button>
                <button type="button" class="btn btn-sm" title="Next change (n)" on:click=move |_| go(at, true)>
                    <Icon name=IconName::ArrowDown/>
                    "Next"
                </button>
            </span>
        </div>
    }
}

/// Scrolls to the next or previous change that can be seen, and marks it.
fn go(at: RwSignal<Option<usize>>, forwards: bool) {
    let changes = visible_changes();
    if changes.is_empty() {
        return;
    }
    let last = changes.len() - 1;
    let next = match at.get_untracked() {
        None if forwards => 0,
        None => last,
        Some(now) if forwards => (now + 1).min(last),
        Some(now) => now.saturating_sub(1),
    };
    for (i, change) in changes.iter().enumerate() {
        drop(change.class_list().toggle_with_force("is-current", i == next));
    }
    // Its scroll margin leaves room for what is around it.
    changes[next].scroll_into_view();
    at.set(Some(next));
}

fn visible_changes() -> Vec<HtmlElement> {
    let Ok(found) = document().query_selector_all(".diff-start") else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|i| found.item(i)?.dyn_into::<HtmlElement>().ok());
    elements.filter(|element| element.offset_parent().is_some()).collect()
}
