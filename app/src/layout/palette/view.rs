//! The palette itself: a field, and below it a list that the field's arrow keys go through.

use std::rc::Rc;
use std::time::Duration;

use domain::permission::Role;
use domain::search::{Suggestion, distance};
use domain::text::unturned;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlFormElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::items::{Act, Item, Place, items};
use crate::browser::element;
use crate::call;
use crate::error::AppResult;
use crate::layout::shortcuts::{Keys, SHEET};
use crate::layout::theme::Theme;
use crate::templates::SuggestTemplates;
use crate::ui::{Icon, IconName, Pieces, write_clipboard};

const PALETTE: &str = "palette";
const LIST: &str = "palette-list";
/// How long a pause in typing is.
const PAUSE: Duration = Duration::from_millis(80);

#[derive(Clone, Copy)]
struct State {
    typed: RwSignal<String>,
    /// What was typed, and the templates that the server found for it.
    found: RwSignal<(String, Vec<Suggestion>)>,
    /// The server did not answer.
    is_away: RwSignal<bool>,
    /// Logging out: there is nothing more to ask for.
    is_leaving: RwSignal<bool>,
    items: Memo<Vec<Item>>,
    /// The item that Enter takes.
    at: RwSignal<usize>,
}

impl State {
    /// What somebody went to with the arrow keys or the mouse.
    fn marked(self) -> Option<Act> {
        let at = self.at.get_untracked();
        self.items.with_untracked(|items| items.get(at).filter(|_| at > 0).map(|item| item.act.clone()))
    }
    /// Goes to the same item in another list, or to the first.
    fn mark(self, marked: Option<Act>) {
        let place = |act| self.items.with_untracked(|items| items.iter().position(|item| item.act == act));
        let at = marked.and_then(place);
        self.at.set(at.unwrap_or_default());
    }
}

#[component]
pub fn PaletteView(
    asked: RwSignal<usize>,
    /// How often it was shown: made anew for another project, it opens only when it is asked for again.
    shown: StoredValue<usize>,
    project: Memo<String>,
    role: Role,
) -> impl IntoView {
    let (typed, found) = (RwSignal::new(String::new()), RwSignal::new((String::new(), Vec::new())));
    let path = use_location().pathname;
    let items = Memo::new(move |_| {
        let place = Place { role, project: &project.read(), path: &path.read() };
        let (typed, found) = (typed.read(), found.read());
        items(&typed, &fitting(&typed, &found), &place)
    });
    let state = State {
        typed,
        found,
        is_away: RwSignal::new(false),
        is_leaving: RwSignal::new(false),
        items,
        at: RwSignal::new(0),
    };
    toggle(state, asked, shown);
    follow(state, asked, project);
    let doing = doing(state);
    let is_away = move || state.is_away.get().then_some("Templates can't be searched: the server did not answer.");
    view! {
        <div class="palette" id=PALETTE popover="auto" role="dialog" aria-label="Command palette">
            <div class="palette-field">
                <Icon name=IconName::Search class="size-4 text-muted"/>
                <input
                    type="text"
                    role="combobox"
                    aria-label="Find templates, pages and actions"
                    aria-expanded="true"
                    aria-controls=LIST
                    aria-autocomplete="list"
                    aria-activedescendant=move || option_id(state.at.get())
                    placeholder="Find templates, pages and actions"
                    maxlength="200"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus
                    prop:value=typed
                    on:input:target=move |event| typed.set(event.target().value())
                    on:keydown=move |event| key(&event, state, doing)
                />
                <span aria-hidden="true"><Keys keys=&["Esc"]/></span>
            </div>
            // A press of the mouse leaves the focus in the field: what is closed gives it back to where it was before.
            <div class="palette-list" id=LIST role="listbox" aria-label="Results" on:mousedown=|event| event.prevent_default()>
                {move || groups(state, doing)}
            </div>
            <p class="palette-note empty:hidden" role="status">{is_away}</p>
            <p class="sr-only" role="status">{move || format!("{} results", state.items.read().len())}</p>
        </div>
    }
}

/// Opens it whenever it is asked for; closes it when it is open.
fn toggle(state: State, asked: RwSignal<usize>, shown: StoredValue<usize>) {
    Effect::new(move |_| {
        let count = asked.get();
        if shown.get_value() == count {
            return;
        }
        shown.set_value(count);
        state.typed.set(String::new());
        state.at.set(0);
        // In the next frame it is in the page.
        request_animation_frame(|| {
            element(PALETTE).and_then(|palette| palette.toggle_popover().ok());
        });
    });
}

