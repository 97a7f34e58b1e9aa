//! One step: a line that says what, how long, and on failure everything the tool printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The top of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Where cargo builds: `CARGO_TARGET_DIR`, or `target`.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs `work` and prints its name and time.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work().with_context(|| format!("{name} failed"));
    let mark = if result.is_ok() { "ok" } else { "FAILED" };
    println!("{name:<44} {mark:<7} {:>6.1} s", start.elapsed().as_secs_f64());
    result
}

/// A command at the top of the checkout.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// cargo, with the arguments given as one text.
pub fn cargo(args: &str) -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(args.split_whitespace());
    // Set for this driver by `cargo run`; a nested cargo must not take it for its own.
    cargo.env_remove("CARGO_MANIFEST_DIR");
    cargo
}

/// Runs it quietly; what it printed is shown when it fails.
pub fn quiet(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        bail!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr));
    }
    Ok(text(&output.stdout))
}

/// Runs it with its output in sight.
pub fn loud(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if status.success() { Ok(()) } else { bail!("{status}") }
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}
