-- Conversations about lines of what a change request proposes.
create table review_comment (
    id              blob not null primary key,
    change_id       blob not null references change_request (id),
    -- The comment that began the conversation; its own id for that one.
    thread_id       blob not null references review_comment (id),
    -- Where: of the comment that began it alone.
    template_id     blob references template (id),
    version         integer not null default 0,
    message         integer not null default 0,
    line            integer not null default 0,
    last_line       integer not null default 0,
    -- What to write in place of these lines; null for a mere comment.
    suggestion      text,
    body            text not null,
    author          text not null,
    at              integer not null,
    resolved_by     text,
    resolved_at     integer,
    -- The version that the suggestion became.
    applied_version integer
) strict;
create index review_comment_change on review_comment (change_id, id);
