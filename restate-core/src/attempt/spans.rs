//! Spans of an attempt whose engine is elsewhere: that shows those of the invocation, its calls and sleeps.

use std::time::Duration;

use crate::trace::{Span, Step, TraceParent, span_id};

/// What the spans of an attempt have in common.
#[derive(Debug)]
pub(crate) struct AttemptSpans {
    parent: TraceParent,
    service: String,
    handler: String,
    invocation: String,
    started: Duration,
}

impl AttemptSpans {
    pub(crate) fn new(
        parent: TraceParent,
        service: &str,
        handler: &str,
        invocation: &str,
        started: Duration,
    ) -> Self {
        let [service, handler, invocation] = [service, handler, invocation].map(str::to_owned);
        Self { parent, service, handler, invocation, started }
    }

    /// The attempt has ended.
    pub(crate) fn attempt_ended(&self, now: Duration, error: Option<String>) {
        let start = self.started;
        let id = self.id(&[1, millis(start), u64::from(start.subsec_nanos())]);
        Span { error, ..self.span(Step::Attempt, id, start, now) }.emit();
    }

    /// The closure of the run at this place, among all of the handler, has returned its result.
    pub(crate) fn run_ended(
        &self,
        place: usize,
        name: &str,
        started: Duration,
        now: Duration,
        error: Option<String>,
    ) {
        let id = self.id(&[2, place as u64]);
        let name = name.to_owned();
        Span { name, error, ..self.span(Step::Run, id, started, now) }.emit();
    }

    fn id(&self, parts: &[u64]) -> u64 {
        let invocation = self.invocation.bytes().map(u64::from);
        span_id(&invocation.chain(parts.iter().copied()).collect::<Vec<_>>())
    }

    fn span(&self, step: Step, id: u64, start: Duration, end: Duration) -> Span {
        Span {
            step,
            trace: self.parent.trace,
            id,
            parent: self.parent.span,
            start: millis(start),
            end: millis(end),
            service: self.service.clone(),
            handler: self.handler.clone(),
            invocation: self.invocation.clone(),
            name: String::new(),
            error: None,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
