//! The names that most files of handlers use.
//!
//! ```
//! use restate::prelude::*;
//!
//! #[service]
//! pub trait Greeter {
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! }
//! ```

#[cfg(feature = "endpoint")]
pub use crate::Endpoint;
#[cfg(feature = "embedded")]
pub use crate::Engine;
#[cfg(feature = "ingress")]
pub use crate::IngressClient;
pub use crate::{
    Channel, Context, HandlerError, HandlerResult, Json, ObjectContext, Payload,
    SharedObjectContext, SharedWorkflowContext, StateKey, TerminalError, WorkflowContext, handlers,
    include_proto, object, service, workflow,
};
