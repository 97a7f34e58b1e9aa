//! What an orchestrator asks: whether the process lives, and whether it can serve.

use crate::common::{By, Server};
use anyhow::Result;
use serde_json::json;
use service::db::Db;

crate::on_both_engines!(a_server_is_ready_while_its_database_answers);

async fn a_server_is_ready_while_its_database_answers(server: &Server) -> Result<()> {
    let alive = json!({ "status": "ok" });
    let ready = server.get("/readyz", &By::Nobody).await?.expect(200)?;
    assert_eq!(ready.json(), json!({ "status": "ok", "database": "ok" }));
    assert_eq!(server.get("/livez", &By::Nobody).await?.expect(200)?.json(), alive);
    match &server.services.db {
        Db::Sqlite { read, .. } => read.close().await,
        Db::Postgres(pool) => pool.close().await,
    }
    let away = server.get("/readyz", &By::Nobody).await?.expect(503)?;
    assert_eq!(away.json(), json!({ "status": "unavailable", "database": "away" }));
    assert_eq!(server.get("/livez", &By::Nobody).await?.expect(200)?.json(), alive, "it lives without it, too");
    Ok(())
}
