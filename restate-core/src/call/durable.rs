//! Calls made inside a handler: they go through the journal of its invocation.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use restate_sdk_shared_core::{Header, NotificationHandle, PayloadOptions, Target as VmTarget, VM};

use crate::{
    attempt::{
        after,
        convert::response,
        durable::{Durable, Waits},
        journal::Invocation,
    },
    call::{Channel, Reply, Request, invocation_handle::InvocationHandle, response::Response},
    error::TerminalError,
};

// How contexts do it; no message of the compiler needs to name it.
#[diagnostic::do_not_recommend]
impl<'a> Channel for &'a Invocation {
    type Error = TerminalError;
    type Reply = DurableReply<'a>;
    type Sent = HandOver<'a>;

    fn call(&self, request: Result<Request, TerminalError>) -> DurableReply<'a> {
        let invocation = *self;
        DurableReply(match request {
            Err(refusal) => Err(Refusal::new(invocation, refusal)),
            Ok(request) => {
                let (target, body, name) = vm_parts(invocation, request);
                let recorded = invocation.record("a call", |vm| {
                    vm.sys_call(target, body, name, PayloadOptions::default())
                });
                Ok(Recorded {
                    response: Durable::new(
                        invocation,
                        recorded.map(|handles| handles.call_notification_handle),
                    ),
                    callee: InvocationHandle::started(
                        invocation,
                        recorded.map(|handles| handles.invocation_id_notification_handle),
                    ),
                })
            }
        })
    }

    fn send(
        &self,
        request: Result<Request, TerminalError>,
        delay: Option<Duration>,
    ) -> HandOver<'a> {
        let at = delay.map(|delay| after(self.now(), delay)).transpose();
        HandOver::new(self, request, at)
    }
}

fn send(
    invocation: &Invocation,
    request: Result<Request, TerminalError>,
    at: Result<Option<Duration>, TerminalError>,
) -> Result<InvocationHandle<'_>, TerminalError> {
    let (target, body, name) = vm_parts(invocation, request?);
    let at = at?;
    let recorded = invocation.record("a one-way call", |vm| {
        vm.sys_send(target, body, at, name, PayloadOptions::default())
    });
    let id = recorded.map(|handles| handles.invocation_id_notification_handle);
    Ok(InvocationHandle::started(invocation, id))
}

/// A request as the state machine takes it: target, body and name of the entry.
fn vm_parts(invocation: &Invocation, request: Request) -> (VmTarget, Bytes, Option<String>) {
    let content_type = request.encoding.and(request.content_type);
    let Request { target, body, headers, idempotency_key, scope, limit_key, name, .. } = request;
    let header = |(key, value): (String, String)| Header { key: key.into(), value: value.into() };
    // Only an encoding that was asked for is named: any other can be told from its first byte.
    let content_type =
        content_type.map(|value| Header { key: "content-type".into(), value: value.into() });
    let trace = (!headers.iter().any(|(key, _)| is_trace_context(key)))
        .then(|| invocation.headers().filter(|(key, _)| is_trace_context(key)));
    let trace = trace.into_iter().flatten();
    let trace = trace.map(|(key, value)| header((key.to_ascii_lowercase(), value.to_owned())));
    let target = VmTarget {
        service: target.service.into_owned(),
        handler: target.handler.into_owned(),
        key: target.key,
        idempotency_key,
        scope,
        limit_key,
        headers: content_type
            .into_iter()
            .chain(trace)
            .chain(headers.into_iter().map(header))
            .collect(),
    };
    (target, body, (!name.is_empty()).then_some(name))
}

/// Whether a header says to which trace a request belongs, as the W3C has it.
fn is_trace_context(name: &str) -> bool {
    ["traceparent", "tracestate"].iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// The encoded response of a call made inside a handler.
#[derive(Debug)]
pub struct DurableReply<'a>(Result<Recorded<'a>, Refusal<'a>>);

#[derive(Debug)]
struct Recorded<'a> {
    response: Durable<'a>,
    callee: InvocationHandle<'a>,
}

impl Future for DurableReply<'_> {
    type Output = Result<Response, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Ok(recorded) => {
                let value = ready!(recorded.response.poll_value(cx));
                Poll::Ready(value.and_then(response).map(Response::from))
            }
            Err(refusal) => Poll::Ready(Err(refusal.take())),
        }
    }
}

impl<Res> Waits for Reply<DurableReply<'_>, Res> {
    fn waits(&self) -> Option<(&Invocation, NotificationHandle)> {
        self.raw().0.as_ref().ok()?.response.waits()
    }
}

impl<'a, Res> Reply<DurableReply<'a>, Res> {
    /// The invocation that the call started; `None` if the call was refused and nothing started.
    pub fn invocation(&self) -> Option<InvocationHandle<'a>> {
        self.raw().0.as_ref().ok().map(|recorded| recorded.callee.clone())
    }
}

/// Resolves as soon as a one-way or delayed call was handed to the engine; never suspends.
///
/// Not awaiting it does not hide a failure: a call that could not be handed over fails the
/// invocation.
#[must_use = "await it, so that a call that cannot be sent fails here"]
#[derive(Debug)]
pub struct HandOver<'a>(Option<Result<InvocationHandle<'a>, Refusal<'a>>>);

impl<'a> HandOver<'a> {
    /// Hands the call over, to be executed `at` this time since the Unix epoch, or at once.
    pub(crate) fn new(
        invocation: &'a Invocation,
        request: Result<Request, TerminalError>,
        at: Result<Option<Duration>, TerminalError>,
    ) -> Self {
        match send(invocation, request, at) {
            Ok(sent) => Self(Some(Ok(sent))),
            Err(error) => Self::refused(invocation, error),
        }
    }

    /// Nothing is handed over, because of `error`.
    pub(crate) fn refused(invocation: &'a Invocation, error: TerminalError) -> Self {
        Self(Some(Err(Refusal::new(invocation, error))))
    }
}

impl<'a> Future for HandOver<'a> {
    type Output = Result<InvocationHandle<'a>, TerminalError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.get_mut().0.take().expect("polled after completion");
        Poll::Ready(outcome.map_err(|mut refusal| refusal.take()))
    }
}

/// Why a call was not recorded; fails the invocation if nobody takes it.
#[derive(Debug)]
struct Refusal<'a> {
    invocation: &'a Invocation,
    error: Option<TerminalError>,
}

impl<'a> Refusal<'a> {
    fn new(invocation: &'a Invocation, error: TerminalError) -> Self {
        Self { invocation, error: Some(error) }
    }

    fn take(&mut self) -> TerminalError {
        self.error.take().expect("polled after completion")
    }
}

impl Drop for Refusal<'_> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            self.invocation.latch(error);
        }
    }
}
