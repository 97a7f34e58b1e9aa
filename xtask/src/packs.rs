//! The modules of the wasm, packed: with each module, in one file, the pieces that it shares with others.
//!
//! The splitter writes a file for every set of modules that have code in common, dozens that a page would have to ask
//! for one by one. Packed they are one request, and compress as one. The price: a piece that several packs hold is
//! loaded with each of them.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::build::{site, site_files};

/// The splitter's script: it is kept up to here, and the loading of files after it is replaced.
const LOADING: &str = "function makeLoad(";
const MODULE: &str = "export const __wasm_split_load_";
const LOADER: &str = include_str!("packs.js");

/// Replaces the splitter's files in the site by a pack for each module, and its script by one that loads packs.
pub fn write() -> Result<()> {
    let script = site().join("__wasm_split.js");
    let text = fs::read_to_string(&script)?;
    let (shared, loading) = text.split_once(LOADING).context("the splitter's script has changed: no loading")?;
    let modules: Vec<_> = loading.split(MODULE).skip(1).map(read_module).collect::<Result<_>>()?;
    ensure!(!modules.is_empty(), "the splitter's script has changed: no modules");
    let mut exports = String::new();
    for (name, pieces) in &modules {
        fs::write(site().join(format!("{name}.pack")), pack(name, pieces)?)?;
        exports.push_str(&format!("{MODULE}{name} = wrapAsyncCb(module(\"./{name}.pack\"));\n"));
    }
    fs::write(script, format!("{shared}{LOADER}{exports}"))?;
    remove_pieces()
}

/// The name of a module and the numbers of the pieces that it needs.
fn read_module(text: &str) -> Result<(&str, Vec<u32>)> {
    let (name, rest) = text.split_once(" = ").context("a module without a name")?;
    let (_, list) = rest.rsplit_once(", [").context("a module without a list of pieces")?;
    let list = list.split(']').next().unwrap_or_default();
    let pieces = list.split(',').map(str::trim).filter(|p| !p.is_empty());
    let number = |piece: &str| Ok(piece.strip_prefix("__chunk_").context("a piece of another name")?.parse()?);
    Ok((name, pieces.map(number).collect::<Result<_>>()?))
}

/// How many there are, the number and length of each, and then all of them; the module's own code comes last, as 0.
fn pack(name: &str, pieces: &[u32]) -> Result<Vec<u8>> {
    let shared = pieces.iter().map(|number| (*number, format!("chunk_{number}.wasm")));
    let own = std::iter::once((0, format!("split_{name}.wasm")));
    let (mut head, mut body) = (Vec::new(), Vec::new());
    head.extend(u32::try_from(pieces.len() + 1)?.to_le_bytes());
    for (number, file) in shared.chain(own) {
        let code = fs::read(site().join(&file)).with_context(|| file)?;
        head.extend(number.to_le_bytes());
        head.extend(u32::try_from(code.len())?.to_le_bytes());
        body.extend(code);
    }
    head.extend(body);
    Ok(head)
}

fn remove_pieces() -> Result<()> {
    let is_piece = |name: &str| name.starts_with("chunk_") || name.starts_with("split_");
    site_files(|name| is_piece(name) && name.ends_with(".wasm"))?.iter().try_for_each(|file| Ok(fs::remove_file(file)?))
}
