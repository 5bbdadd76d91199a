//! What a handler can do, by the kind of handler it is.

mod ability;
mod object;
mod workflow;

use std::time::{Duration, SystemTime};

use restate_sdk_shared_core::CANCEL_NOTIFICATION_HANDLE;

use self::ability::refused;
use crate::{
    attempt::{
        convert::nothing,
        future::DurableFuture,
        journal::{ClosureOf, Invocation},
        since_epoch,
    },
    call::{
        Channel, Request,
        durable::{DurableReply, HandOver},
        invocation_handle::InvocationHandle,
        one_way::{ClientCall, HandlerChannel, IntoClientCall},
    },
    error::{HandlerResult, TerminalError},
    handler::{
        awakeable::{self, Awakeable},
        promise::Promise,
        random::Random,
        run::Run,
        signal, sleep,
    },
    payload::Payload,
};

pub use ability::{Keyed, Promising, Writer};
pub use object::{ObjectContext, SharedObjectContext};
pub use workflow::{SharedWorkflowContext, WorkflowContext};

/// Context of a handler of a plain service.
///
/// A small value that is copied freely, and that cannot leave its handler: nothing that outlives the
/// handler can hold it, neither `self`, nor a `static`, nor a spawned task. So all contexts that are
/// at hand at one place are of the same invocation, and so are the clients made from them.
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

    /// Key with which repetitions of this request are the same invocation, if it has one.
    pub fn idempotency_key(self) -> Option<&'a str> {
        self.invocation.idempotency_key()
    }

    /// Scope that this invocation was called in, if any.
    pub fn scope(self) -> Option<&'a str> {
        self.invocation.scope()
    }

    /// Limit key that this invocation was called with, if any.
    pub fn limit_key(self) -> Option<&'a str> {
        self.invocation.limit_key()
    }

    /// The time at which this was first executed; later attempts see the same.
    ///
    /// # Errors
    ///
    /// Code 409 when the invocation is cancelled meanwhile.
    pub async fn now(self) -> Result<SystemTime, TerminalError> {
        let invocation = self.invocation;
        let millis = self
            .run(|| async { Ok(u64::try_from(invocation.now().as_millis()).unwrap_or(u64::MAX)) })
            .name("now")
            .await?;
        Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
    }

    /// Random numbers that are the same in every attempt.
    pub fn rand(self) -> Random<'a> {
        Random::new(self.invocation)
    }

    /// A version 4 UUID that is the same in every attempt.
    pub fn uuid(self) -> uuid::Uuid {
        self.rand().uuid()
    }

    /// Waits durably. The timer starts now, not when the result is awaited.
    ///
    /// Parts of a millisecond round up. The result is an error with code 409 when the invocation is
    /// cancelled meanwhile, or with code 400 when the time is out of range.
    pub fn sleep(self, duration: Duration) -> DurableFuture<'a, ()> {
        sleep::sleep(self.invocation, duration)
    }

    /// Waits for `future`, or a call or promise, but not longer than `duration` from now on.
    ///
    /// # Errors
    ///
    /// Code 408 when the time is up; what `future` has started goes on. Code 409 when the invocation
    /// is cancelled meanwhile, and code 400 when the time is out of range.
    pub fn timeout<F: IntoFuture>(
        self,
        duration: Duration,
        future: F,
    ) -> impl Future<Output = Result<F::Output, TerminalError>> {
        sleep::timeout(self.sleep(duration), duration, future.into_future())
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
    pub fn run<F, Fut, T>(self, closure: F) -> Run<'a, F, Fut, T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = HandlerResult<T>>,
        T: Payload,
    {
        Run::new(self.invocation, closure)
    }

    /// Resolves when this invocation is cancelled.
    ///
    /// For handlers with [`explicit_cancellation`](crate::Settings::explicit_cancellation) only: in
    /// all others a cancellation ends what is awaited, and this never resolves.
    pub fn cancelled(self) -> DurableFuture<'a, ()> {
        DurableFuture::new(self.invocation, Some(CANCEL_NOTIFICATION_HANDLE), nothing)
    }

    /// A value that somebody outside sends to this invocation.
    pub fn awakeable<T: Payload>(self) -> Awakeable<'a, T> {
        Awakeable::new(self.invocation)
    }

    /// Completes an awakeable of another invocation, by its id.
    #[expect(clippy::needless_pass_by_value, reason = "the value is given away")]
    pub fn resolve_awakeable<T: Payload>(self, id: &str, value: T) {
        awakeable::resolve_awakeable(self.invocation, id, &value);
    }

    /// Fails an awakeable of another invocation, by its id.
    #[expect(clippy::needless_pass_by_value, reason = "the error is given away")]
    pub fn reject_awakeable(self, id: &str, error: TerminalError) {
        awakeable::reject_awakeable(self.invocation, id, &error);
    }

    /// The next value that another invocation sends to this one under `name`.
    pub fn signal<T: Payload>(self, name: &str) -> DurableFuture<'a, T> {
        signal::signal(self.invocation, name)
    }

    /// Another invocation, by its id.
    pub fn invocation(self, id: impl Into<String>) -> InvocationHandle<'a> {
        InvocationHandle::known(self.invocation, id.into())
    }

    /// Sends a call of a generated client, or the one that a closure returns, without waiting for
    /// its response; the same as [`Call::one_way`](crate::Call::one_way).
    ///
    /// The closure only makes the call; one that uses the context otherwise is refused with
    /// code 500, and nothing is sent.
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
    pub fn one_way_call<K, C>(self, call: K) -> HandOver<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        self.hand_over(call, None)
    }

    /// Sends a call of a generated client, or the one that a closure returns, to be executed after
    /// `delay`; the same as [`Call::delayed`](crate::Call::delayed).
    pub fn delayed_call<K, C>(self, call: K, delay: Duration) -> HandOver<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        self.hand_over(call, Some(delay))
    }

    fn hand_over<K, C>(self, call: K, delay: Option<Duration>) -> HandOver<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        match self.invocation.inside(ClosureOf::OneWayCall, || call.into_call()) {
            Ok(call) => call.send(delay),
            Err(misuse) => HandOver::refused(self.invocation, misuse),
        }
    }
}

