//! The two folders of migrations make the same schema.

use std::collections::BTreeSet;

use crate::common::Home;

/// Version and name of each file.
fn files(engine: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// SQLite has four types; what else there is on PostgreSQL stands in a check of the table.
fn sqlite_type(declared: &str, column: &str, table: &str) -> &'static str {
    let is_checked = |check: String| table.contains(&check);
    match declared {
        "INTEGER" if is_checked(format!("check ({column} in (0, 1))")) => "boolean",
        "INTEGER" => "number",
        "TEXT" if is_checked(format!("check (json_valid({column}))")) => "json",
        "TEXT" => "text",
        "BLOB" => "bytes",
        other => panic!("{column} is of another type: {other}"),
    }
}
fn postgres_type(declared: &str, column: &str) -> &'static str {
    match declared {
        "boolean" => "boolean",
        "bigint" => "number",
        "jsonb" => "json",
        "text" => "text",
        "uuid" | "bytea" => "bytes",
        other => panic!("{column} is of another type: {other}"),
    }
}

/// Each column as `table.column type`, and whether it may be null.
async fn columns(home: &Home) -> BTreeSet<String> {
    let sql = home.db().pick(
        "select m.name, c.name, not (c.\"notnull\" = 1 or c.pk > 0), upper(c.type), m.sql from sqlite_master m
         join pragma_table_info(m.name) c on true
         where m.type = 'table' and m.name not like '\\_%' escape '\\' and m.name not like 'sqlite%'",
        "select c.relname::text, a.attname::text, not a.attnotnull, format_type(a.atttypid, null), '' from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and c.relname not like '\\_%'",
    );
    let rows: Vec<(String, String, bool, String, String)> = home.db().all(sql, ()).await.unwrap();
    let line = |(table, column, nullable, declared, sql): (String, String, bool, String, String)| {
        let kind =
            if home.is_sqlite() { sqlite_type(&declared, &column, &sql) } else { postgres_type(&declared, &column) };
        format!("{table}.{column} {kind}{}", if nullable { " or null" } else { "" })
    };
    rows.into_iter().map(line).collect()
}

async fn names(home: &Home, sqlite: &'static str, postgres: &'static str) -> Vec<String> {
    let rows: Vec<(String,)> = home.db().all(home.db().pick(sqlite, postgres), ()).await.unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

#[test]
fn both_folders_hold_the_same_versions_and_names() {
    assert_eq!(files("sqlite"), files("postgres"));
    assert!(files("sqlite").len() >= 3);
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_types_and_nullability() {
    let sqlite = Home::sqlite().await;
    let ours = columns(&sqlite).await;
    for some in ["id bytes", "review_by text or null", "tags json", "is_archived boolean", "latest number"] {
        assert!(ours.contains(&format!("template.{some}")), "{some}: {ours:#?}");
    }
    let Some(postgres) = Home::postgres().await else { return };
    let theirs = columns(&postgres).await;
    assert_eq!(ours.symmetric_difference(&theirs).collect::<Vec<_>>(), Vec::<&String>::new());
    postgres.close().await;
}

#[tokio::test]
async fn both_engines_have_the_same_views_and_each_can_be_read() {
    let sqlite_sql = "select name from sqlite_master where type = 'view' order by name";
    let postgres_sql =
        "select viewname::text from pg_views where schemaname = 'public' order by viewname collate \"C\"";
    let sqlite = Home::sqlite().await;
    let views = names(&sqlite, sqlite_sql, postgres_sql).await;
    assert_eq!(views, ["v_audit_event", "v_execution"]);
    let Some(postgres) = Home::postgres().await else { return };
    assert_eq!(views, names(&postgres, sqlite_sql, postgres_sql).await);
    for home in [&sqlite, &postgres] {
        assert_eq!((home.count("v_audit_event").await, home.count("v_execution").await), (0, 0));
    }
    postgres.close().await;
}

/// SQLite has no names for its constraints, so the layer builds what PostgreSQL would call them: nothing may be cut.
#[tokio::test]
async fn names_of_constraints_are_not_cut() {
    let Some(home) = Home::postgres().await else { return };
    let sql = "select conname::text from pg_constraint where connamespace = 'public'::regnamespace";
    let constraints = names(&home, "", sql).await;
    assert!(constraints.contains(&"template_project_id_key_key".to_owned()), "{constraints:?}");
    let sql = "select indexname::text from pg_indexes where schemaname = 'public'";
    for name in constraints.iter().chain(&names(&home, "", sql).await) {
        assert!(name.len() < 63, "{name} has {} bytes, of which PostgreSQL keeps 63", name.len());
    }
    home.close().await;
}

#[tokio::test]
async fn both_engines_have_the_same_foreign_keys() {
    let sqlite_sql =
        "select m.name || '(' || group_concat(f.\"from\", ', ' order by f.seq) || ') ' || f.\"table\" || '('
           || group_concat(f.\"to\", ', ' order by f.seq) || ') ' || lower(f.on_delete) from sqlite_master m
         join pragma_foreign_key_list(m.name) f on true
         where m.type = 'table' and m.name not like '\\_%' escape '\\' group by m.name, f.id";
    let postgres_sql = "select r.relname || '(' || (select string_agg(a.attname, ', ' order by k.place)
           from unnest(c.conkey) with ordinality k (number, place)
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) || ') ' || o.relname || '('
           || (select string_agg(a.attname, ', ' order by k.place)
           from unnest(c.confkey) with ordinality k (number, place)
           join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number) || ') '
           || case c.confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
              when 'n' then 'set null' else 'set default' end
         from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_class o on o.oid = c.confrelid
         where c.contype = 'f' and c.connamespace = 'public'::regnamespace and not r.relispartition
           and r.relname not like '\\_%'";
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let sqlite = sorted(names(&Home::sqlite().await, sqlite_sql, postgres_sql).await);
    let pair = "label(template_id, version) version(template_id, number) no action".to_owned();
    assert!(sqlite.len() >= 15 && sqlite.contains(&pair), "{sqlite:#?}");
    let Some(home) = Home::postgres().await else { return };
    assert_eq!(sqlite, sorted(names(&home, sqlite_sql, postgres_sql).await));
    home.close().await;
}

/// A constraint that services turn into an error of their own is called the same on both engines.
#[tokio::test]
async fn unique_constraints_cover_the_same_columns() {
    let sqlite_sql = "select m.name || '(' || (select group_concat(name, ', ') from
           (select name from pragma_index_info(i.name) order by seqno)) || ')' from sqlite_master m
         join pragma_index_list(m.name) i on i.\"unique\" = 1
         where m.type = 'table' and m.name not like '\\_%' escape '\\' order by 1";
    let postgres_sql = "select r.relname || '(' || (select string_agg(a.attname, ', ' order by k.place)
           from unnest(c.conkey) with ordinality k (number, place)
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) || ')'
         from pg_constraint c join pg_class r on r.oid = c.conrelid
         where c.contype in ('p', 'u') and c.connamespace = 'public'::regnamespace and not r.relispartition
           and r.relname not like '\\_%' order by 1";
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.dedup();
        names
    };
    let sqlite = sorted(names(&Home::sqlite().await, sqlite_sql, postgres_sql).await);
    assert!(sqlite.contains(&"version(template_id, number)".to_owned()), "{sqlite:?}");
    let Some(home) = Home::postgres().await else { return };
    assert_eq!(sqlite, sorted(names(&home, sqlite_sql, postgres_sql).await));
    home.close().await;
}
