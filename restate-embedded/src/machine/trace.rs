//! Spans of the invocations whose traces are recorded.
//!
//! The id of a span is a function of what it stands for, and it is an external action of the step that ends it.
//! So each is shown once, when it is durable, however many attempts and processes it took.

use bytes::Bytes;
use restate_core::{
    trace::{Span, Step as Kind, TraceParent, span_id},
    wire::protocol::{OutputResult, ProposeRunCompletion, ProposedRunResult, RunCommand},
};

use super::{effects::ExternalAction, input::Origin, invocation::Invocation, journal, step::Step};
use crate::{
    model::{
        id::{InvocationId, time_of},
        target::Target,
        trace::{Invoker, Sampling, Trace, parent_of_input, with_parent},
    },
    store::{Caller, Write},
};

/// What the ids of spans of one invocation differ in.
enum Part {
    Entry,
    Invocation,
    Attempt(u64, u64),
    Run(u32),
    Sleep(u32),
}

fn id_of(id: InvocationId, part: &Part) -> u64 {
    let (n, a, b) = match *part {
        Part::Entry => (1, 0, 0),
        Part::Invocation => (2, 0, 0),
        Part::Attempt(start, number) => (3, start, number),
        Part::Run(completion) => (4, u64::from(completion), 0),
        Part::Sleep(completion) => (5, u64::from(completion), 0),
    };
    span_id(&[id.order(), id.partition_key(), id.nonce(), n, a, b])
}

impl super::Machine {
    /// Has spans recorded: somebody listens.
    pub(crate) fn record_traces(&mut self, sampling: Sampling) {
        self.sampling = Some(sampling);
    }
}

