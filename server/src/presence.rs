//! `GET /p/{project}/templates/{key}/presence`: who else is on a template now, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use service::presence::{self, Place};
use service::{Services, access};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tower_sessions::Session;

use crate::accept::Stopping;
use crate::problem::Failure;
use crate::request::RequestId;
use crate::session;

/// How often it is looked whether the person may still be here.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// A line that says nothing, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// After this long without a key or a click the page no longer counts: an open page alone must not keep a session alive.
const LIFE: Duration = Duration::from_secs(30 * 60);

#[derive(Deserialize)]
pub struct Asked {
    /// `true` in the editor.
    #[serde(default)]
    editing: bool,
}

/// Answers with an event at once and at each change, until the person leaves.
pub async fn watch(
    State(services): State<Arc<Services>>,
    Path((project, key)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    session: Session,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(stopping): Extension<Stopping>,
) -> Result<Response, Failure> {
    let login = session::login(&session).await?;
    let login = login.ok_or_else(|| Failure(domain::Error::unauthenticated("log in to go on")))?;
    let ctx = access::for_login(&services, login, &project, id).await?;
    let place = presence::join(&ctx, &project, &key, asked.editing).await?;
    let mut response = Sse::new(events(Watched::new(place, stopping)))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT).text("here"))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies of nginx's kind would keep it back until it is long enough.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// An open page and what may end it.
struct Watched {
    place: Place,
    stopping: Stopping,
    check: Interval,
    end: Instant,
    /// What was told last.
    told: Option<String>,
    is_over: bool,
}

impl Watched {
    fn new(place: Place, stopping: Stopping) -> Self {
        let mut check = tokio::time::interval(CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { place, stopping, check, end: Instant::now() + LIFE, told: None, is_over: false }
    }

    /// The next thing to tell; none at the end.
    async fn next(&mut self) -> Option<Event> {
        while !self.is_over {
            let others = serde_json::to_string(&self.place.others()).unwrap_or_default();
            if self.told.as_ref() != Some(&others) {
                self.told = Some(others.clone());
                return Some(Event::default().data(others));
            }
            let stays = tokio::select! {
                is_mine = self.place.changed() => is_mine,
                () = tokio::time::sleep_until(self.end) => false,
                _ = self.check.tick() => {
                    self.is_over = !self.place.is_allowed().await;
                    continue;
                }
                () = self.stopping.wait() => return None,
            };
            if !stays {
                self.is_over = true;
                // Otherwise the browser would connect again at once.
                return Some(Event::default().event("end").data("until somebody uses the page"));
            }
        }
        None
    }
}

fn events(watched: Watched) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watched, |mut watched| async move { watched.next().await.map(|event| (Ok(event), watched)) })
}
