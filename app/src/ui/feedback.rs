//! What a page says when there is nothing, something wrong, or nothing yet.

use domain::error::Kind;
use domain::text::unturned;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::field::field_id;
use super::{Icon, IconName, Tone, encoded, query_part};
use crate::error::{AppError, set_status};

/// Everything that is wrong with a form, each entry leading to its field.
#[component]
pub fn ErrorSummary(#[prop(into)] error: Signal<Option<AppError>>) -> impl IntoView {
    view! {
        <div role="alert" class="contents">
            {move || error.get().map(|AppError(error)| view! { <Problems error/> })}
        </div>
    }
}

#[component]
fn Problems(error: domain::Error) -> impl IntoView {
    let item = |e: domain::error::FieldError| {
        let place = e.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        view! {
            <li>
                <a href=format!("#{}", field_id(&e.field)) rel="external">
                    {unturned(&format!("{}: {}{place}", e.field, e.message))}
                </a>
            </li>
        }
    };
    let title = match error.errors.len() {
        0 => sentence(&error.message),
        1 => "One field needs a change".to_owned(),
        n => format!("{n} fields need a change"),
    };
    let items = error.errors.into_iter().map(item).collect_view();
    view! {
        <div class="notice notice-danger mb-4">
            <Icon name=IconName::CircleAlert/>
            <div>
                <p class="font-medium">{title}</p>
                <ul class="list-disc pl-4 empty:hidden">{items}</ul>
            </div>
        </div>
    }
}

/// A message of the service as a sentence of its own: with a capital, unless it starts with a name in backticks, and a
/// full stop. What it quotes can't turn it.
pub fn sentence(message: &str) -> String {
    let message = unturned(message);
    let mut rest = message.chars();
    let mut text: String = rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default();
    if !text.is_empty() && !text.ends_with(['.', '!', '?', '…', ':']) {
        text.push('.');
    }
    text
}

/// A line that stands out, with an icon for its tone.
#[component]
pub fn Notice(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let (class, icon) = match tone {
        Tone::Neutral | Tone::Accent => ("notice", IconName::Info),
        Tone::Info => ("notice notice-info", IconName::Info),
        Tone::Success => ("notice notice-success", IconName::CircleCheck),
        Tone::Warning => ("notice notice-warning", IconName::TriangleAlert),
        Tone::Danger => ("notice notice-danger", IconName::CircleAlert),
    };
    view! {
        <div class=class>
            <Icon name=icon/>
            <div>{children()}</div>
        </div>
    }
}

/// A part of a page that could not be loaded; gives the response the status of the error.
#[component]
pub fn ErrorView(error: AppError) -> impl IntoView {
    set_status(&error.0);
    let (icon, title) = match error.0.kind {
        Kind::NotFound => (IconName::Search, "Not found"),
        Kind::Forbidden => (IconName::ShieldCheck, "Not allowed"),
        Kind::Unauthenticated => (IconName::User, "Logged out"),
        Kind::Unavailable => (IconName::TriangleAlert, "No answer"),
        Kind::Invalid => (IconName::TriangleAlert, "This address asks for something that is not there"),
        _ => (IconName::TriangleAlert, "Something went wrong"),
    };
    let way_on = match error.0.kind {
        Kind::Unauthenticated => {
            let here = use_location();
            let query = query_part(&here.search.get_untracked()).unwrap_or_default();
            let here = here.pathname.get_untracked() + &query;
            let href = format!("/login?next={}", encoded(&here));
            Some(view! { <a class="btn btn-primary btn-sm" href=href rel="external">"Log in"</a> }.into_any())
        }
        Kind::NotFound => Some(view! { <WayUp/> }.into_any()),
        Kind::Invalid => {
            let path = use_location().pathname.get_untracked();
            Some(view! { <a class="btn btn-sm" href=path>"Show everything"</a> }.into_any())
        }
        _ => None,
    };
    let text = match error.0.errors.as_slice() {
        [] | [_] => sentence(&error.0.message),
        many => {
            many.iter().fold(String::new(), |text, e| text + &sentence(&format!("{}: {}", e.field, e.message)) + " ")
        }
    };
    view! {
        <EmptyState icon title text>
            {way_on}
        </EmptyState>
    }
}

/// The list that a page which isn't there would be in, or the start.
#[component]
fn WayUp() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    match list_above(&path) {
        Some((href, text)) => view! { <a class="btn btn-sm" href=href>{text}</a> }.into_any(),
        None => view! { <a class="btn btn-sm" href="/" rel="external">"Go to the start page"</a> }.into_any(),
    }
}

/// Address and name of the list that a page of one thing belongs to.
fn list_above(path: &str) -> Option<(String, &'static str)> {
    let mut parts = path.strip_prefix("/p/")?.splitn(3, '/');
    let (project, list, _) = (parts.next()?, parts.next()?, parts.next()?);
    let text = match list {
        "templates" => "All templates",
        "executions" => "All executions",
        _ => return None,
    };
    Some((format!("/p/{project}/{list}"), text))
}

/// What a list says instead of rows: what this is, and what to do next.
#[component]
pub fn EmptyState(
    icon: IconName,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <span class="empty-icon">
                <Icon name=icon class="size-5"/>
            </span>
            <h2>{title}</h2>
            <p>{text}</p>
            <div class="empty-actions">{children.map(|c| c())}</div>
        </div>
    }
}

/// Grey lines in the place of rows that are on their way; shown only when they take a while.
#[component]
pub fn Skeleton(#[prop(default = 5)] rows: usize) -> impl IntoView {
    let lines = (0..rows).map(|_| view! { <div class="skeleton-line"></div> }).collect_view();
    view! { <div class="skeleton-block" aria-busy="true" aria-label="Loading" role="status">{lines}</div> }
}

#[cfg(test)]
mod tests {
    use super::{list_above, sentence};

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("there is no such page"), "There is no such page.");
        assert_eq!(sentence("`a` is wrong."), "`a` is wrong.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn one_thing_is_in_a_list() {
        assert_eq!(list_above("/p/x/templates/a/edit"), Some(("/p/x/templates".to_owned(), "All templates")));
        assert_eq!(list_above("/p/x/templates"), None);
        assert_eq!(list_above("/login"), None);
    }
}
