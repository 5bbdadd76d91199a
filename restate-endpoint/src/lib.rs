//! Serves durable handlers to a Restate server.
//!
//! An [`Endpoint`] answers what the server asks: which services are here (`/discover`), and one
//! attempt of an invocation (`/invoke/{service}/{handler}`) in Restate's service protocol, versions
//! 5 to 8. Over HTTP/2 both directions stream; over HTTP/1.1, on the same port, the answer follows
//! when the request has ended.
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
//! let endpoint = Endpoint::builder().bind(GreeterServer::new(Polite)).build()?;
//! endpoint.listen("127.0.0.1:9080").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The server has to be told once where that is:
//! `curl localhost:9070/deployments -H 'content-type: application/json' -d '{"uri":"http://127.0.0.1:9080"}'`.
//!
//! # Content types
//!
//! Handlers of protobuf messages take binary protobuf and JSON, by the content type that the caller
//! sends to the server's ingress, and answer in kind. The ingress passes any content type on, wants
//! one with every body, and labels all responses of such a handler `application/json`: what
//! answers a binary request is binary, whatever its label.
//!
//! # In another server
//!
//! An endpoint is a [`tower_service::Service`] as well, to be mounted under any path of another
//! HTTP server.

mod attempt;
mod builder;
mod discovery;
mod endpoint;
mod executor;
mod http;
#[cfg(feature = "request-identity")]
mod identity;
mod server;

pub use builder::{BuildError, Builder};
pub use discovery::ProtocolMode;
pub use endpoint::{Endpoint, ResponseFuture};
pub use http::ResponseBody;
