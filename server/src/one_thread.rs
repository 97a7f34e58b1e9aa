//! Pages are rendered on one thread each.
//!
//! Leptos starts tasks beside a page, for its data and to see whether all of it is there, and they read what the page reads.
//! On several threads two of them can meet in a memo, which then panics in one of them, and the page waits for that one until
//! its time is over. On one thread they take turns, and what is left of them ends with the page.

use std::cell::Cell;
use std::future::Future;
use std::num::NonZero;
use std::sync::LazyLock;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_blocking};
use tokio::time::timeout;
use tracing::Span;

use crate::problem::Failure;
use crate::router::DEADLINE;

/// Pages that are rendered at once; others wait. Some wait for the database, so there are twice as many as processors, and no
/// more: what agents ask for shares these with them.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new((2 * processors).max(4))
});

thread_local! {
    static HAS_PAGE: Cell<bool> = const { Cell::new(false) };
}

/// While it is there, its thread renders a page; after a panic, too, it is gone before the thread does other work.
struct Page;

impl Page {
    fn begin() -> Self {
        HAS_PAGE.set(true);
        Self
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        HAS_PAGE.set(false);
    }
}

/// Keeps the tasks of a page where the page is.
struct BesideThePage;

impl CustomExecutor for BesideThePage {
    fn spawn(&self, task: PinnedFuture<()>) {
        if HAS_PAGE.get() {
            tokio::task::spawn_local(task);
        } else {
            tokio::spawn(task);
        }
    }
    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(task);
    }
    fn poll_local(&self) {}
}

/// Takes the place of Leptos' own executor, once and before anything is rendered: the first one stays for good.
pub fn prepare() {
    if Executor::init_custom_executor(BesideThePage).is_err() {
        tracing::error!("pages were rendered before their executor was there");
    }
}

/// What a page answers, rendered whole. It is given up when its request is.
pub async fn render(page: impl Future<Output = Response> + Send + 'static) -> Response {
    let place = PLACES.acquire().await;
    let (runtime, span) = (Handle::current(), Span::current());
    let rendering = spawn_blocking(move || {
        // Kept to its end, though who asked may be gone.
        let (_place, _page) = (place, Page::begin());
        span.in_scope(|| runtime.block_on(LocalSet::new().run_until(timeout(DEADLINE, whole(page)))))
    });
    match rendering.await {
        Ok(Ok(response)) => response,
        // As if it had been rendered here.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// A response is rendered while it is read.
async fn whole(page: impl Future<Output = Response>) -> Response {
    let (parts, body) = page.await.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(_) => Failure(domain::Error::internal()).into_response(),
    }
}
