//! The client, and what it gives out.

mod attachment;
mod awakeable;
mod builder;
mod handle;
mod workflow;

use std::{pin::Pin, sync::Arc, time::Duration};

use hyper::Method;
use restate_core::{
    Channel, Target, TerminalError,
    call::{Request, Response},
};

pub use self::{
    attachment::Attachment,
    awakeable::Awakeable,
    builder::{ConfigError, IngressClientBuilder},
    handle::{Acceptance, InvocationHandle, Submitted},
    workflow::WorkflowRuns,
};
use crate::{
    error::IngressError,
    exchange::{Exchange, Outgoing, Path},
};

/// Calls handlers from outside, through the ingress of an engine.
///
/// Generated clients are made over it, as `GreeterClient::new(ingress)`. A call is made when what
/// its method returned is awaited. Clones share their connections.
#[derive(Clone, Debug)]
pub struct IngressClient {
    exchange: Arc<Exchange>,
}

/// A request on its way; it is sent when first polled.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, IngressError>> + Send>>;

impl IngressClient {
    /// A client of the ingress at `address`, as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// When the address is none that requests can go to.
    pub fn new(address: impl Into<String>) -> Result<Self, ConfigError> {
        Self::builder(address).build()
    }

    /// Settings of a client of the ingress at `address`.
    pub fn builder(address: impl Into<String>) -> IngressClientBuilder {
        IngressClientBuilder::new(address.into())
    }

    /// A channel for the `run` handlers of workflows: each is submitted once for its key, and
    /// joined if it is already there.
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

    /// The invocation with this id, `inv_…`.
    pub fn invocation(&self, id: impl Into<String>) -> InvocationHandle {
        InvocationHandle::new(self.clone(), id.into())
    }

    /// The result of the invocation that `target` was called for with this idempotency key.
    ///
    /// A Restate server (1.7.12) finds keys of ASCII letters, digits and ``-._~!$&'()*+,;=:@``;
    /// go by [`invocation`](Self::invocation) for those with others, as slashes and spaces.
    pub fn idempotent(&self, target: Target, idempotency_key: impl Into<String>) -> Attachment {
        Attachment::idempotent(self.clone(), target, idempotency_key.into())
    }

    /// The result of the `run` handler of a workflow, by its wire name and key.
    pub fn workflow(&self, service: impl Into<String>, key: impl Into<String>) -> Attachment {
        Attachment::workflow(self.clone(), service.into(), key.into())
    }

    /// A value that some handler awaits, by the id that the handler gave away.
    pub fn awakeable(&self, id: impl Into<String>) -> Awakeable {
        Awakeable::new(self.clone(), id.into())
    }

    pub(crate) fn new_over(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Hands a call over.
    pub(crate) async fn submit(&self, outgoing: Outgoing) -> Result<Submitted, IngressError> {
        let answer = self.exchange.answer(outgoing).await?.accepted()?;
        Ok(Submitted::new(self.clone(), answer.json()?))
    }
}

impl Channel for IngressClient {
    type Error = IngressError;
    type Reply = Pending<Response>;
    type Sent = Pending<Submitted>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let client = self.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            let outgoing = Outgoing::call(request)?;
            client.exchange.answer(outgoing).await?.result()
        })
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let client = self.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            let outgoing = Outgoing::send(request, delay)?;
            client.submit(outgoing).await
        })
    }
}

/// A request that could not be built is no failure of an invocation: there is none.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(crate) fn unsent(error: TerminalError) -> IngressError {
    IngressError::Invalid(error.message().to_owned())
}

/// A request that only asks, so that it can be asked again.
pub(crate) fn question(path: Path) -> Outgoing {
    Outgoing::new(Method::GET, path).repeatable()
}
