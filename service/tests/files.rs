//! Files in and out: what goes out comes in the same, and an import is all or nothing.

use crate::common::{
    Home, at_once, content, fields, new_template, new_version, problem, required, stories, template_in, to, word,
};
use domain::api_key::Scope;
use domain::audit::AuditFilter;
use domain::comparison::{DiffTag, State};
use domain::error::Kind;
use domain::files::{File, FileFormat, ImportOptions, ImportPlan, ImportState, MAX_ARCHIVE_BYTES, OnConflict, read};
use domain::page::PageRequest;
use domain::permission::Role;
use domain::template::{NewTemplate, TemplateFields, TemplatePatch};
use domain::time::MINUTE;
use domain::version::{Message, MessageRole, NewVersion};
use serde_json::json;
use service::files::{Source, Upload, apply_held, archive, discard, export, hold, import, is_edited, plan, review};
use service::{Ctx, audit, drafts, labels, templates, versions};

stories!(
    what_goes_out_comes_in_the_same_elsewhere,
    a_plan_tells_and_changes_nothing,
    an_import_is_all_or_nothing,
    what_was_changed_meanwhile_is_a_conflict,
    templates_of_one_import_may_name_one_another,
    a_version_follows_the_one_that_was_exported,
    an_archived_template_is_left_alone,
    problems_are_told_in_the_files_own_lines,
    imports_at_once_make_each_version_once,
    an_upload_is_held_for_its_owner_only,
    others_formats_go_out_and_come_in,
    another_projects_templates_stay_out,
);

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}
fn source(files: &[(&str, &str)]) -> Source {
    Source::Files(files.iter().map(|(path, text)| file(path, text)).collect())
}
fn options() -> ImportOptions {
    ImportOptions::default()
}
fn all_the_same() -> ImportOptions {
    ImportOptions { on_conflict: OnConflict::NewVersion, ..options() }
}
async fn exported(ctx: &Ctx, keys: &[&str]) -> Vec<File> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    export(ctx, &keys, FileFormat::Files).await.unwrap().files
}
/// The files with a text of one of them in another form.
fn edited(files: &[File], path: &str, from: &str, to: &str) -> Source {
    let text = |f: &File| if f.path == path { f.text.replace(from, to) } else { f.text.clone() };
    Source::Files(files.iter().map(|f| File { path: f.path.clone(), text: text(f) }).collect())
}
fn states(plan: &ImportPlan) -> Vec<(&str, ImportState, i64)> {
    plan.templates.iter().map(|t| (t.key.as_str(), t.state, t.to_version)).collect()
}
async fn whole(ctx: &Ctx) -> String {
    let filter = domain::template::TemplateFilter { with_archived: true, ..Default::default() };
    let all = templates::list(ctx, &filter, &PageRequest::default()).await.unwrap().items;
    let events = audit::list(ctx, &AuditFilter::default(), &PageRequest::default()).await.unwrap().items.len();
    format!("{all:?} {events}")
}

/// A template with something of everything.
fn rich(key: &str) -> NewTemplate {
    let message = |role, content: &str| Message { role, content: content.into() };
    let mut limited = required("score");
    limited.kind = domain::version::ParameterType::Integer;
    (limited.min, limited.max, limited.default) = (Some(0.0), Some(10.0), Some(json!(5)));
    NewTemplate {
        fields: TemplateFields {
            display_name: "Ärzte: \"Rich\"".into(),
            kind: "single_shot".into(),
            folder: "a/b".into(),
            description: "Two\nlines".into(),
            tags: vec!["x".into(), "y".into()],
            owner: "ada@example.com".into(),
            display_order: -3,
            review_by: Some("2027-05-01".into()),
            ..TemplateFields::default()
        },
        messages: vec![
            message(MessageRole::System, "You are {{ name }}.\r\n\n"),
            message(MessageRole::User, "  {{ score }}"),
            message(MessageRole::Assistant, "system:\n---\nOk"),
            message(MessageRole::User, "# {{ name }}\n"),
        ],
        parameters: vec![required("name"), limited],
        config: json!({ "model": "gpt-4o", "temperature": 0.5, "stop": ["a", 1, null] }).as_object().unwrap().clone(),
        ..new_template(key)
    }
}

