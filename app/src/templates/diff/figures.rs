//! How both versions fared, beside each other.

use domain::performance::{Figure, Trend};
use leptos::prelude::*;

use super::name_of;
use crate::ui::{Badge, Notice, Tone};

#[component]
pub fn Figures(figures: Vec<Figure>, notes: Vec<String>, from: i64, to: i64) -> impl IntoView {
    let (old, new) = (name_of(from), name_of(to));
    let row = |figure: Figure| {
        view! {
            <tr>
                <th scope="row">{figure.name}</th>
                <td class="num" data-label=old.clone()>{figure.from}</td>
                <td class="num" data-label=new.clone()>{figure.to}</td>
                <td class="num" data-label="Difference">
                    <span class="diff-trend">{figure.difference} <TrendBadge trend=figure.trend/></span>
                </td>
            </tr>
        }
    };
    let rows = figures.into_iter().map(row).collect_view();
    let notes = notes.into_iter().map(|note| view! { <p>{note}</p> }).collect_view();
    view! {
        <section class="section" id="numbers" aria-labelledby="numbers-title">
            <h2 class="section-title" id="numbers-title">"Numbers"</h2>
            <div class="diff-notes"><Notice tone=Tone::Info>{notes}</Notice></div>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Figure"</th>
                            <th scope="col" class="num">{old.clone()}</th>
                            <th scope="col" class="num">{new.clone()}</th>
                            <th scope="col" class="num">"Difference"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// What a difference means, in a word.
#[component]
fn TrendBadge(trend: Trend) -> impl IntoView {
    let (tone, text) = match trend {
        Trend::Better => (Tone::Success, "better"),
        Trend::Worse => (Tone::Danger, "worse"),
        Trend::Chance => (Tone::Neutral, "may be chance"),
        Trend::Neutral => return None,
    };
    Some(view! { <Badge tone>{text}</Badge> })
}
