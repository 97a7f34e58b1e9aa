//! Comparisons: two versions of a template, or a version and the asking person's draft, in every layer.

use std::collections::BTreeMap;

use domain::comparison::{Compared, ComparedVersions, ComparisonRequest, DRAFT};
use domain::compose::Own;
use domain::composition::Closure;
use domain::diff::{Layers, Options, Side, compare_sides, for_page};
use domain::error::Problems;
use domain::label::LATEST;
use domain::page::MAX_LIMIT;
use domain::performance::{figures, notes};
use domain::permission::Permission;
use domain::template::Template;
use domain::trial::text_of;
use domain::version::{Draft, VersionContent};

use crate::compositions::{self, From};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::{drafts, lint, performance, samples, templates, versions};

/// One side as it was found; number 0 is the draft.
struct Found {
    number: i64,
    /// The version it was written from; 0 for none.
    parent: i64,
    content: VersionContent,
    closure: Closure,
}

/// Which side is meant.
#[derive(Clone, Copy)]
enum Pick {
    Version(i64),
    Draft,
}

/// What changed from one version to another: texts, what is rendered of them, contract, settings, figures.
pub async fn get(ctx: &Ctx, key: &str, request: &ComparisonRequest) -> Result<Compared> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let (draft, _) = drafts::find(ctx, template.id).await?;
    let compared = compare(ctx, &template, draft, request).await?;
    Ok(compared.ok_or_else(|| domain::Error::not_found("version to compare with"))?)
}

/// The same for a page, with what can be chosen, and without lines that are too many to show.
pub async fn open(ctx: &Ctx, key: &str, request: &ComparisonRequest) -> Result<ComparedVersions> {
    ctx.authorise(Permission::ReadTemplates)?;
    let template = templates::require(ctx, key).await?;
    let versions = versions::summaries(ctx, &template, i64::MAX, MAX_LIMIT).await?;
    let (draft, _) = drafts::find(ctx, template.id).await?;
    let has_draft = draft.is_some();
    let mut compared = compare(ctx, &template, draft, request).await?;
    if let Some(compared) = &mut compared {
        for messages in [&mut compared.changes.messages, &mut compared.rendered.messages] {
            for_page([messages]);
        }
    }
    let samples = samples::names(ctx, template.id).await?;
    Ok(ComparedVersions { template, versions, has_draft, samples, compared })
}

async fn compare(
    ctx: &Ctx,
    template: &Template,
    draft: Option<Draft>,
    request: &ComparisonRequest,
) -> Result<Option<Compared>> {
    let mut problems = Problems::default();
    let (from, to) = (pick(&request.from, "from", &mut problems), pick(&request.to, "to", &mut problems));
    let ignore_whitespace = one_of(&request.ws, "ws", ["", "ignore"], &mut problems);
    let is_effective = one_of(&request.text, "text", ["own", "effective"], &mut problems);
    problems.finish()?;
    let Some(to) = to.or((template.latest_version > 0).then_some(Pick::Version(template.latest_version))) else {
        return Ok(None);
    };
    let to = find(ctx, template, draft.as_ref(), to).await?;
    let Some(from) = from.or(before(&to)) else { return Ok(None) };
    let from = find(ctx, template, draft.as_ref(), from).await?;
    let numbers: Vec<i64> = [from.number, to.number].into_iter().filter(|number| *number > 0).collect();
    let mut outcomes = performance::of_versions(ctx, template.id, &numbers).await?;
    let (key, values) = (template.key.clone(), values(ctx, template, request).await?);
    let off = lint::off(ctx).await?;
    let working = tokio::task::spawn_blocking(move || {
        let options = Options { ignore_whitespace };
        compare_sides(from.side(&key), to.side(&key), Layers { options, is_effective, values: &values, off: &off })
    });
    let mut compared = working.await.map_err(|e| Error::Internal(e.into()))?;
    compared.measured_from.outcomes = outcomes.get(&compared.from).cloned();
    compared.measured_to.outcomes = outcomes.remove(&compared.to);
    compared.figures = figures(&compared.measured_from, &compared.measured_to);
    compared.notes = match ctx.authorise(Permission::ReadAnalytics) {
        Ok(()) => notes((compared.from, &compared.measured_from), (compared.to, &compared.measured_to)),
        Err(_) => vec!["How versions fared is shown to those who may see analytics.".to_owned()],
    };
    Ok(Some(compared))
}

/// What was typed and, for the other parameters, what the sample set holds.
async fn values(ctx: &Ctx, template: &Template, request: &ComparisonRequest) -> Result<BTreeMap<String, String>> {
    let mut values = request.values.clone();
    if !request.sample.is_empty() {
        let sample = samples::read(ctx, template.id, &request.sample).await?;
        for (name, value) in sample.variables {
            values.entry(name).or_insert_with(|| text_of(&value));
        }
    }
    Ok(values)
}

/// What a side was written from; none for the first version.
fn before(side: &Found) -> Option<Pick> {
    match (side.parent, side.number) {
        (0, 0 | 1) => None,
        (0, number) => Some(Pick::Version(number - 1)),
        (parent, _) => Some(Pick::Version(parent)),
    }
}

/// None for an empty text.
fn pick(text: &str, field: &str, problems: &mut Problems) -> Option<Pick> {
    match text {
        "" => None,
        DRAFT => Some(Pick::Draft),
        text => {
            let number = text.parse().ok().filter(|number: &i64| *number > 0);
            problems.require(number.is_some(), field, format!("use a version's number from 1, or `{DRAFT}`"));
            number.map(Pick::Version)
        }
    }
}

/// Whether a text is the second of two words; the first is what an empty one means.
fn one_of(text: &str, field: &str, [first, second]: [&str; 2], problems: &mut Problems) -> bool {
    let wanted = if first.is_empty() {
        format!("use `{second}` or leave it out")
    } else {
        format!("use `{first}` or `{second}`")
    };
    problems.require(text.is_empty() || text == first || text == second, field, wanted);
    text == second
}

async fn find(ctx: &Ctx, template: &Template, draft: Option<&Draft>, pick: Pick) -> Result<Found> {
    let (number, parent, content) = match pick {
        Pick::Draft => {
            let draft = draft.cloned().ok_or_else(|| domain::Error::not_found("draft of yours"))?;
            (0, draft.parent, draft.content)
        }
        Pick::Version(number) => {
            let version = versions::read(ctx, template.id, number).await?;
            (number, version.parent, version.content)
        }
    };
    let own = Own { key: &template.key, version: number, content: &content };
    let closure = compositions::load(ctx, From::Now(ctx.db()), own, LATEST).await?.closure;
    Ok(Found { number, parent, content, closure })
}

impl Found {
    fn side<'a>(&'a self, key: &'a str) -> Side<'a> {
        Side { own: Own { key, version: self.number, content: &self.content }, closure: &self.closure }
    }
}