async fn what_goes_out_comes_in_the_same_elsewhere(home: &Home) {
    let (ctx, other) = (home.system().await, home.new_project("other").await);
    templates::create(&ctx, rich("rich")).await.unwrap();
    templates::create(&ctx, new_template("empty")).await.unwrap();
    let files = exported(&ctx, &[]).await;
    assert!(!is_edited(&read(&files).prompts[1]).unwrap());
    let packed = archive::pack(&files).unwrap();
    assert_eq!(packed, archive::pack(&files).unwrap(), "no clock in it");
    let upload = Source::Uploads(vec![Upload { name: "a.zip".into(), bytes: packed.into() }]);
    let done = import(&other, upload, &options()).await.unwrap();
    assert_eq!(states(&done), [("empty", ImportState::New, 0), ("rich", ImportState::New, 1)]);
    assert!(done.is_applied && done.notes.is_empty(), "{:?}", done.notes);
    for key in ["rich", "empty"] {
        let (here, there) = (templates::get(&ctx, key).await.unwrap(), templates::get(&other, key).await.unwrap());
        assert_eq!((here.fields, here.latest_version), (there.fields, there.latest_version));
    }
    let (here, there) =
        (versions::get(&ctx, "rich", 0).await.unwrap(), versions::get(&other, "rich", 0).await.unwrap());
    assert_eq!((here.content, here.content_hash), (there.content, there.content_hash));
    assert_eq!(there.commit_message, "Imported from files");
    let again = import(&other, Source::Files(files), &options()).await.unwrap();
    assert!(again.templates.iter().all(|t| t.state == ImportState::Same), "{:?}", again.templates);
}

async fn a_plan_tells_and_changes_nothing(home: &Home) {
    let ctx = home.manager().await;
    templates::create(&ctx, rich("rich")).await.unwrap();
    let files = exported(&ctx, &["rich"]).await;
    let before = whole(&ctx).await;
    let main = files.iter().find(|f| f.path.ends_with("/system.md")).unwrap().text.clone();
    let main = main.replace("owner: ada@example.com", "owner: bob").replace("name: score", "name: points");
    let text = "  {{ points }}\n";
    let mut changed: Vec<File> =
        files.into_iter().filter(|f| !f.path.ends_with("/system.md") && !f.path.ends_with("/user.md")).collect();
    changed.extend([file("prompts/rich/system.md", &main), file("prompts/rich/user.md", text)]);
    changed.extend([file("prompts/fresh/prompt.yaml", "kind: kpi_system"), file("prompts/fresh/user.md", "Hello")]);
    let told = plan(&ctx, Source::Files(changed), &options()).await.unwrap();
    assert_eq!(states(&told), [("fresh", ImportState::New, 1), ("rich", ImportState::Changed, 2)]);
    assert!(!told.is_applied && told.is_breaking() && !told.has_conflicts() && told.problems.is_empty(), "{told:?}");
    let rich = &told.templates[1];
    let fields: Vec<_> = rich.fields.iter().map(|f| (f.name.as_str(), f.from.as_str(), f.to.as_str())).collect();
    assert_eq!(fields, [("owner", "ada@example.com", "bob")]);
    let content = rich.content.as_ref().unwrap();
    assert_eq!(
        content.parameters.iter().map(|p| (p.name.as_str(), p.is_breaking)).collect::<Vec<_>>(),
        [("points", true)]
    );
    let user = content.messages.iter().find(|m| m.state == State::Changed).unwrap();
    assert_eq!(user.lines.iter().map(|l| l.tag).collect::<Vec<_>>(), [DiffTag::Delete, DiffTag::Insert]);
    assert!(content.messages.iter().filter(|m| m.state == State::Same).all(|m| m.lines.is_empty()));
    assert_eq!(whole(&ctx).await, before);
}

