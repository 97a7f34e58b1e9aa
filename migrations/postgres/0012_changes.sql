-- Policies of labels, and the change requests that move what they protect.
create table label_policy (
    project_id uuid not null references project (id),
    label      text not null,
    -- Null once it is protected no more.
    policy     jsonb,
    -- Counts the changes.
    revision   bigint not null,
    updated_at bigint not null,
    updated_by text not null,
    primary key (project_id, label)
);
create table change_request (
    id              uuid not null primary key,
    project_id      uuid not null references project (id),
    number          bigint not null,
    title           text not null,
    description     text not null,
    status          text not null constraint change_request_status_check check
        (status in ('in_review', 'changes_requested', 'approved', 'scheduled', 'published', 'withdrawn', 'superseded')),
    -- Counts what was proposed; approvals are of one round.
    round           bigint not null,
    -- Counts every change of the change request.
    revision        bigint not null,
    author          text not null,
    -- Ids of those whose approval would be of their own work.
    authors         jsonb not null,
    opened_at       bigint not null,
    updated_at      bigint not null,
    publish_at      bigint,
    decided_at      bigint,
    decided_by      text,
    decision_reason text not null default '',
    is_bypass       boolean not null default false,
    -- The number of the change request that took its place.
    superseded_by   bigint,
    constraint change_request_number_key unique (project_id, number)
);
create index change_request_status on change_request (project_id, status, number);
create index change_request_due on change_request (publish_at) where status = 'scheduled';
create table change_item (
    change_id      uuid not null references change_request (id),
    position       bigint not null,
    label          text not null,
    -- Null where the item changes the label's policy.
    template_id    uuid references template (id),
    from_version   bigint not null default 0,
    -- What the label served when this was proposed.
    from_hash      text not null default '',
    to_version     bigint not null default 0,
    -- What it is to serve.
    effective_hash text not null default '',
    -- Moved along with what it is made of.
    follows        boolean not null default false,
    -- The move of the label that is to be restored exactly.
    restores       uuid references label_event (id),
    policy_before  jsonb,
    policy_after   jsonb,
    primary key (change_id, position)
);
create index change_item_template on change_item (template_id, label);
create table change_reviewer (
    change_id uuid not null references change_request (id),
    user_id   uuid not null references "user" (id),
    primary key (change_id, user_id)
);
create table review (
    id        uuid not null primary key,
    change_id uuid not null references change_request (id),
    round     bigint not null,
    -- The change request's when it was said: their order, whichever node's clock is ahead.
    revision  bigint not null,
    -- Null of an API key, which only comments.
    user_id   uuid references "user" (id),
    reviewer  text not null,
    verdict   text not null constraint review_verdict_check check (verdict in ('comment', 'approve', 'request_changes')),
    body      text not null,
    -- The one member who may approve approved their own work.
    is_own    boolean not null,
    at        bigint not null
);
create index review_change on review (change_id, revision);
-- Which person stands behind a version or key: nobody approves their own work, whatever it was written with.
alter table api_key add column owner_id uuid references "user" (id);
update api_key set owner_id = (select u.id from "user" u where u.email = api_key.created_by);
alter table version add column author_id uuid references "user" (id);
update version set author_id = (select u.id from "user" u where u.email = version.created_by);
-- The change request that moved the label; null where it needed none.
alter table label_event add column change_number bigint;
