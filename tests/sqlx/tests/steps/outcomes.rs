//! What a step returns, at once and when it is found.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use restate::{
    Context, HandlerResult, Json, Payload,
    embedded::{Client, ClientError},
    testing::{Fault, TestEngine},
    well_known::Timestamp,
};
use restate_sqlx::Transactions as _;
use sqlx::{Connection as _, query};

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::{Database, Pool},
};

/// Each returns what its one step has returned.
#[restate::service]
trait Typed {
    async fn nothing(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn text(&self, ctx: Context<'_>) -> HandlerResult<String>;
    async fn bytes(&self, ctx: Context<'_>) -> HandlerResult<Bytes>;
    async fn json(&self, ctx: Context<'_>) -> HandlerResult<Json<Vec<u8>>>;
    async fn message(&self, ctx: Context<'_>) -> HandlerResult<Timestamp>;
    /// Fails with an error that is retried, twice.
    async fn flaky(&self, ctx: Context<'_>) -> HandlerResult<i64>;
    /// Returns what cannot be encoded.
    async fn broken(&self, ctx: Context<'_>) -> HandlerResult<()>;
    /// Undoes a part of its writes.
    async fn savepoint(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

#[derive(Clone)]
struct Steps {
    pool: Pool,
    /// How often `flaky` was executed.
    failures: Arc<AtomicU32>,
}

impl Steps {
    fn new(bank: &InDatabase) -> Self {
        Self { pool: bank.0.clone(), failures: Arc::default() }
    }

    async fn step<T>(&self, ctx: Context<'_>, result: T) -> HandlerResult<T>
    where
        T: Payload + Clone + Sync + 'static,
    {
        let step = ctx.transaction(&self.pool, async move |tx| {
            query("INSERT INTO bookings VALUES (1, 'ann', 100)").execute(&mut *tx).await?;
            Ok(result.clone())
        });
        Ok(step.await?)
    }
}

impl Typed for Steps {
    async fn nothing(&self, ctx: Context<'_>) -> HandlerResult<()> {
        self.step(ctx, ()).await
    }

    async fn text(&self, ctx: Context<'_>) -> HandlerResult<String> {
        self.step(ctx, "text".to_owned()).await
    }

    async fn bytes(&self, ctx: Context<'_>) -> HandlerResult<Bytes> {
        self.step(ctx, Bytes::from_static(b"\0\xff")).await
    }

    async fn json(&self, ctx: Context<'_>) -> HandlerResult<Json<Vec<u8>>> {
        self.step(ctx, Json(vec![1, 2])).await
    }

    async fn message(&self, ctx: Context<'_>) -> HandlerResult<Timestamp> {
        self.step(ctx, Timestamp { seconds: 7, nanos: 5 }).await
    }

    async fn flaky(&self, ctx: Context<'_>) -> HandlerResult<i64> {
        let failures = Arc::clone(&self.failures);
        let step = ctx.transaction(&self.pool, async move |tx| {
            query("INSERT INTO bookings VALUES (1, 'ann', 100)").execute(&mut *tx).await?;
            match failures.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Err(io::Error::other("the printer is out of paper").into()),
                _ => Ok(7),
            }
        });
        Ok(step.await?)
    }

    async fn broken(&self, ctx: Context<'_>) -> HandlerResult<()> {
        self.step(ctx, Json(BTreeMap::from([((1, 2), 3)]))).await?;
        Ok(())
    }

    async fn savepoint(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let step = ctx.transaction(&self.pool, async move |tx| {
            query("INSERT INTO bookings VALUES (1, 'ann', 100)").execute(&mut *tx).await?;
            let mut part = tx.begin().await?;
            query("INSERT INTO bookings VALUES (2, 'ann', 100)").execute(&mut *part).await?;
            part.rollback().await?;
            Ok(())
        });
        Ok(step.await?)
    }
}

/// Calls a handler on an engine that loses the result of its step, and then starts again.
async fn found<T>(
    steps: &Steps,
    call: impl AsyncFn(&TypedClient<Client>) -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let fault = Fault::run("transaction").crash_before_commit();
    let test =
        TestEngine::builder().bind(TypedServer::new(steps.clone())).fault(fault).start().await;
    assert!(matches!(call(&TypedClient::new(test.client())).await, Err(ClientError::Stopped)));
    let test = test.restart().await;
    call(&TypedClient::new(test.client())).await
}

#[tokio::test]
async fn results_of_every_type_are_found() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let steps = Steps::new(&bank);
    let key = "one";
    let nothing = found(&steps, async |it| it.nothing().idempotency_key(key).await);
    assert_eq!(nothing.await, Ok(()));
    let text = found(&steps, async |it| it.text().idempotency_key(key).await);
    assert_eq!(text.await.unwrap(), "text");
    let bytes = found(&steps, async |it| it.bytes().idempotency_key(key).await);
    assert_eq!(bytes.await.unwrap(), b"\0\xff".as_slice());
    let json = found(&steps, async |it| it.json().idempotency_key(key).await);
    assert_eq!(json.await, Ok(Json(vec![1, 2])));
    let message = found(&steps, async |it| it.message().idempotency_key(key).await);
    assert_eq!(message.await, Ok(Timestamp { seconds: 7, nanos: 5 }));
    assert_eq!(bank.bookings().await, [1; 5]);
}

#[tokio::test]
async fn a_terminal_error_rolls_back_and_reaches_the_caller() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let error = BankClient::new(test.client()).transfer(transfer(1, 1200)).await.unwrap_err();
    let ClientError::Failed(error) = error else { panic!("{error}") };
    assert_eq!((error.code(), error.message()), (409, "ann lacks 200 cents"));
    assert_eq!((bank.accounts().await, bank.bookings().await), (vec![1000, 1000], vec![]));
    assert_eq!(bank.steps().await, 1);
}

#[tokio::test]
async fn any_other_error_rolls_back_and_is_retried() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(TypedServer::new(Steps::new(&bank))).start().await;
    assert_eq!(TypedClient::new(test.client()).flaky().await, Ok(7));
    assert_eq!((bank.bookings().await, bank.steps().await), (vec![1], 1));
}

#[tokio::test]
async fn a_result_that_cannot_be_encoded_rolls_back() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(TypedServer::new(Steps::new(&bank))).start().await;
    let error = TypedClient::new(test.client()).broken().await.unwrap_err();
    assert!(error.to_string().contains("cannot keep the result of `transaction`"), "{error}");
    assert!(bank.bookings().await.is_empty());
}

#[tokio::test]
async fn a_savepoint_undoes_a_part() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(TypedServer::new(Steps::new(&bank))).start().await;
    TypedClient::new(test.client()).savepoint().await.unwrap();
    assert_eq!(bank.bookings().await, [1]);
}
