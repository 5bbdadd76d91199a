//! Both banks: the engine and everything else fails at any time, and each payment is made once.

mod database;

use std::time::Duration;

use database::{Database, Diesel, SeaOrm};
use futures::future::{join, join_all};
use restate::{
    Json,
    embedded::ClientError,
    testing::{Fault, TestEngine},
};
use restate_orms_example::{Bank, BankClient, BankServer};

async fn engine<B: Bank + 'static>(bank: B, fault: Option<Fault>) -> TestEngine {
    let engine = TestEngine::builder().bind(BankServer::new(bank));
    fault.into_iter().fold(engine, |engine, fault| engine.fault(fault)).start().await
}

async fn pay(test: &TestEngine, cents: i64) -> Result<i64, ClientError> {
    let bank = BankClient::new(test.client());
    bank.pay(Json(("ann".to_owned(), cents))).idempotency_key("one").await
}

/// What a database has, if one payment of 100 cents was made.
const PAID: (i64, i64) = (1, 900);

async fn a_payment_is_made_once(database: impl Database) {
    // The step has committed, and the engine does not know.
    let test = engine(database.bank(), Some(Fault::run("pay").crash_before_commit())).await;
    assert_eq!(pay(&test, 100).await, Err(ClientError::Stopped));
    assert_eq!(database.payments_and_cents().await, PAID);
    assert_eq!(pay(&test.restart().await, 100).await, Ok(900));
    assert_eq!(database.payments_and_cents().await, PAID);

    for commit in 0.. {
        let mut has_crashed = false;
        let at = || Fault::commit(commit);
        for fault in [at().crash_before_commit(), at().crash_after_commit()] {
            database.reset().await;
            let test = engine(database.bank(), Some(fault)).await;
            has_crashed |= pay(&test, 100).await.is_err();
            assert_eq!(pay(&test.restart().await, 100).await, Ok(900));
            assert_eq!(database.payments_and_cents().await, PAID);
        }
        if !has_crashed {
            assert!(commit > 3, "it has crashed");
            return;
        }
    }
}

async fn what_is_refused_is_not_written_and_stays_refused(database: impl Database) {
    let test = engine(database.bank(), Some(Fault::run("pay").crash_before_commit())).await;
    assert_eq!(pay(&test, 2000).await, Err(ClientError::Stopped));
    assert_eq!(database.payments_and_cents().await, (0, 1000));
    // Now it would be enough.
    database.write("UPDATE accounts SET cents = 5000").await;
    let Err(ClientError::Failed(error)) = pay(&test.restart().await, 2000).await else {
        panic!("it is paid");
    };
    assert_eq!((error.code(), error.message()), (409, "too little"));
    assert_eq!(database.payments_and_cents().await, (0, 5000));
}

async fn payments_at_the_same_time_are_all_made(database: impl Database) {
    let test = engine(database.bank(), None).await;
    let pay = || BankClient::new(test.client()).pay(Json(("ann".to_owned(), 10))).call();
    let left = join_all((0..20).map(|_| pay())).await;
    let mut left: Vec<_> = left.into_iter().map(Result::unwrap).collect();
    left.sort_unstable();
    assert_eq!(left, (0..20).map(|n| 800 + 10 * n).collect::<Vec<_>>());
    assert_eq!(database.payments_and_cents().await, (20, 800));
}

#[tokio::test]
async fn sea_orm_pays_once() {
    a_payment_is_made_once(SeaOrm::start().await).await;
}

#[tokio::test]
async fn sea_orm_refuses() {
    what_is_refused_is_not_written_and_stays_refused(SeaOrm::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sea_orm_makes_payments_at_the_same_time() {
    payments_at_the_same_time_are_all_made(SeaOrm::start().await).await;
}

#[tokio::test]
async fn diesel_pays_once() {
    a_payment_is_made_once(Diesel::start().await).await;
}

#[tokio::test]
async fn diesel_refuses() {
    what_is_refused_is_not_written_and_stays_refused(Diesel::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn diesel_makes_payments_at_the_same_time() {
    payments_at_the_same_time_are_all_made(Diesel::start().await).await;
}

/// A step of a lost attempt may still be executed while the next attempt executes it.
#[tokio::test(flavor = "multi_thread")]
async fn diesel_executes_a_step_at_the_same_time_and_pays_once() {
    let database = Diesel::start().await;
    let bank = database.bank();
    for round in 1..=20 {
        let id = format!("00000000-0000-0000-0000-{round:012}");
        let pay = || bank.pay_once("inv", &id, "ann", 1);
        let (one, other) = join(pay(), pay()).await;
        let left = Some(1000 - round);
        for paid in [&one, &other] {
            // Or the other one has added the row meanwhile.
            assert!(paid.as_ref().map_or(true, |Json(it)| *it == left), "{paid:?}");
        }
        assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
        assert_eq!(pay().await.unwrap().0, left);
        assert_eq!(database.payments_and_cents().await, (round, 1000 - round));
    }
}

#[tokio::test]
async fn diesel_writes_nothing_if_the_row_cannot_be_added() {
    let database = Diesel::start().await;
    let bank = database.bank();
    let pay = || bank.pay_once("inv", "00000000-0000-0000-0000-000000000000", "ann", 100);
    database.write("ALTER TABLE restate_steps ADD CONSTRAINT shut CHECK (false)").await;
    let error = pay().await.unwrap_err();
    assert!(format!("{error:?}").contains("shut"), "{error:?}");
    assert_eq!(database.payments_and_cents().await, (0, 1000));
    database.write("ALTER TABLE restate_steps DROP CONSTRAINT shut").await;
    assert_eq!(pay().await.unwrap().0, Some(900));
}

#[tokio::test(flavor = "multi_thread")]
async fn diesel_leaves_no_transaction_in_the_pool_when_a_step_is_killed() {
    const KILLS: u64 = 100;
    let database = Diesel::start().await;
    // What the pool writes next would go through the connection of the killed step.
    let (one, others) = (database.with_connections(1), database.with_connections(1));
    let test = engine(one.bank(), None).await;
    for kill in 0..KILLS {
        let payment = BankClient::new(test.client()).pay(Json(("ann".to_owned(), 0)));
        let sent = payment.one_way().await.unwrap();
        // Another moment each time: before the step, at each of its statements, and after it.
        tokio::time::sleep(Duration::from_micros(kill * 100)).await;
        // One that has ended is unknown.
        let _ = test.client().invocation(sent.invocation_id()).kill().await;
        one.write("UPDATE accounts SET cents = cents - 1").await;
        let (_, cents) = others.payments_and_cents().await;
        assert_eq!(cents, 999 - i64::try_from(kill).unwrap(), "after kill {kill}");
    }
}
