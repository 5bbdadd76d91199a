//! What an endpoint counts, and the text in which Prometheus reads it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use restate_core::{
    attempt::Outcome,
    contract::ServiceDescriptor,
    metrics::{Counter, Exposition, Gauge, Histogram, Kind, LATENCY, expose_process},
};

/// What is counted for one handler.
#[derive(Debug)]
pub(crate) struct HandlerFigures {
    attempts: Counter,
    running: Gauge,
    completed: Counter,
    suspended: Counter,
    failed: Counter,
    aborted: Counter,
    duration: Histogram,
}

impl Default for HandlerFigures {
    fn default() -> Self {
        Self {
            attempts: Counter::default(),
            running: Gauge::default(),
            completed: Counter::default(),
            suspended: Counter::default(),
            failed: Counter::default(),
            aborted: Counter::default(),
            duration: Histogram::new(&LATENCY),
        }
    }
}

/// Counts an attempt while it runs, and how it ends: as aborted, if it is dropped.
pub(crate) struct CountedAttempt {
    figures: Arc<HandlerFigures>,
    began: Instant,
    has_outcome: bool,
}

impl CountedAttempt {
    /// An attempt that begins.
    pub(crate) fn begin(figures: Arc<HandlerFigures>) -> Self {
        figures.attempts.count();
        figures.running.add(1);
        Self { figures, began: now(), has_outcome: false }
    }

    /// It has ended by itself.
    pub(crate) fn end(mut self, outcome: &Outcome) {
        self.has_outcome = true;
        match outcome {
            Outcome::Completed => self.figures.completed.count(),
            Outcome::Suspended => self.figures.suspended.count(),
            Outcome::Failed { .. } => self.figures.failed.count(),
        }
    }
}

impl Drop for CountedAttempt {
    fn drop(&mut self) {
        if !self.has_outcome {
            self.figures.aborted.count();
        }
        self.figures.running.add(-1);
        let took: Duration = now().saturating_duration_since(self.began);
        self.figures.duration.observe_time(took);
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an attempt takes is in real time")]
fn now() -> Instant {
    Instant::now()
}

/// The handler with these names, and what is counted for it.
type NamedFigures = (&'static str, &'static str, Arc<HandlerFigures>);

/// What is counted for an endpoint.
#[derive(Debug, Default)]
pub(crate) struct EndpointFigures {
    handlers: Vec<NamedFigures>,
    refused: [Counter; CODES.len()],
}

/// The status codes of all refusals.
const CODES: [(u16, &str); 6] =
    [(401, "401"), (404, "404"), (405, "405"), (415, "415"), (500, "500"), (503, "503")];

impl EndpointFigures {
    /// Makes room for the handlers of a service. Returns one place for each, in their order.
    pub(crate) fn add(&mut self, service: &'static ServiceDescriptor) -> Vec<Arc<HandlerFigures>> {
        let handlers = service.handlers().iter();
        let named = handlers.map(|handler| (service.name(), handler.name(), Arc::default()));
        let named: Vec<NamedFigures> = named.collect();
        self.handlers.extend(named.iter().cloned());
        named.into_iter().map(|(_, _, figures)| figures).collect()
    }

    /// Counts a request that is refused with this status.
    pub(crate) fn refuse(&self, status: StatusCode) {
        let code = status.as_u16();
        let slots = CODES.iter().zip(&self.refused);
        if let Some((_, counter)) = slots.into_iter().find(|((known, _), _)| *known == code) {
            counter.count();
        }
    }

    /// All figures.
    pub(crate) fn text(&self) -> String {
        let mut exposition = Exposition::default();
        exposition
            .family("restate_endpoint_build_info", Kind::Gauge, "1, with the version.")
            .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.attempts(&mut exposition);
        let help = "Requests that were refused before an attempt, by status code.";
        exposition.family("restate_endpoint_requests_refused_total", Kind::Counter, help);
        for ((_, code), count) in CODES.iter().zip(&self.refused) {
            exposition.sample(&[("code", code)], count.value());
        }
        expose_process(&mut exposition);
        exposition.finish()
    }

    fn attempts(&self, exposition: &mut Exposition) {
        let help = "Attempts that were started.";
        exposition.family("restate_endpoint_attempts_total", Kind::Counter, help);
        for (service, handler, figures) in &self.handlers {
            exposition.sample(&labels(service, handler), figures.attempts.value());
        }
        let help =
            "Attempts that have ended, by how; those that lost their connection are aborted.";
        exposition.family("restate_endpoint_attempts_ended_total", Kind::Counter, help);
        for (service, handler, figures) in &self.handlers {
            for (outcome, count) in [
                ("completed", &figures.completed),
                ("suspended", &figures.suspended),
                ("failed", &figures.failed),
                ("aborted", &figures.aborted),
            ] {
                let [service, handler] = labels(service, handler);
                exposition.sample(&[service, handler, ("outcome", outcome)], count.value());
            }
        }
        let help = "Attempts that run.";
        exposition.family("restate_endpoint_attempts_running", Kind::Gauge, help);
        for (service, handler, figures) in &self.handlers {
            exposition.sample(&labels(service, handler), figures.running.value());
        }
        let help = "Time from the beginning of an attempt to its end.";
        exposition.family("restate_endpoint_attempt_duration_seconds", Kind::Histogram, help);
        for (service, handler, figures) in &self.handlers {
            exposition.histogram(&labels(service, handler), &figures.duration);
        }
    }
}

fn labels<'a>(service: &'a str, handler: &'a str) -> [(&'static str, &'a str); 2] {
    [("service", service), ("handler", handler)]
}