async fn an_import_is_all_or_nothing(home: &Home) {
    let ctx = home.manager().await;
    home.template("a", "one").await;
    let before = whole(&ctx).await;
    let files = [
        ("a.prompty", "user:\ntwo\n"),
        ("b.prompty", "user:\n{% if %}\n"),
        ("c/prompt.yaml", "kind: No Kind\nowne: x"),
    ];
    let told = plan(&ctx, source(&files), &all_the_same()).await.unwrap();
    let problems: Vec<_> = told.problems.iter().map(|p| (p.field.as_str(), p.line)).collect();
    assert_eq!(problems, [("c/prompt.yaml", Some(2)), ("b.prompty", Some(2)), ("c/prompt.yaml", None)]);
    let mut named = fields(import(&ctx, source(&files), &all_the_same()).await);
    named.sort();
    assert_eq!(named, ["b.prompty", "c/prompt.yaml", "c/prompt.yaml"]);
    assert_eq!(whole(&ctx).await, before);

    // What is looked at is what is done.
    let good = [("a.prompty", "user:\ntwo\n"), ("b.prompty", "user:\none\n")];
    let digest = plan(&ctx, source(&good), &all_the_same()).await.unwrap().digest;
    home.version("a", "meanwhile").await;
    let before = whole(&ctx).await;
    let expecting = ImportOptions { expected: Some(digest), ..all_the_same() };
    assert_eq!(problem(import(&ctx, source(&good), &expecting).await).kind, Kind::PreconditionFailed);
    assert_eq!(whole(&ctx).await, before);
    let digest = plan(&ctx, source(&good), &all_the_same()).await.unwrap().digest;
    let expecting = ImportOptions { expected: Some(digest), commit_message: "Because".into(), ..all_the_same() };
    let done = import(&ctx, source(&good), &expecting).await.unwrap();
    assert_eq!(states(&done), [("a", ImportState::Changed, 3), ("b", ImportState::New, 1)]);
    assert_eq!(versions::get(&ctx, "a", 0).await.unwrap().commit_message, "Because");
    let far = ImportOptions { commit_message: "x".repeat(501), ..options() };
    assert_eq!(fields(import(&ctx, source(&good), &far).await), ["commit_message"]);
}

async fn what_was_changed_meanwhile_is_a_conflict(home: &Home) {
    let ctx = home.engineer().await;
    home.published("t", "one").await;
    let files = exported(&ctx, &["t"]).await;
    let mine = edited(&files, "prompts/t/user.md", "one", "mine");
    assert!(!plan(&ctx, mine.clone(), &options()).await.unwrap().has_conflicts(), "a moved label is no conflict");
    home.version("t", "theirs").await;
    let told = plan(&ctx, mine.clone(), &options()).await.unwrap();
    let why = told.templates[0].conflict.clone().unwrap();
    assert_eq!(why, "was changed here since the export: version 1 then, version 2 now");
    let refused = problem(import(&ctx, mine.clone(), &options()).await);
    assert_eq!((refused.kind, refused.code.as_str(), refused.errors.len()), (Kind::Conflict, "moved_on", 1));
    assert_eq!(templates::get(&ctx, "t").await.unwrap().latest_version, 2);
    let done = import(&ctx, mine, &all_the_same()).await.unwrap();
    assert_eq!(states(&done), [("t", ImportState::Changed, 3)]);
    let template = templates::get(&ctx, "t").await.unwrap();
    assert_eq!((template.latest_version, template.version_on("production")), (3, Some(1)), "no label moves");

    // Another field is a change too, and the same text again is none.
    let files = exported(&ctx, &["t"]).await;
    let patch = TemplatePatch { owner: Some("ada".into()), ..TemplatePatch::default() };
    templates::update(&ctx, "t", patch, None).await.unwrap();
    let told = plan(&ctx, edited(&files, "prompts/t/user.md", "mine", "more"), &options()).await.unwrap();
    assert_eq!(told.templates[0].conflict.as_deref(), Some("was changed here since the export of version 3"));
    let by_hand = [("t.prompty", "user:\nmine\n")];
    assert_eq!(states(&plan(&ctx, source(&by_hand), &options()).await.unwrap()), [("t", ImportState::Same, 3)]);
    let by_hand = [("t.prompty", "user:\nother\n")];
    assert!(plan(&ctx, source(&by_hand), &options()).await.unwrap().has_conflicts());
}

async fn templates_of_one_import_may_name_one_another(home: &Home) {
    let ctx = home.engineer().await;
    home.template("old_footer", "old").await;
    let files = [
        ("a_page.prompty", "user:\n{% extends \"z_base\" %}{% block body %}{% include \"m_part\" %}{% endblock %}\n"),
        ("m_part.prompty", "user:\npart {% include \"old_footer\" %}\n"),
        ("z_base.prompty", "user:\nbase {% block body %}{% endblock %}\n"),
        ("old_footer.prompty", "user:\nnew\n"),
    ];
    let done = import(&ctx, source(&files), &all_the_same()).await.unwrap();
    assert_eq!(done.templates.len(), 4);
    let whole = service::compositions::effective(&ctx, "a_page", Default::default()).await.unwrap();
    assert_eq!(whole.composed.unwrap().content.messages[0].content, "base part new");
    let used: i64 = home.db().scalar("select count(*) from version_dependency", ()).await.unwrap();
    assert_eq!(used, 3);
    // A circle is refused, whole.
    let circle = [("x.prompty", "user:\n{% include \"y\" %}\n"), ("y.prompty", "user:\n{% include \"x\" %}\n")];
    assert_eq!(problem(import(&ctx, source(&circle), &options()).await).kind, Kind::Invalid);
    assert_eq!(word(templates::get(&ctx, "x").await), "not_found");
    // So is a name that leads nowhere, with its line.
    let told = plan(&ctx, source(&[("x.prompty", "user:\nHi\n{% include \"y\" %}\n")]), &options()).await.unwrap();
    assert_eq!((told.problems[0].field.as_str(), told.problems[0].line), ("x.prompty", Some(3)));
}

