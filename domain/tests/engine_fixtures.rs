//! Every file under `fixtures/` is a test: add a file, get a test.
#![cfg(feature = "engine")]

use domain::check::check;
use domain::comparison::{Comparison, DiffTag};
use domain::compose::Own;
use domain::contract::Contract;
use domain::diff::{Options, compare, compare_with};
use domain::error::Problems;
use domain::execution::Variables;
use domain::lint::{Finding, RULES, lint};
use domain::preview::Piece;
use domain::render::{MAX_OUTPUT_BYTES, RenderError, Renderer};
use domain::version::{Message, Parameter};
use serde_json::json;

mod assist;
mod compose;
mod conformance;
mod files;
mod support;

use support::{Fixture, list, run_folder};

#[test]
fn checks_say_what_is_wrong_and_where() {
    run_folder("check", 25, |fixture| {
        let mut problems = Problems::default();
        let warnings = check(&fixture.content(""), &mut problems);
        let text = list("error", &problems.0) + &list("warning", &warnings);
        if text.is_empty() { "ok".to_owned() } else { text }
    });
}

#[test]
fn contracts_complete_or_refuse_variables() {
    run_folder("contract", 12, |fixture| {
        let parameters: Vec<Parameter> = fixture.json("parameters");
        match Contract::new(&parameters) {
            Err(error) => list("contract", &error.errors),
            Ok(contract) => match contract.apply(&fixture.json("variables")) {
                Ok(variables) => serde_json::to_string(&variables).unwrap_or_default(),
                Err(errors) => list("error", &errors),
            },
        }
    });
}

#[test]
fn renders_keep_to_the_contract_and_the_limits() {
    run_folder("render", 8, |fixture| match Renderer::new(&fixture.content("")) {
        Err(error) => list("refused", &error.errors),
        Ok(renderer) => match renderer.render(&fixture.json("variables")) {
            Ok(messages) => shown(&messages),
            Err(error) => failed(&error),
        },
    });
}

#[test]
fn each_part_of_a_rendered_text_names_its_parameters() {
    run_folder("trace", 8, |fixture| {
        let (content, variables, closure) = (fixture.content(""), fixture.json("variables"), fixture.parts());
        let own = Own { key: "", version: 0, content: &content };
        let preview = domain::preview::preview(&own, &closure, &variables);
        let rendered = Renderer::composed(&own, &closure).and_then(|(r, _)| Ok(r.render(&variables)?)).unwrap();
        assert_eq!(preview.messages.iter().map(|m| m.text()).collect::<Vec<_>>(), texts(&rendered));
        let piece = |piece: &Piece| {
            let template = piece.template.as_ref().map(|t| format!(" in {} v{}", t.key, t.version)).unwrap_or_default();
            format!("{:?} {}{template}\n", piece.text, piece.from.join(", "))
        };
        preview.messages.iter().flat_map(|m| m.pieces.iter().map(piece)).collect()
    });
}

fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|m| m.content.clone()).collect()
}

#[test]
fn comparisons_show_lines_words_contract_and_settings() {
    run_folder("diff", 8, |fixture| {
        let (from, to) = (fixture.content("from "), fixture.content("to "));
        let options = fixture.json("options");
        let comparison = compare_with(&from, &to, options);
        if options == Options::default() {
            assert_eq!(comparison, compare(&from, &to), "{}", fixture.name);
        }
        drawn(&comparison)
    });
}

/// Runs the rule that a fixture is named after, alone.
fn linted(fixture: &Fixture) -> String {
    let id = fixture.name.split('.').next().unwrap_or_default();
    let others = RULES.iter().map(|rule| rule.id.to_owned()).filter(|other| other != id).collect();
    let content = fixture.content("");
    let found = lint(&content, &others);
    let line = |finding: &Finding| {
        let word = format!("{:?} {}", finding.severity, finding.rule).to_lowercase();
        let fix = finding.fix.as_ref().map(|fix| {
            let message =
                content.messages.iter().enumerate().find(|(i, _)| finding.at.field == format!("messages[{i}].content"));
            format!("  {}: {:?}\n", fix.title, message.map(|(_, m)| fix.apply(&m.content)).unwrap_or_default())
        });
        list(&word, std::slice::from_ref(&finding.at)) + &fix.unwrap_or_default()
    };
    if found.is_empty() { "nothing".to_owned() } else { found.iter().map(line).collect() }
}

