-- Texts that lists are sorted by come in the order of their bytes, as on SQLite, whatever the database's locale is.
alter table project alter column key type text collate "C", alter column name type text collate "C";
alter table "user" alter column email type text collate "C";
alter table template alter column key type text collate "C", alter column display_name type text collate "C";
alter table label alter column name type text collate "C";
-- A repeated write is answered with the ETag of the first answer, too.
alter table idempotency_key add column etag text not null default '';
