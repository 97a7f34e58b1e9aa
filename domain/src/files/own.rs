//! Our own format: a folder a template, a Markdown file a message, and in front of the first one what the template is.
//! Without a message, or where somebody prefers it, that stands in a `prompt.yaml` beside them.
//!
//! A message's file is its text and one line end more, so that editors and git find a whole last line; reading takes
//! exactly that one away. The text itself stays as it is, to the byte.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::body;
use super::members::Members;
use super::path::{key_of, split};
use super::{File, FilePrompt, Origin, Reading, remark, yaml};
use crate::error::FieldError;
use crate::template::{TemplateFields, TemplatePatch};
use crate::version::{MAX_MESSAGES, Message, MessageRole, Parameter, VersionContent};

/// The file that makes a folder a template without front matter.
pub(super) const MAIN: &str = "prompt.yaml";

/// The files of a template.
pub(super) fn write(key: &str, of: &TemplateFields, content: &VersionContent, origin: Option<&Origin>) -> Vec<File> {
    let names = names(&content.messages);
    let first = names.iter().min_by_key(|name| place_of(name));
    let front = yaml::write(&Value::Object(document(of, content, &names, origin)));
    let file = |name: &str, text: String| File { path: format!("prompts/{key}/{name}"), text };
    if first.is_none() {
        return vec![file(MAIN, front)];
    }
    let message = |(name, message): (&String, &Message)| {
        let front = if Some(name) == first { format!("---\n{front}---\n") } else { String::new() };
        file(name, format!("{front}{}\n", message.content))
    };
    names.iter().zip(&content.messages).map(message).collect()
}

/// What a template is but for the texts of its messages, which are named.
fn document(
    of: &TemplateFields,
    content: &VersionContent,
    names: &[String],
    origin: Option<&Origin>,
) -> Map<String, Value> {
    let mut document = Map::new();
    document.extend(origin.map(|origin| ("exported".to_owned(), json!(origin))));
    document.extend(fields(of));
    document.insert("messages".into(), json!(names));
    document.insert("parameters".into(), content.parameters.iter().map(parameter).collect());
    document.insert("config".into(), Value::Object(content.config.clone()));
    document
}

/// Whether what a template is stands in this file: a `prompt.yaml`, or a message with front matter.
pub fn is_main(file: &File) -> bool {
    let name = split(&file.path).1;
    name == MAIN || role_of(name).is_some() && body::split(&file.text).yaml_before > 0
}

/// A template's fields, each under its name.
pub(super) fn fields(fields: &TemplateFields) -> Map<String, Value> {
    let mut named = Map::new();
    let mut put = |name: &str, value: Value| drop(named.insert(name.to_owned(), value));
    put("display_name", json!(fields.display_name));
    put("kind", json!(fields.kind));
    put("category", json!(fields.category));
    put("folder", json!(fields.folder));
    put("description", json!(fields.description));
    put("tags", json!(fields.tags));
    put("owner", json!(fields.owner));
    put("display_order", json!(fields.display_order));
    put("review_by", json!(fields.review_by.clone().unwrap_or_default()));
    named
}

/// `system.md`, `user.md`, `user.2.md`: the role, and which of that role it is.
fn names(messages: &[Message]) -> Vec<String> {
    let mut seen: BTreeMap<MessageRole, usize> = BTreeMap::new();
    let name = |message: &Message| {
        let count = seen.entry(message.role).or_default();
        *count += 1;
        match *count {
            1 => format!("{}.md", message.role.name()),
            n => format!("{}.{n}.md", message.role.name()),
        }
    };
    messages.iter().map(name).collect()
}

/// A parameter as people write it: whole limits without a point.
pub(super) fn parameter(parameter: &Parameter) -> Value {
    let mut value = serde_json::to_value(parameter).unwrap_or_default();
    for name in ["min", "max"] {
        let whole = value.get(name).and_then(Value::as_f64).filter(|n| n.fract() == 0.0 && n.abs() < 1e15);
        if let Some(whole) = whole {
            value[name] = json!(whole as i64);
        }
    }
    value
}

