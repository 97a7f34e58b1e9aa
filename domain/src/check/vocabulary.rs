//! What a template can use, with a signature and a sentence each: for completion and hover in an editor.

use serde::Serialize;

use words::{FILTERS, FUNCTIONS, LOOP, STATEMENTS, TESTS};

mod words;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// After `|`.
    Filter,
    /// After `is`.
    Test,
    Function,
    /// After `loop.`, inside a `{% for %}`.
    Loop,
    /// First in `{% … %}`.
    Statement,
}

/// A word that templates can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    pub kind: WordKind,
    pub name: &'static str,
    /// How it is written, such as `join(d='', attribute=none)`.
    pub signature: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What to insert for a statement, from `{%` on: `${1:…}` are places to fill in, `$0` is where writing goes on.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub snippet: &'static str,
}

/// One row of the tables: name, signature, sentence.
type Row = (&'static str, &'static str, &'static str);

/// All words, by kind and then by name as the tables have them.
pub fn vocabulary() -> Vec<Word> {
    let of = |kind, rows: &'static [Row]| {
        rows.iter().map(move |&(name, signature, about)| Word { kind, name, signature, about, snippet: "" })
    };
    let statement = |&(name, signature, about, snippet): &(_, _, _, _)| {
        let kind = WordKind::Statement;
        Word { kind, name, signature, about, snippet }
    };
    of(WordKind::Filter, FILTERS)
        .chain(of(WordKind::Test, TESTS))
        .chain(of(WordKind::Function, FUNCTIONS))
        .chain(of(WordKind::Loop, LOOP))
        .chain(STATEMENTS.iter().map(statement))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check_composed, filters, names};
    use crate::compose::Own;
    use crate::composition::{Closure, Part, Target};
    use crate::error::Problems;
    use crate::render::Renderer;
    use crate::version::{Message, VersionContent};

    fn content(text: &str) -> VersionContent {
        let message = Message { content: text.to_owned(), ..Message::default() };
        VersionContent { messages: vec![message], ..VersionContent::default() }
    }

    /// The problems of a text that may name a template `key` with a macro `name`.
    fn problems_of(text: &str) -> Vec<String> {
        let (own, part) = (content(text), content("{% macro name(argument) %}x{% endmacro %}"));
        let part = Part { key: "key".into(), version: 1, content: part };
        let closure = Closure::from([("key".to_owned(), Target::Found(part))]);
        let mut problems = Problems::default();
        check_composed(&Own { key: "own", version: 0, content: &own }, &closure, &mut problems);
        problems.0.into_iter().map(|problem| problem.message).collect()
    }

    fn of(kind: WordKind) -> Vec<&'static str> {
        let mut names: Vec<_> = vocabulary().into_iter().filter(|w| w.kind == kind).map(|w| w.name).collect();
        names.sort_unstable();
        names
    }

    fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_word_that_is_allowed_is_told_and_no_other() {
        assert_eq!(of(WordKind::Filter), sorted(filters::names()));
        assert_eq!(of(WordKind::Test), sorted(names::TESTS));
        assert_eq!(of(WordKind::Statement), sorted(names::STATEMENTS));
        assert_eq!(of(WordKind::Function), ["range"]);
    }

    #[test]
    fn loop_has_just_these_attributes() {
        let mut environment = minijinja::Environment::new();
        environment.add_filter("names", |value: minijinja::Value| {
            let names = value.try_iter().map(|names| names.map(|n| n.to_string()).collect::<Vec<_>>());
            names.unwrap_or_default().join(" ")
        });
        let known = environment.render_str("{% for i in [1] %}{{ loop|names }}{% endfor %}", ()).unwrap();
        // A call, not an attribute; the other one, `changed`, is refused.
        let known = sorted(known.split(' ').chain(["cycle"]));
        assert_eq!(of(WordKind::Loop), known);
        for name in of(WordKind::Loop).into_iter().filter(|name| *name != "cycle") {
            assert_eq!(problems_of(&format!("{{% for i in [1] %}}{{{{ loop.{name} }}}}{{% endfor %}}")), [""; 0]);
        }
        assert_ne!(problems_of("{% for i in [1] %}{{ loop.changed(i) }}{% endfor %}"), [""; 0]);
    }

    #[test]
    fn each_word_is_told_in_a_sentence_that_fits_a_hover() {
        for word in vocabulary() {
            let Word { name, signature, about, .. } = word;
            assert!(signature.contains(name), "{name}: {signature}");
            assert!(about.ends_with('.') && about.len() < 120 && about.len() > 10, "{name}: {about}");
            assert!(about.starts_with(|c: char| c.is_ascii_uppercase() || c == '`'), "{name}: {about}");
            assert_eq!(vocabulary().iter().filter(|w| w.kind == word.kind && w.name == name).count(), 1, "{name}");
        }
    }

    /// A signature shows each argument by the name that the engine takes.
    #[test]
    fn arguments_are_named_as_the_engine_names_them() {
        for (call, printed) in [
            ("['a', 'b']|join(d='-')", "a-b"),
            ("['a']|map(attribute='x', default='-')|join", "-"),
            ("''|default('x', true)", "x"),
            ("'a\\nb'|indent(width=2, first=true)", "  a\n  b"),
            ("{'b': 1, 'a': 2}|dictsort(by='value', reverse=true)|first|first", "a"),
            ("['b', 'A']|sort(reverse=true, case_sensitive=false)|join", "bA"),
            ("[1, 2]|sum(start=1)", "4"),
            ("[1]|batch(2, 0)|first|join", "10"),
            ("1.25|round(precision=1, method='floor')", "1.2"),
            ("'x'|int(default=3)", "3"),
            ("'ff'|int(base=16)", "255"),
            ("[{'x': 2}, {'x': 1}]|max(attribute='x')|items|first|last", "2"),
            ("'x'|float(default=0.5)", "0.5"),
            ("[1]|tojson(indent=0)", "[\n1\n]"),
            ("'a-b'|split('-', 1)|last", "b"),
            ("'a'|replace('a', 'b')", "b"),
            ("'xax'|trim('x')", "a"),
            ("{'x': 1}|attr('x')", "1"),
            ("[{'x': 1}]|groupby(attribute='x')|length", "1"),
            ("['a', 'A']|unique(case_sensitive=true)|length", "2"),
            ("[{'x': 1}]|selectattr('x', 'eq', 1)|list|length", "1"),
        ] {
            let renderer = Renderer::new(&content(&format!("{{{{ {call} }}}}")));
            let rendered = renderer.unwrap_or_else(|e| panic!("{call}: {:?}", e.errors)).render(&Default::default());
            assert_eq!(rendered.unwrap_or_else(|e| panic!("{call}: {:?}", e.errors))[0].content, printed, "{call}");
        }
    }

    #[test]
    fn snippets_are_statements_that_the_check_accepts() {
        for word in vocabulary().into_iter().filter(|w| !w.snippet.is_empty()) {
            let filled = word.snippet.replace("$0", "");
            let parts = filled.split("${").enumerate();
            let plain = |part: &str| {
                let (place, rest) = part.split_once('}').unwrap_or((part, ""));
                format!("{}{rest}", place.split_once(':').map_or("", |(_, name)| name))
            };
            let filled: String = parts.map(|(i, part)| if i == 0 { part.to_owned() } else { plain(part) }).collect();
            let declared = "{% set items = [1] %}{% set condition = 1 %}{% set value = 1 %}";
            let text = match word.name {
                "elif" | "else" => format!("{declared}{{% if 1 %}}{filled}{{% endif %}}"),
                "extends" => filled,
                "break" | "continue" => format!("{declared}{{% for i in [1] %}}{filled}{{% endfor %}}"),
                _ => format!("{declared}{filled}"),
            };
            assert_eq!(problems_of(&text), [""; 0], "{text}");
        }
    }
}
