// Instead: a client of the same context: `GreeterClient::new(one)`; of two invocations they cannot be
use restate_core::{Context, SendHandle};
use restate_ui::{GreetRequest, GreeterClient};

fn send<'a>(one: Context<'a>, other: Context<'_>) -> SendHandle<'a> {
    let client = GreeterClient::new(other);
    one.one_way_call(client.greet(GreetRequest::default()))
}

fn main() {}
