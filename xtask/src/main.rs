//! Builds, runs, tests and measures Promptory: what cargo alone can't. One line a step, with its time.

#![expect(clippy::disallowed_methods, reason = "a build driver measures its own steps")]

mod bench;
mod build;
mod check;
mod coverage;
mod install;
mod jinja2;
mod packs;
mod postgres;
mod step;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, run, test and measure Promptory")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and run a throw-away server with a project that looks lived in.
    Demo {
        /// What follows goes to `promptory demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build and run the server on ./promptory-data.
    Serve {
        /// What follows goes to `promptory serve`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build styles, wasm and the server.
    Build {
        /// Small wasm, compressed files, all embedded in one optimised binary.
        #[arg(long)]
        release: bool,
    },
    /// Every test: lints, both engines, the built binary, a real browser; at small seeded counts.
    Test {
        /// Only the tests whose name contains this.
        filter: Option<String>,
    },
    /// The same tests at the full counts.
    Soak {
        /// Only the tests whose name contains this.
        filter: Option<String>,
        /// Where random choices start.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Formatting, lints, dependencies and licences.
    Check,
    /// Measure beside a baseline of the same run: engine, http or page; all when none is named.
    Bench { what: Option<String> },
    /// Lines of `domain` and `service` that the tests run.
    Coverage,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo { args } => build::start("demo", &args),
        Command::Serve { args } => build::start("serve", &args),
        Command::Build { release } => build::all(release),
        Command::Test { filter } => test::run(filter.as_deref(), &test::Counts::SMALL),
        Command::Soak { filter, seed } => test::run(filter.as_deref(), &test::Counts::full(seed)),
        Command::Check => check::run(),
        Command::Bench { what } => bench::run(what.as_deref()),
        Command::Coverage => coverage::run(),
    }
}
