-- Phrases are looked for in the words themselves: a `tsvector` keeps too few places of long texts. Emptied, as the service
-- fills it for templates that are not in it.
delete from _search_index;
alter table _search_index add column words text not null;
-- Counts the changes of a set's values, so that no change is lost over another.
alter table sample add column revision bigint not null default 1;
-- The sums of a version's hours, kept with them, so that its figures are read without walking through the hours of all time.
create table rollup_version (
    project_id     uuid not null,
    template_id    uuid not null,
    version        bigint not null,
    environment    text not null,
    status         text not null,
    -- The node that writes the row, as in `rollup_hour`.
    node           text not null,
    executions     bigint not null,
    results        bigint not null,
    input_tokens   bigint not null,
    output_tokens  bigint not null,
    cost_nanos     bigint not null,
    -- The first and the last hour with executions.
    first_hour     bigint not null,
    last_hour      bigint not null,
    -- As in `rollup_hour`; null until a job has put the sketches of the hours before this migration together.
    latency_sketch bytea,
    primary key (template_id, version, environment, status, node)
);
insert into rollup_version
select project_id, template_id, version, environment, status, node, sum(executions), sum(results), sum(input_tokens),
  sum(output_tokens), sum(cost_nanos), min(bucket), max(bucket), case when sum(latency_count) > 0 then null else cast('' as bytea) end
from rollup_hour group by project_id, template_id, version, environment, status, node;
create index rollup_version_unfilled on rollup_version (template_id) where latency_sketch is null;
-- The executions of the last days.
drop index rollup_hour_version;
create index rollup_hour_version on rollup_hour (template_id, version, bucket);
