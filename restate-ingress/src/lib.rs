//! Typed calls from outside, over the HTTP ingress that every engine has.
//!
//! An [`IngressClient`] is a channel for generated clients, as the context of a handler is one:
//! the three forms of a call mean the same.
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
//!     Err(IngressError::Failed { error, .. }) => println!("refused: {}", error.message()),
//!     Err(error) => return Err(error.into()),
//! }
//! # let _ = (greeting, later);
//! # Ok(())
//! # }
//! ```
//!
//! # What is repeated, and what is not
//!
//! A request that met a broken connection or a busy engine is repeated, by the client's
//! [`RetryPolicy`], only if that cannot execute anything twice: when it has an idempotency key,
//! when it asks for a result, and when it submits a workflow through
//! [`IngressClient::workflow_runs`]. A terminal failure of a handler is a result, never repeated.

mod client;
mod error;
mod exchange;
mod transport;

pub use client::{
    Acceptance, Attachment, Awakeable, ConfigError, IngressClient, IngressClientBuilder,
    InvocationHandle, Pending, Submitted, WorkflowRuns,
};
pub use error::IngressError;
pub use exchange::RetryPolicy;

/// The TLS library, for [`IngressClientBuilder::tls_config`].
#[cfg(feature = "tls")]
pub use rustls;
