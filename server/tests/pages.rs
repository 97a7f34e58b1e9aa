//! Pages under load: each is rendered whole, however many are asked for at once.

use anyhow::{Result, ensure};
use domain::permission::Role;
use domain::project::DEFAULT;

use crate::common::{Server, scale};

crate::on_both_engines!(pages_that_are_asked_for_at_once_all_come);

/// Each shows what it has no data for, or all that it has.
const PAGES: [&str; 5] = [
    "/p/default/executions?status=wrong",
    "/p/default/templates?kind=not%20one",
    "/p/default/templates/asked",
    "/p/default/templates/asked/diff?from=1&to=2",
    "/no/such/page",
];

async fn pages_that_are_asked_for_at_once_all_come(server: &Server) -> Result<()> {
    server.template(DEFAULT, "asked").await?;
    let (_, cookie) = server.log_in("ada", Role::SuperAdmin).await?;
    for _ in 0..20 * scale() {
        let cookie = &cookie;
        let pages = PAGES.iter().chain(&PAGES).map(|page| async move {
            let request = server.request("GET", page, cookie)?.header("accept", "text/html");
            let answer = request.send().await?;
            let (status, text) = (answer.status().as_u16(), answer.text().await?);
            ensure!([200, 400, 404, 422].contains(&status) && text.contains("</html>"), "{page}: {status} {text}");
            Ok(())
        });
        futures_util::future::try_join_all(pages).await?;
    }
    Ok(())
}
