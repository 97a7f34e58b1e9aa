//! What comes out of a merge: what the newest version brings into the draft, and what a save changes of that version.

use domain::comparison::{Comparison, State};
use domain::merging::Merging;
use leptos::prelude::*;

use crate::templates::diff::ChangesView;
use crate::ui::{Icon, IconName};

/// How many parts differ, in words.
fn count(comparison: &Comparison) -> String {
    let messages = comparison.messages.iter().filter(|m| m.state != State::Same).count();
    let parts = messages + comparison.parameters.len() + comparison.config.len();
    if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") }
}

/// Folded: it asks nothing.
#[component]
pub fn BroughtIn(number: i64, comparison: Comparison) -> impl IntoView {
    if comparison.is_same {
        return ().into_any();
    }
    let text = format!("Merged without a question: version {number} changes {} of your draft", count(&comparison));
    view! {
        <details class="disclosure merge-auto">
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                {text}
            </summary>
            <ChangesView comparison/>
        </details>
    }
    .into_any()
}

#[component]
pub fn MergeResult(shown: RwSignal<Merging>) -> impl IntoView {
    let number = shown.with_untracked(|merging| merging.theirs.number);
    let open = move || match shown.with(Merging::undecided) {
        0 => None,
        1 => Some("1 conflict is not decided: your text stands there for now.".to_owned()),
        n => Some(format!("{n} conflicts are not decided: your text stands there for now.")),
    };
    let body = move || {
        let comparison = shown.with(|merging| merging.result.clone());
        match comparison.is_same {
            true => view! { <p class="quiet-line">"Nothing: all is as they saved it, so that there is no version to save."</p> }.into_any(),
            false => view! { <ChangesView comparison/> }.into_any(),
        }
    };
    view! {
        <section class="merge-result" aria-labelledby="result-title">
            <h2 class="section-title" id="result-title">{format!("The result: what a save changes of version {number}")}</h2>
            <p class="field-hint">{open}</p>
            {body}
        </section>
    }
}
