//! The audit log's chain: nothing in it can be changed unseen.

use crate::audit::new_key;
use crate::common::{Home, at_once, new_template, problem, scale, stories, to, user, word};
use domain::permission::Role;
use domain::template::NewTemplate;
use serde_json::json;
use service::{Ctx, api_keys, audit, labels, templates};

stories!(
    tampering_with_any_column_is_found,
    a_missing_event_is_found,
    an_event_can_not_be_moved_to_another_project,
    concurrent_writers_keep_the_chain_whole,
    any_json_keeps_its_hash,
);

async fn chain(ctx: &Ctx) -> (i64, Option<i64>) {
    let status = audit::verify(ctx).await.unwrap();
    (status.events, status.broken_at)
}

async fn tampering_with_any_column_is_found(home: &Home) {
    home.template("t", "text").await;
    home.move_label("t", "staging", 1).await;
    let other = home.new_project("other").await;
    let ctx = home.system().await;
    assert_eq!(chain(&ctx).await, (4, None));
    let blob = home.db().pick("x'00'", "'\\x00'");
    let changes = [
        ("id", home.db().pick("randomblob(16)", "gen_random_uuid()").to_owned()),
        ("sequence", "7".into()),
        ("at", "at + 1".into()),
        ("actor", "'user:somebody'".into()),
        ("action", "'label.mov'".into()),
        ("object", "object || 'x'".into()),
        ("before", "'{\"version\": 3}'".into()),
        ("after", "'{}'".into()),
        ("request_id", "'r'".into()),
        ("prev_hash", blob.into()),
        ("hash", blob.into()),
        ("project_id", "(select id from project where id <> project_id limit 1)".into()),
    ];
    let columns = home.db().pick(
        "select count(*) from pragma_table_info('audit_event')",
        "select count(*) from information_schema.columns where table_name = 'audit_event'",
    );
    assert_eq!(home.db().scalar::<i64>(columns, ()).await.unwrap(), changes.len() as i64, "a column without a case");
    for (column, value) in changes {
        home.db().exec("create table kept as select * from audit_event", ()).await.unwrap();
        let sql = format!("update audit_event set {column} = {value} where sequence = 3");
        assert_eq!(home.db().exec(sqlx::AssertSqlSafe(sql), ()).await.unwrap(), 1, "{column}");
        assert_eq!(chain(&ctx).await, (2, Some(3)), "{column}");
        for sql in ["delete from audit_event", "insert into audit_event select * from kept", "drop table kept"] {
            home.db().exec(sql, ()).await.unwrap();
        }
        assert_eq!(chain(&ctx).await, (4, None), "{column} put back");
    }
    assert_eq!(chain(&other).await, (0, None));
}

async fn a_missing_event_is_found(home: &Home) {
    home.template("t", "text").await;
    home.move_label("t", "staging", 1).await;
    let ctx = home.system().await;
    home.db().exec("delete from audit_event where sequence = 2", ()).await.unwrap();
    assert_eq!(chain(&ctx).await, (1, Some(2)));
    home.db().exec("delete from audit_event where sequence = 1", ()).await.unwrap();
    assert_eq!(chain(&ctx).await, (0, Some(1)));
}

/// The chain of a project starts with the project itself, so that its first events fit nowhere else.
async fn an_event_can_not_be_moved_to_another_project(home: &Home) {
    let other = home.new_project("other").await;
    let ctx = home.system().await;
    assert_eq!((chain(&ctx).await, chain(&other).await), ((1, None), (0, None)));
    let sql = "update audit_event set project_id = $1";
    home.db().exec(sql, (other.project.0,)).await.unwrap();
    assert_eq!(chain(&other).await, (0, Some(1)));
}

async fn concurrent_writers_keep_the_chain_whole(home: &Home) {
    let (ctx, rounds) = (home.system().await, 3 * scale());
    let words = at_once(20, |n| {
        let ctx = ctx.clone();
        async move {
            let mut words = Vec::new();
            for round in 0..rounds {
                let key = format!("t_{n}_{round}");
                let new = NewTemplate { messages: vec![user("one")], ..new_template(&key) };
                words.push(word(templates::create(&ctx, new).await));
                words.push(word(labels::move_to(&ctx, &key, to("staging", 1), None).await));
                words.push(word(api_keys::create(&ctx, new_key()).await));
            }
            words
        }
    })
    .await;
    let refused: Vec<_> = words.iter().flatten().filter(|w| *w != "ok").collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(chain(&ctx).await, (20 * rounds as i64 * 4, None));
}

/// PostgreSQL's `jsonb` sorts keys and writes numbers its own way.
async fn any_json_keeps_its_hash(home: &Home) {
    let ctx = home.system().await;
    let values = json!({
        "b": 1, "a": { "z": [1.0, 1.5, -0.0, 0.0, 1e20, 1e-7, i64::MIN, u64::MAX],
        "aa": null }, "A": "ü\u{1F600}\u{7f}", "": [[], {}, true], "long key": 0.1
    });
    let mut tx = home.db().begin().await.unwrap();
    audit::write(&ctx, &mut tx, "test", "object", &values, json!([3.0e2, { "y": 1, "x": 2 }])).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(chain(&ctx).await, (1, None));
    let error = problem(audit::verify(&home.person(Role::Viewer).await).await);
    assert_eq!(error.code, "forbidden");
}
