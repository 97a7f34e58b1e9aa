-- Emptied, as the service fills it for templates that are not in it, within the limits that both engines have now.
delete from _search_index;
delete from _search_document;
-- Counts the changes of a set's values, so that no change is lost over another.
alter table sample add column revision integer not null default 1;
-- The sums of a version's hours, kept with them, so that its figures are read without walking through the hours of all time.
create table rollup_version (
    project_id     blob not null,
    template_id    blob not null,
    version        integer not null,
    environment    text not null,
    status         text not null,
    -- The node that writes the row, as in `rollup_hour`.
    node           text not null,
    executions     integer not null,
    results        integer not null,
    input_tokens   integer not null,
    output_tokens  integer not null,
    cost_nanos     integer not null,
    -- The first and the last hour with executions.
    first_hour     integer not null,
    last_hour      integer not null,
    -- As in `rollup_hour`; null until a job has put the sketches of the hours before this migration together.
    latency_sketch blob,
    primary key (template_id, version, environment, status, node)
) strict;
insert into rollup_version
select project_id, template_id, version, environment, status, node, sum(executions), sum(results), sum(input_tokens),
  sum(output_tokens), sum(cost_nanos), min(bucket), max(bucket), case when sum(latency_count) > 0 then null else x'' end
from rollup_hour group by project_id, template_id, version, environment, status, node;
create index rollup_version_unfilled on rollup_version (template_id) where latency_sketch is null;
-- The executions of the last days.
drop index rollup_hour_version;
create index rollup_hour_version on rollup_hour (template_id, version, bucket);
