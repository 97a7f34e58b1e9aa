//! Imports over HTTP: what they ask for, and what is kept of one that is sent again.

use crate::common::answer::Answer;
use crate::common::written::{changed, written};
use crate::common::{By, Server};
use anyhow::{Result, ensure};
use domain::permission::Role;
use domain::project::DEFAULT;
use serde_json::{Value, json};
use server::api::files::MAX_BODY;

crate::on_both_engines!(
    a_contract_that_breaks_callers_is_imported_on_request_only,
    an_invalid_template_is_refused_with_its_file_and_nothing_is_written,
    a_repeated_import_is_one_of_the_project_in_its_address,
    what_is_kept_of_an_import_is_small,
    too_large_an_import_is_told_how_much_it_may_have,
);

fn files(text: &str) -> Value {
    json!({ "files": [{ "path": "core_values.prompty", "text": text }] })
}

async fn once(server: &Server, path: &str, by: &By, key: &str, body: &Value) -> Result<Answer> {
    Answer::of(server.request("POST", path, by)?.header("idempotency-key", key).json(body)).await
}

async fn a_contract_that_breaks_callers_is_imported_on_request_only(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let text = "---\ninputs:\n  - name: goal\n    kind: string\n    required: true\n---\nuser:\nReach {{ goal }}.\n";
    let path = "/api/v1/admin/import?on_conflict=new_version";
    let refused = server.send("POST", path, &admin, Some(files(text))).await?.expect(409)?;
    ensure!(refused.text_at("/code")? == "breaking" && refused.text.contains("`goal`"), "{}", refused.text);
    ensure!(refused.text_at("/errors/0/field")? == "core_values.prompty", "{}", refused.text);
    let dry = format!("{path}&dry_run=true");
    let told = server.send("POST", &dry, &admin, Some(files(text))).await?.expect(200)?;
    ensure!(told.text.contains("\"is_breaking\":true"), "{}", told.text);
    let path = format!("{path}&allow_breaking=true");
    server.send("POST", &path, &admin, Some(files(text))).await?.expect(200)?;
    Ok(())
}

async fn an_invalid_template_is_refused_with_its_file_and_nothing_is_written(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let main = "parameters:\n  - name: user_name\n    type: string\n";
    let files = json!({ "files": [
        { "path": "fine/user.md", "text": "Hello\n" },
        { "path": "fine/prompt.yaml", "text": "kind: single_shot\n" },
        { "path": "greeting/prompt.yaml", "text": main },
        { "path": "greeting/user.md", "text": "Dear\n{{ user_nmae }}\n" },
    ] });
    let before = written(&server.services.db).await?;
    for (path, status) in [("/api/v1/admin/import", 422), ("/api/v1/admin/import?dry_run=true", 200)] {
        let answer = server.send("POST", path, &admin, Some(files.clone())).await?.expect(status)?;
        let list = if status == 422 { "/errors" } else { "/problems" };
        let found = ["field", "line", "column"].map(|part| answer.at(&format!("{list}/0/{part}")));
        assert_eq!(found, [json!("greeting/user.md"), json!(2), json!(4)], "{path}: {}", answer.text);
        let message = answer.text_at(&format!("{list}/0/message"))?;
        ensure!(message.starts_with("`user_nmae` is not a declared parameter; did you mean `user_name`?"), "{message}");
        ensure!(answer.at(list).as_array().is_some_and(|all| all.len() == 1), "{path}: {}", answer.text);
        let after = written(&server.services.db).await?;
        assert_eq!(changed(&before, &after), Vec::<&str>::new(), "{path}");
    }
    Ok(())
}

async fn a_repeated_import_is_one_of_the_project_in_its_address(server: &Server) -> Result<()> {
    server.project("team").await?;
    let (_, by) = server.person("team", "ada@example.com", Role::SuperAdmin).await?;
    // As a page sends it: no header names the project, so that of the header is the usual one.
    let (by, path) = (by.in_project(DEFAULT), "/api/v1/admin/import?project=team");
    let first = once(server, path, &by, "k-1", &files("user:\nHi\n")).await?.expect(200)?;
    let again = once(server, path, &by, "k-1", &files("user:\nHi\n")).await?.expect(200)?;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    Ok(())
}

async fn what_is_kept_of_an_import_is_small(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    server.template(DEFAULT, "core_values").await?;
    let line = |n: usize| format!("The line of number {n} is another one now.\n");
    let text = format!("user:\n{{{{ user_name }}}}\n{}", (0..1_000).map(line).collect::<String>());
    let path = "/api/v1/admin/import?on_conflict=new_version&allow_breaking=true";
    let dry = once(server, &format!("{path}&dry_run=true"), &admin, "dry", &files(&text)).await?.expect(200)?;
    ensure!(dry.text.contains("number 999"), "a dry run shows the lines");
    once(server, path, &admin, "real", &files(&text)).await?.expect(200)?;
    let kept: Vec<(String, Option<Vec<u8>>)> =
        server.services.db.all("select key, body from idempotency_key", ()).await?;
    let sizes: Vec<_> = kept.iter().map(|(key, body)| (key.as_str(), body.as_ref().map_or(0, Vec::len))).collect();
    ensure!(sizes.len() == 1 && sizes[0].0 == "real" && sizes[0].1 < 4_000, "{sizes:?}");
    let again = once(server, path, &admin, "real", &files(&text)).await?.expect(200)?;
    assert_eq!(again.at("/is_applied"), json!(true));
    Ok(())
}

async fn too_large_an_import_is_told_how_much_it_may_have(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    for key in [None, Some("k-1")] {
        let request = server.request("POST", "/api/v1/admin/import", &admin)?;
        let request = request.header("content-type", "application/zip").body(vec![0_u8; MAX_BODY + 1]);
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let refused = Answer::of(request).await?.expect(413)?;
        ensure!(refused.text_at("/detail")?.contains("10 MB"), "{key:?}: {}", refused.text);
    }
    Ok(())
}
