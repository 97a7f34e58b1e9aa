//! The demo: weeks of work, lived through by the real functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{self, Home, first, stories, word};
use domain::execution::ExecutionFilter;
use domain::ids::unix_ms_of;
use domain::permission::Role;
use domain::time::{DAY, HOUR};
use service::clock::{Clock, SeededRandom, ShiftedClock, SystemClock};
use service::crypto::Secrets;
use service::{Services, audit, changes, demo, executions, projects, templates, users};
use uuid::Uuid;

stories!(the_demo_looks_lived_in, the_same_clock_and_seed_make_the_same_demo);

/// Fills the home's database at a clock.
async fn fill(home: &Home, clock: ShiftedClock) -> (Arc<Services>, Vec<demo::Person>) {
    let (clock, random) = (Arc::new(clock), Arc::new(SeededRandom::new(common::seed())));
    let secrets = Secrets::derive(b"demo");
    let services = Services::start(home.open_again().await, clock.clone(), random, secrets, "demo").unwrap();
    let people = demo::fill(&services, &clock).await.unwrap();
    (services, people)
}

async fn the_demo_looks_lived_in(home: &Home) {
    let (services, people) = fill(home, ShiftedClock::default()).await;
    let real = SystemClock::default().now().0;
    assert!((services.now().0 - real).abs() < HOUR, "the clock is back");
    assert_eq!(people.iter().map(|p| p.role).collect::<BTreeSet<_>>(), BTreeSet::from(Role::ALL));
    for person in &people {
        assert_eq!(word(users::log_in(&services, &person.email, &person.password, "ip").await), "ok");
    }
    let ctx = services.system(projects::find_id(&services, "default").await.unwrap().unwrap(), "test");
    let template = templates::get(&ctx, "core_values").await.unwrap();
    assert_eq!((template.latest_version, template.version_on("production")), (3, Some(3)));
    assert_eq!(audit::verify(&ctx).await.unwrap().broken_at, None);
    let all = changes::list(&ctx, &Default::default(), &first(9)).await.unwrap().items;
    let statuses: Vec<_> = all.iter().map(|change| change.status.name()).collect();
    assert_eq!(statuses, ["in_review", "published", "changes_requested", "published"]);
    let rows: Vec<(Uuid, i64, String)> =
        home.db().all("select id, started_at, status from execution", ()).await.unwrap();
    assert!((1_000..4_000).contains(&rows.len()), "{}", rows.len());
    let days: BTreeSet<_> = rows.iter().map(|(_, at, _)| at / DAY).collect();
    assert!(days.len() as i64 >= demo::DAYS, "{days:?}");
    for status in ["success", "failure", "partial"] {
        assert!(rows.iter().any(|(.., s)| s == status), "{status}");
    }
    let late: Vec<_> = rows.iter().filter(|(id, at, _)| unix_ms_of(*id) - at > HOUR).collect();
    assert!(late.is_empty(), "an execution is found by the time in its id: {late:?}");
    let sums: (i64, i64) = home
        .db()
        .one("select cast(sum(executions) as bigint), cast(sum(results) as bigint) from rollup_hour", ())
        .await
        .unwrap();
    let results: i64 = home.db().scalar("select count(result_hash) from execution", ()).await.unwrap();
    assert_eq!(sums, (rows.len() as i64, results));
    let newest = executions::list(&ctx, &ExecutionFilter::default(), &first(1)).await.unwrap();
    assert_eq!(newest.items.len(), 1);
}

/// Template, agent and status of each execution, in their order.
async fn lived(home: &Home) -> Vec<(String, Option<String>, String)> {
    let clock = ShiftedClock::default();
    clock.set(common::START);
    fill(home, clock).await;
    home.db().all("select template_name, agent, status from execution order by id", ()).await.unwrap()
}

async fn the_same_clock_and_seed_make_the_same_demo(home: &Home) {
    let other = Home::sqlite().await;
    let (one, other) = tokio::join!(lived(home), lived(&other));
    assert!(one.len() >= 1_000, "{}", one.len());
    let differing = one.iter().zip(&other).position(|(one, other)| one != other);
    assert_eq!((one.len(), differing), (other.len(), None));
}
