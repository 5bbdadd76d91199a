//! From the fields of an event to a span of OpenTelemetry.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::field::{Field, Visit};

/// The fields of an event that stands for a span.
#[derive(Default)]
pub(crate) struct SpanFields {
    trace: u128,
    span: u64,
    parent: u64,
    start: u64,
    end: u64,
    step: String,
    kind: String,
    service: String,
    handler: String,
    invocation: String,
    name: String,
    error: Option<String>,
}

impl SpanFields {
    pub(crate) fn into_data(self) -> SpanData {
        let target = format!("{}/{}", self.service, self.handler);
        let name = match &*self.step {
            "invocation" | "call" | "send" => target,
            "ingress" => format!("ingress {target}"),
            "run" if !self.name.is_empty() => format!("run {}", self.name),
            _ => self.step.clone(),
        };
        let span_kind = match &*self.kind {
            "server" => SpanKind::Server,
            "client" => SpanKind::Client,
            "producer" => SpanKind::Producer,
            "consumer" => SpanKind::Consumer,
            _ => SpanKind::Internal,
        };
        SpanData {
            span_context: SpanContext::new(
                TraceId::from(self.trace),
                SpanId::from(self.span),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: SpanId::from(self.parent),
            parent_span_is_remote: false,
            span_kind,
            name: name.into(),
            start_time: time(self.start),
            end_time: time(self.end),
            attributes: vec![
                KeyValue::new("rpc.system", "restate"),
                KeyValue::new("rpc.service", self.service),
                KeyValue::new("rpc.method", self.handler),
                KeyValue::new("restate.invocation.id", self.invocation),
                KeyValue::new("restate.step", self.step),
            ],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: self.error.map_or(Status::Unset, Status::error),
            instrumentation_scope: InstrumentationScope::builder("restate")
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
        }
    }
}

fn time(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

impl Visit for SpanFields {
    fn record_u128(&mut self, field: &Field, value: u128) {
        if field.name() == "trace" {
            self.trace = value;
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "span" => self.span = value,
            "parent" => self.parent = value,
            "start" => self.start = value,
            "end" => self.end = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let field = match field.name() {
            "step" => &mut self.step,
            "kind" => &mut self.kind,
            "service" => &mut self.service,
            "handler" => &mut self.handler,
            "invocation" => &mut self.invocation,
            "name" => &mut self.name,
            "error" => self.error.get_or_insert_default(),
            _ => return,
        };
        value.clone_into(field);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