/// Refused, so that the compiler says why. `for<'never>` lets a bound stand that never holds.
#[doc(hidden)]
impl<'a> Context<'a> {
    pub fn key(self) -> &'a str
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn get<T: Payload>(self, _: &str) -> DurableFuture<'a, Option<T>>
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn state_keys(self) -> DurableFuture<'a, Vec<String>>
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn set<T: Payload>(self, _: &str, _: T)
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn clear(self, _: &str)
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn clear_all(self)
    where
        for<'never> Self: Keyed<'never>,
    {
        refused()
    }

    pub fn promise<T: Payload>(self, _: impl Into<String>) -> Promise<'a, T>
    where
        for<'never> Self: Promising,
    {
        refused()
    }
}

/// The first argument of a handler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the context of a handler",
    note = "a handler's first argument is the `Context` of its kind of service, as `ObjectContext`"
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

macro_rules! channels {
    ($($context:ident),*) => {$(
        impl sealed::Sealed for $context<'_> {}

        impl<'a> HandlerChannel<'a> for $context<'a> {
            fn send_at(
                &self,
                request: Result<Request, TerminalError>,
                time: SystemTime,
            ) -> HandOver<'a> {
                let at = since_epoch(time).map(Some);
                HandOver::new(self.invocation, request, at)
            }
        }

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

channels!(Context, SharedObjectContext, ObjectContext, SharedWorkflowContext, WorkflowContext);

/// Contexts that can do less, for helper functions that need no more.
macro_rules! conversions {
    ($($from:ident => $($into:ident),*;)*) => {$($(
        impl<'a> From<$from<'a>> for $into<'a> {
            fn from(context: $from<'a>) -> Self {
                Self::new(context.invocation)
            }
        }
    )*)*};
}

conversions! {
    SharedObjectContext => Context;
    ObjectContext => Context, SharedObjectContext;
    SharedWorkflowContext => Context, SharedObjectContext;
    WorkflowContext => Context, SharedObjectContext, ObjectContext, SharedWorkflowContext;
}

mod sealed {
    pub trait Sealed {}
}
