//! The forms that are plain posts: what is wrong with one is said, and nothing is written.

use crate::common::answer::Answer;
use crate::common::callers::events;
use crate::common::written::{changed, written};
use crate::common::{By, PASSWORD, Server};
use anyhow::{Context, Result, ensure};
use domain::permission::{Permission, Role, allows};
use domain::project::DEFAULT;
use server::api::permissions::{Audit, FORMS, STREAMS};
use server::problem::MAX_BODY;
use service::{files, setup};

/// What the router serves beside the API, the pages and their functions.
#[test]
fn every_plain_route_has_a_row() {
    let source = include_str!("../src/router.rs");
    let mut served: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut rows: Vec<&str> = FORMS.iter().chain(STREAMS).map(|route| route.path).collect();
    rows.extend(["/", "/assets/{build}/{*file}", "/livez", "/readyz"]);
    served.sort_unstable();
    rows.sort_unstable();
    assert_eq!(served, rows, "server/src/api/permissions.rs and the router differ");
}

crate::on_both_engines!(
    a_form_leaves_the_audit_event_of_its_row,
    bodies_that_are_no_form_or_too_large_are_refused,
    a_log_in_without_its_fields_leads_back,
    a_log_out_needs_nothing,
    a_set_up_without_its_fields_names_them_and_keeps_the_link,
    an_upload_that_can_not_be_read_leads_back,
    an_upload_is_for_people_of_the_project,
    an_upload_is_held_for_roles_that_may_write,
);

const FORM: &str = "application/x-www-form-urlencoded";
const FILES: &str = "multipart/form-data; boundary=limit";
const UPLOAD: &str = "/p/default/settings/files/upload";
/// One file, as a browser sends it.
const FILE: &str = "--limit\r\ncontent-disposition: form-data; name=\"file\"; filename=\"greeting.prompty\"\r\n\r\n\
    user:\nHello\n\r\n--limit--\r\n";

/// Posts a body as our own pages do. Fails unless the answer leads to an address that starts so (303), or is a problem
/// document of this code, and nothing was written.
async fn check(
    server: &Server,
    (path, by): (&str, &By),
    (kind, body): (&str, &str),
    (status, says): (u16, &str),
) -> Result<()> {
    let request = server.request("POST", path, by)?.header("content-type", kind).body(body.to_owned());
    let is_marked = matches!(by, By::Cookie(_));
    let request = if is_marked { request } else { request.header("sec-fetch-site", "same-origin") };
    let before = written(&server.services.db).await?;
    let answer = Answer::of(request).await?;
    let what = || format!("{path} {kind} {body:.60}: {} {} {}", answer.status, answer.header("location"), answer.text);
    if status == 303 {
        ensure!(answer.status == 303 && answer.header("location").starts_with(says), "{}", what());
    } else {
        answer.check_problem(status).with_context(what)?;
        ensure!(answer.at("/code") == says, "{}", what());
    }
    let after = written(&server.services.db).await?;
    ensure!(changed(&before, &after).is_empty(), "{} {:?}", what(), changed(&before, &after));
    Ok(())
}

