use restate::{
    embedded::ClientError,
    testing::{Fault, TestEngine, TestEngineBuilder},
};

use crate::{
    orders::AllOrNothing,
    shop::{
        CardDeclined, Item, Line, Order, OrdersClient, OrdersServer, OutOfStock, Placed, Quantity,
        StockClient, StockServer,
    },
    stock::InState,
};

fn shop() -> TestEngineBuilder {
    TestEngine::builder().bind(OrdersServer::new(AllOrNothing)).bind(StockServer::new(InState))
}

/// Orders a book and two pens from a stock of one book and `pens`. Returns what came of it, and what is left of
/// both.
async fn order(
    test: &TestEngine,
    pens: u32,
    card: &str,
) -> Result<(Result<Placed, ClientError>, u32, u32), ClientError> {
    let (orders, stock) = (OrdersClient::new(test.client()), StockClient::new(test.client()));
    for (item, count) in [("book", 1), ("pen", pens)] {
        let delivery = stock.deliver(Quantity { item: item.to_owned(), count });
        delivery.idempotency_key("delivery-1").await?;
    }
    let line = |item: &str, count, cents| Line { item: item.to_owned(), count, cents };
    let lines = vec![line("book", 1, 900), line("pen", 2, 100)];
    let order = Order { id: "order-1".to_owned(), card: card.to_owned(), lines };
    let outcome = orders.place(order).idempotency_key("order-1").await;
    let left = async |item: &str| stock.read(Item { item: item.to_owned() }).await;
    Ok((outcome, left("book").await?.count, left("pen").await?.count))
}

#[tokio::test]
async fn an_order_takes_its_items() -> Result<(), ClientError> {
    let (outcome, books, pens) = order(&shop().start().await, 5, "4711").await?;
    assert_eq!((outcome?.receipt.as_str(), books, pens), ("receipt-of-order-1", 0, 3));
    Ok(())
}

#[tokio::test]
async fn what_is_out_of_stock_is_told_as_a_message_and_the_rest_put_back()
-> Result<(), Box<dyn std::error::Error>> {
    let (outcome, books, pens) = order(&shop().start().await, 1, "4711").await?;
    let Err(ClientError::Failed(error)) = outcome else { panic!("one pen is not two") };
    let expected = OutOfStock { item: "pen".to_owned(), left: 1 };
    assert_eq!((error.code(), error.detail::<OutOfStock>()?), (409, Some(expected)));
    assert_eq!((books, pens), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_declined_card_undoes_everything() -> Result<(), Box<dyn std::error::Error>> {
    let (outcome, books, pens) = order(&shop().start().await, 2, "0000").await?;
    let Err(ClientError::Failed(error)) = outcome else { panic!("the card has expired") };
    let detail = error.detail::<CardDeclined>()?;
    assert_eq!(detail.map(|declined| declined.reason), Some("expired".to_owned()));
    assert_eq!((books, pens), (1, 2));
    Ok(())
}

#[tokio::test]
async fn a_bank_that_is_down_delays_the_order() -> Result<(), ClientError> {
    let down = Fault::run("charge").error("connection refused").times(3);
    let test = shop().fault(down).start().await;
    assert!(order(&test, 5, "4711").await?.0.is_ok());
    assert!(!test.elapsed().is_zero());
    Ok(())
}

#[tokio::test]
async fn a_crash_at_any_commit_changes_nothing() {
    let left = shop().crash_everywhere(async |test| {
        let (outcome, books, pens) = order(test, 2, "0000").await?;
        Ok((outcome.is_err(), books, pens))
    });
    assert_eq!(left.await, (true, 1, 2));
}
