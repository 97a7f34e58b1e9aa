//! How pages call server functions: a form there, JSON back.
//!
//! Leptos' own way compiles the whole call anew for every function, and reads a posted form into its arguments only to
//! write them out again. Here all but the arguments and the answer exists once; docs/benchmarks.md tells what it saves.

use std::future::Future;
use std::pin::Pin;

use http::Method;
use leptos::server_fn::Protocol;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{FromReq, PostUrl};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::redirect::call_redirect_hook;
use leptos::server_fn::response::TryRes;
use leptos::server_fn::server::Server;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{AppError, AppResult};

const JSON: &str = "application/json";

/// The protocol of every server function.
pub struct Call;

impl<I, O, C, S> Protocol<I, O, C, S, AppError> for Call
where
    I: FromReq<PostUrl, S::Request, AppError> + Serialize + Send,
    O: Serialize + DeserializeOwned + Send,
    C: Client<AppError>,
    S: Server<AppError>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, server_fn: F) -> AppResult<S::Response>
    where
        F: Fn(I) -> Fut + Send,
        Fut: Future<Output = AppResult<O>> + Send,
    {
        let arguments = I::from_req(request).await?;
        let output = server_fn(arguments).await?;
        let text = serde_json::to_string(&output).map_err(|e| ServerFnErrorErr::Serialization(e.to_string()));
        S::Response::try_from_string(JSON, text.map_err(AppError::from_server_fn_error)?)
    }

    fn run_client(path: &str, input: I) -> impl Future<Output = AppResult<O>> + Send {
        let answer = post(path, write(&input));
        async move { answer.await?.read() }
    }
}

/// The arguments of a server function as a form holds them.
pub fn write(arguments: &impl Serialize) -> AppResult<String> {
    serde_qs::to_string(arguments)
        .map_err(|e| AppError::from_server_fn_error(ServerFnErrorErr::Serialization(e.to_string())))
}

/// What a server function answered.
pub struct Reply {
    /// JSON.
    pub text: String,
    /// The page to go to.
    leads_to: Option<String>,
}

impl Reply {
    /// Reads the answer, and goes where it leads.
    pub fn read<T: DeserializeOwned>(self) -> AppResult<T> {
        let answer = read(&self.text)?;
        if let Some(place) = self.leads_to {
            call_redirect_hook(&place);
        }
        Ok(answer)
    }
}

/// Reads JSON.
pub fn read<T: DeserializeOwned>(text: &str) -> AppResult<T> {
    serde_json::from_str(text)
        .map_err(|e| AppError::from_server_fn_error(ServerFnErrorErr::Deserialization(e.to_string())))
}

/// An answer that is on its way.
pub type Answer = Pin<Box<dyn Future<Output = AppResult<Reply>> + Send>>;

/// Posts a form to a server function.
#[cfg(feature = "hydrate")]
pub fn post(path: &str, form: AppResult<String>) -> Answer {
    use leptos::server_fn::ContentType;
    use leptos::server_fn::client::browser::BrowserClient;
    use leptos::server_fn::request::{ClientReq, browser::BrowserRequest};
    use leptos::server_fn::response::ClientRes;

    let request = form.and_then(|form| {
        <BrowserRequest as ClientReq<AppError>>::try_new_req_text(path, PostUrl::CONTENT_TYPE, JSON, form, Method::POST)
    });
    Box::pin(async move {
        let response = <BrowserClient as Client<AppError>>::send(request?).await?;
        let is_refused = ClientRes::<AppError>::status(&response) >= 400;
        let leads_to =
            ClientRes::<AppError>::has_redirect(&response).then(|| ClientRes::<AppError>::location(&response));
        let text: String = ClientRes::<AppError>::try_into_string(response).await?;
        if is_refused { Err(AppError::de(text.into())) } else { Ok(Reply { text, leads_to }) }
    })
}

/// On the server nothing is posted: functions are called.
#[cfg(not(feature = "hydrate"))]
pub fn post(_: &str, _: AppResult<String>) -> Answer {
    Box::pin(std::future::ready(Err(AppError(domain::Error::internal()))))
}
