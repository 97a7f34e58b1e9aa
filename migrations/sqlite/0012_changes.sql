-- Policies of labels, and the change requests that move what they protect.
create table label_policy (
    project_id blob not null references project (id),
    label      text not null,
    -- Null once it is protected no more.
    policy     text check (json_valid(policy)),
    -- Counts the changes.
    revision   integer not null,
    updated_at integer not null,
    updated_by text not null,
    primary key (project_id, label)
) strict;
create table change_request (
    id              blob not null primary key,
    project_id      blob not null references project (id),
    number          integer not null,
    title           text not null,
    description     text not null,
    status          text not null constraint change_request_status_check check
        (status in ('in_review', 'changes_requested', 'approved', 'scheduled', 'published', 'withdrawn', 'superseded')),
    -- Counts what was proposed; approvals are of one round.
    round           integer not null,
    -- Counts every change of the change request.
    revision        integer not null,
    author          text not null,
    -- Ids of those whose approval would be of their own work.
    authors         text not null check (json_valid(authors)),
    opened_at       integer not null,
    updated_at      integer not null,
    publish_at      integer,
    decided_at      integer,
    decided_by      text,
    decision_reason text not null default '',
    is_bypass       integer not null default 0 check (is_bypass in (0, 1)),
    -- The number of the change request that took its place.
    superseded_by   integer,
    constraint change_request_number_key unique (project_id, number)
) strict;
create index change_request_status on change_request (project_id, status, number);
create index change_request_due on change_request (publish_at) where status = 'scheduled';
create table change_item (
    change_id      blob not null references change_request (id),
    position       integer not null,
    label          text not null,
    -- Null where the item changes the label's policy.
    template_id    blob references template (id),
    from_version   integer not null default 0,
    -- What the label served when this was proposed.
    from_hash      text not null default '',
    to_version     integer not null default 0,
    -- What it is to serve.
    effective_hash text not null default '',
    -- Moved along with what it is made of.
    follows        integer not null default 0 check (follows in (0, 1)),
    -- The move of the label that is to be restored exactly.
    restores       blob references label_event (id),
    policy_before  text check (json_valid(policy_before)),
    policy_after   text check (json_valid(policy_after)),
    primary key (change_id, position)
) strict;
create index change_item_template on change_item (template_id, label);
create table change_reviewer (
    change_id blob not null references change_request (id),
    user_id   blob not null references "user" (id),
    primary key (change_id, user_id)
) strict;
create table review (
    id        blob not null primary key,
    change_id blob not null references change_request (id),
    round     integer not null,
    -- The change request's when it was said: their order, whichever node's clock is ahead.
    revision  integer not null,
    -- Null of an API key, which only comments.
    user_id   blob references "user" (id),
    reviewer  text not null,
    verdict   text not null constraint review_verdict_check check (verdict in ('comment', 'approve', 'request_changes')),
    body      text not null,
    -- The one member who may approve approved their own work.
    is_own    integer not null check (is_own in (0, 1)),
    at        integer not null
) strict;
create index review_change on review (change_id, revision);
-- Which person stands behind a version or key: nobody approves their own work, whatever it was written with.
alter table api_key add column owner_id blob references "user" (id);
update api_key set owner_id = (select u.id from "user" u where u.email = api_key.created_by);
alter table version add column author_id blob references "user" (id);
update version set author_id = (select u.id from "user" u where u.email = version.created_by);
-- The change request that moved the label; null where it needed none.
alter table label_event add column change_number integer;
