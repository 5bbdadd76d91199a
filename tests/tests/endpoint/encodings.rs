//! Messages whose bytes could be read in two ways.

use bytes::Bytes;
use http::Method;
use restate_core::{
    Call, Context, Encoding, HandlerResult, Payload, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::StringValue,
};
use restate_endpoint::Endpoint;
use restate_tests::{client, server::RestateServer};

use crate::deployment::Deployment;

/// Handlers that return the text that they are called with.
struct Texts;

impl Service for Texts {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<StringValue, StringValue>("Echo"),
            HandlerDescriptor::plain::<StringValue, StringValue>("Relay"),
            HandlerDescriptor::plain::<StringValue, StringValue>("RelayJson"),
            HandlerDescriptor::plain::<StringValue, StringValue>("Keep"),
        ];
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Texts", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Echo" => request.handle(echo),
            "Relay" => request.handle(relay),
            "RelayJson" => request.handle(relay_json),
            "Keep" => request.handle(keep),
            other => request.unknown_handler(other),
        }
    }
}

async fn echo(_: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    Ok(text)
}

fn call(ctx: Context<'_>, text: StringValue) -> Call<Context<'_>, StringValue, StringValue> {
    Call::new(&ctx, Target::service("test.Texts", "Echo"), text)
}

async fn relay(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let called = call(ctx, text).await?;
    Ok(call(ctx, called).one_way().await?.attach().await?)
}

async fn relay_json(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let called = call(ctx, text).json().await?;
    Ok(call(ctx, called).json().one_way().await?.attach().await?)
}

/// Through a `run` step and an awakeable.
async fn keep(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let text = ctx.run(|| async { Ok(text) }).await?;
    let awakeable = ctx.awakeable::<StringValue>();
    ctx.resolve_awakeable(awakeable.id(), text);
    Ok(awakeable.await?)
}

#[tokio::test]
async fn messages_of_two_faces_are_read_as_they_were_written() {
    let deployment =
        Deployment::start(RestateServer::start().await, Endpoint::builder().bind(Texts)).await;
    // The second is JSON as well: a line feed, and a text in quotes.
    for value in ["hi".to_owned(), format!("{}\"", "x".repeat(33)), "-1".to_owned()] {
        let text = StringValue { value };
        for (encoding, content_type) in
            [(Encoding::Proto, "application/proto"), (Encoding::Json, "application/json")]
        {
            let body: Bytes = text.encode(encoding).unwrap();
            for handler in ["Echo", "Relay", "RelayJson", "Keep"] {
                let (path, headers) =
                    (format!("/test.Texts/{handler}"), [("content-type", content_type)]);
                let address = deployment.server.ingress();
                let sent = client::send(address, Method::POST, &path, &headers, body.clone());
                let answer = sent.await.unwrap();
                assert_eq!(answer.body, body, "{handler} {content_type} {}", answer.text());
            }
        }
    }
    deployment.stop().await;
}
