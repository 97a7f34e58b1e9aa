//! Styles, scripts, wasm, server: in the order in which each needs the one before.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use crate::install;
use crate::packs;
use crate::step::{cargo, command, quiet, root, step, target};

/// What the server embeds.
pub fn site() -> PathBuf {
    root().join("target/site")
}

/// The server that a build leaves behind.
pub fn binary(release: bool) -> PathBuf {
    target().join(if release { "release/promptory" } else { "debug/promptory" })
}

pub fn all(release: bool) -> Result<()> {
    install::prerequisites()?;
    install::wasm_target()?;
    install::npm_packages()?;
    frontend(release)?;
    step("compile the server", || {
        let mut build = cargo("build --quiet --package server --bin promptory");
        if release {
            build.arg("--release");
        }
        quiet(&mut build).map(drop)
    })
}

/// Everything that the browser loads.
pub fn frontend(release: bool) -> Result<()> {
    std::fs::create_dir_all(site())?;
    remove_compressed()?;
    step("styles", styles)?;
    step("compile the wasm", || wasm("frontend", release))?;
    step("compile the engine's wasm", || wasm("engine", release))?;
    step("wasm-bindgen", || bindgen(release).and_then(|()| bindgen_engine(release)))?;
    step("scripts", scripts)?;
    copy_files()?;
    if release {
        step("wasm-opt", optimise)?;
        step("pack", packs::write)?;
        step("minify", minify)?;
        step("compress", compress)?;
    } else {
        packs::write()?;
    }
    Ok(())
}

/// Shortened in every build, so that the tests see the values that are served.
fn styles() -> Result<()> {
    let mut tailwind = command(root().join("node_modules/.bin/tailwindcss"));
    quiet(tailwind.args(["-i", "style/app.css", "-o", "target/site/app.css", "--minify"])).map(drop)
}

fn wasm(package: &str, release: bool) -> Result<()> {
    // A call of its own: together with others it would get their features too.
    let mut build = cargo("build --quiet --lib --target wasm32-unknown-unknown --package");
    build.arg(package);
    build.args(["--profile", wasm_profile(release)]);
    if release {
        build.arg("--config").arg(short_paths()?);
    }
    quiet(&mut build).map(drop)
}

/// Lets the places in panic messages start at a library's name: not with folders of the machine that built it, which also
/// cost the engine 0.7 kB.
fn short_paths() -> Result<String> {
    let metadata = quiet(&mut cargo("metadata --format-version 1 --locked --filter-platform wasm32-unknown-unknown"))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let folder = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        package["source"].is_string().then(|| manifest.parent()?.parent().map(Path::to_owned))?
    };
    let folders: BTreeSet<PathBuf> = metadata["packages"].as_array().into_iter().flatten().filter_map(folder).collect();
    let flags: Vec<_> = folders.iter().map(|folder| format!("--remap-path-prefix={}/=", folder.display())).collect();
    Ok(format!("target.wasm32-unknown-unknown.rustflags={}", serde_json::to_string(&flags)?))
}

/// Splits the wasm into what every page needs and a module for each group of pages, and writes the glue of the former.
fn bindgen(release: bool) -> Result<()> {
    let folder = wasm_folder(release);
    let (whole, main) = (std::fs::read(folder.join("frontend.wasm"))?, folder.join("frontend_main.wasm"));
    for before in site_files(|name| name.ends_with(".wasm") || name.ends_with(".pack"))? {
        std::fs::remove_file(before)?;
    }
    let mut options = wasm_split_cli_support::Options::new(&whole);
    let site = site();
    (options.output_dir, options.main_out_path, options.main_module) = (&site, &main, "./promptory.js");
    wasm_split_cli_support::transform(options).map_err(|e| anyhow!("the wasm can't be split: {e:#}"))?;
    let mut bindgen = glue(main, "promptory", release)?;
    bindgen.keep_lld_exports(true).generate(site)
}

/// The engine's wasm and its glue, in one piece: nothing is loaded before all of it is wanted.
fn bindgen_engine(release: bool) -> Result<()> {
    glue(wasm_folder(release).join("engine.wasm"), "engine", release)?.generate(site())?;
    strip_relocations(&site().join("engine_bg.wasm"))
}

/// What the linker notes is for the splitter of the pages' wasm. The engine is not split, and the notes are nearly as large
/// as its code.
fn strip_relocations(file: &Path) -> Result<()> {
    let mut module = walrus::Module::from_file(file)?;
    for name in ["linking", "reloc.CODE", "reloc.DATA"] {
        module.customs.remove_raw(name);
    }
    module.emit_wasm_file(file)
}

