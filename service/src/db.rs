//! The database: one SQL text, two engines, five verbs (and `batch`).
//!
//! `all`, `opt`, `one`, `scalar`, `exec` exist on [`Db`] and on [`Tx`] alike. Placeholders are `$1 … $n`.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};

pub mod error;
pub mod values;

use error::{Error, Result};
use values::{Column, Params, Row};

#[derive(Clone)]
pub enum Db {
    /// `read` is opened read-only; `write` is a single connection, so writers queue instead of colliding.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction. Dropped without `commit`, it is rolled back.
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A query bound to the place where it will run.
enum Call<'a> {
    SqlitePool(&'a SqlitePool, SqliteArguments),
    SqliteTx(&'a mut SqliteConnection, SqliteArguments),
    PgPool(&'a PgPool, PgArguments),
    PgTx(&'a mut PgConnection, PgArguments),
}

macro_rules! run {
    ($call:expr, $query:path, $sql:expr, $verb:ident) => {
        match $call {
            Call::SqlitePool(at, args) => $query($sql, args).$verb(at).await?.into(),
            Call::SqliteTx(at, args) => $query($sql, args).$verb(at).await?.into(),
            Call::PgPool(at, args) => $query($sql, args).$verb(at).await?.into(),
            Call::PgTx(at, args) => $query($sql, args).$verb(at).await?.into(),
        }
    };
}

async fn fetch_all<R: Row>(call: Call<'_>, sql: SqlStr) -> Result<Vec<R>> {
    Ok(run!(call, sqlx::query_as_with, sql, fetch_all))
}
async fn fetch_optional<R: Row>(call: Call<'_>, sql: SqlStr) -> Result<Option<R>> {
    Ok(run!(call, sqlx::query_as_with, sql, fetch_optional))
}
async fn execute(call: Call<'_>, sql: SqlStr) -> Result<u64> {
    let done: Done = run!(call, sqlx::query_with, sql, execute);
    Ok(done.0)
}

struct Done(u64);
impl From<sqlx::sqlite::SqliteQueryResult> for Done {
    fn from(r: sqlx::sqlite::SqliteQueryResult) -> Self {
        Done(r.rows_affected())
    }
}
impl From<sqlx::postgres::PgQueryResult> for Done {
    fn from(r: sqlx::postgres::PgQueryResult) -> Self {
        Done(r.rows_affected())
    }
}

/// The five verbs, the same for `&Db` and `&mut Tx`.
macro_rules! verbs {
    ($($me:tt)+) => {
        /// Every row.
        pub async fn all<R: Row>($($me)+ self, sql: impl SqlSafeStr, params: impl Params) -> Result<Vec<R>> {
            let sql = sql.into_sql_str();
            fetch_all(self.call(sql.as_str(), params)?, sql).await
        }
        /// The row, if there is one.
        pub async fn opt<R: Row>($($me)+ self, sql: impl SqlSafeStr, params: impl Params) -> Result<Option<R>> {
            let sql = sql.into_sql_str();
            fetch_optional(self.call(sql.as_str(), params)?, sql).await
        }
        /// The row; [`Error::NotFound`] when there is none.
        pub async fn one<R: Row>($($me)+ self, sql: impl SqlSafeStr, params: impl Params) -> Result<R> {
            self.opt(sql, params).await?.ok_or(Error::NotFound)
        }
        /// The first column of the row.
        pub async fn scalar<T: Column>($($me)+ self, sql: impl SqlSafeStr, params: impl Params) -> Result<T> {
            Ok(self.one::<(T,)>(sql, params).await?.0)
        }
        /// Runs a statement; how many rows it touched.
        pub async fn exec($($me)+ self, sql: impl SqlSafeStr, params: impl Params) -> Result<u64> {
            let sql = sql.into_sql_str();
            execute(self.call(sql.as_str(), params)?, sql).await
        }
    };
}

impl Db {
    verbs!(&);

    fn call<P: Params>(&self, sql: &str, params: P) -> Result<Call<'_>> {
        check_count(sql, P::COUNT)?;
        Ok(match self {
            Db::Sqlite { read, write } => Call::SqlitePool(if reads(sql) { read } else { write }, sqlite(params)?),
            Db::Postgres(pool) => Call::PgPool(pool, postgres(params)?),
        })
    }

    /// The rare fork: the text for the engine at hand.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if matches!(self, Db::Sqlite { .. }) { sqlite } else { postgres }
    }

    /// Starts a transaction; on SQLite it holds the write lock from here on.
    ///
    /// `BEGIN` runs in a task of its own: cancelled half-way, sqlx 0.9 would hand the connection back to the
    /// PostgreSQL pool inside an open transaction. The task always ends, and drops (rolls back) what nobody took.
    pub async fn begin(&self) -> Result<Tx> {
        let db = self.clone();
        let begun = tokio::spawn(async move {
            Ok(match db {
                Db::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("begin immediate").await?),
                Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            })
        });
        begun.await.unwrap_or(Err(Error::Other(sqlx::Error::WorkerCrashed)))
    }

    pub async fn open_sqlite(file: &Path, readers: u32) -> Result<Db> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = |max| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let write = pool(1).connect_with(options.clone()).await?;
        sqlx::migrate!("../migrations/sqlite").run(&write).await.map_err(sqlx::Error::from)?;
        let read = pool(readers).connect_with(options.read_only(true)).await?;
        let db = Db::Sqlite { read, write };
        crate::search::fill(&db).await?;
        Ok(db)
    }

