//! What clients do, and what they are told.

use bytes::Bytes;
use restate_core::wire::protocol::{NotificationId, NotificationResult, OutputResult, Void};

use super::{SCOPE, World};
use crate::{
    machine::{
        Control, Input, InvocationRef, Invoke, Operation, Origin, Recipient, Reply, Request,
        ResumeOn, Waiter,
        simulation::attempt::{KEYS, PROMISE, REMOTE, SIGNAL},
    },
    model::{
        id::InvocationId,
        target::{Object, Target},
    },
    store::PromiseName,
};

/// A request of a client, which repeats it until it is answered.
pub(super) struct Asked {
    pub(super) target: Target,
    pub(super) delay: Option<u64>,
    pub(super) waits: bool,
    /// Those of the attempts to ask since the last crash.
    pub(super) waiters: Vec<Waiter>,
    /// The id it was answered with.
    pub(super) id: Option<InvocationId>,
}

/// What a client waits for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// The answer to a request.
    Request(usize),
    /// The result of an invocation.
    Look(InvocationId),
    /// The end of a control operation on an invocation.
    Control(InvocationId),
    /// The promise of a workflow.
    Promise(Object),
    /// A change of a deployment.
    Deployment,
    /// The id of an invocation that is restarted.
    Restart,
}

impl World {
    /// A client makes a new request.
    pub(super) fn ask(&mut self) -> Result<(), String> {
        let workflow = format!("w{}", self.random.below(6));
        // Only a program with the client has deployments.
        let kinds = if cfg!(feature = "deployments") { 12 } else { 9 };
        let target = match self.random.below(kinds) {
            9 | 10 => Target::new(REMOTE, "run", ""),
            11 => Target::new(REMOTE, "run", "").within(Some(SCOPE.into())),
            0 | 1 => Target::new("Worker", "run", ""),
            2 => Target::new("Worker", "run", "").within(Some(SCOPE.into())),
            3 => Target::new("Signup", "run", workflow),
            4 => Target::new("Signup", "confirm", workflow),
            _ => Target::new("Counter", "add", *self.random.pick(&KEYS)),
        };
        let waits = self.random.once_in(2);
        let delay = (!waits && self.random.once_in(2)).then(|| self.random.below(40));
        self.request(target, delay, waits)
    }

    pub(super) fn request(
        &mut self,
        target: Target,
        delay: Option<u64>,
        waits: bool,
    ) -> Result<(), String> {
        self.requests.push(Asked { target, delay, waits, waiters: Vec::new(), id: None });
        self.post(self.requests.len() - 1)
    }

    /// A client repeats a request, answered or not.
    pub(super) fn ask_again(&mut self) -> Result<(), String> {
        match self.requests.len() {
            0 => Ok(()),
            requests => {
                let index = self.random.index(requests);
                self.post(index)
            }
        }
    }

    pub(super) fn post(&mut self, index: usize) -> Result<(), String> {
        let waiter = self.wait(Purpose::Request(index));
        let asked = &mut self.requests[index];
        asked.waiters.push(waiter);
        let origin = if asked.waits { Origin::Call(waiter) } else { Origin::Send(waiter) };
        let request = Request {
            target: asked.target.clone(),
            idempotency_key: Some(index.to_string().into()),
            limit_key: None,
            input: Bytes::from_static(b"input"),
            due: asked.delay.map_or(0, |delay| self.now + delay),
        };
        let line = format!("{} request {index} for {}", self.now, request.target);
        self.transcript.push(line);
        self.step(Input::Invoke(Invoke { request, origin }))
    }

    pub(super) fn wait(&mut self, purpose: Purpose) -> Waiter {
        self.last_waiter += 1;
        let waiter = Waiter(self.last_waiter);
        self.waiters.insert(waiter, purpose);
        waiter
    }

    /// A random invocation that a client knows of.
    pub(super) fn known(&mut self) -> Option<InvocationId> {
        let known: Vec<_> = self.requests.iter().filter_map(|asked| asked.id).collect();
        (!known.is_empty()).then(|| *self.random.pick(&known))
    }

    /// A client waits for a result, or asks whether it is there.
    pub(super) fn look(&mut self) -> Result<(), String> {
        let Some(id) = self.known() else { return Ok(()) };
        let recipient = Recipient::Client(self.wait(Purpose::Look(id)));
        let operation = match self.random.once_in(2) {
            true => Operation::Attach(recipient),
            false => Operation::Peek(recipient),
        };
        self.transcript.push(format!("{} look at {id}", self.now));
        self.operate(id, operation)
    }

    pub(super) fn signal(&mut self) -> Result<(), String> {
        self.known().map_or(Ok(()), |id| self.signal_to(id))
    }

    pub(super) fn signal_to(&mut self, id: InvocationId) -> Result<(), String> {
        self.transcript.push(format!("{} signal to {id}", self.now));
        let signal = NotificationId::SignalName(SIGNAL.to_owned());
        self.operate(id, Operation::Signal(signal, NotificationResult::Void(Void {})))
    }

    /// Somebody controls an invocation.
    pub(super) fn control(&mut self) -> Result<(), String> {
        use Control::{Cancel, Kill, Pause, Purge, PurgeJournal, Resume};

        let Some(id) = self.known() else { return Ok(()) };
        let resume = Resume(*self.random.pick(&[ResumeOn::Pinned, ResumeOn::Newest]));
        let control = *self.random.pick(&[Cancel, Kill, Pause, resume, Purge, PurgeJournal]);
        self.ask_to(id, control)
    }