async fn a_form_leaves_the_audit_event_of_its_row(server: &Server) -> Result<()> {
    let link = setup::new_link(&server.services).await?.context("nobody has an account yet")?;
    let account = format!("token={link}&name=Ada&email=ada@example.com&password={PASSWORD}");
    let credentials = format!("email=ada@example.com&password={PASSWORD}");
    let mut session = By::Nobody;
    let rows = [("/setup", account.as_str()), ("/login", &credentials), (UPLOAD, FILE), ("/logout", "")];
    for (path, body) in rows {
        let before = events(server).await?;
        let kind = if path == UPLOAD { FILES } else { FORM };
        let request = server.request("POST", path, &session)?.header("content-type", kind).body(body.to_owned());
        let is_marked = matches!(session, By::Cookie(_));
        let request = if is_marked { request } else { request.header("sec-fetch-site", "same-origin") };
        let answer = Answer::of(request).await?;
        ensure!(answer.status == 303 && !answer.header("location").contains("error"), "{path}: {}", answer.text);
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        if !cookie.is_empty() {
            session = By::Cookie(cookie);
        }
        let row = FORMS.iter().find(|row| row.path.replace("{project}", DEFAULT) == path).context("a row")?;
        let expected: Vec<&str> = match row.audit {
            Audit::Writes(action) => vec![action],
            Audit::Exempt(_) => Vec::new(),
        };
        let after = events(server).await?;
        let added: Vec<&str> = after
            .iter()
            .filter(|(action, n)| before.get(*action) != Some(n))
            .map(|(action, _)| action.as_str())
            .collect();
        ensure!(added == expected, "{path} left {added:?}");
    }
    Ok(())
}

async fn bodies_that_are_no_form_or_too_large_are_refused(server: &Server) -> Result<()> {
    let huge = format!("email={}", "x".repeat(MAX_BODY));
    for path in ["/login", "/setup"] {
        for (body, says) in [
            (("application/json", "{\"email\":\"ada@example.com\"}"), (400, "malformed")),
            (("text/plain", "email=ada@example.com"), (400, "malformed")),
            ((FILES, FILE), (400, "malformed")),
            ((FORM, "email=ada@example.com&email=eve@example.com"), (400, "malformed")),
            ((FORM, huge.as_str()), (413, "too_large")),
        ] {
            check(server, (path, &By::Nobody), body, says).await?;
        }
    }
    // The link of a set-up is its page; the form names it beside the other fields.
    check(server, ("/setup/token", &By::Nobody), (FORM, "email=x"), (405, "method_not_allowed")).await
}

async fn a_log_in_without_its_fields_leads_back(server: &Server) -> Result<()> {
    server.person(DEFAULT, "ada@example.com", Role::Viewer).await?;
    let password = format!("email[]=ada@example.com&password={PASSWORD}");
    for (body, says) in [
        ("", "/login?error=unauthenticated&seconds=0&email=&next=%2F"),
        ("%%%=%ff&[[[=1", "/login?error=unauthenticated&seconds=0&email=&next=%2F"),
        (
            "email=ada@example.com&next=/p/x",
            "/login?error=unauthenticated&seconds=0&email=ada%40example.com&next=%2Fp%2Fx",
        ),
        (password.as_str(), "/login?error=unauthenticated&seconds=0&email=&next=%2F"),
        ("email=%00&password=%00", "/login?error="),
    ] {
        check(server, ("/login", &By::Nobody), (FORM, body), (303, says)).await?;
    }
    Ok(())
}

async fn a_log_out_needs_nothing(server: &Server) -> Result<()> {
    let unknown = By::Cookie("promptory_session=AAAAAAAAAAAAAAAAAAAAAA".into());
    for by in [&By::Nobody, &unknown, &By::Cookie("promptory_session=%00".into())] {
        for body in [(FORM, ""), (FORM, "%%%=%ff"), ("application/json", "[")] {
            check(server, ("/logout", by), body, (303, "/login")).await?;
        }
    }
    Ok(())
}

