//! One database per test, on each engine: a [`Home`] with services, a clock that stands still and seeded randomness.
//!
//! `TEST_POSTGRES_URL` names a PostgreSQL whose user may create databases (…/postgres). `PROMPTORY_TEST_SEED` and
//! `PROMPTORY_TEST_SCALE` choose the random bytes and multiply the rounds of races.
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use domain::api_key::{NewApiKey, Scope};
use domain::error::Kind;
use domain::execution::RenderRequest;
use domain::ids::SessionId;
use domain::label::LabelMove;
use domain::page::PageRequest;
use domain::permission::Role;
use domain::project::NewProject;
use domain::template::{NewTemplate, Template, TemplateFields};
use domain::user::NewUser;
use domain::version::{Message, MessageRole, NewDraft, NewVersion, Parameter, VersionContent};
use serde::Serialize;
use serde_json::Value;
use service::access::{self, Login};
use service::clock::{FixedClock, SeededRandom};
use service::crypto::Secrets;
use service::db::Db;
use service::{Ctx, Result, Services, api_keys, labels, projects, sessions, templates, users, versions};

pub mod changes;
pub mod functions;
pub mod written;

/// Makes two tests of each story: one on SQLite, one on PostgreSQL.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let home = crate::common::Home::sqlite().await;
                    super::$name(&home).await;
                    home.close().await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(home) = crate::common::Home::postgres().await {
                        super::$name(&home).await;
                        home.close().await;
                    }
                }
            )+
        }
    };
}
pub(crate) use stories;

/// Where the clock of every test starts: 2027-01-15T08:00:00Z.
pub const START: Timestamp = Timestamp(1_800_000_000_000);
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";

/// An installation of its own: a database, services, people.
pub struct Home {
    pub services: Arc<Services>,
    pub clock: Arc<FixedClock>,
    place: Place,
    people: tokio::sync::Mutex<HashMap<Role, Ctx>>,
    nodes: AtomicU64,
}

enum Place {
    Sqlite(tempfile::TempDir),
    Postgres { admin: String, name: String },
}

impl Place {
    async fn open(&self) -> Db {
        match self {
            Place::Sqlite(folder) => Db::open_sqlite(&folder.path().join("app.db"), 4).await.unwrap(),
            Place::Postgres { .. } => Db::open_postgres(&self.url(), 8).await.unwrap(),
        }
    }
    fn url(&self) -> String {
        match self {
            Place::Sqlite(folder) => folder.path().join("app.db").display().to_string(),
            Place::Postgres { admin, name } => format!("{}/{name}", admin.rsplit_once('/').unwrap().0),
        }
    }
}

/// A number from the environment, such as `PROMPTORY_TEST_SEED`.
fn number(name: &str) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}
pub fn seed() -> u64 {
    number("PROMPTORY_TEST_SEED")
}
/// Multiplies the rounds of races.
pub fn scale() -> usize {
    number("PROMPTORY_TEST_SCALE").max(1) as usize
}

fn start(db: Db, clock: &Arc<FixedClock>, node: u64) -> Arc<Services> {
    let random = Arc::new(SeededRandom::new(seed().wrapping_mul(1_000).wrapping_add(node)));
    Services::start(db, clock.clone(), random, Secrets::derive(b"the tests' one secret"), &format!("node-{node}"))
        .unwrap()
}

impl Home {
    pub async fn sqlite() -> Home {
        Self::at(Place::Sqlite(tempfile::tempdir().unwrap())).await
    }

