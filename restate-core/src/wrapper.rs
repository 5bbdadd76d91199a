//! What `one_way_call` and `delayed_call` accept: one call of a generated client, nothing else.

use std::time::Duration;

use crate::{
    call::{Call, Channel},
    channel::HandOver,
    payload::Payload,
};

/// A call of a generated client, made inside a handler.
#[diagnostic::on_unimplemented(
    message = "only one call of a generated client can be sent one-way or delayed",
    label = "this is not a call of a generated client",
    note = "write `ctx.one_way_call(client.method(request))`, without `.await` or `.call()`"
)]
pub trait ClientCall<'a>: sealed::ClientCall {
    /// Hands the call over, to be executed after `delay` or at once.
    fn send(self, delay: Option<Duration>) -> HandOver<'a>;
}

impl<'a, C, Req, Res> ClientCall<'a> for Call<C, Req, Res>
where
    C: Channel<Sent = HandOver<'a>>,
    Req: Payload,
    Res: Payload,
{
    fn send(self, delay: Option<Duration>) -> HandOver<'a> {
        match delay {
            None => self.one_way(),
            Some(delay) => self.delayed(delay),
        }
    }
}

/// A call of a generated client, or a closure that returns one.
#[diagnostic::on_unimplemented(
    message = "only one call of a generated client can be sent one-way or delayed",
    label = "this is neither a call of a generated client nor a closure that returns one",
    note = "write `ctx.one_way_call(client.method(request))`, without `.await` or `.call()`",
    note = "to do several things without waiting, put them in a handler and call that one-way"
)]
pub trait IntoClientCall<'a>: sealed::IntoClientCall<Self::Call> {
    /// What is sent.
    type Call: ClientCall<'a>;

    /// The call itself.
    fn into_call(self) -> Self::Call;
}

impl<'a, C, Req, Res> IntoClientCall<'a> for Call<C, Req, Res>
where
    Self: ClientCall<'a>,
{
    type Call = Self;

    fn into_call(self) -> Self {
        self
    }
}

impl<'a, F, K> IntoClientCall<'a> for F
where
    F: FnOnce() -> K,
    K: ClientCall<'a>,
{
    type Call = K;

    fn into_call(self) -> K {
        self()
    }
}

mod sealed {
    use crate::call::Call;

    pub trait ClientCall {}

    impl<C, Req, Res> ClientCall for Call<C, Req, Res> {}

    pub trait IntoClientCall<K> {}

    impl<T, K: ClientCall> IntoClientCall<K> for T {}
}
