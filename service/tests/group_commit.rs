//! The group commit: what waits together is one transaction, and what can't be written fails alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::execution::Durability;
use service::db::Db;
use service::recorder::Recorder;

use crate::common::{Home, at_once, stories, word};
use crate::rollups::{execution, hours, recounted, served, stop_writing};

stories!(what_waits_together_is_written_together, a_poison_row_fails_alone);

/// Counts what the one connection commits that SQLite is written through. PostgreSQL notes with each row who wrote it.
async fn commits(home: &Home) -> Arc<AtomicI64> {
    let count = Arc::new(AtomicI64::new(0));
    if let Db::Sqlite { write, .. } = home.db() {
        let (mut connection, count) = (write.acquire().await.unwrap(), count.clone());
        connection.lock_handle().await.unwrap().set_commit_hook(move || count.fetch_add(1, Ordering::Relaxed) >= 0);
    }
    count
}

async fn what_waits_together_is_written_together(home: &Home) {
    let (ctx, served) = served(home).await;
    let commits = commits(home).await;
    let stopped = stop_writing(home).await;
    let waiting = at_once(200, |_| {
        let (services, new) = (home.services.clone(), execution(&ctx, &served));
        async move { word(services.recorder.record(new, Durability::Committed).await) }
    });
    let release = async {
        tokio::task::yield_now().await;
        stopped.rollback().await.unwrap();
    };
    assert!(tokio::join!(waiting, release).0.iter().all(|w| w == "ok"));
    let transactions = match home.is_sqlite() {
        true => commits.load(Ordering::Relaxed),
        false => home.db().scalar("select count(distinct xmin::text) from execution", ()).await.unwrap(),
    };
    assert_eq!(home.count("execution").await, 200);
    assert!((1..=20).contains(&transactions), "{transactions} transactions for 200 executions");
}

async fn a_poison_row_fails_alone(home: &Home) {
    let (ctx, served) = served(home).await;
    let recorder = &home.services.recorder;
    let there = execution(&ctx, &served);
    let taken = there.id;
    recorder.record(there, Durability::Committed).await.unwrap();
    let stopped = stop_writing(home).await;
    // The first keeps the recorder busy, the others gather behind it and go into one transaction.
    recorder.record(execution(&ctx, &served), Durability::Buffered).await.unwrap();
    let words = {
        let waiting = at_once(20, |n| {
            let (services, mut new) = (home.services.clone(), execution(&ctx, &served));
            if n == 7 {
                new.id = taken;
            }
            async move { word(services.recorder.record(new, Durability::Committed).await) }
        });
        let release = async {
            tokio::task::yield_now().await;
            stopped.rollback().await.unwrap();
        };
        tokio::join!(waiting, release).0
    };
    let failed: Vec<_> = words.iter().enumerate().filter(|(_, w)| *w != "ok").map(|(n, w)| (n, w.as_str())).collect();
    assert_eq!(failed, [(7, "log_unavailable")]);
    assert_eq!(home.count("execution").await, 21);
    let cells = hours(&ctx).await;
    assert_eq!((cells.len(), cells[0].executions), (1, 21));
    assert_eq!(cells, recounted(&ctx).await);
}

/// Another process keeps SQLite's write lock for longer than a writer waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_fails_what_waits_and_nothing_after() {
    let home = Home::sqlite().await;
    let (ctx, served) = served(&home).await;
    let Db::Sqlite { read, write } = home.open_again().await else { unreachable!() };
    let options = (*write.connect_options()).clone().busy_timeout(std::time::Duration::from_millis(5));
    let write = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let recorder = Arc::new(Recorder::start(Db::Sqlite { read, write }, home.clock.clone(), "impatient"));
    let stopped = stop_writing(&home).await;
    let record = |_| {
        let (recorder, new) = (recorder.clone(), execution(&ctx, &served));
        async move { word(recorder.record(new, Durability::Committed).await) }
    };
    let words = at_once(40, record).await;
    assert!(words.iter().all(|w| w == "log_unavailable"), "{words:?}");
    stopped.rollback().await.unwrap();
    let words = at_once(40, record).await;
    assert!(words.iter().all(|w| w == "ok"), "{words:?}");
    assert_eq!(home.count("execution").await, 40);
    assert_eq!(hours(&ctx).await, recounted(&ctx).await);
}
