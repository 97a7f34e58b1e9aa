//! The templates that every new installation starts with.

use std::collections::BTreeMap;

use domain::execution::Variables;
use domain::label::{ENVIRONMENTS, LabelMove};
use domain::permission::Permission;
use domain::sample::NewSample;
use domain::template::NewTemplate;
use domain::version::{NewVersion, VersionContent};
use rust_embed::Embed;
use serde::Deserialize;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::templates::Checked;
use crate::{audit, labels, policies, samples, versions};

/// Sample sets that each template starts with.
const STORED_SAMPLES: usize = 2;

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

const COUNT: &str = "select count(*) from template where project_id = $1";

/// Creates the templates in a project that has none, and points every environment at their first version: all of it or,
/// when the server stops meanwhile or another node was first, nothing.
pub async fn load(ctx: &Ctx) -> Result<usize> {
    ctx.authorise(Permission::WriteTemplates)?;
    ctx.authorise(Permission::MoveProduction)?;
    // Before anything is checked: checking needs the whole machinery of lint, which a start has no other use for.
    if ctx.db().scalar::<i64>(COUNT, (ctx.project.0,)).await? > 0 {
        return Ok(0);
    }
    let mut templates = Vec::new();
    for new in all()? {
        templates.push(Checked::new(ctx, new).await?.0);
    }
    let mut tx = ctx.db().begin().await?;
    audit::lock(ctx, &mut tx).await?;
    if tx.scalar::<i64>(COUNT, (ctx.project.0,)).await? > 0 {
        return Ok(0);
    }
    for template in &templates {
        let (id, key) = (template.write(ctx, &mut tx).await?, template.key.as_str());
        for sample in samples(key)?.samples.into_iter().take(STORED_SAMPLES) {
            let new = NewSample { name: sample.name, variables: sample.variables };
            samples::insert(ctx, &mut tx, (id, key), &new).await?;
        }
        let Some(content) = template.content() else { continue };
        for label in ENVIRONMENTS {
            let to = LabelMove { label: label.into(), version: 1, reason: "First data".into() };
            // Nobody approved these texts.
            let Some(warrant) = policies::if_unprotected(ctx, &mut tx, label).await? else { continue };
            labels::point(ctx, &mut tx, (id, key), &to, (content, warrant)).await?;
        }
    }
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    Ok(templates.len())
}

/// Saves the later revisions of the templates, without moving labels.
pub async fn load_revisions(ctx: &Ctx) -> Result<()> {
    ctx.authorise(Permission::WriteTemplates)?;
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
            let warnings = domain::check::check(&template.content(), &mut problems);
            assert!(problems.0.is_empty() && warnings.is_empty(), "{}: {problems:?} {warnings:?}", template.key);
            let words: usize = template.messages.iter().map(|m| m.content.split_whitespace().count()).sum();
            assert!(words >= 150, "{} has {words} words", template.key);
            assert!(!template.parameters.is_empty(), "{} takes nothing", template.key);
        }
        Ok(())
    }

    /// The editor tells what a call costs.
    #[test]
    fn every_model_has_a_price() -> Result<()> {
        let later = revisions()?.into_values().flatten().map(|new| new.content);
        for content in all()?.iter().map(|template| template.content()).chain(later) {
            let model = content.config.get("model").and_then(|model| model.as_str()).unwrap_or_default();
            assert!(domain::prices::find(model).is_some(), "`{model}`");
        }
        Ok(())
    }

    /// Names kept for examples (RFC 2606) belong to nobody.
    #[test]
    fn every_address_is_an_invented_one() {
        for name in Files::iter() {
            let text = String::from_utf8_lossy(&Files::get(&name).unwrap().data).into_owned();
            let words = text.split(|c: char| c.is_whitespace() || "\"'<>()".contains(c));
            for address in words.filter(|word| word.contains("://") || word.contains('@')) {
                assert!(address.contains("example.com"), "{name}: {address}");
            }
        }
    }

    #[test]
    fn every_sample_renders_in_every_revision() -> Result<()> {
        let revisions = revisions()?;
        for template in all()? {
            let later = revisions.get(&template.key).cloned().unwrap_or_default();
            let contents = std::iter::once(template.content()).chain(later.into_iter().map(|v| v.content));
            let samples = samples(&template.key)?;
            // The demo takes the response of a sample by its place.
            let answered = 1..=samples.samples.len();
            let fits = samples.samples.len() >= 5 && answered.contains(&samples.responses.len());
            assert!(fits, "{}", template.key);
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
