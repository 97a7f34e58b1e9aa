//! `kill -9` in the middle of the work: what was acknowledged is there, once, and everything adds up.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::common::program::{Program, Running};
use crate::common::site::Site;
use crate::common::{By, PASSWORD, scale, seed};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use service::clock::SeededRandom;
use service::db::Db;

const RENDERS: u64 = 500;
const CALLERS: u64 = 16;

/// What the server has said is done.
#[derive(Default)]
struct Ledger {
    executions: Vec<String>,
    results: Vec<String>,
    versions: i64,
}

type Shared = Arc<Mutex<Ledger>>;

fn open(ledger: &Shared) -> std::sync::MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

crate::of_the_binary!(a_power_cut_loses_nothing_acknowledged => power_cuts);

async fn power_cuts(program: &Program<'_>) -> Result<()> {
    println!("seed {}, {} rounds", seed(), scale());
    let random = SeededRandom::new(seed());
    let person = ["user", "create", "admin@example.com", "--role", "super_admin"];
    program.prints(&person, PASSWORD)?;
    let scopes = "prompts:render,executions:read";
    let key =
        By::Key(program.prints(&["key", "create", "agent", "--environment", "production", "--scopes", scopes], "")?);
    let ledger = Shared::default();
    let mut admin = None;
    for round in 0..scale() {
        let mut running = program.serve()?;
        let site = Site::new(&running.url)?;
        let admin = match &admin {
            Some(admin) => admin,
            None => admin.insert(prepare(&site).await?),
        };
        let goal = RENDERS / 5 + random.below(RENDERS * 3 / 5);
        work_until_killed(&mut running, &site, admin, &key, &ledger, goal as usize).await?;
        check(program, admin, &ledger)
            .await
            .with_context(|| format!("seed {}, round {round}, cut at {goal}", seed()))?;
    }
    Ok(())
}

/// A token, and the template that is rendered.
async fn prepare(site: &Site) -> Result<By> {
    let credentials = json!({ "email": "admin@example.com", "password": PASSWORD });
    let answer = site.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await?.expect(200)?;
    let admin = By::Token(answer.text_at("/access_token")?, "default".into());
    let topic = json!({
        "topic_id": "cut", "topic_name": "Cut", "topic_type": "single_shot",
        "allowed_parameters": [{ "name": "n", "type": "integer", "required": true }],
    });
    site.send("POST", "/api/v1/admin/prompts", &admin, Some(topic)).await?.expect(201)?;
    let text = json!({ "content": "Number {{ n }}." });
    site.send("POST", "/api/v1/admin/prompts/cut/user", &admin, Some(text)).await?.expect(201)?;
    Ok(admin)
}

/// Renders and reports from many callers, and writes versions beside them, until the cut.
async fn work_until_killed(
    running: &mut Running,
    site: &Site,
    admin: &By,
    key: &By,
    ledger: &Shared,
    goal: usize,
) -> Result<()> {
    let goal = open(ledger).executions.len() + goal;
    let mut working = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let (site, key, ledger) = (site.clone(), key.clone(), ledger.clone());
        working.spawn(async move { while render(&site, &key, &ledger, caller).await.is_ok() {} });
    }
    let (author, writes) = ((site.clone(), admin.clone(), ledger.clone()), open(ledger).versions);
    working.spawn(async move {
        let (site, admin, ledger) = author;
        for n in writes.. {
            let text = json!({ "content": format!("Number {{{{ n }}}}, text {n}.") });
            let Ok(answer) = site.send("PUT", "/api/v1/admin/prompts/cut/user", &admin, Some(text)).await else {
                break;
            };
            if answer.status == 200 {
                open(&ledger).versions = n + 1;
            }
        }
    });
    while open(ledger).executions.len() < goal {
        ensure!(!working.is_empty(), "everybody gave up before the cut");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    running.kill()?;
    while working.join_next().await.is_some() {}
    Ok(())
}

async fn render(site: &Site, key: &By, ledger: &Shared, caller: u64) -> Result<()> {
    // Every seventh is refused, and recorded as a failure that the refusal names.
    let n = open(ledger).executions.len();
    let variables = if n % 7 == 6 && caller == 0 { json!({ "n": "x" }) } else { json!({ "n": n }) };
    let body = json!({ "template_name": "cut", "variables": variables, "agent": format!("agent-{caller}") });
    let answer = site.send("POST", "/api/v1/prompts/render", key, Some(body)).await?;
    if answer.status == 422 {
        open(ledger).executions.push(answer.text_at("/execution_id")?);
    }
    if answer.status != 200 {
        // Too busy is no acknowledgement.
        return Ok(());
    }
    let id = answer.text_at("/execution_id")?;
    open(ledger).executions.push(id.clone());
    if caller.is_multiple_of(3) {
        let result = json!({ "latency_ms": n % 900, "input_tokens": n, "output_tokens": 7, "cost_usd": 0.0001 });
        let path = format!("/api/v1/executions/{id}/result");
        if site.send("POST", &path, key, Some(result)).await?.status == 204 {
            open(ledger).results.push(id);
        }
    }
    Ok(())
}

