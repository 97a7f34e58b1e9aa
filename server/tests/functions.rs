//! Every server function of the pages: who may call it, and the audit event it leaves.

use crate::common::answer::Answer;
use crate::common::callers::events;
use crate::common::requests::{change, protect, thread};
use crate::common::written::{changed, written};
use crate::common::{By, PASSWORD, Server};
use anyhow::{Result, bail, ensure};
use domain::api_key::Scope;
use domain::ids::UserId;
use domain::permission::{Permission, Role, allows};
use domain::project::DEFAULT;
use domain::version::{NewDraft, NewVersion};
use serde_json::Value;
use server::api::permissions::{Access, Audit, FUNCTIONS, Function};
use service::{drafts, files, templates, versions};

crate::on_both_engines!(
    each_server_function_stops_nobody_and_strangers,
    each_server_function_refuses_what_it_can_not_read,
    each_server_function_refuses_what_another_site_sends,
    each_server_function_does_what_the_role_allows_and_leaves_its_audit_event,
);

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The server functions that are there: name, path and method.
pub fn functions() -> Vec<(String, String, String)> {
    let paths = leptos::server_fn::axum::server_fn_paths();
    let parts = paths.map(|(path, method)| {
        let name = path.trim_start_matches("/api/fn/").trim_end_matches(|c: char| c.is_ascii_digit());
        (name.to_owned(), path.to_owned(), method.to_string())
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}

#[test]
fn every_server_function_has_a_row_and_every_row_a_function() {
    let mut rows: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
    rows.sort_unstable();
    let found = functions();
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(rows, names, "server/src/api/permissions.rs and the app's server functions differ");
    for (name, path, method) in &found {
        assert!(path.starts_with("/api/fn/"), "{path}: give it `prefix = \"/api/fn\"`");
        let changes = FUNCTIONS.iter().any(|f| f.name == name && matches!(f.audit, Audit::Writes(_)));
        assert!(!changes || method != "GET", "{name} changes something, so it must not be a GET");
    }
}

/// Arguments that the function takes, with things of their own behind them; `PROJECT` stands for the project.
async fn arguments(server: &Server, name: &str, n: usize, user: UserId) -> Result<String> {
    let key = format!("own_{n}");
    server.template(DEFAULT, &key).await?;
    let revision = templates::get(&server.system(DEFAULT).await?, &key).await?.revision;
    if matches!(name, "delete_sample" | "update_sample") {
        let new = domain::sample::NewSample { name: "first".into(), ..Default::default() };
        service::samples::create(&server.system(DEFAULT).await?, &key, new).await?;
    }
    let own = match name {
        "add_person" => {
            format!("form[email]={key}@example.com&form[name]=New&form[role]=viewer&form[password]={PASSWORD}")
        }
        "change_password" => format!("form[current_password]={PASSWORD}&form[new_password]={PASSWORD}"),
        "change_member" => {
            let (other, _) = server.person(DEFAULT, &format!("{key}@example.com"), Role::Viewer).await?;
            format!("id={other}&role=analyst")
        }
        "apply_import" => {
            let upload = files::Upload { name: format!("held_{n}.prompty"), bytes: b"user:\nHi\n".to_vec().into() };
            // Who may not import has nothing held either.
            let _ = files::hold(&server.context(user).await?, vec![upload]);
            "form[message]=Because".into()
        }
        "create_key" => "form[name]=New&form[environment]=staging&form[scopes][0]=prompts:read&form[life]=".into(),
        "revoke_key" => format!("id={}", server.key(DEFAULT, &[Scope::PromptsRead]).await?.0),
        "end_session" => format!("id={}", session(server, user).await?),
        "load_execution" => format!("id={}", server.execution(DEFAULT, &key).await?),
        "load_audit" => "filter[actor]=".into(),
        "load_executions" => "filter[template]=".into(),
        "load_templates" | "find_templates" => "filter[search]=".into(),
        "load_recent" => "status=&limit=5".into(),
        "load_setup" => "token=none".into(),
        "load_content" | "load_report" | "load_warnings" => format!("key={key}&number=1"),
        "load_comparison" => format!("key={key}&request[from]=1&request[to]=1"),
        "open_editor" => format!("key={key}&from=0"),
        "count_tokens" => "messages[0][role]=user&messages[0][content]=Hello&by[model]=gpt-4o".into(),
        "move_label" | "remove_label" => format!("key={key}&label=staging&version=1&revision={revision}"),
        "save_lint" => "form[revision]=&form[known][0]=shouting".into(),
        "save_fields" => format!("key={key}&revision={revision}&form[display_name]=Changed&form[kind]=single_shot"),
        "bulk_templates" => format!("keys[]={key}&action=add_tags&tags=some,others"),
        "suggest_templates" => "typed=own".into(),
        "set_archived" => format!("key={key}&revision={revision}&archived=false"),
        "load_merge" | "preview_merge" | "save_merge" | "take_merge" => {
            merge(server, &key, user).await?;
            format!("key={key}&form[theirs]=2&form[draft]=1")
        }
        "load_change" | "publish_change" | "refresh_change" | "review_change" | "withdraw_change" | "bypass_change"
        | "schedule_change" | "unschedule_change" => {
            let state = match name {
                "bypass_change" => "/bypass",
                "unschedule_change" => "/schedule",
                _ => "",
            };
            let number = change(server, &key, &format!("canary_{n}"), state).await?;
            let at = server.services.now().plus(domain::time::HOUR).to_string();
            format!(
                "number={number}&form[verdict]=comment&form[body]=Good&form[reason]=It can't wait any longer&form[publish_at]={at}"
            )
        }
        "comment_change" => {
            let number = change(server, &key, &format!("canary_{n}"), "").await?;
            format!("number={number}&form[template]={key}&form[version]=1&form[message]=1&form[line]=1&form[body]=Good")
        }
        "reply_change" | "resolve_thread" | "apply_suggestion" => {
            let number = change(server, &key, &format!("canary_{n}"), "").await?;
            let thread = thread(server, number, &key).await?;
            format!("number={number}&form[thread]={thread}&form[body]=Good&form[resolved]=true")
        }
        "load_change_text" => format!("key={key}&from=1&to=1"),
        "load_lines" => format!("key={key}&version=1&message=0&line=1"),
        "load_changes" => "filter[status]=".into(),
        "propose_change" => format!("key={key}&label=canary&version=1"),
        "save_policy" => format!("form[label]=canary_{n}&form[required_approvals]=0"),
        "remove_policy" => {
            protect(server, &format!("canary_{n}")).await?;
            format!("form[label]=canary_{n}")
        }
        "load_samples" => format!("key={key}&name=first"),
        "load_effective" => format!("key={key}&label=&version=1"),
        "create_sample" | "delete_sample" | "import_schema" | "update_sample" | "use_sample" | "keep_new_form"
        | "lint_form" | "load_closure" | "preview_form" | "save_draft" | "save_editor" | "start_merge" => format!(
            "key={key}&form[key]={key}&form[onto]=1&form[parent]=1&form[draft]=0\
             &form[messages][0][role]=user&form[messages][0][content]=Another text.\
             &form[sample][name]=new&form[sample][chosen]=first&form[schema]={{\"properties\":{{}}}}"
        ),
        // The rest takes nothing but a key, or only the project.
        _ => format!("key={key}"),
    };
    Ok(format!("project=PROJECT&{own}").replace(' ', "%20"))
}

/// A draft of the person, and a version that was saved since it was begun. What both did fits together.
async fn merge(server: &Server, key: &str, user: UserId) -> Result<()> {
    let system = server.system(DEFAULT).await?;
    let ctx = server.context(user).await?;
    let first = versions::get(&system, key, 1).await?.content;
    let (mut mine, mut theirs) = (first.clone(), first);
    mine.messages[0].content += " Be kind.";
    theirs.messages[1].content += " Be brief.";
    let draft = NewDraft { content: mine, parent: 1, onto: 1, revision: Some(0) };
    // Who may not write has no draft either.
    drop(drafts::save(&ctx, key, &draft).await);
    versions::create(&system, key, NewVersion { content: theirs, ..NewVersion::default() }, None).await?;
    Ok(())
}

/// The id of one more session of the person.
async fn session(server: &Server, user: UserId) -> Result<String> {
    let By::Token(token, _) = server.token(DEFAULT, user).await? else { bail!("a token") };
    Ok(server.services.secrets.read_token(&token).map(|c| c.sid.to_string()).unwrap_or_default())
}

async fn call(server: &Server, (path, method): (&str, &str), arguments: &str, by: &By) -> Result<Answer> {
    let request = match method {
        "GET" => server.request(method, &format!("{path}?{arguments}"), by)?,
        _ => server.request(method, path, by)?.header(FORM.0, FORM.1).body(arguments.to_owned()),
    };
    let is_nobody = matches!(by, By::Nobody);
    Answer::of(if is_nobody { request.header("sec-fetch-site", "same-origin") } else { request }).await
}

async fn each_server_function_stops_nobody_and_strangers(server: &Server) -> Result<()> {
    server.project("theirs").await?;
    let (user, member) = server.log_in("ada", Role::SuperAdmin).await?;
    let mut wrong = Vec::new();
    for (n, (name, path, method)) in functions().into_iter().enumerate() {
        let Some(row) = FUNCTIONS.iter().find(|f| f.name == name) else { continue };
        let arguments = arguments(server, &name, n, user).await?;
        let at = (path.as_str(), method.as_str());
        let before = events(server).await?;
        let nobody = call(server, at, &arguments.replace("PROJECT", DEFAULT), &By::Nobody).await?;
        let stranger = call(server, at, &arguments.replace("PROJECT", "theirs"), &member).await?;
        let fits = match row.access {
            Access::Public => true,
            Access::OwnForm => [&nobody, &stranger].iter().all(|a| (a.status, a.text.as_str()) == (200, "null")),
            _ => (nobody.status, stranger.status) == (401, 404),
        };
        if !fits || events(server).await? != before {
            let shown = [nobody, stranger].map(|a| format!("{} {}", a.status, a.text));
            wrong.push(format!("{name}: {}", shown.join(" | ")));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A browser sends the cookie along whatever page the form stands on.
async fn each_server_function_refuses_what_another_site_sends(server: &Server) -> Result<()> {
    let (user, By::Cookie(cookie)) = server.log_in("ada", Role::SuperAdmin).await? else { bail!("a cookie") };
    let mut wrong = Vec::new();
    for (n, (name, path, method)) in functions().into_iter().enumerate() {
        let arguments = arguments(server, &name, n, user).await?.replace("PROJECT", DEFAULT);
        let request = server.request(&method, &path, &By::Nobody)?.header("cookie", &cookie).header(FORM.0, FORM.1);
        let before = written(&server.services.db).await?;
        let answer = Answer::of(request.header("sec-fetch-site", "cross-site").body(arguments)).await?;
        let after = written(&server.services.db).await?;
        if method != "POST" || answer.check_problem(403).is_err() || before != after {
            wrong.push(format!("{method} {name}: {} {} {:?}", answer.status, answer.text, changed(&before, &after)));
        }
    }
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Arguments that fit no function: an error as pages show it, and nothing written.
async fn each_server_function_refuses_what_it_can_not_read(server: &Server) -> Result<()> {
    let (_, member) = server.log_in("ada", Role::SuperAdmin).await?;
    server.template(DEFAULT, "core_values").await?;
    let huge = format!("project=default&key=core_values&form[key]={}", "x".repeat(server::problem::MAX_BODY));
    let mut wrong = Vec::new();
    for (name, path, method) in functions() {
        for (case, arguments) in [
            ("nothing", ""),
            ("no form", "%%%=%ff&[[[=&form=1&form[a]=2"),
            ("wrong types", "project=default&key[]=1&number=x&revision=x&version=x&id=x&form=x&filter=x&limit=x"),
            ("a key that is none", "project=default&key=no%00such&number=1&form[key]=%00&id=%00"),
            ("oversize", huge.as_str()),
        ] {
            // No address is that long.
            if case == "oversize" && method == "GET" {
                continue;
            }
            let before = written(&server.services.db).await?;
            let answer = call(server, (&path, &method), arguments, &member).await?;
            let is_read = answer.status == 200;
            let is_error = (400..500).contains(&answer.status) && serde_json::from_str::<Value>(&answer.text).is_ok();
            let is_large = case != "oversize" || answer.status == 413 || answer.status == 400;
            if !(is_read || is_error && is_large) || written(&server.services.db).await? != before {
                wrong.push(format!("{name}, {case}: {} {:.300}", answer.status, answer.text));
            }
        }
    }
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Whether the role may call the function.
fn may(role: Role, row: &Function) -> bool {
    match row.access {
        Access::Needs(all) => all.iter().all(|p: &Permission| allows(role, *p)),
        Access::Public | Access::OwnForm | Access::OwnSessions => true,
    }
}

async fn each_server_function_does_what_the_role_allows_and_leaves_its_audit_event(server: &Server) -> Result<()> {
    let (mut wrong, mut n) = (Vec::new(), 1_000);
    for role in Role::ALL {
        let (user, by) = server.log_in(role.name(), role).await?;
        for (name, path, method) in functions() {
            let Some(row) = FUNCTIONS.iter().find(|f| f.name == name) else { continue };
            n += 1;
            let arguments = arguments(server, &name, n, user).await?.replace("PROJECT", DEFAULT);
            let before = events(server).await?;
            let answer = call(server, (&path, &method), &arguments, &by).await?;
            let after = events(server).await?;
            let is_refused = answer.status >= 400 || answer.json().get("Refused").is_some();
            let fits = match row.audit {
                _ if !may(role, row) => is_refused && before == after,
                Audit::Exempt(_) => before == after && (!is_refused || name == "load_setup"),
                Audit::Writes(action) => {
                    let count = |events: &std::collections::BTreeMap<String, i64>| *events.get(action).unwrap_or(&0);
                    !is_refused && count(&after) == count(&before) + 1
                }
            };
            if !fits {
                wrong.push(format!("{name} as {}: {} {}", role.name(), answer.status, answer.text));
            }
        }
    }
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
