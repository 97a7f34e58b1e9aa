//! Rendered messages with where their parts come from: parameters by a tint, other templates by a line and a number.

use domain::composition::SourceTemplate;
use domain::preview::{Piece, RenderedMessage};
use domain::text::unturned;
use leptos::prelude::*;

use super::state::Editor;

/// The messages, and what their marks mean.
#[component]
pub fn SpokenAll(
    editor: Editor,
    messages: Vec<RenderedMessage>,
    /// Outlives the messages, which change at every key.
    is_marked: RwSignal<bool>,
) -> impl IntoView {
    let parts = parts(&messages);
    let spoken = messages.into_iter().map(|message| spoken(message, &parts)).collect_view();
    let legend = (!parts.is_empty()).then(|| view! { <Legend editor parts=parts.clone() is_marked/> });
    view! {
        <div class="spoken-all">
            {legend}
            {spoken}
        </div>
    }
}

/// The other templates that the messages are made of, in the order of the text.
fn parts(messages: &[RenderedMessage]) -> Vec<SourceTemplate> {
    let mut parts: Vec<SourceTemplate> = Vec::new();
    for template in messages.iter().flat_map(|m| &m.pieces).filter_map(|piece| piece.template.as_ref()) {
        if !parts.contains(template) {
            parts.push(template.clone());
        }
    }
    parts
}

/// Which number stands for which template, and the switch that takes the marks away.
#[component]
fn Legend(editor: Editor, parts: Vec<SourceTemplate>, is_marked: RwSignal<bool>) -> impl IntoView {
    let entry = |(i, part): (usize, SourceTemplate)| {
        let href = format!("/p/{}/templates/{}?tab=content&version={}", editor.project(), part.key, part.version);
        view! {
            <li>
                <span class="part-number">{i + 1}</span>
                <a class="link-accent" href=href target="_blank">{part.name()}</a>
            </li>
        }
    };
    let entries = parts.into_iter().enumerate().map(entry).collect_view();
    view! {
        <div class="part-legend" on:input=|event| event.stop_propagation()>
            <label>
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm part-switch"
                    checked
                    prop:checked=is_marked
                    on:change:target=move |event| is_marked.set(event.target().checked())
                />
                "Mark text from other templates"
            </label>
            <ol>{entries}</ol>
        </div>
    }
}

fn spoken(message: RenderedMessage, parts: &[SourceTemplate]) -> impl IntoView + use<> {
    let mut before = None;
    let pieces: Vec<_> = message
        .pieces
        .into_iter()
        .map(|piece| {
            let number = piece.template.as_ref().and_then(|t| parts.iter().position(|part| part == t)).map(|i| i + 1);
            let is_first = number != std::mem::replace(&mut before, number);
            shown(piece, number, is_first)
        })
        .collect();
    view! {
        <article class="spoken">
            <h3 class="spoken-role">{message.role.name()}</h3>
            <pre class="spoken-text">{pieces}</pre>
        </article>
    }
}

/// A piece; the first of those that a template brought in at once shows its number.
fn shown(piece: Piece, number: Option<usize>, is_first: bool) -> AnyView {
    let mut from = piece.from.clone();
    from.extend(piece.template.as_ref().map(SourceTemplate::name));
    let text = unturned(&piece.text);
    if from.is_empty() {
        return text.into_any();
    }
    let title = format!("from {}", from.join(", "));
    let (is_value, part) = (!piece.from.is_empty(), number.filter(|_| is_first));
    view! { <span class:from-value=is_value class:from-part=number.is_some() data-part=part title=title>{text}</span> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_template_has_one_number() {
        let piece = |key: &str| Piece {
            template: (!key.is_empty()).then(|| SourceTemplate { key: key.to_owned(), version: 1 }),
            ..Piece::default()
        };
        let message = |keys: &[&str]| RenderedMessage {
            pieces: keys.iter().map(|key| piece(key)).collect(),
            ..RenderedMessage::default()
        };
        let found = parts(&[message(&["b", "", "a", "b"]), message(&["a", "c"])]);
        assert_eq!(found.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["b", "a", "c"]);
    }
}
