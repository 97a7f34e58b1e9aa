//! Every test of this crate, in one program: linking one for each file would take minutes and gigabytes.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod common;

mod api_keys;
mod archives;
mod audit;
mod audit_chain;
mod bulk;
mod change_reviews;
mod changes;
mod comparisons;
mod compositions;
mod database;
mod database_waits;
mod demo;
mod drafts;
mod errors;
mod executions;
mod files;
mod first_data;
mod group_commit;
mod idempotency;
mod imports;
mod isolation;
mod labels;
mod lint;
mod migrations;
mod people;
mod performance;
mod permissions;
mod policies;
mod presence;
mod records;
mod rollups;
mod samples;
mod search;
mod search_index;
mod serving;
mod sessions;
mod templates;
mod timeline;
mod tokens;
mod topics;
mod versions;
