//! The domain's engine in the browser: a wasm module of its own in a worker, so that no template can stop the page.

use js_sys::Promise;
use leptos::prelude::document;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// To wasm-bindgen `import` is a word like a value: the glue holds a literal `import(url)`.
    #[wasm_bindgen(js_name = import, catch)]
    fn import_module(url: &str) -> Result<Promise, JsValue>;

    type EngineModule;
    #[wasm_bindgen(method)]
    fn call(this: &EngineModule, name: &str, argument: &str) -> Promise;
}

/// Why the engine has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It took too long and was stopped; the next call finds a new one.
    Slow,
    /// It can't be loaded, or broke.
    Away,
}

/// A file of the build, by the address of this build's files.
fn asset(name: &str) -> String {
    let root = document().document_element();
    format!("{}/{name}", root.and_then(|root| root.get_attribute("data-assets")).unwrap_or_default())
}

/// Loads a script of the build; the browser keeps it, so that asking again costs nothing.
pub async fn load(name: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(import_module(&asset(name))?).await
}

/// Asks the engine. Answers come in the order of the questions.
pub async fn ask<T: DeserializeOwned>(name: &str, argument: impl Serialize) -> Result<T, Failure> {
    let argument = serde_json::to_string(&argument).map_err(|_| Failure::Away)?;
    let module: EngineModule = load("engine_client.js").await.map_err(|_| Failure::Away)?.unchecked_into();
    let answer = JsFuture::from(module.call(name, &argument)).await;
    let is_slow = |error: JsValue| if error == "slow" { Failure::Slow } else { Failure::Away };
    let text = answer.map_err(is_slow)?.as_string().ok_or(Failure::Away)?;
    serde_json::from_str(&text).map_err(|_| Failure::Away)
}
