//! What a durable call has, as on the embedded engine.

use std::time::Duration;

use hyper::Method;
use restate_rpc_tests::{Greeting, Pieces, SeenHeaders};
use serde_json::json;
use tonic::Code;

use crate::{
    clients::{ADD, GREET, Received, Tonic, WAIT, add, connect, greet, id, send, with},
    world::World,
};

/// The result of an invocation, asked for at the ingress.
async fn result(world: &World, query: &str, id: &str) -> Received {
    send(Method::GET, format!("{}/restate/invocation/{id}/{query}", world.ingress()), &[], "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_with_the_same_idempotency_key_are_one() {
    let world = World::start().await;
    let front = world.front().await;
    let mut tonic = Tonic::of(&front.origin);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = with(add("tea"), &[("idempotency-key", "order-7")]);
        let response = tonic.call::<_, Pieces>(ADD, request).await.unwrap();
        assert_eq!(response.get_ref().pieces, 2);
        ids.push(id(response.metadata()));
    }
    assert_eq!(ids[0], ids[1]);
    let key = [("idempotency-key", "order-7")];
    let answer = connect(&front.origin, ADD, &key, r#"{"item":"tea","pieces":"2"}"#).await;
    assert_eq!(answer.json(), json!({ "pieces": "2" }));
    assert_eq!(answer.header("x-restate-id"), ids[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_is_answered_at_once_with_the_empty_response() {
    let world = World::start().await;
    let front = world.front().await;
    let mut tonic = Tonic::of(&front.origin);
    let send = [("x-restate-send", "true"), ("idempotency-key", "a")];
    let sent = tonic.call::<_, Greeting>(WAIT, with(greet("Pete"), &send)).await.unwrap();
    assert_eq!(sent.get_ref().text, "");
    tonic.call::<_, Greeting>("/shop.v1.Desk/Open", greet("")).await.unwrap();
    let attached = result(&world, "attach", &id(sent.metadata())).await;
    assert!(attached.status.is_success(), "{attached:?}");

    let delayed = [("x-restate-send", "true"), ("x-restate-delay", "1h"), ("idempotency-key", "b")];
    let sent = tonic.call::<_, Greeting>(GREET, with(greet("Ann"), &delayed)).await.unwrap();
    let output = result(&world, "output", &id(sent.metadata())).await;
    assert_eq!(output.status.as_u16(), 470, "{output:?}");
    let wrong = [("x-restate-send", "true"), ("x-restate-delay", "soon")];
    let refused = tonic.call::<_, Greeting>(GREET, with(greet("Ann"), &wrong)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_ends_the_waiting_and_not_the_invocation() {
    let world = World::start().await;
    let front = world.front().await;
    let mut tonic = Tonic::of(&front.origin);
    for metadata in [&[][..], &[("idempotency-key", "mine")]] {
        let mut request = with(greet("Pete"), metadata);
        // Long enough for a busy machine to accept the call and to look it up.
        request.set_timeout(Duration::from_secs(3));
        let failed = tonic.call::<_, Greeting>(WAIT, request).await.unwrap_err();
        assert_eq!(failed.code(), Code::DeadlineExceeded);
        let id = id(failed.metadata());
        assert!(failed.message().contains(&id), "{failed}");
        tonic.call::<_, Greeting>("/shop.v1.Desk/Open", greet("")).await.unwrap();
        // The result is retained, whether or not the invocation has ended by now.
        for _ in 0..2 {
            let attached = result(&world, "attach", &id).await;
            assert!(attached.status.is_success(), "{attached:?}");
        }
    }
    // A call that ends in time is answered.
    let mut request = greet("Pete");
    request.set_timeout(Duration::from_secs(60));
    let greeted = tonic.call::<_, Greeting>(GREET, request).await.unwrap();
    assert_eq!(greeted.get_ref().text, "Good day, Pete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_see_metadata_and_objects_take_keys_from_it() {
    let world = World::start().await;
    let front = world.front().await;
    let mut tonic = Tonic::of(&front.origin);
    let metadata = [("x-tenant", "acme"), ("authorization", "Bearer of-the-client")];
    let path = "/shop.v1.Desk/Headers";
    let seen = tonic.call::<_, SeenHeaders>(path, with(greet(""), &metadata)).await.unwrap();
    let seen = &seen.get_ref().headers;
    assert_eq!(seen.get("x-tenant").map(String::as_str), Some("acme"), "{seen:?}");
    assert!(!seen.contains_key("authorization"), "the server would store it: {seen:?}");
    assert!(!seen.contains_key("te"), "{seen:?}");

    let path = "/shop.v1.Note/Write";
    for (name, before) in [("one", ""), ("two", "one")] {
        let request = with(greet(name), &[("x-restate-key", "a/b %")]);
        let written = tonic.call::<_, Greeting>(path, request).await.unwrap();
        assert_eq!(written.get_ref().text, before);
    }
}
