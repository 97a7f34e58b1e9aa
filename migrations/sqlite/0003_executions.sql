-- Executions and their hourly rollup.
create table execution (
    id                blob not null,
    project_id        blob not null,
    template_id       blob not null,
    template_name     text not null,
    version           integer not null,
    label             text,
    effective_hash    text not null,
    environment       text not null,
    api_key_id        blob,
    caller            text not null,
    agent             text,
    feature           text,
    user_id           text,
    session_id        text,
    request_id        text,
    variables         text not null check (json_valid(variables)),
    messages          text not null check (json_valid(messages)),
    status            text not null,
    error_type        text,
    error_message     text,
    guardrail_action  text not null,
    model             text,
    provider          text,
    render_us         integer not null,
    started_at        integer not null,
    model_response    text,
    token_count       integer,
    input_tokens      integer,
    output_tokens     integer,
    cost_nanos        integer,
    latency_ms        integer,
    -- SHA-256 of the accepted result; a second, different one is refused.
    result_hash       blob,
    finished_at       integer,
    -- Dimension values as they were counted (rare ones as `other`).
    counted_agent     text not null,
    counted_feature   text not null,
    counted_model     text not null,
    counted_provider  text not null,
    counted_node      text not null,
    primary key (id)
) strict;
create index execution_project on execution (project_id, id);
create index execution_template on execution (template_id, id);
create table rollup_hour (
    project_id    blob not null,
    -- Start of the hour.
    bucket        integer not null,
    template_id   blob not null,
    version       integer not null,
    variant       text not null,
    environment   text not null,
    model         text not null,
    provider      text not null,
    -- The API key's id, or empty.
    api_key       text not null,
    agent         text not null,
    feature       text not null,
    status        text not null,
    -- The node that writes the row: no two nodes ever update one row.
    node          text not null,
    executions    integer not null,
    results       integer not null,
    render_us     integer not null,
    latency_ms    integer not null,
    latency_count integer not null,
    input_tokens  integer not null,
    output_tokens integer not null,
    tokens        integer not null,
    cost_nanos    integer not null,
    -- Mergeable quantile sketch of latency_ms (domain::rollup::Sketch).
    latency_sketch blob not null,
    primary key (project_id, bucket, template_id, version, variant, environment, model, provider, api_key, agent, feature, status, node)
) strict;
-- Times a person can read.
create view v_execution as select id, project_id, template_name, version, label, environment, status, error_type, started_at, strftime('%Y-%m-%d %H:%M:%S', started_at / 1000, 'unixepoch') as started from execution;
create view v_audit_event as select sequence, project_id, at, strftime('%Y-%m-%d %H:%M:%S', at / 1000, 'unixepoch') as happened, actor, action, object from audit_event;
