//! The demo's people and weeks of executions, from a seeded generator.

use std::sync::Arc;

use domain::permission::Role;

use crate::ctx::Services;
use crate::error::Result;

/// A person of the demo and their password.
pub struct Person {
    pub email: String,
    pub password: String,
    pub role: Role,
}

/// Fills a fresh installation.
pub async fn fill(_services: &Arc<Services>) -> Result<Vec<Person>> {
    Ok(Vec::new())
}
