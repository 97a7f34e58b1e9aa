//! One message before and after, side by side or in one column.

use domain::comparison::{DiffLine, DiffPart, DiffTag, MessageDiff, State};
use leptos::prelude::*;

use super::Layout;
use super::lines::{Block, Pair, blocks, pairs, visible};
use crate::ui::{Badge, Icon, IconName, Tone, plain_html};

/// The state of a part: icon-like sign and word.
#[component]
pub fn StateBadge(state: State) -> impl IntoView {
    let (tone, text) = match state {
        State::Added => (Tone::Success, "+ Added"),
        State::Removed => (Tone::Danger, "− Removed"),
        State::Changed => (Tone::Warning, "~ Changed"),
        State::Moved => (Tone::Info, "↕ Moved"),
        State::Same => (Tone::Neutral, "Unchanged"),
    };
    view! { <Badge tone>{text}</Badge> }
}

/// All messages, of the texts or of what is rendered of them.
#[component]
pub fn Messages(
    /// Each with the start of the address that its lines lead to; empty for none.
    messages: Vec<(MessageDiff, String)>,
    layout: Layout,
) -> impl IntoView {
    let messages =
        messages.into_iter().map(|(message, on)| view! { <MessageChanges message layout on/> }).collect_view();
    view! { <div class="diff-messages" data-view=layout.name()>{messages}</div> }
}

/// Messages whose lines lead nowhere.
pub fn without_links(messages: Vec<MessageDiff>) -> Vec<(MessageDiff, String)> {
    messages.into_iter().map(|message| (message, String::new())).collect()
}

#[component]
fn MessageChanges(message: MessageDiff, layout: Layout, on: String) -> impl IntoView {
    let is_same = message.state == State::Same;
    let counts = (!is_same).then(|| view! { <Counts added=message.added removed=message.removed/> });
    let moved = message.moved_from.map(|from| {
        let role = if from.role == message.role { String::new() } else { format!("{} ", from.role.name()) };
        let text = format!("was {role}message {}", from.number);
        // A message that is changed as well says only "Changed" otherwise.
        view! { <span class="diff-moved">{text}</span> }
    });
    let more = (message.left_out > 0).then(|| {
        let text = format!("{} more lines are not shown: the texts are too long for a page.", message.left_out);
        view! { <p class="diff-more">{text}</p> }
    });
    let lines = message.lines;
    let unified = view! { <Unified lines=lines.clone() on/> };
    // Narrow screens show one column whatever the URL says, so both are there and CSS chooses.
    let split = (layout == Layout::Split).then(|| view! { <Split lines/> });
    view! {
        <details class="card-box disclosure diff-message" open=!is_same>
            <summary class="card-head">
                <span class="diff-title">
                    <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                    <span class="mono">{message.role.name()}</span>
                    <StateBadge state=message.state/>
                    {moved}
                </span>
                {counts}
            </summary>
            <div class="diff-unified">{unified}</div>
            <div class="diff-split">{split}</div>
            {more}
        </details>
    }
}

/// How many lines came and went.
#[component]
pub fn Counts(added: u32, removed: u32) -> impl IntoView {
    let lines = |n: u32| if n == 1 { "line" } else { "lines" };
    view! {
        <span class="diff-counts">
            <span class="diff-added">
                {format!("+{added}")}
                <span class="sr-only">{format!(" {} added", lines(added))}</span>
            </span>
            " "
            <span class="diff-removed">
                {format!("−{removed}")}
                <span class="sr-only">{format!(" {} removed", lines(removed))}</span>
            </span>
        </span>
    }
}

fn unchanged(count: u32) -> AnyView {
    view! { <p class="diff-more">{format!("{count} unchanged lines, not shown")}</p> }.into_any()
}

fn folded(count: usize, rows: AnyView) -> AnyView {
    view! {
        <details class="diff-fold">
            <summary>{format!("{count} unchanged lines")}</summary>
            {rows}
        </details>
    }
    .into_any()
}

#[component]
fn Unified(lines: Vec<DiffLine>, on: String) -> impl IntoView {
    let table = |run: Vec<DiffLine>| {
        let mut was_change = false;
        let rows: Vec<_> = run
            .into_iter()
            .map(|line| {
                let is_change = line.tag != DiffTag::Equal;
                let starts = is_change && !was_change;
                was_change = is_change;
                view! { <UnifiedRow line starts on=on.clone()/> }
            })
            .collect();
        view! { <table class="diff-table"><tbody>{rows}</tbody></table> }.into_any()
    };
    let block = |block: Block| match block {
        Block::Shown(run) => table(run),
        Block::Folded(run) => folded(run.len(), table(run)),
        Block::LeftOut(count) => unchanged(count),
    };
    blocks(lines).into_iter().map(block).collect_view()
}

