-- Emptied, as the service fills it for templates that are not in it, within the limits that both engines have now.
delete from _search_index;
delete from _search_document;
