//! Promptory's use cases: authorise, decide, store. The only crate with SQL.
//!
//! Every public function of a feature takes a [`Ctx`] and authorises in its first line. Changes of governed state
//! write their audit event in the same transaction.

pub mod access;
pub mod api_keys;
pub mod audit;
pub mod bulk;
pub mod changes;
pub mod clock;
pub mod comparisons;
pub mod compositions;
pub mod crypto;
pub mod ctx;
pub mod db;
pub mod demo;
pub mod drafts;
pub mod error;
pub mod executions;
pub mod files;
pub mod first_data;
pub mod idempotency;
pub mod jobs;
pub mod labels;
pub mod lint;
pub mod partitions;
mod performance;
pub mod policies;
pub mod presence;
pub mod projects;
pub mod recorder;
pub mod records;
pub mod render;
pub mod samples;
pub mod search;
pub mod serving;
pub mod sessions;
pub mod setup;
pub mod templates;
pub mod throttle;
pub mod timeline;
pub mod tokens;
pub mod topics;
pub mod users;
pub mod versions;

pub use ctx::{Actor, Ctx, Services};
pub use error::{Error, Result};
