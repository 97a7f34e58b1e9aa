//! Search, bulk changes and batches through REST.

use crate::common::Server;
use crate::common::written::{changed, written};
use anyhow::{Result, ensure};
use domain::project::DEFAULT;
use serde_json::json;
use service::templates;

crate::on_both_engines!(
    a_search_answers_with_templates_and_reasons,
    a_bulk_change_answers_for_each_template,
    an_idempotent_bulk_change_is_done_once,
    what_other_projects_have_is_neither_found_nor_touched,
    words_of_paths_are_no_keys,
);

async fn a_search_answers_with_templates_and_reasons(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    server.template(DEFAULT, "other").await?;
    server.project("theirs").await?;
    server.template("theirs", "core_values").await?;
    let answer = server.send("GET", "/api/v1/admin/prompts/search?q=core+val", &admin, None).await?.expect(200)?;
    ensure!(answer.at("/items").as_array().is_some_and(|items| items.len() == 1), "{}", answer.text);
    ensure!(answer.at("/items/0/template/key") == "core_values" && answer.at("/next").is_null(), "{}", answer.text);
    let pieces = json!([
        { "text": "core", "is_match": true },
        { "text": "_", "is_match": false },
        { "text": "values", "is_match": true },
    ]);
    ensure!(answer.at("/items/0/matches/0") == json!({ "part": "key", "pieces": pieces }), "{}", answer.text);
    let path = "/api/v1/admin/prompts/search?q=%22expert%20coach%22&limit=1";
    let first = server.send("GET", path, &admin, None).await?.expect(200)?;
    let found = first.at("/items/0/matches/0");
    ensure!((&found["role"], &found["version"]) == (&json!("system"), &json!(1)), "{}", first.text);
    let next = format!("{path}&cursor={}", first.text_at("/next")?);
    let second = server.send("GET", &next, &admin, None).await?.expect(200)?;
    ensure!(second.at("/items/0/template/key") != first.at("/items/0/template/key"), "{}", second.text);
    let long = format!("/api/v1/admin/prompts/search?q={}", "x".repeat(201));
    let refused = server.send("GET", &long, &admin, None).await?;
    refused.check_problem(422)?;
    ensure!(refused.at("/errors/0/field") == "q", "{}", refused.text);
    Ok(())
}

async fn a_bulk_change_answers_for_each_template(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let body = json!({ "keys": ["core_values", "none"], "action": "move", "folder": "coaching" });
    let answer = server.send("POST", "/api/v1/admin/prompts/templates/bulk", &admin, Some(body.clone())).await?;
    let missing = json!({ "key": "none", "status": "failed", "code": "not_found",
        "message": "there is no such template in this project" });
    let expected = json!({ "items": [{ "key": "core_values", "status": "done" }, missing.clone()] });
    ensure!(answer.status == 200 && answer.json() == expected, "{}", answer.text);
    let again = server.send("POST", "/api/v1/admin/prompts/templates/bulk", &admin, Some(body)).await?;
    ensure!(
        again.json() == json!({ "items": [{ "key": "core_values", "status": "unchanged" }, missing] }),
        "{}",
        again.text
    );
    Ok(())
}

async fn an_idempotent_bulk_change_is_done_once(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let body = json!({ "keys": ["core_values"], "action": "add_tags", "tags": ["Once"] });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = server.request("POST", "/api/v1/admin/prompts/templates/bulk", &admin)?;
        let request = request.header("idempotency-key", "one").json(&body);
        answers.push(crate::common::answer::Answer::of(request).await?.expect(200)?.text);
    }
    ensure!(answers[0] == answers[1] && answers[0].contains("done"), "{answers:?}");
    Ok(())
}

async fn what_other_projects_have_is_neither_found_nor_touched(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.project("theirs").await?;
    server.template("theirs", "their_topic").await?;
    server.template(DEFAULT, "ours").await?;
    let id = templates::get(&server.system("theirs").await?, "their_topic").await?.id.to_string();
    let before = written(&server.services.db).await?;
    let topics = json!({ "topic_ids": ["ours", "their_topic", id] });
    let batch = server.send("POST", "/api/v1/prompts/batch", &admin, Some(topics)).await?.expect(200)?;
    assert_eq!(batch.at("/missing"), json!(["their_topic", id]));
    ensure!(batch.at("/data").as_object().is_some_and(|data| data.keys().eq(["ours"])), "{}", batch.text);
    for change in [
        json!({ "action": "add_tags", "tags": ["mine"] }),
        json!({ "action": "move", "folder": "mine" }),
        json!({ "action": "archive" }),
    ] {
        let mut body = change.clone();
        body["keys"] = json!(["their_topic", id]);
        let answer =
            server.send("POST", "/api/v1/admin/prompts/templates/bulk", &admin, Some(body)).await?.expect(200)?;
        let codes = [answer.at("/items/0/code"), answer.at("/items/1/code")];
        assert_eq!(codes, ["not_found", "not_found"], "{change}: {}", answer.text);
    }
    let after = written(&server.services.db).await?;
    assert_eq!(changed(&before, &after), Vec::<&str>::new());
    Ok(())
}

async fn words_of_paths_are_no_keys(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for name in ["search", "bulk"] {
        let body = json!({ "name": name, "template_text": "Hello" });
        let refused = server.send("POST", "/api/v1/admin/prompts/templates", &admin, Some(body)).await?;
        refused.check_problem(422)?;
    }
    Ok(())
}
