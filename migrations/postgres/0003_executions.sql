-- Executions and their hourly rollup.
create table execution (
    id                uuid not null,
    project_id        uuid not null,
    template_id       uuid not null,
    template_name     text not null,
    version           bigint not null,
    label             text,
    effective_hash    text not null,
    environment       text not null,
    api_key_id        uuid,
    caller            text not null,
    agent             text,
    feature           text,
    user_id           text,
    session_id        text,
    request_id        text,
    variables         jsonb not null,
    messages          jsonb not null,
    status            text not null,
    error_type        text,
    error_message     text,
    guardrail_action  text not null,
    model             text,
    provider          text,
    render_us         bigint not null,
    started_at        bigint not null,
    model_response    text,
    token_count       bigint,
    input_tokens      bigint,
    output_tokens     bigint,
    cost_nanos        bigint,
    latency_ms        bigint,
    -- SHA-256 of the accepted result; a second, different one is refused.
    result_hash       bytea,
    finished_at       bigint,
    -- Dimension values as they were counted (rare ones as `other`).
    counted_agent     text not null,
    counted_feature   text not null,
    counted_model     text not null,
    counted_provider  text not null,
    counted_node      text not null,
    primary key (id)
) partition by range (id);
create table execution_rest partition of execution default;
create index execution_project on execution (project_id, id);
create index execution_template on execution (template_id, id);
create table rollup_hour (
    project_id    uuid not null,
    -- Start of the hour.
    bucket        bigint not null,
    template_id   uuid not null,
    version       bigint not null,
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
    executions    bigint not null,
    results       bigint not null,
    render_us     bigint not null,
    latency_ms    bigint not null,
    latency_count bigint not null,
    input_tokens  bigint not null,
    output_tokens bigint not null,
    tokens        bigint not null,
    cost_nanos    bigint not null,
    -- Mergeable quantile sketch of latency_ms (domain::rollup::Sketch).
    latency_sketch bytea not null,
    primary key (project_id, bucket, template_id, version, variant, environment, model, provider, api_key, agent, feature, status, node)
);
-- Times a person can read.
create view v_execution as select id, project_id, template_name, version, label, environment, status, error_type, started_at, to_char(to_timestamp(started_at / 1000) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as started from execution;
create view v_audit_event as select sequence, project_id, at, to_char(to_timestamp(at / 1000) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as happened, actor, action, object from audit_event;
