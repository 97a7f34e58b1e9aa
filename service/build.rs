//! Writes the vocabularies of OpenAI's tokenizers into files that are looked up where they lie: one byte for the
//! length of a token, then its bytes, in the order of their ranks. The crate's own tables would take fifty megabytes
//! of memory each.

use std::error::Error;
use std::path::PathBuf;

use tiktoken_rs::{CoreBPE, Rank};

/// The ranks of each vocabulary, without its special tokens: no text makes those.
const O200K: Rank = 199_998;
const CL100K: Rank = 100_256;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(folder.join("o200k.tokens"), packed(&tiktoken_rs::o200k_base()?, O200K)?)?;
    std::fs::write(folder.join("cl100k.tokens"), packed(&tiktoken_rs::cl100k_base()?, CL100K)?)?;
    Ok(())
}

fn packed(tokenizer: &CoreBPE, ranks: Rank) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = Vec::new();
    for rank in 0..ranks {
        let token = tokenizer.decode_bytes(&[rank])?;
        packed.push(u8::try_from(token.len())?);
        packed.extend(token);
    }
    Ok(packed)
}