    /// None when PostgreSQL was left out on purpose.
    pub async fn postgres() -> Option<Home> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Ok(admin) = std::env::var("TEST_POSTGRES_URL") else {
            if std::env::var("PROMPTORY_SQLITE_ONLY").is_ok_and(|v| v == "1") {
                println!("left out: PROMPTORY_SQLITE_ONLY=1");
                return None;
            }
            panic!("TEST_POSTGRES_URL is not set: run the tests with `cargo xtask test`, which starts a PostgreSQL");
        };
        let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let place = Place::Postgres { admin, name };
        place.as_admin("drop database if exists {name} with (force)").await;
        place.as_admin("create database {name}").await;
        Some(Self::at(place).await)
    }

    async fn at(place: Place) -> Home {
        let clock = Arc::new(FixedClock::new(START));
        let services = start(place.open().await, &clock, 0);
        Home { services, clock, place, people: tokio::sync::Mutex::default(), nodes: AtomicU64::new(1) }
    }

    /// Removes the database; after a failed test it stays, to be looked at.
    pub async fn close(self) {
        if let Db::Postgres(pool) = &self.services.db {
            pool.close().await;
            self.place.as_admin("drop database {name} with (force)").await;
        }
    }

    pub fn db(&self) -> &Db {
        &self.services.db
    }
    pub fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }
    /// The file, or the address on PostgreSQL.
    pub fn url(&self) -> String {
        self.place.url()
    }
    /// Another connection pool to the same database.
    pub async fn open_again(&self) -> Db {
        self.place.open().await
    }
    /// Another process's services on the same database and the same clock.
    pub async fn another_node(&self) -> Arc<Services> {
        start(self.place.open().await, &self.clock, self.nodes.fetch_add(1, Ordering::SeqCst))
    }

    /// Acts for the command line in the project `default`.
    pub async fn system(&self) -> Ctx {
        self.system_in("default").await
    }
    async fn system_in(&self, project: &str) -> Ctx {
        let project = projects::find_id(&self.services, project).await.unwrap().unwrap();
        self.services.system(project, "test")
    }
    /// Acts for the command line in a second project, which it makes.
    pub async fn new_project(&self, key: &str) -> Ctx {
        let new = NewProject { key: key.into(), name: format!("Project {key}") };
        projects::create(&self.system().await, new).await.unwrap();
        self.system_in(key).await
    }

    /// The person of a role in the project `default`, with a session; made at the first use.
    pub async fn person(&self, role: Role) -> Ctx {
        let mut people = self.people.lock().await;
        if let Some(known) = people.get(&role) {
            return known.clone();
        }
        let made = self.join(&self.system().await, &format!("{}@example.com", role.name()), role).await;
        people.insert(role, made.clone());
        made
    }
    pub async fn admin(&self) -> Ctx {
        self.person(Role::SuperAdmin).await
    }
    pub async fn manager(&self) -> Ctx {
        self.person(Role::ContentManager).await
    }
    pub async fn engineer(&self) -> Ctx {
        self.person(Role::PromptEngineer).await
    }

    /// Adds a person to the project of `by` and logs them in.
    pub async fn join(&self, by: &Ctx, email: &str, role: Role) -> Ctx {
        let new = NewUser { email: email.into(), name: role.title().into(), role, password: PASSWORD.into() };
        let member = users::create(by, new).await.unwrap();
        let session = SessionId(self.services.new_id());
        let token = session.0.as_bytes().to_vec();
        assert!(sessions::insert(&self.services, &token, member.id, session, b"{}", "test").await.unwrap());
        let login = Login { user: member.id, session };
        let key: String = self.db().scalar("select key from project where id = $1", (by.project.0,)).await.unwrap();
        access::for_login(&self.services, login, &key, "request-1".into()).await.unwrap()
    }

    /// A key of the project `default`: its context and its text.
    pub async fn key(&self, environment: &str, scopes: &[Scope]) -> (Ctx, String) {
        self.key_in(&self.system().await, environment, scopes).await
    }
    pub async fn key_in(&self, by: &Ctx, environment: &str, scopes: &[Scope]) -> (Ctx, String) {
        let new = NewApiKey {
            name: format!("{environment} key"),
            environment: environment.into(),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        let text = api_keys::create(by, new).await.unwrap().secret;
        let ctx = access::for_api_key(&self.services, &text, "request-2".into()).await.unwrap();
        (ctx, text)
    }

    /// A template whose version 1 is one user message.
    pub async fn template(&self, key: &str, text: &str) -> Template {
        template_in(&self.system().await, key, text).await
    }
    /// As [`Home::template`], on `production`.
    pub async fn published(&self, key: &str, text: &str) -> Template {
        self.template(key, text).await;
        self.move_label(key, "production", 1).await
    }
    pub async fn version(&self, key: &str, text: &str) -> i64 {
        versions::create(&self.system().await, key, new_version(text), None).await.unwrap().version.number
    }
    pub async fn move_label(&self, key: &str, label: &str, version: i64) -> Template {
        labels::move_to(&self.system().await, key, to(label, version), None).await.unwrap()
    }

    /// Does something while no audit event of an action can be written.
    pub async fn without_events<T>(&self, action: &str, work: impl Future<Output = T>) -> T {
        let when = "create trigger no_event before insert on audit_event";
        let (start, end) = if self.is_sqlite() {
            let refuse = format!("{when} when new.action = '{action}' begin select raise(abort, 'no'); end");
            (vec![refuse], "drop trigger no_event")
        } else {
            let function = "create or replace function no_event() returns trigger language plpgsql
                            as 'begin raise exception ''no''; end'";
            let refuse = format!("{when} for each row when (new.action = '{action}') execute function no_event()");
            (vec![function.to_owned(), refuse], "drop trigger no_event on audit_event")
        };
        for sql in start {
            self.db().exec(sqlx::AssertSqlSafe(sql), ()).await.unwrap();
        }
        let done = work.await;
        self.db().exec(end, ()).await.unwrap();
        done
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        self.db().scalar(sql, ()).await.unwrap()
    }
}

