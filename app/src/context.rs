//! Who visits, on the server: what a server function needs to call the service.

#![cfg(feature = "ssr")]

use std::sync::Arc;

use leptos::prelude::*;
use service::access::{self, Login};
use service::{Ctx, Services};

use crate::error::AppError;

/// Put into every request's extensions by the server's session layer.
#[derive(Clone)]
pub struct Visit {
    pub services: Arc<Services>,
    /// The person, when a session is good.
    pub login: Option<Login>,
    pub request_id: String,
    /// The URL that people and agents use, where the configuration names one; empty otherwise.
    pub public_url: Arc<str>,
}

/// The visit at hand.
pub fn visit() -> Result<Visit, AppError> {
    use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Visit>().cloned())
        .ok_or_else(|| AppError(domain::Error::internal()))
}

/// The person of the visit in a project; an error when nobody is logged in or they are not a member.
pub async fn ctx(project: &str) -> Result<Ctx, AppError> {
    let visit = visit()?;
    let login = visit.login.ok_or_else(|| domain::Error::unauthenticated("log in to go on"))?;
    access::for_login(&visit.services, login, project, visit.request_id).await.map_err(|e| AppError(e.public()))
}

/// Turns what the service answers into what a server function sends.
pub trait ForPage<T> {
    /// Keeps what may be shown; the rest goes to the log.
    fn for_page(self) -> Result<T, AppError>;
}

impl<T> ForPage<T> for service::Result<T> {
    fn for_page(self) -> Result<T, AppError> {
        self.map_err(|e| AppError(e.public()))
    }
}
