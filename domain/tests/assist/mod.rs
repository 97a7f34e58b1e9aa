//! What the editor asks for while its author types. Every file under `fixtures/` is a test: add a file, get a test.

use std::collections::HashSet;

use domain::check::check;
use domain::contract::{infer, json_schema, of_schema};
use domain::error::Problems;
use domain::merge::{Conflict, merge};
use domain::preview::{Mend, QuickFix};
use domain::rename::{references, rename};
use domain::version::{Parameter, VersionContent};

use crate::support::{Fixture, list, run_folder};

#[test]
fn what_texts_read_and_no_one_declared_is_typed_by_its_use() {
    run_folder("infer", 15, |fixture| {
        let mut content = fixture.content("");
        let found = infer(&content);
        content.parameters.extend(found.clone());
        let mut problems = Problems::default();
        domain::contract::check_contract(&content.parameters, &mut problems);
        assert_eq!(list("error", &problems.0), "", "{}: what is inferred can be declared", fixture.name);
        assert_eq!(infer(&content), [], "{}: nothing is left", fixture.name);
        lines(&found)
    });
}

fn lines(parameters: &[Parameter]) -> String {
    let line = |p: &Parameter| serde_json::to_string(p).unwrap_or_default() + "\n";
    let text: String = parameters.iter().map(line).collect();
    if text.is_empty() { "nothing".to_owned() } else { text }
}

#[test]
fn problems_come_with_what_would_mend_them() {
    run_folder("fixes", 10, |fixture| {
        let content = fixture.content("");
        let checked = checked(&content);
        let fixes: String = checked.fixes.iter().map(|fix| mended(&content, fix)).collect();
        list("error", &checked.problems) + &fixes
    });
}

/// A quick fix and what it leaves; it mends the problem that it names.
fn mended(content: &VersionContent, fix: &QuickFix) -> String {
    let mut after = content.clone();
    let detail = match &fix.mend {
        Mend::Declare(parameter) => {
            after.parameters.push(parameter.clone());
            serde_json::to_string(parameter).unwrap_or_default()
        }
        Mend::Edit(edit) => {
            let is_field = |i: &usize| fix.field == format!("messages[{i}].content");
            let i = (0..after.messages.len()).find(is_field).unwrap_or_default();
            after.messages[i].content = edit.apply(&after.messages[i].content);
            format!("{:?}", after.messages[i].content)
        }
    };
    let (was, is) = (problems_of(content), problems_of(&after));
    assert!(is < was, "{} leaves {is} of {was} problems", fix.title);
    let (line, column) = (fix.line.unwrap_or_default(), fix.column.unwrap_or_default());
    format!("fix {} {line}:{column} {}: {detail}\n", fix.field, fix.title)
}

fn problems_of(content: &VersionContent) -> usize {
    let mut problems = Problems::default();
    check(content, &mut problems);
    problems.0.len()
}

#[test]
fn every_reading_of_a_parameter_is_found_and_no_other() {
    run_folder("references", 10, |fixture: &Fixture| {
        let text = &fixture.content("").messages[0].content;
        let name: String = fixture.json("name");
        let mut out = text.clone();
        for at in references(text, &name).iter().rev() {
            assert_eq!(&text[at.clone()], name);
            out.replace_range(at.clone(), &format!("«{name}»"));
        }

        out
    });
}

#[test]
fn merges_take_both_sides_and_name_what_differs() {
    run_folder("merge", 15, |fixture| {
        let (base, ours, theirs) = (fixture.content("base "), fixture.content("ours "), fixture.content("theirs "));
        let merged = merge(&base, &ours, &theirs);
        let messages = merged.content.messages.iter();
        let mut text: String = messages.map(|m| format!("=== {}\n{}\n", m.role.name(), m.content)).collect();
        if !merged.content.parameters.is_empty() {
            text += &lines(&merged.content.parameters);
        }
        if !merged.content.config.is_empty() {
            text += &format!("config {}\n", serde_json::Value::Object(merged.content.config));
        }
        text + &merged.conflicts.iter().map(conflict).collect::<String>()
    });
}

fn conflict(conflict: &Conflict) -> String {
    let Conflict { field, line, base, ours, theirs } = conflict;
    let line = line.map_or(String::new(), |line| format!(" line {line}"));
    format!("CONFLICT {field}{line}\n  base {base:?}\n  ours {ours:?}\n  theirs {theirs:?}\n")
}

#[test]
fn contracts_are_written_as_json_schema() {
    run_folder("schema", 4, |fixture| {
        let parameters: Vec<Parameter> = fixture.json("parameters");
        let schema = json_schema(&parameters);
        assert_eq!(of_schema(&schema).as_ref(), Ok(&parameters), "{}: and back", fixture.name);
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    });
}

#[test]
fn schemas_become_contracts_or_tell_what_a_contract_can_not_say() {
    run_folder("of_schema", 8, |fixture| match of_schema(&fixture.json("schema")) {
        Ok(parameters) => lines(&parameters),
        Err(error) => list("error", &error.errors),
    });
}

#[test]
fn renames_change_texts_and_contract_or_say_why_not() {
    run_folder("rename", 10, |fixture| {
        let (from, to): (String, String) = (fixture.json("from"), fixture.json("to"));
        match rename(&fixture.content(""), &from, &to) {
            Ok(renamed) => {
                let messages = renamed.messages.iter();
                let text: String = messages.map(|m| format!("=== {}\n{}\n", m.role.name(), m.content)).collect();
                text + &lines(&renamed.parameters)
            }
            Err(error) => list("error", &error.errors),
        }
    });
}

fn checked(content: &VersionContent) -> domain::preview::Checked {
    let own = domain::compose::Own { key: "", version: 0, content };
    domain::preview::check(&own, &domain::composition::Closure::new(), &HashSet::new())
}
