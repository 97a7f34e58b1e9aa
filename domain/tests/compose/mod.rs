//! Composition: what the linker makes of templates that name one another.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use domain::check::check_composed;
use domain::compose::Own;
use domain::composition::{Closure, Composed, Part, Target};
use domain::error::Problems;
use domain::execution::Variables;
use domain::render::Renderer;
use domain::version::{Message, Parameter, ParameterType, VersionContent};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

mod together;

use crate::support::{Fixture, list, run_folder};
use together::together;

/// The text, where it comes from, and what it renders to, which must be what the templates render to together.
fn composed(fixture: &Fixture) -> String {
    let (content, closure) = (fixture.content(""), fixture.parts());
    let own = Own { key: "own", version: 0, content: &content };
    let mut problems = Problems::default();
    let checked = check_composed(&own, &closure, &mut problems);
    if !problems.0.is_empty() {
        return list("error", &problems.0);
    }
    let composed = checked.composed.unwrap();
    let variables: Variables = fixture.json("variables");
    let rendered = Renderer::composed(&own, &closure).unwrap().0.render(&variables).unwrap();
    let mut text = list("warning", &checked.warnings);
    for (i, message) in rendered.iter().enumerate() {
        let expected = together(&content, i, &closure, &variables);
        assert_eq!(Ok(&message.content), expected.as_ref(), "{}: message {i}", fixture.name);
        let whole = &composed.content.messages[i].content;
        text += &format!(
            "=== {}\n{whole:?}\n{}=> {:?}\n",
            message.role.name(),
            map(&composed, i, &content, &closure),
            message.content
        );
    }
    text
}

/// One line a span; a copied one stands in its source byte by byte.
fn map(composed: &Composed, i: usize, content: &domain::version::VersionContent, closure: &Closure) -> String {
    let whole = &composed.content.messages[i].content;
    let mut at = 0;
    let lines = composed.spans[i].iter().map(|span| {
        assert_eq!(span.start, at, "no gaps");
        at = span.end;
        let source = &composed.sources[span.source];
        let text = &whole[span.start..span.end];
        let texts = closure.values().filter_map(|t| match t {
            domain::composition::Target::Found(part) => Some((&part.key, part.version, &part.content)),
            domain::composition::Target::Missing(_) => None,
        });
        let own = "own".to_owned();
        let from = texts.chain([(&own, 0, content)]).find(|(k, v, _)| **k == source.key && *v == source.version);
        let from = &from.unwrap().2.messages[span.message].content[span.source_start..span.source_end];
        let sign = if from == text { "=" } else { "~" };
        format!("{sign} {} {}..{} {text:?}\n", source.key, span.source_start, span.source_end)
    });
    let lines: String = lines.collect();
    assert_eq!(at, whole.len(), "to the end");
    lines
}

#[test]
fn templates_are_put_together() {
    run_folder("compose", 115, composed);
}

#[test]
fn a_hostile_closure_is_refused_before_it_is_built() {
    let part = |i: usize| {
        let text = format!("{{% include \"d{}\" %}}", i + 1).repeat(2_000);
        let content =
            VersionContent { messages: vec![message(if i == 9 { "end" } else { &text })], ..VersionContent::default() };
        (format!("d{i}"), Target::Found(Part { key: format!("d{i}"), version: 1, content }))
    };
    let content = VersionContent { messages: vec![message("{% include \"d0\" %}"); 20], ..VersionContent::default() };
    let mut problems = Problems::default();
    let own = Own { key: "own", version: 0, content: &content };
    check_composed(&own, &(0..10).map(part).collect(), &mut problems);
    assert!(problems.0.iter().any(|p| p.message.contains("is larger than 50 KB")), "{:?}", problems.0);
}

/// Makes templates of a row of numbers: each number picks the next thing to write.
struct Writer<'a> {
    picks: std::slice::Iter<'a, u8>,
    /// What may be named from here.
    named: &'a [&'a str],
    depth: usize,
    loops: usize,
    is_child: bool,
    blocks: Vec<&'static str>,
}

