//! Why templates were found: the query held against what they say.

use domain::search::{Excerpt, Match, Part, Query, excerpt};
use domain::template::Template;
use domain::version::VersionContent;
use sqlx::types::Json;

use super::index::{MAX_COMMITS, MAX_LABELS};
use crate::ctx::Ctx;
use crate::error::Result;

/// Characters that an excerpt shows.
const LENGTH: usize = 160;
/// Excerpts of a template beside its key and its name.
const MAX_EXCERPTS: usize = 2;
/// Templates whose texts are in memory at once.
const AT_ONCE: usize = 5;

/// The texts of a few templates.
struct Texts {
    /// Template, version, label that serves it (empty for the latest version), content.
    contents: Vec<(String, i64, String, Json<VersionContent>)>,
    /// Template, version, commit message; newest first.
    commits: Vec<(String, i64, String)>,
}

/// For each template why the query finds it, in their order.
pub(super) async fn matches(ctx: &Ctx, query: &Query, templates: &[Template]) -> Result<Vec<Vec<Match>>> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::with_capacity(templates.len());
    for some in templates.chunks(AT_ONCE) {
        let keys: Vec<&str> = some.iter().map(|t| t.key.as_str()).collect();
        let texts = read(ctx, &keys).await?;
        found.extend(some.iter().map(|template| of_template(query, template, &texts)));
    }
    Ok(found)
}

async fn read(ctx: &Ctx, keys: &[&str]) -> Result<Texts> {
    let contents = ctx
        .db()
        .all(
            "select t.key, v.number, '' as label, v.content from template t
             join version v on v.template_id = t.id and v.number = t.latest
             where t.project_id = $1 and t.key in (select atom from json_each($2))
             union all
             select t.key, l.version, l.name, coalesce(l.composed, v.content) from template t
             join label l on l.template_id = t.id
             join version v on v.template_id = t.id and v.number = l.version
             where t.project_id = $1 and t.key in (select atom from json_each($2)) and l.name in
               (select name from label o where o.template_id = t.id
                order by case when name in ('production', 'staging', 'development') then 0 else 1 end, moved_at desc,
                  name limit $3)
             order by label",
            (ctx.project.0, Json(keys), MAX_LABELS),
        )
        .await?;
    let commits = ctx
        .db()
        .all(
            "select t.key, v.number, v.commit_message from template t join version v on v.template_id = t.id
             where t.project_id = $1 and t.key in (select atom from json_each($2)) and v.commit_message <> ''
               and v.number > t.latest - $3
             order by v.number desc",
            (ctx.project.0, Json(keys), MAX_COMMITS),
        )
        .await?;
    Ok(Texts { contents, commits })
}

fn of_template(query: &Query, template: &Template, texts: &Texts) -> Vec<Match> {
    let short = |part: Part, text: &str| Some((excerpt(query, text, LENGTH)?, Match::of(part, Vec::new())));
    let fields = &template.fields;
    let names = [short(Part::Key, &template.key), short(Part::DisplayName, &fields.display_name)];
    let tags = fields.tags.iter().filter_map(|tag| short(Part::Tag, tag));
    let rest = tags.chain(short(Part::Description, &fields.description));
    let rest = rest.chain(message(query, &template.key, texts)).chain(commit(query, &template.key, texts));
    let mut rest: Vec<_> = rest.collect();
    // Stable: of those that show as many of the words the more telling part comes first.
    rest.sort_by_key(|(excerpt, _)| u32::MAX - excerpt.count());
    rest.truncate(MAX_EXCERPTS);
    let shown = |(excerpt, found): (Excerpt, Match)| Match { pieces: excerpt.pieces, ..found };
    names.into_iter().flatten().chain(rest).map(shown).collect()
}

/// Of all messages the one that shows most of the query; the latest version's before those that labels serve.
fn message(query: &Query, key: &str, texts: &Texts) -> Option<(Excerpt, Match)> {
    let own = texts.contents.iter().filter(|(of, ..)| of == key);
    let messages = own.flat_map(|(_, version, label, content)| {
        content.0.messages.iter().map(move |message| (*version, label.as_str(), message))
    });
    let mut best = None::<(Excerpt, Match)>;
    for (version, label, message) in messages {
        let Some(found) = excerpt(query, &message.content, LENGTH) else { continue };
        if best.as_ref().is_none_or(|(before, _)| found.count() > before.count()) {
            let label = (!label.is_empty()).then(|| label.to_owned());
            let place = Match {
                role: Some(message.role),
                version: Some(version),
                label,
                ..Match::of(Part::Message, Vec::new())
            };
            best = Some((found, place));
        }
    }
    best
}

/// Of all commit messages the newest that shows most of the query.
fn commit(query: &Query, key: &str, texts: &Texts) -> Option<(Excerpt, Match)> {
    let own = texts.commits.iter().filter(|(of, ..)| of == key);
    let mut best = None::<(Excerpt, Match)>;
    for (_, version, text) in own {
        let Some(found) = excerpt(query, text, LENGTH) else { continue };
        if best.as_ref().is_none_or(|(before, _)| found.count() > before.count()) {
            best = Some((found, Match { version: Some(*version), ..Match::of(Part::CommitMessage, Vec::new()) }));
        }
    }
    best
}
