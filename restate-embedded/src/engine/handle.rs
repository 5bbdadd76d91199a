//! How clients reach the engine's thread.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use restate_core::{
    Encoding, TerminalError,
    attempt::Clock,
    contract::{HandlerDescriptor, ServiceKind, handler_called},
    wire::{
        framing::Frame,
        protocol::{Header, InputCommand, NotificationId, NotificationResult, OutputResult},
    },
};
#[cfg(feature = "grpc")]
use restate_grpc::Serving;
use tokio::sync::oneshot;
#[cfg(feature = "grpc")]
use tokio::sync::watch;

#[cfg(feature = "deployments")]
use crate::{
    engine::remote::security::Security,
    machine::{Deployed, Registration},
};
use crate::{
    engine::{
        borrowed::{RoundThread, run_round},
        inbox::{Command, Inbox, Inspect},
        metrics::Metrics,
        remote::awaited::AwaitedDeployments,
        wakes::WaitingClient,
    },
    machine::{
        AcceptedAs, Control, Input, InvocationRef, Invoke, Machine, Operation, Origin, Outcome,
        Recipient, Reply, Request, Restart, RuleChange, StateChange, Waiter, millis,
    },
    model::{
        catalog::{Catalog, SharedCatalog},
        deployment::DeploymentId,
        id::InvocationId,
        keys::check_key,
        size_limits::Oversize,
        target::{Object, Target},
    },
    store::{PromiseName, Store},
};

/// What the ingress, the admin interface and in-process clients have of an engine.
#[derive(Clone)]
pub(crate) struct EngineHandle {
    pub(crate) shared_catalog: SharedCatalog,
    /// Deployments that may have services which are not in the catalog.
    pub(crate) awaited: AwaitedDeployments,
    /// How exchanges with deployments are protected.
    #[cfg(feature = "deployments")]
    pub(crate) security: Security,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) waiters: Arc<AtomicU64>,
    pub(crate) metrics: Arc<Metrics>,
    /// Whether clients may not make calls any more.
    pub(crate) draining: Arc<AtomicBool>,
    /// Whether it belongs to the engine's servers, which run where the engine was started.
    pub(crate) is_of_server: bool,
    /// The longest message of a client.
    pub(crate) message_limit: usize,
    /// For clients that watch the health of the engine.
    #[cfg(feature = "grpc")]
    pub(crate) serving: Arc<watch::Sender<Serving>>,
}

/// A client's request to invoke a handler.
#[derive(Debug)]
pub(crate) struct InvokeRequest {
    pub(crate) target: Target,
    pub(crate) idempotency_key: Option<Arc<str>>,
    pub(crate) limit_key: Option<Arc<str>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
    pub(crate) delay: Option<Duration>,
}

/// An accepted invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub(crate) id: InvocationId,
    pub(crate) acceptance: AcceptedAs,
}

/// The result of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct InvocationOutput {
    pub(crate) id: InvocationId,
    pub(crate) target: Target,
    pub(crate) result: OutputResult,
    /// The encoding of a value, if it is known.
    pub(crate) encoding: Option<Encoding>,
}

/// What a client has that waits for a limited time.
#[derive(Clone, Debug)]
pub(crate) enum Waited {
    /// The result.
    Finished(InvocationOutput),
    /// The invocation, which goes on.
    Left(InvocationId),
}

/// What clients are told of an engine that drains.
pub(crate) const DRAINING: &str = "the engine takes no more calls from outside while it finishes what it has; call \
    the engine that takes its place, or `restate-embedded drain --undo` lets this one go on";

/// Why a request has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandleError {
    /// The engine has stopped.
    Stopped,
    /// The engine takes no calls from outside, until it has finished what it has.
    Draining,
    /// There is no such invocation.
    NotFound,
    /// The invocation is not complete.
    NotReady,
}

/// Why an operation on an invocation or its object was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlError {
    /// The engine has stopped.
    Stopped,
    /// There is no such invocation.
    NotFound,
    /// It cannot be done in the present state of the invocation, for this reason.
    Refused(String),
    /// It would exceed a limit, which the text names.
    TooLarge(String),
}

impl EngineHandle {
    /// The services that are known now.
    pub(crate) fn catalog(&self) -> Catalog {
        self.shared_catalog.get()
    }