async fn a_version_follows_the_one_that_was_exported(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    home.version("t", "two").await;
    drafts::save(&ctx, "t", &crate::common::draft("typed", 2)).await.unwrap();
    let files = exported(&ctx, &["t"]).await;
    home.version("t", "three").await;
    import(&ctx, edited(&files, "prompts/t/user.md", "two", "mine"), &all_the_same()).await.unwrap();
    let version = versions::get(&ctx, "t", 0).await.unwrap();
    assert_eq!((version.number, version.parent), (4, 2));
    assert!(drafts::open(&ctx, "t", 0).await.unwrap().draft.is_some(), "what is typed stays");
    let (key, _) = home.key("production", &[Scope::TemplatesRead, Scope::TemplatesWrite]).await;
    import(&key, source(&[("t.prompty", "user:\nby a key\n")]), &all_the_same()).await.unwrap();
    let version = versions::get(&ctx, "t", 0).await.unwrap();
    assert_eq!((version.parent, version.created_by.as_str()), (4, "production key"));
}

async fn an_archived_template_is_left_alone(home: &Home) {
    let ctx = home.engineer().await;
    home.template("t", "one").await;
    let files = exported(&ctx, &["t"]).await;
    let patch = TemplatePatch { is_archived: Some(true), ..TemplatePatch::default() };
    templates::update(&ctx, "t", patch, None).await.unwrap();
    assert_eq!(fields(import(&ctx, Source::Files(files), &options()).await), ["prompts/t/user.md"]);
    assert_eq!(exported(&ctx, &[]).await.len(), 1, "nothing but .gitattributes");
    assert_eq!(exported(&ctx, &["t"]).await.len(), 2, "named, it is there");
    assert_eq!(problem(export(&ctx, &["none".into()], FileFormat::Files).await).kind, Kind::NotFound);
}

async fn problems_are_told_in_the_files_own_lines(home: &Home) {
    let ctx = home.engineer().await;
    let files = [
        (
            "a.prompty",
            "---\nname: A\ninputs:\n  - name: x\n    kind: string\n---\nsystem:\n{{ x }}\n\nuser:\nfine\n{{ y }}\n",
        ),
        ("b/prompt.yaml", "parameters:\n  - name: loop\n    type: string\n"),
        ("b/user.md", "one\n{{ loop }\n"),
    ];
    let told = plan(&ctx, source(&files), &options()).await.unwrap();
    let at: Vec<_> = told.problems.iter().map(|p| (p.field.as_str(), p.line)).collect();
    assert_eq!(at, [("a.prompty", Some(12)), ("b/prompt.yaml", None), ("b/user.md", Some(2))]);
}

async fn imports_at_once_make_each_version_once(home: &Home) {
    let ctx = home.system().await;
    home.template("a", "one").await;
    let results = at_once(6, |n| {
        let ctx = ctx.clone();
        async move {
            let text = format!("user:\nnumber {n}\n");
            let files = [("a.prompty", text.as_str()), ("b.prompty", text.as_str()), ("c.prompty", text.as_str())];
            import(&ctx, source(&files), &all_the_same()).await
        }
    })
    .await;
    let done = results.iter().filter(|result| result.is_ok()).count() as i64;
    let words: Vec<String> = results.into_iter().map(word).collect();
    assert!(words.iter().all(|w| ["ok", "stale", "key_taken", "database_busy"].contains(&w.as_str())), "{words:?}");
    assert!(done >= 1, "{words:?}");
    let number = async |key: &str| templates::get(&ctx, key).await.unwrap().latest_version;
    assert_eq!((number("a").await, number("b").await, number("c").await), (done + 1, done, done));
    let texts = async |key: &str| versions::get(&ctx, key, 0).await.unwrap().content;
    assert_eq!(texts("a").await, texts("b").await);
    assert!(audit::verify(&ctx).await.unwrap().broken_at.is_none());
}

