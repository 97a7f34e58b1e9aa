-- The words of each template, for the search; written by the service, which also fills it for templates that are not in it.
create table _search_index (
    template_id uuid not null primary key references template (id),
    document    tsvector not null
);
create index _search_index_document on _search_index using gin (document);
