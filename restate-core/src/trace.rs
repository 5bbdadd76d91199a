//! Spans of invocations for traces, as events of `tracing` with the target [`TARGET`].
//!
//! A span of an invocation may begin in one process and end in another, and a replay must not begin it again.
//! So spans are not those of `tracing`, which live in one process: each is one event, when it has ended, with
//! its ids and times as fields. The crate `restate-otlp` sends such events to a collector.

use std::{fmt, str::FromStr};

use tracing::{Level, event};

/// The target of the events.
pub const TARGET: &str = "restate::span";

/// The member of `tracestate` by which an engine says that it records the attempts and `run` closures of an
/// invocation itself.
pub const RECORDED: &str = "restate=recorded";

/// Whether a subscriber of `tracing` takes spans.
pub fn is_listened() -> bool {
    tracing::event_enabled!(target: TARGET, Level::TRACE)
}

/// A span of another program or of an invocation, as the header `traceparent` of W3C Trace Context names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace, which is not 0.
    pub trace: u128,
    /// The span, which is not 0.
    pub span: u64,
    /// Whether its spans are recorded.
    pub sampled: bool,
}

/// A text is not a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTraceParent;

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceParent> {
        let mut parts = text.trim().split('-');
        let mut next = |length| {
            let part = parts.next().filter(|part| part.len() == length);
            part.filter(|part| part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')))
        };
        let read = || {
            let version = next(2)?;
            let trace = u128::from_str_radix(next(32)?, 16).ok()?;
            let span = u64::from_str_radix(next(16)?, 16).ok()?;
            let flags = u8::from_str_radix(next(2)?, 16).ok()?;
            let known = version != "ff" && trace != 0 && span != 0;
            known.then_some(Self { trace, span, sampled: flags & 1 == 1 })
        };
        let mut read = read;
        let parent = read().ok_or(InvalidTraceParent)?;
        // Only later versions may have more parts.
        match text.trim().starts_with("00") && parts.next().is_some() {
            true => Err(InvalidTraceParent),
            false => Ok(parent),
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

impl fmt::Display for InvalidTraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a `traceparent` of W3C Trace Context")
    }
}

impl std::error::Error for InvalidTraceParent {}

/// What a span stands for.
///
/// Variants named as types of this crate would make the compiler write these types with their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request of a client.
    Ingress,
    /// An invocation that its caller waits for.
    Invocation,
    /// An invocation whose caller has only sent it.
    Sent,
    /// One attempt of an invocation.
    Attempt,
    /// A `run` closure.
    Run,
    /// A call of a handler, up to its response.
    OutgoingCall,
    /// A one-way call of a handler, which does not wait.
    OutgoingSend,
    /// A sleep.
    Sleep,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Invocation | Self::Sent => "invocation",
            Self::Attempt => "attempt",
            Self::Run => "run",
            Self::OutgoingCall => "call",
            Self::OutgoingSend => "send",
            Self::Sleep => "sleep",
        }
    }

    /// The kind of its span in OpenTelemetry.
    fn kind(self) -> &'static str {
        match self {
            Self::Ingress | Self::Invocation => "server",
            Self::Sent => "consumer",
            Self::OutgoingCall => "client",
            Self::OutgoingSend => "producer",
            Self::Attempt | Self::Run | Self::Sleep => "internal",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A span that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What it stands for.
    pub step: Step,
    /// Its trace.
    pub trace: u128,
    /// Its id, which is not 0.
    pub id: u64,
    /// The span that it is part of; 0 for the first of a trace.
    pub parent: u64,
    /// When it began, in milliseconds since the Unix epoch.
    pub start: u64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub end: u64,
    /// The service that runs, or is called.
    pub service: String,
    /// The handler that runs, or is called.
    pub handler: String,
    /// The id of the invocation that it tells of.
    pub invocation: String,
    /// The name of a `run` closure; empty for others.
    pub name: String,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

impl Span {
    /// Emits the span as an event of `tracing`.
    pub fn emit(&self) {
        event!(
            target: TARGET,
            Level::TRACE,
            trace = self.trace,
            span = self.id,
            parent = self.parent,
            start = self.start,
            end = self.end.max(self.start),
            step = self.step.name(),
            kind = self.step.kind(),
            service = self.service,
            handler = self.handler,
            invocation = self.invocation,
            name = self.name,
            error = self.error,
        );
    }
}

/// An id of a span that every process computes from the same `parts`. It is not 0, which means none.
pub fn span_id(parts: &[u64]) -> u64 {
    // FNV-1a over words, and the finalizer of SplitMix64 for the upper bits.
    let folded = parts.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, part| {
        mix(hash ^ part).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(folded).max(1)
}

fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_reads_back_as_it_was_written() {
        let parent: TraceParent = TEXT.parse().unwrap();
        assert_eq!((parent.span, parent.sampled), (0x00f0_67aa_0ba9_02b7, true));
        assert_eq!(parent.to_string(), TEXT);
        assert!(!TEXT.replace("-01", "-00").parse::<TraceParent>().unwrap().sampled);
        let later = format!("{}-more", TEXT.replacen("00", "01", 1));
        assert_eq!(later.parse::<TraceParent>(), Ok(parent));
    }

    #[test]
    fn what_is_not_a_traceparent_is_refused() {
        let more = format!("{TEXT}-more");
        let zero = TEXT.replace("00f067aa0ba902b7", "0000000000000000");
        let upper = TEXT.to_uppercase();
        let never = TEXT.replacen("00", "ff", 1);
        for text in ["", "00", "00-1-2-3", &more, &zero, &upper, &never, &TEXT[1..]] {
            assert_eq!(text.parse::<TraceParent>(), Err(InvalidTraceParent), "{text}");
        }
    }

    #[test]
    fn ids_of_spans_differ_in_any_part_and_in_the_order_of_parts() {
        let ids = [&[1, 2][..], &[2, 1], &[1, 3], &[0, 0], &[0], &[]].map(span_id);
        let distinct: std::collections::BTreeSet<_> = ids.into_iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
