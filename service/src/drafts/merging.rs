//! Merging a draft with the version that somebody saved after it was begun.

use std::collections::HashMap;

use domain::diff::compare;
use domain::error::{Kind, Problems};
use domain::merge::{Conflict, check_choice, merge_decided};
use domain::merging::{Choice, Merging, NewMerge, Open, Side};
use domain::permission::Permission;
use domain::template::Template;
use domain::version::{Draft, Kept, NewDraft, NewVersion, Saved, Version, VersionContent};

use super::{author, find, save};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::{templates, versions};

fn field(n: usize) -> String {
    format!("choices[{n}]")
}

/// What a merge is made of, and what comes out.
struct Work {
    shown: Merging,
    content: VersionContent,
}

/// Puts the asking person's draft and the newest version together, as far as the choices decide it; none when they have no
/// draft, or nothing was saved since it was begun.
pub async fn merge(ctx: &Ctx, key: &str, choices: &[Choice]) -> Result<Option<Merging>> {
    ctx.authorise(Permission::WriteTemplates)?;
    Ok(work(ctx, key, choices).await?.map(|work| work.shown))
}

/// Saves what a merge makes, after the newest version. All has to be decided, and nothing to have changed since it was
/// shown.
pub async fn save_merged(ctx: &Ctx, key: &str, new: NewMerge) -> Result<Saved> {
    ctx.authorise(Permission::WriteTemplates)?;
    let work = as_shown(ctx, key, &new).await?;
    let mut problems = Problems::default();
    for (n, open) in work.shown.conflicts.iter().enumerate() {
        problems.require(open.choice.is_some(), &field(n), "choose what to take");
    }
    problems.finish()?;
    let NewMerge { theirs, draft, commit_message, .. } = new;
    let version = NewVersion { content: work.content, parent: theirs, commit_message };
    versions::create_onto(ctx, key, version, theirs, Some(draft)).await
}

/// Makes what a merge makes the draft, as one begun on the newest version: to be finished in the editor. What is not
/// decided stays as the author wrote it.
pub async fn take_merged(ctx: &Ctx, key: &str, new: NewMerge) -> Result<Kept> {
    ctx.authorise(Permission::WriteTemplates)?;
    let work = as_shown(ctx, key, &new).await?;
    let (parent, onto, revision) = (new.theirs, new.theirs, Some(new.draft));
    save(ctx, key, &NewDraft { content: work.content, parent, onto, revision }).await
}

/// The merge of a form, when it is still the one that was shown.
async fn as_shown(ctx: &Ctx, key: &str, new: &NewMerge) -> Result<Work> {
    let changed = |code, text: String| domain::Error::new(Kind::PreconditionFailed, code, text);
    let Some(work) = work(ctx, key, &new.choices).await? else {
        let text = "there is nothing to merge any more: the draft was made a version or thrown away meanwhile";
        return Err(changed("nothing_to_merge", text.to_owned()).into());
    };
    if work.shown.theirs.number != new.theirs {
        let number = work.shown.theirs.number;
        let text = format!("version {number} was saved meanwhile; this is the merge with it, look at it again");
        return Err(changed("newer_version", text).into());
    }
    if work.shown.draft != new.draft {
        let text = "your draft was changed meanwhile, in another tab or on another device; look at the merge again";
        return Err(changed("draft_stale", text.to_owned()).into());
    }
    let wrong = work.shown.conflicts.iter().enumerate();
    let mut problems = Problems::default();
    wrong.filter_map(|(n, open)| Some((n, open.problem.clone()?))).for_each(|(n, text)| problems.add(field(n), text));
    problems.finish()?;
    Ok(work)
}

async fn work(ctx: &Ctx, key: &str, choices: &[Choice]) -> Result<Option<Work>> {
    author(ctx)?;
    let template = templates::require(ctx, key).await?;
    let (draft, revision) = find(ctx, template.id).await?;
    let Some(draft) = draft.filter(|draft| draft.onto < template.latest_version) else { return Ok(None) };
    let theirs = versions::read(ctx, template.id, template.latest_version).await?;
    let base = match draft.onto {
        0 => VersionContent::default(),
        number => versions::read(ctx, template.id, number).await?.content,
    };
    let choices = choices.to_vec();
    let working =
        tokio::task::spawn_blocking(move || put_together(template, &base, (draft, revision), theirs, choices));
    Ok(Some(working.await.map_err(|e| Error::Internal(e.into()))?))
}

/// Nothing but computing, of two texts that may be long.
fn put_together(
    template: Template,
    base: &VersionContent,
    (draft, revision): (Draft, i64),
    theirs: Version,
    choices: Vec<Choice>,
) -> Work {
    let open = merge_decided(base, &draft.content, &theirs.content, &[]);
    let conflicts = with_choices(open.conflicts, choices);
    let decided: Vec<_> = conflicts.iter().map(|open| open.choice.clone()).collect();
    let content = merge_decided(base, &draft.content, &theirs.content, &decided).content;
    let shown = Merging {
        base: draft.onto,
        kept_at: draft.updated_at,
        draft: revision,
        brought_in: compare(&draft.content, &open.content),
        result: compare(&theirs.content, &content),
        theirs: side(theirs),
        conflicts,
        template,
    };
    Work { shown, content }
}

fn side(version: Version) -> Side {
    let Version { number, created_by, created_at, commit_message, .. } = version;
    Side { number, created_by, created_at, commit_message }
}

/// Finds for each conflict what was chosen for it.
fn with_choices(conflicts: Vec<Conflict>, choices: Vec<Choice>) -> Vec<Open> {
    let mut chosen = HashMap::new();
    for choice in choices {
        // Of two for one conflict the first counts.
        chosen.entry(choice.conflict.clone()).or_insert(choice);
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let open = |conflict: Conflict| {
        let next = seen.entry(conflict.id()).or_default();
        let id = (conflict.id(), *next);
        *next += 1;
        let choice = chosen.remove(&id);
        let problem = choice.as_ref().and_then(|choice| check_choice(&conflict, choice).err());
        Open { conflict, id, choice, problem }
    };
    conflicts.into_iter().map(open).collect()
}
