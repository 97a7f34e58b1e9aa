//! What the editor asks of the domain while its author types. JSON goes in and comes out: one copy each way.

use std::collections::HashSet;

use domain::compose::Own;
use domain::composition::Closure;
use domain::error::Error;
use domain::execution::Variables;
use domain::tokens::CallTokens;
use domain::version::{Message, Parameter, VersionContent};
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

/// A text, what it extends, includes and imports, and the rules that the project has switched off.
#[derive(Deserialize)]
struct Check {
    /// Empty for a new template.
    key: String,
    content: VersionContent,
    closure: Closure,
    #[serde(default)]
    off: HashSet<String>,
}

/// What a save would say, and what lint finds.
#[wasm_bindgen]
pub fn check(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Check| {
        domain::preview::check(&own(&asked.key, &asked.content), &asked.closure, &asked.off)
    })
}

fn own<'a>(key: &'a str, content: &'a VersionContent) -> Own<'a> {
    Own { key, version: 0, content }
}

/// What a text extends, includes and imports, as written.
#[wasm_bindgen]
pub fn references_of(argument: &str) -> Result<String, JsError> {
    let written = |content: VersionContent| -> Vec<String> {
        domain::compose::references(&content).iter().map(ToString::to_string).collect()
    };
    answer(argument, written)
}

#[derive(Deserialize)]
struct Extending {
    content: VersionContent,
    closure: Closure,
}

/// The blocks of what a text extends.
#[wasm_bindgen]
pub fn blocks(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Extending| domain::compose::blocks(&asked.content, &asked.closure))
}

/// A text and values to try.
#[derive(Deserialize)]
struct Trial {
    key: String,
    content: VersionContent,
    closure: Closure,
    variables: Variables,
}

/// The messages with these values.
#[wasm_bindgen]
pub fn preview(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Trial| {
        domain::preview::preview(&own(&asked.key, &asked.content), &asked.closure, &asked.variables)
    })
}

/// What a template can use. It never changes: worth asking once.
#[wasm_bindgen]
pub fn vocabulary() -> Result<String, JsError> {
    Ok(serde_json::to_string(&domain::check::vocabulary::vocabulary())?)
}

#[derive(Deserialize)]
struct Named {
    text: String,
    name: String,
}

/// Where a text reads a parameter: `{start, end}` in bytes.
#[wasm_bindgen]
pub fn references(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Named| domain::rename::references(&asked.text, &asked.name))
}

/// A result, or the fields that are wrong.
#[derive(Serialize)]
struct Outcome<T> {
    value: Option<T>,
    error: Option<Error>,
}

impl<T> From<domain::Result<T>> for Outcome<T> {
    fn from(result: domain::Result<T>) -> Self {
        match result {
            Ok(value) => Self { value: Some(value), error: None },
            Err(error) => Self { value: None, error: Some(error) },
        }
    }
}

#[derive(Deserialize)]
struct Rename {
    content: VersionContent,
    from: String,
    to: String,
}

/// The content with a parameter called otherwise, or why that can't be.
#[wasm_bindgen]
pub fn rename(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Rename| Outcome::from(domain::rename::rename(&asked.content, &asked.from, &asked.to)))
}

/// The parameters that a content reads and doesn't declare.
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

#[derive(Deserialize)]
struct Call {
    messages: Vec<Message>,
    model: String,
}

/// About how many tokens a call has before its answer, and what they cost.
#[wasm_bindgen]
pub fn count_tokens(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Call| CallTokens::estimate(&asked.messages, &asked.model))
}
