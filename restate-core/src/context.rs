//! What a handler can do, by the kind of handler it is.

use std::{ops::Deref, time::Duration};

use crate::{
    call::{Channel, Request},
    channel::{DurableReply, HandOver},
    error::{HandlerResult, TerminalError},
    future::DurableFuture,
    invocation::Invocation,
    payload::Payload,
    run::Run,
    sleep, state,
    wrapper::{ClientCall, IntoClientCall},
};

/// Context of a handler of a plain service.
///
/// A small value that is copied freely, and that cannot leave its handler.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    invocation: &'a Invocation,
}

impl<'a> Context<'a> {
    /// Id of this invocation, `inv_…`, the same in every attempt.
    pub fn invocation_id(self) -> &'a str {
        self.invocation.id()
    }

    /// A header of the request, by its name in any case.
    pub fn header(self, name: &str) -> Option<&'a str> {
        self.invocation.header(name)
    }

    /// All headers of the request.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.invocation.headers()
    }

    /// Waits durably. The timer starts now, not when the result is awaited.
    ///
    /// Parts of a millisecond round up. The result is an error with code 409 when the invocation is
    /// cancelled meanwhile, or with code 400 when the time is out of range.
    pub fn sleep(self, duration: Duration) -> DurableFuture<'a, ()> {
        sleep::sleep(self.invocation, duration)
    }

    /// Runs a closure whose effects or results are not deterministic, and keeps its result.
    ///
    /// Once the result is stored the closure is not run again, whatever happens. A crash before
    /// that runs it again. A [`TerminalError`] it returns is stored like a value; any other error
    /// is retried.
    ///
    /// ```
    /// # use restate_core::{Context, HandlerResult};
    /// # async fn charge(_: &str) -> Result<String, std::io::Error> { Ok("receipt".into()) }
    /// async fn pay(ctx: Context<'_>, card: String) -> HandlerResult<String> {
    ///     let receipt = ctx.run(|| async { Ok(charge(&card).await?) }).name("charge").await?;
    ///     Ok(receipt)
    /// }
    /// ```
    pub fn run<F, Fut, T>(self, closure: F) -> Run<'a, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = HandlerResult<T>>,
        T: Payload,
    {
        Run::new(self.invocation, closure)
    }

    /// Sends a call of a generated client, or the one that a closure returns, without waiting for
    /// its response; the same as [`Call::one_way`](crate::Call::one_way).
    ///
    /// ```
    /// # use restate_core::{Call, Context, HandlerResult, Target};
    /// # struct GreeterClient<'a>(Context<'a>);
    /// # impl<'a> GreeterClient<'a> {
    /// #     fn new(ctx: Context<'a>) -> Self { Self(ctx) }
    /// #     fn greet(&self, name: String) -> Call<Context<'a>, String, String> {
    /// #         Call::new(&self.0, Target::service("Greeter", "greet"), name)
    /// #     }
    /// # }
    /// async fn remind(ctx: Context<'_>, name: String) -> HandlerResult<()> {
    ///     let client = GreeterClient::new(ctx);
    ///     ctx.one_way_call(client.greet(name.clone())).await?;
    ///     ctx.one_way_call(|| client.greet(name)).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn one_way_call<K: IntoClientCall<'a>>(self, call: K) -> HandOver<'a> {
        call.into_call().send(None)
    }

    /// Sends a call of a generated client, or the one that a closure returns, to be executed after
    /// `delay`; the same as [`Call::delayed`](crate::Call::delayed).
    pub fn delayed_call<K: IntoClientCall<'a>>(self, call: K, delay: Duration) -> HandOver<'a> {
        call.into_call().send(Some(delay))
    }
}

/// Context of an object's handler that runs beside others and reads state.
#[derive(Clone, Copy, Debug)]
pub struct SharedObjectContext<'a> {
    context: Context<'a>,
}

impl<'a> SharedObjectContext<'a> {
    /// Key of the object.
    pub fn key(self) -> &'a str {
        self.context.invocation.key()
    }

    /// Reads a key of the object's state, as it is in this invocation; `None` if it is not set.
    pub fn get<T: Payload>(self, key: &str) -> DurableFuture<'a, Option<T>> {
        state::get(self.context.invocation, key)
    }

    /// Lists the keys of the object's state.
    pub fn state_keys(self) -> DurableFuture<'a, Vec<String>> {
        state::keys(self.context.invocation)
    }
}

impl<'a> Deref for SharedObjectContext<'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

/// Context of an object's handler that runs alone on its key and may write state.
#[derive(Clone, Copy, Debug)]
pub struct ObjectContext<'a> {
    shared: SharedObjectContext<'a>,
}

impl ObjectContext<'_> {
    /// Writes a key of the object's state.
    ///
    /// What was written stays, also when the handler fails later. A value that cannot be encoded
    /// ends the invocation.
    #[expect(clippy::needless_pass_by_value, reason = "`ctx.set(\"count\", 7)` reads best")]
    pub fn set<T: Payload>(self, key: &str, value: T) {
        state::set(self.context.invocation, key, &value);
    }

    /// Removes a key of the object's state.
    pub fn clear(self, key: &str) {
        state::clear(self.context.invocation, key);
    }

    /// Removes every key of the object's state.
    pub fn clear_all(self) {
        state::clear_all(self.context.invocation);
    }
}

impl<'a> Deref for ObjectContext<'a> {
    type Target = SharedObjectContext<'a>;

    fn deref(&self) -> &SharedObjectContext<'a> {
        &self.shared
    }
}

/// The first argument of a handler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the context of a handler",
    note = "a handler's first argument is `Context`, `ObjectContext` or `SharedObjectContext`"
)]
pub trait HandlerContext<'a>: sealed::Sealed + Copy + Send {
    /// The context of a handler that runs in `invocation`.
    fn new(invocation: &'a Invocation) -> Self;
}

impl<'a> HandlerContext<'a> for Context<'a> {
    fn new(invocation: &'a Invocation) -> Self {
        Self { invocation }
    }
}

impl<'a> HandlerContext<'a> for SharedObjectContext<'a> {
    fn new(invocation: &'a Invocation) -> Self {
        Self { context: Context::new(invocation) }
    }
}

impl<'a> HandlerContext<'a> for ObjectContext<'a> {
    fn new(invocation: &'a Invocation) -> Self {
        Self { shared: SharedObjectContext::new(invocation) }
    }
}

macro_rules! channels {
    ($($context:ident),*) => {$(
        impl sealed::Sealed for $context<'_> {}

        impl<'a> Channel for $context<'a> {
            type Error = TerminalError;
            type Reply = DurableReply<'a>;
            type Sent = HandOver<'a>;

            fn call(&self, request: Result<Request, TerminalError>) -> DurableReply<'a> {
                Channel::call(&self.invocation, request)
            }

            fn send(
                &self,
                request: Result<Request, TerminalError>,
                delay: Option<Duration>,
            ) -> HandOver<'a> {
                Channel::send(&self.invocation, request, delay)
            }
        }
    )*};
}

channels!(Context, SharedObjectContext, ObjectContext);

mod sealed {
    pub trait Sealed {}
}
