//! Keyboard shortcuts, their list, and the switch that turns them off (WCAG 2.1.4).

use domain::permission::Permission;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Me, may, use_project};
use crate::browser::{element, store, stored};
use crate::ui::{Icon, IconName};

/// The id of the list.
pub const SHEET: &str = "shortcuts";
/// Where "off" is kept.
const KEY: &str = "shortcuts";
/// How long a `g` waits for the key after it, in milliseconds.
const WAIT: f64 = 1_500.0;

const LIST: [(&[&str], &str); 6] = [
    (&["g", "h"], "Go to Home"),
    (&["g", "t"], "Go to Templates"),
    (&["g", "e"], "Go to Executions"),
    (&["/"], "Search"),
    (&["c"], "Create a template"),
    (&["?"], "Show this list"),
];

/// Whether keys without a modifier do anything.
#[derive(Clone, Copy)]
pub struct Switch(pub RwSignal<bool>);

impl Switch {
    fn set(self, on: bool) {
        self.0.set(on);
        store(KEY, (!on).then_some("off"));
    }
    /// Whether a key is a shortcut: they are on, it has no modifier, and nobody types it into a field.
    pub fn takes(self, event: &KeyboardEvent) -> bool {
        self.0.get_untracked() && !is_typing(event)
    }
}

/// Closes menus, sheets and the drawer.
pub fn close_popovers() {
    let Ok(open) = document().query_selector_all(":popover-open") else { return };
    for popover in (0..open.length()).filter_map(|i| open.get(i)?.dyn_into::<HtmlElement>().ok()) {
        // One that its parent has closed meanwhile has nothing left to close.
        let _ = popover.hide_popover();
    }
}

/// The list of shortcuts, and the listener behind them.
#[component]
pub fn Shortcuts(me: Me) -> impl IntoView {
    let switch = expect_context::<Switch>();
    listen(switch, me);
    let row = |(keys, text): (&'static [&'static str], &'static str)| {
        let keys = keys.iter().map(|key| view! { <kbd class="kbd-key">{*key}</kbd> }).collect_view();
        view! {
            <div class="flex items-center justify-between py-1">
                <dt>{text}</dt>
                <dd class="flex gap-1">{keys}</dd>
            </div>
        }
    };
    view! {
        <div class="sheet" id=SHEET popover="auto" role="dialog" aria-labelledby="shortcuts-title">
            <div class="mb-3 flex items-center justify-between">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <button type="button" class="copy" popovertarget=SHEET popovertargetaction="hide" aria-label="Close" autofocus>
                    <Icon name=IconName::X/>
                </button>
            </div>
            <dl class="text-[0.8125rem]">{LIST.map(row).collect_view()}</dl>
            <label class="js-only mt-4 flex items-center gap-2 border-t border-base-300 pt-4 text-[0.8125rem]">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    prop:checked=switch.0
                    on:change:target=move |event| switch.set(event.target().checked())
                />
                "Use single-key shortcuts"
            </label>
        </div>
    }
}

fn listen(switch: Switch, me: Me) {
    let (project, navigate) = (use_project(), use_navigate());
    let can_create = RwSignal::new(false);
    let go = move |path: &str| {
        let path = format!("/p/{}{path}", project.get_untracked());
        navigate(&path, NavigateOptions::default());
    };
    Effect::new(move |_| {
        switch.0.set(stored(KEY).as_deref() != Some("off"));
        leptos::task::spawn_local(async move {
            let can = may(me, Permission::WriteTemplates).await;
            can_create.try_set(can);
        });
        let go = go.clone();
        let last = StoredValue::new((String::new(), 0.0));
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Escape" {
                close_disclosure();
            }
            if !switch.takes(&event) {
                return;
            }
            let (key, now) = (event.key(), event.time_stamp());
            let (before, at) = last.get_value();
            last.set_value((key.clone(), now));
            let before = if now - at < WAIT { before.as_str() } else { "" };
            let is_taken = match (before, key.as_str()) {
                ("g", "h") => {
                    go("");
                    true
                }
                ("g", "t") => {
                    go("/templates");
                    true
                }
                ("g", "e") => {
                    go("/executions");
                    true
                }
                (_, "c") if can_create.get_untracked() => {
                    go("/templates/new");
                    true
                }
                (_, "/") => focus_search(),
                (_, "?") => element(SHEET).is_some_and(|e| e.toggle_popover().is_ok()),
                _ => false,
            };
            if is_taken {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Closes the form that has the focus and that a disclosure opened, and gives the focus back to what opened it.
fn close_disclosure() {
    let Some(focused) = document().active_element() else { return };
    let panel = focused.closest(".pipe-panel[id]").ok().flatten().map(|panel| panel.id());
    let opener = panel.and_then(|id| document().query_selector(&format!("summary[aria-controls='{id}']")).ok()?);
    let details = opener.unwrap_or(focused).closest("details:is([name], .confirm)[open]").ok().flatten();
    if let Some(details) = details
        && details.remove_attribute("open").is_ok()
        && let Ok(Some(summary)) = details.query_selector("summary")
    {
        drop(summary.unchecked_into::<HtmlElement>().focus());
    }
}

/// Keys with a modifier, and keys typed into a field, are not ours.
fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
    let is_field = |e: HtmlElement| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || is_editable(&e);
    event.ctrl_key() || event.meta_key() || event.alt_key() || target.is_some_and(is_field)
}

/// Monaco's own place to type in is neither a field nor `contenteditable`.
fn is_editable(element: &HtmlElement) -> bool {
    element.is_content_editable() || element.get_attribute("role").as_deref() == Some("textbox")
}

fn focus_search() -> bool {
    element("search").is_some_and(|e| e.focus().is_ok())
}
