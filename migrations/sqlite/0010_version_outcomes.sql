-- The figures of a template's versions are read without walking through every hour of the project.
create index rollup_hour_version on rollup_hour (template_id, version);
