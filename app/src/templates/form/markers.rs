//! What is said of a text, as marks in it; and what its author asks for there.

use domain::error::FieldError;
use domain::lint::{Finding, Severity};
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::data::ParameterRow;
use super::state::Editor;
use crate::browser::type_into;

impl Editor {
    /// Everything that is said of a field, with what mends it.
    pub fn markers(self, field: &str) -> Value {
        let here = |errors: Vec<FieldError>, severity: &'static str| {
            errors
                .into_iter()
                .filter(|e| e.field == field && e.line.is_some())
                .map(move |e| json!({ "line": e.line, "column": e.column, "message": e.message, "severity": severity }))
        };
        let findings = self.findings.get().into_iter().filter(|f| f.at.field == field && f.at.line.is_some());
        let all = here(self.problems.get(), "error").chain(here(self.warnings.get(), "warning"));
        all.chain(findings.map(|finding| marker(&finding))).collect()
    }

    /// What an author asks of the editor in the text.
    pub fn told(self, what: &str, about: &str) {
        match what {
            "declare" => {
                if let Ok(name) = serde_json::from_str(about) {
                    let start =
                        ParameterRow { name, kind: "string".into(), required: "on".into(), ..Default::default() };
                    self.parameters.add(start);
                }
            }
            "rename" => {
                if let Ok(Renamed { from, to }) = serde_json::from_str(about) {
                    self.rename(&from, &to);
                }
            }
            _ => return,
        }
        self.touch();
    }

    /// Renames a parameter in the contract's fields.
    fn rename(self, from: &str, to: &str) {
        let fields = self.form.get_untracked().and_then(|form| form.query_selector_all(".param-name input").ok());
        let Some(fields) = fields else { return };
        let inputs = (0..fields.length()).filter_map(|i| fields.item(i)?.dyn_into::<HtmlInputElement>().ok());
        inputs.filter(|input| input.value() == from).for_each(|input| {
            input.set_value(to);
            type_into(&input);
        });
    }
}

#[derive(serde::Deserialize)]
struct Renamed {
    from: String,
    to: String,
}

fn marker(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    };
    let message = format!("{} {}", finding.at.message, finding.why);
    let fixes: Vec<_> = finding.fix.iter().collect();
    json!({
        "line": finding.at.line, "column": finding.at.column, "message": message, "severity": severity,
        "rule": finding.rule, "fixes": fixes
    })
}
