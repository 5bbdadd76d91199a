//! Transactions that Postgres ends because of others.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use futures::future::{join, join_all};
use restate::{Context, HandlerResult, testing::TestEngine};
use restate_sqlx::Transactions as _;
use sqlx::query;
use tokio::sync::Barrier;

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::{Database, Pool},
};

#[restate::service]
trait Crossing {
    /// Changes two accounts in this order.
    async fn change(&self, ctx: Context<'_>, first: String) -> HandlerResult<()>;
}

#[derive(Clone)]
struct Deadlocks {
    pool: Pool,
    /// Reached by two transactions that have changed one account each.
    halfway: Arc<Barrier>,
    executed: Arc<AtomicU32>,
}

impl Crossing for Deadlocks {
    async fn change(&self, ctx: Context<'_>, first: String) -> HandlerResult<()> {
        let Self { halfway, executed, .. } = self.clone();
        let step = ctx.transaction(&self.pool, async move |tx| {
            let second = if first == "ann" { "ben" } else { "ann" };
            let update = "UPDATE accounts SET cents = cents + 1 WHERE name = $1";
            query(update).bind(&first).execute(&mut *tx).await?;
            if executed.fetch_add(1, Ordering::Relaxed) < 2 {
                halfway.wait().await;
            }
            query(update).bind(second).execute(&mut *tx).await?;
            Ok(())
        });
        Ok(step.await?)
    }
}

#[tokio::test]
async fn a_deadlock_is_overcome_without_another_attempt() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let crossing = Deadlocks {
        pool: bank.0.clone(),
        halfway: Arc::new(Barrier::new(2)),
        executed: Arc::default(),
    };
    let test = TestEngine::builder().bind(CrossingServer::new(crossing.clone())).start().await;
    let client = CrossingClient::new(test.client());
    let change = async |first: &str| client.change(first.to_owned()).await;
    assert_eq!(join(change("ann"), change("ben")).await, (Ok(()), Ok(())));
    assert_eq!(bank.accounts().await, [1002, 1002]);
    // Usually one: the repeated transaction may meet the other once more before that has both locks.
    let repetitions = crossing.executed.load(Ordering::Relaxed) - 2;
    assert!((1..=10).contains(&repetitions), "{repetitions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serialization_failures_are_overcome() {
    let database = Database::empty().await;
    InDatabase::open(&database).await;
    let bank = InDatabase(database.serializable_pool().await);
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let transfers = (0..40).map(|number| client.transfer(transfer(number, 10)).call());
    assert!(join_all(transfers).await.iter().all(Result::is_ok));
    assert_eq!(bank.accounts().await, [600, 1400]);
    assert_eq!(bank.bookings().await, (0..40).collect::<Vec<_>>());
}
