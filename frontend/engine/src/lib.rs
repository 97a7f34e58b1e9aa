//! What the editor asks of the domain while its author types. JSON goes in and comes out: one copy each way.

use std::collections::HashSet;

use domain::execution::Variables;
use domain::version::{Parameter, VersionContent};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// Called once, before anything else.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

fn answer<A: DeserializeOwned, T: Serialize>(argument: &str, work: impl FnOnce(A) -> T) -> Result<String, JsError> {
    Ok(serde_json::to_string(&work(serde_json::from_str(argument)?))?)
}

/// A text and the rules that the project has switched off.
#[derive(Deserialize)]
struct Check {
    content: VersionContent,
    #[serde(default)]
    off: HashSet<String>,
}

/// What a save would say, and what lint finds.
#[wasm_bindgen]
pub fn check(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Check| domain::preview::check(&asked.content, &asked.off))
}

/// A text and values to try.
#[derive(Deserialize)]
struct Trial {
    content: VersionContent,
    variables: Variables,
}

/// The messages with these values.
#[wasm_bindgen]
pub fn preview(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Trial| domain::preview::preview(&asked.content, &asked.variables))
}

#[derive(Deserialize)]
struct Two {
    from: VersionContent,
    to: VersionContent,
}

/// What differs between two texts.
#[wasm_bindgen]
pub fn compare(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Two| domain::diff::compare(&asked.from, &asked.to))
}

/// The words that templates can use, with their documentation.
#[wasm_bindgen]
pub fn vocabulary(argument: &str) -> Result<String, JsError> {
    answer(argument, |(): ()| domain::check::vocabulary::vocabulary())
}

#[derive(Deserialize)]
struct Name {
    text: String,
    name: String,
}

/// Where a text reads a parameter, in bytes.
#[wasm_bindgen]
pub fn references(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Name| domain::rename::references(&asked.text, &asked.name))
}

/// The parameters that the texts read and the contract doesn't declare.
#[wasm_bindgen]
pub fn infer(argument: &str) -> Result<String, JsError> {
    answer(argument, |content: VersionContent| domain::contract::infer(&content))
}

/// A contract as JSON Schema.
#[wasm_bindgen]
pub fn json_schema(argument: &str) -> Result<String, JsError> {
    answer(argument, |parameters: Vec<Parameter>| domain::contract::json_schema(&parameters))
}

#[derive(Deserialize)]
struct Contracts {
    from: Vec<Parameter>,
    to: Vec<Parameter>,
}

/// What differs between two contracts for those who call.
#[wasm_bindgen]
pub fn contract_changes(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Contracts| domain::diff::contract_changes(&asked.from, &asked.to))
}
