//! What holds for any input. `PROPTEST_CASES` raises the counts.
#![cfg(feature = "engine")]

use std::collections::HashSet;

use domain::comparison::DiffTag;
use domain::contract::Contract;
use domain::diff::lines;
use domain::execution::Variables;
use domain::lint::lint;
use domain::render::{MAX_OUTPUT_BYTES, Renderer};
use domain::version::{Message, MessageRole, Parameter, ParameterType, VersionContent};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Few by default, so that the whole suite stays quick.
fn few() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn parameters() -> Vec<Parameter> {
    let parameter = |name: &str, kind| Parameter { name: name.into(), kind, ..Parameter::default() };
    vec![
        parameter("text", ParameterType::String),
        parameter("n", ParameterType::Number),
        parameter("whole", ParameterType::Integer),
        parameter("yes", ParameterType::Boolean),
        parameter("items", ParameterType::Array),
        parameter("map", ParameterType::Object),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        "[^\\x00]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-c]{1,2}", inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_variables() -> impl Strategy<Value = Variables> {
    let list = prop::collection::vec(any_json(), 0..6);
    let map = prop::collection::vec(("[a-c]{1,2}", any_json()), 0..5);
    let all = ("[^\\x00]{0,40}", any::<f64>(), any::<i64>(), any::<bool>(), list, map);
    all.prop_map(|(text, n, whole, yes, items, map)| {
        let map = Value::Object(map.into_iter().collect());
        let n = if n.is_finite() { n } else { 0.5 };
        let all = json!({"text": text, "n": n, "whole": whole, "yes": yes, "items": items, "map": map});
        all.as_object().cloned().unwrap_or_default()
    })
}

const NAMES: &[&str] =
    &["text", "n", "whole", "yes", "items", "map", "'é\u{301}x'", "3", "-1", "2.5", "none", "[1, 'a']", "{'a': 1}"];
const OPERATORS: &[&str] =
    &["~", "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "in", "not in", "and", "or"];
const FILTERS: &[&str] = &[
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "length",
    "first",
    "last",
    "list",
    "sort",
    "unique",
    "reverse",
    "items",
    "dictsort",
    "min",
    "max",
    "sum",
    "abs",
    "int",
    "float",
    "round",
    "round(-3)",
    "string",
    "bool",
    "lines",
    "split",
    "split(',')",
    "select",
    "reject",
    "map('upper')",
    "map('int')",
    "map(attribute='a')",
    "groupby('a')",
    "tojson",
    "tojson(indent=2)",
    "e",
    "indent",
    "indent(2)",
    "join(', ')",
    "batch(2)",
    "slice(3, 'x')",
    "default('d')",
    "replace('a', 'bb')",
    "attr('a')",
    "selectattr('a', 'defined')",
];
const TESTS: &[&str] =
    &["defined", "none", "string", "number", "odd", "divisibleby(3)", "lower", "in('abc')", "eq(n)", "mapping"];
const SUFFIXES: &[&str] = &[".a", "['b']", "[0]", "[-1]", "[1:]", "[::-1]", "[:2]"];

/// Expressions over all parameters: most are accepted, some are not.
fn any_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(NAMES).prop_map(str::to_owned);
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(OPERATORS), inner.clone())
                .prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            (inner.clone(), prop::sample::select(FILTERS)).prop_map(|(a, f)| format!("({a}|{f})")),
            (inner.clone(), prop::sample::select(TESTS)).prop_map(|(a, t)| format!("({a} is {t})")),
            (inner.clone(), prop::sample::select(SUFFIXES)).prop_map(|(a, s)| format!("({a}){s}")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            inner.prop_map(|a| format!("(not {a})")),
        ]
    })
}

