//! Log-in, cookies, origin check, throttling, set-up and the policies of pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::answer::Answer;
use crate::common::{By, Engine, PASSWORD, Server};
use anyhow::{Context, Result, ensure};
use domain::api_key::Scope;
use domain::permission::Role;
use domain::project::DEFAULT;
use domain::time::{HOUR, MINUTE};
use serde_json::json;
use service::setup;

crate::on_both_engines!(
    a_log_in_sets_a_closed_cookie_and_leads_where_it_should,
    a_wrong_password_leads_back_without_a_cookie,
    a_log_in_never_keeps_the_id_from_before,
    a_revoked_session_and_its_tokens_are_dead,
    a_log_out_ends_the_session,
    a_session_ends_when_idle_and_after_a_week,
    a_disabled_person_is_out_at_once,
    a_cookie_works_only_from_our_own_pages,
    a_key_or_a_token_never_reads_the_cookie,
    a_log_in_never_leads_to_another_site,
    guessing_is_slowed_down_and_says_for_how_long,
    the_set_up_page_works_once,
    pages_ask_for_a_log_in_and_come_back,
    pages_answer_while_another_server_starts,
    pages_have_a_nonce_and_all_else_a_closed_policy,
);

const SESSIONS: &str = "/api/v1/admin/sessions";

async fn post(server: &Server, path: &str, by: &By, form: &[(&str, &str)]) -> Result<Answer> {
    let request = server.request("POST", path, by)?.form(form);
    let request = if matches!(by, By::Cookie(_)) { request } else { request.header("sec-fetch-site", "same-origin") };
    Answer::of(request).await
}

async fn try_log_in(server: &Server, by: &By, password: &str, next: &str) -> Result<Answer> {
    post(server, "/login", by, &[("email", "ada@example.com"), ("password", password), ("next", next)]).await
}

/// Ada, logged in.
async fn ada(server: &Server) -> Result<By> {
    if service::users::find_by_email(&server.services, "ada@example.com").await?.is_none() {
        server.person(DEFAULT, "ada@example.com", Role::SuperAdmin).await?;
    }
    let answer = try_log_in(server, &By::Nobody, PASSWORD, "/").await?.expect(303)?;
    Ok(By::Cookie(answer.cookie()?))
}

async fn a_log_in_sets_a_closed_cookie_and_leads_where_it_should(server: &Server) -> Result<()> {
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    let answer = try_log_in(server, &By::Nobody, PASSWORD, "/p/default/templates?kind=x").await?.expect(303)?;
    assert_eq!(answer.header("location"), "/p/default/templates?kind=x");
    let cookie = answer.header("set-cookie");
    let parts: Vec<&str> = cookie.split("; ").collect();
    assert!(parts[0].starts_with("promptory_session="), "{cookie}");
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(parts.contains(&wanted), "{wanted} is missing: {cookie}");
    }
    assert!(!cookie.contains("Domain") && !parts.contains(&"Secure"), "{cookie}");
    let list = server.get(SESSIONS, &By::Cookie(answer.cookie()?)).await?.expect(200)?;
    let current = list.at("/items").as_array().into_iter().flatten().filter(|s| s["is_current"] == true).count();
    assert_eq!(current, 1, "{}", list.text);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_for_tls_is_bound_to_this_host() -> Result<()> {
    let server = Server::start_as(Engine::Sqlite, true).await?.context("SQLite is never left out")?;
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    let answer = try_log_in(&server, &By::Nobody, PASSWORD, "/").await?.expect(303)?;
    let cookie = answer.header("set-cookie");
    let parts: Vec<&str> = cookie.split("; ").collect();
    assert!(parts[0].starts_with("__Host-promptory_session="), "{cookie}");
    assert!(parts.contains(&"Secure") && parts.contains(&"Path=/") && !cookie.contains("Domain"), "{cookie}");
    server.stop().await
}

async fn a_wrong_password_leads_back_without_a_cookie(server: &Server) -> Result<()> {
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    let wrong = try_log_in(server, &By::Nobody, "not the password", "/p/default").await?.expect(303)?;
    assert!(wrong.header("location").starts_with("/login?error=unauthenticated&"), "{}", wrong.header("location"));
    let page = server.get(wrong.header("location"), &By::Nobody).await?.expect(200)?;
    assert!(page.text.contains("The address or the password is wrong."), "{}", page.text);
    let forged = "/login?error=Send+your+password+to+help&password_error=Call+us&email_error=Call+us";
    let page = server.get(forged, &By::Nobody).await?.expect(200)?;
    assert!(!page.text.contains("Send your password") && !page.text.contains("Call us"), "{}", page.text);
    assert!(!wrong.header("location").contains("password=") && wrong.header("set-cookie").is_empty());
    let form = [("email", "nobody@example.com"), ("password", PASSWORD), ("next", "/p/default")];
    let unknown = post(server, "/login", &By::Nobody, &form).await?.expect(303)?;
    let shown = |answer: &Answer| answer.header("location").replace("nobody%40", "ada%40");
    assert_eq!(shown(&wrong), shown(&unknown), "the answer tells whether the address is known");
    Ok(())
}

