//! Every test, at small counts or at full ones.

use anyhow::Result;

use crate::build;
use crate::check;
use crate::install;
use crate::jinja2;
use crate::postgres::Postgres;
use crate::step::{cargo, command, loud, root, step};

/// How much random work the tests do.
pub struct Counts {
    seed: u64,
    /// Cases of each property, and what other tests scale with.
    scale: u64,
    cases: u64,
}

impl Counts {
    pub const SMALL: Counts = Counts { seed: 1, scale: 1, cases: 64 };
    pub fn full(seed: u64) -> Self {
        Self { seed, scale: 20, cases: 5_000 }
    }
    fn set(&self, command: &mut std::process::Command) {
        command.env("PROMPTORY_TEST_SEED", self.seed.to_string());
        command.env("PROMPTORY_TEST_SCALE", self.scale.to_string());
        command.env("PROPTEST_CASES", self.cases.to_string());
        command.env("PROPTEST_RNG_SEED", self.seed.to_string());
    }
}

pub fn run(filter: Option<&str>, counts: &Counts) -> Result<()> {
    println!("seed {}, scale {}, {} cases a property", counts.seed, counts.scale, counts.cases);
    if filter.is_none() {
        check::run()?;
    }
    build::all(false)?;
    install::headless_chromium()?;
    let postgres = step("start PostgreSQL", Postgres::start)?;
    step("rust tests, SQLite and PostgreSQL", || rust(filter, counts, &postgres))?;
    if filter.is_none_or(|filter| filter.contains("jinja2")) {
        step("conformance fixtures in Python's Jinja2", jinja2::run)?;
    }
    step("browser tests", || browser(filter, counts))
}

fn rust(filter: Option<&str>, counts: &Counts, postgres: &Postgres) -> Result<()> {
    let mut test = cargo("test --quiet --workspace --exclude frontend --features domain/engine --no-fail-fast");
    if let Some(filter) = filter {
        test.arg(filter);
    }
    counts.set(&mut test);
    test.env("TEST_POSTGRES_URL", postgres.url());
    test.env("INSTA_UPDATE", "no");
    loud(&mut test)
}

fn browser(filter: Option<&str>, counts: &Counts) -> Result<()> {
    let mut test = command(root().join("node_modules/.bin/playwright"));
    test.args(["test", "--config", "end2end/playwright.config.mjs"]);
    if let Some(filter) = filter {
        test.args(["--grep", filter, "--pass-with-no-tests"]);
    }
    counts.set(&mut test);
    loud(test.env("PROMPTORY_BINARY", build::binary(false)))
}
