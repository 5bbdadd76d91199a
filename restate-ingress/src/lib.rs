//! Typed calls from outside of handlers, through the HTTP ingress of any engine.
//!
//! An [`IngressClient`] is a channel for generated clients, like the context of a handler: calls have
//! the same three forms, with the same meaning.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use restate_core::{Context, HandlerResult};
//! use restate_ingress::{IngressClient, IngressError};
//!
//! #[restate_core::service]
//! pub trait Greeter {
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let ingress = IngressClient::new("http://127.0.0.1:8080")?;
//! let greeter = GreeterClient::new(ingress);
//!
//! let greeting = greeter.greet("Pete".to_owned()).await?;
//! let sent = greeter.greet("Pete".to_owned()).idempotency_key("order-7").one_way().await?;
//! let later = greeter.greet("Pete".to_owned()).delayed(Duration::from_secs(5)).await?;
//!
//! match sent.attach::<String>().await {
//!     Ok(greeting) => println!("{greeting}"),
//!     Err(IngressError::Failed { error, .. }) => println!("failed: {}", error.message()),
//!     Err(error) => return Err(error.into()),
//! }
//! # let _ = (greeting, later);
//! # Ok(())
//! # }
//! ```
//!
//! # Retries
//!
//! After a broken connection or a transient error (status 408, 425, 429 or 5xx of the ingress
//! itself), the client retries a request by its [`RetryPolicy`] only if that cannot execute anything
//! twice: a call with an idempotency key, a request for a result, the submission of a workflow
//! through [`IngressClient::workflow_runs`], and an [`EncodedCall`] without side effects. A terminal
//! failure of a handler is a result, and never retried.
//!
//! With [several nodes](IngressClientBuilder::node), requests of all kinds go to the next node if there is
//! no connection to one, as nothing was sent then. Repetitions by the policy go to the next node, too.
//!
//! What a policy leaves unset: ten attempts, and delays from 100 ms that double up to 10 s. Each delay is
//! shortened by a random part of up to one half, and a `retry-after` in the response is a lower limit.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod build_error;
mod client;
mod encoded;
mod error;
mod exchange;
mod transport;

pub use build_error::IngressClientBuildError;
pub use client::{
    Attachment, Awakeable, IngressClient, IngressClientBuilder, IngressFuture, InvocationHandle,
    WorkflowRuns,
};
pub use encoded::{EncodedCall, EncodedResponse};
pub use error::IngressError;
pub use restate_core::RetryPolicy;
pub use restate_core::call::Acceptance;

/// The TLS library, for [`IngressClientBuilder::tls`].
#[cfg(feature = "tls")]
pub use rustls;
