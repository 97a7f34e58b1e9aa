//! The form in terms of the service, and the service's errors in terms of the form.

#![cfg(feature = "ssr")]

use domain::error::{Error, FieldError};
use domain::execution::Variables;
use domain::template::{NewTemplate, TemplateFields};
use domain::version::{NewVersion, VersionContent};

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

    fn fields(&self) -> TemplateFields {
        TemplateFields {
            display_name: self.display_name.clone(),
            kind: self.kind.trim().to_owned(),
            category: self.category.trim().to_owned(),
            folder: self.folder.trim().to_owned(),
            description: self.description.replace("\r\n", "\n"),
            tags: self.tags.split(',').map(str::to_owned).collect(),
            ..TemplateFields::default()
        }
    }

    /// The template to create.
    pub fn new_template(&self, content: VersionContent) -> NewTemplate {
        let VersionContent { messages, parameters, config } = content;
        NewTemplate {
            key: self.key.trim().to_owned(),
            fields: self.fields(),
            messages,
            parameters,
            config,
            commit_message: self.commit_message.clone(),
        }
    }

    /// The version to save, and the revision that it may be saved on.
    pub fn new_version(&self, content: VersionContent) -> (NewVersion, Option<i64>) {
        let anyway =
            self.anyway.split_once(':').map(|(revision, version)| (revision.parse().ok(), version.parse().ok()));
        let (revision, parent) = anyway.unwrap_or((self.revision.parse().ok(), self.parent.parse().ok()));
        let parent = parent.unwrap_or_default();
        (NewVersion { content, parent, commit_message: self.commit_message.clone() }, revision)
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
    fn saving_anyway_names_what_it_is_saved_on() {
        let mut form = EditorForm { parent: "2".into(), revision: "7".into(), ..Default::default() };
        let (version, revision) = form.new_version(VersionContent::default());
        assert_eq!((version.parent, revision), (2, Some(7)));
        form.anyway = "9:4".into();
        let (version, revision) = form.new_version(VersionContent::default());
        assert_eq!((version.parent, revision), (4, Some(9)));
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
