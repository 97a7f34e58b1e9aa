//! One change of many templates at once: each is changed, or not, for itself.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Problems};
use crate::template::{Template, TemplateFields, TemplatePatch};

/// The most templates of one request.
pub const MAX_KEYS: usize = 200;

/// What is done to each template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkAction {
    #[default]
    AddTags,
    RemoveTags,
    /// Into `folder`.
    Move,
    Archive,
    /// Takes it back into use.
    Restore,
}

/// A change of many templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkRequest {
    /// The templates' keys, from 1 to 200.
    pub keys: Vec<String>,
    pub action: BulkAction,
    /// For `add_tags` and `remove_tags`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// For `move`; empty for the top.
    #[serde(default)]
    pub folder: String,
}

impl BulkRequest {
    /// Checks what holds for all templates, and brings tags, folder and keys into their one form.
    pub fn check(mut self) -> crate::Result<Self> {
        let mut problems = Problems::default();
        let mut seen = std::collections::BTreeSet::new();
        self.keys.retain(|key| seen.insert(key.clone()));
        let count_fits = (1..=MAX_KEYS).contains(&self.keys.len());
        problems.require(count_fits, "keys", format!("name 1 to {MAX_KEYS} templates"));
        let probe = TemplateFields { display_name: "x".into(), kind: "x".into(), ..TemplateFields::default() };
        let probe = TemplateFields { tags: self.tags, folder: self.folder, ..probe }.check(&mut problems);
        let is_tagging = matches!(self.action, BulkAction::AddTags | BulkAction::RemoveTags);
        if is_tagging && probe.tags.is_empty() && !problems.0.iter().any(|p| p.field == "tags") {
            problems.add("tags", "give at least one tag");
        }
        problems.finish()?;
        Ok(Self { tags: probe.tags, folder: probe.folder, ..self })
    }

    /// The change of one template; none when it already is as it shall be.
    pub fn patch(&self, template: &Template) -> Option<TemplatePatch> {
        let fields = &template.fields;
        match self.action {
            BulkAction::AddTags => {
                let new = self.tags.iter().filter(|tag| !fields.tags.contains(tag));
                let tags: Vec<_> = fields.tags.iter().chain(new).cloned().collect();
                (tags.len() > fields.tags.len()).then(|| TemplatePatch { tags: Some(tags), ..TemplatePatch::default() })
            }
            BulkAction::RemoveTags => {
                let tags: Vec<_> = fields.tags.iter().filter(|tag| !self.tags.contains(tag)).cloned().collect();
                (tags.len() < fields.tags.len()).then(|| TemplatePatch { tags: Some(tags), ..TemplatePatch::default() })
            }
            BulkAction::Move => (fields.folder != self.folder)
                .then(|| TemplatePatch { folder: Some(self.folder.clone()), ..TemplatePatch::default() }),
            BulkAction::Archive | BulkAction::Restore => {
                let wanted = self.action == BulkAction::Archive;
                let patch = TemplatePatch { is_archived: Some(wanted), ..TemplatePatch::default() };
                (template.is_archived != wanted).then_some(patch)
            }
        }
    }
}

/// What became of one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkStatus {
    Done,
    /// It already was as it shall be.
    Unchanged,
    Failed,
}

/// One template of a bulk change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkItem {
    pub key: String,
    pub status: BulkStatus,
    /// Machine-readable reason of a failure, such as `in_use`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Why it failed, and what to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl BulkItem {
    pub fn new(key: &str, status: BulkStatus) -> Self {
        Self { key: key.to_owned(), status, code: String::new(), message: String::new() }
    }
    pub fn failed(key: &str, error: Error) -> Self {
        Self { code: error.code, message: error.message, ..Self::new(key, BulkStatus::Failed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(request: BulkRequest) -> Vec<String> {
        request.check().err().map(|e| e.errors.into_iter().map(|e| e.field).collect()).unwrap_or_default()
    }

    #[test]
    fn what_holds_for_no_template_is_refused_as_a_whole() {
        let keys = || vec!["a".to_owned()];
        assert_eq!(wrong(BulkRequest { action: BulkAction::Archive, ..BulkRequest::default() }), ["keys"]);
        assert_eq!(wrong(BulkRequest { keys: keys(), ..BulkRequest::default() }), ["tags"]);
        assert_eq!(
            wrong(BulkRequest { keys: keys(), tags: vec!["no good".into()], ..BulkRequest::default() }),
            ["tags"]
        );
        let to = |folder: &str| BulkRequest {
            keys: keys(),
            action: BulkAction::Move,
            folder: folder.into(),
            ..BulkRequest::default()
        };
        assert_eq!(wrong(to("a//b")), ["folder"]);
        assert_eq!(to("/a/b/").check().map(|r| r.folder).unwrap_or_default(), "a/b");
    }

    #[test]
    fn a_template_named_twice_is_changed_once() {
        let keys = ["a", "b", "a"].map(str::to_owned).to_vec();
        let request = BulkRequest { keys, action: BulkAction::Archive, ..BulkRequest::default() };
        assert_eq!(request.check().map(|r| r.keys).unwrap_or_default(), ["a", "b"]);
    }
}
