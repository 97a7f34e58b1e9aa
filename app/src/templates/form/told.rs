//! What a button beside the text led to, told where it stands.

use domain::error::Error;
use leptos::prelude::*;

use super::data::Told;
use super::problems::place;
use crate::ui::sentence;

/// The parts of the form that tell what became of their buttons.
pub const SAMPLE: &str = "sample";
pub const SCHEMA: &str = "schema";

impl Told {
    /// What was done, and what was noticed on the way.
    pub fn done(of: &str, texts: Vec<String>) -> Self {
        Self { of: of.to_owned(), is_wrong: false, texts }
    }

    /// Why nothing was done: all of it.
    pub fn refused(of: &str, error: &Error) -> Self {
        let all = error.errors.iter().map(|e| format!("{}: {}", named(of, &e.field), e.message));
        let texts: Vec<_> = all.collect();
        let texts = if texts.is_empty() { vec![sentence(&error.message)] } else { texts };
        Self { of: of.to_owned(), is_wrong: true, texts }
    }
}

/// Paths in a schema are shown as they are.
fn named(of: &str, field: &str) -> String {
    if of == SCHEMA { field.to_owned() } else { place(field) }
}

/// Shows it.
#[component]
pub fn TellLine(of: &'static str, told: RwSignal<Told>) -> impl IntoView {
    let shown = move || told.read().of == of && !told.read().texts.is_empty();
    let items = move || told.get().texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! {
        <div role="status" class="contents">
            <Show when=shown>
                <ul class="told-list" class:is-wrong=move || told.read().is_wrong>{items}</ul>
            </Show>
        </div>
    }
}
