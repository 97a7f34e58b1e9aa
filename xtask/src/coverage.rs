//! Line coverage of `domain` and `service` by the compiler's own instrumentation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::postgres::Postgres;
use crate::step::{cargo, command, quiet, root, step};
use crate::{build, install};

/// The least share of lines, in per cent.
const BAR: f64 = 90.0;

pub fn run() -> Result<()> {
    install::prerequisites()?;
    install::wasm_target()?;
    install::npm_packages()?;
    let tools = tools()?;
    // The server's tests look at the files that it embeds.
    build::frontend(false)?;
    let folder = root().join("target/coverage");
    let profiles = folder.join("profiles");
    let _ = std::fs::remove_dir_all(&profiles);
    std::fs::create_dir_all(&profiles)?;
    let postgres = step("start PostgreSQL", Postgres::start)?;
    let programs = step("instrumented tests", || test(&folder, &postgres))?;
    let json = step("merge and report", || report(&tools, &folder, &programs))?;
    print(&json)
}

/// llvm-profdata and llvm-cov of the toolchain at hand.
fn tools() -> Result<PathBuf> {
    let sysroot = PathBuf::from(quiet(command("rustc").args(["--print", "sysroot"]))?.trim());
    let host = quiet(command("rustc").args(["--print", "host-tuple"]))?;
    let folder = sysroot.join("lib/rustlib").join(host.trim()).join("bin");
    if !folder.join("llvm-cov").is_file() {
        step("install llvm-tools", || quiet(command("rustup").args(["component", "add", "llvm-tools"])).map(drop))?;
    }
    Ok(folder)
}

/// Runs the tests of everything that calls the two crates; returns the test programs.
fn test(folder: &std::path::Path, postgres: &Postgres) -> Result<Vec<PathBuf>> {
    let tests = "test --package domain --package service --package server --features domain/engine";
    let instrumented = |args: &str| {
        let mut cargo = cargo(args);
        cargo.env("RUSTFLAGS", "--cfg erase_components -C instrument-coverage");
        cargo.env("CARGO_TARGET_DIR", folder);
        cargo.env("LLVM_PROFILE_FILE", folder.join("profiles/%p-%m.profraw"));
        cargo.env("TEST_POSTGRES_URL", postgres.url());
        cargo
    };
    let built = quiet(&mut instrumented(&format!("{tests} --no-run --message-format json --quiet")))?;
    let programs = built
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect();
    quiet(&mut instrumented(&format!("{tests} --quiet")))?;
    Ok(programs)
}

fn report(tools: &std::path::Path, folder: &std::path::Path, programs: &[PathBuf]) -> Result<serde_json::Value> {
    let merged = folder.join("all.profdata");
    let raw: Vec<PathBuf> = std::fs::read_dir(folder.join("profiles"))?.flatten().map(|e| e.path()).collect();
    quiet(command(tools.join("llvm-profdata")).args(["merge", "-sparse", "-o"]).arg(&merged).args(raw))?;
    let Some((first, rest)) = programs.split_first() else { bail!("no test program was built") };
    let mut cov = command(tools.join("llvm-cov"));
    cov.args(["export", "--summary-only", "--instr-profile"]).arg(&merged).arg(first);
    for program in rest {
        cov.arg("--object").arg(program);
    }
    serde_json::from_str(&quiet(&mut cov)?).context("llvm-cov's report")
}

fn print(report: &serde_json::Value) -> Result<()> {
    let mut crates = BTreeMap::<&str, (u64, u64)>::new();
    let mut files = Vec::new();
    for file in report["data"][0]["files"].as_array().into_iter().flatten() {
        let name = file["filename"].as_str().unwrap_or_default();
        let lines = &file["summary"]["lines"];
        let (count, covered) = (lines["count"].as_u64().unwrap_or(0), lines["covered"].as_u64().unwrap_or(0));
        for folder in ["domain", "service"] {
            if let Some(at) = name.find(&format!("/{folder}/src/")) {
                let sums = crates.entry(folder).or_default();
                *sums = (sums.0 + count, sums.1 + covered);
                files.push((name[at + 1..].to_owned(), count, covered));
            }
        }
    }
    let share = |count: u64, covered: u64| 100.0 * covered as f64 / count.max(1) as f64;
    files.sort_by(|a, b| share(a.1, a.2).total_cmp(&share(b.1, b.2)));
    for (name, count, covered) in files.iter().take(12) {
        println!("  {:5.1} %  {name}", share(*count, *covered));
    }
    for (name, (count, covered)) in &crates {
        println!("{name}: {covered} of {count} lines, {:.1} %", share(*count, *covered));
    }
    match crates.iter().find(|(_, (count, covered))| share(*count, *covered) < BAR) {
        Some((name, _)) => bail!("{name} is below {BAR} %"),
        None if crates.len() == 2 => Ok(()),
        None => bail!("the report names neither domain nor service"),
    }
}
