//! Durable handlers and typed clients: contexts, calls, payloads, errors, and the loop that runs a
//! handler.
//!
//! A handler is ordinary async Rust over a [`Context`]. Every call it makes through a generated
//! client, every [`sleep`](Context::sleep), [`run`](Context::run) and state operation is written
//! to the journal of its invocation. After a failure, the next attempt replays the journal: what is in
//! it is not executed again.
//!
//! ```
//! use std::time::Duration;
//!
//! use restate_core::{Context, HandlerResult};
//!
//! #[restate_core::service]
//! pub trait Greeter {
//!     /// Greets one person, and says farewell a day later.
//!     async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//!
//!     /// One greeting, in the words of the day.
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//!
//!     async fn farewell(&self, ctx: Context<'_>, name: String) -> HandlerResult<()>;
//! }
//!
//! struct Polite;
//!
//! #[restate_core::handlers]
//! impl Greeter for Polite {
//!     async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String> {
//!         let greeter = GreeterClient::new(ctx);
//!         // One-way: sent now and executed a day later, even if this process has ended by then.
//!         greeter.farewell(name.clone()).delayed(Duration::from_secs(86_400)).await?;
//!         // Request-response: the reply is journaled, and replayed after a crash.
//!         Ok(greeter.greet(name).await?)
//!     }
//!
//!     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
//!         Ok(format!("Good day, {name}"))
//!     }
//!
//!     async fn farewell(&self, _: Context<'_>, name: String) -> HandlerResult<()> {
//!         println!("Farewell, {name}");
//!         Ok(())
//!     }
//! }
//! ```
//!
//! `restate-codegen` generates the same trait, client and server from a `.proto` file;
//! [`include_proto!`] includes them.
//!
//! - Contracts: [`service`](macro@service), [`object`](macro@object) and [`workflow`](macro@workflow).
//!   Requests and responses are [`Payload`]s.
//! - Handlers: [`Context`] of a service, [`ObjectContext`] and [`SharedObjectContext`] of an object,
//!   [`WorkflowContext`] and [`SharedWorkflowContext`] of a workflow. [`handlers`](macro@handlers) finds
//!   code that is not deterministic on replay.
//! - Calls: [`Call`], and what it becomes: [`Reply`], [`SendHandle`], [`InvocationHandle`].
//! - Failures: [`TerminalError`] ends an invocation; any other error is retried ([`HandlerError`]).
//! - Settings: [`Settings`] and [`RetryPolicy`] in a contract, [`ServiceOptions`] where it is bound.
//!
//! The other modules are for engines. An engine runs handlers with [`attempt`] and speaks Restate's
//! service protocol, which is in [`wire`]; [`contract`] describes services, and [`call`] has what
//! clients outside of handlers need. With the feature `server`, `server` has what both engines need to
//! listen and to shut down, and `metrics` what they count.

#![cfg_attr(docsrs, feature(doc_cfg))]

// Generated code names this crate from outside, also where it is part of it.
extern crate self as restate_core;

pub mod attempt;
pub mod call;
#[doc(hidden)]
pub mod codegen;
pub mod contract;
mod error;
pub mod escape;
mod handler;
mod invocation_id;
#[cfg(feature = "server")]
pub mod metrics;
mod payload;
#[cfg(feature = "server")]
pub mod server;
pub mod trace;
pub mod wire;

pub use attempt::{
    future::DurableFuture,
    service::{EmptyResponseFuture, IntoHandlerResult, ResponseFuture, Service},
};
pub use call::{
    Call, Channel, Reply, Target, durable::SendHandle, invocation_handle::InvocationHandle,
};
pub use contract::{
    retry_policy::RetryPolicy,
    service_options::ServiceOptions,
    settings::{OnMaxAttempts, Settings},
};
#[cfg(feature = "rpc")]
pub use error::RpcCode;
pub use error::{HandlerError, HandlerResult, TerminalError};
pub use handler::{
    awakeable::Awakeable,
    combine,
    context::{
        Context, ObjectContext, Promises, ReadState, SharedObjectContext, SharedWorkflowContext,
        WorkflowContext, WriteState,
    },
    promise::Promise,
    random::Random,
    run::Run,
    state::StateKey,
};
pub use invocation_id::InvocationId;
pub use payload::{
    Detail, Encoding, Format, Json, Message, Payload, PayloadError, Proto, ValueFor, well_known,
};
pub use restate_macros::{Detail, handlers, include_proto, object, service, workflow};