/// The form that `key.3.0.` leads to: that of the version.
fn form_of(on: &str) -> String {
    on.split('.').take(2).collect::<Vec<_>>().join("-")
}

fn number(line: Option<u32>) -> String {
    line.map(|n| n.to_string()).unwrap_or_default()
}

fn row_class(tag: DiffTag, starts: bool) -> &'static str {
    match (tag, starts) {
        (DiffTag::Equal, _) => "",
        (DiffTag::Insert, false) => "is-insert",
        (DiffTag::Insert, true) => "is-insert diff-start",
        (DiffTag::Delete, false) => "is-delete",
        (DiffTag::Delete, true) => "is-delete diff-start",
    }
}

#[component]
fn UnifiedRow(line: DiffLine, starts: bool, on: String) -> impl IntoView {
    let class = row_class(line.tag, starts);
    // For the mouse: by keys one names the line in the form itself, without passing all of them.
    let link = line.new_line.filter(|_| !on.is_empty()).map(|n| {
        let (href, label) = (format!("?on={on}{n}#comment-{}", form_of(&on)), format!("Comment on line {n}"));
        view! { <a class="diff-comment" href=href title=label.clone() aria-label=label tabindex="-1">{n}</a> }
            .into_any()
    });
    let new_number = link.unwrap_or_else(|| number(line.new_line).into_any());
    view! {
        <tr class=class>
            <td class="diff-number">{number(line.old_line)}</td>
            <td class="diff-number">{new_number}</td>
            <LineCells line class=""/>
        </tr>
    }
}

/// Sign and text of a line. Side by side the cells have the colour, because a row has two sides.
/// Bytes from which on a text may become several nodes.
const LONG: usize = 60_000;

#[component]
fn LineCells(line: DiffLine, class: &'static str) -> impl IntoView {
    let (sign, word) = match line.tag {
        DiffTag::Equal => ("", ""),
        DiffTag::Insert => ("+", "added: "),
        DiffTag::Delete => ("−", "removed: "),
    };
    let part = |part: DiffPart| {
        let text = visible(&part.text);
        match part.emphasised && !text.is_empty() {
            true => view! { <mark class="diff-word" inner_html=plain_html(&text)></mark> }.into_any(),
            false if text.len() > LONG => view! { <span inner_html=plain_html(&text)></span> }.into_any(),
            false => text.into_any(),
        }
    };
    view! {
        <td class=format!("diff-sign {class}") aria-hidden="true">{sign}</td>
        <td class=format!("diff-text {class}")>
            <span class="sr-only">{word}</span>
            {line.parts.into_iter().map(part).collect_view()}
        </td>
    }
}

#[component]
fn Split(lines: Vec<DiffLine>) -> impl IntoView {
    let table = |run: Vec<DiffLine>| {
        let mut was_change = false;
        let rows: Vec<_> = pairs(run)
            .into_iter()
            .map(|pair| {
                let starts = pair.is_change() && !was_change;
                was_change = pair.is_change();
                view! { <SplitRow pair starts/> }
            })
            .collect();
        view! { <table class="diff-table is-split"><tbody>{rows}</tbody></table> }.into_any()
    };
    let block = |block: Block| match block {
        Block::Shown(run) => table(run),
        Block::Folded(run) => folded(run.len(), table(run)),
        Block::LeftOut(count) => unchanged(count),
    };
    blocks(lines).into_iter().map(block).collect_view()
}

#[component]
fn SplitRow(pair: Pair, starts: bool) -> impl IntoView {
    let side = |line: Option<DiffLine>, is_old: bool| {
        match line {
        Some(line) => {
            let class = row_class(line.tag, false);
            let number = number(if is_old { line.old_line } else { line.new_line });
            view! {
                <td class=format!("diff-number {class}")>{number}</td>
                <LineCells line class/>
            }
            .into_any()
        }
        None => view! { <td class="diff-number diff-none"></td><td class="diff-sign diff-none"></td><td class="diff-text diff-none"></td> }.into_any(),
    }
    };
    view! {
        <tr class=if starts { "diff-start" } else { "" }>
            {side(pair.old, true)}
            {side(pair.new, false)}
        </tr>
    }
}
