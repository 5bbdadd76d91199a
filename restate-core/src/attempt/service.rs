//! Services, as engines bind and run them.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;

use crate::{
    attempt::journal::Journal,
    contract::{
        service_descriptor::ServiceDescriptor,
        service_options::{NoSuchHandler, ServiceOptions},
    },
    error::{HandlerError, HandlerResult, TerminalError},
    payload::well_known::Empty,
};

/// A service that engines can run; generated for each contract, such as `GreeterServer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service that can be bound",
    label = "engines bind the server of a contract, which holds an implementation",
    note = "wrap the implementation in the server that is generated beside its contract, as in \
            `.bind(GreeterServer::new(..))`"
)]
pub trait Service: Send + Sync + 'static {
    /// Names, kinds and formats of the service and its handlers.
    fn descriptor(&self) -> &'static ServiceDescriptor;

    /// Starts the handler with wire name `handler`.
    fn handle<'a>(&'a self, handler: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a>;
}

/// A running handler; resolves to its encoded response.
pub type HandlerFuture<'a> = Pin<Box<dyn Future<Output = Result<Bytes, HandlerError>> + Send + 'a>>;

/// The future that a handler returns. An `async fn` that returns
/// [`HandlerResult<T>`](HandlerResult) returns one.
pub trait ResponseFuture<T>: Future<Output = HandlerResult<T>> + Send {}

impl<T, F: Future<Output = HandlerResult<T>> + Send> ResponseFuture<T> for F {}

/// The future that a handler returns whose contract says `google.protobuf.Empty`: that of an
/// `async fn` that returns `HandlerResult<()>` or `HandlerResult<Empty>`.
///
/// Put `#[handlers]` on the `impl`: otherwise the compiler's lint `refining_impl_trait` says that the
/// contract allows both.
pub trait EmptyResponseFuture: Future<Output: IntoHandlerResult<Empty>> + Send {}

#[diagnostic::do_not_recommend]
impl<F: Future<Output: IntoHandlerResult<Empty>> + Send> EmptyResponseFuture for F {}

/// What a handler with the response `T` returns.
#[diagnostic::on_unimplemented(
    message = "a handler with the response `{T}` cannot return `{Self}`",
    label = "the contract names the response `{T}`",
    note = "return `HandlerResult<{T}>`, or `HandlerResult<()>` for a `google.protobuf.Empty`"
)]
pub trait IntoHandlerResult<T> {
    /// The result with the response that the contract names.
    ///
    /// # Errors
    ///
    /// When the handler has failed.
    fn into_handler_result(self) -> HandlerResult<T>;
}

impl<T> IntoHandlerResult<T> for HandlerResult<T> {
    fn into_handler_result(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoHandlerResult<Empty> for HandlerResult<()> {
    fn into_handler_result(self) -> HandlerResult<Empty> {
        self.map(|()| Empty {})
    }
}

/// The request that a handler is about to be started with.
#[derive(Clone, Copy, Debug)]
pub struct HandlerRequest<'a> {
    pub(crate) journal: &'a Journal,
}

impl<'a> HandlerRequest<'a> {
    pub(crate) fn new(journal: &'a Journal) -> Self {
        Self { journal }
    }

    /// Fails with code 404: the service has no handler called `handler`.
    pub fn unknown_handler(self, handler: &str) -> HandlerFuture<'a> {
        let error = TerminalError::with_code(404, format!("there is no handler `{handler}`"));
        Box::pin(async move { Err(error.into()) })
    }
}

impl ServiceOptions {
    /// The service with these settings in its description. For engines.
    ///
    /// # Errors
    ///
    /// When the service has no handler of a name that was given.
    pub fn apply(self, service: Arc<dyn Service>) -> Result<Arc<dyn Service>, NoSuchHandler> {
        Ok(match self.describe(service.descriptor())? {
            Some(descriptor) => Arc::new(Overridden { service, descriptor }),
            None => service,
        })
    }
}

struct Overridden {
    service: Arc<dyn Service>,
    descriptor: &'static ServiceDescriptor,
}

impl Service for Overridden {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.descriptor
    }

    fn handle<'a>(&'a self, handler: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        self.service.handle(handler, request)
    }
}
