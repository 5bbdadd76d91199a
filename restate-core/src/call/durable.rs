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
        durable::{AwaitedNotification, Waits},
        journal::Journal,
    },
    call::{Channel, Reply, Request, invocation_handle::InvocationHandle, response::Response},
    error::TerminalError,
    payload::Encoding,
};

// The implementation behind the contexts; compiler messages need not suggest it.
#[diagnostic::do_not_recommend]
impl<'a> Channel for &'a Journal {
    type Error = TerminalError;
    type Reply = DurableReply<'a>;
    type Sent = SendHandle<'a>;

    fn call(&self, request: Result<Request, TerminalError>) -> DurableReply<'a> {
        let journal = *self;
        DurableReply(match request {
            Err(refusal) => Err(Refusal::new(journal, refusal)),
            Ok(request) => {
                let asked = request.encoding.unwrap_or(Encoding::Proto);
                let (target, body, name) = vm_parts(journal, request);
                let recorded = journal.record("a call", |vm| {
                    vm.sys_call(target, body, name, PayloadOptions::default())
                });
                Ok(Recorded {
                    response: AwaitedNotification::new(
                        journal,
                        recorded.map(|handles| handles.call_notification_handle),
                    ),
                    callee: InvocationHandle::started(
                        journal,
                        recorded.map(|handles| handles.invocation_id_notification_handle),
                        asked,
                    ),
                })
            }
        })
    }

    fn send(
        &self,
        request: Result<Request, TerminalError>,
        delay: Option<Duration>,
    ) -> SendHandle<'a> {
        let at = delay.map(|delay| after(self.now(), delay)).transpose();
        SendHandle::new(self, request, at)
    }
}

fn send(
    journal: &Journal,
    request: Result<Request, TerminalError>,
    at: Result<Option<Duration>, TerminalError>,
) -> Result<InvocationHandle<'_>, TerminalError> {
    let request = request?;
    let asked = request.encoding.unwrap_or(Encoding::Proto);
    let (target, body, name) = vm_parts(journal, request);
    let at = at?;
    let recorded = journal.record("a one-way call", |vm| {
        vm.sys_send(target, body, at, name, PayloadOptions::default())
    });
    let id = recorded.map(|handles| handles.invocation_id_notification_handle);
    Ok(InvocationHandle::started(journal, id, asked))
}

/// A request as the state machine takes it: target, body and name of the entry.
fn vm_parts(journal: &Journal, request: Request) -> (VmTarget, Bytes, Option<String>) {
    let content_type = request.content_type_if_needed();
    let Request { target, body, headers, idempotency_key, scope, limit_key, name, .. } = request;
    let header = |(key, value): (String, String)| Header { key: key.into(), value: value.into() };
    let content_type =
        content_type.map(|value| Header { key: "content-type".into(), value: value.into() });
    let trace = (!headers.iter().any(|(key, _)| is_trace_context(key)))
        .then(|| journal.headers().filter(|(key, _)| is_trace_context(key)));
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
    response: AwaitedNotification<'a>,
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
    fn waits(&self) -> Option<(&Journal, NotificationHandle)> {
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
pub struct SendHandle<'a>(Option<Result<InvocationHandle<'a>, Refusal<'a>>>);

impl<'a> SendHandle<'a> {
    /// Hands the call over, to be executed `at` this time since the Unix epoch, or at once.
    pub(crate) fn new(
        journal: &'a Journal,
        request: Result<Request, TerminalError>,
        at: Result<Option<Duration>, TerminalError>,
    ) -> Self {
        match send(journal, request, at) {
            Ok(sent) => Self(Some(Ok(sent))),
            Err(error) => Self::refused(journal, error),
        }
    }

    /// Nothing is handed over, because of `error`.
    pub(crate) fn refused(journal: &'a Journal, error: TerminalError) -> Self {
        Self(Some(Err(Refusal::new(journal, error))))
    }
}

impl<'a> Future for SendHandle<'a> {
    type Output = Result<InvocationHandle<'a>, TerminalError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.get_mut().0.take().expect("polled after completion");
        Poll::Ready(outcome.map_err(|mut refusal| refusal.take()))
    }
}

/// The reason why a call was not recorded. Fails the invocation if the handler does not take it: a lost
/// call must not go unnoticed.
#[derive(Debug)]
struct Refusal<'a> {
    journal: &'a Journal,
    error: Option<TerminalError>,
}

impl<'a> Refusal<'a> {
    fn new(journal: &'a Journal, error: TerminalError) -> Self {
        Self { journal, error: Some(error) }
    }

    fn take(&mut self) -> TerminalError {
        self.error.take().expect("polled after completion")
    }
}

impl Drop for Refusal<'_> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            self.journal.keep_failure(error);
        }
    }
}
