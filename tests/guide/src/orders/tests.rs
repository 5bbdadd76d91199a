use std::time::Duration;

use restate::{
    embedded::ClientError,
    testing::{Fault, TestEngine, TestEngineBuilder},
};

use super::{CountItems, PlaceOrders};
use crate::shop::{
    AddRequest, OrdersClient, OrdersServer, PlaceRequest, ReadRequest, StockClient, StockServer,
};

fn shop() -> TestEngineBuilder {
    TestEngine::builder().bind(OrdersServer::new(PlaceOrders)).bind(StockServer::new(CountItems))
}

/// Orders one `item` of a stock of one. Returns what came of it, and how many are left.
async fn order_one(test: &TestEngine, item: &str) -> Result<(String, u32), ClientError> {
    let (orders, stock) = (OrdersClient::new(test.client()), StockClient::new(test.client()));
    let one = AddRequest { item: item.to_owned(), count: 1 };
    stock.add(one).idempotency_key("delivery-1").await?;
    let request = PlaceRequest { order: "order-1".into(), item: item.into(), cents: 900 };
    let outcome = match orders.place(request).idempotency_key("order-1").await {
        Ok(placed) => placed.tracking,
        Err(ClientError::Failed(error)) => error.message().to_owned(),
        Err(error) => return Err(error),
    };
    let left = stock.read(ReadRequest { item: item.to_owned() }).await?;
    Ok((outcome, left.count))
}

#[tokio::test]
async fn an_order_is_charged_packed_and_shipped() -> Result<(), ClientError> {
    let test = shop().start().await;
    assert_eq!(order_one(&test, "book").await?, ("parcel-of-order-1".to_owned(), 0));
    assert_eq!(test.elapsed(), Duration::from_secs(10));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_shipped_returns_to_the_stock() -> Result<(), ClientError> {
    let test = shop().start().await;
    assert_eq!(order_one(&test, "anvil").await?, ("an anvil is too heavy".to_owned(), 1));
    Ok(())
}

#[tokio::test]
async fn a_bank_that_is_down_delays_the_order() -> Result<(), ClientError> {
    let test =
        shop().fault(Fault::run("charge").error("connection refused").times(3)).start().await;
    assert_eq!(order_one(&test, "book").await?.1, 0);
    assert!(test.elapsed() > Duration::from_secs(10));
    Ok(())
}

#[tokio::test]
async fn a_crash_at_any_commit_changes_nothing() {
    let undone = shop().crash_everywhere(async |test| order_one(test, "anvil").await).await;
    assert_eq!(undone, ("an anvil is too heavy".to_owned(), 1));
}
