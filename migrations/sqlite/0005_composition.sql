-- What a label serves is resolved when it moves: what each reference stood for, and the text made of it.
alter table label add column closure text not null default '[]' check (json_valid(closure));
-- The composed content; null when it is the version's own.
alter table label add column composed text check (json_valid(composed));
create index version_dependency_template on version_dependency (template_id);
