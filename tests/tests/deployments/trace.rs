//! The trace that an invocation belongs to reaches its attempts and its callees.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use restate_core::wire::{
    framing,
    protocol::{Header, OneWayCallCommand},
};
use restate_tests::client;

use crate::{
    rogue::{Conduct, Rogue, good},
    setup::Platform,
};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// An attempt that calls the same handler without waiting for it, and returns `"good"`.
fn sends(headers: Vec<Header>) -> Conduct {
    let mut frames = BytesMut::new();
    let call = OneWayCallCommand {
        service_name: "Rogue".to_owned(),
        handler_name: "h".to_owned(),
        invocation_id_notification_idx: 1,
        headers,
        ..OneWayCallCommand::default()
    };
    framing::encode(&call, &mut frames);
    frames.extend_from_slice(&good());
    Conduct::Sends(frames.freeze())
}

async fn call(platform: &Platform, headers: &[(&str, &str)]) {
    let called = client::send(platform.ingress(), Method::POST, "/Rogue/h", headers, Bytes::new());
    assert_eq!(called.await.unwrap().text(), r#""good""#);
}

fn trace(headers: &HeaderMap) -> [Option<&str>; 2] {
    ["traceparent", "tracestate"].map(|name| headers.get(name)?.to_str().ok())
}

#[tokio::test]
async fn the_trace_of_a_client_reaches_attempts_and_their_calls() {
    let platform = Platform::start().await;
    let mut rogue = Rogue::start(sends(Vec::new())).await;
    platform.registered(rogue.address).await;
    let given = [Some(PARENT), Some("vendor=1")];
    call(&platform, &[("traceparent", PARENT), ("tracestate", "vendor=1")]).await;
    assert_eq!(trace(&rogue.attempts.recv().await.unwrap()), given);
    // The callee, which does the same.
    assert_eq!(trace(&rogue.attempts.recv().await.unwrap()), given);

    // An SDK that has spans of its own says which one the call belongs to.
    let own = PARENT.replace("00f067aa0ba902b7", "1111111111111111");
    let header = Header { key: "traceparent".into(), value: own.clone() };
    rogue.conducts(sends(vec![header]));
    loop {
        let seen = rogue.attempts.recv().await.unwrap();
        if trace(&seen) == [Some(&*own), None] {
            return;
        }
        assert_eq!(trace(&seen), given, "what was called before");
    }
}

#[tokio::test]
async fn without_a_trace_nothing_is_made_up() {
    let platform = Platform::start().await;
    let mut rogue = Rogue::start(sends(Vec::new())).await;
    platform.registered(rogue.address).await;
    call(&platform, &[]).await;
    assert_eq!(trace(&rogue.attempts.recv().await.unwrap()), [None, None]);
    assert_eq!(trace(&rogue.attempts.recv().await.unwrap()), [None, None]);
    rogue.conducts(Conduct::Good);
}
