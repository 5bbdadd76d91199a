//! Messages that are empty or deeply nested.

use bytes::Bytes;
use http::{Method, StatusCode};
use restate_core::well_known::{Empty, Value};
use restate_tests::{
    client::{self, Answer},
    services::MessagesClient,
};

use crate::{polling::once, scenario::Setup};

/// Levels of messages below the outermost one that can be read and written.
const LEVELS: usize = 100;

/// A list of a list of a list. Each adds two levels: a `ListValue`, and the `Value` in it.
fn nested(lists: usize) -> String {
    format!("{}{}", "[".repeat(lists), "]".repeat(lists))
}

async fn post(setup: &Setup, handler: &str, json: String) -> Answer {
    let path = format!("/messages.v1.Messages/{handler}");
    client::post_json(setup.shared.ingress(), &path, json).await.unwrap()
}

pub async fn handlers_return_nothing_for_empty(setup: Setup) {
    let messages = MessagesClient::new(setup.client());
    let Empty {} = messages.rest(Empty {}).idempotency_key(once()).await.unwrap();
    let Empty {} = messages.delegate(Empty {}).idempotency_key(once()).await.unwrap();
    let sent = messages.delegate(Empty {}).idempotency_key(once()).one_way().await.unwrap();
    let Empty {} = sent.attach().await.unwrap();
    let address = setup.shared.ingress();
    let headers = [("accept", "application/json")];
    let path = "/messages.v1.Messages/Rest";
    let answer = client::send(address, Method::POST, path, &headers, Bytes::new()).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

pub async fn the_deepest_message_passes(setup: Setup) {
    let deepest = nested(LEVELS / 2);
    let messages = MessagesClient::new(setup.client());
    let value =
        restate_core::Payload::decode(Bytes::from(deepest.clone()), restate_core::Encoding::Json);
    let value: Value = value.unwrap();
    let echoed = messages.forward(value.clone()).idempotency_key(once()).await.unwrap();
    assert_eq!(echoed, value);
    let answer = post(&setup, "Forward", deepest.clone()).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, deepest));
}

/// Neither ends a process, nor is repeated without end.
pub async fn deeper_messages_are_refused(setup: Setup) {
    for lists in [LEVELS / 2 + 1, 1000, 100_000] {
        for handler in ["Echo", "Forward"] {
            let answer = post(&setup, handler, nested(lists)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{lists}: {}", answer.text());
            assert!(answer.text().contains("nested more than"), "{lists}: {}", answer.text());
        }
    }
    assert_eq!(post(&setup, "Echo", "[]".to_owned()).await.text(), "[]");
}
