//! The editor's form as it travels: only texts, so that whatever was typed can be sent, kept and shown again.

use domain::error::{Error, FieldError, Kind};
use domain::version::{Message, MessageRole, Parameter, ParameterType, VersionContent};
use serde::{Deserialize, Serialize};

use super::settings_data::SettingsRow;
use super::values::{limit_of, list_of, sample, text_of, text_of_list, value_of};

/// Everything in the editor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditorForm {
    pub key: String,
    pub display_name: String,
    pub kind: String,
    pub category: String,
    pub folder: String,
    /// Separated by commas.
    pub tags: String,
    pub description: String,
    pub messages: Vec<MessageRow>,
    pub parameters: Vec<ParameterRow>,
    pub settings: SettingsRow,
    /// Values to preview with.
    pub variables: Vec<VariableRow>,
    pub commit_message: String,
    /// The version it is written from.
    pub parent: String,
    /// The newest version when it was begun: a save that follows another one is a conflict.
    pub onto: String,
    /// The revision of the author's draft as this page last saw it.
    pub draft: String,
    /// The revision of a draft that this is to replace, although it was kept from elsewhere.
    pub over: String,
    /// Who types, by id: what stays in a browser must not become somebody else's.
    pub author: String,
    /// Which sample set is meant.
    pub sample: SampleRow,
    /// A JSON Schema to make the contract of.
    pub schema: String,
    /// What the last button led to, for a browser without JavaScript.
    pub told: Told,
}

/// What the page's form posts, as far as it is typed.
#[derive(Serialize, Deserialize)]
pub struct Whole {
    pub form: EditorForm,
}

/// A sample set in the form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleRow {
    /// The name of the one that is chosen; empty for none.
    pub chosen: String,
    /// A name for a new one.
    pub name: String,
    /// The name and the revision of the one whose values this page last saw: saving over it is held against that.
    pub seen: String,
    pub revision: String,
}

impl SampleRow {
    /// Notes that a set's values were seen; none are of an empty name.
    pub fn see(&mut self, name: &str, revision: i64) {
        name.clone_into(&mut self.seen);
        self.revision = revision.to_string();
    }

    /// The revision of the chosen set as it was last seen; none when another one was.
    #[cfg(feature = "ssr")]
    pub fn expected(&self) -> Option<i64> {
        if self.seen == self.chosen { self.revision.parse().ok() } else { None }
    }
}

/// What is told beside a part of the form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// `sample` or `schema`.
    pub of: String,
    pub is_wrong: bool,
    pub texts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageRow {
    pub role: String,
    pub content: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParameterRow {
    pub name: String,
    pub kind: String,
    /// `on` when ticked.
    pub required: String,
    pub default: String,
    pub one_of: String,
    pub min: String,
    pub max: String,
    pub pattern: String,
    pub description: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VariableRow {
    pub name: String,
    pub value: String,
}

/// What a form says, and what it fails to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Without the fields that are in `problems`.
    pub content: VersionContent,
    /// Fields that can't be read, named by their row in the form.
    pub problems: Vec<FieldError>,
    /// The form's row of each message; blank rows are left out of the content.
    pub messages: Vec<usize>,
    pub parameters: Vec<usize>,
}

impl ParameterRow {
    fn is_blank(&self) -> bool {
        [&self.name, &self.default, &self.one_of, &self.min, &self.max, &self.pattern, &self.description]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    /// The row of a parameter.
    pub fn of(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name.clone(),
            kind: parameter.kind.name().to_owned(),
            required: if parameter.required { "on".to_owned() } else { String::new() },
            default: parameter.default.as_ref().map(text_of).unwrap_or_default(),
            one_of: text_of_list(&parameter.one_of),
            min: parameter.min.map(|n| n.to_string()).unwrap_or_default(),
            max: parameter.max.map(|n| n.to_string()).unwrap_or_default(),
            pattern: parameter.pattern.clone().unwrap_or_default(),
            description: parameter.description.clone(),
        }
    }

    fn parse(&self, row: usize, problems: &mut Vec<FieldError>) -> Parameter {
        let mut note =
            |field: &str, message| problems.push(FieldError::new(format!("parameters[{row}].{field}"), message));
        let kind = ParameterType::parse(&self.kind).unwrap_or_default();
        Parameter {
            name: self.name.trim().to_owned(),
            kind,
            required: !self.required.is_empty(),
            description: self.description.trim().to_owned(),
            default: value_of(&self.default, kind).map_err(|e| note("default", e)).ok().flatten(),
            one_of: list_of(&self.one_of, kind).map_err(|e| note("enum", e)).unwrap_or_default(),
            min: limit_of(&self.min).map_err(|e| note("min", e)).ok().flatten(),
            max: limit_of(&self.max).map_err(|e| note("max", e)).ok().flatten(),
            pattern: Some(self.pattern.clone()).filter(|p| !p.is_empty()),
        }
    }
}

impl EditorForm {
    /// The form of a version or draft.
    pub fn of(content: &VersionContent) -> Self {
        let message = |m: &Message| MessageRow { role: m.role.name().to_owned(), content: m.content.clone() };
        Self {
            messages: content.messages.iter().map(message).collect(),
            parameters: content.parameters.iter().map(ParameterRow::of).collect(),
            settings: SettingsRow::of(&content.config),
            ..Self::default()
        }
    }

    /// Reads the content out of the form. Blank rows don't count.
    pub fn parse(&self) -> Parsed {
        let mut parsed = Parsed::default();
        for (row, message) in self.messages.iter().enumerate().filter(|(_, m)| !m.content.trim().is_empty()) {
            let role = MessageRole::parse(&message.role).unwrap_or_default();
            // A form's lines end in CR LF on the wire.
            let content = message.content.replace("\r\n", "\n");
            parsed.content.messages.push(Message { role, content });
            parsed.messages.push(row);
        }
        for (row, parameter) in self.parameters.iter().enumerate().filter(|(_, p)| !p.is_blank()) {
            let parameter = parameter.parse(row, &mut parsed.problems);
            parsed.content.parameters.push(parameter);
            parsed.parameters.push(row);
        }
        parsed.content.config = self.settings.parse(&mut parsed.problems);
        parsed
    }

    /// Takes out the samples of parameters that have others by now: nobody typed them, and they may no longer fit.
    pub fn forget_samples(&mut self, before: &[Parameter], now: &[Parameter]) {
        let is_other = |a: &Parameter, b: &Parameter| a.name == b.name && sample(a) != sample(b);
        let is_stale = |row: &VariableRow, old: &Parameter| {
            old.name == row.name && sample(old) == row.value && now.iter().any(|new| is_other(old, new))
        };
        self.variables.retain(|row| !before.iter().any(|old| is_stale(row, old)));
    }

    /// One row of values for each parameter: what was typed, or else a sample.
    pub fn variable_rows(&self, parameters: &[Parameter]) -> Vec<VariableRow> {
        let typed = |name: &str| self.variables.iter().find(|v| v.name == name).map(|v| v.value.clone());
        let row =
            |p: &Parameter| VariableRow { name: p.name.clone(), value: typed(&p.name).unwrap_or_else(|| sample(p)) };
        parameters.iter().filter(|p| !p.name.is_empty()).map(row).collect()
    }
}

/// A kept draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptDraft {
    pub at: domain::Timestamp,
    /// The draft's revision from now on.
    pub revision: i64,
    /// Fields that can't be read yet, so that the draft is without them.
    pub left_out: Vec<FieldError>,
}

