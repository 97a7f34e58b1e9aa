//! The index: the words of each template, written in the transaction of what changes them.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use domain::version::VersionContent;
use sqlx::types::Json;
use uuid::Uuid;

use super::column::{BORDER, Column, MAX_PLACES};
use crate::db::error::Result;
use crate::db::{Db, Tx};

/// The newest versions whose commit messages are indexed.
pub(super) const MAX_COMMITS: i64 = 500;
/// The labels whose texts are indexed: the environments, then those that moved last.
pub(super) const MAX_LABELS: i64 = 20;
/// What the columns may take of a `tsvector`, in its bytes. It holds 1,048,575, and the fields of a template are short;
/// commit messages have a share of their own, so that long texts leave them room.
const MAX_MESSAGES: usize = 800_000;
const MAX_COMMIT_MESSAGES: usize = 150_000;
const MAX_FIELD: usize = 30_000;

/// What a template says: its words in the order of the index's columns, which are key, name, tags, description, messages
/// and commit messages.
type Columns = [Column; 6];

/// Indexes the template as it is now, in the transaction of the change.
pub(crate) async fn write(tx: &mut Tx, template: Uuid) -> Result<()> {
    let columns = read(tx, template).await?;
    match tx {
        Tx::Sqlite(_) => put_sqlite(tx, template, columns).await,
        Tx::Postgres(_) => put_postgres(tx, template, &columns).await,
    }
}

async fn put_sqlite(tx: &mut Tx, template: Uuid, columns: Columns) -> Result<()> {
    tx.exec("insert into _search_document (template_id) values ($1) on conflict do nothing", (template,)).await?;
    let id: i64 = tx.scalar("select id from _search_document where template_id = $1", (template,)).await?;
    tx.exec("delete from _search_index where rowid = $1", (id,)).await?;
    let [key, name, tags, description, messages, commits] = columns.map(Column::into_words);
    tx.exec(
        "insert into _search_index (rowid, key, name, tags, description, messages, commits)
         values ($1, $2, $3, $4, $5, $6, $7)",
        (id, key, name, tags, description, messages, commits),
    )
    .await?;
    Ok(())
}

async fn put_postgres(tx: &mut Tx, template: Uuid, columns: &Columns) -> Result<()> {
    tx.exec(
        "insert into _search_index (template_id, document, words) values ($1, cast(cast($2 as text) as tsvector), $3)
         on conflict (template_id) do update set document = excluded.document, words = excluded.words",
        (template, tsvector(columns), in_one(columns)),
    )
    .await?;
    Ok(())
}

/// The words with their places and weights, written as PostgreSQL reads a `tsvector`: its own parser would split texts in
/// a way that depends on the database's locale.
fn tsvector(columns: &Columns) -> String {
    const WEIGHTS: [&str; 6] = ["A", "B", "C", "C", "D", "D"];
    let mut places = BTreeMap::<&str, Vec<(usize, &str)>>::new();
    let mut place = 0;
    for (column, weight) in columns.iter().zip(WEIGHTS) {
        for word in column.words() {
            place += 1;
            let known = if word == BORDER { continue } else { places.entry(word).or_default() };
            if known.len() < MAX_PLACES {
                known.push((place, weight));
            }
        }
        place += 1;
    }
    let mut text = String::new();
    for (word, places) in places {
        let _ = write!(text, "'{word}'");
        for (i, (place, weight)) in places.into_iter().enumerate() {
            let _ = write!(text, "{}{place}{weight}", if i == 0 { ':' } else { ',' });
        }
        text.push(' ');
    }
    text
}

/// All words between single spaces, in which phrases are looked for: a `tsvector` keeps too few places for that.
fn in_one(columns: &Columns) -> String {
    let mut all = String::from(" ");
    for word in columns.iter().flat_map(|column| column.words().chain([BORDER])) {
        all.push_str(word);
        all.push(' ');
    }
    all
}

async fn read(tx: &mut Tx, template: Uuid) -> Result<Columns> {
    let (key, name, description, Json(tags)): (String, String, String, Json<Vec<String>>) =
        tx.one("select key, display_name, description, tags from template where id = $1", (template,)).await?;
    let commits: Vec<(String,)> = tx
        .all(
            "select commit_message from version where template_id = $1 and commit_message <> ''
             order by number desc limit $2",
            (template, MAX_COMMITS),
        )
        .await?;
    Ok([
        Column::of(MAX_FIELD, [key]),
        Column::of(MAX_FIELD, [name]),
        Column::of(MAX_FIELD, tags),
        Column::of(MAX_FIELD, [description]),
        messages(tx, template).await?,
        Column::of(MAX_COMMIT_MESSAGES, commits.into_iter().map(|(text,)| text)),
    ])
}

/// The messages of the latest version and of what labels serve, each text once, read one content after the other.
async fn messages(tx: &mut Tx, template: Uuid) -> Result<Column> {
    let (mut column, mut seen) = (Column::of(MAX_MESSAGES, []), HashSet::new());
    let latest = "select v.content from template t join version v on v.template_id = t.id and v.number = t.latest
                  where t.id = $1";
    let content: Option<(Json<VersionContent>,)> = tx.opt(latest, (template,)).await?;
    add(&mut column, &mut seen, content);
    for (label,) in labels(tx, template).await? {
        if column.is_full() {
            break;
        }
        let served = "select coalesce(l.composed, v.content) from label l
                      join version v on v.template_id = l.template_id and v.number = l.version
                      where l.template_id = $1 and l.name = $2";
        let content = tx.opt(served, (template, label)).await?;
        add(&mut column, &mut seen, content);
    }
    Ok(column)
}

fn add(column: &mut Column, seen: &mut HashSet<String>, content: Option<(Json<VersionContent>,)>) {
    for message in content.into_iter().flat_map(|(content,)| content.0.messages) {
        if !column.is_full() && !seen.contains(&message.content) {
            column.add(&message.content);
            seen.insert(message.content);
        }
    }
}

/// One label of each text that labels serve.
async fn labels(tx: &mut Tx, template: Uuid) -> Result<Vec<(String,)>> {
    let mut served: Vec<(String, String)> = tx.all(LABELS, (template, MAX_LABELS)).await?;
    let mut seen = HashSet::new();
    served.retain(|(_, hash)| seen.insert(hash.clone()));
    Ok(served.into_iter().map(|(name, _)| (name,)).collect())
}

const LABELS: &str = "select name, effective_hash from label where template_id = $1
    order by case when name in ('production', 'staging', 'development') then 0 else 1 end, moved_at desc, name limit $2";

/// Indexes the templates that are not in the index: all there are, after the migration that made it or one that emptied it.
pub(crate) async fn fill(db: &Db) -> Result<()> {
    let sql = db.pick(
        "select id from template t where not exists (select 1 from _search_document d where d.template_id = t.id)",
        "select id from template t where not exists (select 1 from _search_index i where i.template_id = t.id)",
    );
    let missing: Vec<(Uuid,)> = db.all(sql, ()).await?;
    for (template,) in missing {
        let mut tx = db.begin().await?;
        // Locked, so that no change of another node comes between reading and writing.
        let lock = db.pick(
            "select latest from template where id = $1",
            "select latest from template where id = $1 for no key update",
        );
        tx.scalar::<i64>(lock, (template,)).await?;
        write(&mut tx, template).await?;
        tx.commit().await?;
    }
    Ok(())
}
