//! What the editor asks of the domain while its author types. JSON goes in and comes out: one copy each way.

use domain::composition::Closure;
use domain::error::Error;
use domain::preview::Look;
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

/// All that the editor shows of what is typed, in one question.
#[wasm_bindgen]
pub fn look(argument: &str) -> Result<String, JsError> {
    answer(argument, |asked: Look<'_>| domain::preview::look(&asked))
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
