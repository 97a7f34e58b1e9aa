//! The files of the selected templates: fetched, so that what is refused is told on the page, and handed to the browser to
//! save.

use domain::error::{Error, FieldError, Kind};
use leptos::prelude::*;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, Response, Url};

use crate::error::{AppError, AppResult};

/// What of a problem document is for people.
#[derive(Deserialize)]
struct Told {
    code: String,
    detail: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

/// Fetches the archive of an address and saves it under a name. Gives the keys that the archive leaves out.
pub async fn download(address: &str, name: &str) -> AppResult<Vec<String>> {
    let (blob, left_out) = fetched(address)
        .await
        .map_err(|e| AppError::from_server_fn_error(ServerFnErrorErr::Request(format!("{e:?}"))))??;
    save(&blob, name).map_err(|_| AppError(Error::internal()))?;
    Ok(left_out.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect())
}

async fn fetched(address: &str) -> Result<AppResult<(Blob, String)>, JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(address)).await?.dyn_into()?;
    if response.ok() {
        let left_out = response.headers().get("promptory-left-out")?.unwrap_or_default();
        return Ok(Ok((JsFuture::from(response.blob()?).await?.dyn_into()?, left_out)));
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    let error = match serde_json::from_str::<Told>(&text) {
        Ok(Told { code, detail, errors }) => Error { errors, ..Error::new(Kind::Invalid, &code, detail) },
        Err(_) => Error::internal(),
    };
    Ok(Err(AppError(error)))
}

fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