async fn a_log_in_never_keeps_the_id_from_before(server: &Server) -> Result<()> {
    let first = ada(server).await?;
    let answer = try_log_in(server, &first, PASSWORD, "/").await?.expect(303)?;
    let second = By::Cookie(answer.cookie()?);
    let By::Cookie(text) = &first else { return Ok(()) };
    assert_ne!(text, &answer.cookie()?);
    server.get(SESSIONS, &first).await?.expect(401)?;
    server.get(SESSIONS, &second).await?.expect(200)?;
    let planted = By::Cookie("promptory_session=AAAAAAAAAAAAAAAAAAAAAA".into());
    let answer = try_log_in(server, &planted, PASSWORD, "/").await?.expect(303)?;
    assert!(!answer.cookie()?.contains("AAAAAAAAAAAAAAAAAAAAAA"));
    server.get(SESSIONS, &planted).await?.expect(401)?;
    Ok(())
}

async fn a_revoked_session_and_its_tokens_are_dead(server: &Server) -> Result<()> {
    let (one, other) = (ada(server).await?, ada(server).await?);
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let token = server.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await?.expect(200)?;
    assert_eq!((token.at("/token_type"), token.at("/expires_in")), (json!("Bearer"), json!(900)));
    let token = By::Token(token.text_at("/access_token")?, DEFAULT.into());
    server.get(SESSIONS, &token).await?.expect(200)?;
    let list = server.get(SESSIONS, &one).await?.expect(200)?;
    for session in list.at("/items").as_array().into_iter().flatten().filter(|s| s["is_current"] == false) {
        let path = format!("{SESSIONS}/{}", session["id"].as_str().unwrap_or_default());
        server.send("DELETE", &path, &one, None).await?.expect(204)?;
    }
    server.get(SESSIONS, &one).await?.expect(200)?;
    server.get(SESSIONS, &other).await?.check_problem(401)?;
    server.get(SESSIONS, &token).await?.check_problem(401)?;
    Ok(())
}

async fn a_log_out_ends_the_session(server: &Server) -> Result<()> {
    let cookie = ada(server).await?;
    let answer = post(server, "/logout", &cookie, &[]).await?.expect(303)?;
    assert_eq!(answer.header("location"), "/login");
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{}", answer.header("set-cookie"));
    server.get(SESSIONS, &cookie).await?.expect(401)?;
    Ok(())
}

async fn a_session_ends_when_idle_and_after_a_week(server: &Server) -> Result<()> {
    let cookie = ada(server).await?;
    for _ in 0..15 {
        server.clock.advance(11 * HOUR);
        server.get(SESSIONS, &cookie).await?.expect(200)?;
    }
    server.clock.advance(4 * HOUR);
    server.get(SESSIONS, &cookie).await?.expect(401)?;
    let cookie = ada(server).await?;
    server.clock.advance(12 * HOUR + 1);
    server.get(SESSIONS, &cookie).await?.expect(401)?;
    Ok(())
}

