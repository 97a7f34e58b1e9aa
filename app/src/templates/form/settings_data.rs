//! Model settings as the form holds them: six known ones in fields of their own, the others as JSON.

use domain::error::FieldError;
use domain::version::ModelConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::values::not_json;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsRow {
    pub model: String,
    pub provider: String,
    pub temperature: String,
    pub max_tokens: String,
    pub max_turns: String,
    /// `true`, `false`, or empty for not set.
    pub supports_streaming: String,
    /// The other settings, a JSON object.
    pub other: String,
}

/// How the value of a known setting is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Number,
    Boolean,
}

const KNOWN: [(&str, Form); 6] = [
    ("model", Form::Text),
    ("provider", Form::Text),
    ("temperature", Form::Number),
    ("max_tokens", Form::Number),
    ("max_turns", Form::Number),
    ("supports_streaming", Form::Boolean),
];

impl Form {
    fn text(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Text, Value::String(text)) if !text.is_empty() => Some(text.clone()),
            (Self::Number, Value::Number(number)) => Some(number.to_string()),
            (Self::Boolean, Value::Bool(truth)) => Some(truth.to_string()),
            _ => None,
        }
    }
    fn value(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(Value::from(text)),
            Self::Number => match serde_json::from_str(text) {
                Ok(Value::Number(number)) => Ok(Value::Number(number)),
                _ => Err("give a number".to_owned()),
            },
            Self::Boolean => text.parse().map(Value::Bool).map_err(|_| "give true or false".to_owned()),
        }
    }
}

impl SettingsRow {
    fn field(&mut self, name: &str) -> &mut String {
        match name {
            "model" => &mut self.model,
            "provider" => &mut self.provider,
            "temperature" => &mut self.temperature,
            "max_tokens" => &mut self.max_tokens,
            "max_turns" => &mut self.max_turns,
            "supports_streaming" => &mut self.supports_streaming,
            _ => &mut self.other,
        }
    }

    pub fn of(config: &ModelConfig) -> Self {
        let (mut row, mut others) = (Self::default(), ModelConfig::new());
        for (name, value) in config {
            let form = KNOWN.iter().find(|(known, _)| known == name).map(|(_, form)| *form);
            match form.and_then(|form| form.text(value)) {
                Some(text) => *row.field(name) = text,
                None => drop(others.insert(name.clone(), value.clone())),
            }
        }
        if !others.is_empty() {
            row.other = serde_json::to_string_pretty(&others).unwrap_or_default();
        }
        row
    }

    pub fn parse(&self, problems: &mut Vec<FieldError>) -> ModelConfig {
        let (mut row, mut config) = (self.clone(), ModelConfig::new());
        for (name, form) in KNOWN {
            let text = row.field(name).trim().to_owned();
            match (text.as_str(), form.value(&text)) {
                ("", _) => {}
                (_, Ok(value)) => drop(config.insert(name.to_owned(), value)),
                (_, Err(message)) => problems.push(FieldError::new(format!("config.{name}"), message)),
            }
        }
        self.add_others(&mut config, problems);
        config
    }

    fn add_others(&self, config: &mut ModelConfig, problems: &mut Vec<FieldError>) {
        if self.other.trim().is_empty() {
            return;
        }
        let others = match serde_json::from_str(&self.other) {
            Ok(Value::Object(others)) => others,
            Ok(_) => return problems.push(FieldError::new("config", r#"give a JSON object such as {"top_p": 0.9}"#)),
            Err(error) => return problems.push(FieldError::new("config", not_json(&error))),
        };
        for (name, value) in others {
            if config.contains_key(&name) {
                let message = format!("`{name}` has a field of its own above: set it in one place");
                problems.push(FieldError::new("config", message));
            } else {
                config.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(value: Value) -> ModelConfig {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_setting_of_another_type_stays_as_it_is() {
        let odd = config(json!({"model": 5, "temperature": "hot", "top_p": 0.5}));
        let mut problems = Vec::new();
        assert_eq!(SettingsRow::of(&odd).parse(&mut problems), odd);
        assert_eq!(problems, []);
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        let row = SettingsRow { temperature: "hot".into(), model: "m".into(), other: "{".into(), ..Default::default() };
        let mut problems = Vec::new();
        assert_eq!(row.parse(&mut problems), config(json!({"model": "m"})));
        assert_eq!(problems.iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["config.temperature", "config"]);
    }

    #[test]
    fn a_setting_is_set_in_one_place() {
        let row = SettingsRow { model: "m".into(), other: r#"{"model": "n"}"#.into(), ..Default::default() };
        let mut problems = Vec::new();
        row.parse(&mut problems);
        assert_eq!(problems.len(), 1);
    }
}
