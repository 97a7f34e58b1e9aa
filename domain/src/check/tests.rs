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

/// The filters, tests, functions and statements of a template, each as `filter upper`.
fn used(text: &str) -> HashSet<String> {
    use minijinja::machinery::{Token, tokenize};
    let tokens = tokenize(text, false, SyntaxConfig::default()).map_while(std::result::Result::ok);
    let tokens: Vec<_> = std::iter::once(Token::BlockEnd).chain(tokens.map(|(token, _)| token)).collect();
    let mut found = HashSet::new();
    for three in tokens.windows(3) {
        match three {
            [Token::Pipe, Token::Ident(name), _] => drop(found.insert(format!("filter {name}"))),
            [Token::BlockStart, Token::Ident(name), _] => drop(found.insert(format!("statement {name}"))),
            [Token::Ident("is"), Token::Ident("not"), Token::Ident(name)] => drop(found.insert(format!("test {name}"))),
            [Token::Ident("is"), Token::Ident(name), _] => drop(found.insert(format!("test {name}"))),
            [_, Token::Ident(name), Token::ParenOpen] => drop(found.insert(format!("function {name}"))),
            _ => {}
        }
    }
    found
}

#[test]
fn everything_that_is_offered_has_a_conformance_fixture() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conformance");
    let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    let used: HashSet<_> = texts.filter(|text| !text.contains("--- expect error")).flat_map(|t| used(&t)).collect();
    let filters = filter_names().map(|name| format!("filter {name}"));
    let tests = names::TESTS.iter().map(|name| format!("test {name}"));
    let statements = names::STATEMENTS.iter().map(|name| format!("statement {name}"));
    let functions = ["range", "cycle"].iter().map(|name| format!("function {name}"));
    let offered: Vec<_> = filters.chain(tests).chain(statements).chain(functions).collect();
    let missing: Vec<_> = offered.iter().filter(|name| !used.contains(*name)).collect();
    assert!(missing.is_empty(), "without a fixture in tests/fixtures/conformance: {missing:?}");
}
