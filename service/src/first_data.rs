//! The templates that every new installation starts with.

use std::collections::BTreeMap;

use domain::execution::Variables;
use domain::label::{ENVIRONMENTS, LabelMove};
use domain::template::{NewTemplate, TemplateFilter};
use domain::version::{NewVersion, VersionContent};
use rust_embed::Embed;
use serde::Deserialize;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::{labels, templates, versions};

#[derive(Embed)]
#[folder = "first_data/"]
struct Files;

/// Values to render a template with, and answers a model might give: the demo's material.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Samples {
    #[serde(default)]
    pub samples: Vec<Sample>,
    #[serde(default)]
    pub responses: Vec<Response>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Sample {
    pub name: String,
    pub variables: Variables,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Response {
    pub text: String,
}

#[derive(Deserialize)]
struct Revision {
    #[serde(default)]
    commit_message: String,
    #[serde(flatten)]
    content: VersionContent,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Result<T> {
    let file = Files::get(name).ok_or_else(|| Error::internal(format!("{name} is not embedded")))?;
    let text = std::str::from_utf8(&file.data).map_err(|e| Error::Internal(e.into()))?;
    toml::from_str(text).map_err(|e| Error::internal(format!("{name}: {e}")))
}

/// Message texts start and end where their words do.
fn trimmed(mut content: VersionContent) -> VersionContent {
    content.messages.iter_mut().for_each(|m| m.content = m.content.trim().to_owned());
    content
}

/// The templates, by key.
pub fn all() -> Result<Vec<NewTemplate>> {
    let mut templates = Vec::new();
    for name in Files::iter().filter(|n| n.matches('.').count() == 1) {
        let template: NewTemplate = read(&name)?;
        let content = trimmed(template.content());
        templates.push(NewTemplate { messages: content.messages, ..template });
    }
    templates.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(templates)
}

/// The later revisions of the templates that have some, by key.
pub fn revisions() -> Result<BTreeMap<String, Vec<NewVersion>>> {
    let mut revisions = BTreeMap::<String, Vec<NewVersion>>::new();
    let mut names: Vec<_> = Files::iter().filter(|n| n.contains(".v")).collect();
    names.sort();
    for name in names {
        let revision: Revision = read(&name)?;
        let key = name.split('.').next().unwrap_or_default().to_owned();
        let list = revisions.entry(key).or_default();
        let parent = list.len() as i64 + 1;
        let content = trimmed(revision.content);
        list.push(NewVersion { content, parent, commit_message: revision.commit_message });
    }
    Ok(revisions)
}

/// What the demo renders the template with.
pub fn samples(key: &str) -> Result<Samples> {
    read(&format!("{key}.samples.toml"))
}

/// Creates the templates in a project that has none, and points every environment at their first version.
pub async fn load(ctx: &Ctx) -> Result<usize> {
    ctx.authorise(domain::permission::Permission::WriteTemplates)?;
    let filter = TemplateFilter { with_archived: true, ..TemplateFilter::default() };
    if !templates::list(ctx, &filter, &domain::page::PageRequest::default()).await?.items.is_empty() {
        return Ok(0);
    }
    let new = all()?;
    let count = new.len();
    for template in new {
        let (template, _) = templates::create(ctx, template).await?;
        for label in ENVIRONMENTS {
            let to = LabelMove { label: label.into(), version: 1, reason: "First data".into() };
            labels::move_to(ctx, &template.key, to, None).await?;
        }
    }
    Ok(count)
}

/// Saves the later revisions of the templates, without moving labels.
pub async fn load_revisions(ctx: &Ctx) -> Result<()> {
    ctx.authorise(domain::permission::Permission::WriteTemplates)?;
    for (key, list) in revisions()? {
        for version in list {
            versions::create(ctx, &key, version, None).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::error::Problems;

    #[test]
    fn every_template_is_valid_and_says_something() -> Result<()> {
        let all = all()?;
        assert_eq!(all.len(), 8);
        for template in all {
            let mut problems = Problems::default();
            let warnings = versions::check_content(&template.content(), &mut problems);
            assert!(problems.0.is_empty() && warnings.is_empty(), "{}: {problems:?} {warnings:?}", template.key);
            let words: usize = template.messages.iter().map(|m| m.content.split_whitespace().count()).sum();
            assert!(words >= 150, "{} has {words} words", template.key);
        }
        Ok(())
    }

    #[test]
    fn every_sample_renders_in_every_revision() -> Result<()> {
        let revisions = revisions()?;
        for template in all()? {
            let later = revisions.get(&template.key).cloned().unwrap_or_default();
            let contents = std::iter::once(template.content()).chain(later.into_iter().map(|v| v.content));
            let samples = samples(&template.key)?;
            assert!(samples.samples.len() >= 5 && !samples.responses.is_empty(), "{}", template.key);
            for content in contents {
                let renderer = domain::render::Renderer::new(&content)?;
                for sample in &samples.samples {
                    let rendered = renderer.render(&sample.variables);
                    assert!(rendered.is_ok(), "{} {}: {:?}", template.key, sample.name, rendered.err());
                }
            }
        }
        Ok(())
    }
}
