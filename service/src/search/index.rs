//! The index: the words of each template, written in the transaction of what changes them.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use domain::search::words;
use domain::version::VersionContent;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::error::Result;
use crate::db::{Db, Tx};

/// The words of a template's messages that are indexed, and of its commit messages: more than PostgreSQL takes of one
/// document would make a save fail.
const MAX_TEXT_WORDS: usize = 50_000;
const MAX_COMMIT_WORDS: usize = 8_000;
/// The newest versions whose commit messages are indexed.
pub(super) const MAX_COMMITS: i64 = 500;
/// Stands between two texts of a kind, so that no phrase goes over their border.
const BORDER: &str = "\u{e000}";

/// What a template says: its parts in the order of the index's columns, each of several texts.
struct Document([Vec<String>; 6]);

/// Indexes the template as it is now, in the transaction of the change.
pub(crate) async fn write(tx: &mut Tx, template: Uuid) -> Result<()> {
    let document = read(tx, template).await?;
    match tx {
        Tx::Sqlite(_) => put_sqlite(tx, template, document.columns()).await,
        Tx::Postgres(_) => put_postgres(tx, template, &document.columns()).await,
    }
}

async fn put_sqlite(tx: &mut Tx, template: Uuid, columns: [Vec<String>; 6]) -> Result<()> {
    tx.exec("insert into _search_document (template_id) values ($1) on conflict do nothing", (template,)).await?;
    let id: i64 = tx.scalar("select id from _search_document where template_id = $1", (template,)).await?;
    tx.exec("delete from _search_index where rowid = $1", (id,)).await?;
    let [key, name, tags, description, messages, commits] = columns.map(|words| words.join(" "));
    tx.exec(
        "insert into _search_index (rowid, key, name, tags, description, messages, commits)
         values ($1, $2, $3, $4, $5, $6, $7)",
        (id, key, name, tags, description, messages, commits),
    )
    .await?;
    Ok(())
}

async fn put_postgres(tx: &mut Tx, template: Uuid, columns: &[Vec<String>; 6]) -> Result<()> {
    tx.exec(
        "insert into _search_index (template_id, document) values ($1, cast(cast($2 as text) as tsvector))
         on conflict (template_id) do update set document = excluded.document",
        (template, tsvector(columns)),
    )
    .await?;
    Ok(())
}

/// The words with their places and weights, written as PostgreSQL reads a `tsvector`: its own parser would split texts in
/// a way that depends on the database's locale.
fn tsvector(columns: &[Vec<String>; 6]) -> String {
    const WEIGHTS: [&str; 6] = ["A", "B", "C", "C", "D", "D"];
    /// PostgreSQL keeps no more places of a word.
    const MAX_PLACES: usize = 255;
    let mut places = BTreeMap::<&str, Vec<(usize, &str)>>::new();
    let mut place = 0;
    for (words, weight) in columns.iter().zip(WEIGHTS) {
        for word in words {
            place += 1;
            if word != BORDER {
                places.entry(word).or_default().push((place, weight));
            }
        }
        // A gap, as a phrase must not go over the border.
        place += 1;
    }
    let mut text = String::new();
    for (word, places) in places {
        let _ = write!(text, "'{word}'");
        for (i, (place, weight)) in places.into_iter().take(MAX_PLACES).enumerate() {
            let _ = write!(text, "{}{place}{weight}", if i == 0 { ':' } else { ',' });
        }
        text.push(' ');
    }
    text
}

impl Document {
    /// The words of each column, borders between its texts.
    fn columns(self) -> [Vec<String>; 6] {
        const LIMITS: [usize; 6] = [usize::MAX, usize::MAX, usize::MAX, usize::MAX, MAX_TEXT_WORDS, MAX_COMMIT_WORDS];
        let mut limits = LIMITS.into_iter();
        self.0.map(|texts| {
            let mut all = Vec::new();
            for text in texts {
                if !all.is_empty() {
                    all.push(BORDER.to_owned());
                }
                all.extend(words(&text).into_iter().map(|word| word.text));
            }
            all.truncate(limits.next().unwrap_or_default());
            all
        })
    }
}

async fn read(tx: &mut Tx, template: Uuid) -> Result<Document> {
    let (key, name, description, Json(tags)): (String, String, String, Json<Vec<String>>) =
        tx.one("select key, display_name, description, tags from template where id = $1", (template,)).await?;
    let contents: Vec<(i64, Json<VersionContent>)> = tx
        .all(
            "select cast(0 as bigint) as place, v.content from template t
             join version v on v.template_id = t.id and v.number = t.latest where t.id = $1
             union all
             select 1, coalesce(l.composed, v.content) from label l
             join version v on v.template_id = l.template_id and v.number = l.version where l.template_id = $1
             order by place",
            (template,),
        )
        .await?;
    let commits: Vec<(String,)> = tx
        .all(
            "select commit_message from version where template_id = $1 order by number desc limit $2",
            (template, MAX_COMMITS),
        )
        .await?;
    let mut seen = HashSet::new();
    let messages = contents.into_iter().flat_map(|(_, content)| content.0.messages).map(|message| message.content);
    let messages = messages.filter(|text| seen.insert(text.clone())).collect();
    let commits = commits.into_iter().map(|(text,)| text).filter(|text| !text.is_empty()).collect();
    Ok(Document([vec![key], vec![name], tags, vec![description], messages, commits]))
}

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
