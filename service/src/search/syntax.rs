//! A query in the engines' own languages. Nothing of what somebody typed goes into them but letters and digits.

use domain::search::{Query, Term};

use crate::db::Db;

/// The query as the engine reads it; empty when there is nothing to look for.
pub(crate) fn expression(db: &Db, query: &Query) -> String {
    match db {
        Db::Sqlite { .. } => joined(query, " AND ", fts5),
        Db::Postgres(_) => joined(query, " & ", tsquery),
    }
}

fn joined(query: &Query, and: &str, term: fn(&Term) -> String) -> String {
    query.terms.iter().map(term).collect::<Vec<_>>().join(and)
}

/// `"user nam" *`.
fn fts5(term: &Term) -> String {
    format!("\"{}\"{}", term.words.join(" "), if term.is_prefix { " *" } else { "" })
}

/// `('user' <-> 'nam':*)`.
fn tsquery(term: &Term) -> String {
    let words: Vec<_> = term.words.iter().map(|word| format!("'{word}'")).collect();
    format!("({}{})", words.join(" <-> "), if term.is_prefix { ":*" } else { "" })
}

/// The templates of all projects that the expression in `$13` finds, and how well: a smaller `score` is better. What
/// is found in a key counts more than in a name, that more than in tags and the description, and that more than in texts.
pub(crate) fn matching(db: &Db, expression: &str) -> &'static str {
    if expression.is_empty() {
        return "select id as template_id, cast(0 as double precision) as score from template where $13 <> ''";
    }
    db.pick(
        "select d.template_id, i.score from
           (select rowid as id, bm25(_search_index, 100000.0, 3000.0, 100.0, 100.0, 1.0, 1.0) as score
            from _search_index where _search_index match $13) i
         join _search_document d on d.id = i.id",
        "select i.template_id, -ts_rank('{0.02, 0.1, 0.4, 1.0}', i.document, q.expression) as score
         from _search_index i, (select cast(cast($13 as text) as tsquery) as expression) q
         where i.document @@ q.expression",
    )
}