    /// The handler with these names.
    ///
    /// # Errors
    ///
    /// Code 404 for a service or handler that is not bound, or 503 if it may be in a deployment that is not
    /// registered yet; 400 for a key that is missing, too long, or not allowed.
    pub(crate) fn resolve(
        &self,
        service: &str,
        key: Option<&str>,
        handler: &str,
    ) -> Result<(Target, &'static HandlerDescriptor), TerminalError> {
        let refuse = |code, message| Err(TerminalError::with_code(code, message));
        let Some(service) = self.catalog().descriptor(service) else {
            return Err(self.awaited.no_such_service(service));
        };
        let name = service.name();
        let Some(handler) = handler_called(service, handler) else {
            return refuse(404, format!("service `{name}` has no handler `{handler}`"));
        };
        match (service.kind(), key) {
            (ServiceKind::Service, Some(_)) => {
                refuse(400, format!("`{name}` is a service, which has no keys; remove the key"))
            }
            (ServiceKind::Service, None) => Ok((Target::new(name, handler.name(), ""), handler)),
            (_, None | Some("")) => {
                let handler = handler.name();
                refuse(400, format!("`{name}` has keys; call it as {name}/{{key}}/{handler}"))
            }
            (_, Some(key)) => {
                check_key(key)?;
                Ok((Target::new(name, handler.name(), key), handler))
            }
        }
    }

    /// The workflow with this name and key.
    ///
    /// # Errors
    ///
    /// Code 404 or 503 for a service that is not bound, as for [`resolve`](Self::resolve), 400 for one that is
    /// not a workflow, and for a key that is empty or too long.
    pub(crate) fn resolve_workflow(&self, name: &str, key: &str) -> Result<Object, TerminalError> {
        let workflow = Object::new(name.to_owned(), key);
        let refuse = |code, message| Err(TerminalError::with_code(code, message));
        let catalog = self.catalog();
        match (catalog.descriptor(name), catalog.workflow_run(&workflow)) {
            (_, Some(run)) => {
                self.resolve(name, Some(key), &run.handler)?;
                Ok(workflow)
            }
            (None, _) => Err(self.awaited.no_such_service(name)),
            (Some(_), None) => {
                refuse(400, format!("`{name}` is not a workflow; name the invocation by its id"))
            }
        }
    }

    /// Refuses the calls of clients from now on, or takes them again. Those of handlers go on.
    pub(crate) fn drain(&self, drains: bool) {
        self.draining.store(drains, Ordering::Relaxed);
    }

    /// Whether the calls of clients are refused.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Refuses a message with a body of this length, if it is over the limit.
    ///
    /// # Errors
    ///
    /// Code 413.
    pub(crate) fn check_size(&self, length: usize) -> Result<(), TerminalError> {
        let limit = self.message_limit;
        if length <= limit {
            return Ok(());
        }
        Err(TerminalError::with_code(413, Oversize::Message { length, limit }.to_string()))
    }

    /// Invokes a handler at once, before the future is polled. The future waits for the result.
    pub(crate) fn call(
        &self,
        request: InvokeRequest,
    ) -> impl Future<Output = Result<InvocationOutput, HandleError>> + Send + use<> {
        let replied = (!self.is_draining()).then(|| {
            let request = self.machine_request(request);
            self.ask(|waiter| Input::Invoke(Invoke { request, origin: Origin::Call(waiter) }))
        });
        async { finished(replied.ok_or(HandleError::Draining)?.await) }
    }

    /// Invokes a handler and waits for the result, at most this long. The invocation goes on in either
    /// case, and the result of one that was left is retained.
    pub(crate) async fn call_within(
        &self,
        request: InvokeRequest,
        wait: Duration,
    ) -> Result<Waited, HandleError> {
        if self.is_draining() {
            return Err(HandleError::Draining);
        }
        let request = self.machine_request(request);
        let client = self.next_waiter();
        let origin = Origin::Call(client);
        let mut replied = self.ask_as(client, Input::Invoke(Invoke { request, origin }));
        if let Ok(reply) = tokio::time::timeout(wait, &mut replied).await {
            return finished(reply).map(Waited::Finished);
        }
        match self.ask(|waiter| Input::Leave { client, waiter }).await {
            Ok(Reply::Accepted { id, .. }) => Ok(Waited::Left(id)),
            // The result has arrived in the meantime.
            Ok(_) => finished(replied.await).map(Waited::Finished),
            Err(_) => Err(HandleError::Stopped),
        }
    }

