//! What durable handlers and the clients they call see.
//!
//! A handler is ordinary async Rust over a [`Context`]. Every call it makes through a generated
//! client, every [`sleep`](Context::sleep), [`run`](Context::run) and state operation is written
//! to the journal of its invocation; after a failure the journal is replayed, not repeated.
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
//!         // Handed over, and executed a day later, whatever becomes of this process.
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
//! From a `.proto` file `restate-codegen` generates the same trait, client and server, to be included
//! with [`include_proto!`].
//!
//! - Contracts: [`service`](macro@service), [`object`](macro@object), [`workflow`](macro@workflow); what
//!   travels is a [`Payload`].
//! - Handlers: [`Context`] of a service, [`ObjectContext`] and [`SharedObjectContext`] of an object,
//!   [`WorkflowContext`] and [`SharedWorkflowContext`] of a workflow; [`handlers`](macro@handlers) finds
//!   what no replay repeats.
//! - Calls: [`Call`], and what it becomes: [`Reply`], [`HandOver`], [`InvocationHandle`].
//! - Failures: [`TerminalError`] ends an invocation; any other error is retried ([`HandlerError`]).
//!
//! The same handlers run on any engine: engines talk to them through [`engine`], in Restate's
//! service protocol.

// Generated code names this crate from outside, also where it is part of it.
extern crate self as restate_core;

mod call;
mod callee;
mod channel;
mod codec;
pub mod combine;
mod completion;
mod context;
mod convert;
mod descriptor;
mod detail;
mod dropped;
mod durable;
pub mod engine;
mod error;
mod future;
mod handle;
mod invocation;
#[doc(hidden)]
pub mod json;
mod key;
mod overrides;
mod payload;
mod promise;
mod random;
mod response;
mod retry;
mod run;
mod runs;
mod serve;
mod service;
mod settings;
mod signal;
mod silence;
mod sleep;
mod state;
pub mod well_known;
mod wrapper;

pub use call::{Call, Channel, Reply, Request, Target};
pub use callee::Callee;
pub use channel::{DurableReply, HandOver};
pub use codec::{Codec, codec};
pub use completion::Awakeable;
pub use context::{
    Context, HandlerContext, Keyed, ObjectContext, Promising, SharedObjectContext,
    SharedWorkflowContext, WorkflowContext, Writer,
};
pub use descriptor::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind};
pub use detail::Detail;
pub use error::{HandlerError, HandlerResult, TerminalError};
pub use future::DurableFuture;
pub use handle::InvocationHandle;
pub use invocation::Invocation;
pub use key::Key;
pub use overrides::{NoSuchHandler, Overrides};
pub use payload::{
    Encoding, Format, Json, Message, Payload, PayloadError, Proto, unsupported_content_type,
};
pub use promise::Promise;
pub use random::Random;
pub use response::{Response, UnreadableResponse};
pub use restate_macros::{handlers, include_proto, object, service, workflow};
pub use retry::RetryPolicy;
pub use run::Run;
pub use service::{HandlerFuture, Handling, Incoming, Service};
pub use settings::{OnMaxAttempts, Retries, Settings};
pub use state::StateKey;
pub use wrapper::{ClientCall, HandlerChannel, IntoClientCall};

/// Crates that generated code names; not for other use.
#[doc(hidden)]
pub mod __private {
    pub use bytes;
    pub use prost;
    pub use serde;
    pub use serde_json;

    pub use crate::{
        dropped::{Begun, Dropped},
        json,
    };
}
