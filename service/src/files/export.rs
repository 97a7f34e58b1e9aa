//! Templates out: read a few at a time, as all of them may be more than an archive takes.

use domain::error::FieldError;
use domain::files::{File, FileFormat, MAX_TEMPLATES, Origin, Writing};
use domain::permission::Permission;
use domain::template::{Template, TemplateKey};
use domain::version::Version;

use super::turns::{self, Turn};
use super::{archive, state_hash};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::{templates, versions};

/// Templates whose contents are in memory at once.
const AT_ONCE: usize = 20;

/// Templates as files.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    pub files: Vec<File>,
    /// What the format can't say, by the path of the file.
    pub notes: Vec<FieldError>,
}

/// Templates as a zip archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    pub bytes: Vec<u8>,
    /// What the format can't say, by the path of the file.
    pub notes: Vec<FieldError>,
    /// The keys that no template has.
    pub left_out: Vec<String>,
}

/// The latest versions of the templates of these keys as files; of all that are not archived without any key.
pub async fn export(ctx: &Ctx, keys: &[String], format: FileFormat) -> Result<Exported> {
    ctx.authorise(Permission::ReadTemplates)?;
    let (found, _) = named(ctx, keys, false).await?;
    written(ctx, &turns::turn(ctx).await?, found, Writing::new(format)).await
}

/// As [`export`], in an archive.
pub async fn export_packed(ctx: &Ctx, keys: &[String], format: FileFormat, allow_missing: bool) -> Result<Packed> {
    ctx.authorise(Permission::ReadTemplates)?;
    let (found, left_out) = named(ctx, keys, allow_missing).await?;
    let turn = turns::turn(ctx).await?;
    let mut writing = Writing::new(format);
    left_out.iter().for_each(|key| writing.leave_out(key));
    let Exported { files, notes } = written(ctx, &turn, found, writing).await?;
    let bytes = turn.run(move || archive::pack(&files)).await??;
    Ok(Packed { bytes, notes, left_out })
}

/// The templates of these keys, when they are not too many, and the keys that no template has: at least one has, and each
/// could be a key.
async fn named(ctx: &Ctx, keys: &[String], allow_missing: bool) -> Result<(Vec<Template>, Vec<String>)> {
    let found = templates::many(ctx, keys, MAX_TEMPLATES + 1).await?;
    let missing: Vec<String> = keys.iter().filter(|key| !found.iter().any(|t| t.key == **key)).cloned().collect();
    let may_go_on = allow_missing && !found.is_empty() && missing.iter().all(|key| TemplateKey::parse(key).is_ok());
    if !missing.is_empty() && !may_go_on {
        let error = |key| FieldError::new("keys", format!("there is no template `{key}` in this project"));
        let errors = missing.iter().map(error).collect();
        return Err(domain::Error { errors, ..domain::Error::not_found("template") }.into());
    }
    if found.len() > MAX_TEMPLATES {
        let text = format!("name some keys: there are more than {MAX_TEMPLATES} templates");
        return Err(domain::Error::field("keys", text).into());
    }
    Ok((found, missing))
}

async fn written(ctx: &Ctx, turn: &Turn, found: Vec<Template>, mut writing: Writing) -> Result<Exported> {
    let mut found = found.into_iter();
    loop {
        let some: Vec<Template> = found.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        let mut latest = versions::latest_of(ctx, &some).await?;
        let pairs: Vec<_> = some.into_iter().map(|t| (latest.remove(&t.id), t)).collect();
        writing = turn.run(move || pairs.into_iter().try_fold(writing, add)).await??;
    }
    let (files, notes) = turn.run(move || writing.finish()).await?;
    Ok(Exported { files, notes })
}

fn add(mut writing: Writing, (version, template): (Option<Version>, Template)) -> Result<Writing> {
    let (number, content) = version.map_or_else(Default::default, |version| (version.number, version.content));
    let origin = Origin { version: number, hash: state_hash(&template.fields, &content)? };
    writing.add(&template, &content, &origin).map_err(|wrong| domain::Error::invalid(vec![wrong]))?;
    Ok(writing)
}
