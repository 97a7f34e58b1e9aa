//! Views that wait for data.

use std::future::Future;
use std::pin::Pin;

use leptos::children::ViewFnOnce;
use leptos::prelude::*;

/// A view that waits for data, its type forgotten: each type of its own would bring a copy of all that waits and shows.
pub fn wait<V: IntoView + 'static>(view: impl Future<Output = V> + Send + 'static) -> Suspend<AnyView> {
    let view: Pin<Box<dyn Future<Output = AnyView> + Send>> = Box::pin(async move { view.await.into_any() });
    Suspend::new(view)
}

/// What [`Loading`] shows: made again when what it read changes.
pub struct Waiting(Box<dyn Fn() -> Suspend<AnyView> + Send + Sync>);

impl<F: Fn() -> Suspend<AnyView> + Send + Sync + 'static> From<F> for Waiting {
    fn from(view: F) -> Self {
        Self(Box::new(view))
    }
}

/// As [`Loading`], but the fallback shows again at every change: for what must not be used while it is replaced.
#[component]
pub fn Reloading(#[prop(into)] view: Waiting, #[prop(optional, into)] fallback: ViewFnOnce) -> impl IntoView {
    view! { <Suspense fallback>{move || (view.0)()}</Suspense> }
}

/// Shows the fallback until the view has its data; later changes replace the old view once they are there.
#[component]
pub fn Loading(#[prop(into)] view: Waiting, #[prop(optional, into)] fallback: ViewFnOnce) -> impl IntoView {
    view! { <Transition fallback>{move || (view.0)()}</Transition> }
}
