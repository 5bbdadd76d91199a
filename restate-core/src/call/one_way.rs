//! One-way and delayed calls: the arguments that `one_way_call` and `delayed_call` accept.

use std::time::{Duration, SystemTime};

use crate::{
    call::{Call, Channel, Request, durable::SendHandle},
    error::TerminalError,
    payload::Payload,
};

/// A call of a generated client.
#[diagnostic::on_unimplemented(
    message = "only one call of a generated client can be sent one-way or delayed",
    label = "this is not a call of a generated client",
    note = "give it `client.method(request)`, without `.await`, `.call()` or `.one_way()`"
)]
pub trait ClientCall: sealed::SealedCall {
    /// The channel that carries it.
    type Channel: Channel;

    /// Sends the call, to be executed after `delay` or at once.
    fn send(self, delay: Option<Duration>) -> <Self::Channel as Channel>::Sent;
}

#[diagnostic::do_not_recommend]
impl<C: Channel, Req: Payload, Res: Payload> ClientCall for Call<C, Req, Res> {
    type Channel = C;

    fn send(self, delay: Option<Duration>) -> C::Sent {
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
    note = "give it `client.method(request)`, without `.await`, `.call()` or `.one_way()`",
    note = "to do several things without waiting, put them in a handler and call that one-way"
)]
pub trait IntoClientCall: sealed::SealedIntoCall<Self::Call> {
    /// The call that is sent.
    type Call: ClientCall<Channel = Self::Channel>;
    /// The channel that carries it.
    type Channel: Channel;

    /// The call itself.
    fn into_call(self) -> Self::Call;
}

#[diagnostic::do_not_recommend]
impl<C: Channel, Req: Payload, Res: Payload> IntoClientCall for Call<C, Req, Res> {
    type Call = Self;
    type Channel = C;

    fn into_call(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce() -> K, K: ClientCall> IntoClientCall for F {
    type Call = K;
    type Channel = K::Channel;

    fn into_call(self) -> K {
        self()
    }
}

/// The context of a handler, as the channel of its calls.
#[diagnostic::on_unimplemented(
    message = "this client was not made from the context of a handler",
    label = "the calls of that client are not part of this handler",
    note = "make the client from the context: `GreeterClient::new(ctx)`",
    note = "to send a call from outside of handlers, write `client.greet(request).one_way()`"
)]
pub trait HandlerChannel<'a>: Channel<Sent = SendHandle<'a>> {
    /// Sends a call, to be executed at `time`.
    fn send_at(&self, request: Result<Request, TerminalError>, time: SystemTime) -> SendHandle<'a>;
}

#[diagnostic::do_not_recommend]
impl<'a, C: HandlerChannel<'a>> HandlerChannel<'a> for &C {
    fn send_at(&self, request: Result<Request, TerminalError>, time: SystemTime) -> SendHandle<'a> {
        C::send_at(self, request, time)
    }
}

impl<C: Channel, Req: Payload, Res: Payload> Call<C, Req, Res> {
    /// Sends the call, to be executed at `time`, or at once if that is in the past.
    ///
    /// In a handler only. A [delay](Self::delayed) begins when the call is recorded, which is later
    /// if the first attempt to do so is lost; a time that is computed from
    /// [`ctx.now()`](crate::Context::now) is the same in every attempt.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use restate_core::{Call, Context, HandlerResult, Target};
    /// # struct GreeterClient<'a>(Context<'a>);
    /// # impl<'a> GreeterClient<'a> {
    /// #     fn new(ctx: Context<'a>) -> Self { Self(ctx) }
    /// #     fn greet(&self, name: String) -> Call<Context<'a>, String, String> {
    /// #         Call::new(&self.0, Target::service("Greeter", "greet"), name)
    /// #     }
    /// # }
    /// async fn remind(ctx: Context<'_>, name: String) -> HandlerResult<()> {
    ///     let deadline = ctx.now().await? + Duration::from_secs(60 * 60);
    ///     GreeterClient::new(ctx).greet(name).at(deadline).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn at<'a>(self, time: SystemTime) -> SendHandle<'a>
    where
        C: HandlerChannel<'a>,
    {
        let Self { channel, request, body, .. } = self;
        channel.send_at(request.with_body(&body), time)
    }
}

mod sealed {
    use crate::call::Call;

    pub trait SealedCall {}

    impl<C, Req, Res> SealedCall for Call<C, Req, Res> {}

    pub trait SealedIntoCall<K> {}

    impl<T, K: SealedCall> SealedIntoCall<K> for T {}
}
