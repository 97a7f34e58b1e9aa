-- The rules of lint that a project has switched off; no row while all are on.
create table lint_setting (
    project_id blob not null primary key references project (id),
    -- Ids of rules, sorted.
    off        text not null check (json_valid(off)),
    -- Counts the changes.
    revision   integer not null,
    updated_at integer not null,
    updated_by text not null
) strict;
-- The score at save, by the rules that were on then; null until it is counted for versions from before.
alter table version add column lint_score integer;
create index version_unscored on version (id) where lint_score is null;
-- What happened to a template, newest first.
create index version_time on version (template_id, created_at, number);
create index label_event_time on label_event (template_id, at, id);
