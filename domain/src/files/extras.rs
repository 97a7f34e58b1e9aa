//! What the formats of others have no word for: kept under our own name, so that an export read back is the same.

use serde_json::{Map, Value, json};

use super::members::Members;
use super::path::key_of;
use super::{File, FilePrompt, Origin, own};
use crate::error::FieldError;
use crate::template::{Template, TemplatePatch};
use crate::version::{ModelConfig, Parameter, ParameterType, VersionContent};

/// Settings that both formats know, and what they call them.
const OPTIONS: [(&str, &str); 3] =
    [("temperature", "temperature"), ("max_tokens", "maxOutputTokens"), ("top_p", "topP")];

/// Settings in the words of a format.
pub(super) struct Settings {
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) options: Map<String, Value>,
    /// What the format has no word for.
    rest: ModelConfig,
    /// The model is called `default_model` here.
    is_default_model: bool,
}

/// Sorts settings into those that a format knows and the others.
pub(super) fn settings(config: &ModelConfig, has_provider: bool) -> Settings {
    let mut rest = config.clone();
    // An empty text names nothing in the words of others.
    let is_said = |value: &&Value| value.as_str().is_some_and(|text| !text.is_empty());
    let text = |rest: &mut ModelConfig, name: &str| {
        let text = rest.get(name).filter(is_said)?.as_str()?.to_owned();
        rest.shift_remove(name);
        Some(text)
    };
    let is_default_model = !config.contains_key("model") && config.get("default_model").filter(is_said).is_some();
    let model = text(&mut rest, if is_default_model { "default_model" } else { "model" });
    let provider = if has_provider { text(&mut rest, "provider") } else { None };
    let mut options = Map::new();
    for (ours, theirs) in OPTIONS {
        if config.get(ours).is_some_and(Value::is_number) {
            options.extend(rest.shift_remove(ours).map(|value| (theirs.to_owned(), value)));
        }
    }
    Settings { model, provider, options, rest, is_default_model }
}

/// The settings that a format's words and our own extras say.
pub(super) fn config(
    model: Option<String>,
    provider: Option<String>,
    options: Map<String, Value>,
    extras: &mut Extras,
) -> ModelConfig {
    let mut config = ModelConfig::new();
    let name = if extras.is_default_model { "default_model" } else { "model" };
    config.extend(model.filter(|m| !m.is_empty()).map(|model| (name.to_owned(), Value::from(model))));
    config.extend(provider.filter(|p| !p.is_empty()).map(|provider| ("provider".to_owned(), Value::from(provider))));
    for (name, value) in options {
        let ours = OPTIONS.iter().find(|(_, theirs)| *theirs == name).map_or(name.as_str(), |(ours, _)| ours);
        config.insert(ours.to_owned(), value);
    }
    config.append(&mut extras.config);
    config
}

/// The extras of a template, each under its name.
pub(super) fn write(
    template: &Template,
    content: &VersionContent,
    settings: &Settings,
    origin: &Origin,
) -> Map<String, Value> {
    let mut extras = Map::new();
    let mut put = |name: &str, value: Value| drop(extras.insert(name.to_owned(), value));
    put("exported", json!(origin));
    let mut all = own::fields(&template.fields);
    for name in ["kind", "category", "folder", "owner", "display_order", "review_by"] {
        put(name, all.remove(name).unwrap_or_default());
    }
    if settings.is_default_model {
        put("model_is", json!("default_model"));
    }
    if !settings.rest.is_empty() {
        put("config", Value::Object(settings.rest.clone()));
    }
    let limits: Map<String, Value> = content.parameters.iter().filter_map(limits).collect();
    if !limits.is_empty() {
        put("limits", Value::Object(limits));
    }
    extras
}

fn limits(parameter: &Parameter) -> Option<(String, Value)> {
    let all = own::parameter(parameter);
    let named = ["min", "max", "pattern"].into_iter();
    let mut own: Map<_, _> = named.filter_map(|name| Some((name.to_owned(), all.get(name)?.clone()))).collect();
    // Picoschema knows choices of texts only.
    if parameter.kind != ParameterType::String && !parameter.one_of.is_empty() {
        own.insert("enum".into(), json!(parameter.one_of));
    }
    (!own.is_empty()).then(|| (parameter.name.clone(), Value::Object(own)))
}

/// Our own extras of a file; nothing in a file that others wrote.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) fields: TemplatePatch,
    pub(super) origin: Option<Origin>,
    config: ModelConfig,
    is_default_model: bool,
    limits: Map<String, Value>,
}

pub(super) fn read(mut members: Members<'_>, problems: &mut Vec<FieldError>) -> Extras {
    let origin = members.map("exported", problems).map(|map| own::origin(members.inner("exported", map), problems));
    let fields = own::patch(&mut members, problems);
    let config = members.map("config", problems).unwrap_or_default();
    let is_default_model = members.text("model_is", problems).is_some_and(|name| name == "default_model");
    let limits = members.map("limits", problems).unwrap_or_default();
    members.rest("is not known here", problems);
    Extras { fields, origin, config, is_default_model, limits }
}

impl Extras {
    /// The template of a file of another format, still without its content. `shown` is the name that people see, where the
    /// format has a word for it.
    pub(super) fn prompt(
        &mut self,
        file: &File,
        members: &mut Members<'_>,
        shown: Option<String>,
        problems: &mut Vec<FieldError>,
    ) -> FilePrompt {
        let mut fields = std::mem::take(&mut self.fields);
        fields.display_name = shown.or(members.text("name", problems)).or(fields.display_name);
        fields.description = members.text("description", problems).or(fields.description);
        let (key, path) = (key_of(&file.path).unwrap_or_default(), file.path.clone());
        FilePrompt { key, path, fields, origin: self.origin.take(), ..FilePrompt::default() }
    }

    /// Puts the limits of our own back on the parameters.
    pub(super) fn limit(&self, parameters: &mut [Parameter]) {
        for parameter in parameters {
            let Some(limits) = self.limits.get(&parameter.name) else { continue };
            parameter.min = limits.get("min").and_then(Value::as_f64).or(parameter.min);
            parameter.max = limits.get("max").and_then(Value::as_f64).or(parameter.max);
            let pattern = limits.get("pattern").and_then(Value::as_str).map(str::to_owned);
            parameter.pattern = pattern.or(parameter.pattern.take());
            if let Some(Value::Array(values)) = limits.get("enum") {
                parameter.one_of.clone_from(values);
            }
        }
    }
}
