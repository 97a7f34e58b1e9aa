//! Prompty: Jinja2 messages under lines such as `system:`, with YAML in front. Reads versions 1 and 2, writes 2.

use serde_json::{Map, Value, json};

use super::body::{self, content, lines_taken};
use super::extras::{self, Extras};
use super::members::Members;
use super::path::word;
use super::{File, FilePrompt, Origin, Reading, remark, yaml};
use crate::contract::infer;
use crate::error::FieldError;
use crate::rename::rename;
use crate::template::Template;
use crate::version::{
    MAX_MESSAGE_BYTES, MAX_MESSAGES, MAX_PARAMETERS, Message, MessageRole, Parameter, ParameterType, VersionContent,
};

/// The file of a template; nothing, with notes, where a text would be read as something else.
pub(super) fn write(
    template: &Template,
    of: &VersionContent,
    origin: &Origin,
    notes: &mut Vec<FieldError>,
) -> Option<File> {
    let path = format!("prompts/{}.prompty", template.key);
    let before = notes.len();
    for message in &of.messages {
        let like_roles = message.content.lines().enumerate().filter(|(_, line)| marker(line).is_some()).take(3);
        notes.extend(like_roles.map(|(i, line)| {
            let text = format!(
                "the template was left out: Prompty would take `{}` in the {} message for the start of another message",
                line.trim(),
                message.role.name()
            );
            remark(&path, Some(i as u32 + 1), text)
        }));
    }
    if notes.len() > before {
        return None;
    }
    let front = yaml::write(&Value::Object(front(template, of, origin)));
    let messages = of.messages.iter().map(|m| format!("{}:\n{}\n", m.role.name(), m.content)).collect::<Vec<_>>();
    Some(File { path, text: format!("---\n{front}---\n{}", messages.join("\n")) })
}

fn front(template: &Template, of: &VersionContent, origin: &Origin) -> Map<String, Value> {
    let settings = extras::settings(&of.config, true);
    let mut front = Map::new();
    let mut put = |name: &str, value: Value| drop(front.insert(name.to_owned(), value));
    put("name", json!(template.key));
    put("displayName", json!(template.fields.display_name));
    put("description", json!(template.fields.description));
    let ours = extras::write(template, of, &settings, origin);
    put("metadata", json!({ "tags": template.fields.tags, "promptory": ours }));
    let mut model = Map::new();
    model.extend(settings.model.map(|id| ("id".to_owned(), json!(id))));
    model.extend(settings.provider.map(|provider| ("provider".to_owned(), json!(provider))));
    if !settings.options.is_empty() {
        model.insert("options".into(), Value::Object(settings.options));
    }
    if !model.is_empty() {
        put("model", Value::Object(model));
    }
    put("inputs", of.parameters.iter().map(input).collect());
    put("template", json!({ "format": { "kind": "jinja2" }, "parser": { "kind": "prompty" } }));
    front
}

fn input(parameter: &Parameter) -> Value {
    let kind = if parameter.kind == ParameterType::Number { "float" } else { parameter.kind.name() };
    let mut input = json!({ "name": parameter.name, "kind": kind, "required": parameter.required });
    if !parameter.description.is_empty() {
        input["description"] = json!(parameter.description);
    }
    if let Some(default) = &parameter.default {
        input["default"] = default.clone();
    }
    if !parameter.one_of.is_empty() {
        input["enumValues"] = json!(parameter.one_of);
    }
    input
}

/// The role of a line that starts a message, and whether it says more than the role.
fn marker(line: &str) -> Option<(&str, bool)> {
    let rest = line.trim().trim_start_matches('#').trim_start();
    let rest = rest.strip_suffix(':')?.trim_end();
    let (name, more) = match rest.split_once('[') {
        Some((name, more)) => (name.trim_end(), more.ends_with(']')),
        None => (rest, false),
    };
    let is_known = ["system", "user", "assistant", "function", "developer", "tool"]
        .into_iter()
        .any(|role| name.eq_ignore_ascii_case(role));
    (is_known && (more || !rest.contains('['))).then_some((name, more))
}

/// Reads a file.
pub(super) fn read(file: &File, into: &mut Reading) {
    let parts = body::split(&file.text);
    let problems = &mut into.problems;
    let Some(mut members) = Members::read(&file.path, parts.yaml, parts.yaml_before, problems) else { return };
    let (mut ours, is_ours) = metadata(&mut members, problems, &mut into.notes);
    let shown = members.text("displayName", problems);
    let mut prompt = ours.prompt(file, &mut members, shown, problems);
    prompt.content.config = model(&mut members, &mut ours, problems, &mut into.notes);
    let listed = members.any("inputs");
    prompt.content.parameters = match &listed {
        Some(found) => inputs(&members, found.clone(), problems, &mut into.notes),
        None => Vec::new(),
    };
    ours.limit(&mut prompt.content.parameters);
    is_jinja(&mut members, problems);
    members.rest("has no counterpart here and was left out", &mut into.notes);
    messages(&parts, is_ours, &mut prompt, into);
    if listed.is_none() {
        undeclared(&mut prompt, &mut into.notes);
    }
    rename_all(&mut prompt, into);
    into.prompts.push(prompt);
}

