-- People and projects. Times are Unix milliseconds, ids are UUIDv7.
create table project (
    id         blob not null primary key,
    key        text not null unique,
    name       text not null,
    -- Counts every change of what is served; nodes poll it.
    revision   integer not null default 0,
    created_at integer not null
) strict;
create table "user" (
    id            blob not null primary key,
    email         text not null unique,
    name          text not null,
    password_hash text not null,
    created_at    integer not null,
    last_login_at integer
) strict;
create table membership (
    project_id  blob not null references project (id),
    user_id     blob not null references "user" (id),
    role        text not null constraint membership_role_check check (role in ('super_admin', 'content_manager', 'prompt_engineer', 'analyst', 'viewer')),
    is_disabled integer not null default 0 check (is_disabled in (0, 1)),
    created_at  integer not null,
    primary key (project_id, user_id)
) strict;
create index membership_user on membership (user_id);
create table session (
    id           blob not null primary key,
    -- SHA-256 of the cookie's id: the table alone opens no session.
    token_hash   blob not null unique,
    user_id      blob not null references "user" (id),
    data         blob not null,
    user_agent   text not null,
    created_at   integer not null,
    last_seen_at integer not null,
    expires_at   integer not null
) strict;
create index session_of_user on session (user_id);
create table setup_link (
    token_hash blob not null primary key,
    created_at integer not null,
    expires_at integer not null,
    used_at    integer
) strict;
create table audit_event (
    id         blob not null primary key,
    project_id blob not null references project (id),
    sequence   integer not null,
    at         integer not null,
    actor      text not null,
    action     text not null,
    object     text not null,
    before     text not null check (json_valid(before)),
    after      text not null check (json_valid(after)),
    request_id text not null,
    -- HMAC over the event and the hash before it, with a key that is not in the database.
    prev_hash  blob not null,
    hash       blob not null,
    unique (project_id, sequence)
) strict;
create table setting (
    key   text not null primary key,
    value text not null check (json_valid(value))
) strict;
insert into project (id, key, name, created_at) values (x'00000000000070008000000000000001', 'default', 'Default', 0);
