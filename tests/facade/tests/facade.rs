//! Contracts, engines and tests through the crate `restate` alone.

use restate::{
    Endpoint, IngressClient, embedded::ClientError, endpoint, ingress, testing::TestEngine,
};
use restate_facade_tests::{
    BillingServer, Charges, KeptOrders,
    contract::{OrdersClient, OrdersServer, PlaceRequest, ReadRequest, Status, order::Payment},
};

#[tokio::test]
async fn a_generated_contract_and_a_trait_work_together() -> Result<(), ClientError> {
    let test = TestEngine::builder()
        .bind(OrdersServer::new(KeptOrders))
        .bind(BillingServer::new(Charges))
        .start()
        .await;
    let orders = OrdersClient::new(test.client());
    let request = PlaceRequest { order_id: "7".to_owned(), cents: 12 };
    orders.place(request).await?;

    let order = orders.read(ReadRequest { order_id: "7".to_owned() }).await?;
    assert_eq!((order.cents, order.status()), (12, Status::Placed));
    assert_eq!(order.payment, Some(Payment::Receipt("receipt for 12".to_owned())));

    let free = orders.place(PlaceRequest { order_id: "8".to_owned(), cents: 0 }).await;
    let error = free.expect_err("nothing is charged for 0");
    assert!(error.to_string().contains("the amount is 0"), "{error}");
    Ok(())
}

#[test]
fn the_same_services_are_bound_to_an_endpoint() -> Result<(), endpoint::EndpointBuildError> {
    Endpoint::builder()
        .bind(OrdersServer::new(KeptOrders))
        .bind(BillingServer::new(Charges))
        .build()?;
    Ok(())
}

#[test]
fn the_same_clients_call_an_ingress() -> Result<(), ingress::IngressClientBuildError> {
    let orders = OrdersClient::new(IngressClient::new("http://127.0.0.1:8080")?);
    drop(orders.read(ReadRequest { order_id: "7".to_owned() }));
    Ok(())
}
