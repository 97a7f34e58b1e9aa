//! Benchmarks.

use anyhow::Result;

pub fn run(_what: Option<&str>) -> Result<()> {
    anyhow::bail!("unfinished")
}
