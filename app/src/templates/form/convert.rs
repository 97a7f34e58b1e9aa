//! The form in terms of the service.

#![cfg(feature = "ssr")]

use domain::template::{NewTemplate, TemplateFields};
use domain::version::{NewVersion, VersionContent};

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

    /// The version to save, and the revision that it may be saved on.
    pub fn new_version(&self, content: VersionContent) -> (NewVersion, Option<i64>) {
        let anyway =
            self.anyway.split_once(':').map(|(revision, version)| (revision.parse().ok(), version.parse().ok()));
        let (revision, parent) = anyway.unwrap_or((self.revision.parse().ok(), self.parent.parse().ok()));
        let parent = parent.unwrap_or_default();
        (NewVersion { content, parent, commit_message: self.commit_message.clone() }, revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_anyway_names_what_it_is_saved_on() {
        let mut form = EditorForm { parent: "2".into(), revision: "7".into(), ..Default::default() };
        let (version, revision) = form.new_version(VersionContent::default());
        assert_eq!((version.parent, revision), (2, Some(7)));
        form.anyway = "9:4".into();
        let (version, revision) = form.new_version(VersionContent::default());
        assert_eq!((version.parent, revision), (4, Some(9)));
    }
}
