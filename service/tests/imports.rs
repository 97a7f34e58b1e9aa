//! What an import promises: what it may do, what its plan names, and how much of it goes on at once.

use crate::common::{Home, at_once, fields, new_template, new_version, problem, required, stories, word};
use domain::error::Kind;
use domain::files::{File, FileFormat, ImportOptions, ImportPlan, ImportState, OnConflict, Origin, read};
use domain::template::NewTemplate;
use domain::version::{MAX_MESSAGE_BYTES, Message, MessageRole, VersionContent};
use service::files::{Source, Upload, export, export_packed, hold, import, plan, review};
use service::{Ctx, templates, versions};

stories!(
    a_contract_that_breaks_callers_is_imported_on_request_only,
    an_import_tells_what_its_files_come_from,
    a_plan_is_named_by_all_that_it_writes,
    what_was_done_is_told_without_the_lines_of_texts,
    a_page_is_told_how_many_lines_it_was_not_given,
    too_many_imports_at_once_are_told_to_wait,
    many_templates_are_exported_whole_up_to_what_an_archive_takes,
    an_export_names_what_it_may_leave_out,
);

fn source(files: &[(&str, &str)]) -> Source {
    Source::Files(files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect())
}
fn options() -> ImportOptions {
    ImportOptions { on_conflict: OnConflict::NewVersion, ..ImportOptions::default() }
}
async fn digest(ctx: &Ctx, files: &[(&str, &str)]) -> String {
    plan(ctx, source(files), &options()).await.unwrap().digest
}

async fn a_contract_that_breaks_callers_is_imported_on_request_only(home: &Home) {
    let ctx = home.engineer().await;
    let content = NewTemplate { parameters: vec![required("name")], ..new_template("t") };
    templates::create(&ctx, NewTemplate { messages: vec![crate::common::user("Hi {{ name }}")], ..content })
        .await
        .unwrap();
    let text = "---\ninputs:\n  - name: person\n    kind: string\n    required: true\n---\nuser:\nHi {{ person }}\n";
    let files = [("fresh.prompty", text), ("t.prompty", text)];
    assert!(plan(&ctx, source(&files), &options()).await.unwrap().is_breaking());
    let refused = problem(import(&ctx, source(&files), &options()).await);
    assert_eq!((refused.kind, refused.code.as_str()), (Kind::Conflict, "breaking"));
    let told: Vec<_> = refused.errors.iter().map(|e| (e.field.as_str(), e.message.contains("`person`"))).collect();
    assert_eq!(told, [("t.prompty", true)], "{refused:?}");
    assert_eq!(word(templates::get(&ctx, "fresh").await), "not_found", "all or nothing");
    assert_eq!(templates::get(&ctx, "t").await.unwrap().latest_version, 1);
    // To allow it doesn't allow a conflict, and the other way about.
    let allowed = ImportOptions { allow_breaking: true, ..ImportOptions::default() };
    assert_eq!(problem(import(&ctx, source(&files), &allowed).await).code, "moved_on");
    let allowed = ImportOptions { allow_breaking: true, ..options() };
    import(&ctx, source(&files), &allowed).await.unwrap();
    assert_eq!(templates::get(&ctx, "t").await.unwrap().latest_version, 2);
}

async fn an_import_tells_what_its_files_come_from(home: &Home) {
    let ctx = home.engineer().await;
    let main = "kind: kpi_system\ntags: [b, a]\nowner: ada\nconfig: {temperature: 1.0, top_p: 0}\n";
    let files = [("x/prompt.yaml", main), ("x/user.md", "one\n"), ("y.prompt", "Two")];
    let told = plan(&ctx, source(&files), &options()).await.unwrap();
    let done = import(&ctx, source(&files), &options()).await.unwrap();
    let origins = |plan: &ImportPlan| plan.templates.iter().map(|t| t.origin.clone()).collect::<Vec<_>>();
    assert_eq!(origins(&told), origins(&done));
    let exported = export(&ctx, &[], FileFormat::Files).await.unwrap().files;
    let there: Vec<Origin> = read(&exported).prompts.into_iter().filter_map(|prompt| prompt.origin).collect();
    assert_eq!(origins(&done), there);
    // What somebody saves right after it is not what these files are: the next import of theirs meets it.
    versions::create(&ctx, "x", new_version("hers"), None).await.unwrap();
    let main = format!("exported:\n  version: {}\n  hash: {}\n{main}", there[0].version, there[0].hash);
    let files = [("x/prompt.yaml", main.as_str()), ("x/user.md", "mine\n")];
    let refused = problem(import(&ctx, source(&files), &ImportOptions::default()).await);
    assert_eq!(refused.code, "moved_on");
}

async fn a_plan_is_named_by_all_that_it_writes(home: &Home) {
    let ctx = home.engineer().await;
    let of = async |main: &str, text: &str| digest(&ctx, &[("x/prompt.yaml", main), ("x/user.md", text)]).await;
    let one = of("owner: ada", "one").await;
    assert_eq!(one, of("owner: ada", "one").await);
    for (main, text) in [("owner: bob", "one"), ("owner: ada", "two"), ("owner: ada\ntags: [a]", "one")] {
        assert_ne!(one, of(main, text).await, "{main} {text}");
    }
    // The version that it follows decides what the history says.
    home.template("x", "1").await;
    home.version("x", "2").await;
    home.version("x", "3").await;
    let after = |number: i64| format!("exported:\n  version: {number}\n  hash: \"0\"\n");
    assert_ne!(of(&after(1), "mine").await, of(&after(2), "mine").await);
    let at_four = [of(&after(4), "mine").await, of(&after(5), "mine").await];
    assert_ne!(at_four[0], at_four[1], "the conflict that is told is a part of it");
}

