//! Templates that render byte for byte as in Python's Jinja2. The same folder is compared with Jinja2 itself by
//! `compare.py`, and with the browser's engine by the browser tests. `docs/jinja2.md` describes the format.

use std::path::Path;

use domain::compose::Own;
use domain::composition::{Closure, Part, Target};
use domain::render::{RenderError, Renderer};
use domain::version::{Message, MessageRole, VersionContent};

use crate::support::{Fixture, fixtures, is_update};

/// The rendered text, or the kind of the error.
fn outcome(fixture: &Fixture) -> Result<String, String> {
    let content = fixture.content("");
    let own = Own { key: "own", version: 0, content: &content };
    let composed = Renderer::composed(&own, &closure(fixture, content.messages[0].role));
    let (renderer, _) = composed.map_err(|error| refused(&error.errors[0].message))?;
    let messages = renderer.render(&fixture.json("variables")).map_err(|error| failed(&error))?;
    Ok(messages.into_iter().map(|message| message.content).collect())
}

/// The further templates of a fixture, each in the role of its message.
fn closure(fixture: &Fixture, role: MessageRole) -> Closure {
    let part = |(key, text): (&str, &str)| {
        let content = text.replace("⟦CR⟧", "\r");
        let content = VersionContent { messages: vec![Message { role, content }], ..VersionContent::default() };
        (key.to_owned(), Target::Found(Part { key: key.to_owned(), version: 1, content }))
    };
    fixture.templates().map(part).collect()
}

/// Why a text was not compiled: most of what fails in Jinja2 when it renders is found at save here.
fn refused(message: &str) -> String {
    let kinds = [("syntax error", "syntax"), ("there is no ", "name")];
    kinds.iter().find(|(start, _)| message.starts_with(start)).map_or("value", |(_, kind)| kind).to_owned()
}

fn failed(error: &RenderError) -> String {
    let is_undefined = error.message.contains("something that is not there") || error.message.contains("undefined");
    match error.error_type {
        "render_error" => if is_undefined { "undefined" } else { "value" }.to_owned(),
        _ => error.message.clone(),
    }
}

fn expected(fixture: &Fixture) -> Result<String, String> {
    match (fixture.find("expect"), fixture.find("expect error")) {
        (Some(text), None) => Ok(text.to_owned()),
        (None, Some(kind)) => Err(kind.to_owned()),
        _ => panic!("{}: has not one section `expect` or `expect error`", fixture.name),
    }
}

#[test]
fn templates_render_as_in_jinja2() {
    let fixtures = fixtures("conformance", 150);
    let mut wrong = Vec::new();
    for (path, fixture) in &fixtures {
        let found = outcome(fixture);
        if is_update() {
            let (title, text) = found.as_ref().map_or_else(|kind| ("expect error", kind), |text| ("expect", text));
            std::fs::write(path, fixture.with_last(title, text)).expect("a fixture is written");
        } else if found != expected(fixture) {
            wrong.push(format!("{}\nexpected {:?}\nfound    {found:?}", fixture.name, expected(fixture)));
        }
    }
    println!("conformance: {} fixtures", fixtures.len());
    assert!(wrong.is_empty(), "{} of {} fixtures fail:\n\n{}", wrong.len(), fixtures.len(), wrong.join("\n\n"));
}

/// Whether they do differ is what `compare.py` checks.
#[test]
fn what_differs_from_jinja2_is_in_the_docs_with_its_cause() {
    let fixtures = fixtures("conformance", 150);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/jinja2.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let page = page.split("## A fixture").next().unwrap_or_default();
    let rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    let differing: Vec<_> =
        fixtures.iter().filter_map(|(_, f)| Some(format!("{}` | {} |", f.name, f.find("differs")?))).collect();
    assert_eq!(rows, differing, "docs/jinja2.md lists other fixtures than those that differ");
    assert!(differing.len() * 20 <= fixtures.len(), "{} of {} fixtures differ", differing.len(), fixtures.len());
}
