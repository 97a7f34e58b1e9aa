//! The database layer while somebody else holds a lock or a wire.

use crate::common::Home;
use crate::database::{COUNTER, stale, tables};
use service::db::Db;
use service::db::error::Error;

/// Another process keeps SQLite's write lock for longer than the time allowed: busy, readers go on, then all is well.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_by_another_process_is_busy() {
    let home = Home::sqlite().await;
    tables(&home).await;
    let Db::Sqlite { read, write } = home.db() else { unreachable!() };
    let options = (*write.connect_options()).clone().busy_timeout(std::time::Duration::from_millis(20));
    let impatient = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let impatient = Db::Sqlite { read: read.clone(), write: impatient };
    let tx = home.db().begin().await.unwrap();
    assert!(matches!(impatient.exec(COUNTER, ("a", 1)).await, Err(Error::Busy)));
    assert!(matches!(impatient.begin().await, Err(Error::Busy)));
    assert_eq!(impatient.scalar::<i64>("select count(*) from counter", ()).await.unwrap(), 0, "readers go on");
    tx.rollback().await.unwrap();
    impatient.exec(COUNTER, ("a", 1)).await.unwrap();
    let busy = service::Error::from(Error::Busy);
    let service::Error::User(busy) = busy else { panic!("{busy:?}") };
    assert_eq!((busy.code.as_str(), busy.retry_after), ("database_busy", Some(1)));
}

mod wire {
    //! A wire to PostgreSQL that holds the answers back from the n-th request on, until it is told to let go.

    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{Notify, watch};

    pub struct Wire {
        pub url: String,
        left: Arc<AtomicI64>,
        closed: Arc<watch::Sender<bool>>,
        held: Arc<Notify>,
    }

    impl Wire {
        pub async fn to(url: &str) -> Wire {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (user, rest) = url.split_once('@').unwrap();
            let (server, database) = rest.split_once('/').unwrap();
            let wire = Wire {
                url: format!("{user}@{}/{database}", listener.local_addr().unwrap()),
                left: Arc::new(AtomicI64::new(i64::MAX)),
                closed: Arc::new(watch::channel(false).0),
                held: Arc::new(Notify::new()),
            };
            let (server, left) = (server.to_owned(), wire.left.clone());
            let (closed, held) = (wire.closed.clone(), wire.held.clone());
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = TcpStream::connect(&server).await.unwrap();
                    connect(client, server, left.clone(), closed.clone(), held.clone());
                }
            });
            wire
        }
        /// Answers to the n-th request from now on, and to those after it, are held back.
        pub fn hold_from(&self, request: i64) {
            self.left.store(request, Ordering::SeqCst);
        }
        pub async fn is_holding(&self) {
            self.held.notified().await;
        }
        pub fn let_go(&self) {
            self.left.store(i64::MAX, Ordering::SeqCst);
            self.closed.send_replace(false);
        }
    }

    fn connect(
        client: TcpStream,
        server: TcpStream,
        left: Arc<AtomicI64>,
        closed: Arc<watch::Sender<bool>>,
        held: Arc<Notify>,
    ) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let mut gate = closed.subscribe();
        tokio::spawn(async move {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = from_client.read(&mut bytes).await {
                if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                    closed.send_replace(true);
                    held.notify_one();
                }
                if to_server.write_all(&bytes[..n]).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = from_server.read(&mut bytes).await {
                if gate.wait_for(|closed| !closed).await.is_err() || to_client.write_all(&bytes[..n]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// The regression of sqlx 0.9: `begin` dropped between sending BEGIN and reading its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_begin_cancelled_on_the_wire_poisons_no_connection() {
    let Some(home) = Home::postgres().await else { return };
    tables(&home).await;
    let wire = wire::Wire::to(&home.url()).await;
    for request in [1, 2] {
        let db = Db::open_postgres(&wire.url, 1).await.unwrap();
        let Db::Postgres(pool) = &db else { unreachable!() };
        wire.hold_from(request);
        tokio::select! { _ = db.begin() => panic!("request {request} was not held"), () = wire.is_holding() => {} }
        wire.let_go();
        db.exec(COUNTER, (format!("layer {request}"), 1)).await.unwrap();
        assert_eq!(stale(home.db()).await, 0, "request {request}");
        let sql = "select count(*) from counter where name = $1";
        let found: i64 = home.db().scalar(sql, (format!("layer {request}"),)).await.unwrap();
        assert_eq!(found, 1, "request {request}");
        pool.close().await;
    }
    home.close().await;
}
