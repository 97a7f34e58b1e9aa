-- The words of each template, for the search; written by the service, which also fills it for templates that are not in it.
create table _search_document (
    id          integer primary key,
    template_id blob not null unique references template (id)
) strict;
-- `rowid` is the document's id. The words come separated by spaces and in lower case, so that every other sign belongs to
-- one; the texts themselves are elsewhere.
create virtual table _search_index using fts5 (
    key, name, tags, description, messages, commits,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
