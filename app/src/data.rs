//! What a page loads: asked of a server function, put into the page as text, read where it is shown.
//!
//! One resource of text serves all types: a resource of each would bring its own copy of all that loads and waits. Each
//! `await` reads the text anew.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call;
use crate::error::{AppError, AppResult};

/// The text of an [`AppResult`].
type Text = Resource<String, FromToStringCodec>;

/// What a server function answers; to be awaited in a [`wait`](crate::ui::wait).
pub struct Data<T> {
    text: Text,
    answer: PhantomData<fn() -> T>,
}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Data<T> {}

impl<T: Serialize + 'static> Data<T> {
    /// Calls a server function, and again whenever its arguments change.
    pub fn of<F: Function<T>>(arguments: impl Fn() -> F + Send + Sync + 'static) -> Self {
        Self::again(|| 0, arguments)
    }

    /// As [`Data::of`], and also whenever something was counted.
    pub fn again<F: Function<T>>(
        count: impl Fn() -> usize + Send + Sync + 'static,
        arguments: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { text: called(count, move || Some(arguments())), answer: PhantomData }
    }

    /// As [`Data::of`], while there are arguments.
    pub fn when<F: Function<T>>(arguments: impl Fn() -> Option<F> + Send + Sync + 'static) -> Data<Option<T>> {
        Data { text: called(|| 0, arguments), answer: PhantomData }
    }
}

impl<T> Data<T> {
    /// Runs the effect at hand again when there is another answer.
    pub fn track(&self) {
        self.text.track();
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Data<Option<T>> {
    /// What a form without JavaScript left for a page; read once. Only a page from the server can follow such a form, so
    /// that in the browser there is nothing to ask for.
    pub fn left(page: impl Fn() -> String + Send + Sync + 'static) -> Self {
        #[cfg(feature = "ssr")]
        let take = |page: String| text_of(Ok(crate::flash::take::<T>(&page)));
        #[cfg(not(feature = "ssr"))]
        let take = |_| text_of(Ok(()));
        let text = Resource::new_str(page, move |page| std::future::ready(take(page)));
        Self { text, answer: PhantomData }
    }

    /// What there is; an error counts as nothing.
    pub async fn found(self) -> Option<T> {
        self.await.ok().flatten()
    }
}

/// A server function that answers `T`.
pub trait Function<T>: ServerFn<Output = T, Error = AppError> + Serialize + 'static {}
impl<T, F: ServerFn<Output = T, Error = AppError> + Serialize + 'static> Function<T> for F {}

#[cfg(feature = "ssr")]
fn called<T: Serialize + 'static, F: Function<T>>(
    count: impl Fn() -> usize + Send + Sync + 'static,
    arguments: impl Fn() -> Option<F> + Send + Sync + 'static,
) -> Text {
    Resource::new_str(count, move |_| {
        let arguments = arguments();
        async move {
            match arguments {
                Some(arguments) => text_of(arguments.run_body().await),
                None => text_of(Ok(())),
            }
        }
    })
}

#[cfg(not(feature = "ssr"))]
fn called<T: Serialize + 'static, F: Function<T>>(
    count: impl Fn() -> usize + Send + Sync + 'static,
    arguments: impl Fn() -> Option<F> + Send + Sync + 'static,
) -> Text {
    posted(F::url(), Box::new(move || (count(), arguments().map(|a| call::write(&a)))))
}

#[cfg(not(feature = "ssr"))]
fn posted(url: &'static str, form: Box<dyn Fn() -> (usize, Option<AppResult<String>>) + Send + Sync>) -> Text {
    Resource::new_str(form, move |(_, form)| {
        let answer = form.map(|form| call::post(url, form));
        async move {
            match answer {
                None => text_of(Ok(())),
                Some(answer) => match answer.await {
                    Ok(reply) => format!("{{\"Ok\":{}}}", reply.text),
                    Err(error) => text_of::<()>(Err(error)),
                },
            }
        }
    })
}

fn text_of<T: Serialize>(answer: AppResult<T>) -> String {
    serde_json::to_string(&answer).unwrap_or_default()
}

impl<T: DeserializeOwned + 'static> IntoFuture for Data<T> {
    type Output = AppResult<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = AppResult<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { call::read::<AppResult<T>>(&self.text.await)? })
    }
}
