//! A pool without a free connection.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use restate::{Context, HandlerResult, RetryPolicy, testing::TestEngine};
use restate_sqlx::Transactions as _;
use sqlx::query;
use tokio::sync::Notify;

use super::{
    bank::InDatabase,
    database::{Database, Pool},
};

#[restate::service]
trait Waiting {
    /// A step that is tried twice.
    async fn impatient(&self, ctx: Context<'_>) -> HandlerResult<()>;
    /// A step that is tried until it succeeds.
    async fn patient(&self, ctx: Context<'_>) -> HandlerResult<u32>;
}

struct Attempts {
    pool: Pool,
    made: AtomicU32,
    /// Notified at each attempt but the first.
    retried: Arc<Notify>,
}

impl Waiting for Attempts {
    async fn impatient(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let step = ctx.transaction(&self.pool, async |tx| {
            query("INSERT INTO bookings VALUES (1, 'ann', 100)").execute(tx).await?;
            Ok(())
        });
        Ok(step.retry_policy(RetryPolicy::new().max_attempts(2)).await?)
    }

    async fn patient(&self, ctx: Context<'_>) -> HandlerResult<u32> {
        if self.made.fetch_add(1, Ordering::Relaxed) > 0 {
            self.retried.notify_one();
        }
        Ok(ctx.transaction(&self.pool, async |_| Ok(7)).await?)
    }
}

fn attempts(bank: &InDatabase) -> Attempts {
    Attempts { pool: bank.0.clone(), made: AtomicU32::new(0), retried: Arc::default() }
}

/// Why a step fails that is not retried for long.
pub async fn impatiently(bank: &InDatabase) -> String {
    let test = TestEngine::builder().bind(WaitingServer::new(attempts(bank))).start().await;
    WaitingClient::new(test.client()).impatient().await.unwrap_err().to_string()
}

#[tokio::test]
async fn an_exhausted_pool_is_named_and_a_step_succeeds_once_a_connection_is_free() {
    let database = Database::empty().await;
    InDatabase::open(&database).await;
    let bank = InDatabase(database.pool(1).await);
    let taken = bank.0.acquire().await.unwrap();
    let error = impatiently(&bank).await;
    assert!(error.contains("no connection of the pool became free"), "{error}");

    let attempts = attempts(&bank);
    let retried = Arc::clone(&attempts.retried);
    let test = TestEngine::builder().bind(WaitingServer::new(attempts)).start().await;
    let client = WaitingClient::new(test.client());
    let free = async {
        retried.notified().await;
        drop(taken);
    };
    let (result, ()) = futures::future::join(async { client.patient().await }, free).await;
    assert_eq!(result, Ok(7));
    assert_eq!((bank.bookings().await, bank.steps().await), (vec![], 1));
}
