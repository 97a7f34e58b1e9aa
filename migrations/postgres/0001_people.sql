-- People and projects. Times are Unix milliseconds, ids are UUIDv7.
create table project (
    id         uuid not null primary key,
    key        text not null unique,
    name       text not null,
    -- Counts every change of what is served; nodes poll it.
    revision   bigint not null default 0,
    created_at bigint not null
);
create table "user" (
    id            uuid not null primary key,
    email         text not null unique,
    name          text not null,
    password_hash text not null,
    created_at    bigint not null,
    last_login_at bigint
);
create table membership (
    project_id  uuid not null references project (id),
    user_id     uuid not null references "user" (id),
    role        text not null constraint membership_role_check check (role in ('super_admin', 'content_manager', 'prompt_engineer', 'analyst', 'viewer')),
    is_disabled boolean not null default false,
    created_at  bigint not null,
    primary key (project_id, user_id)
);
create index membership_user on membership (user_id);
create table session (
    id           uuid not null primary key,
    -- SHA-256 of the cookie's id: the table alone opens no session.
    token_hash   bytea not null unique,
    user_id      uuid not null references "user" (id),
    data         bytea not null,
    user_agent   text not null,
    created_at   bigint not null,
    last_seen_at bigint not null,
    expires_at   bigint not null
);
create index session_of_user on session (user_id);
create table setup_link (
    token_hash bytea not null primary key,
    created_at bigint not null,
    expires_at bigint not null,
    used_at    bigint
);
create table audit_event (
    id         uuid not null primary key,
    project_id uuid not null references project (id),
    sequence   bigint not null,
    at         bigint not null,
    actor      text not null,
    action     text not null,
    object     text not null,
    before     jsonb not null,
    after      jsonb not null,
    request_id text not null,
    -- HMAC over the event and the hash before it, with a key that is not in the database.
    prev_hash  bytea not null,
    hash       bytea not null,
    unique (project_id, sequence)
);
create table setting (
    key   text not null primary key,
    value jsonb not null
);
insert into project (id, key, name, created_at) values ('00000000-0000-7000-8000-000000000001', 'default', 'Default', 0);
-- The shape of SQLite's json_each for arrays, so that `in (select atom from json_each($1))` is one text on both engines.
create function json_each(doc jsonb) returns table (key bigint, value jsonb, atom text)
    language sql immutable strict parallel safe
    as $$ select ordinality - 1, e, e #>> '{}' from jsonb_array_elements(doc) with ordinality as t (e, ordinality) $$;
