//! dotprompt: Handlebars with `{{role "system"}}` between messages, Picoschema for the inputs, YAML in front.

use serde_json::{Map, Value, json};

use super::body::{self, content, lines_taken};
use super::extras::{self, Extras};
use super::members::Members;
use super::path::word;
use super::prompty::undeclared;
use super::{File, FilePrompt, Origin, Reading, handlebars, jinja, picoschema, remark, yaml};
use crate::error::FieldError;
use crate::template::Template;
use crate::version::{Message, MessageRole, ModelConfig, VersionContent};

/// What our members start with, as the format wants it of extensions.
const OURS: &str = "promptory.";

/// The file of a template; nothing, with notes, where its text can't be said in Handlebars.
pub(super) fn write(
    template: &Template,
    of: &VersionContent,
    origin: &Origin,
    notes: &mut Vec<FieldError>,
) -> Option<File> {
    let path = format!("prompts/{}.prompt", template.key);
    let before = notes.len();
    let mut body = String::new();
    for message in &of.messages {
        match jinja::write(&message.content) {
            Ok(text) => body.push_str(&format!("{{{{role \"{}\"}}}}\n{text}\n", role_name(message.role))),
            Err(wrong) => notes.extend(wrong.into_iter().map(|(line, why)| {
                let text = format!("the template was left out: in the {} message {why}", message.role.name());
                remark(&path, Some(line), text)
            })),
        }
    }
    let text = format!("---\n{}---\n{body}", yaml::write(&Value::Object(front(template, of, origin))));
    (notes.len() == before).then_some(File { path, text })
}

fn role_name(role: MessageRole) -> &'static str {
    match role {
        MessageRole::Assistant => "model",
        MessageRole::Function => "tool",
        other => other.name(),
    }
}

fn front(template: &Template, of: &VersionContent, origin: &Origin) -> Map<String, Value> {
    let settings = extras::settings(&of.config, false);
    let mut front = Map::new();
    let mut put = |name: &str, value: Value| drop(front.insert(name.to_owned(), value));
    put("name", json!(template.key));
    put("description", json!(template.fields.description));
    if let Some(model) = &settings.model {
        put("model", json!(model));
    }
    if !settings.options.is_empty() {
        put("config", Value::Object(settings.options.clone()));
    }
    if !of.parameters.is_empty() {
        let mut input = Map::new();
        let defaults = of.parameters.iter().filter_map(|p| Some((p.name.clone(), p.default.clone()?)));
        let defaults: Map<String, Value> = defaults.collect();
        if !defaults.is_empty() {
            input.insert("default".into(), Value::Object(defaults));
        }
        input.insert("schema".into(), Value::Object(picoschema::write(&of.parameters)));
        put("input", Value::Object(input));
    }
    put(&format!("{OURS}display_name"), json!(template.fields.display_name));
    put(&format!("{OURS}tags"), json!(template.fields.tags));
    for (name, value) in extras::write(template, of, &settings, origin) {
        put(&format!("{OURS}{name}"), value);
    }
    front
}

/// Reads a file.
pub(super) fn read(file: &File, into: &mut Reading) {
    let parts = body::split(&file.text);
    let Some(mut members) = Members::read(&file.path, parts.yaml, parts.yaml_before, &mut into.problems) else {
        return;
    };
    let problems = &mut into.problems;
    let (mut ours, is_ours) = own(&mut members, problems);
    let shown = ours.fields.display_name.take();
    let mut prompt = ours.prompt(file, &mut members, shown, problems);
    prompt.content.config = config(&mut members, &mut ours, problems);
    let has_input = input(&mut members, &mut prompt, problems, &mut into.notes);
    ours.limit(&mut prompt.content.parameters);
    members.rest("has no counterpart here and was left out", &mut into.notes);
    messages(&parts, is_ours, &mut prompt, into);
    if !has_input && !is_ours {
        undeclared(&mut prompt, &mut into.notes);
    }
    into.prompts.push(prompt);
}

/// Our own members, and whether there are any: then we wrote the file.
fn own(members: &mut Members<'_>, problems: &mut Vec<FieldError>) -> (Extras, bool) {
    let is_ours = |name: &String| name.starts_with(OURS);
    let names: Vec<String> = members.map.keys().filter(|name| is_ours(name)).cloned().collect();
    let named = |name: String| Some((name[OURS.len()..].to_owned(), members.any(&name)?));
    let map: Map<String, Value> = names.iter().cloned().filter_map(named).collect();
    let inner = Members { path: OURS.trim_end_matches('.').to_owned(), ..members.inner("", map) };
    (extras::read(inner, problems), !names.is_empty())
}

fn config(members: &mut Members<'_>, ours: &mut Extras, problems: &mut Vec<FieldError>) -> ModelConfig {
    let model = members.text("model", problems);
    let options = members.map("config", problems).unwrap_or_default();
    extras::config(model, None, options, ours)
}

/// The contract; whether there is any word of it.
fn input(
    members: &mut Members<'_>,
    prompt: &mut FilePrompt,
    problems: &mut Vec<FieldError>,
    notes: &mut Vec<FieldError>,
) -> bool {
    let Some(map) = members.map("input", problems) else { return false };
    let mut input = members.inner("input", map);
    let defaults = input.map("default", problems).unwrap_or_default();
    let schema = input.any("schema");
    let has_schema = schema.is_some();
    let mut parameters = picoschema::read(&input, schema.unwrap_or_default(), problems, notes);
    for (name, value) in defaults {
        match parameters.iter_mut().find(|p| p.name == word(&name)) {
            Some(parameter) => parameter.default = Some(value).filter(|value| !value.is_null()),
            None => notes.push(input.about("default", format!("has `{name}`, which is no input: it was left out"))),
        }
    }
    input.rest("has no counterpart here and was left out", notes);
    prompt.content.parameters = parameters;
    has_schema
}

fn messages(parts: &body::Parts<'_>, is_ours: bool, prompt: &mut FilePrompt, into: &mut Reading) {
    let path = prompt.path.clone();
    let (found, said) = handlebars::read(parts.body);
    for said in said {
        let at = remark(&path, Some(parts.body_before + said.line), said.message);
        if said.stops { into.problems.push(at) } else { into.notes.push(at) }
    }
    let shown = |found: &handlebars::Found| found.role.is_some() || !found.text.trim().is_empty();
    for found in found.into_iter().filter(shown) {
        let role = match found.role.as_deref() {
            None | Some("user") => MessageRole::User,
            Some("system") => MessageRole::System,
            Some("model" | "assistant") => MessageRole::Assistant,
            Some("tool" | "function") => MessageRole::Function,
            Some(other) => {
                let text = format!("the role `{other}` is not known; use system, user, model or tool");
                into.problems.push(remark(&path, Some(parts.body_before + found.before + 1), text));
                continue;
            }
        };
        // After our own tag the text starts on the next line.
        let text = found.text.strip_prefix('\n').filter(|_| is_ours && found.role.is_some()).unwrap_or(&found.text);
        let taken = lines_taken(&found.text, is_ours) + u32::from(text.len() < found.text.len());
        prompt.places.push((path.clone(), parts.body_before + found.before + taken));
        prompt.content.messages.push(Message { role, content: content(text, is_ours, true).to_owned() });
    }
}
