//! Faults that a test injects at a step.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "support/shop.rs"]
mod shop;

use std::time::Duration;

use restate_core::{Json, TerminalError};
use restate_embedded::{
    ClientError,
    testing::{Fault, TestEngine, TestEngineBuilder},
};
use shop::{CountingShop, Receipt, Shelf, ShopClient, ShopServer, StockServer, order};

const MINUTE: Duration = Duration::from_secs(60);
const RECEIPT: Receipt = Receipt { charged: 20, left: 98 };

fn builder(shop: &CountingShop) -> TestEngineBuilder {
    TestEngine::builder().bind(ShopServer::new(shop.clone())).bind(StockServer::new(Shelf))
}

async fn checkout(test: &TestEngine) -> Result<Receipt, ClientError> {
    let shop = ShopClient::new(test.client());
    shop.checkout(order(2)).idempotency_key("order-1").await.map(|Json(receipt)| receipt)
}

#[tokio::test]
async fn an_error_at_a_step_is_retried() {
    let shop = CountingShop::default();
    let fault = Fault::run("charge").error("no network").times(3);
    let test = builder(&shop).fault(fault).start().await;
    assert_eq!(checkout(&test).await, Ok(RECEIPT));
    assert_eq!(shop.charges(), 1, "the closure is not executed when it is to fail");
    // The delays of three retries, and the handler's own minute.
    assert_eq!(test.elapsed(), MINUTE + Duration::from_millis(100 + 200 + 400));
}

#[tokio::test]
async fn a_failure_at_a_step_is_the_result_of_that_step() {
    let shop = CountingShop::default();
    let blocked = TerminalError::with_code(402, "the card is blocked");
    let elsewhere = Fault::run("charge").fail(TerminalError::new("wrong")).of("Stock/take");
    let fault = Fault::run("charge").fail(blocked.clone()).of("Shop/checkout");
    let test = builder(&shop).fault(elsewhere).fault(fault).start().await;
    assert_eq!(checkout(&test).await, Err(ClientError::Failed(blocked)));
    assert_eq!(shop.charges(), 0);
}

#[tokio::test]
async fn a_slow_step_takes_time_of_the_test() {
    let shop = CountingShop::default();
    let test = builder(&shop).fault(Fault::nth_run(1).slow(5 * MINUTE)).start().await;
    assert_eq!(checkout(&test).await, Ok(RECEIPT));
    assert_eq!(test.elapsed(), 6 * MINUTE);
}

#[tokio::test]
async fn a_slow_step_runs_into_the_timeouts_of_its_handler() {
    let test = builder(&CountingShop::default());
    let test = test.fault(Fault::run("charge").slow(5 * MINUTE)).start().await;
    let shop = ShopClient::new(test.client());
    let timeout = shop.patient_checkout(order(1)).await;
    let timeout = timeout.unwrap_err();
    assert!(matches!(&timeout, ClientError::Failed(error) if error.code() == 408), "{timeout}");
    let in_time = shop.patient_checkout(order(1)).await.unwrap();
    assert_eq!(in_time, Json(Receipt { charged: 10, left: 0 }));
}

#[tokio::test]
async fn a_crash_before_the_result_of_a_step_is_stored_repeats_the_step() {
    let shop = CountingShop::default();
    let fault = Fault::run("charge").crash_before_commit();
    let test = builder(&shop).fault(fault).start().await;
    assert_eq!(checkout(&test).await, Err(ClientError::Stopped));
    assert_eq!(shop.charges(), 1);
    let test = test.restart().await;
    assert_eq!(checkout(&test).await, Ok(RECEIPT));
    assert_eq!(shop.charges(), 2);
}

#[tokio::test]
async fn a_crash_after_the_result_of_a_step_is_stored_does_not_repeat_it() {
    let shop = CountingShop::default();
    let fault = Fault::nth_run(0).crash_after_commit();
    let test = builder(&shop).fault(fault).start().await;
    assert_eq!(checkout(&test).await, Err(ClientError::Stopped));
    let test = test.restart().await;
    assert_eq!(checkout(&test).await, Ok(RECEIPT));
    assert_eq!(shop.charges(), 1);
}

#[tokio::test]
async fn a_crash_at_a_call_or_an_entry_does_not_repeat_the_call() {
    for fault in [
        Fault::call("Stock/take").crash_before_commit(),
        Fault::call("Stock/take").crash_after_commit(),
        Fault::entry(3).crash_after_commit(),
        Fault::entry(5).crash_before_commit().of("Shop/checkout").times(2),
    ] {
        let shop = CountingShop::default();
        let mut test = builder(&shop).fault(fault.clone()).start().await;
        let mut crashes = 0;
        while checkout(&test).await == Err(ClientError::Stopped) {
            crashes += 1;
            test = test.restart().await;
        }
        assert!(crashes > 0, "it never died {fault}");
        assert_eq!(checkout(&test).await, Ok(RECEIPT), "it died {fault}");
        assert_eq!(test.state::<i64>("Stock", "book", "left").await, Some(98));
    }
}

#[tokio::test]
async fn a_crash_at_any_commit_changes_nothing() {
    let receipt = builder(&CountingShop::default()).crash_everywhere(async |test| {
        let receipt = checkout(test).await?;
        assert_eq!(test.state::<i64>("Stock", "book", "left").await, Some(98));
        Ok(receipt)
    });
    assert_eq!(receipt.await, RECEIPT);
}
