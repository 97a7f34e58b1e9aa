//! Forms that post to a server function: by the browser itself, or in place when there is JavaScript.

use std::sync::Arc;

use leptos::form::form_data_from_event;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::web_sys::{SubmitEvent, UrlSearchParams};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call;
use crate::error::{AppError, AppResult};

/// What a form posts to, and what was answered.
pub struct Post<T: 'static> {
    url: &'static str,
    action: Action<AppResult<String>, AppResult<T>>,
}

impl<T> Clone for Post<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Post<T> {}

impl<T: Clone + DeserializeOwned + Send + Sync> Post<T> {
    /// To the function that takes these arguments.
    pub fn to<F: ServerFn<Output = T, Error = AppError>>() -> Self {
        Self::at(F::url())
    }

    fn at(url: &'static str) -> Self {
        let earlier = posted_before(url).map(Err);
        let action = Action::new_with_value(earlier, move |form: &AppResult<String>| {
            let answer = call::post(url, form.clone());
            async move { answer.await?.read() }
        });
        Self { url, action }
    }

    /// Posts what is not in a form of the page.
    pub fn send(self, arguments: &impl Serialize) {
        self.action.dispatch(call::write(arguments));
    }
    /// The last answer; none before the first.
    pub fn answer(self) -> Option<AppResult<T>> {
        self.action.value().get()
    }
    /// Counts the answers.
    pub fn count(self) -> usize {
        self.action.version().get()
    }
    /// An answer is on its way.
    pub fn is_pending(self) -> Memo<bool> {
        self.action.pending()
    }
}

/// The error of a form that the browser itself posted before this page, as its address tells it.
fn posted_before(url: &str) -> Option<AppError> {
    let error = use_context::<ServerActionError>().filter(|error| error.path() == url)?;
    Some(decoded(error.err()))
}

#[cfg(feature = "ssr")]
fn decoded(error: &str) -> AppError {
    leptos::server_fn::error::ServerFnUrlError::decode_err(error)
}

/// By the browser's own base64, which knows the usual alphabet only and gives a character for each byte.
#[cfg(not(feature = "ssr"))]
fn decoded(error: &str) -> AppError {
    let bytes = window().atob(&error.replace('-', "+").replace('_', "/")).unwrap_or_default();
    AppError::de(bytes.chars().map(|c| c as u8).collect::<Vec<_>>().into())
}

/// A form that posts.
#[component]
pub fn PostForm<T: Clone + DeserializeOwned + Send + Sync + 'static>(
    to: Post<T>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] node_ref: NodeRef<Form>,
    children: Children,
) -> impl IntoView {
    let send = Arc::new(move |form| drop(to.action.dispatch(form)));
    form(to.url, send, class, node_ref, children())
}

/// All of it that doesn't depend on the answer's type.
fn form(
    url: &'static str,
    send: Arc<dyn Fn(AppResult<String>)>,
    class: &'static str,
    node_ref: NodeRef<Form>,
    inner: AnyView,
) -> AnyView {
    let submit = move |event: SubmitEvent| {
        if !event.default_prevented() {
            event.prevent_default();
            send(typed(&event));
        }
    };
    view! { <form action=url method="post" class=class node_ref=node_ref on:submit=submit>{inner}</form> }.into_any()
}

/// What is in the fields, and the button that was pressed.
fn typed(event: &SubmitEvent) -> AppResult<String> {
    let unreadable = || AppError::from_server_fn_error(ServerFnErrorErr::Args(String::new()));
    let data = form_data_from_event(event).map_err(|_| unreadable())?;
    let pairs = UrlSearchParams::new_with_str_sequence_sequence(&data).map_err(|_| unreadable())?;
    Ok(String::from(pairs.to_string()))
}