    /// Invokes a handler at once, before the future is polled. The future waits until the invocation is
    /// stored.
    pub(crate) fn send(
        &self,
        request: InvokeRequest,
    ) -> impl Future<Output = Result<Accepted, HandleError>> + Send + use<> {
        let replied = (!self.is_draining()).then(|| {
            let request = self.machine_request(request);
            self.ask(|waiter| Input::Invoke(Invoke { request, origin: Origin::Send(waiter) }))
        });
        async {
            match replied.ok_or(HandleError::Draining)?.await {
                Ok(Reply::Accepted { id, acceptance }) => Ok(Accepted { id, acceptance }),
                _ => Err(HandleError::Stopped),
            }
        }
    }

    /// Waits for the result of an invocation.
    pub(crate) async fn attach(
        &self,
        invocation: InvocationRef,
    ) -> Result<InvocationOutput, HandleError> {
        let attach = |waiter| Operation::Attach(Recipient::Client(waiter));
        finished(self.operate(invocation, attach).await)
    }

    /// The result of an invocation that is complete.
    pub(crate) async fn output(
        &self,
        invocation: InvocationRef,
    ) -> Result<InvocationOutput, HandleError> {
        let peek = |waiter| Operation::Peek(Recipient::Client(waiter));
        finished(self.operate(invocation, peek).await)
    }

    /// The id of an invocation.
    pub(crate) async fn id(&self, invocation: InvocationRef) -> Result<InvocationId, HandleError> {
        match self.operate(invocation, Operation::Locate).await {
            Ok(Reply::Accepted { id, .. }) => Ok(id),
            Ok(Reply::NotFound) => Err(HandleError::NotFound),
            _ => Err(HandleError::Stopped),
        }
    }

    /// Sends a signal to an invocation, which may be complete; waits until that is stored. Refused if its
    /// journal has no room for it.
    pub(crate) async fn signal(
        &self,
        id: InvocationId,
        signal: NotificationId,
        result: NotificationResult,
    ) -> Result<(), ControlError> {
        let signal = |waiter| Operation::ClientSignal(signal, result, waiter);
        done(self.operate(InvocationRef::Id(id), signal).await)
    }

