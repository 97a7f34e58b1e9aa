//! What holds for any text and contract that an editor works on. `PROPTEST_CASES` raises the counts.
#![cfg(feature = "engine")]

use std::collections::HashSet;

use domain::check::check;
use domain::contract::{check_contract, infer, json_schema, of_schema};
use domain::diff::{Options, compare, compare_with};
use domain::error::Problems;
use domain::execution::Variables;
use domain::merge::{Conflict, Merged, merge, merge_decided};
use domain::merging::{Choice, Take};
use domain::rename::{references, rename};
use domain::render::Renderer;
use domain::version::{Message, MessageRole, Parameter, ParameterType, VersionContent};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Few by default, so that the whole suite stays quick.
fn few() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(96);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn message(role: MessageRole, content: String) -> Message {
    Message { role, content }
}

fn of_text(text: String, parameters: Vec<Parameter>) -> VersionContent {
    let messages = vec![message(MessageRole::System, text)];
    VersionContent { messages, parameters, ..VersionContent::default() }
}

/// Names that are parameters, locals or both, so that they meet.
const NAMES: &[&str] = &["a", "b", "c", "new"];

fn any_expression() -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES).prop_map(str::to_owned);
    name.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("({x} ~ {y})")),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("({x} if {y} == 'x' else 'ü')")),
            inner.clone().prop_map(|x| format!("({x}|default('-'))")),
            inner.clone().prop_map(|x| format!("({x} is defined)")),
            inner.prop_map(|x| format!("({x} in ['x', 'y'])")),
        ]
    })
}

fn any_template() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES);
    let print = any_expression().prop_map(|e| format!("ü{{{{ {e} }}}}"));
    print.prop_recursive(3, 14, 3, move |inner| {
        let e = any_expression;
        prop_oneof![
            (e(), inner.clone(), inner.clone())
                .prop_map(|(c, x, y)| format!("{{% if {c} %}}{x}{{% else %}}{y}{{% endif %}}")),
            (name(), e(), inner.clone(), inner.clone()).prop_map(|(n, i, x, y)| format!(
                "{{% for {n} in [{i}, '1', '2'] if {n} != '1' %}}{x}{{% else %}}{y}{{% endfor %}}"
            )),
            (e(), inner.clone(), inner.clone()).prop_map(|(i, x, y)| format!(
                "{{% for z in [{i}] if z is defined and z != 'x' %}}{x}{{% else %}}{y}{{% endfor %}}"
            )),
            (name(), e()).prop_map(|(n, v)| format!("{{% set {n} = {v} %}}")),
            (name(), e(), inner.clone()).prop_map(|(n, v, x)| format!("{{% with {n} = {v} %}}{x}{{% endwith %}}")),
            (name(), e()).prop_map(|(n, v)| format!("{{% set {n} %}}{{{{ {v} }}}}{{% endset %}}")),
            (inner.clone(), inner).prop_map(|(x, y)| format!("{x}{y}")),
        ]
    })
}

fn three() -> Vec<Parameter> {
    let parameter = |name: &str| Parameter { name: name.into(), max: Some(9.0), ..Parameter::default() };
    ["a", "b", "c"].map(parameter).to_vec()
}

