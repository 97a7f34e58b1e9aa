//! A comparison as a document for an e-mail: one column, its styles at the elements, nothing folded, nothing loaded.

use domain::comparison::{
    Compared, ComparisonRequest, ConfigChange, DiffLine, DiffTag, MessageDiff, ParameterChange, State, near_changes,
};
use domain::performance::{Figure, Trend};
use domain::text::unturned;
use leptos::prelude::*;

use super::lines::visible;
use super::name_of;

const BODY: &str = "margin:0;padding:16px;background:#ffffff;color:#1f2430;font:14px/1.5 Arial,Helvetica,sans-serif";
const MUTED: &str = "margin:0 0 8px;color:#5b6270";
const TABLE: &str = "border-collapse:collapse;width:100%;margin:0 0 16px";
const CELL: &str = "border:1px solid #d9dce3;padding:4px 8px;text-align:left;vertical-align:top";
const SIGN: &str = "padding:0 6px;width:12px;vertical-align:top;font:13px/1.5 Consolas,Menlo,monospace";
const TEXT: &str = "padding:0 6px;font:13px/1.5 Consolas,Menlo,monospace;white-space:pre-wrap;word-break:break-word";

/// What changed between two versions of the template of that name, as it was asked for.
pub fn mail(name: &str, request: &ComparisonRequest, compared: Compared) -> String {
    let Compared { from, to, changes, rendered, figures, notes, .. } = compared;
    let title = format!("{name}: {} and {}", name_of(from).to_lowercase(), name_of(to).to_lowercase());
    let same = match request.ignores_whitespace() {
        true => "Nothing differs but whitespace, which is ignored.",
        false => "Nothing differs.",
    };
    let same = changes.is_same.then(|| view! { <p style=MUTED>{same}</p> });
    let errors = [(from, rendered.from_error), (to, rendered.to_error)].into_iter().filter_map(|(number, error)| {
        let text = format!("{} can't be rendered: {}", name_of(number), error?.message);
        Some(view! { <p style=MUTED>{text}</p> })
    });
    let notes = notes.into_iter().map(|note| view! { <p style=MUTED>{note}</p> }).collect_view();
    let page = crate::ui::html(view! {
        <body style=BODY>
            <h1 style="margin:0 0 12px;font-size:20px">{title.clone()}</h1>
            {same}
            {section("Contract", contract(changes.parameters))}
            {section("Settings", settings(changes.config))}
            {section("Text", messages(changes.messages))}
            {errors.collect_view()}
            {section("Rendered", messages(rendered.messages))}
            {notes}
            {section("Numbers", numbers(figures, from, to))}
        </body>
    });
    let head = crate::ui::html(view! { <title>{title}</title> });
    let page = format!("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">{head}</head>{page}</html>");
    // The marks that hydration would look for; a text has none, as it is escaped.
    page.replace("<!>", "")
}

/// A part under its heading; one without content is left out.
fn section(title: &'static str, content: Option<AnyView>) -> Option<AnyView> {
    let content = content?;
    Some(view! { <h2 style="margin:16px 0 8px;font-size:16px">{title}</h2> {content} }.into_any())
}

fn table(columns: &[String], rows: Vec<Vec<String>>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let head = columns.iter().map(|text| view! { <th style=CELL>{text.clone()}</th> }).collect_view();
    let row = |cells: Vec<String>| {
        let cells = cells.into_iter().map(|text| view! { <td style=CELL>{unturned(&text)}</td> }).collect_view();
        view! { <tr>{cells}</tr> }
    };
    let rows = rows.into_iter().map(row).collect_view();
    Some(view! { <table style=TABLE><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table> }.into_any())
}

fn contract(changes: Vec<ParameterChange>) -> Option<AnyView> {
    let row = |change: ParameterChange| {
        let name = change.renamed_from.map_or_else(|| change.name.clone(), |old| format!("{old} → {}", change.name));
        let breaks = if change.is_breaking { ", breaks callers" } else { "" };
        vec![name, format!("{}{breaks}", change.state.name()), change.detail]
    };
    table(&["Parameter", "Change", "Detail"].map(str::to_owned), changes.into_iter().map(row).collect())
}

fn settings(changes: Vec<ConfigChange>) -> Option<AnyView> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "not set".to_owned());
    let row = |change: ConfigChange| vec![change.name, text(change.from), text(change.to)];
    table(&["Setting", "Before", "After"].map(str::to_owned), changes.into_iter().map(row).collect())
}

fn numbers(figures: Vec<Figure>, from: i64, to: i64) -> Option<AnyView> {
    let trend = |trend| match trend {
        Trend::Better => " (better)",
        Trend::Worse => " (worse)",
        Trend::Chance => " (may be chance)",
        Trend::Neutral => "",
    };
    let row = |f: Figure| vec![f.name, f.from, f.to, format!("{}{}", f.difference, trend(f.trend))];
    let columns = ["Figure".to_owned(), name_of(from), name_of(to), "Difference".to_owned()];
    table(&columns, figures.into_iter().map(row).collect())
}

/// The messages that differ, each with its changed lines and those around them.
fn messages(all: Vec<MessageDiff>) -> Option<AnyView> {
    let differ: Vec<_> = all.into_iter().filter(|message| message.state != State::Same).map(message).collect();
    (!differ.is_empty()).then(|| differ.into_any())
}

fn message(message: MessageDiff) -> AnyView {
    let MessageDiff { role, state, added, removed, left_out, lines, .. } = message;
    let is_near = near_changes(&lines);
    let mut rows = Vec::new();
    let mut unchanged = 0;
    for (line, is_near) in lines.into_iter().zip(is_near) {
        if is_near {
            rows.extend(gap(std::mem::take(&mut unchanged)));
            rows.push(row(line));
        } else {
            unchanged += 1;
        }
    }
    rows.extend(gap(unchanged));
    let more = (left_out > 0).then(|| view! { <p style=MUTED>{format!("{left_out} more lines are not shown.")}</p> });
    let title = format!("{} message, {}: +{added} −{removed}", role.name(), state.name());
    view! {
        <p style="margin:0 0 4px;font-weight:bold">{title}</p>
        <table style=TABLE><tbody>{rows}</tbody></table>
        {more}
    }
    .into_any()
}

fn gap(unchanged: usize) -> Option<AnyView> {
    let text = format!("{unchanged} unchanged lines");
    (unchanged > 0).then(|| {
        view! { <tr><td style=SIGN></td><td style="padding:2px 6px;color:#5b6270">{text}</td></tr> }.into_any()
    })
}

fn row(line: DiffLine) -> AnyView {
    let (sign, paper, ink) = match line.tag {
        DiffTag::Insert => ("+", "#e8f6ec", "#b4e3c1"),
        DiffTag::Delete => ("−", "#fdecec", "#f6c3c3"),
        DiffTag::Equal => ("", "#ffffff", "#ffffff"),
    };
    let parts = line.parts.into_iter().map(|part| {
        let text = visible(&part.text);
        match part.emphasised {
            true => view! { <span style=format!("background:{ink}")>{text}</span> }.into_any(),
            false => text.into_any(),
        }
    });
    let paper = format!("background:{paper};");
    view! {
        <tr>
            <td style=format!("{paper}{SIGN}")>{sign}</td>
            <td style=format!("{paper}{TEXT}")>{parts.collect_view()}</td>
        </tr>
    }
    .into_any()
}
