//! Differences as `diff -u` shows them, for terminals and logs.

use std::collections::BTreeMap;

use similar::{Algorithm, TextDiff};

use super::{FilePrompt, own};
use crate::template::TemplateFields;

/// The unified diff of two texts; empty when they are the same.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(old, new);
    diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

/// What of a template differs from what it was before, file by file in our own format, however it is written; empty when
/// nothing does. Fields that the new one leaves out stay.
pub fn differences(before: Option<&FilePrompt>, after: &FilePrompt) -> String {
    let fields = |prompt: &FilePrompt, to: TemplateFields| prompt.fields.clone().apply(to);
    let old_fields = before.map(|prompt| fields(prompt, TemplateFields::default())).unwrap_or_default();
    let new_fields = fields(after, old_fields.clone());
    let files = |prompt: &FilePrompt, fields: &TemplateFields| -> BTreeMap<String, String> {
        own::write(&prompt.key, fields, &prompt.content, None).into_iter().map(|file| (file.path, file.text)).collect()
    };
    let old = before.map(|prompt| files(prompt, &old_fields)).unwrap_or_default();
    let new = files(after, &new_fields);
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    let text = |of: &BTreeMap<String, String>, path: &str| of.get(path).cloned().unwrap_or_default();
    paths.into_iter().map(|path| unified(path, &text(&old, path), &text(&new, path))).collect()
}