impl Writer<'_> {
    fn pick(&mut self, of: usize) -> usize {
        usize::from(*self.picks.next().unwrap_or(&0)) % of
    }
    fn trim(&mut self) -> &'static str {
        ["", "", "", "-", "+"][self.pick(5)]
    }
    fn tag(&mut self, inner: &str) -> String {
        let (before, after) = (self.trim(), self.trim());
        format!("{{%{before} {inner} {after}%}}")
    }
    fn text(&mut self) -> &'static str {
        ["a", " ", "\n", "  b\n", "{ ", "} ", " {", "% ", "# c", "x\r\n", "\"", "ü"][self.pick(12)]
    }
    fn body(&mut self) -> String {
        self.depth += 1;
        let count = if self.depth > 3 { 1 } else { 1 + self.pick(4) };
        let body = (0..count).map(|_| self.piece()).collect();
        self.depth -= 1;
        body
    }
    fn around(&mut self, open: &str, close: &str) -> String {
        self.tag(open) + &self.body() + &self.tag(close)
    }
    fn block(&mut self, name: &'static str) -> String {
        if self.blocks.contains(&name) {
            return "twice".to_owned();
        }
        self.blocks.push(name);
        self.around(&format!("block {name}"), "endblock")
    }
    fn piece(&mut self) -> String {
        let name = ["v", "w", "i", "x", "loop.index"][self.pick(if self.loops > 0 { 5 } else { 4 })];
        match self.pick(if self.depth > 3 { 4 } else { 15 }) {
            0 | 1 => self.text().to_owned(),
            2 => format!("{{{{{} {name} {}}}}}", self.trim(), self.trim()),
            3 => {
                let target = ["v", "w"][self.pick(2)];
                self.tag(&format!("set {target} = {name} ~ 'k'"))
            }
            4 => {
                self.loops += 1;
                let text = self.around("for i in items", "endfor");
                self.loops -= 1;
                text
            }
            5 => self.around(&format!("if {name}"), "endif"),
            6 => self.around(&format!("with w = {name}"), "endwith"),
            7 => self.around("set v", "endset"),
            8 | 9 if !self.named.is_empty() => {
                let named = self.named[self.pick(self.named.len())];
                self.tag(&format!("include \"{named}\""))
            }
            10 | 11 => {
                let block = ["one", "two", "three"][self.pick(3)];
                self.block(block)
            }
            12 if self.is_child => "{{ super() }}".to_owned(),
            13 => format!("{{{{ m.show({name}, {}) }}}}", ["v", "'q'", "b=w"][self.pick(3)]),
            _ => "{{ m.title }}".to_owned(),
        }
    }
    fn template(&mut self) -> String {
        let parent = if self.named.is_empty() { 0 } else { self.pick(2) };
        self.is_child = parent == 1;
        let import = "{% import \"module\" as m %}";
        if !self.is_child {
            return import.to_owned() + &self.body();
        }
        let named = self.named[self.pick(self.named.len())];
        let mut blocks = String::new();
        for block in ["one", "two", "three"] {
            if self.pick(3) > 0 {
                blocks += &self.block(block);
            }
        }
        format!("{{% extends \"{named}\" %}}{import}{}{blocks}", self.tag("set w = 'child'"))
    }
}

fn message(text: &str) -> Message {
    Message { content: text.to_owned(), ..Message::default() }
}

/// A template and those that it may name, all of them made of numbers.
fn closure(picks: &[Vec<u8>]) -> (VersionContent, Closure) {
    let module = "{% set title = 'T' %}{% set _p = title ~ 1 %}{% macro show(a, b='d') -%} <{{ a }}{{ b }}{{ _p }}> {%- endmacro %}";
    let names = ["own", "a", "b", "c"];
    let mut closure = Closure::new();
    let content = |text: &str| VersionContent { messages: vec![message(text)], ..VersionContent::default() };
    let part = |key: &str, text: &str| Target::Found(Part { key: key.to_owned(), version: 1, content: content(text) });
    closure.insert("module".into(), part("module", module));
    for (i, picks) in picks.iter().enumerate().skip(1) {
        let mut writer = Writer {
            picks: picks.iter(),
            named: &names[i + 1..],
            depth: 0,
            loops: 0,
            is_child: false,
            blocks: Vec::new(),
        };
        closure.insert(names[i].into(), part(names[i], &writer.template()));
    }
    let mut writer =
        Writer { picks: picks[0].iter(), named: &names[1..], depth: 0, loops: 0, is_child: false, blocks: Vec::new() };
    let text = Parameter { name: "v".into(), ..Parameter::default() };
    let list = Parameter { name: "items".into(), kind: ParameterType::Array, ..Parameter::default() };
    let named = |name: &str| Parameter { name: name.into(), max: Some(20.0), ..text.clone() };
    let parameters = vec![named("v"), named("w"), named("x"), named("i"), list];
    (VersionContent { parameters, ..content(&writer.template()) }, closure)
}

/// What is put together renders, to the byte, as the templates render together; and refused is only what is named.
#[test]
fn put_together_is_as_rendered_together() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64) * 20;
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let (compared_at, refused_at) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let variables = json!({"v": "V", "w": "W", "x": "X", "items": ["1", "2"]}).as_object().cloned().unwrap();
    let picks = prop::collection::vec(prop::collection::vec(any::<u8>(), 40..200), 4);
    TestRunner::new(config)
        .run(&picks, |picks| {
            let (content, closure) = closure(&picks);
            let own = Own { key: "own", version: 0, content: &content };
            let Ok((renderer, composed)) = Renderer::composed(&own, &closure) else {
                refused_at.set(refused_at.get() + 1);
                return Ok(());
            };
            compared_at.set(compared_at.get() + 1);
            let expected = together(&content, 0, &closure, &variables);
            let found = renderer.render(&variables).map(|messages| messages[0].content.clone());
            let whole = &composed.content.messages[0].content;
            prop_assert_eq!(found.as_ref().ok(), expected.as_ref().ok(), "{:?}\n{}\n{:?}", found, whole, closure);
            let again = Renderer::new(&composed.content).unwrap().render(&variables).unwrap()[0].content.clone();
            prop_assert_eq!(Some(&again), expected.as_ref().ok(), "the text stands for itself");
            Ok(())
        })
        .unwrap();
    let (compared, refused) = (compared_at.get(), refused_at.get());
    println!("{compared} compared, {refused} refused");
    assert!(compared * 5 > compared + refused, "{compared} compared, {refused} refused");
}
