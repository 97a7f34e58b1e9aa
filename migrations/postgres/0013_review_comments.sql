-- Conversations about lines of what a change request proposes.
create table review_comment (
    id              uuid not null primary key,
    change_id       uuid not null references change_request (id),
    -- The comment that began the conversation; its own id for that one.
    thread_id       uuid not null references review_comment (id),
    -- Where: of the comment that began it alone.
    template_id     uuid references template (id),
    version         bigint not null default 0,
    message         bigint not null default 0,
    line            bigint not null default 0,
    last_line       bigint not null default 0,
    -- What to write in place of these lines; null for a mere comment.
    suggestion      text,
    body            text not null,
    author          text not null,
    at              bigint not null,
    resolved_by     text,
    resolved_at     bigint,
    -- The version that the suggestion became.
    applied_version bigint
);
create index review_comment_change on review_comment (change_id, id);
