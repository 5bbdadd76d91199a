use std::error::Error;

use crate::{
    process::Shop,
    shop::{AddRequest, OrdersClient, PlaceRequest, ReadRequest, StockClient},
};

#[tokio::test]
async fn an_order_survives_kill() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let request = PlaceRequest { order: "order-1".into(), item: "book".into(), cents: 900 };

    let mut before = Shop::start(directory.path())?;
    StockClient::new(before.client()?).add(AddRequest { item: "book".into(), count: 3 }).await?;
    let orders = OrdersClient::new(before.client()?);
    orders.place(request.clone()).idempotency_key("order-1").one_way().await?;
    let charged = before.output.next().ok_or("the program ended")??;
    assert_eq!(charged, "charging 900 cents for order-1");
    // A step begins when the results of those before it are on disk.
    let packing = before.output.next().ok_or("the program ended")??;
    assert_eq!(packing, "packing order-1");
    assert_eq!(before.kill()?, [""; 0]);

    let after = Shop::start(directory.path())?;
    let orders = OrdersClient::new(after.client()?);
    let placed = orders.place(request).idempotency_key("order-1").await?;
    assert_eq!(placed.tracking, "parcel-of-order-1");
    let stock = StockClient::new(after.client()?);
    assert_eq!(stock.read(ReadRequest { item: "book".into() }).await?.count, 2);
    let printed = after.kill()?;
    assert_eq!(printed.last().map(String::as_str), Some("shipping order-1"));
    let charged = printed.iter().any(|line| line.starts_with("charging"));
    assert!(!charged, "nothing is charged again: {printed:?}");
    Ok(())
}
