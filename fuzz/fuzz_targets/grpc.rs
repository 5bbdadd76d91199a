//! Any requests of gRPC, gRPC-Web and Connect: nothing panics, and each is answered.

#![no_main]

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody, combinators::BoxBody};
use libfuzzer_sys::fuzz_target;
use restate_core::{RpcCode, TerminalError};
use restate_grpc::{
    Answer, CallError, Calls, FrontDoor, MessageLimits, Operation, PromiseName, Protocol,
    RpcStatus, UnaryCall,
};
use tokio::{runtime::Builder, time::timeout};

/// Answers each call with its request.
struct Echo;

impl Calls for Echo {
    type Rpc = ();

    fn serves(&self, service: &str) -> bool {
        service == "Echo"
    }

    fn find(&self, service: &str, method: &str) -> Result<(), RpcStatus> {
        match (service, method) {
            ("Echo", "Echo") => Ok(()),
            _ => Err(RpcStatus::new(RpcCode::Unimplemented, "there is only `Echo/Echo`")),
        }
    }

    fn is_read(&self, _: &()) -> bool {
        true
    }

    async fn call(&self, _: (), call: UnaryCall) -> Answer {
        Answer { invocation_id: call.idempotency_key, result: Ok(call.message) }
    }

    async fn operate(&self, operation: Operation<()>) -> Answer {
        let error = TerminalError::new(format!("{operation:?}"));
        Answer { invocation_id: None, result: Err(CallError::Failed(error)) }
    }

    async fn peek(&self, promise: PromiseName) -> Result<Option<Bytes>, TerminalError> {
        Ok(Some(promise.name.into()))
    }
}

const PATHS: [&str; 16] = [
    "/Echo/Echo",
    "/Echo/Echo?connect=v1&encoding=json&message=%7B%7D",
    "/Echo/Nothing",
    "/Nobody/Echo",
    "/",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/List",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/restate.v1.Ingress/Invoke",
    "/restate.v1.Ingress/Send",
    "/restate.v1.Ingress/Attach",
    "/restate.v1.Ingress/GetOutput",
    "/restate.v1.Ingress/Cancel",
    "/restate.v1.Awakeables/Resolve",
    "/restate.v1.Promises/Peek",
];

const CONTENT_TYPES: [&str; 12] = [
    "application/grpc",
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc-web",
    "application/grpc-web+json",
    "application/grpc-web-text",
    "application/proto",
    "application/json",
    "application/connect+proto",
    "application/connect+json",
    "application/grpc+unknown",
    "application/json; charset=utf-8",
];

/// Headers that a bit of the input adds, with a value; those without take theirs from the input.
const HEADERS: [(&str, Option<&str>); 16] = [
    ("connect-protocol-version", Some("1")),
    ("grpc-encoding", Some("gzip")),
    ("content-encoding", Some("gzip")),
    ("connect-content-encoding", Some("gzip")),
    ("grpc-accept-encoding", Some("gzip")),
    ("accept-encoding", Some("br, gzip;q=0.1")),
    ("te", Some("trailers")),
    ("x-restate-send", Some("true")),
    ("grpc-timeout", None),
    ("connect-timeout-ms", None),
    ("idempotency-key", None),
    ("x-restate-key", None),
    ("x-restate-key-bin", None),
    ("x-restate-delay", None),
    ("x-restate-scope", None),
    ("data-bin", None),
];

thread_local! {
    static FRONT_DOOR: FrontDoor<Echo> =
        FrontDoor::new(Echo, MessageLimits { length: 64 << 10, ..MessageLimits::default() });
}

type Input<'a> = (u8, u8, u16, &'a str, u8, &'a [u8]);

fn request(input: Input<'_>) -> Request<BoxBody<Bytes, std::convert::Infallible>> {
    let (path, content_type, headers, value, chunk, body) = input;
    let path = PATHS[usize::from(path) % PATHS.len()];
    let chunks: VecDeque<_> = body
        .chunks(usize::from(chunk) + 1)
        .map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))))
        .collect();
    let body = BoxBody::new(StreamBody::new(futures::stream::iter(chunks)));
    let mut request = Request::new(body);
    *request.version_mut() =
        if content_type & 128 == 0 { Version::HTTP_2 } else { Version::HTTP_11 };
    if !path.contains('?') {
        *request.method_mut() = http::Method::POST;
    }
    *request.uri_mut() = path.parse().expect("it is a path");
    let content_type = CONTENT_TYPES[usize::from(content_type & 127) % CONTENT_TYPES.len()];
    let added = HEADERS.iter().enumerate().filter(|(bit, _)| headers & (1 << bit) != 0);
    let added = added.map(|(_, (name, known))| (*name, known.unwrap_or(value)));
    for (name, value) in [("content-type", content_type)].into_iter().chain(added) {
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    request
}

fuzz_target!(|input: Input<'_>| {
    let request = request(input);
    let Some(protocol) = Protocol::of(&request) else { return };
    let runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let answer = runtime.block_on(async {
        let front_door = FRONT_DOOR.with(FrontDoor::clone);
        let response = front_door.respond(protocol, request).await;
        timeout(Duration::from_secs(10), response.into_body().collect()).await
    });
    answer.expect("no answer").expect("the body of an answer ends well");
});
