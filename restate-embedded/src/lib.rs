//! The durable engine in one process: services run on a directory, nothing to install.
//!
//! An [`Engine`] takes requests through its HTTP ingress or from a [`Client`] in the same process,
//! keeps every invocation, journal entry, piece of state and timer in one SQLite file, and finishes
//! what it accepted, over any number of crashes.
//!
//! ```
//! use restate_core::{Context, HandlerResult};
//! use restate_embedded::Engine;
//!
//! #[restate_core::service]
//! pub trait Greeter {
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! }
//!
//! struct Polite;
//!
//! impl Greeter for Polite {
//!     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
//!         Ok(format!("Good day, {name}"))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let engine = Engine::builder()
//!     .bind(GreeterServer::new(Polite))
//!     .data_dir(directory)
//!     .start()
//!     .await?;
//!
//! let greeter = GreeterClient::new(engine.client());
//! assert_eq!(greeter.greet("Pete".to_owned()).await?, "Good day, Pete");
//! engine.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The way of a call through the source: `ingress/service` and `ingress/invoke` read it, `port`
//! hands it over, `driver` steps the `machine`, whose effects the `store` makes durable; then the
//! driver starts an `attempt`, and what that sends comes back to the machine the same way.

mod admin;
mod attempt;
mod backoff;
mod builder;
mod catalog;
mod client;
mod describe;
mod directory;
mod driver;
mod engine;
mod error;
mod id;
mod inbox;
mod ingress;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod limits;
mod machine;
mod numbers;
mod port;
mod server;
mod settings;
mod signal;
mod store;
mod target;
pub mod testing;

pub use builder::Builder;
pub use client::{Client, ClientError};
pub use engine::Engine;
pub use error::{EngineError, StartError};
pub use id::{InvalidId, InvocationId};
pub use settings::Durability;
pub use signal::shutdown_signal;
pub use store::{OpenError, StoreError};
