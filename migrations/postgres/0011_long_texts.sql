-- Phrases are looked for in the words themselves: a `tsvector` keeps too few places of long texts. Emptied, as the service
-- fills it for templates that are not in it.
delete from _search_index;
alter table _search_index add column words text not null;
