//! The shortcuts: one table, which the keyboard follows and the list of them shows.

use domain::permission::{Permission, Role, allows};
use leptos::prelude::*;

use super::Me;
use super::keyboard::Switch;
use super::sidebar::entries;
use crate::browser::element;
use crate::ui::{Icon, IconName, Loading, wait};

/// The id of the list.
pub const SHEET: &str = "shortcuts";

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Search,
    Create,
    Edit,
    NextRow,
    PreviousRow,
    Select,
    ShowSheet,
    /// What the part of a page does that listens for it, or the browser.
    Own,
}

pub struct Shortcut {
    group: &'static str,
    pub keys: &'static [&'static str],
    text: &'static str,
    pub does: Does,
    /// Who may not do this has no use for it.
    needs: Option<Permission>,
}

impl Shortcut {
    pub fn is_for(&self, role: Role) -> bool {
        self.needs.is_none_or(|p| allows(role, p))
    }
}

const fn key(group: &'static str, keys: &'static [&'static str], text: &'static str, does: Does) -> Shortcut {
    Shortcut { group, keys, text, does, needs: None }
}
/// Of no use to who may not write templates.
const fn writing(group: &'static str, keys: &'static [&'static str], text: &'static str, does: Does) -> Shortcut {
    Shortcut { needs: Some(Permission::WriteTemplates), ..key(group, keys, text, does) }
}

const ANYWHERE: &str = "Anywhere";
const LISTS: &str = "In a list";
const EDITOR: &str = "In the editor";
const COMPARISON: &str = "In a comparison";

/// All but the ways to pages, which the sidebar has.
pub const LIST: [Shortcut; 18] = [
    key(ANYWHERE, &["Ctrl", "K"], "Find templates, pages, actions", Does::Own),
    key(ANYWHERE, &["/"], "Search", Does::Search),
    writing(ANYWHERE, &["c"], "Create a template", Does::Create),
    key(ANYWHERE, &["?"], "Show this list", Does::ShowSheet),
    key(LISTS, &["j"], "Next row", Does::NextRow),
    key(LISTS, &["k"], "Previous row", Does::PreviousRow),
    key(LISTS, &["Enter"], "Open the row", Does::Own),
    key(LISTS, &["x"], "Select the row", Does::Select),
    writing("On a template", &["e"], "Edit it", Does::Edit),
    key(COMPARISON, &["n"], "Next change", Does::Own),
    key(COMPARISON, &["p"], "Previous change", Does::Own),
    writing(EDITOR, &["Ctrl", "Enter"], "Save the version", Does::Own),
    writing(EDITOR, &["Ctrl", "S"], "Keep the draft", Does::Own),
    writing(EDITOR, &["Ctrl", "Space"], "Complete what is typed", Does::Own),
    writing(EDITOR, &["Ctrl", "."], "Mend what is marked", Does::Own),
    writing(EDITOR, &["F2"], "Rename a parameter", Does::Own),
    writing(EDITOR, &["F12"], "Open the template that is named", Does::Own),
    writing(EDITOR, &["Ctrl", "M"], "Let Tab indent, or leave the field", Does::Own),
];

/// The list of shortcuts that are of use to who looks at it.
#[component]
pub fn Sheet(me: Me) -> impl IntoView {
    let switch = expect_context::<Switch>();
    // Rows that nobody looks at would only make every page slower to come alive.
    let is_wanted = RwSignal::new(false);
    let want = move || {
        if !is_wanted.get_untracked() {
            is_wanted.set(true);
        }
    };
    // It may have been opened before this was there to hear of it.
    Effect::new(move |_| {
        if element(SHEET).is_some_and(|sheet| sheet.matches(":popover-open").unwrap_or_default()) {
            want();
        }
    });
    let groups = move || {
        let is_wanted = is_wanted.get();
        wait(async move {
            let role = me.await.map(|me| me.role).ok().filter(|_| is_wanted);
            role.map(|role| view! { <Groups role/> })
        })
    };
    view! {
        <div class="sheet shortcut-sheet" id=SHEET popover="auto" role="dialog" aria-labelledby="shortcuts-title" on:beforetoggle=move |_: leptos::ev::Event| want()>
            <div class="mb-3 flex items-center justify-between">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <button type="button" class="copy" popovertarget=SHEET popovertargetaction="hide" aria-label="Close" autofocus>
                    <Icon name=IconName::X/>
                </button>
            </div>
            <Loading view=groups/>
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

#[component]
fn Groups(role: Role) -> impl IntoView {
    let ways = entries(role).map(|entry| ("Go to", entry.keys, entry.text));
    let others = LIST.iter().filter(move |shortcut| shortcut.is_for(role));
    let mut groups: Vec<(&str, Vec<_>)> = Vec::new();
    for (group, keys, text) in ways.chain(others.map(|s| (s.group, s.keys, s.text))) {
        let row = view! {
            <div class="flex items-center justify-between gap-4 py-1">
                <dt>{text}</dt>
                <dd><Keys keys/></dd>
            </div>
        };
        match groups.last_mut().filter(|(name, _)| *name == group) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((group, vec![row])),
        }
    }
    let groups = groups.into_iter().map(|(name, rows)| {
        view! {
            <section class="shortcut-group">
                <h3>{name}</h3>
                <dl>{rows}</dl>
            </section>
        }
    });
    view! { <div class="shortcut-groups">{groups.collect_view()}</div> }
}

/// Keys as they stand on the keyboard.
#[component]
pub fn Keys(keys: &'static [&'static str]) -> impl IntoView {
    let keys = keys.iter().map(|key| view! { <kbd class="kbd-key">{*key}</kbd> }).collect_view();
    view! { <span class="flex gap-1">{keys}</span> }
}
