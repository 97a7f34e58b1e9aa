//! What a database holds, to tell that something was not written. The tests of `server` include this file, too.

use std::collections::BTreeMap;

use service::db::Db;
use service::db::error::Result;

/// Columns that a mere look may change.
const SEEN: [&str; 3] = ["last_seen_at", "last_used_at", "last_login_at"];

/// Each table by its name, with all of its rows.
pub type Tables = Vec<(String, String)>;

/// Every row of every table, but for when something was last seen.
pub async fn written(db: &Db) -> Result<Tables> {
    let columns: Vec<(String, String)> = db
        .all(
            db.pick(
                "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c
                 where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid",
                "select table_name::text, column_name::text from information_schema.columns c
                 where table_schema = 'public' and exists (select 1 from pg_tables t
                   where t.schemaname = 'public' and t.tablename = c.table_name)
                 order by table_name, ordinal_position",
            ),
            (),
        )
        .await?;
    let mut tables = BTreeMap::<&str, Vec<String>>::new();
    for (table, column) in columns.iter().filter(|(_, column)| !SEEN.contains(&column.as_str())) {
        let text = db.pick("quote", "quote_nullable");
        tables.entry(table).or_default().push(format!("{text}(\"{column}\")"));
    }
    let rows = |(table, columns): (&&str, &Vec<String>)| {
        let (row, all) = (columns.join(" || ',' || "), db.pick("group_concat(row, ';')", "string_agg(row, ';')"));
        format!(
            "select '{table}', coalesce((select {all} from (select {row} as row from \"{table}\" order by 1) r), '')"
        )
    };
    let sql = tables.iter().map(rows).collect::<Vec<_>>().join(" union all ");
    db.all(cached(sql), ()).await
}

/// The names of the tables that changed since.
pub fn changed<'t>(before: &'t Tables, after: &Tables) -> Vec<&'t str> {
    before.iter().zip(after).filter(|(b, a)| b != a).map(|(b, _)| b.0.as_str()).collect()
}

/// A statement that is made in a test, kept for good: there are few of them.
fn cached(sql: String) -> &'static str {
    static KNOWN: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = known.iter().find(|k| **k == sql) {
        return found;
    }
    known.push(sql.leak());
    known[known.len() - 1]
}
