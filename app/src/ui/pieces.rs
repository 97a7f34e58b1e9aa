//! Text with what a search found in it set apart.

use domain::search::Piece;
use leptos::prelude::*;

/// The pieces as text, those that were found marked.
#[component]
pub fn Pieces(pieces: Vec<Piece>) -> impl IntoView {
    let piece = |piece: Piece| match piece.is_match {
        true => view! { <mark class="hit">{piece.text}</mark> }.into_any(),
        false => piece.text.into_any(),
    };
    pieces.into_iter().map(piece).collect_view()
}
