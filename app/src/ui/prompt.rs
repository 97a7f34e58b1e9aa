//! The text of a prompt, with its Jinja parts set apart.

use domain::text::unturned;
use leptos::prelude::*;

/// A prompt's text in monospace, with marks written out that would turn its direction.
#[component]
pub fn PromptText(#[prop(into)] text: String) -> impl IntoView {
    let part = |(is_jinja, text): (bool, &str)| match is_jinja {
        true => view! { <span class="jinja">{text.to_owned()}</span> }.into_any(),
        false => text.to_owned().into_any(),
    };
    let text = unturned(&text);
    view! { <div class="prompt-text">{split(&text).into_iter().map(part).collect_view()}</div> }
}

/// The text in pieces, each with whether it is an expression, a statement or a comment.
fn split(text: &str) -> Vec<(bool, &str)> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((start, end)) = next(rest) {
        if start > 0 {
            parts.push((false, &rest[..start]));
        }
        parts.push((true, &rest[start..end]));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push((false, rest));
    }
    parts
}

/// Where the next Jinja part starts and ends.
fn next(text: &str) -> Option<(usize, usize)> {
    let found = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")].map(|(open, close)| {
        let start = text.find(open)?;
        let length = text[start..].find(close)? + close.len();
        Some((start, start + length))
    });
    found.into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn jinja_is_set_apart_and_nothing_is_lost() {
        let text = "Hi {{ name }}!{% if a %}é{% endif %}{# b #} {{ open";
        let parts = split(text);
        assert_eq!(parts.iter().map(|(_, t)| *t).collect::<String>(), text);
        let jinja: Vec<_> = parts.iter().filter(|(is_jinja, _)| *is_jinja).map(|(_, t)| *t).collect();
        assert_eq!(jinja, ["{{ name }}", "{% if a %}", "{% endif %}", "{# b #}"]);
    }
}
