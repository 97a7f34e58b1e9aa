//! What a service fetches of a template that is made of others: one text, or all of its parts.

use crate::common::Server;
use anyhow::{Result, ensure};
use domain::api_key::Scope;
use domain::project::DEFAULT;
use serde_json::{Value, json};

crate::on_both_engines!(a_composed_template_is_fetched_in_one_piece_or_in_parts);

const RULES: &str = "Be {{ tone }}.";
const FRAME: &str = "You coach.\n{% block task %}Listen.{% endblock %}\nBe brief.";
const COACH: &str =
    "{% extends 'frame' %}{% block task %}{% include 'rules@1' %} {{ super() }} Help {{ name }}.{% endblock %}";

/// The three of them, each served by `production`.
async fn write(server: &Server) -> Result<()> {
    let (admin, path) = (server.admin().await?, "/api/v1/admin/prompts/templates");
    for (key, text, names) in
        [("rules", RULES, &["tone"][..]), ("frame", FRAME, &[]), ("coach", COACH, &["tone", "name"])]
    {
        let new = json!({ "name": key, "template_text": text, "variables": names });
        server.send("POST", path, &admin, Some(new)).await?.expect(201)?;
        server.send("POST", &format!("{path}/{key}/activate"), &admin, None).await?.expect(200)?;
    }
    Ok(())
}

async fn a_composed_template_is_fetched_in_one_piece_or_in_parts(server: &Server) -> Result<()> {
    write(server).await?;
    let (_, agent) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    let fetched = server.get("/api/v1/prompts/coach", &agent).await?;
    crate::assert_answer!(fetched, @r#"
    200
    {
      "data": {
        "topic_id": "coach",
        "prompts": {
          "user": "You coach.\nBe {{ tone }}. Listen. Help {{ name }}.\nBe brief."
        }
      }
    }
    "#);
    let bundle = server.get("/api/v1/prompts/coach?bundle=true", &agent).await?.expect(200)?;
    let hash = bundle.text_at("/data/effective_hash")?;
    ensure!(hash.len() == 64 && fetched.header("etag") == format!("\"{}\"", &hash[..32]), "{}", bundle.text);
    assert_eq!((bundle.at("/data/key"), bundle.at("/data/version")), (json!("coach"), json!(1)));
    let list = |pointer: &str, parts: &[&str]| -> Vec<Value> {
        let part = |item: &Value| parts.iter().map(|part| item.pointer(part).cloned().unwrap_or_default()).collect();
        bundle.at(pointer).as_array().into_iter().flatten().map(part).collect()
    };
    let closure = list("/data/closure", &["/reference", "/key", "/version"]);
    assert_eq!(closure, [json!(["coach", "coach", 1]), json!(["frame", "frame", 1]), json!(["rules@1", "rules", 1])]);
    let parts = list("/data/templates", &["/key", "/version", "/content/messages/0/content"]);
    assert_eq!(parts, [json!(["coach", 1, COACH]), json!(["frame", 1, FRAME]), json!(["rules", 1, RULES])]);
    Ok(())
}
