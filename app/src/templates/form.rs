//! The editor of prompts: one form for a new template and for the next version of one.
//!
//! What is typed lives in the page's own fields, so that it survives hydration and is posted by a browser without
//! JavaScript. With JavaScript the same form is read on every pause: checked, previewed and kept as a draft.

pub mod data;
pub mod later;
pub mod samples_api;
pub mod server;

mod code;
mod conflict;
mod contract;
mod contract_tools;
mod convert;
mod details;
mod editor;
mod fields;
mod import;
mod keep;
pub(super) mod kept;
mod kept_here;
mod late;
mod live;
mod localise;
mod look;
mod markers;
mod messages;
mod preview;
mod problems;
mod rows;
mod samples;
mod save_bar;
mod settings;
mod settings_data;
mod spoken;
mod state;
mod told;
mod values;
mod variables;
mod work;

pub use editor::EditorView;
pub use problems::place;
pub use state::Start;
pub use told::SAMPLE;
