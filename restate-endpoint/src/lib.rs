//! Serves durable handlers to a Restate server.
//!
//! An [`Endpoint`] answers two requests of the server: discovery of its services (`/discover`), and
//! one attempt of an invocation (`/invoke/{service}/{handler}`) in versions 5 to 8 of Restate's
//! service protocol. Over HTTP/2 both directions stream; over HTTP/1.1, on the same port, the
//! response starts when the request has ended.
//!
//! ```no_run
//! use restate_core::{Context, HandlerResult};
//! use restate_endpoint::Endpoint;
//!
//! #[restate_core::service]
//! pub trait Greeter {
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! }
//!
//! struct MyGreeter;
//!
//! impl Greeter for MyGreeter {
//!     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
//!         Ok(format!("Hello, {name}"))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::builder().bind(GreeterServer::new(MyGreeter)).build()?;
//! endpoint.listen("127.0.0.1:9080").await?;
//! # Ok(())
//! # }
//! ```
//!
//! Register the endpoint with the server once:
//! `curl localhost:9070/deployments -H 'content-type: application/json' -d '{"uri":"http://127.0.0.1:9080"}'`.
//!
//! # Content types
//!
//! A handler of protobuf messages accepts binary protobuf and JSON, according to the content type that
//! the caller sends to the server's ingress, and responds in the same encoding. The ingress requires
//! a content type with every body, and labels every response of such a handler `application/json`:
//! the response to a binary request is binary, whatever its label.
//!
//! # In another server
//!
//! An endpoint is also a [`tower_service::Service`]: mount it under any path of another HTTP server.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod builder;
mod discovery;
mod endpoint;
mod error;
mod executor;
mod http;
#[cfg(feature = "request-identity")]
mod identity;
mod metrics;
mod server;

pub use builder::EndpointBuilder;
pub use discovery::ProtocolMode;
pub use endpoint::{Endpoint, ResponseFuture};
pub use error::EndpointBuildError;
pub use http::ResponseBody;
pub use restate_core::server::{HttpLimits, ListenAddress, shutdown_signal};
/// The TLS library, for [`EndpointBuilder::tls`].
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;
