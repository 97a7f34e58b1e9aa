//! The `promptory` binary's parts: configuration, routers, REST, sessions and the command line.

/// A fetch makes some dozens of small allocations; see docs/benchmarks.md for what this one saves.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod accept;
pub mod api;
pub mod assets;
pub mod cli;
mod client_ip;
pub mod config;
pub mod csrf;
pub mod forms;
pub mod headers;
pub mod health;
mod one_thread;
pub mod pages;
pub mod presence;
pub mod problem;
pub mod request;
pub mod router;
pub mod session;
pub mod start;
