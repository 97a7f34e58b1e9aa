//! The built binary from outside: command line, server, signals, log.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::common::program::{Program, Running};
use crate::common::site::Site;
use crate::common::{By, PASSWORD};
use anyhow::{Context, Result, anyhow, ensure};
use domain::permission::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

crate::of_the_binary!(the_story_of_a_prompt => story);

/// From an empty folder to a measured prompt, as the KPI integration goes about it.
async fn story(program: &Program<'_>) -> Result<()> {
    program.prints(&["project", "create", "kpi", "--name", "KPI"], "")?;
    let person = ["user", "create", "admin@example.com", "--role", "super_admin", "--project", "kpi"];
    let said = program.prints(&person, &format!("{PASSWORD}\n"))?;
    ensure!(said == "admin@example.com is super_admin of kpi", "{said}");
    let scopes = "prompts:read,prompts:render,executions:read";
    let key = ["key", "create", "agent", "--environment", "production", "--project", "kpi", "--scopes", scopes];
    let key = program.prints(&key, "")?;
    ensure!(key.starts_with("ppy_production_") && !key.contains('\n'), "{key}");
    let mut running = program.serve()?;
    ensure!(running.printed.iter().all(|line| !line.contains(PASSWORD)), "{:?}", running.printed);
    ensure!(running.line("loaded")? == "8 templates to start from");
    let site = Site::new(&running.url)?;
    let (admin, agent) = (token(&site).await?, By::Key(key));
    write(&site, &admin).await?;
    read(&site, &agent).await?;
    let execution = render(&site, &agent).await?;
    report(&site, &agent, &execution).await?;
    revoke(program, &site, &agent).await?;
    running.terminate()?;
    outlive(program, &execution).await
}

async fn token(site: &Site) -> Result<By> {
    let credentials = json!({ "email": "admin@example.com", "password": PASSWORD });
    let answer = site.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await?.expect(200)?;
    Ok(By::Token(answer.text_at("/access_token")?, "kpi".into()))
}