fn any_values() -> impl Strategy<Value = Variables> {
    let value = || prop::option::of(prop::sample::select(&["x", "y", "", "ü"][..]));
    (value(), value(), value()).prop_map(|(a, b, c)| {
        let given = [("a", a), ("b", b), ("c", c)].into_iter();
        given.filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
    })
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_renamed_parameter_renders_the_same(text in any_template(), values in any_values()) {
        let content = of_text(text, three());
        let (Ok(before), Ok(renamed)) = (Renderer::new(&content), rename(&content, "a", "new")) else { return Ok(()) };
        let after = Renderer::new(&renamed).map_err(|e| TestCaseError::fail(format!("{e}: {renamed:?}")))?;
        let mut new = values.clone();
        new.remove("a").into_iter().for_each(|value| drop(new.insert("new".into(), value)));
        prop_assert_eq!(before.render(&values), after.render(&new), "{:?}", renamed);
    }

    /// So none of the references is missed, and none is too much.
    #[test]
    fn a_text_without_references_renders_whatever_the_value(text in any_template(), values in any_values()) {
        let content = of_text(text.clone(), three());
        let Ok(renderer) = Renderer::new(&content) else { return Ok(()) };
        if references(&text, "a").is_empty() {
            let mut others = values.clone();
            others.insert("a".into(), json!("other"));
            prop_assert_eq!(renderer.render(&values), renderer.render(&others));
        }
    }

    #[test]
    fn what_is_inferred_can_be_declared_and_leaves_nothing_undeclared(text in any_template()) {
        let mut content = of_text(text, Vec::new());
        content.parameters = infer(&content);
        let mut problems = Problems::default();
        check(&content, &mut problems);
        prop_assert!(!problems.0.iter().any(|p| p.message.contains("not a declared")), "{:?}", problems.0);
        prop_assert!(!problems.0.iter().any(|p| p.field.starts_with("parameters")), "{:?}", problems.0);
        prop_assert_eq!(infer(&content), []);
    }

    #[test]
    fn no_text_is_too_strange_to_be_asked_about(
        text in "([{]{2}|[{]%|%}|[}]{2}|[#-~ \n\"é]|for|if|set|endif|endfor| a |in|\\||is|default){0,40}",
    ) {
        let content = of_text(text.clone(), three());
        infer(&content);
        for at in references(&text, "a") {
            prop_assert_eq!(&text[at], "a");
        }
        for fix in checked(&content).fixes {
            if let domain::preview::Mend::Edit(edit) = fix.mend {
                prop_assert_ne!(edit.apply(&text), text.clone());
            }
        }
    }

    #[test]
    fn a_contract_survives_json_schema(parameters in any_contract()) {
        let mut problems = Problems::default();
        check_contract(&parameters, &mut problems);
        prop_assert_eq!(&problems.0, &[]);
        // As a person would keep it: written and read again.
        let text = serde_json::to_string(&json_schema(&parameters)).unwrap_or_default();
        let schema: Value = serde_json::from_str(&text).unwrap_or_default();
        prop_assert_eq!(of_schema(&schema), Ok(parameters));
    }

    #[test]
    fn any_json_is_a_schema_or_told_why_not(schema in any_schema()) {
        if let Ok(parameters) = of_schema(&schema) {
            let mut problems = Problems::default();
            check_contract(&parameters, &mut problems);
            prop_assert_eq!(problems.0, []);
        }
    }

    #[test]
    fn a_merge_takes_what_one_side_did((base, x, _) in any_three()) {
        for (ours, theirs, expected) in [(&x, &base, &x), (&base, &x, &x), (&x, &x, &x)] {
            prop_assert_eq!(merge(&base, ours, theirs), Merged { content: expected.clone(), conflicts: Vec::new() });
        }
    }

    #[test]
    fn a_merge_is_the_same_from_both_sides((base, ours, theirs) in any_three()) {
        let (one, other) = (merge(&base, &ours, &theirs), merge(&base, &theirs, &ours));
        let mirrored = other.conflicts.into_iter().map(|c| Conflict { ours: c.theirs, theirs: c.ours, ..c });
        prop_assert_eq!(told(one.conflicts.clone()), told(mirrored.collect()));
        if one.conflicts.is_empty() {
            prop_assert_eq!(&one.content.messages, &other.content.messages);
            prop_assert_eq!(sorted(one.content.parameters), sorted(other.content.parameters));
            prop_assert_eq!(one.content.config, other.content.config);
        }
    }

    #[test]
    fn a_merged_text_holds_lines_of_its_sources((base, ours, theirs) in any_three()) {
        let lines = |content: &VersionContent| -> HashSet<String> {
            content.messages.iter().flat_map(|m| m.content.split('\n')).map(str::to_owned).collect()
        };
        let merged = merge(&base, &ours, &theirs);
        let (ours, theirs, all) = (lines(&ours), lines(&theirs), lines(&merged.content));
        prop_assert!(all.iter().all(|line| ours.contains(line) || theirs.contains(line)), "{:?}", merged);
    }

    #[test]
    fn deciding_all_for_the_other_is_the_merge_from_the_other_side((base, ours, theirs) in any_three()) {
        let open = merge(&base, &ours, &theirs).conflicts;
        let choice = |c: &Conflict| Some(Choice { conflict: (c.id(), 0), take: Take::Theirs, text: String::new() });
        let decided = merge_decided(&base, &ours, &theirs, &open.iter().map(choice).collect::<Vec<_>>());
        prop_assert_eq!(told(decided.conflicts), told(open));
        let other = merge(&base, &theirs, &ours).content;
        prop_assert_eq!(decided.content.messages, other.messages);
        prop_assert_eq!(sorted(decided.content.parameters), sorted(other.parameters));
        prop_assert_eq!(decided.content.config, other.config);
    }

    /// Each side's own lines are far enough from the other's.
    #[test]
    fn edits_that_do_not_meet_are_both_there(lines in prop::collection::vec("[a-c]", 1..12), one in "[d-f]", other in "[g-i]") {
        let text = |one: &str, other: &str| of_text(format!("{one}\n{}\n{other}", lines.join("\n")), Vec::new());
        let merged = merge(&text("x", "y"), &text(&one, "y"), &text("x", &other));
        prop_assert_eq!(merged, Merged { content: text(&one, &other), conflicts: Vec::new() });
    }

    #[test]
    fn moved_messages_are_neither_added_nor_removed(contents in prop::collection::vec("[a-d]{1,3}", 1..6), seed in any::<u64>()) {
        use domain::comparison::State;
        let from: Vec<_> = contents.into_iter().map(|c| message(MessageRole::User, c)).collect();
        let mut to = from.clone();
        to.sort_by_key(|m| m.content.bytes().fold(seed, |n, b| n.rotate_left(7) ^ u64::from(b)));
        let (from, to) = [from, to].map(|messages| VersionContent { messages, ..VersionContent::default() }).into();
        let compared = compare(&from, &to);
        prop_assert!(compared.messages.iter().all(|m| matches!(m.state, State::Same | State::Moved)), "{:?}", compared);
        prop_assert_eq!(compared.is_same, from == to);
    }

    #[test]
    fn whitespace_alone_is_no_difference_when_it_is_ignored(words in prop::collection::vec("[a-zü]{1,4}|\n", 1..20), wide in "[ \t]{2,5}") {
        let content = |gap: &str| of_text(words.join(gap), Vec::new());
        let options = Options { ignore_whitespace: true };
        prop_assert!(compare_with(&content(" "), &content(&wide), options).is_same);
    }
}