async fn an_upload_is_held_for_its_owner_only(home: &Home) {
    let (engineer, manager) = (home.engineer().await, home.manager().await);
    let upload = |text: &str| vec![Upload { name: "held.prompty".into(), bytes: text.as_bytes().to_vec().into() }];
    hold(&engineer, upload("user:\nfirst\n")).unwrap();
    hold(&engineer, upload("user:\nsecond\n")).unwrap();
    assert_eq!(review(&manager).await.unwrap(), None);
    let elsewhere = home.join(&home.new_project("other").await, "x@example.com", Role::SuperAdmin).await;
    assert_eq!(review(&elsewhere).await.unwrap(), None);
    assert_eq!(states(&review(&engineer).await.unwrap().unwrap()), [("held", ImportState::New, 1)]);
    apply_held(&engineer, &options()).await.unwrap();
    assert_eq!(versions::get(&engineer, "held", 0).await.unwrap().content, content("second"));
    assert_eq!(problem(apply_held(&engineer, &options()).await).code, "no_upload");
    hold(&engineer, upload("user:\nthird\n")).unwrap();
    discard(&engineer).unwrap();
    assert_eq!(review(&engineer).await.unwrap(), None);
    hold(&engineer, upload("not any file")).unwrap();
    home.clock.advance(30 * MINUTE);
    assert_eq!(review(&engineer).await.unwrap(), None, "not for ever");
    let large = vec![Upload { name: "a.zip".into(), bytes: vec![0; MAX_ARCHIVE_BYTES + 1].into() }];
    assert_eq!(problem(hold(&engineer, large)).kind, Kind::TooLarge);
}

async fn others_formats_go_out_and_come_in(home: &Home) {
    let (ctx, other) = (home.system().await, home.new_project("other").await);
    let mut plain = rich("plain");
    plain.messages.retain(|m| m.role != MessageRole::Assistant);
    templates::create(&ctx, plain).await.unwrap();
    templates::create(&ctx, rich("rich")).await.unwrap();
    template_in(&ctx, "sums", "{{ 1 + 1 }}").await;
    let prompty = export(&ctx, &[], FileFormat::Prompty).await.unwrap();
    let left_out: Vec<_> = prompty.notes.iter().map(|n| (n.field.as_str(), n.line)).collect();
    assert_eq!(left_out, [("prompts/rich.prompty", Some(1))]);
    let told = plan(&other, Source::Files(prompty.files), &options()).await.unwrap();
    assert_eq!(states(&told), [("plain", ImportState::New, 1), ("sums", ImportState::New, 1)]);
    let dotprompt = export(&ctx, &[], FileFormat::Dotprompt).await.unwrap();
    assert_eq!(dotprompt.notes.iter().map(|n| n.field.as_str()).collect::<Vec<_>>(), ["prompts/sums.prompt"]);
    import(&other, Source::Files(dotprompt.files), &options()).await.unwrap();
    for key in ["plain", "rich"] {
        let (here, there) = (versions::get(&ctx, key, 0).await.unwrap(), versions::get(&other, key, 0).await.unwrap());
        assert_eq!(here.content, there.content, "{key}");
    }
    let again = exported(&other, &["rich"]).await;
    assert!(plan(&ctx, Source::Files(again), &options()).await.unwrap().templates[0].state == ImportState::Same);
}

async fn another_projects_templates_stay_out(home: &Home) {
    let (ctx, other) = (home.system().await, home.new_project("other").await);
    home.published("t", "theirs").await;
    assert_eq!(problem(export(&other, &["t".into()], FileFormat::Files).await).kind, Kind::NotFound);
    assert_eq!(exported(&other, &[]).await.len(), 1);
    let files = exported(&ctx, &["t"]).await;
    let done = import(&other, edited(&files, "prompts/t/user.md", "theirs", "ours"), &options()).await.unwrap();
    assert_eq!(states(&done), [("t", ImportState::New, 1)]);
    assert_eq!(versions::get(&ctx, "t", 0).await.unwrap().content, content("theirs"));
    labels::move_to(&other, "t", to("production", 1), None).await.unwrap();
    versions::create(&ctx, "t", NewVersion { parent: 1, ..new_version("x") }, None).await.unwrap();
    let named = plan(&other, source(&[("y.prompty", "user:\n{% include \"sums\" %}\n")]), &options()).await.unwrap();
    assert_eq!(named.problems.len(), 1);
}