/// Our own extras and the tags; whether there are any extras: then we wrote the file.
fn metadata(members: &mut Members<'_>, problems: &mut Vec<FieldError>, notes: &mut Vec<FieldError>) -> (Extras, bool) {
    let tags = members.texts("tags", problems);
    let map = members.map("metadata", problems).unwrap_or_default();
    let mut inner = members.inner("metadata", map);
    let own = inner.map("promptory", problems);
    let is_ours = own.is_some();
    let mut extras = own.map(|own| extras::read(inner.inner("promptory", own), problems)).unwrap_or_default();
    extras.fields.tags = inner.texts("tags", problems).or(tags);
    inner.rest("has no counterpart here and was left out", notes);
    if !is_ours && let Some(tags) = &mut extras.fields.tags {
        tags.iter_mut().for_each(|tag| *tag = word(tag.trim()).replace('_', "-"));
    }
    (extras, is_ours)
}

fn model(
    members: &mut Members<'_>,
    ours: &mut Extras,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> crate::version::ModelConfig {
    // In short, the name alone.
    if let Some(Value::String(id)) = members.map.get("model") {
        let id = id.clone();
        members.any("model");
        return extras::config(Some(id), None, Map::new(), ours);
    }
    let map = members.map("model", problems).unwrap_or_default();
    let mut model = members.inner("model", map);
    let mut id = model.text("id", problems);
    let provider = model.text("provider", problems);
    let mut options = model.map("options", problems).unwrap_or_default();
    // Version 1: `configuration` names the deployment, `parameters` hold the settings.
    if let Some(map) = model.map("configuration", problems) {
        let mut configuration = model.inner("configuration", map);
        let deployment = configuration.text("azure_deployment", problems);
        id = id.or(configuration.text("name", problems)).or(configuration.text("model", problems)).or(deployment);
        configuration.rest("has no counterpart here and was left out", notes);
    }
    options.extend(model.map("parameters", problems).unwrap_or_default());
    model.rest("has no counterpart here and was left out", notes);
    extras::config(id, provider, options, ours)
}

/// Version 2 lists inputs, version 1 maps names to them or to examples.
fn inputs(
    members: &Members<'_>,
    inputs: Value,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> Vec<Parameter> {
    let named: Vec<(String, Value)> = match inputs {
        Value::Array(items) => items.into_iter().enumerate().map(|(i, item)| (format!("inputs[{i}]"), item)).collect(),
        Value::Object(map) => map.into_iter().collect(),
        Value::Null => Vec::new(),
        _ => {
            problems.push(members.about("inputs", "is a list or a mapping"));
            Vec::new()
        }
    };
    let read = |(name, value): (String, Value)| match value {
        Value::Object(map) => one_input(members.inner(&name, map), &name, problems, notes),
        Value::Null => Some(Parameter { name, required: true, ..Parameter::default() }),
        example => {
            notes.push(members.about(&name, "is an example, which was left out; its type was kept"));
            let kind = kind_of(&example);
            Some(Parameter { name, kind, required: true, ..Parameter::default() })
        }
    };
    named.into_iter().take(MAX_PARAMETERS + 1).filter_map(read).collect()
}

fn kind_of(value: &Value) -> ParameterType {
    match value {
        Value::Bool(_) => ParameterType::Boolean,
        Value::Number(n) if n.is_f64() => ParameterType::Number,
        Value::Number(_) => ParameterType::Integer,
        Value::Array(_) => ParameterType::Array,
        Value::Object(_) => ParameterType::Object,
        Value::String(_) | Value::Null => ParameterType::String,
    }
}

fn one_input(
    mut input: Members<'_>,
    name: &str,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> Option<Parameter> {
    let name = input.text("name", problems).unwrap_or_else(|| name.to_owned());
    let line = input.line(&name);
    let kind = input.text("kind", problems).or(input.text("type", problems)).unwrap_or_else(|| "string".into());
    let kind = match kind.as_str() {
        "float" | "number" => ParameterType::Number,
        "int" => ParameterType::Integer,
        "bool" => ParameterType::Boolean,
        "list" => ParameterType::Array,
        "dict" => ParameterType::Object,
        other => match ParameterType::parse(other) {
            Ok(kind) => kind,
            Err(wrong) => {
                problems.push(remark(input.file, line, format!("`{name}`: {wrong}")));
                return None;
            }
        },
    };
    let default = input.any("default").filter(|value| !value.is_null());
    let required = input.flag("required", problems).unwrap_or(default.is_none());
    let description = input.text("description", problems).unwrap_or_default();
    let one_of = input.list("enumValues", problems).or(input.list("enum", problems)).unwrap_or_default();
    input.rest("has no counterpart here and was left out", notes);
    Some(Parameter { name, kind, required, description, default, one_of, ..Parameter::default() })
}

/// A template in another language can't be taken over.
fn is_jinja(members: &mut Members<'_>, problems: &mut Vec<FieldError>) {
    let language = match members.any("template") {
        Some(Value::String(name)) => name,
        Some(Value::Object(template)) => match template.get("format").or(template.get("type")) {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Object(format)) => format.get("kind").and_then(Value::as_str).unwrap_or("jinja2").to_owned(),
            _ => "jinja2".to_owned(),
        },
        _ => "jinja2".to_owned(),
    };
    if language != "jinja2" {
        problems.push(members.about("template", format!("is written in {language}: only jinja2 can be read")));
    }
}

fn messages(parts: &body::Parts<'_>, is_ours: bool, prompt: &mut FilePrompt, into: &mut Reading) {
    let path = prompt.path.clone();
    let found = starts(parts, &path, &mut into.notes);
    for (i, start) in found.iter().enumerate().take(MAX_MESSAGES + 1) {
        let end = found.get(i + 1).map_or(parts.body.len(), |next| next.at);
        let text = &parts.body[start.text..end];
        let before = start.before + lines_taken(text, is_ours);
        let content = content(text, is_ours, i + 1 == found.len()).to_owned();
        into.notes.extend(images(&content).map(|line| {
            remark(&path, Some(before + line), "Prompty sends this picture as an image; here it stays a text")
        }));
        prompt.content.messages.push(Message { role: start.role, content });
        prompt.places.push((path.clone(), before));
    }
}

/// Where a message starts in a body.
struct Start {
    role: MessageRole,
    /// The byte of its line, and of its text.
    at: usize,
    text: usize,
    /// Lines of the file before its text.
    before: u32,
}

/// The starts of all messages. A text before the first is the system's, as Prompty has it.
fn starts(parts: &body::Parts<'_>, path: &str, notes: &mut Vec<FieldError>) -> Vec<Start> {
    let mut found: Vec<Start> = Vec::new();
    let (mut at, mut before) = (0, parts.body_before);
    for line in parts.body.split_inclusive('\n') {
        before += 1;
        if let Some((name, says_more)) = marker(line) {
            if found.is_empty() && !parts.body[..at].trim().is_empty() {
                found.push(Start { role: MessageRole::System, at: 0, text: 0, before: parts.body_before });
            }
            let (role, note) = role(name);
            let more = says_more.then_some("what stands in brackets has no counterpart here and was left out");
            notes.extend(note.into_iter().chain(more).map(|note| remark(path, Some(before), note)));
            found.push(Start { role, at, text: at + line.len(), before });
        }
        at += line.len();
    }
    if found.is_empty() && !parts.body.trim().is_empty() {
        found.push(Start { role: MessageRole::System, at: 0, text: 0, before: parts.body_before });
    }
    found
}

/// Lines, from 1, with a picture.
fn images(text: &str) -> impl Iterator<Item = u32> + '_ {
    let lines = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("![") && line.contains("]("));
    lines.map(|(i, _)| i as u32 + 1)
}

