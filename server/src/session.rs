//! Cookie sessions: tower-sessions over our own table, so that log-ins can be listed, revoked and end on time.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use service::access::Login;
use service::{Services, sessions};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::problem::Failure;
use crate::request::RequestId;

const COOKIE: &str = "promptory_session";
/// Browsers refuse this name unless the cookie is for TLS, this host and every path.
const SECURE_COOKIE: &str = "__Host-promptory_session";
/// The one entry of a session's record.
const PERSON: &str = "person";

/// What a session holds: ids only.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Person {
    user: uuid::Uuid,
    session: uuid::Uuid,
    user_agent: String,
}

/// The store over `service::sessions`.
#[derive(Clone)]
pub struct Store(pub Arc<Services>);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}
fn token(id: &Id) -> [u8; 16] {
    id.0.to_be_bytes()
}
fn person(record: &Record) -> Option<Person> {
    serde_json::from_value(record.data.get(PERSON)?.clone()).ok()
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let Some(person) = person(record) else { return Err(backend("only a log-in makes a session")) };
        let data = serde_json::to_vec(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let (user, session) = (UserId(person.user), SessionId(person.session));
        // A taken id is as likely as a guessed one; the loop is for the proof, not for the practice.
        while !sessions::insert(&self.0, &token(&record.id), user, session, &data, &person.user_agent)
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_vec(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        sessions::update(&self.0, &token(&record.id), &data).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(stored) = sessions::load(&self.0, &token(id)).await.map_err(backend)? else { return Ok(None) };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_slice(&stored.data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(stored.expires_at / 1_000).map_err(backend)?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::delete(&self.0, &token(id)).await.map_err(backend)
    }
}

/// The cookie layer. SameSite=Lax, so that a link from a mail finds the person logged in.
pub fn layer(services: &Arc<Services>, is_https: bool) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(services.clone()))
        .with_name(if is_https { SECURE_COOKIE } else { COOKIE })
        .with_secure(is_https)
        .with_same_site(tower_sessions::cookie::SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::milliseconds(sessions::ABSOLUTE_LIFE)))
}

/// Logs a person in: a fresh session under a fresh id.
pub async fn begin(
    services: &Services,
    session: &Session,
    user: UserId,
    user_agent: &str,
) -> std::result::Result<(), Failed> {
    // Whatever the cookie named before ends here, so that no id known before the log-in is good after it. `flush` would
    // end it too, but the next save would take its id again.
    if session.id().is_some() {
        session.clear().await;
        session.cycle_id().await.map_err(|_| Failed)?;
    }
    let person = Person { user: user.0, session: services.new_id(), user_agent: user_agent.to_owned() };
    session.insert(PERSON, person).await.map_err(|_| Failed)?;
    session.save().await.map_err(|_| Failed)
}

/// The session could not be written; the log says why.
#[derive(Debug)]
pub struct Failed;

/// Who the cookie says it is; nobody, when it names no session that is good.
pub async fn login(session: &Session) -> std::result::Result<Option<Login>, Failure> {
    let person: Option<Person> = session.get(PERSON).await.map_err(|error| {
        tracing::error!(%error, "a session could not be read");
        Failure(domain::Error::internal())
    })?;
    Ok(person.map(|p| Login { user: UserId(p.user), session: SessionId(p.session) }))
}

/// Puts the [`app::context::Visit`] into the request, for pages and server functions.
pub async fn visit(
    State((services, public_url)): State<(Arc<Services>, Arc<str>)>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let login = match login(&session).await {
        Ok(login) => login,
        Err(failure) => return failure.into_response(),
    };
    request.extensions_mut().insert(app::context::Visit { services, login, request_id, public_url });
    next.run(request).await
}
