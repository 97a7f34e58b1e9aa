//! The form in terms of the service.

#![cfg(feature = "ssr")]

use domain::template::{NewTemplate, TemplateFields};
use domain::version::{NewDraft, NewVersion, VersionContent};

use super::data::EditorForm;

impl EditorForm {
    fn fields(&self) -> TemplateFields {
        TemplateFields {
            display_name: self.display_name.clone(),
            kind: self.kind.trim().to_owned(),
            category: self.category.trim().to_owned(),
            folder: self.folder.trim().to_owned(),
            description: self.description.replace("\r\n", "\n"),
            tags: self.tags.split(',').map(str::to_owned).collect(),
            ..TemplateFields::default()
        }
    }

    /// The template to create.
    pub fn new_template(&self, content: VersionContent) -> NewTemplate {
        let VersionContent { messages, parameters, config } = content;
        NewTemplate {
            key: self.key.trim().to_owned(),
            fields: self.fields(),
            messages,
            parameters,
            config,
            commit_message: self.commit_message.clone(),
        }
    }

    /// The version to save.
    pub fn new_version(&self, content: VersionContent) -> NewVersion {
        let parent = self.parent.parse().unwrap_or_default();
        NewVersion { content, parent, commit_message: self.commit_message.clone() }
    }

    /// The version that it is to follow; none but the one that it is written from, where the form doesn't say.
    pub fn onto(&self) -> i64 {
        self.onto.parse().or_else(|_| self.parent.parse()).unwrap_or_default()
    }

    /// The draft's revision that it may replace.
    pub fn draft_revision(&self) -> Option<i64> {
        self.over.parse().or_else(|_| self.draft.parse()).ok()
    }

    /// The draft to keep.
    pub fn new_draft(&self, content: VersionContent) -> NewDraft {
        let parent = self.parent.parse().unwrap_or_default();
        NewDraft { content, parent, onto: self.onto(), revision: self.draft_revision() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_replaces_the_one_that_was_seen_unless_another_is_named() {
        let form = EditorForm { parent: "2".into(), draft: "7".into(), ..Default::default() };
        assert_eq!((form.onto(), form.draft_revision()), (2, Some(7)));
        let form = EditorForm { onto: "4".into(), over: "9".into(), ..form };
        let draft = form.new_draft(VersionContent::default());
        assert_eq!((draft.parent, draft.onto, draft.revision), (2, 4, Some(9)));
        assert_eq!(EditorForm::default().draft_revision(), None);
    }
}