async fn a_disabled_person_is_out_at_once(server: &Server) -> Result<()> {
    let admin = server.admin().await?;
    let (user, token) = server.person(DEFAULT, "eve@example.com", Role::SuperAdmin).await?;
    server.get("/api/v1/admin/users", &token).await?.expect(200)?;
    let path = format!("/api/v1/admin/users/{user}");
    server.send("PATCH", &path, &admin, Some(json!({ "is_disabled": true }))).await?.expect(200)?;
    server.get("/api/v1/admin/users", &token).await?.expect(401)?;
    let credentials = json!({ "email": "eve@example.com", "password": PASSWORD });
    let refused = server.send("POST", "/api/v1/auth/token", &By::Nobody, Some(credentials)).await?;
    crate::assert_answer!(refused, @r#"
    401
    {
      "type": "about:blank",
      "title": "Unauthorized",
      "status": 401,
      "detail": "the address or the password is wrong",
      "code": "unauthenticated",
      "request_id": "[id]"
    }
    "#);
    Ok(())
}

async fn a_cookie_works_only_from_our_own_pages(server: &Server) -> Result<()> {
    let By::Cookie(cookie) = ada(server).await? else { return Ok(()) };
    let host = server.url.trim_start_matches("http://").to_owned();
    let own = format!("http://{host}");
    let functions = crate::functions::functions();
    let (_, end_session, _) = functions.into_iter().find(|(name, ..)| name == "end_session").context("a function")?;
    let cases: [(&[(&str, &str)], bool); 7] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", &own)], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("origin", "https://evil.example")], false),
        (&[], false),
    ];
    for (headers, is_own) in cases {
        let with = |mut request: reqwest::RequestBuilder| {
            request = request.header("cookie", &cookie);
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        let batch = server.request("POST", "/api/v1/prompts/batch", &By::Nobody)?.json(&json!({ "topic_ids": ["x"] }));
        let answer = Answer::of(with(batch)).await?;
        ensure!(answer.status == if is_own { 200 } else { 403 }, "{headers:?}: {} {}", answer.status, answer.text);
        if is_own {
            continue;
        }
        answer.check_problem(403)?;
        for path in ["/login", "/logout", "/setup", "/p/default/settings/files/upload", &end_session] {
            let answer = Answer::of(with(server.request("POST", path, &By::Nobody)?.form(&[("next", "/")]))).await?;
            answer.check_problem(403).with_context(|| format!("{path} {headers:?}"))?;
        }
    }
    server.get(SESSIONS, &By::Cookie(cookie)).await?.expect(200)?;
    Ok(())
}

async fn a_key_or_a_token_never_reads_the_cookie(server: &Server) -> Result<()> {
    let By::Cookie(cookie) = ada(server).await? else { return Ok(()) };
    let (_, key) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    let admin = server.admin().await?;
    let wrong = format!("ppy_production_{}_{}", "a".repeat(12), "b".repeat(43));
    let callers = [(key, 200), (admin, 200), (By::Key(wrong), 401), (By::Token("eyJ.x.y".into(), DEFAULT.into()), 401)];
    for (by, status) in callers {
        let request = server.request("POST", "/api/v1/prompts/batch", &by)?.json(&json!({ "topic_ids": ["x"] }));
        let request = request.header("cookie", &cookie).header("sec-fetch-site", "cross-site");
        Answer::of(request).await?.expect(status)?;
    }
    // The cookie's person may list users, the key may not, and the key is who calls.
    let (_, key) = server.key(DEFAULT, &[Scope::PromptsRead]).await?;
    let request = server.request("GET", "/api/v1/admin/users", &key)?.header("cookie", &cookie);
    Answer::of(request).await?.check_problem(403)?;
    Ok(())
}

async fn a_log_in_never_leads_to_another_site(server: &Server) -> Result<()> {
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    for next in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", ""]
    {
        let answer = try_log_in(server, &By::Nobody, PASSWORD, next).await?.expect(303)?;
        assert_eq!(answer.header("location"), "/", "{next}");
    }
    Ok(())
}

async fn guessing_is_slowed_down_and_says_for_how_long(server: &Server) -> Result<()> {
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    let with = |password: &str| Some(json!({ "email": "ada@example.com", "password": password }));
    let mut answers = Vec::new();
    for _ in 0..9 {
        answers.push(server.send("POST", "/api/v1/auth/token", &By::Nobody, with("a guess that is wrong")).await?);
    }
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 401, 401, 429]);
    let last = server.send("POST", "/api/v1/auth/token", &By::Nobody, with(PASSWORD)).await?;
    last.check_problem(429)?;
    assert_eq!(last.header("retry-after"), "15");
    crate::assert_answer!(last, @r#"
    429
    {
      "type": "about:blank",
      "title": "Too Many Requests",
      "status": 429,
      "detail": "too many attempts; try again in 15 s",
      "code": "too_many_attempts",
      "request_id": "[id]"
    }
    "#);
    server.clock.advance(MINUTE);
    server.send("POST", "/api/v1/auth/token", &By::Nobody, with(PASSWORD)).await?.expect(200)?;
    Ok(())
}

