-- Named sets of values to try a template with. They belong to no version.
create table sample (
    id          blob not null primary key,
    project_id  blob not null references project (id),
    template_id blob not null references template (id),
    name        text not null,
    variables   text not null check (json_valid(variables)),
    -- Bytes of the values.
    size        integer not null,
    created_at  integer not null,
    created_by  text not null,
    updated_at  integer not null,
    updated_by  text not null,
    unique (template_id, name)
) strict;