/// Fields without the place in the list, which differs where one side took something away.
fn told(conflicts: Vec<Conflict>) -> Vec<String> {
    let field = |c: &Conflict| c.field.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let mut all: Vec<_> =
        conflicts.into_iter().map(|c| format!("{} {:?} {:?} {:?}", field(&c), c.base, c.ours, c.theirs)).collect();
    all.sort();
    all
}

fn sorted(mut parameters: Vec<Parameter>) -> Vec<Parameter> {
    parameters.sort_by(|a, b| a.name.cmp(&b.name));
    parameters
}

fn any_parameter() -> impl Strategy<Value = Parameter> {
    let limit = || prop::option::of(0u8..40);
    let text = || prop::sample::select(&["", "a", "AB", "ü", "x\"y"][..]);
    let kind = prop::sample::select(&ParameterType::ALL[..]);
    (kind, any::<bool>(), text(), limit(), limit(), prop::sample::select(PATTERNS), any::<i32>(), any::<f64>())
        .prop_map(|(kind, required, description, low, high, pattern, whole, float)| {
            let is_text = kind == ParameterType::String;
            let (value, has_size) = match kind {
                ParameterType::String => (json!("AB"), true),
                ParameterType::Number => (json!(if float.is_finite() { float } else { 0.5 }), false),
                ParameterType::Integer => (json!(whole), false),
                ParameterType::Boolean => (json!(required), false),
                ParameterType::Array => (json!([1, "x"]), true),
                ParameterType::Object => (json!({"k": [null, {"ü": 1.5}]}), false),
            };
            // Both values have a size of two.
            let min = if has_size { low.map(|n| f64::from(n % 3)) } else { None };
            let max = if has_size { high.map(|n| f64::from(n) + 2.0) } else { None };
            Parameter {
                name: String::new(),
                kind,
                required,
                description: description.to_owned(),
                default: low.map(|_| value.clone()),
                one_of: if high.is_some() { vec![value] } else { Vec::new() },
                min,
                max,
                pattern: is_text.then(|| pattern.map(str::to_owned)).flatten(),
            }
        })
}

const PATTERNS: &[Option<&str>] = &[
    None,
    Some("[A-Z]{2}"),
    Some("^AB$"),
    Some("^(?:AB)$"),
    Some("A|B|AB"),
    Some("(?i)ab"),
    Some("A.|^x$"),
    Some(r"\w+"),
];

