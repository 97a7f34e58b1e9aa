//! Promptory's pages, components and server functions.
//!
//! A page is data (a server function that calls one service function) and a view. Every filter, tab and selection is in
//! the URL; every form works without JavaScript.

pub mod audit;
pub mod browser;
pub mod call;
mod changes;
pub mod context;
pub mod data;
pub mod engine;
pub mod error;
pub mod executions;
pub mod flash;
pub mod home;
pub mod layout;
pub mod login;
pub mod outcome;
pub mod post;
pub mod routes;
pub mod settings;
pub mod shell;
pub mod templates;
pub mod ui;

pub use routes::App;
pub use shell::{Site, shell};
