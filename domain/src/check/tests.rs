//! What fixtures don't show: places, limits of the reader, stack safety.

use super::*;
use crate::version::{Parameter, ParameterType};

fn problems_of(text: &str) -> Vec<FieldError> {
    let list = Parameter { name: "items".into(), kind: ParameterType::Array, ..Parameter::default() };
    let name = Parameter { name: "name".into(), ..Parameter::default() };
    let message = Message { content: text.to_owned(), ..Message::default() };
    let content = VersionContent { messages: vec![message], parameters: vec![list, name], ..VersionContent::default() };
    let mut problems = Problems::default();
    check(&content, &mut problems);
    problems.0
}

#[test]
fn columns_count_characters_not_bytes() {
    let found = problems_of("ok\né🙂 {{ nmae }}");
    assert_eq!(found.iter().map(|p| (p.line, p.column)).collect::<Vec<_>>(), [(Some(2), Some(7))]);
}

#[test]
fn long_chains_never_reach_the_recursive_parser() {
    let many = |prefix: &str, part: &str, suffix: &str| format!("{prefix}{}{suffix}", part.repeat(6_000 / part.len()));
    for text in [
        many("{{ ", "not ", "name }}"),
        many("{{ ", "- ", "1 }}"),
        many("{{ name", ".a", " }}"),
        many("{{ name", "[0]", " }}"),
        many("{{ 1", "+1", " }}"),
        many("{{ 1", " if 1 else 1", " }}"),
        many("{{ name", "|e", " }}"),
        many("{{ name", "()", " }}"),
        many("{{ name", " is odd", " }}"),
        many("{% if name %}", "{% elif name %}", "{% endif %}"),
        many("", "{% if name %}", ""),
        many("", "{% set a %}", ""),
        many("{{ ", "(", ""),
        many("{{ ", "[", ""),
        many("{{ ", "{1:", ""),
        many("{{ ", "[name.a,", ""),
    ] {
        assert!(!problems_of(&text).is_empty(), "{}…", &text[..40]);
    }
}

#[test]
fn a_long_list_is_not_a_deep_one() {
    let pairs = "('a', name.b), ".repeat(500);
    assert_eq!(
        problems_of(&format!("{{% for a in [{pairs}] %}}{{{{ a }}}}{{% endfor %}}")).first().map(|p| &p.message[..9]),
        Some("this list")
    );
    let short = "('a', 'b'), ".repeat(500);
    assert_eq!(problems_of(&format!("{{% for a in [{short}] %}}{{{{ a }}}}{{% endfor %}}")), []);
}

#[test]
fn problems_are_limited_in_number() {
    assert_eq!(problems_of(&"{{ nmae }}\n".repeat(500)).len(), 50);
}
