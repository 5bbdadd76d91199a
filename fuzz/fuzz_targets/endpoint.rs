//! Any requests to an endpoint: nothing panics, and each is answered.

#![no_main]

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use libfuzzer_sys::fuzz_target;
use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;
use tokio::{runtime::Builder, time::timeout};

/// Returns a text.
struct Echo;

impl Service for Echo {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Echo",
            &[HandlerDescriptor::plain::<String, String>("echo")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        request.handle(|_: Context<'a>, text: String| async { HandlerResult::Ok(text) })
    }
}

thread_local! {
    static ENDPOINT: Endpoint = Endpoint::builder().bind(Echo).build().expect("it is valid");
}

const PATHS: [&str; 4] = ["/invoke/Echo/echo", "/discover", "/health", "/invoke/Echo/nothing"];

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (path, version, body) = input;
    let request = Request::post(PATHS[usize::from(path) % PATHS.len()])
        .header("content-type", format!("application/vnd.restate.invocation.v{}", version % 8))
        .header("accept", format!("application/vnd.restate.endpointmanifest.v{}+json", version % 8))
        .body(Full::new(Bytes::copy_from_slice(body)))
        .expect("it is a request");
    let runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let answer = runtime.block_on(async {
        let Ok(response) = ENDPOINT.with(|endpoint| endpoint.handle(request)).await;
        timeout(Duration::from_secs(10), response.into_body().collect()).await
    });
    // An attempt may break off; but none lasts when there is nothing more to come.
    assert!(answer.is_ok(), "no answer");
});
