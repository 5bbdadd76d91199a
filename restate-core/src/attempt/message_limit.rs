//! Messages of a handler that are too long for its engine.

use bytes::{Bytes, BytesMut};

use crate::wire::{
    framing::{self, Decoder, FrameError},
    protocol::{End, Failure, MessageType, OutputCommand, OutputResult},
};

/// HTTP's status for content that is too large; engines use it for whatever is over a limit.
const TOO_LARGE: u32 = 413;

/// What an attempt sends in place of output that has a message over the limit.
pub(super) struct Shortened {
    /// The messages before the one that is too long.
    pub(super) before: Bytes,
    /// A terminal failure, which ends the invocation.
    ///
    /// The handler cannot be told: a later attempt, with a higher limit, could send the message, and
    /// would differ from what the handler made of the failure.
    pub(super) end: Bytes,
}

/// Whole messages without those from the first one on whose body has more than `limit` bytes; `None`
/// if none has.
pub(super) fn shorten(output: &Bytes, limit: usize) -> Option<Shortened> {
    let mut decoder = Decoder::new(limit);
    decoder.push(output.clone());
    let mut sent = 0;
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => sent += frame.raw().len(),
            Err(FrameError::TooLong { ty, length, limit }) => {
                let end = end(refusal(ty, length, limit));
                return Some(Shortened { before: output.slice(..sent), end });
            }
            Ok(None) | Err(_) => return None,
        }
    }
}

fn refusal(ty: MessageType, length: usize, limit: usize) -> String {
    let what = match ty {
        MessageType::OutputCommand => "the response of the handler",
        MessageType::SetStateCommand => "a value that the handler sets in its state",
        MessageType::ProposeRunCompletion => "the result of a `run` step",
        MessageType::CallCommand | MessageType::OneWayCallCommand => "the request of a call",
        MessageType::CompletePromiseCommand => "the value of a promise",
        MessageType::CompleteAwakeableCommand => "the value of an awakeable",
        MessageType::SendSignalCommand => "the value of a signal",
        _ => "a message of the handler",
    };
    format!(
        "{what} is a message ({ty}) of {length} bytes, over the message limit of {limit} bytes; \
         send less at a time, or a reference to data kept elsewhere, or raise the message limit of \
         the engine"
    )
}

fn end(message: String) -> Bytes {
    let failure = Failure { code: TOO_LARGE, message, metadata: Vec::new() };
    let result = Some(OutputResult::Failure(failure));
    let mut frames = BytesMut::new();
    framing::encode(&OutputCommand { result, name: String::new() }, &mut frames);
    framing::encode(&End {}, &mut frames);
    frames.freeze()
}
