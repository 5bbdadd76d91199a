//! Both examples, with crashes of the engine at every commit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use restate::{
    Context, HandlerResult, Json, ObjectContext,
    testing::{Fault, TestEngine, TestEngineBuilder},
};
use restate_transactions_example::{
    inbox::{InTable, InboxClient, InboxServer, Orders, OrdersServer},
    open,
    outbox::{Broker, ShopClient, ShopServer, WithOutbox},
};
use sqlx::{SqlitePool, query_scalar, raw_sql};

/// Orders in the state of an object.
#[restate::object]
trait Log {
    async fn add(&self, ctx: ObjectContext<'_>, item: String) -> HandlerResult<()>;
    async fn read(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>>;
}

struct InState;

impl Log for InState {
    async fn add(&self, ctx: ObjectContext<'_>, item: String) -> HandlerResult<()> {
        let Json(mut items) = ctx.get::<Json<Vec<String>>>("items").await?.unwrap_or_default();
        items.push(item);
        ctx.set("items", Json(items));
        Ok(())
    }

    async fn read(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>> {
        Ok(ctx.get("items").await?.unwrap_or_default())
    }
}

struct ToLog;

impl Orders for ToLog {
    async fn accept(&self, ctx: Context<'_>, item: String) -> HandlerResult<()> {
        Ok(LogClient::new(ctx, "log").add(item).await?)
    }
}

/// Keeps the events by their ids, as a broker that drops those it knows.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<BTreeMap<i64, String>>>);

impl Broker for Events {
    async fn publish(&self, id: i64, event: &str) -> Result<(), io::Error> {
        self.0.lock().unwrap().insert(id, event.to_owned());
        Ok(())
    }
}

/// Calls a scenario on an engine that crashes at one commit, and on its successor; at each commit in turn.
async fn crash_everywhere(
    engine: impl AsyncFn() -> TestEngineBuilder,
    scenario: impl AsyncFn(&TestEngine) -> bool,
    audit: impl AsyncFn(&TestEngine),
) {
    for commit in 0.. {
        let at = || Fault::commit(commit);
        let mut has_crashed = false;
        for fault in [at().crash_before_commit(), at().crash_after_commit()] {
            let test = engine().await.fault(fault).start().await;
            has_crashed |= !scenario(&test).await;
            let test = test.restart().await;
            assert!(scenario(&test).await);
            audit(&test).await;
        }
        if !has_crashed {
            assert!(commit > 5, "it has crashed");
            return;
        }
    }
}

async fn database() -> (tempfile::TempDir, SqlitePool) {
    let directory = tempfile::tempdir().unwrap();
    let pool = open(directory.path().join("shop.sqlite").to_str().unwrap()).await.unwrap();
    (directory, pool)
}

#[tokio::test]
async fn each_row_of_the_inbox_becomes_one_order() {
    let (_directory, pool) = database().await;
    let engine = async || {
        let rows = "DELETE FROM inbox; INSERT INTO inbox (body) VALUES ('tea'), ('rice'), ('salt')";
        raw_sql(rows).execute(&pool).await.unwrap();
        TestEngine::builder()
            .bind(InboxServer::new(InTable { pool: pool.clone() }))
            .bind(OrdersServer::new(ToLog))
            .bind(LogServer::new(InState))
    };
    let scenario = async |test: &TestEngine| {
        let inbox = InboxClient::new(test.client(), "shop");
        let started = inbox.drain().idempotency_key("start").one_way().await.is_ok();
        test.advance(Duration::from_millis(2_500)).await;
        started && LogClient::new(test.client(), "log").read().await.is_ok()
    };
    let audit = async |test: &TestEngine| {
        let Json(mut items) = LogClient::new(test.client(), "log").read().await.unwrap();
        items.sort();
        assert_eq!(items, ["rice", "salt", "tea"]);
    };
    crash_everywhere(engine, scenario, audit).await;
}

#[tokio::test]
async fn each_order_is_stored_once_and_its_event_published() {
    let (_directory, pool) = database().await;
    let events = Events::default();
    let engine = async || {
        raw_sql("DELETE FROM orders; DELETE FROM outbox").execute(&pool).await.unwrap();
        events.0.lock().unwrap().clear();
        let shop = WithOutbox { pool: pool.clone(), broker: events.clone() };
        TestEngine::builder().bind(ShopServer::new(shop))
    };
    let scenario = async |test: &TestEngine| {
        let order = ShopClient::new(test.client()).order("tea".to_owned());
        order.idempotency_key("one").await.is_ok()
    };
    let audit = async |_: &TestEngine| {
        let orders: Vec<String> =
            query_scalar("SELECT item FROM orders").fetch_all(&pool).await.unwrap();
        assert_eq!(orders, ["tea"]);
        assert_eq!(events.0.lock().unwrap().values().collect::<Vec<_>>(), ["order 1: tea"]);
        let left: i64 = query_scalar("SELECT count(*) FROM outbox").fetch_one(&pool).await.unwrap();
        assert_eq!(left, 0);
    };
    crash_everywhere(engine, scenario, audit).await;
}
