//! The keyboard: what the shortcuts do, and the switch that turns them off (WCAG 2.1.4).

use domain::permission::Role;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement};

use super::palette::Palette;
use super::shortcuts::{Does, LIST, SHEET};
use super::sidebar::entries;
use super::{Me, use_project};
use crate::browser::{element, store, stored};

/// Where "off" is kept.
const KEY: &str = "shortcuts";
/// How long a `g` waits for the key after it, in milliseconds.
const WAIT: f64 = 1_500.0;
/// The link of a row.
const ROW: &str = "[data-row]";

/// Whether keys without a modifier do anything.
#[derive(Clone, Copy)]
pub struct Switch(pub RwSignal<bool>);

impl Switch {
    pub fn on() -> Self {
        Self(RwSignal::new(true))
    }
    pub fn set(self, on: bool) {
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

/// Follows the keys from here on.
pub fn listen(switch: Switch, palette: Palette, me: Me) {
    let (project, navigate) = (use_project(), use_navigate());
    let role = RwSignal::new(None::<Role>);
    let go = move |path: &str| navigate(path, NavigateOptions::default());
    // In another project somebody may have another role.
    Effect::new(move |_| {
        me.track();
        leptos::task::spawn_local(async move {
            let found = me.await.map(|me| me.role).ok();
            role.try_set(found);
        });
    });
    Effect::new(move |_| {
        switch.0.set(stored(KEY).as_deref() != Some("off"));
        let go = go.clone();
        let last = StoredValue::new((String::new(), 0.0));
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Escape" {
                close_disclosure();
            }
            let Some(role) = role.get_untracked().filter(|_| switch.takes(&event)) else { return };
            let (key, now) = (event.key(), event.time_stamp());
            let (before, at) = last.get_value();
            last.set_value((key.clone(), now));
            let is_second = before == "g" && now - at < WAIT;
            let base = format!("/p/{}", project.get_untracked());
            let page = entries(role).find(|entry| is_second && entry.keys[1] == key);
            let is_taken = match page {
                Some(page) => {
                    go(&format!("{base}{}", page.path));
                    true
                }
                None => LIST
                    .iter()
                    .find(|shortcut| shortcut.keys == [key.as_str()] && shortcut.is_for(role))
                    .is_some_and(|shortcut| act(shortcut.does, &base, palette, &go)),
            };
            if is_taken {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
        open_palette(palette);
    });
}

/// Does what a key stands for; whether there was anything to do.
fn act(does: Does, base: &str, palette: Palette, go: &impl Fn(&str)) -> bool {
    match does {
        Does::Search => {
            if element("search").is_none_or(|field| field.focus().is_err()) {
                palette.open();
            }
            true
        }
        Does::Create => {
            go(&format!("{base}/templates/new"));
            true
        }
        Does::Edit => edited().map(|address| go(&address)).is_some(),
        Does::NextRow => step(true),
        Does::PreviousRow => step(false),
        Does::Select => row_with_focus().is_some_and(|row| click(&row, "input[type=checkbox]")),
        Does::ShowSheet => element(SHEET).is_some_and(|e| e.toggle_popover().is_ok()),
        Does::Own => false,
    }
}

/// Ctrl-K, wherever the focus is: before the editor takes it for the first of two keys.
fn open_palette(palette: Palette) {
    let listener = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let is_own = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if is_own && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            event.stop_propagation();
            palette.open();
        }
    });
    let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    drop(window().add_event_listener_with_callback_and_bool("keydown", &function, true));
    let listener = StoredValue::new_local(Some(listener));
    on_cleanup(move || {
        drop(window().remove_event_listener_with_callback_and_bool("keydown", &function, true));
        drop(listener.try_update_value(Option::take));
    });
}

fn row_with_focus() -> Option<Element> {
    document().active_element()?.closest("tr").ok().flatten()
}

/// Gives the focus to the link of the next row or of the one before.
fn step(is_forward: bool) -> bool {
    let Ok(found) = document().query_selector_all(ROW) else { return false };
    let links: Vec<HtmlElement> = (0..found.length()).filter_map(|i| found.get(i)?.dyn_into().ok()).collect();
    let Some(last) = links.len().checked_sub(1) else { return false };
    let own = row_with_focus();
    let here = links.iter().position(|link| own.is_some() && link.closest("tr").ok().flatten() == own);
    let next = match here {
        None if is_forward => 0,
        None => last,
        Some(here) if is_forward => (here + 1).min(last),
        Some(here) => here.saturating_sub(1),
    };
    links[next].focus().is_ok()
}

fn click(inside: &Element, what: &str) -> bool {
    let found = inside.query_selector(what).ok().flatten().and_then(|e| e.dyn_into::<HtmlElement>().ok());
    found.map(|element| element.click()).is_some()
}

/// The editor of the template in the row with the focus, or of the one whose page this is.
fn edited() -> Option<String> {
    let link = row_with_focus().and_then(|row| row.query_selector(ROW).ok().flatten());
    let path = link.and_then(|link| link.get_attribute("href")).or_else(|| location().pathname().ok())?;
    template_in(&path).map(|_| format!("{path}/edit"))
}

/// The key of the template whose page is at an address.
pub fn template_in(path: &str) -> Option<&str> {
    let mut parts = path.strip_prefix("/p/")?.split('/').skip(1);
    let key = parts.next().filter(|list| *list == "templates").and_then(|_| parts.next())?;
    (parts.next().is_none() && !key.is_empty() && key != "new").then_some(key)
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
    event.ctrl_key() || event.meta_key() || event.alt_key() || target.is_some_and(|e| is_field(&e))
}

/// A checkbox takes no letters; Monaco's own place to type in is neither a field nor `contenteditable`.
fn is_field(element: &HtmlElement) -> bool {
    let is_box = element.get_attribute("type").as_deref() == Some("checkbox");
    matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !is_box
        || element.is_content_editable()
        || element.get_attribute("role").as_deref() == Some("textbox")
}

#[cfg(test)]
mod tests {
    use super::template_in;

    #[test]
    fn the_page_of_a_template_is_told_from_others() {
        assert_eq!(template_in("/p/x/templates/core_values"), Some("core_values"));
        for other in
            ["/p/x/templates", "/p/x/templates/", "/p/x/templates/new", "/p/x/templates/a/edit", "/p/x/executions/a"]
        {
            assert_eq!(template_in(other), None, "{other}");
        }
    }
}
