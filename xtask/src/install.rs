//! Installs what is missing: the wasm target, npm packages, and as root Debian's packages. Nothing is skipped.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::step::{command, has, quiet, root, step};

/// What a build on a new machine must have from elsewhere.
pub fn prerequisites() -> Result<()> {
    for program in ["node", "npm", "git"] {
        if !has(program) {
            bail!("`{program}` is missing: install Node.js 20 and git");
        }
    }
    let version = quiet(command("node").arg("--version"))?;
    let major: u32 = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default().parse().unwrap_or(0);
    if major < 20 {
        bail!("Node.js {} is too old: 20 or newer is needed", version.trim());
    }
    Ok(())
}

/// The wasm target of the toolchain at hand.
pub fn wasm_target() -> Result<()> {
    let sysroot = PathBuf::from(quiet(command("rustc").args(["--print", "sysroot"]))?.trim());
    if sysroot.join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    step("install the wasm target", || {
        quiet(command("rustup").args(["target", "add", "wasm32-unknown-unknown"])).map(drop)
    })
}

/// The npm packages of `package-lock.json`; again when that file is newer than what is installed.
pub fn npm_packages() -> Result<()> {
    let (lock, installed) = (root().join("package-lock.json"), root().join("node_modules/.package-lock.json"));
    let changed = |file: &PathBuf| std::fs::metadata(file).and_then(|m| m.modified()).ok();
    if changed(&installed).is_some_and(|at| changed(&lock).is_some_and(|lock| lock <= at)) {
        return Ok(());
    }
    step("install npm packages", || {
        // Not `npm ci`: it also asks for other platforms' optional packages, which not every registry has. The versions
        // are the lock file's all the same. Browsers come from Debian: Playwright's own download is not wanted.
        quiet(
            command("npm")
                .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        // npm keeps the lock file's time in mind, not its own; note that this lock file is installed.
        filetime_now(&installed)
    })
}

fn filetime_now(file: &PathBuf) -> Result<()> {
    let text = std::fs::read(file)?;
    Ok(std::fs::write(file, text)?)
}

/// Chromium without its windows, for the browser tests: a page starts in two thirds of the time.
pub fn headless_chromium() -> Result<()> {
    debian("chromium-headless-shell", &["chromium-headless-shell"])
}

/// Chromium as people have it, for measurements.
pub fn chromium() -> Result<()> {
    debian("chromium", &["chromium"])
}

/// PostgreSQL's server programs.
pub fn postgres() -> Result<PathBuf> {
    if postgres_programs().is_none() {
        debian("initdb", &["postgresql"])?;
    }
    match postgres_programs() {
        Some(folder) => Ok(folder),
        None => bail!("PostgreSQL's programs (initdb, pg_ctl) are not where Debian's package `postgresql` puts them"),
    }
}

/// The newest version's folder of Debian's layout.
fn postgres_programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// A Python of its own, in `target`, with the packages of a pinned requirements file; again when that file changes.
pub fn python(requirements: &Path) -> Result<PathBuf> {
    let folder = root().join("target/python");
    let (interpreter, installed) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let wanted = std::fs::read_to_string(requirements)?;
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(interpreter);
    }
    if quiet(command("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        debian_packages("python3 -m venv", &["python3-venv"])?;
    }
    step("install Python packages", || {
        quiet(command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        quiet(command(&interpreter).args(pip).arg(requirements))?;
        Ok(std::fs::write(&installed, wanted)?)
    })?;
    Ok(interpreter)
}

fn debian(program: &str, packages: &[&str]) -> Result<()> {
    if has(program) { Ok(()) } else { debian_packages(program, packages) }
}

fn debian_packages(program: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !is_root() {
        bail!("`{program}` is missing: install Debian's {names} (as root: apt-get install {names})");
    }
    step(&format!("install {names}"), || {
        let apt =
            |args: &[&str]| quiet(command("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive")).map(drop);
        apt(&["update"])?;
        apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
    })
}

pub fn is_root() -> bool {
    quiet(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