    /// SQLite's version, such as `3.51.3`; none on PostgreSQL.
    pub async fn sqlite_version(&self) -> Result<Option<String>> {
        match self {
            Db::Sqlite { .. } => Ok(Some(self.scalar("select sqlite_version()", ()).await?)),
            Db::Postgres(_) => Ok(None),
        }
    }

    pub async fn open_postgres(url: &str, max: u32) -> Result<Db> {
        let pool = PgPoolOptions::new().max_connections(max).connect(url).await?;
        sqlx::migrate!("../migrations/postgres").run(&pool).await.map_err(sqlx::Error::from)?;
        let db = Db::Postgres(pool);
        crate::search::fill(&db).await?;
        Ok(db)
    }
}

impl Tx {
    verbs!(&mut);

    fn call<P: Params>(&mut self, sql: &str, params: P) -> Result<Call<'_>> {
        check_count(sql, P::COUNT)?;
        Ok(match self {
            Tx::Sqlite(tx) => Call::SqliteTx(tx, sqlite(params)?),
            Tx::Postgres(tx) => Call::PgTx(tx, postgres(params)?),
        })
    }

    /// Many rows by few statements: `{rows}` in the text stands for `($1, $2), ($3, $4), …`.
    ///
    /// Statements hold a power of two of rows, so that a text recurs and its prepared statement is found again.
    pub async fn batch<P: Params>(&mut self, sql: &'static str, rows: impl IntoIterator<Item = P>) -> Result<u64> {
        self.batch_by(BATCH_PARAMS / P::COUNT.max(1), sql, rows).await
    }

    #[doc(hidden)]
    pub async fn batch_by<P: Params>(
        &mut self,
        most: usize,
        sql: &'static str,
        rows: impl IntoIterator<Item = P>,
    ) -> Result<u64> {
        let rows: Vec<P> = rows.into_iter().collect();
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        let mut touched = 0;
        while left > 0 {
            let count = 1 << left.min(most).ilog2();
            let part = rows.by_ref().take(count);
            let (call, mark) = match self {
                Tx::Sqlite(tx) => (Call::SqliteTx(tx, many(part, P::sqlite)?), '?'),
                Tx::Postgres(tx) => (Call::PgTx(tx, many(part, P::postgres)?), '$'),
            };
            let text = AssertSqlSafe(sql.replace("{rows}", &placeholders(mark, count, P::COUNT))).into_sql_str();
            touched += execute(call, text).await?;
            left -= count;
        }
        Ok(touched)
    }

    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => Ok(tx.commit().await?),
            Tx::Postgres(tx) => Ok(tx.commit().await?),
        }
    }

    pub async fn rollback(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => Ok(tx.rollback().await?),
            Tx::Postgres(tx) => Ok(tx.rollback().await?),
        }
    }
}

/// Placeholders per statement of a batch; both engines allow far more, none gains from it.
const BATCH_PARAMS: usize = 1_000;

/// SQLite looks numbered placeholders up one by one, which makes long lists slow; a bare `?` it counts.
fn placeholders(mark: char, rows: usize, columns: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(rows * (columns * 7 + 4));
    for n in 0..rows * columns {
        text.push_str(if n == 0 {
            "("
        } else if n % columns == 0 {
            "), ("
        } else {
            ", "
        });
        text.push(mark);
        if mark == '$' {
            let _ = write!(text, "{}", n + 1);
        }
    }
    text.push(')');
    text
}

fn many<P, A: Default>(
    rows: impl Iterator<Item = P>,
    put: fn(P, &mut A) -> Result<(), sqlx::error::BoxDynError>,
) -> Result<A> {
    let mut args = A::default();
    for row in rows {
        put(row, &mut args).map_err(sqlx::Error::Encode)?;
    }
    Ok(args)
}

fn sqlite(params: impl Params) -> Result<SqliteArguments> {
    let mut args = SqliteArguments::default();
    params.sqlite(&mut args).map_err(sqlx::Error::Encode)?;
    Ok(args)
}

fn postgres(params: impl Params) -> Result<PgArguments> {
    let mut args = PgArguments::default();
    params.postgres(&mut args).map_err(sqlx::Error::Encode)?;
    Ok(args)
}

/// The first word decides; the reader connections are read-only, so a wrong guess fails loudly.
fn reads(sql: &str) -> bool {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with")
}

/// SQLite binds a missing argument as NULL and ignores a surplus one; both are mistakes.
fn check_count(sql: &str, given: usize) -> Result<()> {
    let expected = sql.split('$').skip(1).filter_map(leading_number).max().unwrap_or(0);
    if expected == given { Ok(()) } else { Err(Error::Params { expected, given }) }
}

fn leading_number(text: &str) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().ok()
}
