//! The conformance fixtures in Python's Jinja2.

use anyhow::Result;

use crate::install;
use crate::step::{command, loud, root};

/// Renders every fixture with Jinja2 and compares it with what the fixture expects.
pub fn run() -> Result<()> {
    let folder = root().join("domain/tests/conformance");
    let python = install::python(&folder.join("requirements.txt"))?;
    let fixtures = root().join("domain/tests/fixtures/conformance");
    loud(command(python).arg(folder.join("compare.py")).arg(fixtures))
}
