//! The layers in a line each, leading to them: what changes for the model, for the callers, and for the numbers.

use domain::comparison::{Compared, MessageDiff, Rendered, State};
use domain::performance::Figure;
use leptos::prelude::*;

/// A layer's id, its name, and what it says in short.
#[component]
pub fn Layers(compared: Compared) -> impl IntoView {
    let Compared { changes, rendered, figures, .. } = compared;
    let layers = [
        ("source", "Source", messages(&changes.messages)),
        ("rendered", "Rendered", of_rendered(&rendered)),
        ("contract", "Contract", contract(&changes)),
        ("numbers", "Numbers", numbers(&figures)),
    ];
    let layer = |(id, name, text): (&'static str, &'static str, String)| {
        view! {
            <li>
                <a href=format!("#{id}") rel="external">
                    <span class="diff-layer">{name}</span>
                    <span class="diff-layer-text">{text}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="diff-layers" aria-label="Layers">
            <ul>{layers.map(layer).into_iter().collect_view()}</ul>
        </nav>
    }
}

fn messages(messages: &[MessageDiff]) -> String {
    let changed = messages.iter().filter(|m| m.state != State::Same).count();
    let (added, removed) = messages.iter().fold((0, 0), |(a, r), m| (a + m.added, r + m.removed));
    match changed {
        0 => "No text changed".to_owned(),
        1 => format!("+{added} −{removed} lines in 1 message"),
        n => format!("+{added} −{removed} lines in {n} messages"),
    }
}

fn of_rendered(rendered: &Rendered) -> String {
    match (&rendered.from_error, &rendered.to_error) {
        (None, None) => messages(&rendered.messages),
        (Some(_), Some(_)) => "Neither can be rendered".to_owned(),
        _ => "One can't be rendered".to_owned(),
    }
}

fn contract(changes: &domain::comparison::Comparison) -> String {
    let breaking = changes.parameters.iter().filter(|p| p.is_breaking).count();
    let others = changes.parameters.len() - breaking + changes.config.len();
    match (breaking, others) {
        (0, 0) => "Nothing changed".to_owned(),
        (0, n) => format!("{n} changed, none breaking"),
        (n, 0) => format!("{n} breaking"),
        (n, more) => format!("{n} breaking, {more} more"),
    }
}

/// The success rate where there is one to compare, else the score.
fn numbers(figures: &[Figure]) -> String {
    let rate = figures.iter().find(|f| f.name == "Success rate" && !f.difference.is_empty());
    match (rate, figures.last()) {
        (Some(rate), _) => format!("{} → {} success", rate.from, rate.to),
        (None, Some(score)) => format!("Lint {} → {}", score.from, score.to),
        (None, None) => String::new(),
    }
}
