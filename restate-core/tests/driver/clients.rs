//! Clients like generated ones.

use bytes::Bytes;
use restate_core::{Call, Channel, HandlerResult, Target, attempt::HandlerFuture};

/// Calls a plain service.
pub struct GreeterClient<C> {
    channel: C,
}

impl<C: Channel> GreeterClient<C> {
    pub fn new(channel: C) -> Self {
        Self { channel }
    }

    pub fn greet(&self, name: &'static str) -> Call<C, Bytes, Bytes> {
        Call::new(&self.channel, Target::service("greeter.v1.Greeter", "Greet"), Bytes::from(name))
    }
}

/// Calls an object by key.
pub struct CounterClient<C> {
    channel: C,
    key: String,
}

impl<C: Channel> CounterClient<C> {
    pub fn new(channel: C, key: impl Into<String>) -> Self {
        Self { channel, key: key.into() }
    }

    pub fn add(&self, delta: i64) -> Call<C, i64, i64> {
        Call::new(&self.channel, Target::object("Counter", self.key.clone(), "add"), delta)
    }
}

/// The body of a handler under test.
pub fn handler<'a, F>(body: F) -> HandlerFuture<'a>
where
    F: Future<Output = HandlerResult<Bytes>> + Send + 'a,
{
    Box::pin(body)
}
