use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use restate_core::wire::{
    framing::Decoder,
    protocol::{MessageType, OutputCommand, OutputResult},
};
use restate_endpoint::Endpoint;

use crate::{runtime::journal, services::Waiting};

/// Calls a service with the bounds that routers require.
async fn route<S, B>(mut service: S, request: Request<Full<Bytes>>) -> (StatusCode, Bytes)
where
    S: tower_service::Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let Ok(response) = service.call(request).await;
    let status = response.status();
    let Ok(body) = response.into_body().collect().await;
    (status, body.to_bytes())
}

#[tokio::test]
async fn an_endpoint_answers_under_any_path_of_another_server() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0).build().unwrap();
    let request = Request::post("/mounted/here/invoke/test.Waiting/Echo")
        .header("content-type", "application/vnd.restate.invocation.v6")
        .body(Full::new(journal("hi")))
        .unwrap();
    let (status, body) = route(endpoint, request).await;
    assert_eq!(status, 200);

    let mut frames = Decoder::default();
    frames.push(body);
    let output: OutputCommand = frames.next_frame().unwrap().unwrap().decode().unwrap();
    assert!(matches!(output.result, Some(OutputResult::Value(value)) if value.content == "hi"));
    assert_eq!(frames.next_frame().unwrap().unwrap().ty(), MessageType::End);
    assert!(frames.is_at_boundary());
}

#[tokio::test]
async fn an_attempt_that_starts_after_a_drain_suspends_at_its_first_wait() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0).build().unwrap();
    endpoint.clone().drain();
    let request = Request::post("/invoke/test.Waiting/Sleep")
        .version(http::Version::HTTP_2)
        .header("content-type", "application/vnd.restate.invocation.v7")
        .body(Full::new(journal("hi")))
        .unwrap();
    let (_, body) = route(endpoint, request).await;
    let mut frames = Decoder::default();
    frames.push(body);
    let sent: Vec<_> =
        std::iter::from_fn(|| frames.next_frame().unwrap()).map(|frame| frame.ty()).collect();
    let expected = [MessageType::SleepCommand, MessageType::AwaitingOn, MessageType::Suspension];
    assert_eq!(sent, expected);
}
