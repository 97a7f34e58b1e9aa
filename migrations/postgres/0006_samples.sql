-- Named sets of values to try a template with. They belong to no version.
create table sample (
    id          uuid not null primary key,
    project_id  uuid not null references project (id),
    template_id uuid not null references template (id),
    name        text collate "C" not null,
    variables   jsonb not null,
    -- Bytes of the values.
    size        bigint not null,
    created_at  bigint not null,
    created_by  text not null,
    updated_at  bigint not null,
    updated_by  text not null,
    unique (template_id, name)
);
