//! Conversations about lines of what is proposed, and suggestions that become versions.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::change::{
    ChangeRequest, Comment, LabelTo, MAX_WORDS, NewComment, Replacement, Thread, lines_of, replace_lines,
};
use domain::error::{FieldError, Problems};
use domain::ids::{TemplateId, ThreadId};
use domain::permission::Permission;
use domain::storable::check_words;
use domain::version::{NewVersion, VersionContent};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::record::{Item, Record, own_moves};
use super::{items, object, revise, show};
use crate::audit;
use crate::compositions::{self, From};
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::templates;
use crate::versions::{self, Ready};

/// The most suggestions that become versions at once.
const MAX_APPLIED: usize = 100;

/// Begins a conversation about lines of a proposed version.
pub async fn comment(ctx: &Ctx, number: i64, new: NewComment) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let seen = Record::find(ctx, From::Now(ctx.db()), number).await?;
    let mut problems = Problems::default();
    let own = || seen.items.iter().filter(|item| item.key == new.template && item.to_version > 0 && !item.follows);
    if own().next().is_none() {
        return Err(domain::Error::field("template", "is not among what this change request moves").into());
    }
    let item = own().find(|item| item.to_version == new.version);
    let (Some(item), Some(template)) = (item, item.and_then(Item::template)) else {
        return Err(domain::Error::field("version", "is not what is proposed, or not any more").into());
    };
    let content = versions::read(ctx, template, item.to_version).await?.content;
    let message = usize::try_from(new.message).ok().and_then(|index| content.messages.get(index));
    new.check(message.map(|message| message.content.as_str()), &mut problems);
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    let record = Record::lock(ctx, &mut tx, number, None).await?;
    record.state.require_open()?;
    record.require_round(Some(seen.row.round))?;
    let id = ctx.new_id();
    tx.exec(
        "insert into review_comment (id, change_id, thread_id, template_id, version, message, line, last_line, suggestion,
                                     body, author, at)
         values ($1, $2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            id,
            record.row.id,
            template.0,
            item.to_version,
            new.message,
            new.line,
            new.last_line(),
            &new.suggestion,
            new.body.trim(),
            ctx.actor_name(),
            ctx.now().0,
        ),
    )
    .await?;
    let place = json!({ "template": new.template, "version": item.to_version, "message": new.message, "line": new.line,
        "is_suggestion": new.suggestion.is_some() });
    said(ctx, tx, record, ("change.comment", place)).await
}

/// Goes on with a conversation.
pub async fn reply(ctx: &Ctx, number: i64, thread: ThreadId, body: &str) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut problems = Problems::default();
    check_words(body, MAX_WORDS, "body", &mut problems);
    problems.require(!body.trim().is_empty(), "body", "say what you think");
    problems.finish()?;
    let mut tx = ctx.db().begin().await?;
    let record = Record::lock(ctx, &mut tx, number, None).await?;
    record.state.require_open()?;
    require_thread(&mut tx, &record, thread).await?;
    tx.exec(
        "insert into review_comment (id, change_id, thread_id, body, author, at) values ($1, $2, $3, $4, $5, $6)",
        (ctx.new_id(), record.row.id, thread.0, body.trim(), ctx.actor_name(), ctx.now().0),
    )
    .await?;
    said(ctx, tx, record, ("change.comment", json!({ "thread": thread }))).await
}

/// Marks a conversation as settled, or opens it again.
pub async fn resolve(ctx: &Ctx, number: i64, thread: ThreadId, is_resolved: bool) -> Result<ChangeRequest> {
    ctx.authorise(Permission::ProposeChanges)?;
    let mut tx = ctx.db().begin().await?;
    let record = Record::lock(ctx, &mut tx, number, None).await?;
    record.state.require_open()?;
    require_thread(&mut tx, &record, thread).await?;
    let (by, at) = (is_resolved.then(|| ctx.actor_name()), is_resolved.then_some(ctx.now().0));
    let sql = "update review_comment set resolved_by = $2, resolved_at = $3 where id = $1";
    tx.exec(sql, (thread.0, by, at)).await?;
    said(ctx, tx, record, ("change.resolve", json!({ "thread": thread, "is_resolved": is_resolved }))).await
}

