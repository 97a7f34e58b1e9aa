//! Our own accept loop: `axum::serve` sets no header timeout, so half a header would hold a connection for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// A client has this long to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests under way have this long to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Put into every request: becomes true when the server is told to stop, so that an answer without an end can end.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Resolves when the server is told to stop.
    pub async fn wait(&mut self) {
        // An error says that the server is gone.
        let _ = self.0.wait_for(|is_stopping| *is_stopping).await;
    }
}

/// Serves until `stop` resolves, then lets the requests under way end.
pub async fn serve(listener: TcpListener, router: Router, max_connections: usize, stop: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let (places, graceful) = (Arc::new(Semaphore::new(max_connections)), GracefulShutdown::new());
    let (tell, stopping) = watch::channel(false);
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) => {
                    // Out of descriptors, most likely: wait for some to come free instead of spinning.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let asked = Arc::new(AtomicBool::new(false));
        let connection =
            connection(&builder, stream, peer, router.clone(), (asked.clone(), Stopping(stopping.clone())));
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                // A broken connection is the client's affair.
                _ = watched => {}
                () = nothing_asked(&asked) => {}
            }
            drop(place);
        });
    }
    tell.send_replace(true);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// Resolves when no request came in the time that its headers may take. Hyper's own timer starts only when the first
/// bytes have told HTTP/1 from HTTP/2, so who sends nothing at all would stay for ever.
async fn nothing_asked(asked: &AtomicBool) {
    tokio::time::sleep(HEADER_TIMEOUT).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

fn connection(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    (asked, stopping): (Arc<AtomicBool>, Stopping),
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + 'static {
    // Small answers should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(stopping.clone());
        router.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()
}