/// The template of a folder without a main file: what that would say stands in front of its first message. Whether there is any
/// such message.
pub(super) fn read_front(beside: &[&File], into: &mut Reading) -> bool {
    let order = usual_order(beside);
    let first = order.first().and_then(|name| beside.iter().find(|file| split(&file.path).1 == *name));
    let Some((first, parts)) = first.map(|file| (file, body::split(&file.text))).filter(|(_, p)| p.yaml_before > 0)
    else {
        return false;
    };
    let main = File { path: first.path.clone(), text: parts.yaml.to_owned() };
    let text = File { path: first.path.clone(), text: parts.body.to_owned() };
    let beside: Vec<_> = beside.iter().map(|file| if file.path == text.path { &text } else { *file }).collect();
    let before = into.prompts.len();
    read(&main, parts.yaml_before, &beside, into);
    let places = into.prompts.iter_mut().skip(before).flat_map(|prompt| &mut prompt.places);
    places.filter(|(path, _)| *path == text.path).for_each(|(_, lines)| *lines = parts.body_before);
    true
}

/// The template of a folder, from its main file, whose YAML has so many lines before it, and the other files in it.
pub(super) fn read(main: &File, before: u32, beside: &[&File], into: &mut Reading) {
    let problems = &mut into.problems;
    let Some(mut members) = Members::read(&main.path, &main.text, before, problems) else { return };
    let key = key_of(&main.path).unwrap_or_default();
    let mut prompt = FilePrompt { key, path: main.path.clone(), ..FilePrompt::default() };
    prompt.origin = members.map("exported", problems).map(|map| origin(members.inner("exported", map), problems));
    prompt.fields = patch(&mut members, problems);
    let listed = members.texts("messages", problems);
    prompt.content.parameters = members.parameters("parameters", problems);
    prompt.content.config = members.map("config", problems).unwrap_or_default();
    let line = members.line("messages");
    members.rest("is not known here", problems);
    let is_listed = listed.is_some();
    messages(&mut prompt, listed.unwrap_or_else(|| usual_order(beside)), line, beside, problems);
    others(&prompt, is_listed, beside, into);
    into.prompts.push(prompt);
}

/// The messages of these names, which stand in this line.
fn messages(
    prompt: &mut FilePrompt,
    names: Vec<String>,
    line: Option<u32>,
    beside: &[&File],
    problems: &mut Vec<FieldError>,
) {
    let main = prompt.path.clone();
    if names.len() > MAX_MESSAGES {
        let wrong = format!("has {} messages: use at most {MAX_MESSAGES}", names.len());
        problems.push(remark(&main, line, wrong));
    }
    for name in names.into_iter().take(MAX_MESSAGES) {
        let text = beside.iter().find(|file| split(&file.path).1 == name);
        let wrong = match (role_of(&name), text) {
            (Some(role), Some(file)) => {
                let content = file.text.strip_suffix('\n').unwrap_or(&file.text).to_owned();
                prompt.content.messages.push(Message { role, content });
                prompt.places.push((file.path.clone(), 0));
                continue;
            }
            (None, _) => format!("`{name}` is no message: call it `system.md`, `user.md` or `user.2.md`"),
            (_, None) => format!("`{name}` is among the messages, and there is no such file"),
        };
        problems.push(remark(&main, line, wrong));
    }
}

/// Files of the folder that are no message of it.
fn others(prompt: &FilePrompt, is_listed: bool, beside: &[&File], into: &mut Reading) {
    let main = split(&prompt.path).1;
    for file in beside.iter().filter(|file| !prompt.places.iter().any(|(path, _)| *path == file.path)) {
        if is_listed && role_of(split(&file.path).1).is_some() {
            let wrong = format!("is not among the `messages` of {main}: add it there, or take the file away");
            into.problems.push(remark(&file.path, None, wrong));
        } else {
            into.notes.push(remark(&file.path, None, "is no part of a template and was left out"));
        }
    }
}

