//! The contexts of handlers: one type for each kind of handler, with the operations it may use.

mod ability;
mod object;
mod workflow;

use std::time::{Duration, SystemTime};

use restate_sdk_shared_core::CANCEL_NOTIFICATION_HANDLE;

use self::ability::refused;
use crate::{
    attempt::{
        closures::ClosureOf, convert::nothing, future::DurableFuture, journal::Journal, since_epoch,
    },
    call::{
        Channel, Request,
        durable::{DurableReply, SendHandle},
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
    invocation_id::InvocationId,
    payload::{Payload, ValueFor},
};

pub use ability::{Promises, ReadState, WriteState};
pub use object::{ObjectContext, SharedObjectContext};
pub use workflow::{SharedWorkflowContext, WorkflowContext};

/// Context of a handler of a plain service.
///
/// A small value that is copied freely, and that cannot leave its handler: nothing that outlives the
/// handler can hold it, neither `self`, nor a `static`, nor a spawned task. So all contexts that are
/// at hand at one place are of the same invocation, and so are the clients made from them.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    journal: &'a Journal,
}

impl<'a> Context<'a> {
    /// Id of this invocation, `inv_…`, the same in every attempt.
    pub fn invocation_id(self) -> &'a str {
        self.journal.id()
    }

    /// A header of the request, by its name in any case.
    ///
    /// The embedded engine drops headers with secrets, such as `authorization`, unless the contract
    /// [keeps them](crate::Settings::keep_headers).
    pub fn header(self, name: &str) -> Option<&'a str> {
        self.journal.header(name)
    }

    /// All headers of the request.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.journal.headers()
    }

    /// Key with which repetitions of this request are the same invocation, if it has one.
    pub fn idempotency_key(self) -> Option<&'a str> {
        self.journal.idempotency_key()
    }

    /// Scope that this invocation was called in, if any.
    pub fn scope(self) -> Option<&'a str> {
        self.journal.scope()
    }

    /// Limit key that this invocation was called with, if any.
    pub fn limit_key(self) -> Option<&'a str> {
        self.journal.limit_key()
    }

    /// The time at which this was first executed; later attempts see the same.
    ///
    /// # Errors
    ///
    /// Code 409 when the invocation is cancelled meanwhile.
    pub async fn now(self) -> Result<SystemTime, TerminalError> {
        let journal = self.journal;
        let millis = self
            .run(|| async { Ok(u64::try_from(journal.now().as_millis()).unwrap_or(u64::MAX)) })
            .name("now")
            .await?;
        Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
    }

    /// Random numbers that are the same in every attempt.
    pub fn rand(self) -> Random<'a> {
        Random::new(self.journal)
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
        sleep::sleep(self.journal, duration)
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
        Run::new(self.journal, closure)
    }

    /// Resolves when this invocation is cancelled.
    ///
    /// For handlers with [`explicit_cancellation`](crate::Settings::explicit_cancellation) only: in
    /// all others a cancellation ends what is awaited, and this never resolves.
    pub fn cancelled(self) -> DurableFuture<'a, ()> {
        DurableFuture::new(self.journal, Some(CANCEL_NOTIFICATION_HANDLE), nothing)
    }

    /// A value that is sent to this invocation from outside.
    pub fn awakeable<T: Payload>(self) -> Awakeable<'a, T> {
        Awakeable::new(self.journal)
    }

    /// Completes an awakeable of another invocation, by its id.
    #[expect(clippy::needless_pass_by_value, reason = "the value is given away")]
    pub fn resolve_awakeable<T: Payload>(self, id: &str, value: impl ValueFor<T>) {
        awakeable::resolve_awakeable(self.journal, id, &value);
    }

    /// Fails an awakeable of another invocation, by its id.
    #[expect(clippy::needless_pass_by_value, reason = "the error is given away")]
    pub fn reject_awakeable(self, id: &str, error: TerminalError) {
        awakeable::reject_awakeable(self.journal, id, &error);
    }

    /// The next value that another invocation sends to this one under `name`.
    pub fn signal<T: Payload>(self, name: &str) -> DurableFuture<'a, T> {
        signal::signal(self.journal, name)
    }

    /// A handle of the invocation with this id.
    pub fn invocation(self, id: impl Into<InvocationId>) -> InvocationHandle<'a> {
        InvocationHandle::known(self.journal, id.into())
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
    pub fn one_way_call<K, C>(self, call: K) -> SendHandle<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        self.send(call, None)
    }

    /// Sends a call of a generated client, or the one that a closure returns, to be executed after
    /// `delay`; the same as [`Call::delayed`](crate::Call::delayed).
    pub fn delayed_call<K, C>(self, call: K, delay: Duration) -> SendHandle<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        self.send(call, Some(delay))
    }

    fn send<K, C>(self, call: K, delay: Option<Duration>) -> SendHandle<'a>
    where
        K: IntoClientCall<Channel = C>,
        C: HandlerChannel<'a>,
    {
        match self.journal.inside(ClosureOf::OneWayCall, || call.into_call()) {
            Ok(call) => call.send(delay),
            Err(misuse) => SendHandle::refused(self.journal, misuse),
        }
    }
}

/// Refused, so that the compiler says why. `for<'never>` lets a bound stand that never holds.
#[doc(hidden)]
impl<'a> Context<'a> {
    pub fn key(self) -> &'a str
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn get<T: Payload>(self, _: &str) -> DurableFuture<'a, Option<T>>
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn state_keys(self) -> DurableFuture<'a, Vec<String>>
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn set<T: Payload>(self, _: &str, _: impl ValueFor<T>)
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn clear(self, _: &str)
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn clear_all(self)
    where
        for<'never> Self: ReadState<'never>,
    {
        refused()
    }

    pub fn promise<T: Payload>(self, _: impl Into<String>) -> Promise<'a, T>
    where
        for<'never> Self: Promises,
    {
        refused()
    }
}

/// The first argument of a handler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the context of a handler",
    note = "a handler's first argument is the `Context` of its kind of service, such as `ObjectContext`"
)]
pub trait HandlerContext<'a>: sealed::Sealed + Copy + Send {
    /// The context of a handler that runs in `invocation`.
    fn new(journal: &'a Journal) -> Self;
}

impl<'a> HandlerContext<'a> for Context<'a> {
    fn new(journal: &'a Journal) -> Self {
        Self { journal }
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
            ) -> SendHandle<'a> {
                let at = since_epoch(time).map(Some);
                SendHandle::new(self.journal, request, at)
            }
        }

        impl<'a> Channel for $context<'a> {
            type Error = TerminalError;
            type Reply = DurableReply<'a>;
            type Sent = SendHandle<'a>;

            fn call(&self, request: Result<Request, TerminalError>) -> DurableReply<'a> {
                Channel::call(&self.journal, request)
            }

            fn send(
                &self,
                request: Result<Request, TerminalError>,
                delay: Option<Duration>,
            ) -> SendHandle<'a> {
                Channel::send(&self.journal, request, delay)
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
                Self::new(context.journal)
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