async fn write(site: &Site, admin: &By) -> Result<()> {
    let topic = json!({
        "topic_id": "revenue_salesforce",
        "topic_name": "Revenue Growth - Salesforce",
        "topic_type": "kpi_system",
        "category": "kpi",
        "allowed_parameters": [
            { "name": "kpi_value", "type": "number", "required": true },
            { "name": "threshold", "type": "number", "required": true },
        ],
    });
    let path = "/api/v1/admin/prompts";
    let made = site.send("POST", path, admin, Some(topic)).await?;
    crate::assert_answer!(made, @r#"
    201
    {
      "data": {
        "topic_id": "revenue_salesforce",
        "topic_name": "Revenue Growth - Salesforce",
        "message": "Topic created. Now create prompts for this topic."
      }
    }
    "#);
    let texts = [
        ("system", "You are an AI analyzing revenue KPI..."),
        ("user", "Analyze revenue showing {{kpi_value}} against {{ threshold }}."),
    ];
    for (role, content) in texts {
        let path = format!("{path}/revenue_salesforce/{role}");
        site.send("POST", &path, admin, Some(json!({ "content": content }))).await?.expect(201)?;
    }
    Ok(())
}

async fn read(site: &Site, agent: &By) -> Result<()> {
    let fetched = site.send("GET", "/api/v1/prompts/revenue_salesforce", agent, None).await?;
    crate::assert_answer!(fetched, @r#"
    200
    {
      "data": {
        "topic_id": "revenue_salesforce",
        "prompts": {
          "system": "You are an AI analyzing revenue KPI...",
          "user": "Analyze revenue showing {{kpi_value}} against {{ threshold }}."
        }
      }
    }
    "#);
    let topics = json!({ "topic_ids": ["revenue_salesforce", "churn_hubspot"] });
    let batch = site.send("POST", "/api/v1/prompts/batch", agent, Some(topics)).await?.expect(200)?;
    assert_eq!(batch.at("/data/revenue_salesforce/prompts"), fetched.at("/data/prompts"));
    assert_eq!(batch.at("/missing"), json!(["churn_hubspot"]));
    Ok(())
}

/// Renders with good and with bad variables; the id of the good execution.
async fn render(site: &Site, agent: &By) -> Result<String> {
    let with = |variables: Value| {
        Some(
            json!({ "template_name": "revenue_salesforce", "variables": variables, "agent": "dotnet", "user_id": "u-7" }),
        )
    };
    let path = "/api/v1/prompts/render";
    let good = site.send("POST", path, agent, with(json!({ "kpi_value": 95000, "threshold": 100000 }))).await?;
    crate::assert_answer!(good, @r#"
    200
    {
      "status": "success",
      "rendered_prompt": "You are an AI analyzing revenue KPI...\n\nAnalyze revenue showing 95000 against 100000.",
      "messages": [
        {
          "role": "system",
          "content": "You are an AI analyzing revenue KPI..."
        },
        {
          "role": "user",
          "content": "Analyze revenue showing 95000 against 100000."
        }
      ],
      "template": {
        "name": "revenue_salesforce",
        "version": 3,
        "label": "production"
      },
      "experiment": null,
      "variant": null,
      "execution_id": "[id]",
      "guardrail_action": "not_evaluated",
      "guardrail_violations": [],
      "durability": "committed"
    }
    "#);
    let bad = site.send("POST", path, agent, with(json!({ "kpi_value": "a lot" }))).await?;
    bad.check_problem(422)?;
    crate::assert_answer!(bad, @r#"
    422
    {
      "type": "about:blank",
      "title": "Unprocessable Entity",
      "status": 422,
      "detail": "2 variables are not valid",
      "code": "invalid_variables",
      "request_id": "[id]",
      "errors": [
        {
          "field": "variables.kpi_value",
          "message": "expected a number, got a string"
        },
        {
          "field": "variables.threshold",
          "message": "is required: give a number"
        }
      ],
      "execution_id": "[id]"
    }
    "#);
    let failed = site.send("GET", "/api/v1/executions?status=failure", agent, None).await?.expect(200)?;
    assert_eq!(failed.at("/items/0/error_type"), "invalid_variables");
    assert_eq!(failed.at("/items").as_array().map(Vec::len), Some(1));
    good.text_at("/execution_id")
}

async fn report(site: &Site, agent: &By, execution: &str) -> Result<()> {
    let path = format!("/api/v1/executions/{execution}");
    let before = site.send("GET", &path, agent, None).await?.expect(200)?;
    assert_eq!((before.at("/status"), before.at("/model_response")), (json!("success"), json!(null)));
    assert_eq!(before.at("/messages/1/content"), "Analyze revenue showing 95000 against 100000.");
    let result = json!({
        "model_response": "Revenue is $95,000, which is 5% below...",
        "input_tokens": 120, "output_tokens": 34, "cost_usd": 0.00123, "latency_ms": 840, "status": "partial",
    });
    for _ in 0..2 {
        site.send("POST", &format!("{path}/result"), agent, Some(result.clone())).await?.expect(204)?;
    }
    let other = json!({ "latency_ms": 841 });
    site.send("POST", &format!("{path}/result"), agent, Some(other)).await?.check_problem(409)?;
    let after = site.send("GET", &path, agent, None).await?.expect(200)?;
    let facts = ["/status", "/cost_usd", "/token_count", "/latency_ms"].map(|pointer| after.at(pointer));
    assert_eq!(facts, [json!("partial"), json!("0.00123"), json!(154), json!(840)]);
    Ok(())
}

/// A key revoked on the command line is refused by the running server within a second or two.
async fn revoke(program: &Program<'_>, site: &Site, agent: &By) -> Result<()> {
    let path = "/api/v1/prompts/revenue_salesforce";
    site.send("GET", path, agent, None).await?.expect(200)?;
    let keys: Value = serde_json::from_str(&program.prints(&["--json", "key", "list", "--project", "kpi"], "")?)?;
    let id = keys[0]["id"].as_str().context("a key")?.to_owned();
    program.prints(&["key", "revoke", &id, "--project", "kpi"], "")?;
    for _ in 0..30 {
        let answer = site.send("GET", path, agent, None).await?;
        if answer.status == 401 {
            return answer.check_problem(401);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the revoked key still works after three seconds")
}

/// What was written is there after a restart; the first data is not loaded twice.
async fn outlive(program: &Program<'_>, execution: &str) -> Result<()> {
    let mut running = program.serve()?;
    let site = Site::new(&running.url)?;
    let admin = token(&site).await?;
    site.send("GET", &format!("/api/v1/executions/{execution}"), &admin, None).await?.expect(200)?;
    let chain = site.send("GET", "/api/v1/admin/audit/verification", &admin, None).await?.expect(200)?;
    ensure!(chain.at("/broken_at").is_null() && chain.at("/events").as_i64() >= Some(7), "{}", chain.text);
    running.terminate()?;
    let is_new = |line: &String| line.contains("loaded") || line.contains("set up");
    ensure!(!running.printed.iter().any(is_new), "{:?}", running.printed);
    Ok(())
}

crate::of_the_binary!(people_and_keys_are_kept_from_the_command_line => people_and_keys);

async fn people_and_keys(program: &Program<'_>) -> Result<()> {
    for (email, role) in [("admin@example.com", "super_admin"), ("ada@example.com", "viewer")] {
        program.prints(&["user", "create", email, "--role", role], PASSWORD)?;
    }
    let mut running = program.serve()?;
    let site = Site::new(&running.url)?;
    let log_in = async |password: &str| {
        let credentials = json!({ "email": "ada@example.com", "password": password });
        site.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await
    };
    let ada = By::Token(log_in(PASSWORD).await?.expect(200)?.text_at("/access_token")?, "default".into());
    let templates = "/api/v1/admin/prompts/templates";
    site.send("GET", templates, &ada, None).await?.expect(200)?;
    let said = program.prints(&["user", "password", "ada@example.com"], "another long pass phrase\n")?;
    assert_eq!(said, "ada@example.com has a new password and is logged out everywhere");
    site.send("GET", templates, &ada, None).await?.check_problem(401)?;
    log_in(PASSWORD).await?.check_problem(401)?;
    log_in("another long pass phrase").await?.expect(200)?;
    update(program)?;
    log_in("another long pass phrase").await?.check_problem(401)?;
    key_with_an_end(program, &site).await?;
    running.terminate()
}

/// Another role, and no access any more.
fn update(program: &Program<'_>) -> Result<()> {
    let said = program.prints(&["user", "update", "Ada@example.com", "--role", "prompt_engineer"], "")?;
    assert_eq!(said, "ada@example.com is prompt_engineer of default");
    program.prints(&["user", "update", "ada@example.com", "--disabled", "true"], "")?;
    let listed = program.prints(&["user", "list"], "")?;
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let ada = ["ada@example.com", "prompt_engineer", "disabled"];
    assert_eq!(lines, [ada, ["admin@example.com", "super_admin", "active"]]);
    let listed: Value = serde_json::from_str(&program.prints(&["--json", "user", "list"], "")?)?;
    assert_eq!((&listed[0]["role"], &listed[0]["is_disabled"]), (&json!("prompt_engineer"), &json!(true)));
    for (args, password, complaint) in [
        (&["update", "eve@example.com", "--role", "viewer"][..], "", "there is no user eve@example.com"),
        (&["update", "admin@example.com", "--role", "viewer"], "", "at least one active super admin"),
        (&["password", "eve@example.com"], PASSWORD, "there is no such user"),
        (&["password", "admin@example.com"], "short", "password: use at least 15 characters"),
    ] {
        fails(program, &[&["user"], args].concat(), password, 1, complaint)?;
    }
    Ok(())
}

async fn key_with_an_end(program: &Program<'_>, site: &Site) -> Result<()> {
    let create = ["key", "create", "agent", "--environment", "production", "--expires"];
    let key = program.prints(&[&create[..], &["2099-01-31T12:00:00+02:00"]].concat(), "")?;
    let listed: Value = serde_json::from_str(&program.prints(&["--json", "key", "list"], "")?)?;
    assert_eq!((&listed[0]["name"], &listed[0]["expires_at"]), (&json!("agent"), &json!("2099-01-31T10:00:00Z")));
    site.send("GET", "/api/v1/prompts/core_values", &By::Key(key), None).await?.expect(200)?;
    fails(program, &[&create[..], &["2020-01-31T00:00:00Z"]].concat(), "", 1, "expires_at: use a time in the future")?;
    fails(program, &[&create[..], &["tomorrow"]].concat(), "", 2, "is not an RFC 3339 time")?;
    assert_eq!(program.prints(&["key", "list"], "")?.lines().count(), 1);
    Ok(())
}

/// A command that ends with this code, and says why.
fn fails(program: &Program<'_>, args: &[&str], input: &str, code: i32, complaint: &str) -> Result<()> {
    let output = program.run(args, input)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(code), "{args:?} ended with {}: {said}", output.status);
    ensure!(said.contains(complaint) && !said.contains("panicked"), "{args:?} does not say {complaint}: {said}");
    Ok(())
}

/// The demo's folder stands among the temporary files, and goes with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_prints_its_log_ins_and_leaves_nothing_behind() -> Result<()> {
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    let mut running = program.start("demo")?;
    let mut log_ins = BTreeMap::new();
    for _ in Role::ALL {
        let line = running.line("log in")?;
        let (words, role) = line.split_once('(').with_context(|| line.clone())?;
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let [email, password] = <[String; 2]>::try_from(words).map_err(|_| anyhow!(line.clone()))?;
        log_ins.insert(role.trim_end_matches(')').to_owned(), (email, password));
    }
    let titles = Role::ALL.map(|role| role.title().to_lowercase());
    assert_eq!(log_ins.keys().cloned().collect::<BTreeSet<_>>(), BTreeSet::from(titles));
    let (email, password) = &log_ins["super admin"];
    let (site, credentials) = (Site::new(&running.url)?, json!({ "email": email, "password": password }));
    let token = site.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await?.expect(200)?;
    let admin = By::Token(token.text_at("/access_token")?, "default".into());
    let people = site.send("GET", "/api/v1/admin/users", &admin, None).await?.expect(200)?;
    for person in people.at("/items").as_array().context("people")? {
        let role: Role = serde_json::from_value(person["role"].clone())?;
        assert_eq!(person["email"], log_ins[&role.title().to_lowercase()].0);
    }
    let demos = || -> Result<usize> {
        let names =
            std::fs::read_dir(folder.path())?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
        Ok(names.iter().filter(|name| name.to_string_lossy().starts_with("promptory-demo-")).count())
    };
    assert_eq!(demos()?, 1);
    running.terminate()?;
    assert_eq!(demos()?, 0, "the folder outlives the demo");
    ensure!(!folder.path().join("data").exists(), "the demo made a data folder");
    Ok(())
}

#[test]
fn wrong_usage_is_2_and_failure_is_1() -> Result<()> {
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    let cases: [(&[&str], i32, &str); 10] = [
        (&[], 2, "Usage"),
        (&["no-such-command"], 2, "unrecognized subcommand"),
        (&["serve", "--adress", "x"], 2, "--address"),
        (&["user", "create"], 2, "EMAIL"),
        (&["user", "create", "a@example.com", "--role", "king"], 2, "king"),
        (&["key", "create", "k", "--scopes", "everything"], 2, "everything"),
        (&["user", "create", "a@example.com", "--password", "secret"], 1, "standard input"),
        (&["user", "create", "nobody", "--role", "viewer"], 1, "email"),
        (&["user", "list", "--project", "nowhere"], 1, "nowhere"),
        (&["--config", "absent.toml", "migrate"], 1, "absent.toml"),
    ];
    for (args, code, word) in cases {
        fails(&program, args, "a password that is long enough", code, word)?;
    }
    for args in [&["--help"][..], &["--version"], &["user", "--help"]] {
        ensure!(program.run(args, "")?.status.success(), "{args:?}");
    }
    Ok(())
}

#[test]
fn an_unknown_setting_is_refused_and_the_right_one_named() -> Result<()> {
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    std::fs::write(folder.path().join("promptory.toml"), "[server]\nadress = \"127.0.0.1:0\"\n")?;
    let output = program.run(&["migrate"], "")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1) && said.contains("did you mean `server.address`?"), "{said}");
    std::fs::remove_file(folder.path().join("promptory.toml"))?;
    let output = program.command(&["migrate"]).env("PROMPTORY_DATABASE__CONECTIONS", "3").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1) && said.contains("`database.connections`"), "{said}");
    ensure!(!folder.path().join("data").exists(), "something was made all the same");
    Ok(())
}