async fn a_set_up_without_its_fields_names_them_and_keeps_the_link(server: &Server) -> Result<()> {
    for (body, says) in [
        ("", "/setup/none?error=this+set-up+link"),
        ("token=%00../x", "/setup/x?error=this+set-up+link"),
        ("token=none&email=ada@example.com&name=Ada", "/setup/none?error=this+set-up+link"),
    ] {
        check(server, ("/setup", &By::Nobody), (FORM, body), (303, says)).await?;
    }
    let link = setup::new_link(&server.services).await?.context("nobody has an account yet")?;
    let page = format!("/setup/{link}");
    let at = |error: &str| format!("{page}?error={error}");
    for (fields, says) in [
        (String::new(), at("3+fields+are+not+valid&email=&name=&name_error=")),
        ("&name=%00&email=x&password=short".to_owned(), at("3+fields+are+not+valid&email=x&name=%00&name_error=")),
        (format!("&name=Ada&email=ada%00@example.com&password={PASSWORD}"), at("email%3A+")),
        ("&name=Ada&email=ada@example.com".to_owned(), at("password%3A+")),
    ] {
        check(server, ("/setup", &By::Nobody), (FORM, &format!("token={link}{fields}")), (303, &says)).await?;
    }
    let shown = server.get(&page, &By::Nobody).await?.expect(200)?;
    ensure!(shown.text.contains("Create account"), "{}", shown.text);
    server.person(DEFAULT, "ada@example.com", Role::SuperAdmin).await?;
    let whole = format!("token={link}&name=Eve&email=eve@example.com&password={PASSWORD}");
    check(server, ("/setup", &By::Nobody), (FORM, &whole), (303, &at("this+set-up+link"))).await
}

async fn an_upload_that_can_not_be_read_leads_back(server: &Server) -> Result<()> {
    let (user, engineer) = server.log_in("ada", Role::PromptEngineer).await?;
    let no_file = FILE.replace("; filename=\"greeting.prompty\"", "");
    let unnamed = FILE.replace("greeting.prompty", "");
    let huge = FILE.replace("Hello", &"x".repeat(server::api::files::MAX_BODY));
    for (kind, body, says) in [
        (FORM, "file=x", "malformed"),
        ("application/json", "{}", "malformed"),
        ("multipart/form-data", FILE, "malformed"),
        (FILES, "no parts", "malformed"),
        (FILES, FILE.trim_end_matches("--limit--\r\n"), "malformed"),
        (FILES, "--limit--\r\n", "no_file"),
        (FILES, &no_file, "no_file"),
        (FILES, &unnamed, "no_file"),
        (FILES, &huge, "too_large"),
    ] {
        let page = format!("/p/default/settings/files?refused={says}");
        check(server, (UPLOAD, &engineer), (kind, body), (303, &page)).await?;
    }
    assert_eq!(files::review(&server.context(user).await?).await?, None, "something is held all the same");
    Ok(())
}

async fn an_upload_is_for_people_of_the_project(server: &Server) -> Result<()> {
    server.project("theirs").await?;
    let (_, ada) = server.log_in("ada", Role::SuperAdmin).await?;
    for project in ["theirs", "none", "%00", "%0D%0Ax:y", "%E2%80%AE"] {
        check(server, (&UPLOAD.replace(DEFAULT, project), &ada), (FILES, FILE), (404, "not_found")).await?;
    }
    let expired = By::Cookie("promptory_session=AAAAAAAAAAAAAAAAAAAAAA".into());
    for nobody in [By::Nobody, expired, server.admin().await?] {
        let log_in = (303, "/login?next=%2Fp%2Fdefault%2Fsettings%2Ffiles");
        check(server, (UPLOAD, &nobody), (FILES, FILE), log_in).await?;
    }
    Ok(())
}

async fn an_upload_is_held_for_roles_that_may_write(server: &Server) -> Result<()> {
    for role in Role::ALL {
        let (user, by) = server.log_in(role.name(), role).await?;
        let may = allows(role, Permission::WriteTemplates);
        let page = if may { "/p/default/settings/files" } else { "/p/default/settings/files?refused=forbidden" };
        check(server, (UPLOAD, &by), (FILES, FILE), (303, page)).await?;
        let held = files::review(&server.context(user).await?).await?;
        let keys: Vec<_> = held.iter().flat_map(|plan| &plan.templates).map(|t| t.key.as_str()).collect();
        assert_eq!(keys, if may { vec!["greeting"] } else { Vec::new() }, "{}", role.name());
    }
    Ok(())
}
