-- Texts are sorted by their bytes here anyway; PostgreSQL is told to.
-- A repeated write is answered with the ETag of the first answer, too.
alter table idempotency_key add column etag text not null default '';
