//! What is said of a version's content in terms of the form, and the form's values to try.

use domain::error::{Error, FieldError};
use domain::execution::Variables;
use domain::lint::Finding;
use domain::preview::{Checked, Preview, QuickFix};
use domain::version::VersionContent;

use super::data::{EditorForm, Parsed};
use super::values::value_of;

impl EditorForm {
    /// The values to preview with; what can't be read is a problem of `variables.<name>`.
    pub fn variables(&self, content: &VersionContent) -> Result<Variables, Error> {
        let (mut variables, mut problems) = (Variables::new(), Vec::new());
        for row in &self.variables {
            let Some(parameter) = content.parameters.iter().find(|p| p.name == row.name) else { continue };
            match value_of(&row.value.replace("\r\n", "\n"), parameter.kind) {
                Ok(Some(value)) => drop(variables.insert(row.name.clone(), value)),
                Ok(None) => {}
                Err(message) => problems.push(FieldError::new(format!("variables.{}", row.name), message)),
            }
        }
        if problems.is_empty() { Ok(variables) } else { Err(Error::invalid(problems)) }
    }
}

impl Parsed {
    /// The settings of an error's fields in terms of the form: rows count blank ones, an enum is one field.
    pub fn localise(&self, mut error: Error) -> Error {
        error.errors = error.errors.into_iter().map(|e| self.localise_field(e)).collect();
        if error.code == "key_taken" {
            error.errors.push(FieldError::new("key", "is taken; choose another key"));
        }
        error
    }

    /// What the check says of the content, and what the form itself fails to say.
    pub fn checked(&self, checked: Checked) -> Checked {
        let local = |errors: Vec<FieldError>| errors.into_iter().map(|e| self.localise_field(e));
        let findings = checked.findings.into_iter().map(|f| Finding { at: self.localise_field(f.at), ..f });
        Checked {
            problems: self.problems.iter().cloned().chain(local(checked.problems)).collect(),
            warnings: local(checked.warnings).collect(),
            findings: findings.collect(),
            score: checked.score,
            fixes: checked.fixes.into_iter().map(|fix| self.localise_fix(fix)).collect(),
        }
    }

    fn localise_fix(&self, fix: QuickFix) -> QuickFix {
        let field = self.localise_field(FieldError::new(fix.field, "")).field;
        QuickFix { field, ..fix }
    }

    /// What a preview of the content shows.
    pub fn previewed(&self, preview: Preview) -> Preview {
        Preview { error: preview.error.map(|error| self.localise(error)), ..preview }
    }

    pub fn localise_field(&self, mut error: FieldError) -> FieldError {
        let moved = moved(&error.field, "messages[", &self.messages)
            .or_else(|| moved(&error.field, "parameters[", &self.parameters));
        error.field = moved.unwrap_or(error.field);
        if let Some(at) = error.field.find(".enum[") {
            error.field.truncate(at + ".enum".len());
        }
        error
    }

    /// Fails when a field can't be read; `others` is what else is wrong.
    pub fn check(&self, others: Vec<FieldError>) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let others = others.into_iter().map(|e| self.localise_field(e));
        Err(Error::invalid(self.problems.iter().cloned().chain(others).collect()))
    }
}

/// The field with the index of the form's row instead of the content's.
fn moved(field: &str, list: &str, rows: &[usize]) -> Option<String> {
    let (index, rest) = field.strip_prefix(list)?.split_once(']')?;
    let row = rows.get(index.parse::<usize>().ok()?)?;
    Some(format!("{list}{row}]{rest}"))
}

#[cfg(test)]
mod tests {
    use domain::version::{Parameter, ParameterType};
    use serde_json::json;

    use super::super::data::VariableRow;
    use super::*;

    fn content() -> VersionContent {
        let parameter = |name: &str, kind| Parameter { name: name.to_owned(), kind, ..Parameter::default() };
        let parameters = vec![
            parameter("name", ParameterType::String),
            parameter("level", ParameterType::Integer),
            parameter("extra", ParameterType::Object),
        ];
        VersionContent { parameters, ..VersionContent::default() }
    }

    #[test]
    fn errors_name_the_rows_of_the_form() {
        let parsed = Parsed { messages: vec![1, 3], parameters: vec![1], ..Parsed::default() };
        let localised = |field: &str| parsed.localise_field(FieldError::new(field, "")).field;
        assert_eq!(localised("messages[1].content"), "messages[3].content");
        assert_eq!(localised("parameters[0].enum[4]"), "parameters[1].enum");
        assert_eq!(localised("config.model"), "config.model");
    }

    #[test]
    fn variables_are_read_by_their_types() {
        let row = |name: &str, value: &str| VariableRow { name: name.into(), value: value.into() };
        let form = EditorForm {
            variables: vec![row("name", "Ada"), row("level", "2"), row("extra", ""), row("gone", "x")],
            ..EditorForm::of(&content())
        };
        let variables = form.variables(&content()).unwrap();
        assert_eq!(serde_json::Value::Object(variables), json!({"name": "Ada", "level": 2}));
        let form = EditorForm { variables: vec![row("level", "two")], ..form };
        assert_eq!(form.variables(&content()).unwrap_err().errors[0].field, "variables.level");
    }
}
