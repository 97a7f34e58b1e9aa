//! What the contract refuses of a render, what a template may not be larger than, and how a key may be sent.

use crate::common::answer::Answer;
use crate::common::{By, Server};
use anyhow::{Result, ensure};
use domain::api_key::Scope;
use domain::project::DEFAULT;
use serde_json::{Value, json};

crate::on_both_engines!(
    a_render_names_each_value_that_the_contract_refuses,
    what_is_larger_than_a_template_may_be_is_refused,
    a_key_may_come_as_a_bearer,
);

async fn a_render_names_each_value_that_the_contract_refuses(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let new = json!({
        "name": "graded", "kind": "single_shot", "template_text": "{{ tone }} {{ stars }} {{ words }} {{ key }}",
        "parameters": [
            { "name": "tone", "type": "string", "required": true, "enum": ["warm", "plain"] },
            { "name": "stars", "type": "integer", "required": true, "min": 1, "max": 5 },
            { "name": "words", "type": "number", "required": true },
            { "name": "key", "type": "string", "required": true, "pattern": "[a-z]+" },
        ],
    });
    server.send("POST", "/api/v1/admin/prompts/templates", &admin, Some(new)).await?.expect(201)?;
    let variables = json!({ "tone": "cold", "stars": 6, "words": "many", "key": "A1" });
    let body = json!({ "template_name": "graded", "version": 1, "variables": variables });
    let answer = server.send("POST", "/api/v1/prompts/render", &admin, Some(body)).await?;
    answer.check_problem(422)?;
    crate::assert_answer!(answer, @r#"
    422
    {
      "type": "about:blank",
      "title": "Unprocessable Entity",
      "status": 422,
      "detail": "4 variables are not valid",
      "code": "invalid_variables",
      "request_id": "[id]",
      "errors": [
        {
          "field": "variables.tone",
          "message": "must be one of \"warm\", \"plain\""
        },
        {
          "field": "variables.stars",
          "message": "must be at most 5"
        },
        {
          "field": "variables.words",
          "message": "expected a number, got a string"
        },
        {
          "field": "variables.key",
          "message": "must match the pattern [a-z]+"
        }
      ],
      "execution_id": "[id]"
    }
    "#);
    Ok(())
}

async fn what_is_larger_than_a_template_may_be_is_refused(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let parameters: Vec<Value> = (0..51).map(|n| json!({ "name": format!("p{n}"), "type": "string" })).collect();
    let large = json!([{ "role": "user", "content": "x".repeat(50 * 1024 + 1) }]);
    for (field, value, named) in
        [("parameters", json!(parameters), "parameters"), ("messages", large, "messages[0].content")]
    {
        let new = json!({ "name": "large", "kind": "single_shot", field: value });
        let answer = server.send("POST", "/api/v1/admin/prompts/templates", &admin, Some(new)).await?;
        answer.check_problem(422)?;
        ensure!(answer.at("/errors/0/field") == named, "{}", answer.text);
    }
    server.send("GET", "/api/v1/admin/prompts/templates/large", &admin, None).await?.check_problem(404)
}

async fn a_key_may_come_as_a_bearer(server: &Server) -> Result<()> {
    server.template(DEFAULT, "core_values").await?;
    let (id, By::Key(key)) = server.key(DEFAULT, &[Scope::PromptsRead]).await? else { anyhow::bail!("a key") };
    let fetch = |with: String| async move {
        let request = server.request("GET", "/api/v1/prompts/core_values", &By::Nobody)?.header("authorization", with);
        Answer::of(request).await
    };
    fetch(format!("Bearer {key}")).await?.expect(200)?;
    fetch(format!("bearer {key}")).await?.expect(200)?;
    for wrong in
        [format!("Basic {key}"), format!("Bearer {key}x"), "Bearer ppy_production_x_y".into(), "Bearer ".into()]
    {
        fetch(wrong).await?.check_problem(401)?;
    }
    // A key of its own header counts before any other.
    let both = server.request("GET", "/api/v1/prompts/core_values", &By::Key("ppy_production_x_y".into()))?;
    Answer::of(both.header("authorization", format!("Bearer {key}"))).await?.check_problem(401)?;
    service::api_keys::revoke(&server.system(DEFAULT).await?, id).await?;
    fetch(format!("Bearer {key}")).await?.check_problem(401)
}
