//! The client, and handles of invocations, results and awakeables.

mod attachment;
mod awakeable;
mod builder;
mod encoded;
mod handle;
mod workflow;

use std::{pin::Pin, sync::Arc, time::Duration};

use hyper::{
    Method,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use restate_core::{
    Channel, InvocationId, Target, TerminalError,
    call::{Request, Response},
};

pub use self::{
    attachment::Attachment, awakeable::Awakeable, builder::IngressClientBuilder,
    handle::InvocationHandle, workflow::WorkflowRuns,
};
use crate::{
    build_error::IngressClientBuildError,
    error::IngressError,
    exchange::{Exchange, IngressRequest, Path},
};

/// Calls handlers through the ingress of an engine.
///
/// It is a channel for generated clients: `GreeterClient::new(ingress)`. A call is sent when its
/// future is first polled. Clones share their connections.
#[derive(Clone, Debug)]
pub struct IngressClient {
    exchange: Arc<Exchange>,
}

/// The future of a request, which is sent at the first poll.
pub type IngressFuture<T> = Pin<Box<dyn Future<Output = Result<T, IngressError>> + Send>>;

impl IngressClient {
    /// Creates a client of the ingress at `address`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// When no request can be sent to the address.
    pub fn new(address: impl Into<String>) -> Result<Self, IngressClientBuildError> {
        Self::builder(address).build()
    }

    /// Starts building a client of the ingress at `address`.
    pub fn builder(address: impl Into<String>) -> IngressClientBuilder {
        IngressClientBuilder::new(address.into())
    }

    /// A channel for the `run` handlers of workflows: a call submits the workflow of its key once, and
    /// attaches to it if it was submitted before.
    ///
    /// ```no_run
    /// # use restate_core::{Call, Channel, Target};
    /// # use restate_ingress::{IngressClient, IngressError};
    /// # struct SignupClient<C>(C);
    /// # impl<C: Channel> SignupClient<C> {
    /// #     fn new(channel: C, _: &str) -> Self { Self(channel) }
    /// #     fn run(&self, email: &str) -> Call<C, String, bool> {
    /// #         Call::new(&self.0, Target::object("Signup", "pete", "Run"), email.into())
    /// #     }
    /// # }
    /// # async fn example(ingress: IngressClient) -> Result<(), IngressError> {
    /// let signup = SignupClient::new(ingress.workflow_runs(), "pete");
    /// let submitted = signup.run("pete@example.com").one_way().await?;
    /// let confirmed = signup.run("pete@example.com").await?;
    /// # let _ = (submitted, confirmed);
    /// # Ok(())
    /// # }
    /// ```
    pub fn workflow_runs(&self) -> WorkflowRuns {
        WorkflowRuns::new(self.clone())
    }

    /// A handle of the invocation with this id.
    pub fn invocation(&self, id: impl Into<InvocationId>) -> InvocationHandle {
        InvocationHandle::known(self.clone(), id.into())
    }

    /// The result of the call of `target` with this idempotency key.
    ///
    /// A Restate server (1.7.12) finds keys of ASCII letters, digits and ``-._~!$&'()*+,;=:@``. For
    /// keys with other characters, such as slashes and spaces, use
    /// [`invocation`](Self::invocation).
    pub fn idempotent(&self, target: Target, idempotency_key: impl Into<String>) -> Attachment {
        Attachment::idempotent(self.clone(), target, idempotency_key.into())
    }

    /// The result of the `run` handler of a workflow, by its wire name and key.
    pub fn workflow(&self, service: impl Into<String>, key: impl Into<String>) -> Attachment {
        Attachment::workflow(self.clone(), service.into(), key.into())
    }

    /// A handle of the awakeable with this id, `sign_1…`, which its handler has handed out.
    pub fn awakeable(&self, id: impl Into<String>) -> Awakeable {
        Awakeable::new(self.clone(), id.into())
    }

    /// Whether the ingress of any node answers its health route, each within `limit`.
    pub async fn is_healthy(&self, limit: Duration) -> bool {
        let request = IngressRequest::new(Method::GET, Path::health());
        self.exchange.succeeds_at_any(&request, limit).await
    }

    /// Whether every request has an `authorization` header of this client.
    pub fn has_token(&self) -> bool {
        self.exchange.headers.contains_key(AUTHORIZATION)
    }

    pub(crate) fn new_over(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Sends a one-way call.
    pub(crate) async fn submit(
        &self,
        request: IngressRequest,
    ) -> Result<InvocationHandle, IngressError> {
        let response = self.exchange.send(request).await?.accepted()?;
        Ok(InvocationHandle::started(self.clone(), response.json()?))
    }
}

impl Channel for IngressClient {
    type Error = IngressError;
    type Reply = IngressFuture<Response>;
    type Sent = IngressFuture<InvocationHandle>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let client = self.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            let request = IngressRequest::call(request)?;
            client.exchange.send(request).await?.result()
        })
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let client = self.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            let request = IngressRequest::send(request, delay)?;
            client.submit(request).await
        })
    }
}

/// The error of a request that could not be built. It is not the failure of an invocation, because
/// nothing was sent.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(crate) fn unsent(error: TerminalError) -> IngressError {
    IngressError::Invalid(error.message().to_owned())
}

/// A request that changes nothing, so that it is safe to retry.
pub(crate) fn query(path: Path) -> IngressRequest {
    let mut request = IngressRequest::new(Method::GET, path).retryable();
    // The embedded engine would convert messages to JSON, which is the wish of most other clients.
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/proto, */*;q=0.9"));
    request
}
