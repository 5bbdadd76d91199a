//! How requests from outside reach the engine.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use restate_core::{
    TerminalError,
    attempt::Clock,
    contract::{HandlerDescriptor, ServiceKind},
    wire::{
        framing::Frame,
        protocol::{Header, InputCommand, NotificationId, NotificationResult, OutputResult},
    },
};
use tokio::sync::oneshot;

use crate::{
    engine::inbox::{Inbox, Inspect, Mail},
    machine::{
        Acceptance, Control, Input, InvocationRef, Invoke, Machine, Operation, Origin, Recipient,
        Reply, Request, RuleChange, StateChange, Waiter,
    },
    model::{catalog::Catalog, id::InvocationId, target::Target},
    store::Store,
};

/// The longest key of an object, and the longest idempotency key, in bytes.
pub(crate) const LONGEST_KEY: usize = 1024;

/// The engine as the ingress and in-process clients see it.
#[derive(Clone)]
pub(crate) struct Port {
    pub(crate) catalog: Catalog,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) waiters: Arc<AtomicU64>,
}

/// A request from outside, with its input not yet framed.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) target: Target,
    pub(crate) idempotency_key: Option<Arc<str>>,
    /// What it counts against in the scope of its target.
    pub(crate) limit_key: Option<Arc<str>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
    pub(crate) delay: Option<Duration>,
}

/// An invocation was accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub(crate) id: InvocationId,
    pub(crate) acceptance: Acceptance,
}

/// The result of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) id: InvocationId,
    pub(crate) result: OutputResult,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The engine has stopped.
    Stopped,
    /// There is no such invocation.
    NotFound,
    /// It is not over.
    NotReady,
}

/// Why something that people asked for was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlError {
    /// The engine has stopped.
    Stopped,
    /// There is no such invocation.
    NotFound,
    /// It cannot be done now.
    Refused(String),
}

impl Port {
    /// The handler that these names stand for.
    ///
    /// # Errors
    ///
    /// Code 404 for what is not bound, 400 for a key that is missing, unwanted or too long.
    pub(crate) fn resolve(
        &self,
        service: &str,
        key: Option<&str>,
        handler: &str,
    ) -> Result<(Target, &'static HandlerDescriptor), TerminalError> {
        let refuse = |code, message| Err(TerminalError::with_code(code, message));
        let Some(service) = self.catalog.descriptor(service) else {
            return refuse(404, format!("there is no service `{service}`"));
        };
        let name = service.name();
        let Some(handler) = service.handler(handler) else {
            return refuse(404, format!("service `{name}` has no handler `{handler}`"));
        };
        match (service.kind(), key) {
            (ServiceKind::Service, Some(_)) => {
                refuse(400, format!("`{name}` is a service without keys; leave the key out"))
            }
            (ServiceKind::Service, None) => Ok((Target::new(name, handler.name(), ""), handler)),
            (_, None | Some("")) => {
                let handler = handler.name();
                refuse(400, format!("`{name}` is an object; call it as {name}/{{key}}/{handler}"))
            }
            (_, Some(key)) if key.len() > LONGEST_KEY => {
                let length = key.len();
                refuse(
                    400,
                    format!("the key has {length} bytes; at most {LONGEST_KEY} are allowed"),
                )
            }
            (_, Some(key)) => Ok((Target::new(name, handler.name(), key), handler)),
        }
    }

    /// Invokes a handler, at once. What this returns waits for the result.
    pub(crate) fn call(
        &self,
        incoming: Incoming,
    ) -> impl Future<Output = Result<Finished, Refusal>> + Send + use<> {
        let request = self.request(incoming);
        let invoke = |waiter| Input::Invoke(Invoke { request, origin: Origin::Call(waiter) });
        let replied = self.ask(invoke);
        async { finished(replied.await) }
    }

    /// Invokes a handler, at once. What this returns waits until that is stored.
    pub(crate) fn send(
        &self,
        incoming: Incoming,
    ) -> impl Future<Output = Result<Accepted, Refusal>> + Send + use<> {
        let request = self.request(incoming);
        let invoke = |waiter| Input::Invoke(Invoke { request, origin: Origin::Send(waiter) });
        let replied = self.ask(invoke);
        async {
            match replied.await {
                Ok(Reply::Accepted { id, acceptance }) => Ok(Accepted { id, acceptance }),
                _ => Err(Refusal::Stopped),
            }
        }
    }

    /// Waits for the result of an invocation.
    pub(crate) async fn attach(&self, invocation: InvocationRef) -> Result<Finished, Refusal> {
        finished(self.operate(invocation, Operation::Attach).await)
    }

    /// The result of an invocation, if it is there.
    pub(crate) async fn output(&self, invocation: InvocationRef) -> Result<Finished, Refusal> {
        finished(self.operate(invocation, Operation::Peek).await)
    }