fn any_template() -> impl Strategy<Value = String> {
    let print = any_expression().prop_map(|e| format!("{{{{ {e} }}}}"));
    print.prop_recursive(3, 12, 3, |inner| {
        let e = any_expression;
        prop_oneof![
            (e(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("{{% if {c} %}}{a}{{% else %}}{b}{{% endif %}}")),
            (e(), inner.clone())
                .prop_map(|(i, a)| format!("{{% for text in {i} %}}{a}{{{{ loop.index }}}}{{% endfor %}}")),
            (e(), inner.clone()).prop_map(|(i, a)| format!("{{% for n in {i} if n %}}{a}{{% endfor %}}")),
            (e(), inner.clone()).prop_map(|(v, a)| format!("{{% set items = {v} %}}{a}")),
            (e(), inner.clone()).prop_map(|(v, a)| format!("{{% with map = {v} %}}{a}{{% endwith %}}")),
            inner.clone().prop_map(|a| format!("{{% set text %}}{a}{{% endset %}}{{{{ text }}}}")),
            inner.clone().prop_map(|a| format!("{{% filter upper %}}{a}{{% endfilter %}}")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a}{b}")),
        ]
    })
}

fn content(template: String) -> VersionContent {
    let message = Message { content: template, ..Message::default() };
    VersionContent { messages: vec![message], parameters: parameters(), ..VersionContent::default() }
}

proptest! {
    #![proptest_config(few())]

    /// A panic inside the engine would be caught and called "can't be rendered with these variables".
    #[test]
    fn what_the_check_accepts_renders_within_limits(template in any_template(), variables in any_variables()) {
        if let Ok(renderer) = Renderer::new(&content(template)) {
            match renderer.render(&variables) {
                Ok(messages) => prop_assert!(messages.iter().map(|m| m.content.len()).sum::<usize>() <= MAX_OUTPUT_BYTES),
                Err(error) => prop_assert!(!error.message.contains("these variables"), "{error}"),
            }
        }
    }

    #[test]
    fn any_text_is_refused_or_compiled(text in "([{]{2}|[{]%|%}|[}]{2}|[#-~ \n\"é]|for|if|set|endif|text|in){0,40}") {
        drop(Renderer::new(&content(text)));
    }

    #[test]
    fn applying_a_contract_twice_changes_nothing(variables in any_variables(), default in any::<i64>()) {
        let mut parameters = parameters();
        parameters.push(Parameter {
            name: "extra".into(), kind: ParameterType::Integer, default: Some(json!(default)), ..Parameter::default()
        });
        let contract = Contract::new(&parameters).map_err(|e| TestCaseError::fail(e.to_string()))?;
        if let Ok(once) = contract.apply(&variables) {
            prop_assert_eq!(contract.apply(&once), Ok(once.clone()));
        }
    }

    #[test]
    fn lines_of_a_comparison_make_up_both_texts(old in "([a-c]|\n|\r\n|é| |word){0,60}", new in "([a-c]|\n|\r\n|é| |word){0,60}") {
        let all = lines(&old, &new);
        let text = |skip: DiffTag| -> String {
            all.iter().filter(|l| l.tag != skip).flat_map(|l| &l.parts).map(|p| p.text.as_str()).collect()
        };
        prop_assert_eq!(text(DiffTag::Insert), old);
        prop_assert_eq!(text(DiffTag::Delete), new);
    }
}

/// Pieces of what rules look for, and of what could lead them through the middle of a character.
const LINTED: &[&str] = &[
    "some ",
    "never ü",
    "```",
    "\n",
    "\n\n\n\n",
    "<a>",
    "</a>",
    "<!-- é -->",
    "# ",
    "### ",
    "  ",
    "\t",
    "\u{200B}",
    "\u{FEFF}",
    "{{ text }}",
    "{{ map.x }}",
    "{% if yes %}",
    "{% endif %}",
    "{% if 1 %}",
    "{% for i in items %}",
    "{% endfor %}",
    "{# c #}",
    "{{ text",
    "🙂",
    "AKIAIOSFODNN7EXAMPLE",
    "a@b.de",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "078-05-1120",
    "api_key=",
    "a1B2c3D4e5F6g7H8i9J0",
    "NEVER EVER DO",
    ". ",
    "'",
    "a line that is longer than thirty characters",
];

proptest! {
    #![proptest_config(few())]

    /// Whatever the text, every place lies in it, every fix leaves a text, and the same text gives the same findings.
    #[test]
    fn lint_ends_with_places_and_fixes_that_fit(pieces in prop::collection::vec(0..LINTED.len(), 0..40), free in "\\PC{0,20}") {
        let text: String = pieces.iter().map(|i| LINTED[*i]).chain([free.as_str()]).collect();
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let messages = vec![message(MessageRole::System, &text), message(MessageRole::User, &text)];
        let content = VersionContent { messages, parameters: parameters(), ..VersionContent::default() };
        let found = lint(&content, &HashSet::new());
        prop_assert_eq!(&found, &lint(&content, &HashSet::new()));
        let lines = text.split('\n').count();
        for finding in found {
            prop_assert!(finding.at.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{:?}", finding);
            if let Some(fix) = finding.fix {
                prop_assert_ne!(fix.apply(&text), text.clone(), "{:?} changes nothing", fix);
            }
        }
    }
}
