//! What is wrong with the text, each entry leading to its place.

use domain::error::{Elsewhere, FieldError};
use domain::lint::{Finding, Fix, ScoreLine};
use domain::preview::{Mend, QuickFix};
use domain::text::counted;
use leptos::prelude::*;
use leptos::web_sys::HtmlTextAreaElement;
use wasm_bindgen::JsCast;

use super::data::is_late;
use super::state::{Editor, with_place};
use crate::browser::{element, replace_text};
use crate::ui::{Icon, IconName, field_id};

/// A field as people call it: `messages[0].content` is `Message 1`.
pub fn place(field: &str) -> String {
    let row = |list: &str, name: &str| {
        let (index, rest) = field.strip_prefix(list)?.split_once(']')?;
        let number = index.parse::<usize>().ok()? + 1;
        Some(match rest.trim_start_matches('.') {
            "content" | "" => format!("{name} {number}"),
            "one_of" | "enum" => format!("{name} {number}, allowed values"),
            part => format!("{name} {number}, {part}"),
        })
    };
    let known = row("messages[", "Message").or_else(|| row("parameters[", "Parameter"));
    known.unwrap_or_else(|| match field.split_once('.') {
        None if field == "config" => "Other settings".to_owned(),
        Some(("config", setting)) => format!("Model settings, {}", setting.replace('_', " ")),
        Some(("variables", name)) => format!("Value of {name}"),
        _ => {
            let text = field.replace('_', " ");
            let mut chars = text.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
    })
}

/// The offset in UTF-16 units of a line and column, both from 1, the column in characters.
fn offset(text: &str, line: u32, column: u32) -> u32 {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(utf16).sum();
    let line = text.split_inclusive('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let start: usize = line.chars().take(column.saturating_sub(1) as usize).map(char::len_utf16).sum();
    (before + start) as u32
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Puts the cursor where the problem is.
fn go_to(error: &FieldError) {
    let area = element(&field_id(&error.field)).and_then(|e| e.dyn_into::<HtmlTextAreaElement>().ok());
    if let (Some(area), Some(line)) = (area, error.line) {
        let at = offset(&area.value(), line, error.column.unwrap_or(1));
        // The link itself moves the focus; only the place in the text is left to do.
        drop(area.focus());
        drop(area.set_selection_range(at, at));
    }
}

/// A problem, and the buttons that mend it where that can be done.
#[component]
pub fn ProblemLink(editor: Editor, error: FieldError) -> impl IntoView {
    let button = |fix: QuickFix| {
        let title = fix.title.clone();
        view! {
            <button type="button" class="btn btn-ghost btn-xs js-only" on:click=move |_| apply(editor, &fix)>
                {title}
            </button>
        }
    };
    let fixes = editor.quick_fixes(&error).into_iter().map(button).collect_view();
    view! { <ProblemItem editor error>{fixes}</ProblemItem> }
}

fn apply(editor: Editor, fix: &QuickFix) {
    match &fix.mend {
        Mend::Declare(parameter) => editor.declare(parameter),
        Mend::Edit(edit) => mend(&fix.field, edit),
    }
}

/// A problem that leads to its place, and what else there is to say of it.
#[component]
fn ProblemItem(editor: Editor, error: FieldError, children: Children) -> impl IntoView {
    let there = error.elsewhere.clone().map(|place| view! { <OtherTemplate editor place/> });
    let (href, name, text) = (format!("#{}", field_id(&error.field)), place(&error.field), with_place(&error));
    view! {
        <li>
            <a href=href rel="external" on:click=move |_| go_to(&error)>
                <strong>{name}</strong>
                " "
                {text}
            </a>
            {there}
            {children()}
        </li>
    }
}

/// Leads to the template in which the cause stands: it is mended there.
#[component]
fn OtherTemplate(editor: Editor, place: Elsewhere) -> impl IntoView {
    let Elsewhere { template, version, line, .. } = place;
    let href = format!("/p/{}/templates/{template}?tab=content&version={version}", editor.project());
    view! {
        <a class="problem-there" href=href target="_blank">
            {format!("Open {template} v{version}, line {line}")}
        </a>
    }
}

/// After a save that failed: why, and where.
#[component]
pub fn SaveErrors(editor: Editor) -> impl IntoView {
    let shown = move || editor.error.get().filter(|error| !editor.is_behind() && !is_late(&error.0));
    view! {
        <div role="alert" class="contents">
            {move || {
                shown()
                    .map(|error| {
                        let title = match error.0.errors.len() {
                            0 => format!("Not saved: {}", error.0.message),
                            1 => "Not saved: one thing to mend".to_owned(),
                            n => format!("Not saved: {n} things to mend"),
                        };
                        let items = error.0.errors.into_iter().map(|error| view! { <ProblemLink editor error/> }).collect_view();
                        view! {
                            <div class="notice notice-danger" id="save-errors" tabindex="-1">
                                <Icon name=IconName::CircleAlert/>
                                <div>
                                    <p class="font-medium">{title}</p>
                                    <ul class="problem-list">{items}</ul>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// What the check says while typing.
#[component]
pub fn LiveProblems(editor: Editor) -> impl IntoView {
    let links = move |errors: Vec<FieldError>| {
        errors.into_iter().map(|error| view! { <ProblemLink editor error/> }).collect_view()
    };
    let list = move |errors: Vec<FieldError>, class: &'static str, icon, title: &'static str| {
        let count = errors.len();
        (count > 0).then(|| {
            view! {
                <div class=class>
                    <Icon name=icon/>
                    <div>
                        <p class="font-medium">{counted(count as i64, title)}</p>
                        <ul class="problem-list">{links(errors)}</ul>
                    </div>
                </div>
            }
        })
    };
    let is_fine =
        move || editor.is_checked.get() && editor.problems.read().is_empty() && editor.warnings.read().is_empty();
    view! {
        <div class="live-problems" aria-live="polite">
            {move || list(editor.problems.get(), "notice notice-danger", IconName::CircleAlert, "problem")}
            {move || list(editor.warnings.get(), "notice notice-warning", IconName::TriangleAlert, "warning")}
            <Suggestions editor/>
            <Show when=is_fine>
                <p class="all-clear">
                    <Icon name=IconName::CircleCheck/>
                    "No problems found"
                </p>
            </Show>
        </div>
    }
}

/// What lint would have better, why, and the fix where there is one; folded, since none of it stops anything.
#[component]
fn Suggestions(editor: Editor) -> impl IntoView {
    let count = move || editor.findings.read().len();
    let items =
        move || editor.findings.get().into_iter().map(|finding| view! { <Suggestion editor finding/> }).collect_view();
    view! {
        <details class="disclosure suggestions" class:hidden=move || count() == 0>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                {move || counted(count() as i64, "suggestion")}
                <span class="lint-score">{move || format!("lint score {} of 100", editor.score.read().points)}</span>
            </summary>
            <ul class="problem-list">{items}</ul>
            <ScoreLines editor/>
            <a class="link-accent mt-2 inline-block text-xs" href=format!("/p/{}/settings/lint", editor.project())>"Lint rules of this project"</a>
        </details>
    }
}

#[component]
fn Suggestion(editor: Editor, finding: Finding) -> impl IntoView {
    let (why, error) = (finding.why, finding.at.clone());
    let field = finding.at.field.clone();
    let mend = finding.fix.map(|fix| {
        let title = fix.title.clone();
        view! {
            <button type="button" class="btn btn-ghost btn-xs js-only" on:click=move |_| mend(&field, &fix)>
                {title}
            </button>
        }
    });
    view! {
        <ProblemItem editor error>
            <span class="field-hint">{why}</span>
            {mend}
        </ProblemItem>
    }
}

/// What the score is made of, the dearest rule first.
#[component]
fn ScoreLines(editor: Editor) -> impl IntoView {
    let row = |line: ScoreLine| {
        view! {
            <tr>
                <td>{line.rule}</td>
                <td class="num">{line.findings}</td>
                <td class="num">{format!("−{}", line.points)}</td>
            </tr>
        }
    };
    view! {
        <table class="score-lines">
            <caption class="sr-only">"What the lint score is made of"</caption>
            <thead>
                <tr>
                    <th scope="col">"Rule"</th>
                    <th scope="col" class="num">"Found"</th>
                    <th scope="col" class="num">"Points"</th>
                </tr>
            </thead>
            <tbody>{move || editor.score.get().lines.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// Writes a fix into its field, as if its author had typed it.
fn mend(field: &str, fix: &Fix) {
    let area = element(&field_id(field)).and_then(|e| e.dyn_into::<HtmlTextAreaElement>().ok());
    if let Some(area) = area {
        replace_text(&area, &fix.apply(&area.value()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_names_for_people() {
        for (field, name) in [
            ("messages[0].content", "Message 1"),
            ("parameters[2].default", "Parameter 3, default"),
            ("parameters[2].enum", "Parameter 3, allowed values"),
            ("config.max_tokens", "Model settings, max tokens"),
            ("config", "Other settings"),
            ("variables.tone", "Value of tone"),
            ("display_name", "Display name"),
        ] {
            assert_eq!(place(field), name);
        }
    }

    #[test]
    fn a_place_counts_as_the_browser_does() {
        assert_eq!(offset("ab\ncd", 2, 2), 4);
        assert_eq!(offset("😀x\ny😀z", 2, 3), 7);
        assert_eq!(offset("", 3, 9), 0);
    }
}
