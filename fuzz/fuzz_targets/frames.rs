//! Any bytes as a stream of frames, and as ids: however they are cut, both readers find the same frames,
//! and an id that is read is written as it was.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use restate_core::wire::{
    framing::{Decoder, FrameWalker},
    ids::{InvocationIdParts, parse_awakeable_id},
};

/// The longest body, small enough to be exceeded.
const LIMIT: usize = 1 << 16;

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk, stream) = input;
    let chunk = usize::from(chunk).max(1);
    let whole = frames(stream, stream.len().max(1));
    assert_eq!(frames(stream, chunk), whole);

    let mut walker = FrameWalker::new(LIMIT);
    let walked: Result<usize, _> = stream.chunks(chunk).map(|chunk| walker.advance(chunk)).sum();
    if let (Ok(walked), (decoded, true)) = (walked, whole) {
        assert_eq!(walked, decoded);
    }

    if let Ok(text) = str::from_utf8(stream) {
        if let Some(id) = InvocationIdParts::parse(text) {
            assert_eq!(id.to_string(), text);
            assert_eq!(InvocationIdParts::from_bytes(&id.to_bytes()).to_string(), text);
        }
        InvocationIdParts::from_hexadecimal(text);
        parse_awakeable_id(text);
    }
});

/// The number of frames in `stream`, which arrives in chunks, and whether it ends without an error.
fn frames(stream: &[u8], chunk: usize) -> (usize, bool) {
    let (mut decoder, mut found) = (Decoder::new(LIMIT), 0);
    for chunk in stream.chunks(chunk) {
        decoder.push(Bytes::copy_from_slice(chunk));
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    found += 1;
                    assert_eq!(frame.raw().len(), 8 + frame.body().len());
                    frame.requests_ack();
                    let _ = frame.decode_notification();
                }
                Ok(None) => break,
                Err(_) => return (found, false),
            }
        }
    }
    (found, true)
}
