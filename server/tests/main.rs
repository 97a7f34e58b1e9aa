//! Every test of this crate, in one program: linking one for each file would take minutes and gigabytes.

mod common;

mod architecture;
mod bad_input;
mod black_box;
mod comparison_mail;
mod compositions;
mod etag_idempotency;
mod files;
mod find;
mod forms;
mod functions;
mod golden;
mod imports;
mod inventory;
mod kill;
mod openapi;
mod pages;
mod panics;
mod presence;
mod probes;
mod records;
mod rendering;
mod sessions;
mod slow_clients;