impl Step<'_> {
    /// The trace of an invocation that is being created, if it is recorded. Its handler learns of it from
    /// `input`.
    pub(super) fn begin_trace(
        &self,
        id: InvocationId,
        origin: Origin,
        input: &mut Bytes,
    ) -> Option<Box<Trace>> {
        let sampling = self.machine.sampling?;
        let trace = match origin {
            Origin::Call(_) => from_client(id, Invoker::Ingress, sampling, input),
            Origin::Send(_) => from_client(id, Invoker::IngressSend, sampling, input),
            Origin::HandlerCall { caller: Caller { id: caller, .. }, .. } => {
                self.within_trace_of(caller, Invoker::Call, input)
            }
            Origin::HandlerSend { caller, .. } => {
                self.within_trace_of(caller, Invoker::Send, input)
            }
        }?;
        let span = id_of(id, &Part::Invocation);
        let parent = TraceParent { trace: trace.trace, span, sampled: true };
        if let Some(traced) = with_parent(input, parent) {
            *input = journal::frame(&traced);
        }
        Some(Box::new(trace))
    }

    fn within_trace_of(
        &self,
        caller: InvocationId,
        invoker: Invoker,
        input: &Bytes,
    ) -> Option<Trace> {
        let trace = self.machine.invocations.get(&caller)?.trace.as_ref()?.trace;
        // An SDK that has spans of its own says which of them calls.
        let own = parent_of_input(input).filter(|parent| parent.trace == trace);
        let parent = own.map_or_else(|| id_of(caller, &Part::Invocation), |parent| parent.span);
        Some(Trace::new(trace, parent, invoker))
    }

    /// An invocation was sent, and nobody waits for its result: that is all of this span.
    pub(super) fn trace_sent(&mut self, id: InvocationId, target: &Target, trace: &Trace) {
        if matches!(trace.invoker, Invoker::IngressSend | Invoker::Send) {
            self.show_entry(id, target, trace, None);
        }
    }

    /// An attempt begins. It is stored when, for the case that the process dies with it.
    pub(super) fn trace_attempt(&mut self, id: InvocationId, number: u64) {
        let now = self.now;
        self.change_trace(id, |trace| trace.attempt = Some((now, number)));
    }

    /// The attempt of an invocation is over, if one was under way.
    pub(super) fn trace_attempt_ended(&mut self, id: InvocationId, error: Option<&str>) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        if self.machine.sampling.is_none() || invocation.trace.is_none() {
            return;
        }
        let target = invocation.target.clone();
        let attempt = invocation.trace.as_mut().and_then(|trace| trace.attempt.take());
        let Some((start, number)) = attempt else { return };
        self.change_trace(id, |_| {});
        let part = Part::Attempt(start, number);
        self.show_part(id, &target, Kind::Attempt, &part, start, error.map(str::to_owned));
    }

    /// Attempts that an earlier process has died with are over.
    pub(super) fn trace_lost_attempt(&mut self, id: InvocationId) {
        self.trace_attempt_ended(id, Some("the process has ended during the attempt"));
    }

    /// A handler has come to a `run` closure.
    pub(super) fn trace_run(&mut self, id: InvocationId, run: RunCommand) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        if invocation.trace.is_some()
            && let Some(attempt) = invocation.running()
        {
            attempt.name_run(run.result_completion_id, run.name);
        }
    }

    /// A `run` closure is about to be recorded: a span, if it is to be shown.
    pub(super) fn run_span(
        &mut self,
        id: InvocationId,
        run: &ProposeRunCompletion,
    ) -> Option<Span> {
        self.machine.sampling?;
        let invocation = self.machine.invocations.get_mut(&id)?;
        let (target, trace) = (invocation.target.clone(), invocation.trace.as_ref()?.trace);
        let attempt = invocation.running()?;
        let start = attempt.active_before();
        let name = attempt.name_of_run(run.result_completion_id);
        let error = match &run.result {
            Some(ProposedRunResult::Failure(failure)) => Some(failure.message.clone()),
            _ => None,
        };
        Some(Span {
            start,
            name,
            error,
            ..self.span(id, &target, trace, Kind::Run, &Part::Run(run.result_completion_id))
        })
    }

    /// A sleep begins.
    pub(super) fn trace_sleep(&mut self, id: InvocationId, completion: u32) {
        let now = self.now;
        self.change_trace(id, |trace| trace.sleeps.push((completion, now)));
    }

    /// A sleep has ended.
    pub(super) fn trace_slept(&mut self, id: InvocationId, completion: u32) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let Some(trace) = &mut invocation.trace else { return };
        let Some(at) = trace.sleeps.iter().position(|sleep| sleep.0 == completion) else { return };
        let (_, start) = trace.sleeps.remove(at);
        let target = invocation.target.clone();
        self.change_trace(id, |_| {});
        self.show_part(id, &target, Kind::Sleep, &Part::Sleep(completion), start, None);
    }

    /// An invocation has its result, and is in no map any more.
    pub(super) fn trace_end(&mut self, invocation: &mut Invocation, result: &OutputResult) {
        if self.machine.sampling.is_none() {
            return;
        }
        let Some(trace) = invocation.trace.take() else { return };
        let (id, target) = (invocation.id, &invocation.target);
        let error = match result {
            OutputResult::Failure(failure) => Some(failure.message.clone()),
            OutputResult::Value(_) => None,
        };
        if let Some((start, number)) = trace.attempt {
            let span =
                self.span(id, target, trace.trace, Kind::Attempt, &Part::Attempt(start, number));
            self.show_span(Span { start, error: error.clone(), ..span });
        }
        let kind = match trace.invoker {
            Invoker::Ingress | Invoker::Call => Kind::Invocation,
            Invoker::IngressSend | Invoker::Send => Kind::Sent,
        };
        let span = self.span(id, target, trace.trace, kind, &Part::Invocation);
        let parent = id_of(id, &Part::Entry);
        self.show_span(Span { start: time_of(id.order()), parent, error: error.clone(), ..span });
        if matches!(trace.invoker, Invoker::Ingress | Invoker::Call) {
            self.show_entry(id, target, &trace, error);
        }
    }

    fn show_entry(
        &mut self,
        id: InvocationId,
        target: &Target,
        trace: &Trace,
        error: Option<String>,
    ) {
        let kind = match trace.invoker {
            Invoker::Ingress | Invoker::IngressSend => Kind::Ingress,
            Invoker::Call => Kind::OutgoingCall,
            Invoker::Send => Kind::OutgoingSend,
        };
        let start = time_of(id.order()).min(self.now);
        let span = self.span(id, target, trace.trace, kind, &Part::Entry);
        self.show_span(Span { start, parent: trace.parent, error, ..span });
    }

    fn show_part(
        &mut self,
        id: InvocationId,
        target: &Target,
        kind: Kind,
        part: &Part,
        start: u64,
        error: Option<String>,
    ) {
        let trace = self.machine.invocations.get(&id).and_then(|it| it.trace.as_ref());
        if self.machine.sampling.is_some()
            && let Some(trace) = trace.map(|trace| trace.trace)
        {
            let span = self.span(id, target, trace, kind, part);
            self.show_span(Span { start, error, ..span });
        }
    }

    /// A span that ends now, and is part of that of the invocation.
    fn span(
        &self,
        id: InvocationId,
        target: &Target,
        trace: u128,
        step: Kind,
        part: &Part,
    ) -> Span {
        Span {
            step,
            trace,
            id: id_of(id, part),
            parent: id_of(id, &Part::Invocation),
            start: self.now,
            end: self.now,
            service: target.service.to_string(),
            handler: target.handler.to_string(),
            invocation: id.to_string(),
            name: String::new(),
            error: None,
        }
    }

    pub(super) fn show_span(&mut self, span: Span) {
        self.external(ExternalAction::Span(Box::new(span)));
    }

    /// Changes what has begun, and stores it.
    fn change_trace(&mut self, id: InvocationId, change: impl FnOnce(&mut Trace)) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let Some(trace) = &mut invocation.trace else { return };
        change(trace);
        let trace = trace.clone();
        self.write(Write::SetTrace { id, trace });
    }
}

fn from_client(
    id: InvocationId,
    invoker: Invoker,
    sampling: Sampling,
    input: &Bytes,
) -> Option<Trace> {
    match parent_of_input(input) {
        Some(parent) => parent.sampled.then(|| Trace::new(parent.trace, parent.span, invoker)),
        None => Trace::root(id, invoker, sampling),
    }
}
