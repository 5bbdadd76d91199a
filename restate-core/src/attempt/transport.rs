use std::task::{Context, Poll};

use bytes::Bytes;

use crate::payload::Encoding;

/// The bytes between an attempt and the engine that started it.
///
/// Both directions carry frames of the service protocol ([`framing`](crate::wire::framing)); chunks may
/// cut them anywhere.
pub trait Transport: Send {
    /// The next bytes from the engine, or `None` once it sends no more in this attempt.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;

    /// Resolves when everything that has been sent and received so far is durable; asked before a `run`
    /// closure begins. At once, unless the engine carries an attempt on before its journal is durable.
    fn poll_durable(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// The response of the handler, which follows, has this encoding. Its message does not say so.
    fn responds_in(&mut self, _encoding: Encoding) {}

    /// Hands bytes to the engine, in order. An engine that is gone ignores them.
    fn send(&mut self, bytes: Bytes);
}
