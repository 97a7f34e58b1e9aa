-- Templates, their versions and the labels that point to them; API keys.
create table template (
    id            blob not null primary key,
    project_id    blob not null references project (id),
    key           text not null,
    folder        text not null,
    kind          text not null,
    display_name  text not null,
    description   text not null,
    category      text not null,
    tags          text not null check (json_valid(tags)),
    owner         text not null,
    display_order integer not null,
    review_by     text,
    is_archived integer not null default 0 check (is_archived in (0, 1)),
    latest        integer not null default 0,
    -- Counts every change of the template, its versions and labels.
    revision      integer not null default 1,
    -- Key, name and description, folded for the search.
    search_text   text not null,
    created_at    integer not null,
    created_by    text not null,
    updated_at    integer not null,
    updated_by    text not null,
    unique (project_id, key)
) strict;
create table draft (
    template_id blob not null references template (id),
    user_id     blob not null references "user" (id),
    content     text not null check (json_valid(content)),
    parent      integer not null,
    updated_at  integer not null,
    primary key (template_id, user_id)
) strict;
create table version (
    id             blob not null primary key,
    template_id    blob not null references template (id),
    number         integer not null,
    content        text not null check (json_valid(content)),
    content_hash   text not null,
    parent         integer not null,
    commit_message text not null,
    created_at     integer not null,
    created_by     text not null,
    unique (template_id, number)
) strict;
create table version_dependency (
    version_id    blob not null references version (id),
    -- As written: `key`, `key@3` or `key@label`.
    reference     text not null,
    template_id   blob not null references template (id),
    primary key (version_id, reference)
) strict;
create table label (
    template_id    blob not null references template (id),
    name           text not null,
    version        integer not null,
    effective_hash text not null,
    moved_at       integer not null,
    moved_by       text not null,
    primary key (template_id, name),
    foreign key (template_id, version) references version (template_id, number)
) strict;
create table label_event (
    id             blob not null primary key,
    project_id     blob not null references project (id),
    template_id    blob not null references template (id),
    label          text not null,
    from_version   integer not null,
    to_version     integer not null,
    -- The closure as resolved at the move: template keys and version numbers.
    closure        text not null check (json_valid(closure)),
    effective_hash text not null,
    reason         text not null,
    at             integer not null,
    actor          text not null
) strict;
create index label_event_template on label_event (template_id, label, at);
create table api_key (
    id           blob not null primary key,
    project_id   blob not null references project (id),
    name         text not null,
    environment  text not null constraint api_key_environment_check check (environment in ('development', 'staging', 'production')),
    -- The part of the key that is not secret.
    public_id    text not null unique,
    -- HMAC-SHA-256 of the secret part, with a key that is not in the database.
    secret_hash  blob not null,
    scopes       text not null check (json_valid(scopes)),
    created_at   integer not null,
    created_by   text not null,
    expires_at   integer,
    last_used_at integer,
    revoked_at   integer
) strict;
create index api_key_project on api_key (project_id);
create table idempotency_key (
    project_id   blob not null references project (id),
    actor        text not null,
    key          text not null,
    request_hash blob not null,
    -- Null while the first request is under way.
    status       integer,
    body         blob,
    created_at   integer not null,
    primary key (project_id, actor, key)
) strict;