fn wasm_folder(release: bool) -> PathBuf {
    target().join("wasm32-unknown-unknown").join(wasm_profile(release))
}

fn wasm_profile(release: bool) -> &'static str {
    if release { "wasm-release" } else { "wasm-dev" }
}

fn glue(wasm: PathBuf, name: &str, release: bool) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.out_name(name).typescript(false).omit_default_module_path(true);
    bindgen.keep_debug(false).remove_name_section(release).remove_producers_section(release);
    Ok(bindgen)
}

/// Our own scripts, each with what it imports but for what the build writes beside it; shortened as the styles are.
fn scripts() -> Result<()> {
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild.args(["editor.js", "editor.worker.js", "engine_client.js", "engine.worker.js", "presence.js"]);
    esbuild.args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        "--log-level=warning",
    ]);
    esbuild.args(["--external:./engine.js", "--loader:.ttf=file", "--asset-names=[name]"]);
    esbuild.arg(format!("--outdir={}", site().display())).current_dir(root().join("frontend/js"));
    quiet(&mut esbuild).map(drop)
}

/// Files that are served as they are.
fn copy_files() -> Result<()> {
    let root = root();
    for (from, name) in [
        ("style/icon.svg", "icon.svg"),
        ("style/api-reference.css", "api-reference.css"),
        ("node_modules/swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui-bundle.js"),
        ("node_modules/swagger-ui-dist/swagger-ui.css", "swagger-ui.css"),
    ] {
        std::fs::copy(root.join(from), site().join(name)).with_context(|| format!("cannot copy {from}"))?;
    }
    Ok(())
}

fn optimise() -> Result<()> {
    let next = Mutex::new(site_files(|name| name.ends_with(".wasm"))?.into_iter());
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let work = || {
        let taken = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(wasm) = taken() {
            let mut tool = command(root().join("node_modules/.bin/wasm-opt"));
            // A second pass finds a little more in what is large.
            let passes = if std::fs::metadata(&wasm)?.len() > 1_000_000 { 2 } else { 1 };
            quiet(tool.args(vec!["-Oz"; passes]).arg(&wasm).arg("-o").arg(&wasm))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("wasm-opt's thread panicked"))?)
    })
}

/// Shortens wasm-bindgen's glue and the splitter's.
fn minify() -> Result<()> {
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    // wasm-bindgen names the splitter's module once for each import of it: no cause for warnings.
    esbuild.args(["promptory.js", "__wasm_split.js", "engine.js", "--minify", "--format=esm", "--log-level=error"]);
    esbuild.args(["--outdir=.", "--allow-overwrite"]).current_dir(site());
    quiet(&mut esbuild).map(drop)
}

/// Brotli beside each file, by node's own zlib; of wasm the best of three ways to write distances.
fn compress() -> Result<()> {
    const SCRIPT: &str = "const fs=require('fs'),z=require('zlib'),c=z.constants;for(const f of process.argv.slice(1)){\
        const all=/(wasm|pack)$/.test(f)?[0,1,2]:[0],b=fs.readFileSync(f),pack=(n)=>z.brotliCompressSync(b,\
        {params:{[c.BROTLI_PARAM_QUALITY]:11,[c.BROTLI_PARAM_NPOSTFIX]:n,[c.BROTLI_PARAM_SIZE_HINT]:b.length}});\
        fs.writeFileSync(f+'.br',all.map(pack).sort((x,y)=>x.length-y.length)[0])}";
    quiet(command("node").args(["-e", SCRIPT]).args(site_files(|name| !name.ends_with(".br"))?)).map(drop)
}

/// No build must serve the compressed files of one before it.
fn remove_compressed() -> Result<()> {
    site_files(|name| name.ends_with(".br"))?.iter().try_for_each(|file| Ok(std::fs::remove_file(file)?))
}

pub fn site_files(wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(site())? {
        let entry = entry?;
        if entry.file_type()?.is_file() && wanted(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Builds, then becomes the server, so that signals reach it.
pub fn start(verb: &str, args: &[String]) -> Result<()> {
    all(false)?;
    let error = command(binary(false)).current_dir(here()?).arg(verb).args(args).exec();
    bail!("cannot start the server: {error}")
}

fn here() -> Result<PathBuf> {
    std::env::current_dir()
        .context("the working folder is gone")
        .map(|p| if p.exists() { p } else { Path::new(".").into() })
}