/// Asks the server for what is typed, and keeps the item that Enter takes in sight.
fn follow(state: State, asked: RwSignal<usize>, project: Memo<String>) {
    Effect::new(move |_| {
        asked.track();
        let typed = state.typed.get();
        state.at.set(0);
        let pause = if typed.is_empty() { Duration::ZERO } else { PAUSE };
        let ask = move || {
            let is_meant = state.typed.try_read_untracked().is_some_and(|now| *now == typed);
            if is_meant && !state.is_leaving.get_untracked() {
                leptos::task::spawn_local(suggest(state, project.get_untracked(), typed));
            }
        };
        set_timeout(ask, pause);
    });
    Effect::new(move |_| {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        if let Some(option) = element(&option_id(state.at.get())) {
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

async fn suggest(state: State, project: String, typed: String) {
    let wanted = typed.trim().to_owned();
    let found = if wanted.starts_with('>') { Ok(Vec::new()) } else { ask(project, wanted).await };
    // An answer to what is no longer typed comes too late.
    if state.typed.try_read_untracked().is_some_and(|now| *now == typed) {
        let marked = state.marked();
        state.is_away.set(found.is_err());
        state.found.set((typed, found.unwrap_or_default()));
        state.mark(marked);
    }
}

/// What the server found; until it has answered, of what it found before what fits by its name: Enter must not lead to what
/// has nothing to do with what is typed.
fn fitting(typed: &str, (asked, found): &(String, Vec<Suggestion>)) -> Vec<Suggestion> {
    let is_near = |name: &String| distance(typed, name).is_some();
    let fits = |one: &&Suggestion| asked == typed || is_near(&one.key) || is_near(&one.display_name);
    found.iter().filter(fits).cloned().collect()
}

async fn ask(project: String, typed: String) -> AppResult<Vec<Suggestion>> {
    call::post(SuggestTemplates::url(), call::write(&SuggestTemplates { project, typed })).await?.read()
}

fn option_id(n: usize) -> String {
    format!("palette-{n}")
}

/// The items under the names of their groups.
fn groups(state: State, doing: Doing) -> impl IntoView {
    let mut groups = Vec::<(&'static str, Vec<AnyView>)>::new();
    for (n, item) in state.items.get().into_iter().enumerate() {
        let group = item.group;
        let option = option(n, item, state.at, doing);
        match groups.last_mut().filter(|(name, _)| *name == group) {
            Some((_, options)) => options.push(option),
            None => groups.push((group, vec![option])),
        }
    }
    let group = |(name, options): (&'static str, Vec<AnyView>)| {
        view! {
            <div role="group" aria-label=name>
                <p class="palette-group" aria-hidden="true">{name}</p>
                {options}
            </div>
        }
    };
    groups.into_iter().map(group).collect_view()
}

fn option(n: usize, item: Item, at: RwSignal<usize>, doing: Doing) -> AnyView {
    let Item { icon, text, note, pieces, keys, act: what, .. } = item;
    let pieces = (!pieces.is_empty()).then(|| view! { <span class="palette-text"><Pieces pieces/></span> });
    view! {
        <div
            class="palette-item"
            role="option"
            id=option_id(n)
            aria-selected=move || (at.get() == n).to_string()
            on:mousemove=move |_| point(at, n)
            on:click=move |_| (doing.get_value())(what.clone())
        >
            <Icon name=icon class="size-4 text-muted"/>
            <span class="palette-name">{unturned(&text)}</span>
            <span class="palette-note">{note}</span>
            <span class="palette-keys" aria-hidden="true"><Keys keys/></span>
            {pieces}
        </div>
    }
    .into_any()
}

/// The item under the mouse is the one that Enter takes; it says so once.
fn point(at: RwSignal<usize>, n: usize) {
    if at.get_untracked() != n {
        at.set(n);
    }
}

/// The field's keys; what it doesn't know is typed.
fn key(event: &KeyboardEvent, state: State, doing: Doing) {
    let (count, at) = (state.items.read_untracked().len(), state.at.get_untracked());
    if event.is_composing() {
        return;
    }
    match event.key().as_str() {
        "ArrowDown" if count > 0 => state.at.set((at + 1) % count),
        "ArrowUp" if count > 0 => state.at.set((at + count - 1) % count),
        "Enter" => {
            let item = state.items.read_untracked().get(at).cloned();
            if let Some(item) = item {
                (doing.get_value())(item.act);
            }
        }
        // The focus goes on from where it was.
        "Tab" => return close(),
        _ => return,
    }
    event.prevent_default();
}

fn close() {
    element(PALETTE).and_then(|palette| palette.hide_popover().ok());
}

/// Does what the items say.
type Doing = StoredValue<Rc<dyn Fn(Act)>, LocalStorage>;

fn doing(state: State) -> Doing {
    let (navigate, theme) = (use_navigate(), expect_context::<Theme>());
    StoredValue::new_local(Rc::new(move |act| {
        close();
        match act {
            Act::Go(address) => navigate(&address, NavigateOptions::default()),
            Act::Theme(value) => theme.choose(value),
            Act::CopyLink => drop(location().href().map(|here| write_clipboard(&here))),
            Act::ShowShortcuts => drop(element(SHEET).map(|sheet| HtmlElement::show_popover(&sheet))),
            Act::LogOut => {
                state.is_leaving.set(true);
                log_out();
            }
        }
    }))
}

/// By the form of the person's menu.
fn log_out() {
    let form = document().query_selector("form[action='/logout']").ok().flatten();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        drop(form.submit());
    }
}
