//! The example in `examples/typescript`: a client in TypeScript, handlers in Rust and TypeScript, and processes
//! that are stopped and started again.

use std::{net::SocketAddr, sync::Arc};

use restate_embedded::Engine;
use restate_ingress::IngressClient;
use restate_tests::typescript_example::Carrier;
use restate_typescript_example::{
    contract::{Order, OrdersClient, Receipt},
    shop,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{task::spawn_blocking, time::timeout};

use crate::shop::LIMIT;

async fn start(directory: &TempDir, carrier: SocketAddr) -> Engine {
    let shop = shop(&format!("http://{carrier}")).data_dir(directory.path());
    shop.ingress("127.0.0.1:0").start().await.unwrap()
}

fn ingress(engine: &Engine) -> SocketAddr {
    engine.ingress_addr().unwrap()
}

/// What the client program prints.
async fn order(carrier: &Arc<Carrier>, engine: &Engine, number: &str, items: u32) -> String {
    let (carrier, ingress, number) = (Arc::clone(carrier), ingress(engine), number.to_owned());
    let client = spawn_blocking(move || carrier.order(ingress, &number, "Ulm", items));
    timeout(LIMIT, client).await.unwrap().unwrap()
}

#[tokio::test]
async fn typescript_and_rust_call_each_other_whatever_is_restarted() {
    let carrier = Arc::new(Carrier::build());
    let directory = TempDir::new().unwrap();
    let serving = carrier.serve(0);
    let address = serving.address();
    let engine = start(&directory, address).await;

    let first = order(&carrier, &engine, "order-1", 3).await;
    let receipt: Value = serde_json::from_str(&first).unwrap();
    assert!(receipt["label"].as_str().unwrap().starts_with("Ulm-"), "{first}");
    assert_eq!(receipt["van"], 1);
    let refusal = order(&carrier, &engine, "order-2", 6).await;
    assert!(refusal.starts_with("409: ") && refusal.contains("1200 g do not fit"), "{refusal}");

    // This order waits until the carrier is there.
    drop(serving);
    let url = format!("http://{}", ingress(&engine));
    let orders = OrdersClient::new(IngressClient::new(url).unwrap());
    let third = Order { number: "order-3".to_owned(), city: "Ulm".to_owned(), items: 3 };
    let sent = orders.place(third).one_way().await.unwrap();
    engine.shutdown().await.unwrap();
    let _serving = carrier.serve(address.port());
    let engine = start(&directory, address).await;
    let third = engine.client().invocation(sent.invocation_id().as_str());
    let receipt = timeout(LIMIT, third.attach::<Receipt>()).await.unwrap().unwrap();
    assert_eq!(receipt.van, 2, "{receipt:?}");

    assert_eq!(order(&carrier, &engine, "order-1", 3).await, first, "it is not delivered again");
    engine.shutdown().await.unwrap();
}
