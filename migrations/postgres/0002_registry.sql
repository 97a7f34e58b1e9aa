-- Templates, their versions and the labels that point to them; API keys.
create table template (
    id            uuid not null primary key,
    project_id    uuid not null references project (id),
    key           text not null,
    folder        text not null,
    kind          text not null,
    display_name  text not null,
    description   text not null,
    category      text not null,
    tags          jsonb not null,
    owner         text not null,
    display_order bigint not null,
    review_by     text,
    is_archived boolean not null default false,
    latest        bigint not null default 0,
    -- Counts every change of the template, its versions and labels.
    revision      bigint not null default 1,
    -- Key, name and description, folded for the search.
    search_text   text not null,
    created_at    bigint not null,
    created_by    text not null,
    updated_at    bigint not null,
    updated_by    text not null,
    unique (project_id, key)
);
create table draft (
    template_id uuid not null references template (id),
    user_id     uuid not null references "user" (id),
    content     jsonb not null,
    parent      bigint not null,
    updated_at  bigint not null,
    primary key (template_id, user_id)
);
create table version (
    id             uuid not null primary key,
    template_id    uuid not null references template (id),
    number         bigint not null,
    content        jsonb not null,
    content_hash   text not null,
    parent         bigint not null,
    commit_message text not null,
    created_at     bigint not null,
    created_by     text not null,
    unique (template_id, number)
);
create table version_dependency (
    version_id    uuid not null references version (id),
    -- As written: `key`, `key@3` or `key@label`.
    reference     text not null,
    template_id   uuid not null references template (id),
    primary key (version_id, reference)
);
create table label (
    template_id    uuid not null references template (id),
    name           text not null,
    version        bigint not null,
    effective_hash text not null,
    moved_at       bigint not null,
    moved_by       text not null,
    primary key (template_id, name),
    foreign key (template_id, version) references version (template_id, number)
);
create table label_event (
    id             uuid not null primary key,
    project_id     uuid not null references project (id),
    template_id    uuid not null references template (id),
    label          text not null,
    from_version   bigint not null,
    to_version     bigint not null,
    -- The closure as resolved at the move: template keys and version numbers.
    closure        jsonb not null,
    effective_hash text not null,
    reason         text not null,
    at             bigint not null,
    actor          text not null
);
create index label_event_template on label_event (template_id, label, at);
create table api_key (
    id           uuid not null primary key,
    project_id   uuid not null references project (id),
    name         text not null,
    environment  text not null constraint api_key_environment_check check (environment in ('development', 'staging', 'production')),
    -- The part of the key that is not secret.
    public_id    text not null unique,
    -- HMAC-SHA-256 of the secret part, with a key that is not in the database.
    secret_hash  bytea not null,
    scopes       jsonb not null,
    created_at   bigint not null,
    created_by   text not null,
    expires_at   bigint,
    last_used_at bigint,
    revoked_at   bigint
);
create index api_key_project on api_key (project_id);
create table idempotency_key (
    project_id   uuid not null references project (id),
    actor        text not null,
    key          text not null,
    request_hash bytea not null,
    -- Null while the first request is under way.
    status       bigint,
    body         bytea,
    created_at   bigint not null,
    primary key (project_id, actor, key)
);
