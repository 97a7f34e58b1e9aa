//! One template of the files beside what is here: what differs, and whether the files know what they change.

use std::collections::HashSet;

use domain::comparison::{Comparison, State};
use domain::error::{FieldError, Problems};
use domain::files::{FieldChange, FilePrompt, ImportEntry, ImportState, Origin};
use domain::storable;
use domain::template::{Template, TemplateFields};
use domain::version::VersionContent;
use serde_json::Value;

use super::state_hash;
use crate::error::Result;
use crate::versions::content_hash;

/// One template to write.
pub(super) struct Change {
    pub(super) prompt: FilePrompt,
    /// As it was read, when it is here already.
    pub(super) before: Option<Template>,
    pub(super) fields: TemplateFields,
    pub(super) has_new_fields: bool,
    pub(super) has_new_content: bool,
}

impl Change {
    /// The version that this one follows: the one that was exported, while there is such a one.
    pub(super) fn parent(&self) -> i64 {
        let latest = self.before.as_ref().map_or(0, |before| before.latest_version);
        let exported = self.prompt.origin.as_ref().map_or(0, |origin| origin.version);
        if (1..=latest).contains(&exported) { exported } else { latest }
    }

    fn state(&self) -> ImportState {
        match (&self.before, self.has_new_content || self.has_new_fields) {
            (None, _) => ImportState::New,
            (_, true) => ImportState::Changed,
            _ => ImportState::Same,
        }
    }
}

/// What becomes of one template.
pub(super) struct Compared {
    pub(super) entry: ImportEntry,
    pub(super) change: Change,
    pub(super) problems: Problems,
}

pub(super) fn compare(prompt: FilePrompt, before: Option<(Template, VersionContent)>) -> Result<Compared> {
    let mut problems = Problems::default();
    let (before, old) = before.unzip();
    let old = old.unwrap_or_default();
    let old_fields = before.as_ref().map_or_else(|| usual_fields(&prompt.key), |t| t.fields.clone());
    let fields = prompt.fields.clone().apply(old_fields.clone()).check(&mut problems);
    storable::refuse_others(&fields, &mut problems);
    if before.as_ref().is_some_and(|t| t.is_archived) {
        problems.add("is_archived", "is archived here: bring it back first, or leave it out");
    }
    let has_new_content = match &before {
        None => old != prompt.content,
        Some(_) => content_hash(&old)? != content_hash(&prompt.content)?,
    };
    let change = Change { has_new_fields: fields != old_fields, has_new_content, prompt, before, fields };
    Ok(Compared { entry: entry(&change, &old_fields, &old)?, change, problems })
}

/// A new template whose files say nothing else.
fn usual_fields(key: &str) -> TemplateFields {
    TemplateFields { display_name: key.replace('_', " "), kind: "single_shot".into(), ..TemplateFields::default() }
}

fn entry(change: &Change, old_fields: &TemplateFields, old: &VersionContent) -> Result<ImportEntry> {
    let (prompt, state) = (&change.prompt, change.state());
    let from_version = change.before.as_ref().map_or(0, |t| t.latest_version);
    let to_version = from_version + i64::from(change.has_new_content);
    let is_changed = state == ImportState::Changed;
    let conflict = match &change.before {
        Some(template) if is_changed => conflict(template, old, prompt.origin.as_ref())?,
        _ => None,
    };
    Ok(ImportEntry {
        key: prompt.key.clone(),
        file: prompt.path.clone(),
        state,
        from_version,
        to_version,
        origin: Origin { version: to_version, hash: state_hash(&change.fields, &prompt.content)? },
        fields: if is_changed { changed_fields(old_fields, &change.fields)? } else { Vec::new() },
        content: (is_changed && change.has_new_content).then(|| differences(old, &prompt.content)),
        conflict,
        warnings: Vec::new(),
    })
}

/// Why files can't be taken for the next version of what is here.
fn conflict(template: &Template, content: &VersionContent, origin: Option<&Origin>) -> Result<Option<String>> {
    let (now, here) = (state_hash(&template.fields, content)?, template.latest_version);
    Ok(match origin {
        Some(origin) if origin.hash == now => None,
        Some(origin) if origin.version == here => Some(format!("was changed here since the export of version {here}")),
        Some(origin) => {
            Some(format!("was changed here since the export: version {} then, version {here} now", origin.version))
        }
        None => {
            Some(format!("is here already, at version {here}, and its file doesn't say which version it comes from"))
        }
    })
}

/// Where a problem is in the files, instead of in a request.
pub(super) fn in_file(prompt: &FilePrompt, problem: FieldError) -> FieldError {
    let number = problem.field.strip_prefix("messages[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
    match number.and_then(|number| prompt.places.get(number)) {
        Some((path, before)) => {
            let line = problem.line.map(|line| line + before);
            FieldError { field: path.clone(), line, ..problem }
        }
        None => {
            let message = format!("`{}`: {}", problem.field, problem.message);
            FieldError::new(prompt.path.clone(), message)
        }
    }
}

fn changed_fields(from: &TemplateFields, to: &TemplateFields) -> Result<Vec<FieldChange>> {
    let (from, to) = (serde_json::to_value(from)?, serde_json::to_value(to)?);
    let names: Vec<&String> =
        [&from, &to].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys()).collect();
    let (mut changes, mut seen) = (Vec::new(), HashSet::new());
    for name in names.into_iter().filter(|name| seen.insert(*name)) {
        if from.get(name) != to.get(name) {
            let text = |value: &Value| value.get(name).map(shown).unwrap_or_default();
            changes.push(FieldChange { name: name.clone(), from: text(&from), to: text(&to) });
        }
    }
    Ok(changes)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What differs, without the lines that tell nothing.
fn differences(old: &VersionContent, new: &VersionContent) -> Comparison {
    let mut comparison = domain::diff::compare(old, new);
    for message in &mut comparison.messages {
        match message.state {
            State::Same => message.lines.clear(),
            _ => message.keep_near_changes(),
        }
    }
    comparison
}
