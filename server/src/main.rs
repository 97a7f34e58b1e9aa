//! `promptory`: see `promptory --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