/// Somebody saved a version meanwhile.
pub fn is_behind(error: &Error) -> bool {
    error.kind == Kind::PreconditionFailed
}

/// The author's draft was kept from elsewhere meanwhile, made a version or thrown away.
pub fn is_late(error: &Error) -> bool {
    error.code == "draft_stale"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_sample_that_no_longer_fits_is_forgotten() {
        let parameter = |kind| Parameter { name: "days".to_owned(), kind, ..Parameter::default() };
        let [text, number] = [ParameterType::String, ParameterType::Integer].map(parameter);
        let kept = |value: String, now: &Parameter| {
            let mut form = EditorForm::default();
            form.variables.push(VariableRow { name: "days".to_owned(), value });
            form.forget_samples(std::slice::from_ref(&text), std::slice::from_ref(now));
            form.variables.len() == 1
        };
        assert!(!kept(sample(&text), &number));
        assert!(kept(sample(&text), &text) && kept("typed".to_owned(), &number));
    }

    fn content() -> VersionContent {
        serde_json::from_value(json!({
            "messages": [{"role": "system", "content": "\nHello {{ name }}"}, {"role": "user", "content": "Hi"}],
            "parameters": [
                {"name": "name", "type": "string", "required": true, "description": "Who", "pattern": "[A-Z].*"},
                {"name": "level", "type": "integer", "default": 2, "enum": [1, 2, 3], "min": 1.0, "max": 3.0},
                {"name": "empty", "type": "string", "default": ""},
                {"name": "extra", "type": "object", "default": {"a": [1]}}
            ],
            "config": {"model": "gpt-4.1", "temperature": 0.7, "max_tokens": 500, "supports_streaming": false, "stop": ["x"]}
        }))
        .unwrap()
    }

    #[test]
    fn a_version_comes_back_as_it_was() {
        let parsed = EditorForm::of(&content()).parse();
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.content, content());
    }

    #[test]
    fn blank_rows_do_not_count() {
        let row = |content: &str| MessageRow { role: "user".into(), content: content.into() };
        let form = EditorForm {
            messages: vec![row("  "), row("a\r\nb"), row(""), row("c")],
            parameters: vec![
                ParameterRow::default(),
                ParameterRow { name: "n".into(), kind: "integer".into(), default: "x".into(), ..Default::default() },
            ],
            ..Default::default()
        };
        let parsed = form.parse();
        assert_eq!(parsed.content.messages.len(), 2);
        assert_eq!(parsed.content.messages[0].content, "a\nb");
        assert_eq!(parsed.problems[0].field, "parameters[1].default");
        assert_eq!((parsed.messages, parsed.parameters), (vec![1, 3], vec![1]));
    }
}