/// After a restart: the ledger against the rows, the rows against the rollups, the chain and the file.
async fn check(program: &Program<'_>, admin: &By, ledger: &Shared) -> Result<()> {
    let mut running = program.serve()?;
    let site = Site::new(&running.url)?;
    let chain = site.send("GET", "/api/v1/admin/audit/verification", admin, None).await?.expect(200)?;
    ensure!(chain.at("/broken_at").is_null(), "the audit chain is broken: {}", chain.text);
    let (executions, results, versions) = {
        let ledger = open(ledger);
        (ledger.executions.clone(), ledger.results.clone(), ledger.versions)
    };
    let last = executions.last().context("nothing was acknowledged")?;
    site.send("GET", &format!("/api/v1/executions/{last}"), admin, None).await?.expect(200)?;
    running.terminate()?;
    let db = match program.database {
        Some(url) => Db::open_postgres(url, 2).await?,
        None => Db::open_sqlite(&program.folder.join("data/promptory.db"), 2).await?,
    };
    let rows: Vec<(uuid::Uuid, Option<i64>)> = db.all("select id, finished_at from execution", ()).await?;
    let found: BTreeSet<String> = rows.iter().map(|(id, _)| id.to_string()).collect();
    ensure!(found.len() == rows.len(), "an execution is there twice");
    let acknowledged: BTreeSet<String> = executions.iter().cloned().collect();
    ensure!(acknowledged.len() == executions.len(), "one execution was acknowledged twice");
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    ensure!(lost.is_empty(), "{} of {} acknowledged executions are lost: {lost:?}", lost.len(), executions.len());
    let finished: BTreeSet<String> = rows.iter().filter(|(_, at)| at.is_some()).map(|(id, _)| id.to_string()).collect();
    ensure!(results.iter().all(|id| finished.contains(id)), "an acknowledged result is lost");
    let numbers: i64 = db.scalar("select t.latest from template t where t.key = 'cut'", ()).await?;
    // The first two versions are the contract and the first text; the text that is there already makes none.
    ensure!(numbers >= versions, "{versions} changes were acknowledged, {numbers} versions are there");
    println!("{} executions, {} results, {versions} versions acknowledged", executions.len(), results.len());
    check_sums(&db).await?;
    check_file(&db).await
}

type Sums = (String, i64, String, i64, i64, i64, i64, i64);

/// The hourly rollups are the sums of the rows.
async fn check_sums(db: &Db) -> Result<()> {
    let counted: Vec<Sums> = db
        .all(
            "select counted_agent, version, status, count(*), cast(sum(case when finished_at is null then 0 else 1 end) as bigint),
                    cast(coalesce(sum(latency_ms), 0) as bigint), cast(coalesce(sum(input_tokens), 0) as bigint),
                    cast(coalesce(sum(cost_nanos), 0) as bigint)
             from execution group by counted_agent, version, status order by counted_agent, version, status",
            (),
        )
        .await?;
    let rolled: Vec<Sums> = db
        .all(
            "select agent, version, status, cast(sum(executions) as bigint), cast(sum(results) as bigint),
                    cast(sum(latency_ms) as bigint), cast(sum(input_tokens) as bigint), cast(sum(cost_nanos) as bigint)
             from rollup_hour group by agent, version, status having sum(executions) <> 0
             order by agent, version, status",
            (),
        )
        .await?;
    ensure!(counted == rolled, "rows and rollups differ:\n{counted:?}\n{rolled:?}");
    ensure!(!counted.is_empty(), "nothing was counted");
    Ok(())
}

/// SQLite finds nothing wrong with its file.
async fn check_file(db: &Db) -> Result<()> {
    if matches!(db, Db::Sqlite { .. }) {
        let verdict: Vec<(String,)> = db.all("pragma integrity_check", ()).await?;
        ensure!(verdict == [("ok".to_owned(),)], "{verdict:?}");
        let strays: Vec<(String,)> = db.all("select \"table\" from pragma_foreign_key_check", ()).await?;
        ensure!(strays.is_empty(), "rows without what they belong to: {strays:?}");
    }
    Ok(())
}
