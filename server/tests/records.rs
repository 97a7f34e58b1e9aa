//! Template records: the routes of the second seed document answer as those of the third do.

use crate::common::answer::Answer;
use crate::common::{By, Server};
use anyhow::{Result, ensure};
use domain::project::DEFAULT;
use serde_json::{Value, json};

crate::on_both_engines!(both_lists_are_the_same, what_one_route_writes_the_other_shows);

const SEED2: &str = "/api/v1/prompts/templates";
const SEED3: &str = "/api/v1/admin/prompts/templates";

/// The answers of both routes to one request, which must be the same.
async fn both(server: &Server, by: &By, rest: &str) -> Result<Answer> {
    let one = server.get(&format!("{SEED2}{rest}"), by).await?.expect(200)?;
    let other = server.get(&format!("{SEED3}{rest}"), by).await?.expect(200)?;
    ensure!(one.text == other.text, "{rest}:\n{}\n{}", one.text, other.text);
    ensure!(one.header("etag") == other.header("etag"), "{rest}");
    Ok(one)
}

async fn both_lists_are_the_same(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for key in ["core_values", "goals", "vision"] {
        server.template(DEFAULT, key).await?;
    }
    let keys = |answer: &Answer| -> Vec<Value> {
        answer.at("/items").as_array().into_iter().flatten().map(|item| item["name"].clone()).collect()
    };
    assert_eq!(keys(&both(server, &admin, "").await?), ["core_values", "goals", "vision"]);
    assert_eq!(keys(&both(server, &admin, "?search=goal&sort=name").await?), ["goals"]);
    let first = both(server, &admin, "?limit=2").await?;
    let next = both(server, &admin, &format!("?limit=2&cursor={}", first.text_at("/next")?)).await?;
    assert_eq!((keys(&first).len(), keys(&next)), (2, vec![json!("vision")]));
    Ok(())
}

async fn what_one_route_writes_the_other_shows(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let new = json!({ "name": "greeting", "template_text": "Hello {{ who }}", "variables": ["who"] });
    let made = server.send("POST", SEED2, &admin, Some(new)).await?.expect(201)?;
    let shown = server.get(&format!("{SEED3}/greeting"), &admin).await?.expect(200)?;
    assert_eq!((made.json(), made.header("etag")), (shown.json(), shown.header("etag")));
    let facts = ["/name", "/template_text", "/variables", "/version", "/is_active"].map(|part| made.at(part));
    assert_eq!(facts, [json!("greeting"), json!("Hello {{ who }}"), json!(["who"]), json!(1), json!(false)]);
    let text = json!({ "template_text": "Good day, {{ who }}", "commit_message": "Politer" });
    let path = format!("{SEED2}/{}", made.text_at("/id")?);
    let request = server.request("PUT", &path, &admin)?.header("if-match", made.header("etag")).json(&text);
    let changed = Answer::of(request).await?.expect(200)?;
    let shown = server.get(&format!("{SEED3}/greeting"), &admin).await?.expect(200)?;
    assert_eq!((changed.json(), changed.header("etag")), (shown.json(), shown.header("etag")));
    assert_eq!((changed.at("/version"), changed.at("/template_text")), (json!(2), text["template_text"].clone()));
    let versions = both(server, &admin, "/greeting/versions").await?;
    assert_eq!((versions.at("/items/0/number"), versions.at("/items/1/number")), (json!(2), json!(1)));
    assert_eq!(versions.at("/items/0/commit_message"), "Politer");
    Ok(())
}
