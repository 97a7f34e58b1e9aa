//! Formatting, lints, dependencies and licences.

use anyhow::Result;

use crate::build;
use crate::install;
use crate::step::{cargo, command, has, quiet, root, step};

pub fn run() -> Result<()> {
    install::wasm_target()?;
    // The server embeds this folder; it may be empty, but it must be there.
    std::fs::create_dir_all(build::site())?;
    step("formatting", || quiet(&mut cargo("fmt --all --check")).map(drop))?;
    step("lints", || {
        quiet(&mut cargo("clippy --quiet --workspace --exclude frontend --all-targets -- -D warnings")).map(drop)
    })?;
    step("lints of the wasm", || {
        quiet(&mut cargo("clippy --quiet --package frontend --target wasm32-unknown-unknown -- -D warnings")).map(drop)
    })?;
    scripts()?;
    dependencies()
}

/// Unknown and unused names in our JavaScript: the page's few scripts and the browser tests.
fn scripts() -> Result<()> {
    install::npm_packages()?;
    step("lints of the scripts", || {
        let mut oxlint = command(root().join("node_modules/.bin/oxlint"));
        quiet(oxlint.args(["--deny-warnings", "end2end", "frontend/js", "xtask/src"])).map(drop)
    })
}

/// Licences, sources and banned crates. The list of advisories is on a host that no build may need.
fn dependencies() -> Result<()> {
    if !has("cargo-deny") {
        step("install cargo-deny", || {
            quiet(&mut cargo("install --quiet --locked --debug cargo-deny@0.20.2 --target-dir target/tools")).map(drop)
        })?;
    }
    step("licences and dependencies", || {
        quiet(&mut cargo("deny --all-features check --hide-inclusion-graph bans licenses sources")).map(drop)
    })
}
