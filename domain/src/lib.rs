//! Promptory's words and rules: pure functions over plain data.
//!
//! No IO, no clock, no randomness; everything compiles to wasm32. The `engine` feature adds what needs minijinja,
//! regex and similar (render, static check, diff), and is off in the page's wasm.

pub mod api_key;
pub mod audit;
pub mod bulk;
pub mod change;
#[cfg(feature = "engine")]
pub mod check;
pub mod comparison;
#[cfg(feature = "engine")]
pub mod compose;
pub mod composition;
pub mod contract;
pub mod cost;
#[cfg(feature = "engine")]
pub mod diff;
pub mod error;
pub mod execution;
pub mod files;
pub mod ids;
pub mod label;
pub mod lint;
#[cfg(feature = "engine")]
pub mod merge;
pub mod merging;
mod order;
pub mod page;
pub mod performance;
pub mod permission;
pub mod policy;
pub mod presence;
pub mod preview;
pub mod prices;
pub mod project;
pub mod record;
#[cfg(feature = "engine")]
pub mod rename;
#[cfg(feature = "engine")]
pub mod render;
pub mod rollup;
pub mod sample;
pub mod search;
pub mod storable;
pub mod template;
pub mod text;
pub mod time;
pub mod timeline;
pub mod tokens;
pub mod topic;
pub mod trial;
pub mod user;
pub mod version;

pub use error::{Error, Result};
pub use time::Timestamp;