fn role(name: &str) -> (MessageRole, Option<&'static str>) {
    match name.to_lowercase().as_str() {
        "developer" => (MessageRole::System, Some("the role `developer` was taken for `system`")),
        "tool" => (MessageRole::Function, Some("the role `tool` was taken for `function`")),
        name => (MessageRole::parse(name).unwrap_or_default(), None),
    }
}

/// Declares what the texts read, where a file declares nothing.
pub(super) fn undeclared(prompt: &mut FilePrompt, notes: &mut Vec<FieldError>) {
    if !is_small(&prompt.content) {
        return;
    }
    let found = infer(&prompt.content);
    notes.extend(found.iter().map(|p| {
        let text =
            format!("declares no inputs: `{}` was declared as {} from how the text uses it", p.name, p.kind.name());
        remark(&prompt.path, None, text)
    }));
    prompt.content.parameters.extend(found);
}

/// Whether texts are worth looking into: larger ones are refused by the check, which comes later.
fn is_small(content: &VersionContent) -> bool {
    content.messages.len() <= MAX_MESSAGES
        && content.parameters.len() <= MAX_PARAMETERS
        && content.messages.iter().all(|message| message.content.len() <= MAX_MESSAGE_BYTES)
}

/// Gives parameters that can't be called so here, such as `firstName`, another name everywhere.
fn rename_all(prompt: &mut FilePrompt, into: &mut Reading) {
    if !is_small(&prompt.content) {
        return;
    }
    let names: Vec<String> = prompt.content.parameters.iter().map(|p| p.name.clone()).collect();
    for name in names {
        let new = word(&name);
        if new == name {
            continue;
        }
        match rename(&prompt.content, &name, &new) {
            Ok(content) => {
                prompt.content = content;
                into.notes.push(remark(
                    &prompt.path,
                    None,
                    format!("`{name}` is called `{new}` here: callers send that"),
                ));
            }
            Err(error) => {
                into.problems.extend(error.errors.iter().map(|e| {
                    remark(&prompt.path, None, format!("`{name}` can't be called `{new}` here: {}", e.message))
                }));
            }
        }
    }
}
