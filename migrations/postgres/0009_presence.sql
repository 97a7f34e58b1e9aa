-- The newest version when the draft was begun: a save that follows another one is a conflict.
alter table draft add column onto bigint not null default 0;
update draft set onto = parent;
-- Counts what became of a person's draft of a template: kept, thrown away, made a version. It outlives the draft, so that
-- what arrives late is known to be late.
create table draft_revision (
    template_id uuid not null references template (id),
    user_id     uuid not null references "user" (id),
    revision    bigint not null,
    primary key (template_id, user_id)
);
insert into draft_revision (template_id, user_id, revision) select template_id, user_id, 1 from draft;
-- Who is on a template's pages now: a row for each open page, kept alive by the node that serves it.
create table presence (
    id          uuid not null primary key,
    node        text not null,
    template_id uuid not null references template (id),
    user_id     uuid not null references "user" (id),
    is_editing  boolean not null,
    seen_at     bigint not null
);