    /// A client completes the promise of a workflow, or looks at it.
    pub(super) fn promise(&mut self) -> Result<(), String> {
        let workflow = format!("w{}", self.random.below(6));
        let object = Object::new("Signup", workflow.as_str());
        match self.random.once_in(2) {
            true => self.complete_promise(object),
            false => {
                self.transcript.push(format!("{} look at promise of {workflow}", self.now));
                let waiter = self.wait(Purpose::Promise(object.clone()));
                self.step(Input::PeekPromise { promise: promise_of(object), waiter })
            }
        }
    }

    pub(super) fn complete_promise(&mut self, object: Object) -> Result<(), String> {
        self.transcript.push(format!("{} promise of {object:?}", self.now));
        let waiter = self.wait(Purpose::Promise(object.clone()));
        let result = OutputResult::Value(Bytes::from_static(b"client").into());
        self.step(Input::CompletePromise { promise: promise_of(object), result, waiter })
    }

    pub(super) fn ask_to(&mut self, id: InvocationId, control: Control) -> Result<(), String> {
        self.transcript.push(format!("{} {control:?} {id}", self.now));
        if control == Control::Purge {
            self.invariants.purged.insert(id);
        }
        if control == Control::Resume(ResumeOn::Newest) {
            self.invariants.resumed.insert(id);
            self.durable.resumed.insert(id);
        }
        let waiter = self.wait(Purpose::Control(id));
        if self.random.once_in(4) {
            // The second time, it may have ended.
            let ids = vec![id, id];
            return self.step(Input::ControlMany { ids, control, waiter });
        }
        self.step(Input::Control { id, control, waiter })
    }

    fn operate(&mut self, id: InvocationId, operation: Operation) -> Result<(), String> {
        self.step(Input::Operate { invocation: InvocationRef::Id(id), operation })
    }

    pub(super) fn answered(&mut self, to: Waiter, reply: Reply) -> Result<(), String> {
        let Some(purpose) = self.waiters.remove(&to) else {
            return Err(format!("{to:?} is answered once more, with {reply:?}"));
        };
        match (purpose, reply) {
            (Purpose::Request(index), Reply::Accepted { id, .. }) => self.accepted(index, id),
            (Purpose::Request(index), Reply::Result { id, result, .. }) => {
                self.accepted(index, id)?;
                // Who runs a workflow again is told so, and not its result.
                match &*self.requests[index].target.handler {
                    "run" if self.requests[index].target.service == "Signup" => Ok(()),
                    _ => self.tell(id, result),
                }
            }
            (Purpose::Look(asked), Reply::Result { id, result, .. }) if asked == id => {
                self.tell(id, result)
            }
            // There may be no deployment to replay what is kept.
            (Purpose::Restart, Reply::Refused(_)) => Ok(()),
            (Purpose::Restart, Reply::Accepted { id, .. }) => {
                self.restarted.push(id);
                Ok(())
            }
            (Purpose::Look(_), Reply::NotReady) => Ok(()),
            (Purpose::Control(_), Reply::Done | Reply::Refused(_) | Reply::Outcomes(_)) => Ok(()),
            (Purpose::Look(id) | Purpose::Control(id), Reply::NotFound) => {
                match self.invariants.is_gone(id) {
                    true => Ok(()),
                    false => Err(format!("{id} was acknowledged and is not found")),
                }
            }
            (Purpose::Promise(object), Reply::Done | Reply::Refused(_)) => {
                match self.durable.promised(&object) {
                    [] => Err(format!("the promise of {object:?} is said to be completed")),
                    _ => Ok(()),
                }
            }
            (Purpose::Promise(object), Reply::Promise(told)) => {
                // A promise that nobody has completed may be by the time of the reply.
                match told {
                    Some(told) if !self.durable.promised(&object).contains(&told) => {
                        Err(format!("the promise of {object:?} is said to be {told:?}"))
                    }
                    _ => Ok(()),
                }
            }
            (Purpose::Deployment, Reply::Done | Reply::Refused(_) | Reply::NotFound) => Ok(()),
            #[cfg(feature = "deployments")]
            (Purpose::Deployment, Reply::Deployed(_)) => Ok(()),
            (purpose, reply) => Err(format!("{purpose:?} is answered with {reply:?}")),
        }
    }

    fn accepted(&mut self, index: usize, id: InvocationId) -> Result<(), String> {
        match self.requests[index].id.replace(id) {
            Some(other) if other != id && !self.invariants.is_gone(other) => {
                Err(format!("request {index} is done twice, as {other} and as {id}"))
            }
            _ => Ok(()),
        }
    }

    /// A result never changes once somebody was told it, and is stored by then.
    fn tell(&mut self, id: InvocationId, result: OutputResult) -> Result<(), String> {
        if self.durable.result(id).is_none_or(|stored| *stored != result) {
            return Err(format!("{id} is said to have ended with {result:?}, which is not stored"));
        }
        match self.told.insert(id, result) {
            Some(before) if before != self.told[&id] => {
                Err(format!("the result of {id} was {before:?}, and is {:?}", self.told[&id]))
            }
            _ => Ok(()),
        }
    }
}

fn promise_of(object: Object) -> PromiseName {
    PromiseName { object, name: PROMISE.to_owned() }
}
