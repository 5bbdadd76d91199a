//! Services that speak one encoding only, as those of other SDKs do.

use restate_grpc::ingress::{Contracts, DefaultEncoding, IngressCalls};
use restate_rpc_tests::{Greeting, Pieces, SeenHeaders};
use serde_json::json;

use crate::{
    clients::{ADD, GREET, Tonic, add, connect, greet},
    world::{Front, World, descriptor_set},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_converted_to_the_encoding_of_the_service() {
    let world = World::start().await;
    for (encoding, content_type) in [
        (DefaultEncoding::AsRequest, "application/proto"),
        (DefaultEncoding::Json, "application/json"),
        (DefaultEncoding::Proto, "application/proto"),
    ] {
        let contracts = Contracts::read(&descriptor_set(), encoding).unwrap();
        let calls = IngressCalls::new(world.client().build().unwrap(), contracts);
        let front = Front::start(calls).await;
        let mut tonic = Tonic::of(&front.origin);
        let path = "/shop.v1.Desk/Headers";
        let seen = tonic.call::<_, SeenHeaders>(path, greet("Zoë")).await.unwrap();
        let seen = &seen.get_ref().headers;
        assert_eq!(seen.get("content-type").map(String::as_str), Some(content_type), "{seen:?}");
        let greeted = tonic.call::<_, Greeting>(GREET, greet("Zoë")).await.unwrap();
        assert_eq!(greeted.get_ref().text, "Good day, Zoë");
        let item = format!("{encoding:?}");
        let added = tonic.call::<_, Pieces>(ADD, add(&item)).await.unwrap();
        assert_eq!(added.get_ref().pieces, 2);
        let request = json!({ "item": item, "pieces": "2" }).to_string();
        let added = connect(&front.origin, ADD, &[], &request).await;
        assert_eq!(added.json(), json!({ "pieces": "4" }), "{encoding:?}");
    }
}
