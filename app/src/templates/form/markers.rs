//! What is said of a text, as marks in it; and what its author asks for there.

use domain::error::FieldError;
use domain::lint::{Finding, Severity};
use domain::preview::{Mend, QuickFix};
use domain::version::Parameter;
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::data::ParameterRow;
use super::state::Editor;
use crate::browser::type_into;

impl Editor {
    /// Where the text can't be rendered with the values to try, although it would be saved.
    pub fn stops(self) -> Vec<FieldError> {
        if self.problems.with(|all| all.iter().any(|e| e.field.starts_with("messages"))) {
            return Vec::new();
        }
        let stops =
            |error: &domain::Error| error.errors.iter().filter(|e| e.field.starts_with("messages")).cloned().collect();
        self.preview.with(|preview| preview.as_ref()?.error.as_ref().map(stops)).unwrap_or_default()
    }

    /// Everything that is said of a field, with what mends it.
    pub fn markers(self, field: &str) -> Value {
        let stops = self.stops().into_iter();
        let here = |at: &FieldError| at.field == field && at.line.is_some();
        let problems = self.problems.get().into_iter().filter(here).map(|e| marker(&e, "error", self.fixes_of(&e)));
        let warnings = self.warnings.get().into_iter().filter(here).map(|e| marker(&e, "warning", Vec::new()));
        let findings = self.findings.get().into_iter().filter(|f| here(&f.at)).map(|f| finding_marker(&f));
        let stops = stops.filter(here).map(|e| marker(&e, "warning", Vec::new()));
        problems.chain(stops).chain(warnings).chain(findings).collect()
    }

    /// What would mend a problem; told together with it.
    pub fn quick_fixes(self, error: &FieldError) -> Vec<QuickFix> {
        let is_its = |f: &&QuickFix| f.field == error.field && f.line == error.line && f.column == error.column;
        self.fixes.with_untracked(|all| all.iter().filter(is_its).cloned().collect())
    }

    fn fixes_of(self, error: &FieldError) -> Vec<Value> {
        let of = |fix: QuickFix| match fix.mend {
            Mend::Declare(parameter) => json!({ "title": fix.title, "declare": parameter }),
            Mend::Edit(edit) => json!({ "title": fix.title, "edits": edit.edits }),
        };
        self.quick_fixes(error).into_iter().map(of).collect()
    }

    /// Adds a parameter to the contract.
    pub fn declare(self, parameter: &Parameter) {
        self.parameters.add(ParameterRow::of(parameter));
        self.touch();
    }

    /// What an author asks of the editor in the text.
    pub fn told(self, what: &str, about: &str) {
        match what {
            "declare" => serde_json::from_str(about).iter().for_each(|parameter| self.declare(parameter)),
            "rename" => {
                if let Ok(Renamed { from, to }) = serde_json::from_str(about) {
                    self.rename(&from, &to);
                }
            }
            _ => return,
        }
        self.touch();
    }

    /// Renames a parameter in the contract's fields; the value that is typed for it goes along.
    fn rename(self, from: &str, to: &str) {
        let names = match self.is_made_up(from) {
            true => ".param-name input",
            false => ".param-name input, .variable input[type=hidden]",
        };
        let fields = self.form.get_untracked().and_then(|form| form.query_selector_all(names).ok());
        let Some(fields) = fields else { return };
        let inputs = (0..fields.length()).filter_map(|i| fields.item(i)?.dyn_into::<HtmlInputElement>().ok());
        let inputs: Vec<_> = inputs.filter(|input| input.value() == from).collect();
        // All before anybody hears of it: a value whose row still has the old name would be lost.
        inputs.iter().for_each(|input| input.set_value(to));
        inputs.iter().for_each(|input| type_into(input));
    }
}

#[derive(serde::Deserialize)]
struct Renamed {
    from: String,
    to: String,
}

fn marker(at: &FieldError, severity: &str, fixes: Vec<Value>) -> Value {
    json!({ "line": at.line, "column": at.column, "message": at.message, "severity": severity, "fixes": fixes })
}

fn finding_marker(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    };
    let at = FieldError { message: format!("{} {}", finding.at.message, finding.why), ..finding.at.clone() };
    let mut marker = marker(&at, severity, finding.fix.iter().map(|fix| json!(fix)).collect());
    marker["rule"] = json!(finding.rule);
    marker
}