/// Waits for what a task beside the test brings about; the limit only keeps a broken test from hanging.
pub async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.expect("it never came about");
}

/// Runs the same work many times at once, each with its number; the results in that order.
pub async fn at_once<T, F>(count: usize, work: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(work(n))).collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

impl Place {
    async fn as_admin(&self, sql: &str) {
        let Place::Postgres { admin, name } = self else { return };
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(admin).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql.replace("{name}", name))).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

pub async fn template_in(ctx: &Ctx, key: &str, text: &str) -> Template {
    let new = NewTemplate { messages: vec![user(text)], ..new_template(key) };
    templates::create(ctx, new).await.unwrap().0
}
/// A template without content.
pub fn new_template(key: &str) -> NewTemplate {
    let fields = TemplateFields {
        display_name: format!("Name of {key}"),
        kind: "single_shot".into(),
        ..TemplateFields::default()
    };
    NewTemplate { key: key.into(), fields, ..NewTemplate::default() }
}
pub fn user(text: &str) -> Message {
    Message { role: MessageRole::User, content: text.into() }
}
pub fn content(text: &str) -> VersionContent {
    VersionContent { messages: vec![user(text)], ..VersionContent::default() }
}
pub fn new_version(text: &str) -> NewVersion {
    NewVersion { content: content(text), parent: 0, commit_message: "Because".into() }
}
/// A draft of one user message, written from a version that was the newest; it replaces whatever there is.
pub fn draft(text: &str, parent: i64) -> NewDraft {
    NewDraft { content: content(text), parent, onto: parent, revision: None }
}
/// As [`draft`], over a revision of the draft.
pub fn draft_over(text: &str, parent: i64, revision: i64) -> NewDraft {
    NewDraft { revision: Some(revision), ..draft(text, parent) }
}
pub fn required(name: &str) -> Parameter {
    Parameter { name: name.into(), required: true, ..Parameter::default() }
}
pub fn to(label: &str, version: i64) -> LabelMove {
    LabelMove { label: label.into(), version, reason: "Because".into() }
}
pub fn request(template: &str, variables: Value) -> RenderRequest {
    serde_json::from_value(serde_json::json!({ "template_name": template, "variables": variables })).unwrap()
}
/// The first page, of at most `limit` rows.
pub fn first(limit: i64) -> PageRequest {
    PageRequest { cursor: None, limit: Some(limit) }
}
pub fn after(cursor: Option<String>, limit: i64) -> PageRequest {
    PageRequest { cursor, limit: Some(limit) }
}

/// The error that a user sees; anything else ends the test.
pub fn problem<T>(result: Result<T>) -> domain::Error {
    match result {
        Err(service::Error::User(error)) => error,
        Err(service::Error::Internal(error)) => panic!("an internal error: {error}"),
        Ok(_) => panic!("this was to be refused"),
    }
}
/// What came of it in a word: `ok`, or the code of the error.
pub fn word<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(service::Error::User(error)) => error.code,
        Err(service::Error::Internal(error)) => format!("internal: {error}"),
    }
}
/// The fields that were refused.
pub fn fields<T>(result: Result<T>) -> Vec<String> {
    let error = problem(result);
    assert_eq!(error.kind, Kind::Invalid, "{error}");
    error.errors.into_iter().map(|e| e.field).collect()
}

/// As JSON, with ids and hashes replaced: they change with the seed. Keys are sorted: the engines keep their own order.
pub fn redacted(value: &impl Serialize) -> Value {
    fn walk(value: Value) -> Value {
        match value {
            Value::String(text) if uuid::Uuid::parse_str(&text).is_ok() && text.len() == 36 => "[id]".into(),
            Value::String(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) => "[hash]".into(),
            Value::Array(items) => items.into_iter().map(walk).collect(),
            Value::Object(map) => {
                let sorted: std::collections::BTreeMap<_, _> = map.into_iter().collect();
                sorted.into_iter().map(|(key, value)| (key, walk(value))).collect()
            }
            other => other,
        }
    }
    walk(serde_json::to_value(value).unwrap())
}
