//! What an import would do: each template compared with what is here, and checked as a save checks it, together with
//! the others of the import.

use std::collections::{HashMap, HashSet};

use domain::comparison::{Comparison, DiffTag, State};
use domain::compose::Own;
use domain::error::{FieldError, Problems};
use domain::files::{
    FieldChange, File, FilePrompt, ImportEntry, ImportOptions, ImportPlan, ImportState, Origin, Reading,
};
use domain::storable;
use domain::template::{Template, TemplateFields, TemplateKey, TemplatePatch};
use domain::version::VersionContent;
use serde_json::Value;

use super::state_hash;
use crate::compositions;
use crate::crypto::sha256_hex;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::templates;
use crate::versions::{self, content_hash};

/// Equal lines shown around a difference.
const AROUND: usize = 3;

/// A plan, and what carrying it out takes.
pub(super) struct Made {
    pub(super) plan: ImportPlan,
    /// Those that are new or changed, in the order of their keys.
    pub(super) changes: Vec<Change>,
}

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
    pub(super) fn parent(&self, latest: i64) -> i64 {
        let exported = self.prompt.origin.as_ref().map_or(0, |origin| origin.version);
        if (1..=latest).contains(&exported) { exported } else { latest }
    }
}

pub(super) async fn make(ctx: &Ctx, files: &[File], options: &ImportOptions) -> Result<Made> {
    let Reading { prompts, problems, notes } = domain::files::read(files);
    let mut plan = ImportPlan { problems, notes, ..ImportPlan::default() };
    let mut message = Problems::default();
    versions::check_commit_message(&options.commit_message, &mut message);
    plan.problems.extend(message.0);
    let keys: Vec<String> = prompts.iter().map(|p| p.key.clone()).filter(|k| TemplateKey::parse(k).is_ok()).collect();
    let found = if keys.is_empty() { Vec::new() } else { templates::many(ctx, &keys, keys.len()).await? };
    let mut latest = versions::latest_of(ctx, &found).await?;
    let mut here: HashMap<String, (Template, VersionContent)> = HashMap::new();
    for template in found {
        let content = latest.remove(&template.id).map(|version| version.content).unwrap_or_default();
        here.insert(template.key.clone(), (template, content));
    }
    let together: HashMap<String, VersionContent> =
        prompts.iter().map(|prompt| (prompt.key.clone(), prompt.content.clone())).collect();
    let (mut changes, mut seen) = (Vec::new(), HashSet::new());
    for prompt in prompts {
        if TemplateKey::parse(&prompt.key).is_err() || !seen.insert(prompt.key.clone()) {
            continue;
        }
        let before = here.remove(&prompt.key);
        let (entry, change) = one(ctx, prompt, before, &together, &mut plan.problems).await?;
        changes.extend(Some(change).filter(|_| entry.state != ImportState::Same));
        plan.templates.push(entry);
    }
    let contents: Vec<&VersionContent> = changes.iter().map(|change| &change.prompt.content).collect();
    plan.digest = sha256_hex(&serde_json::to_vec(&(&plan, contents))?);
    Ok(Made { plan, changes })
}

/// What becomes of one template.
async fn one(
    ctx: &Ctx,
    prompt: FilePrompt,
    before: Option<(Template, VersionContent)>,
    together: &HashMap<String, VersionContent>,
    problems: &mut Vec<FieldError>,
) -> Result<(ImportEntry, Change)> {
    let mut own = Problems::default();
    let (template, old) = before.unzip();
    let old = old.unwrap_or_default();
    let old_fields = template.as_ref().map_or_else(|| usual_fields(&prompt.key), |t| t.fields.clone());
    let fields = prompt.fields.clone().apply(old_fields.clone()).check(&mut own);
    storable::refuse_others(&fields, &mut own);
    if template.as_ref().is_some_and(|t| t.is_archived) {
        own.add("is_archived", "is archived here: bring it back first, or leave it out");
    }
    let has_new_content = match &template {
        None => old != prompt.content,
        Some(_) => content_hash(&old)? != content_hash(&prompt.content)?,
    };
    let has_new_fields = fields != old_fields;
    let state = match (&template, has_new_content || has_new_fields) {
        (None, _) => ImportState::New,
        (_, true) => ImportState::Changed,
        _ => ImportState::Same,
    };
    let mut warnings = Vec::new();
    if has_new_content {
        let mut found = Problems::default();
        let own_text = Own { key: &prompt.key, version: 0, content: &prompt.content };
        warnings = compositions::check_together(ctx, own_text, together, &mut found).await?;
        own.0.append(&mut found.0);
    }
    problems.extend(own.0.into_iter().map(|problem| in_file(&prompt, problem)));
    let from_version = template.as_ref().map_or(0, |t| t.latest_version);
    let conflict = match (&template, state) {
        (Some(template), ImportState::Changed) => conflict(template, &old, prompt.origin.as_ref())?,
        _ => None,
    };
    let entry = ImportEntry {
        key: prompt.key.clone(),
        file: prompt.path.clone(),
        state,
        from_version,
        to_version: from_version + i64::from(has_new_content),
        fields: if template.is_some() { changed_fields(&old_fields, &fields)? } else { Vec::new() },
        content: (has_new_content && template.is_some()).then(|| compared(&old, &prompt.content)),
        conflict,
        warnings: warnings.into_iter().map(|warning| in_file(&prompt, warning)).collect(),
    };
    Ok((entry, Change { prompt, before: template, fields, has_new_fields, has_new_content }))
}

/// A new template whose files say nothing else.
fn usual_fields(key: &str) -> TemplateFields {
    TemplateFields { display_name: key.replace('_', " "), kind: "single_shot".into(), ..TemplateFields::default() }
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
fn compared(old: &VersionContent, new: &VersionContent) -> Comparison {
    let mut comparison = domain::diff::compare(old, new);
    for message in &mut comparison.messages {
        if message.state == State::Same {
            message.lines.clear();
            continue;
        }
        let differs: Vec<bool> = message.lines.iter().map(|line| line.tag != DiffTag::Equal).collect();
        let is_near = |i: usize| {
            let (from, to) = (i.saturating_sub(AROUND), (i + AROUND + 1).min(differs.len()));
            differs[from..to].iter().any(|is| *is)
        };
        let mut i = 0;
        message.lines.retain(|_| {
            i += 1;
            is_near(i - 1)
        });
    }
    comparison
}

impl Change {
    /// The fields as a change of a template that is here.
    pub(super) fn patch(&self) -> TemplatePatch {
        self.prompt.fields.clone()
    }
}
