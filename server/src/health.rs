//! Probes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use service::{Services, projects};

/// Alive: the process answers.
pub async fn livez() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// Ready: the database answers within two seconds.
pub async fn readyz(State(services): State<Arc<Services>>) -> impl IntoResponse {
    let ask = projects::find_id(&services, domain::project::DEFAULT);
    match tokio::time::timeout(std::time::Duration::from_secs(2), ask).await {
        Ok(Ok(_)) => (StatusCode::OK, Json(json!({ "status": "ok", "database": "ok" }))),
        _ => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable", "database": "away" }))),
    }
}