    /// Cancels, kills, pauses, resumes or purges an invocation.
    pub(crate) async fn control(
        &self,
        id: InvocationId,
        control: Control,
    ) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::Control { id, control, waiter }).await)
    }

    /// Completes a promise of a workflow; waits until that is stored. Refused if it was completed
    /// before.
    pub(crate) async fn complete_promise(
        &self,
        promise: PromiseName,
        result: OutputResult,
    ) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::CompletePromise { promise, result, waiter }).await)
    }

    /// What a promise of a workflow was completed with; `None` if it was not.
    pub(crate) async fn peek_promise(
        &self,
        promise: PromiseName,
    ) -> Result<Option<OutputResult>, HandleError> {
        match self.ask(|waiter| Input::PeekPromise { promise, waiter }).await {
            Ok(Reply::Promise(result)) => Ok(result),
            _ => Err(HandleError::Stopped),
        }
    }

    /// Cancels, kills, pauses, resumes or purges many invocations. What was done is in one commit, if
    /// the engine has nothing else to do.
    pub(crate) async fn control_many(
        &self,
        ids: Vec<InvocationId>,
        control: Control,
    ) -> Result<Vec<(InvocationId, Outcome)>, ControlError> {
        /// Invocations in one step, which other inputs wait for.
        const IN_ONE_STEP: usize = 1000;

        let mut replies = Vec::new();
        for ids in ids.chunks(IN_ONE_STEP) {
            let ids = ids.to_vec();
            replies.push(self.ask(|waiter| Input::ControlMany { ids, control, waiter }));
        }
        let mut outcomes = Vec::new();
        for reply in replies {
            match reply.await {
                Ok(Reply::Outcomes(some)) => outcomes.extend(some),
                _ => return Err(ControlError::Stopped),
            }
        }
        Ok(outcomes)
    }

    /// Changes the state of an object.
    pub(crate) async fn change_state(&self, change: StateChange) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::ChangeState { change, waiter }).await)
    }

    /// Changes all of these limit rules, or none.
    pub(crate) async fn change_rules(&self, changes: Vec<RuleChange>) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::ChangeRules { changes, waiter }).await)
    }

    /// Registers a deployment that has described itself, or changes one.
    #[cfg(feature = "deployments")]
    pub(crate) async fn deploy(
        &self,
        registration: Registration,
    ) -> Result<Deployed, ControlError> {
        let registration = Box::new(registration);
        match self.ask(|waiter| Input::Deploy { registration, waiter }).await {
            Ok(Reply::Deployed(deployed)) => Ok(*deployed),
            other => done(other).and(Err(ControlError::Stopped)),
        }
    }

    /// Removes a deployment.
    pub(crate) async fn undeploy(&self, id: DeploymentId, force: bool) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::Undeploy { id, force, waiter }).await)
    }

    /// Executes a completed invocation again; waits until the new one is stored.
    pub(crate) async fn restart(&self, restart: Restart) -> Result<InvocationId, ControlError> {
        let restart = Box::new(restart);
        match self.ask(|waiter| Input::Restart { restart, waiter }).await {
            Ok(Reply::Accepted { id, .. }) => Ok(id),
            other => done(other).and(Err(ControlError::Stopped)),
        }
    }

    /// Calls `look` with the machine and the store.
    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, HandleError> {
        self.looked(look).await.map_err(|_| HandleError::Stopped)
    }

    /// As [`inspect`](Self::inspect), for threads that are not of a runtime.
    pub(crate) fn inspect_blocking<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, HandleError> {
        self.looked(look).blocking_recv().map_err(|_| HandleError::Stopped)
    }

    fn looked<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (tell, told) = oneshot::channel();
        self.inbox.push(Command::Inspect(Inspect(Box::new(move |machine, store| {
            // Fails if the request was given up.
            drop(tell.send(look(machine, store)));
        }))));
        told
    }

    fn machine_request(&self, request: InvokeRequest) -> Request {
        let InvokeRequest { target, idempotency_key, limit_key, mut headers, body, delay } =
            request;
        self.catalog().drop_secrets(&target, &mut headers);
        let input = InputCommand { headers, value: Some(body.into()), name: String::new() };
        // As in `Call::delayed`, a zero delay is no delay: the call must not wait for a timer.
        let due = match delay.filter(|delay| !delay.is_zero()) {
            Some(delay) => millis(self.clock.now().saturating_add(delay)),
            None => 0,
        };
        Request { target, idempotency_key, limit_key, input: Frame::new(&input).raw().clone(), due }
    }

    fn operate(
        &self,
        invocation: InvocationRef,
        operation: impl FnOnce(Waiter) -> Operation,
    ) -> oneshot::Receiver<Reply> {
        self.ask(|waiter| Input::Operate { invocation, operation: operation(waiter) })
    }

    fn ask(&self, input: impl FnOnce(Waiter) -> Input) -> oneshot::Receiver<Reply> {
        let waiter = self.next_waiter();
        self.ask_as(waiter, input(waiter))
    }

    fn next_waiter(&self) -> Waiter {
        Waiter(self.waiters.fetch_add(1, Ordering::Relaxed))
    }

    fn ask_as(&self, waiter: Waiter, input: Input) -> oneshot::Receiver<Reply> {
        let (reply, replied) = oneshot::channel();
        let client = WaitingClient { reply, is_served: self.is_of_server };
        self.inbox.post(Command::Request { input, waiter, client });
        run_round(&self.inbox, RoundThread::Client);
        replied
    }
}

fn done(reply: Result<Reply, oneshot::error::RecvError>) -> Result<(), ControlError> {
    match reply {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(reason)) => Err(ControlError::Refused(reason)),
        Ok(Reply::TooLarge(reason)) => Err(ControlError::TooLarge(reason)),
        Ok(Reply::NotFound) => Err(ControlError::NotFound),
        _ => Err(ControlError::Stopped),
    }
}

/// A stopping engine drops the senders of all replies.
fn finished(
    reply: Result<Reply, oneshot::error::RecvError>,
) -> Result<InvocationOutput, HandleError> {
    match reply.map_err(|_| HandleError::Stopped)? {
        Reply::Result { id, target, result, encoding } => {
            Ok(InvocationOutput { id, target, result, encoding })
        }
        Reply::NotReady => Err(HandleError::NotReady),
        Reply::NotFound => Err(HandleError::NotFound),
        Reply::Accepted { .. }
        | Reply::Promise(_)
        | Reply::Done
        | Reply::Outcomes(_)
        | Reply::Refused(_)
        | Reply::TooLarge(_) => Err(HandleError::Stopped),
        #[cfg(feature = "deployments")]
        Reply::Deployed(_) => Err(HandleError::Stopped),
    }
}

impl fmt::Debug for EngineHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineHandle").field("catalog", &self.catalog()).finish_non_exhaustive()
    }
}