async fn require_thread(tx: &mut Tx, record: &Record, thread: ThreadId) -> Result<()> {
    let sql = "select count(*) from review_comment where id = $1 and thread_id = $1 and change_id = $2";
    match tx.scalar::<i64>(sql, (thread.0, record.row.id)).await? {
        0 => Err(domain::Error::not_found("conversation").into()),
        _ => Ok(()),
    }
}

/// Stores the next revision with its event.
async fn said(
    ctx: &Ctx,
    mut tx: Tx,
    record: Record,
    (action, after): (&str, serde_json::Value),
) -> Result<ChangeRequest> {
    let number = record.row.number;
    record.save(ctx, &mut tx).await?;
    audit::write(ctx, &mut tx, action, &object(number), (), after).await?;
    tx.commit().await?;
    show(ctx, number).await
}

/// Makes versions of suggestions, one a template, and proposes these instead: all of it or nothing. Who suggested may approve
/// the result; who applies is an author of it.
pub async fn apply(ctx: &Ctx, number: i64, threads: &[ThreadId], expected: Option<i64>) -> Result<ChangeRequest> {
    ctx.authorise(Permission::WriteTemplates)?;
    ctx.authorise(Permission::ProposeChanges)?;
    let few = (1..=MAX_APPLIED).contains(&threads.len());
    if !few {
        return Err(domain::Error::field("suggestions", format!("name 1 to {MAX_APPLIED} suggestions")).into());
    }
    let seen = Record::find(ctx, From::Now(ctx.db()), number).await?;
    let chosen = chosen(ctx, &seen, threads).await?;
    let mut prepared = Vec::new();
    for ((key, parent), threads) in by_version(&chosen) {
        prepared.push(prepare(ctx, &seen, (key, parent), threads).await?);
    }
    let mut tx = ctx.db().begin().await?;
    templates::lock_all(ctx, &mut tx, prepared.iter().map(|one| (one.template, None))).await?;
    let mut record = Record::lock(ctx, &mut tx, number, expected).await?;
    record.require_round(Some(seen.row.round))?;
    let mut wanted = own_moves(&seen.items);
    for one in &prepared {
        let latest = templates::lock(ctx, &mut tx, one.template, None).await?;
        let version = versions::insert(ctx, &mut tx, one.template, &one.key, latest, &one.ready).await?;
        let is_it = |to: &&mut LabelTo| to.template == one.key && to.version == one.ready.new.parent;
        wanted.iter_mut().filter(is_it).for_each(|to| to.version = version);
        mark(ctx, &mut tx, &one.threads, version).await?;
    }
    let proposal = items::propose(ctx, From::Tx(&mut tx), &wanted).await?;
    revise(ctx, &mut tx, &mut record, proposal).await?;
    tx.commit().await?;
    show(ctx, number).await
}

/// Notes of suggestions that they are applied.
async fn mark(ctx: &Ctx, tx: &mut Tx, threads: &[ThreadId], version: i64) -> Result<()> {
    for thread in threads {
        let sql = "update review_comment set applied_version = $2, resolved_by = $3, resolved_at = $4 where id = $1";
        tx.exec(sql, (thread.0, version, ctx.actor_name(), ctx.now().0)).await?;
    }
    Ok(())
}

/// The named suggestions, which must all still fit.
async fn chosen(ctx: &Ctx, seen: &Record, ids: &[ThreadId]) -> Result<Vec<Thread>> {
    let all = threads(ctx, seen).await?;
    let mut chosen = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let wrong = |why: &str| domain::Error::field(format!("suggestions[{index}]"), why);
        let thread = all.iter().find(|thread| thread.id == *id && thread.suggestion.is_some());
        let thread = thread.ok_or_else(|| wrong("is no suggestion of this change request"))?;
        if !thread.can_apply() {
            let why = "was applied already, or is about a version that is not proposed any more";
            return Err(domain::Error::conflict("outdated", format!("this suggestion {why}")).into());
        }
        chosen.push(thread.clone());
    }
    Ok(chosen)
}

fn by_version(threads: &[Thread]) -> BTreeMap<(String, i64), Vec<&Thread>> {
    let mut by_version = BTreeMap::<(String, i64), Vec<&Thread>>::new();
    for thread in threads {
        by_version.entry((thread.template.clone(), thread.version)).or_default().push(thread);
    }
    by_version
}

/// A version that comes of suggestions for one template, checked.
struct Prepared {
    template: TemplateId,
    key: String,
    threads: Vec<ThreadId>,
    ready: Ready,
}

