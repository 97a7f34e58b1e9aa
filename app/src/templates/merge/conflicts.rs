//! The questions of a merge: for each conflict what there was, both sides, and what to take.

use domain::merging::{Conflict, Matter, Merging, Open, Take};
use leptos::prelude::*;

use super::server::ChoiceRow;
use crate::templates::diff::visible;
use crate::templates::form::place;
use crate::ui::{Icon, IconName, area_source};

#[component]
pub fn Conflicts(merging: Merging, shown: RwSignal<Merging>, rows: Vec<ChoiceRow>) -> impl IntoView {
    let (count, theirs, base) = (merging.conflicts.len(), merging.theirs.number, merging.base);
    if count == 0 {
        return view! {
            <div class="notice notice-success mb-4">
                <Icon name=IconName::CircleCheck/>
                <p>"Nothing is in conflict: what you changed and what they changed fit together. Look at the result and save it."</p>
            </div>
        }
        .into_any();
    }
    let item = |(n, open): (usize, Open)| {
        let typed = rows.iter().find(|row| row.id == open.id.0 && row.number == open.id.1.to_string()).cloned();
        view! { <Question n count open typed base theirs shown/> }
    };
    let items = merging.conflicts.into_iter().enumerate().map(item).collect_view();
    let title = if count == 1 { "1 conflict".to_owned() } else { format!("{count} conflicts") };
    view! {
        <section aria-labelledby="conflicts-title">
            <h2 class="section-title" id="conflicts-title">{title}</h2>
            {items}
        </section>
    }
    .into_any()
}

/// What a conflict is about, in words.
fn title(conflict: &Conflict) -> String {
    let whole = |one: &str| match (&conflict.ours, &conflict.theirs) {
        (Some(_), _) => format!("{one} that you changed and they took away"),
        _ => format!("{one} that they changed and you took away"),
    };
    match (conflict.matter(), conflict.line) {
        (Matter::Order, _) => "The order of the messages".to_owned(),
        (Matter::Presence, _) if conflict.field == "messages" => whole("A message"),
        (Matter::Presence, _) => whole("A parameter"),
        (Matter::Lines, Some(line)) => format!("{}, line {line}", place(&conflict.field)),
        _ => place(&conflict.field),
    }
}

#[component]
fn Question(
    n: usize,
    count: usize,
    open: Open,
    typed: Option<ChoiceRow>,
    base: i64,
    theirs: i64,
    shown: RwSignal<Merging>,
) -> impl IntoView {
    let Open { conflict, id, choice, .. } = open;
    let ((hash, number), chosen) = (id, choice.map(|choice| choice.take));
    let name = move |part: &str| format!("form[choices][{n}][{part}]");
    let problem = move || shown.with(|merging| merging.conflicts.get(n).and_then(|open| open.problem.clone()));
    let radio = |take: Take| {
        let text = label(take, &conflict);
        view! {
            <label class="merge-take">
                <input type="radio" class="radio radio-sm" name=name("take") value=take.name() checked=chosen == Some(take)/>
                {text}
            </label>
        }
    };
    let takes = Take::ALL.into_iter().filter(|take| conflict.allows(*take)).map(radio).collect_view();
    let text = typed.map(|row| row.text).filter(|text| !text.is_empty());
    let text = text.or_else(|| conflict.ours.clone()).or_else(|| conflict.theirs.clone()).unwrap_or_default();
    let edit = conflict.allows(Take::Edit).then(|| {
        view! {
            <div class="merge-edit">
                <label class="sr-only" for=format!("text-{n}")>{format!("Text for conflict {}", n + 1)}</label>
                <textarea
                    class="textarea code-area grow-area"
                    id=format!("text-{n}")
                    name=name("text")
                    rows="3"
                    spellcheck="false"
                    aria-describedby=format!("problem-{n}")
                    inner_html=area_source(&text)
                ></textarea>
            </div>
        }
    });
    let was = if base == 0 { "Before".to_owned() } else { format!("Before, version {base}") };
    view! {
        <fieldset class="card-box merge-conflict" id=format!("conflict-{n}") tabindex="-1">
            <legend class="sr-only">{format!("Conflict {} of {count}: {}", n + 1, title(&conflict))}</legend>
            <div class="card-head" aria-hidden="true">
                <span class="font-medium">{title(&conflict)}</span>
                <span class="field-hint">{format!("{} of {count}", n + 1)}</span>
            </div>
            <input type="hidden" name=name("id") value=hash/>
            <input type="hidden" name=name("number") value=number.to_string()/>
            <div class="merge-columns">
                <SideText head=was text=conflict.base.clone() class="is-base"/>
                <SideText head="Mine".to_owned() text=conflict.ours.clone() class="is-ours"/>
                <SideText head=format!("Theirs, version {theirs}") text=conflict.theirs.clone() class="is-theirs"/>
            </div>
            <div class="merge-takes">
                {takes}
            </div>
            {edit}
            <p class="field-error merge-problem" id=format!("problem-{n}")>{problem}</p>
        </fieldset>
    }
}

fn label(take: Take, conflict: &Conflict) -> &'static str {
    match (take, conflict.matter(), conflict.ours.is_some(), conflict.theirs.is_some()) {
        (Take::Ours, Matter::Presence, false, _) => "Take mine: leave it out",
        (Take::Theirs, Matter::Presence, _, false) => "Take theirs: leave it out",
        (Take::Ours, ..) => "Take mine",
        (Take::Theirs, ..) => "Take theirs",
        (Take::Both, Matter::Order, ..) => "Mine, with what they added",
        (Take::Both, ..) => "Take both, mine first",
        (Take::Edit, ..) => "Edit",
    }
}

#[component]
fn SideText(head: String, text: Option<String>, class: &'static str) -> impl IntoView {
    let shown = match text {
        // Line by line: `visible` writes a line's end out.
        Some(text) => {
            let lines: Vec<String> = text.split('\n').map(visible).collect();
            view! { <pre class="merge-text">{lines.join("\n")}</pre> }.into_any()
        }
        None => view! { <p class="merge-none">"Nothing here"</p> }.into_any(),
    };
    view! {
        <div class=format!("merge-side {class}")>
            <p class="merge-head">{head}</p>
            {shown}
        </div>
    }
}