/// The messages of a folder whose main file lists none: by role, and by number within the role.
fn usual_order(beside: &[&File]) -> Vec<String> {
    let mut names: Vec<&str> = beside.iter().map(|file| split(&file.path).1).filter(|n| role_of(n).is_some()).collect();
    names.sort_by_key(|name| place_of(name));
    names.into_iter().map(str::to_owned).collect()
}

/// Where a message stands when nothing says otherwise.
fn place_of(name: &str) -> (Option<MessageRole>, u32) {
    (role_of(name), number_of(name))
}

/// The role that a file's name says.
fn role_of(name: &str) -> Option<MessageRole> {
    let stem = name.strip_suffix(".md")?;
    let (role, number) = stem.split_once('.').unwrap_or((stem, "1"));
    let is_number = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0') && number.len() <= 3;
    MessageRole::parse(role).ok().filter(|_| is_number && !number.is_empty())
}

fn number_of(name: &str) -> u32 {
    name.split('.').nth(1).and_then(|number| number.parse().ok()).unwrap_or(1)
}

pub(super) fn origin(mut members: Members<'_>, problems: &mut Vec<FieldError>) -> Origin {
    let version = members.integer("version", problems).unwrap_or_default();
    let hash = members.text("hash", problems).unwrap_or_default();
    members.rest("is not known here", problems);
    Origin { version, hash }
}

/// A main file's text, or that of a message with front matter, with another origin; all else stays as its author wrote it.
pub fn with_origin(file: &File, origin: &Origin) -> String {
    let text = &file.text;
    if split(&file.path).1 == MAIN {
        return yaml_with_origin(text, origin);
    }
    let front = body::split(text);
    if front.yaml_before == 0 {
        return text.clone();
    }
    let start = text.find('\n').map_or(0, |end| end + 1);
    let rest = &text[start + front.yaml.len()..];
    format!("{}{}{rest}", &text[..start], yaml_with_origin(front.yaml, origin))
}

fn yaml_with_origin(main: &str, origin: &Origin) -> String {
    let end = if main.contains("\r\n") { "\r\n" } else { "\n" };
    let block = format!("exported:{end}  version: {}{end}  hash: {}{end}", origin.version, scalar(&origin.hash));
    let (mut out, mut is_inside, mut is_done) = (String::with_capacity(main.len()), false, false);
    for line in main.split_inclusive('\n') {
        let is_below = line.starts_with([' ', '\t', '-']) || line.trim().is_empty();
        is_inside = is_inside && is_below;
        if line.starts_with("exported:") && !is_done {
            out.push_str(&block);
            (is_inside, is_done) = (true, true);
        } else if !is_inside || line.trim().is_empty() {
            out.push_str(line);
        }
    }
    if is_done {
        return out;
    }
    // Below the remarks at its start.
    let start: usize = main.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
    let gap = if main[..start].is_empty() || main[..start].ends_with('\n') { "" } else { end };
    format!("{}{gap}{block}{}", &main[..start], &main[start..])
}

fn scalar(text: &str) -> String {
    yaml::write(&Value::from(text)).trim_end().to_owned()
}

/// The fields that describe a template.
pub(super) fn patch(members: &mut Members<'_>, problems: &mut Vec<FieldError>) -> TemplatePatch {
    TemplatePatch {
        display_name: members.text("display_name", problems),
        kind: members.text("kind", problems),
        category: members.text("category", problems),
        folder: members.text("folder", problems),
        description: members.text("description", problems),
        tags: members.texts("tags", problems),
        owner: members.text("owner", problems),
        display_order: members.integer("display_order", problems),
        review_by: members.text("review_by", problems),
        is_archived: None,
    }
}