async fn prepare(ctx: &Ctx, seen: &Record, (key, parent): (String, i64), threads: Vec<&Thread>) -> Result<Prepared> {
    let item = seen.items.iter().find(|item| item.key == key);
    let template = item.and_then(Item::template).ok_or_else(|| Error::internal("a thread of no item"))?;
    let mut content = versions::read(ctx, template, parent).await?.content;
    for (index, message) in (0_i64..).zip(content.messages.iter_mut()) {
        let here = threads.iter().filter(|thread| thread.message == index).map(|thread| replacement(thread));
        let replaced = replace_lines(&message.content, here.collect());
        message.content = replaced.map_err(|why| domain::Error::field("suggestions", why))?;
    }
    let mut problems = Problems::default();
    compositions::check(ctx, &key, &content, &mut problems).await?;
    problems.finish().map_err(|e| Error::from(e).rename(in_suggestion))?;
    let new = NewVersion { content, parent, commit_message: commit_message(&threads) };
    let ids = threads.iter().map(|thread| thread.id).collect();
    Ok(Prepared { template, key, threads: ids, ready: Ready::new(ctx, new).await? })
}

fn replacement(thread: &Thread) -> Replacement {
    let with = thread.suggestion.clone().unwrap_or_default();
    Replacement { first: thread.line, last: thread.last_line, with }
}

/// Who suggested what becomes the version.
fn commit_message(threads: &[&Thread]) -> String {
    let mut authors: Vec<_> = threads.iter().filter_map(|t| t.comments.first()).map(|c| c.by.as_str()).collect();
    authors.sort_unstable();
    authors.dedup();
    let what = if threads.len() == 1 { "the suggestion".to_owned() } else { format!("{} suggestions", threads.len()) };
    format!("Apply {what} of {}", authors.join(", ")).chars().take(500).collect()
}

/// What the static check says of the text that would come of it.
fn in_suggestion(problem: FieldError) -> FieldError {
    let place = problem.line.map(|line| format!(", line {line}")).unwrap_or_default();
    FieldError::new("suggestions", format!("{}{place}: {}", problem.field, problem.message))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    thread_id: Uuid,
    key: Option<String>,
    template_id: Option<Uuid>,
    version: i64,
    message: i64,
    line: i64,
    last_line: i64,
    suggestion: Option<String>,
    body: String,
    author: String,
    at: i64,
    resolved_by: Option<String>,
    applied_version: Option<i64>,
    content: Option<Json<VersionContent>>,
}

/// The conversations about a change request, oldest first.
pub(super) async fn threads(ctx: &Ctx, record: &Record) -> Result<Vec<Thread>> {
    let rows: Vec<Row> = ctx
        .db()
        .all(
            "select r.id, r.thread_id, t.key, r.template_id, r.version, r.message, r.line, r.last_line, r.suggestion, r.body,
                    r.author, r.at, r.resolved_by, r.applied_version, v.content
             from review_comment r left join template t on t.id = r.template_id
             left join version v on v.template_id = r.template_id and v.number = r.version
             where r.change_id = $1 order by r.id",
            (record.row.id,),
        )
        .await?;
    let mut threads: Vec<Thread> = Vec::new();
    for row in rows {
        let comment = Comment { by: row.author.clone(), at: Timestamp(row.at), body: row.body.clone() };
        match threads.iter_mut().find(|thread| thread.id.0 == row.thread_id) {
            Some(thread) => thread.comments.push(comment),
            None => threads.push(begun(row, comment, &record.items)),
        }
    }
    Ok(threads)
}

fn begun(row: Row, comment: Comment, items: &[Item]) -> Thread {
    let is_it = |item: &Item| item.template_id == row.template_id && item.to_version == row.version && !item.follows;
    let is_proposed = items.iter().any(is_it);
    let text = row.content.as_ref().and_then(|content| content.messages.get(usize::try_from(row.message).ok()?));
    Thread {
        id: ThreadId(row.id),
        quoted: text.map(|message| lines_of(&message.content, row.line, row.last_line)).unwrap_or_default(),
        template: row.key.unwrap_or_default(),
        version: row.version,
        message: row.message,
        line: row.line,
        last_line: row.last_line,
        suggestion: row.suggestion,
        comments: vec![comment],
        resolved_by: row.resolved_by,
        applied_version: row.applied_version,
        is_outdated: !is_proposed,
    }
}