fn any_contract() -> impl Strategy<Value = Vec<Parameter>> {
    prop::collection::vec(any_parameter(), 0..8).prop_map(|parameters| {
        let named = |(i, p): (usize, Parameter)| Parameter { name: format!("p{}", 9 - i), ..p };
        parameters.into_iter().enumerate().map(named).collect()
    })
}

/// Schemas that are right in most places.
fn any_schema() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(
        &["type", "enum", "default", "minimum", "maxLength", "minItems", "pattern", "format", "description", "items"][..],
    );
    let value = prop::sample::select(vec![
        json!("string"),
        json!("integer"),
        json!("array"),
        json!(3),
        json!(-1.5),
        json!(["a", 1]),
        json!({}),
        json!(null),
        json!("^(?:a)(?:b)$"),
        json!("(("),
        json!(true),
    ]);
    let property = prop::collection::vec((word, value.clone()), 0..4);
    let properties = prop::collection::vec((prop::sample::select(NAMES), property), 0..4);
    (properties, value).prop_map(|(properties, odd)| {
        let property = |words: Vec<(&str, Value)>| {
            let all = [("type", json!("string"))].into_iter().chain(words);
            Value::Object(all.map(|(word, value)| (word.to_owned(), value)).collect())
        };
        let all = properties.into_iter().map(|(name, words)| (name.to_owned(), property(words)));
        let mut schema = json!({"type": "object", "properties": Value::Object(all.collect())});
        if odd.is_array() || odd.is_null() {
            schema["required"] = odd;
        }
        schema
    })
}

/// A content and two that were made of it.
fn any_three() -> impl Strategy<Value = (VersionContent, VersionContent, VersionContent)> {
    (any_content(), any_edits(), any_edits()).prop_map(|(base, ours, theirs)| {
        let (one, other) = (edited(&base, ours), edited(&base, theirs));
        (base, one, other)
    })
}

fn any_content() -> impl Strategy<Value = VersionContent> {
    let text = || prop::collection::vec("[a-c]?", 0..8).prop_map(|lines| lines.join("\n"));
    let message = (prop::sample::select(&MessageRole::ALL[..]), text()).prop_map(|(role, text)| message(role, text));
    let config = prop::collection::vec(("[m-o]", 0..3), 0..3);
    (prop::collection::vec(message, 0..5), any_contract(), config).prop_map(|(messages, parameters, config)| {
        let config = config.into_iter().map(|(name, value)| (name, json!(value))).collect();
        VersionContent { messages, parameters, config }
    })
}

/// What is done, where, and with which text.
type Edits = Vec<(u8, usize, usize, String)>;

fn any_edits() -> impl Strategy<Value = Edits> {
    prop::collection::vec((0..10u8, 0..8usize, 0..8usize, "[a-e]"), 0..5)
}

fn edited(base: &VersionContent, edits: Edits) -> VersionContent {
    let mut content = base.clone();
    for (what, at, other, text) in edits {
        let (messages, parameters) = (&mut content.messages, &mut content.parameters);
        let (m, p) = (at % messages.len().max(1), at % parameters.len().max(1));
        match what {
            0 => messages.insert(m, message(MessageRole::User, text)),
            1 if !messages.is_empty() => drop(messages.remove(m)),
            2 if !messages.is_empty() => {
                let moved = messages.remove(m);
                messages.insert(other % (messages.len() + 1), moved);
            }
            3 if !messages.is_empty() => messages[m].role = MessageRole::ALL[other % 4],
            4 | 5 if !messages.is_empty() => {
                let mut lines: Vec<_> = messages[m].content.split('\n').map(str::to_owned).collect();
                let line = other % lines.len();
                if what == 4 {
                    lines[line] = text;
                } else {
                    lines.insert(line, text);
                }
                messages[m].content = lines.join("\n");
            }
            6 => parameters.push(Parameter { name: text, ..Parameter::default() }),
            7 if !parameters.is_empty() => drop(parameters.remove(p)),
            8 if !parameters.is_empty() => parameters[p].description = text,
            _ => drop(content.config.insert("m".into(), json!(other))),
        }
    }
    content
}

fn checked(content: &VersionContent) -> domain::preview::Checked {
    let own = domain::compose::Own { key: "", version: 0, content };
    domain::preview::check(&own, &domain::composition::Closure::new(), &HashSet::new())
}
