//! To which trace an invocation belongs, and what its spans need to know after a restart.

use bytes::Bytes;
use restate_core::{
    trace::{RECORDED, TraceParent, span_id},
    wire::{
        framing::Decoder,
        protocol::{Header, InputCommand},
    },
};

use super::id::InvocationId;

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// The headers of a request that say to which trace it belongs, as W3C Trace Context has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TraceContext(Vec<Header>);

impl TraceContext {
    /// What the frame of an input says.
    pub(crate) fn of_input(frame: &Bytes) -> Self {
        let headers = decode(frame).map(|input| input.headers).unwrap_or_default();
        Self(headers.into_iter().filter(is_of_trace).collect())
    }

    /// Adds it to the headers of a call, unless these say it themselves.
    pub(crate) fn add_to(&self, headers: &mut Vec<Header>) {
        if !self.0.is_empty() && !headers.iter().any(is_of_trace) {
            headers.extend(self.0.iter().cloned());
        }
    }

    /// Names and values.
    #[cfg(feature = "deployments")]
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|header| (&*header.key, &*header.value))
    }
}

fn is_of_trace(header: &Header) -> bool {
    [PARENT, STATE].iter().any(|name| header.key.eq_ignore_ascii_case(name))
}

fn decode(frame: &Bytes) -> Option<InputCommand> {
    let mut decoder = Decoder::default();
    decoder.push(frame.clone());
    // A value whose key is withheld is not a frame.
    decoder.next_frame().ok().flatten()?.decode().ok()
}

/// The span that the frame of an input names as its parent.
pub(crate) fn parent_of_input(frame: &Bytes) -> Option<TraceParent> {
    // Most requests have none, and need not be decoded. Headers are the first in the frame.
    let head = &frame[..frame.len().min(8 << 10)];
    if !head.windows(PARENT.len()).any(|name| name.eq_ignore_ascii_case(PARENT.as_bytes())) {
        return None;
    }
    let headers = decode(frame)?.headers;
    let parent = headers.iter().find(|header| header.key.eq_ignore_ascii_case(PARENT))?;
    parent.value.parse().ok()
}

/// The input with this span as the parent of what its handler does.
pub(crate) fn with_parent(frame: &Bytes, parent: TraceParent) -> Option<InputCommand> {
    let mut input = decode(frame)?;
    let state = input.headers.iter().find(|header| header.key.eq_ignore_ascii_case(STATE));
    let state = state.map_or_else(|| RECORDED.to_owned(), |state| recorded(&state.value));
    input.headers.retain(|header| !is_of_trace(header));
    input.headers.push(Header { key: PARENT.into(), value: parent.to_string() });
    input.headers.push(Header { key: STATE.into(), value: state });
    Some(input)
}

/// A trace state that says so, too.
fn recorded(state: &str) -> String {
    match state.split(',').any(|member| member.trim() == RECORDED) {
        true => state.to_owned(),
        false => format!("{RECORDED},{state}"),
    }
}

/// Which invocations without a parent are the first of a recorded trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling(u64);

impl Sampling {
    /// This share of them, from 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    pub(crate) fn ratio(ratio: f64) -> Self {
        Self((ratio.clamp(0.0, 1.0) * (1_u64 << 56) as f64) as u64)
    }

    /// Decides as OpenTelemetry's `TraceIdRatioBased` does, by the lower 56 bits.
    fn takes(self, trace: u128) -> bool {
        trace & ((1 << 56) - 1) < u128::from(self.0)
    }
}

/// Who has invoked, and whether they wait for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invoker {
    Ingress,
    IngressSend,
    Call,
    Send,
}

/// The recorded trace that an invocation belongs to, and what of it has begun and not ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    pub(crate) trace: u128,
    /// The span that the call or the request is part of; 0 if it is the first of the trace.
    pub(crate) parent: u64,
    pub(crate) invoker: Invoker,
    /// When the attempt under way began, and its number.
    pub(crate) attempt: Option<(u64, u64)>,
    /// The completion ids of sleeps, and when they began.
    pub(crate) sleeps: Vec<(u32, u64)>,
}

impl Trace {
    /// The trace of an invocation that a client or a handler creates, if it is to be recorded.
    pub(crate) fn new(trace: u128, parent: u64, invoker: Invoker) -> Self {
        Self { trace, parent, invoker, attempt: None, sleeps: Vec::new() }
    }

    /// A trace that begins with this invocation, if the sampling takes it.
    pub(crate) fn root(id: InvocationId, invoker: Invoker, sampling: Sampling) -> Option<Self> {
        let half = |n| u128::from(span_id(&[id.order(), id.partition_key(), id.nonce(), n]));
        let trace = half(1) << 64 | half(2);
        sampling.takes(trace).then(|| Self::new(trace, 0, invoker))
    }

    /// As it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(25);
        bytes.extend_from_slice(&self.trace.to_be_bytes());
        bytes.extend_from_slice(&self.parent.to_be_bytes());
        bytes.push(match self.invoker {
            Invoker::Ingress => 0,
            Invoker::IngressSend => 1,
            Invoker::Call => 2,
            Invoker::Send => 3,
        });
        let (start, number) = self.attempt.unwrap_or_default();
        bytes.extend_from_slice(&start.to_be_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        for (completion, start) in &self.sleeps {
            bytes.extend_from_slice(&completion.to_be_bytes());
            bytes.extend_from_slice(&start.to_be_bytes());
        }
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) has made; `None` if it is not that.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (trace, rest) = bytes.split_first_chunk()?;
        let (parent, rest) = rest.split_first_chunk()?;
        let (entry, rest) = rest.split_first()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let attempt = (u64::from_be_bytes(*start), u64::from_be_bytes(*number));
        let (sleeps, []) = rest.as_chunks::<12>() else { return None };
        let sleep = |bytes: &[u8; 12]| {
            let (completion, start) = bytes.split_first_chunk()?;
            Some((u32::from_be_bytes(*completion), u64::from_be_bytes(start.try_into().ok()?)))
        };
        Some(Self {
            trace: u128::from_be_bytes(*trace),
            parent: u64::from_be_bytes(*parent),
            invoker: [Invoker::Ingress, Invoker::IngressSend, Invoker::Call, Invoker::Send]
                .get(usize::from(*entry))
                .copied()?,
            attempt: (attempt.0 > 0).then_some(attempt),
            sleeps: sleeps.iter().map(sleep).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_reads_back_as_it_was_stored() {
        let mut trace = Trace::new(7 << 70, 5, Invoker::Send);
        assert_eq!(Trace::from_bytes(&trace.to_bytes()), Some(trace.clone()));
        trace.attempt = Some((1, 2));
        trace.sleeps = vec![(3, 4), (5, 6)];
        assert_eq!(Trace::from_bytes(&trace.to_bytes()), Some(trace.clone()));
        assert_eq!(Trace::from_bytes(&trace.to_bytes()[1..]), None);
        assert_eq!(Trace::from_bytes(b""), None);
    }

    #[test]
    fn a_share_of_all_traces_is_sampled() {
        let taken = |ratio| {
            let ids = (1..=1000).map(|n| InvocationId::new(n, n, n));
            let sampling = Sampling::ratio(ratio);
            ids.filter(|id| Trace::root(*id, Invoker::Ingress, sampling).is_some()).count()
        };
        assert_eq!((taken(0.0), taken(1.0)), (0, 1000));
        let tenth = taken(0.1);
        assert!((60..140).contains(&tenth), "{tenth}");
    }
}
