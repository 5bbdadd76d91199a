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
//! Handlers are tested on an engine in memory, with a virtual clock: see `testing`, which the feature of
//! that name adds in dev-dependencies.
//!
//! The way of a call through the source: `http/ingress/service` and `http/ingress/invoke` read it,
//! `engine/handle` hands it over, `engine/driver` steps the `machine`, whose effects the `store`
//! makes durable; then the driver starts an `engine/attempt`, and what that sends comes back to the
//! machine the same way.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod engine;
mod http;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod journal;
mod machine;
mod model;
mod recording;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(feature = "deployments")]
pub use engine::DeploymentAddress;
pub use engine::{
    Attachment, Awakeable, Client, ClientError, ClientFuture, Engine, EngineBuildError,
    EngineBuilder, EngineError, InvocationHandle, WorkflowHandle, WorkflowPromise, WorkflowRuns,
};
#[cfg(feature = "encryption")]
pub use model::encryption_keys::{EncryptionKeys, EncryptionKeysError};
pub use model::{
    encryption::{Encrypted, Encryption, EncryptionError},
    settings::Durability,
    sql_limits::SqlLimits,
    tokens::Tokens,
};
pub use recording::{Recording, RecordingError};
pub use restate_core::{
    InvocationId,
    call::Acceptance,
    server::{HttpLimits, ListenAddress, shutdown_signal},
};
pub use store::{OpenError, StoreError};
/// The TLS library, for [`EngineBuilder::tls`].
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;
