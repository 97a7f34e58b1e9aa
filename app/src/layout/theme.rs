//! Light, dark, or as the system has it; kept in this browser and read by the shell's script before the first paint.

use leptos::prelude::*;

use crate::browser::{store, stored};
use crate::ui::{Icon, IconName};

/// Where the choice is kept; nothing there is "as the system has it".
const KEY: &str = "theme";

/// Value in `data-theme`, text, icon.
pub const CHOICES: [(&str, &str, IconName); 3] = [
    ("", "System", IconName::SunMoon),
    ("promptory", "Light", IconName::Sun),
    ("promptory-dark", "Dark", IconName::Moon),
];

/// The choice, as [`CHOICES`] name it.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<String>);

impl Theme {
    pub fn new() -> Self {
        let chosen = RwSignal::new(String::new());
        Effect::new(move |_| {
            chosen.set(stored(KEY).unwrap_or_default());
        });
        Self(chosen)
    }
    pub fn choose(self, value: &'static str) {
        apply(value);
        self.0.set(value.to_owned());
    }
}

#[component]
pub fn ThemeChoice() -> impl IntoView {
    let theme = expect_context::<Theme>();
    let choice = move |(value, text, icon): (&'static str, &'static str, IconName)| {
        let is_on = move || theme.0.read().as_str() == value;
        view! {
            <button type="button" class="menu-item" aria-pressed=move || is_on().to_string() on:click=move |_| theme.choose(value)>
                <Icon name=icon/>
                {text}
                <span class="tick"><Icon name=IconName::Check/></span>
            </button>
        }
    };
    view! {
        <div class="js-only py-1" role="group" aria-label="Theme">
            {CHOICES.map(choice).collect_view()}
        </div>
    }
}

fn apply(value: &str) {
    let root = document().document_element();
    let _ = match value {
        "" => root.map(|r| r.remove_attribute("data-theme")),
        value => root.map(|r| r.set_attribute("data-theme", value)),
    };
    store(KEY, (!value.is_empty()).then_some(value));
}
