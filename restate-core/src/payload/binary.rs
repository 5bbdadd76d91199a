//! Binary protobuf, within the limits of nesting.

use bytes::{Buf, Bytes};
use prost::{DecodeError, Message};

use super::{
    PayloadError,
    nesting::{MAX_LEVELS, Stack, TooDeep, ran_out, with_room},
};

/// Reads a message.
pub(crate) fn from_binary<M: Message + Default>(bytes: &Bytes) -> Result<M, PayloadError> {
    with_room(|| {
        let mut input = Watched { bytes: bytes.clone(), stack: Stack::current(), is_closed: false };
        let mut message = M::default();
        let result: Result<(), DecodeError> = message.merge(&mut input);
        if input.is_closed {
            ran_out();
            return Err(PayloadError::new::<M>(TooDeep::Stack));
        }
        result.map(|()| message).map_err(PayloadError::new::<M>)
    })
}

/// Writes a message, unless it could not be read again.
pub(crate) fn to_binary<M: Message + Default>(message: &M) -> Result<Bytes, PayloadError> {
    let bytes = Bytes::from(message.encode_to_vec());
    // prost limits what it reads, not what it writes.
    if may_be_too_deep(&bytes, 0) && from_binary::<M>(&bytes).is_err() {
        return Err(PayloadError::new::<M>(TooDeep::Levels));
    }
    Ok(bytes)
}

/// Bytes that end early if reading them uses up the stack: prost recurses, and neither allows for the
/// size of its frames nor lets others look between them.
struct Watched {
    bytes: Bytes,
    stack: Stack,
    is_closed: bool,
}

impl Buf for Watched {
    fn remaining(&self) -> usize {
        if self.is_closed { 0 } else { self.bytes.len() }
    }

    fn chunk(&self) -> &[u8] {
        if self.is_closed { &[] } else { &self.bytes }
    }

    // Only here, so that what prost has checked before it takes bytes still holds when it does.
    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.is_closed |= self.stack.is_used_up();
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.bytes.copy_to_bytes(length)
    }

    // prost counts the bytes of a varint before it takes one after the other.
    fn get_u8(&mut self) -> u8 {
        self.bytes.get_u8()
    }
}

/// Whether `bytes`, which are `level` levels deep, can hold more levels than are allowed. What is in
/// fact text may look like messages, so only `false` is certain.
fn may_be_too_deep(bytes: &[u8], level: usize) -> bool {
    if level > MAX_LEVELS {
        return true;
    }
    // Each further level takes two bytes at least.
    if bytes.len() < 2 * (MAX_LEVELS + 1 - level) {
        return false;
    }
    let (mut rest, mut groups) = (bytes, 0_usize);
    while let Some(tag) = varint(&mut rest) {
        let skipped = match tag & 7 {
            VARINT => varint(&mut rest).is_some(),
            FIXED_64 => skip(&mut rest, 8).is_some(),
            FIXED_32 => skip(&mut rest, 4).is_some(),
            LENGTH_DELIMITED => {
                match varint(&mut rest).and_then(|length| skip(&mut rest, length)) {
                    Some(inner) if may_be_too_deep(inner, level + groups + 1) => return true,
                    inner => inner.is_some(),
                }
            }
            START_GROUP => {
                groups += 1;
                if level + groups > MAX_LEVELS {
                    return true;
                }
                true
            }
            END_GROUP => {
                groups = groups.saturating_sub(1);
                true
            }
            _ => false,
        };
        if !skipped {
            // No message.
            return false;
        }
    }
    false
}

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const START_GROUP: u64 = 3;
const END_GROUP: u64 = 4;
const FIXED_32: u64 = 5;

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn skip<'b>(bytes: &mut &'b [u8], length: u64) -> Option<&'b [u8]> {
    let (skipped, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(skipped)
}