async fn the_set_up_page_works_once(server: &Server) -> Result<()> {
    let old = setup::new_link(&server.services).await?.context("nobody has an account yet")?;
    let token = setup::new_link(&server.services).await?.context("nobody has an account yet")?;
    server.get(&format!("/setup/{token}"), &By::Nobody).await?.expect(200)?;
    let mut form = [("token", old.as_str()), ("email", "ada@example.com"), ("name", "Ada"), ("password", PASSWORD)];
    let refused = post(server, "/setup", &By::Nobody, &form).await?.expect(303)?;
    assert!(refused.header("location").starts_with(&format!("/setup/{old}?error=")), "a link made before still works");
    form[0].1 = &token;
    form[3].1 = "short";
    let refused = post(server, "/setup", &By::Nobody, &form).await?.expect(303)?;
    assert!(refused.header("location").contains("error="), "a short password is taken");
    form[3].1 = PASSWORD;
    let (one, other) =
        tokio::join!(post(server, "/setup", &By::Nobody, &form), post(server, "/setup", &By::Nobody, &form));
    let mut answers = [one?.expect(303)?, other?.expect(303)?];
    answers.sort_by_key(|a| a.header("location").len());
    assert_eq!(answers[0].header("location"), "/");
    assert!(answers[1].header("location").contains("error="), "the link worked twice");
    let by = By::Cookie(answers[0].cookie()?);
    let me = server.get("/api/v1/admin/users", &by).await?.expect(200)?;
    assert_eq!((me.at("/items/0/email"), me.at("/items/0/role")), (json!("ada@example.com"), json!("super_admin")));
    ensure!(setup::new_link(&server.services).await?.is_none(), "set-up is offered again");
    Ok(())
}

async fn pages_ask_for_a_log_in_and_come_back(server: &Server) -> Result<()> {
    let page = "/p/default/templates?kind=x&sort=name";
    let answer = server.get(page, &By::Nobody).await?.expect(303)?;
    assert_eq!(answer.header("location"), "/login?next=%2Fp%2Fdefault%2Ftemplates%3Fkind%3Dx%26sort%3Dname");
    assert_eq!(server.get("/", &By::Nobody).await?.expect(303)?.header("location"), "/login");
    let cookie = ada(server).await?;
    assert_eq!(server.get("/", &cookie).await?.expect(303)?.header("location"), "/p/default");
    server.get("/p/default", &cookie).await?.expect(200)?;
    Ok(())
}

/// Leptos lists the routes by running the pages with a process-wide switch that keeps their data from loading for ever.
async fn pages_answer_while_another_server_starts(server: &Server) -> Result<()> {
    let cookie = ada(server).await?;
    let (services, is_over) = (server.services.clone(), Arc::new(AtomicBool::new(false)));
    let starting = tokio::task::spawn_blocking({
        let is_over = is_over.clone();
        move || {
            while !is_over.load(Ordering::Relaxed) {
                drop(server::router::router(&services, &server::router::Front::default()));
            }
        }
    });
    let mut answers = Vec::new();
    while answers.len() < 20 && answers.iter().all(Result::is_ok) {
        answers.push(server.get("/p/default", &cookie).await.and_then(|answer| answer.expect(200)));
    }
    is_over.store(true, Ordering::Relaxed);
    starting.await?;
    answers.into_iter().try_for_each(|answer| answer.map(drop))
}

/// Nothing of another site, no script of the text itself, no frame around it: all that a page may do.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'nonce-NONCE' 'wasm-unsafe-eval'; \
    style-src-elem 'self' 'nonce-NONCE'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn pages_have_a_nonce_and_all_else_a_closed_policy(server: &Server) -> Result<()> {
    let ada = ada(server).await?;
    let nonce = async |path: &str, by: &By| -> Result<String> {
        let page = Answer::of(server.request("GET", path, by)?.header("accept", "text/html")).await?;
        let policy = page.header("content-security-policy").to_owned();
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|p| p.split('\'').next()).context(policy.clone())?.to_owned();
        ensure!(page.text.contains(&format!("nonce=\"{nonce}\"")), "the page has another nonce");
        assert_eq!(policy.replace(&nonce, "NONCE"), PAGE_POLICY, "{path}");
        ensure!(page.header("cache-control") == "no-store" || path == "/api/docs", "{path} may be cached");
        Ok(nonce)
    };
    for (path, by) in
        [("/login", &By::Nobody), ("/api/docs", &By::Nobody), ("/p/default", &ada), ("/no/such/page", &ada)]
    {
        assert_ne!(nonce(path, by).await?, nonce(path, by).await?, "{path} has the same nonce twice");
    }
    let asset = format!("{}/app.css", server::assets::base());
    for path in ["/livez", "/readyz", "/api/openapi.json", "/api/v1/prompts/x", "/no/such/page", &asset] {
        let answer = server.get(path, &By::Nobody).await?;
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
    }
    Ok(())
}
