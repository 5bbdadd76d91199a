//! To which trace of its client an invocation belongs, as W3C Trace Context has it.

use bytes::Bytes;
use restate_core::wire::{
    framing::Decoder,
    protocol::{Header, InputCommand},
};

/// The headers of a request that say so.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TraceContext(Vec<Header>);

impl TraceContext {
    /// What the frame of an input says.
    pub(crate) fn of_input(frame: &Bytes) -> Self {
        let mut decoder = Decoder::default();
        decoder.push(frame.clone());
        // A value whose key is withheld is not a frame.
        let input = decoder.next_frame().ok().flatten();
        let input = input.and_then(|frame| frame.decode::<InputCommand>().ok());
        let headers = input.map(|input| input.headers).unwrap_or_default();
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
    ["traceparent", "tracestate"].iter().any(|name| header.key.eq_ignore_ascii_case(name))
}