    /// The id of an invocation.
    pub(crate) async fn id(&self, invocation: InvocationRef) -> Result<InvocationId, Refusal> {
        match self.locate(invocation).await {
            Ok(Reply::Accepted { id, .. }) => Ok(id),
            Ok(Reply::NotFound) => Err(Refusal::NotFound),
            _ => Err(Refusal::Stopped),
        }
    }

    /// Sends a signal to an invocation, which may be over; waits until that is stored.
    pub(crate) async fn signal(
        &self,
        id: InvocationId,
        signal: NotificationId,
        result: NotificationResult,
    ) -> Result<(), Refusal> {
        let (invocation, operation) = (InvocationRef::Id(id), Operation::Signal(signal, result));
        self.inbox.push(Mail::Input(Input::Operate { invocation, operation }));
        // Asked after the signal, answered when that is stored.
        self.locate(InvocationRef::Id(id)).await.map(drop).map_err(|_| Refusal::Stopped)
    }

    /// Does with an invocation what people ask for.
    pub(crate) async fn control(
        &self,
        id: InvocationId,
        control: Control,
    ) -> Result<(), ControlError> {
        let invocation = InvocationRef::Id(id);
        let replied = self.ask(|waiter| {
            let operation = Operation::Control(control, waiter);
            Input::Operate { invocation, operation }
        });
        done(replied.await)
    }

    /// Changes the state of an object.
    pub(crate) async fn change_state(&self, change: StateChange) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::ChangeState { change, waiter }).await)
    }

    /// Changes the rules of limits, all of them or none.
    pub(crate) async fn change_rules(&self, changes: Vec<RuleChange>) -> Result<(), ControlError> {
        done(self.ask(|waiter| Input::ChangeRules { changes, waiter }).await)
    }

    /// Invokes a handler with a framed input, at once; waits until that is stored.
    pub(crate) async fn restart(
        &self,
        target: Target,
        limit_key: Option<Arc<str>>,
        input: Bytes,
    ) -> Result<InvocationId, Refusal> {
        let request = Request { target, idempotency_key: None, limit_key, input, due: 0 };
        let invoke = |waiter| Input::Invoke(Invoke { request, origin: Origin::Send(waiter) });
        match self.ask(invoke).await {
            Ok(Reply::Accepted { id, .. }) => Ok(id),
            _ => Err(Refusal::Stopped),
        }
    }

    /// Lets `look` see the machine and the store.
    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (tell, told) = oneshot::channel();
        self.inbox.push(Mail::Inspect(Inspect(Box::new(move |machine, store| {
            // Nobody listens if the request was given up.
            drop(tell.send(look(machine, store)));
        }))));
        told.await.map_err(|_| Refusal::Stopped)
    }

    fn locate(&self, invocation: InvocationRef) -> oneshot::Receiver<Reply> {
        self.ask(|waiter| {
            let operation = Operation::Locate(waiter);
            Input::Operate { invocation, operation }
        })
    }

    fn request(&self, incoming: Incoming) -> Request {
        let Incoming { target, idempotency_key, limit_key, headers, body, delay } = incoming;
        let input = InputCommand { headers, value: Some(body.into()), name: String::new() };
        let due = match delay {
            Some(delay) => millis(self.clock.now().saturating_add(delay)),
            None => 0,
        };
        Request { target, idempotency_key, limit_key, input: Frame::new(&input).raw().clone(), due }
    }

    fn operate(
        &self,
        invocation: InvocationRef,
        operation: impl FnOnce(Recipient) -> Operation,
    ) -> oneshot::Receiver<Reply> {
        self.ask(|waiter| {
            let operation = operation(Recipient::Client(waiter));
            Input::Operate { invocation, operation }
        })
    }

    fn ask(&self, input: impl FnOnce(Waiter) -> Input) -> oneshot::Receiver<Reply> {
        let waiter = Waiter(self.waiters.fetch_add(1, Ordering::Relaxed));
        let (reply, replied) = oneshot::channel();
        self.inbox.push(Mail::Request { input: input(waiter), waiter, reply });
        replied
    }
}

fn done(reply: Result<Reply, oneshot::error::RecvError>) -> Result<(), ControlError> {
    match reply {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(reason)) => Err(ControlError::Refused(reason)),
        Ok(Reply::NotFound) => Err(ControlError::NotFound),
        _ => Err(ControlError::Stopped),
    }
}

/// An engine that stops drops the senders of all replies.
fn finished(reply: Result<Reply, oneshot::error::RecvError>) -> Result<Finished, Refusal> {
    match reply.map_err(|_| Refusal::Stopped)? {
        Reply::Result { id, result } => Ok(Finished { id, result }),
        Reply::NotReady => Err(Refusal::NotReady),
        Reply::NotFound => Err(Refusal::NotFound),
        Reply::Accepted { .. } | Reply::Done | Reply::Refused(_) => Err(Refusal::Stopped),
    }
}

/// A point in time as whole milliseconds since the Unix epoch, never earlier than it is.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}
