//! Search over templates: keys, names, tags, descriptions, texts of messages, commit messages.
//!
//! What is found, and in which order, is the database's; why it was found is read from the texts, a few templates at a time.

mod column;
mod index;
mod syntax;
mod texts;

use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::search::{Found, Query, Suggestion, distance};
use domain::template::{TemplateFilter, TemplateSort};

pub(crate) use index::{fill, write};
pub(crate) use syntax::{expression, matching};

use crate::ctx::Ctx;
use crate::error::Result;
use crate::templates;

/// The most templates that are suggested.
const MAX_SUGGESTIONS: usize = 8;
/// The most templates whose keys and names are compared with what is typed: those that changed last.
const MAX_COMPARED: i64 = 5_000;

/// The templates that a query finds, what fits best first, each with why.
pub async fn find(ctx: &Ctx, query: &str, with_archived: bool, page: &PageRequest) -> Result<Page<Found>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let wrong = |message: String| domain::Error::field("q", message);
    if Query::parse(query).map_err(wrong)?.is_empty() {
        return Err(wrong("type at least one letter or digit".into()).into());
    }
    let filter = TemplateFilter { search: query.to_owned(), with_archived, ..TemplateFilter::default() };
    list(ctx, &TemplateFilter { sort: TemplateSort::Relevance, ..filter }, page).await
}

/// A page of the project's templates, as [`templates::list`] gives it, each with why the search found it.
pub async fn list(ctx: &Ctx, filter: &TemplateFilter, page: &PageRequest) -> Result<Page<Found>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let query = parsed(&filter.search)?;
    let templates = templates::list(ctx, filter, page).await?;
    let matches = texts::matches(ctx, &query, &templates.items).await?;
    let mut matches = matches.into_iter();
    Ok(templates.map(|template| Found { template, matches: matches.next().unwrap_or_default() }))
}

/// What a filter's search asks for.
pub(crate) fn parsed(search: &str) -> Result<Query> {
    Query::parse(search).map_err(|wrong| domain::Error::field("search", wrong).into())
}

/// Templates to go to while somebody types: those whose key or name is nearest, then those that hold the words. For
/// nothing typed, those that changed last.
pub async fn suggest(ctx: &Ctx, typed: &str) -> Result<Vec<Suggestion>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let query = Query::parse(typed).map_err(|wrong| domain::Error::field("typed", wrong))?;
    let names: Vec<(String, String)> = ctx
        .db()
        .all(
            "select key, display_name from template where project_id = $1 and not is_archived
             order by updated_at desc, key limit $2",
            (ctx.project.0, MAX_COMPARED),
        )
        .await?;
    let named = |(key, display_name): (String, String)| Suggestion { key, display_name, found: None };
    if query.is_empty() {
        return Ok(names.into_iter().take(MAX_SUGGESTIONS).map(named).collect());
    }
    let near = |(key, name): &(String, String)| [key, name].into_iter().filter_map(|n| distance(typed, n)).min();
    let mut nearest: Vec<_> = names.into_iter().filter_map(|name| Some((near(&name)?, name))).collect();
    nearest.sort();
    let mut found: Vec<_> = nearest.into_iter().take(MAX_SUGGESTIONS).map(|(_, name)| named(name)).collect();
    if found.len() < MAX_SUGGESTIONS {
        add_by_words(ctx, typed, &mut found).await?;
    }
    Ok(found)
}

/// Fills suggestions up with what the search finds elsewhere than in keys and names.
async fn add_by_words(ctx: &Ctx, typed: &str, found: &mut Vec<Suggestion>) -> Result<()> {
    let page = PageRequest { cursor: None, limit: Some(MAX_SUGGESTIONS as i64) };
    for Found { template, matches } in find(ctx, typed, false, &page).await?.items {
        if found.len() < MAX_SUGGESTIONS && !found.iter().any(|known| known.key == template.key) {
            let (key, display_name) = (template.key, template.fields.display_name);
            found.push(Suggestion { key, display_name, found: matches.into_iter().next_back() });
        }
    }
    Ok(())
}
