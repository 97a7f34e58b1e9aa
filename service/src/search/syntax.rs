//! A query in the engines' own languages. Nothing of what somebody typed goes into them but letters and digits.

use domain::search::{Query, Term};

use crate::db::Db;

/// The query as the engine reads it; empty when there is nothing to look for. For PostgreSQL each phrase follows on a line
/// of its own, as it stands among the words of a template.
pub(crate) fn expression(db: &Db, query: &Query) -> String {
    match db {
        Db::Sqlite { .. } => joined(query, " AND ", fts5),
        Db::Postgres(_) => {
            let phrases = query.terms.iter().filter(|term| term.words.len() > 1).map(phrase);
            std::iter::once(joined(query, " & ", tsquery)).chain(phrases).collect::<Vec<_>>().join("\n")
        }
    }
}

fn joined(query: &Query, and: &str, term: fn(&Term) -> String) -> String {
    query.terms.iter().map(term).collect::<Vec<_>>().join(and)
}

/// `"user nam" *`.
fn fts5(term: &Term) -> String {
    format!("\"{}\"{}", term.words.join(" "), if term.is_prefix { " *" } else { "" })
}

/// `('user' & 'nam':*)`.
fn tsquery(term: &Term) -> String {
    let words: Vec<_> = term.words.iter().map(|word| format!("'{word}'")).collect();
    format!("({}{})", words.join(" & "), if term.is_prefix { ":*" } else { "" })
}

/// ` user nam`, and a space after it when the last word is a whole one.
fn phrase(term: &Term) -> String {
    format!(" {}{}", term.words.join(" "), if term.is_prefix { "" } else { " " })
}

/// The templates of all projects that the expression in `$13` finds, and how well: a smaller `score` is better. What
/// is found in a key counts more than in a name, that more than in tags and the description, and that more than in texts.
///
/// PostgreSQL finds by single words, and looks for phrases in the words of what it found: a `tsvector` keeps 255 places of a
/// word, none of them above 16,383.
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
         from _search_index i, (select cast(part[1] as tsquery) as expression, part[2:] as phrases
                                from (select string_to_array(cast($13 as text), chr(10)) as part) p) q
         where i.document @@ q.expression
           and not exists (select 1 from unnest(q.phrases) phrase where strpos(i.words, phrase) = 0)",
    )
}