#[test]
fn each_rule_finds_what_it_should_and_nothing_else() {
    run_folder("lint", 2 * RULES.len(), linted);
}

#[test]
fn each_rule_has_a_fixture_where_it_fires_and_one_where_it_is_quiet() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint");
    let expected = |name: String| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.rsplit("--- expect\n").next().unwrap_or_default().to_owned()
    };
    for rule in RULES {
        assert!(expected(format!("{}.txt", rule.id)).contains(rule.id), "{} never fires", rule.id);
        assert_eq!(expected(format!("{}.quiet.txt", rule.id)), "nothing\n", "{} is never quiet", rule.id);
    }
}

/// Each is refused, or ends within the limits; which of the two is part of the expectation.
#[test]
fn bombs_never_go_off() {
    run_folder("bombs", 60, |fixture| {
        let mut content = fixture.content("");
        content.parameters = bomb_parameters();
        match Renderer::new(&content) {
            Err(error) => list("refused", &error.errors),
            Ok(renderer) => match renderer.render(&bomb_variables(fixture)) {
                Err(error) => format!("{}: {}", error.error_type, error.message),
                Ok(messages) => {
                    let bytes: usize = messages.iter().map(|m| m.content.len()).sum();
                    assert!(bytes <= MAX_OUTPUT_BYTES, "{}: {bytes} bytes", fixture.name);
                    format!("ok, {bytes} bytes")
                }
            },
        }
    });
}

/// What every bomb can use: two long texts, a number, a list of 4,000 objects and an object of 2,000 keys.
fn bomb_parameters() -> Vec<Parameter> {
    let parameters = json!([
        {"name": "x", "type": "string"}, {"name": "y", "type": "string"}, {"name": "n", "type": "number"},
        {"name": "items", "type": "array"}, {"name": "map", "type": "object"}
    ]);
    serde_json::from_value(parameters).unwrap_or_default()
}

fn bomb_variables(fixture: &Fixture) -> Variables {
    let own: Variables = fixture.json("variables");
    let item = |i: i64| json!({"id": i, "name": format!("name {i}"), "tags": ["<a>", "b"]});
    let map: Variables = (0..2_000).map(|i| (format!("key {i}"), json!(i))).collect();
    let all = json!({
        "x": "a<".repeat(50_000), "y": "a<".repeat(49_999) + "a>", "n": 10_000,
        "items": (0..2_500).map(item).collect::<Vec<_>>(), "map": map
    });
    let mut all: Variables = serde_json::from_value(all).unwrap_or_default();
    all.extend(own);
    all
}

fn shown(messages: &[Message]) -> String {
    messages.iter().map(|m| format!("=== {}\n{}\n", m.role.name(), m.content)).collect()
}

fn failed(error: &RenderError) -> String {
    format!("{}: {}\n{}", error.error_type, error.message, list("error", &error.errors))
}

fn drawn(comparison: &Comparison) -> String {
    let mut text = format!("same: {}\n", comparison.is_same);
    for m in &comparison.messages {
        let from = m.moved_from.map_or(String::new(), |from| format!(" from {} {}", from.number, from.role.name()));
        text += &format!("=== {} {}{from} +{} -{}\n", m.role.name(), m.state.name(), m.added, m.removed);
        for line in &m.lines {
            let sign = match line.tag {
                DiffTag::Equal => ' ',
                DiffTag::Insert => '+',
                DiffTag::Delete => '-',
            };
            let number = |n: Option<u32>| n.map_or("·".to_owned(), |n| n.to_string());
            let parts: String = line
                .parts
                .iter()
                .map(|p| if p.emphasised { format!("[{}]", p.text) } else { p.text.clone() })
                .collect();
            text += &format!("{sign} {} {} {:?}\n", number(line.old_line), number(line.new_line), parts);
        }
    }
    for p in &comparison.parameters {
        let breaking = if p.is_breaking { "BREAKING" } else { "safe" };
        text += &format!("parameter {} {} {breaking}: {}\n", p.name, p.state.name(), p.detail);
    }
    for c in &comparison.config {
        text += &format!("config {} {:?} -> {:?}\n", c.name, c.from, c.to);
    }
    text
}