async fn what_was_done_is_told_without_the_lines_of_texts(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one\ntwo\n").await;
    let files = [("t.prompty", "user:\none\nthree\n\n")];
    let lines = |plan: &ImportPlan| {
        let message = plan.templates[0].content.as_ref().unwrap().messages[0].clone();
        (message.lines.len(), message.added, message.removed)
    };
    let told = plan(&ctx, source(&files), &options()).await.unwrap();
    let done = import(&ctx, source(&files), &options()).await.unwrap();
    assert_eq!((lines(&told), lines(&done)), ((3, 1, 1), (0, 1, 1)));
    assert_eq!((told.digest, done.templates[0].state), (done.digest, ImportState::Changed));
}

async fn a_page_is_told_how_many_lines_it_was_not_given(home: &Home) {
    let ctx = home.engineer().await;
    let (old, new) = ("a\n".repeat(2_500), "b\n".repeat(2_500));
    for key in ["s", "t"] {
        home.template(key, &old).await;
    }
    let text = format!("user:\n{new}\n");
    let uploads = ["s", "t"].map(|key| Upload { name: format!("{key}.prompty"), bytes: text.clone().into() });
    hold(&ctx, uploads.into()).unwrap();
    let shown = review(&ctx).await.unwrap().unwrap();
    let counts: Vec<_> = shown.templates.iter().flat_map(|t| t.content.iter().flat_map(|c| &c.messages)).collect();
    let counts: Vec<_> = counts.into_iter().map(|m| (m.lines.len(), m.left_out)).collect();
    assert!(counts[0].0 > 0 && counts[1].0 == 0, "{counts:?}");
    assert!(counts.iter().all(|(lines, left_out)| lines + *left_out as usize >= 4_900), "{counts:?}");
}

async fn too_many_imports_at_once_are_told_to_wait(home: &Home) {
    let ctx = home.system().await;
    let text = "x".repeat(10_000);
    let many = at_once(200, |n| {
        let (ctx, text) = (ctx.clone(), text.clone());
        async move {
            let paths: Vec<String> = (0..20).map(|i| format!("a{n}_{i}.prompty")).collect();
            let text = format!("user:\n{text}\n");
            let files: Vec<_> = paths.iter().map(|path| (path.as_str(), text.as_str())).collect();
            plan(&ctx, source(&files), &options()).await
        }
    })
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = many.into_iter().partition(Result::is_ok);
    assert!(done.len() >= 18 && !refused.is_empty(), "{} done, {} refused", done.len(), refused.len());
    for refused in refused {
        let refused = problem(refused);
        assert_eq!(
            (refused.kind, refused.code.as_str(), refused.retry_after),
            (Kind::Unavailable, "files_busy", Some(5))
        );
    }
    plan(&ctx, source(&[("t.prompty", "user:\nHi\n")]), &options()).await.unwrap();
}

async fn many_templates_are_exported_whole_up_to_what_an_archive_takes(home: &Home) {
    let ctx = home.system().await;
    let paths: Vec<String> = (0..45).map(|n| format!("t{n:02}.prompty")).collect();
    let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "user:\nHi\n")).collect();
    import(&ctx, source(&files), &options()).await.unwrap();
    let exported = export(&ctx, &[], FileFormat::Files).await.unwrap();
    let keys: Vec<String> = read(&exported.files).prompts.into_iter().map(|prompt| prompt.key).collect();
    assert_eq!(keys, paths.iter().map(|path| path.trim_end_matches(".prompty")).collect::<Vec<_>>());
    // A check of so much text takes too long for a test.
    let message = |_| Message { role: MessageRole::User, content: "x".repeat(MAX_MESSAGE_BYTES) };
    let large = VersionContent { messages: (0..25).map(message).collect(), ..VersionContent::default() };
    home.db().exec("update version set content = $1", (sqlx::types::Json(large),)).await.unwrap();
    assert_eq!(fields(export(&ctx, &[], FileFormat::Files).await), ["keys"]);
    let refused = problem(export_packed(&ctx, &[], FileFormat::Dotprompt, false).await);
    assert!(refused.errors[0].message.contains("name some keys"), "{refused:?}");
    let packed = export_packed(&ctx, &keys[..30], FileFormat::Files, false).await.unwrap();
    assert!(packed.notes.is_empty() && packed.left_out.is_empty() && packed.bytes.starts_with(b"PK"));
}

async fn an_export_names_what_it_may_leave_out(home: &Home) {
    let ctx = home.system().await;
    import(&ctx, source(&[("here.prompty", "user:\nHi\n")]), &options()).await.unwrap();
    let packed = |keys: &[&str], allow_missing| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let ctx = ctx.clone();
        async move { export_packed(&ctx, &keys, FileFormat::Files, allow_missing).await }
    };
    let both = ["here", "gone"];
    assert_eq!(word(packed(&both, false).await), "not_found");
    let some = packed(&both, true).await.unwrap();
    assert_eq!(some.left_out, ["gone"]);
    let notes: Vec<_> = some.notes.iter().map(|note| (note.field.as_str(), note.message.as_str())).collect();
    assert_eq!(notes, [("gone", "left out: there is no such template in this project")]);
    // Nothing but strange keys, or none that is there, is no export.
    assert_eq!(word(packed(&["here", "a,b"], true).await), "not_found");
    assert_eq!(word(packed(&["gone"], true).await), "not_found");
}