#[test]
fn the_openapi_command_prints_the_document() -> Result<()> {
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    let document: Value = serde_json::from_str(&program.prints(&["openapi"], "")?)?;
    ensure!(document["openapi"].as_str().is_some_and(|v| v.starts_with("3.1.")), "{}", document["openapi"]);
    ensure!(document["paths"]["/api/v1/prompts/render"].is_object());
    ensure!(!folder.path().join("data").exists(), "a data folder was made for it");
    Ok(())
}

#[test]
fn the_data_folder_is_closed_to_others_and_the_first_start_offers_a_set_up_link() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    let mut running: Running = program.serve()?;
    let url = running.url.clone();
    let address = url.trim_start_matches("http://");
    let second = program.run(&["serve", "--address", address], "")?;
    let said = String::from_utf8_lossy(&second.stderr);
    ensure!(second.status.code() == Some(1) && said.contains("is another server running there?"), "{said}");
    let link = running.line("set up")?;
    ensure!(link.starts_with(&format!("{url}/setup/")), "{link}");
    running.terminate()?;
    let data = folder.path().join("data");
    for (path, mode) in [(data.clone(), 0o700), (data.join("secret.key"), 0o600)] {
        let found = std::fs::metadata(&path)?.permissions().mode() & 0o777;
        ensure!(found == mode, "{} has mode {found:o}", path.display());
    }
    let listed = program.prints(&["project", "list"], "")?;
    ensure!(listed.starts_with("default"), "{listed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_internal_error_is_told_to_the_log_alone_under_the_requests_id() -> Result<()> {
    let folder = TempDir::new()?;
    let program = Program { folder: folder.path(), database: None };
    let key = ["key", "create", "agent", "--environment", "production", "--scopes", "executions:read"];
    let agent = By::Key(program.prints(&key, "")?);
    let mut running = program.serve()?;
    let site = Site::new(&running.url)?;
    let path = "/api/v1/executions";
    site.send("GET", path, &agent, None).await?.expect(200)?;
    let db = service::db::Db::open_sqlite(&folder.path().join("data/promptory.db"), 1).await?;
    db.exec("alter table execution rename to gone", ()).await?;
    let answer = site.send("GET", path, &agent, None).await?;
    answer.check_problem(500)?;
    crate::assert_answer!(answer, @r#"
    500
    {
      "type": "about:blank",
      "title": "Internal Server Error",
      "status": 500,
      "detail": "something went wrong on our side; the log has the details",
      "code": "internal",
      "request_id": "[id]"
    }
    "#);
    running.terminate()?;
    let (log, id) = (program.log()?, answer.header("x-request-id"));
    let line = log.lines().find(|line| line.contains(id)).with_context(|| format!("{id} is not in the log: {log}"))?;
    ensure!(line.contains("ERROR") && line.contains("execution"), "{line}");
    ensure!(!log.contains("ppy_production_"), "a key is in the log: {log}");
    Ok(())
}
