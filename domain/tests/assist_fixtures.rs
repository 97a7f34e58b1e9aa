//! What the editor asks for while its author types. Every file under `fixtures/` is a test: add a file, get a test.
#![cfg(feature = "engine")]

use std::collections::HashSet;

use domain::check::check;
use domain::contract::infer;
use domain::error::Problems;
use domain::preview::{Mend, QuickFix};
use domain::rename::references;
use domain::version::{Parameter, VersionContent};

mod support;

use support::{Fixture, list, run_folder};

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
        let checked = domain::preview::check(&content, &HashSet::new());
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
