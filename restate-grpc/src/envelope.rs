//! Messages with a prefix: one byte of flags, four of the length, as gRPC frames them.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{BufMut as _, Bytes, BytesMut};
use restate_core::RpcCode;

use crate::{
    compression::{Compression, decompress},
    limits::too_large,
    status::RpcStatus,
};

/// One byte of flags, and four bytes of the length.
pub(crate) const PREFIX: usize = 5;

/// The message is compressed.
pub(crate) const COMPRESSED: u8 = 1;

/// Collects the bytes of a request with one message. It refuses as early as the bytes allow.
#[derive(Debug)]
pub(crate) struct EnvelopeReader {
    received: BytesMut,
    limit: usize,
    compression: Compression,
}

impl EnvelopeReader {
    pub(crate) fn new(limit: usize, compression: Compression) -> Self {
        Self { received: BytesMut::new(), limit, compression }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// Code `INTERNAL` for flags that this protocol does not have, `RESOURCE_EXHAUSTED` for a message
    /// over the limit, `UNIMPLEMENTED` for a second message.
    pub(crate) fn push(&mut self, data: &[u8]) -> Result<(), RpcStatus> {
        let room = match self.announced()? {
            Some(length) => PREFIX + length - self.received.len(),
            // What follows the prefix is checked below.
            None => PREFIX - self.received.len(),
        };
        let (now, later) = data.split_at(room.min(data.len()));
        self.received.extend_from_slice(now);
        if later.is_empty() {
            return self.announced().map(drop);
        }
        if room > 0 && self.received.len() == PREFIX {
            return self.push(later);
        }
        Err(RpcStatus::new(
            RpcCode::Unimplemented,
            "the request has several messages; this rpc takes one, as durable rpcs do not stream",
        ))
    }

    /// The message, once all bytes were taken.
    ///
    /// # Errors
    ///
    /// Code `UNIMPLEMENTED` without a message, `INVALID_ARGUMENT` for a part of one.
    pub(crate) fn finish(mut self) -> Result<Bytes, RpcStatus> {
        if self.received.is_empty() {
            let text = "the request has no message; this rpc takes one";
            return Err(RpcStatus::new(RpcCode::Unimplemented, text));
        }
        let length = self.announced()?;
        let message = self.received.split_off(PREFIX.min(self.received.len())).freeze();
        if length != Some(message.len()) {
            let text = "the request ends within a message; its prefix announces more bytes";
            return Err(RpcStatus::new(RpcCode::InvalidArgument, text));
        }
        let is_compressed = self.received[0] & COMPRESSED != 0;
        let compression = if is_compressed { self.compression } else { Compression::Identity };
        decompress(message, compression, self.limit)
    }

    fn announced(&self) -> Result<Option<usize>, RpcStatus> {
        announced(&self.received, self.limit, self.compression)
    }
}

/// Takes the first message of a stream, once all of it is there.
///
/// # Errors
///
/// Those of [`EnvelopeReader`], but for the number of messages.
pub(crate) fn take_message(
    received: &mut BytesMut,
    limit: usize,
    compression: Compression,
) -> Result<Option<Bytes>, RpcStatus> {
    let Some(length) = announced(received, limit, compression)? else { return Ok(None) };
    if received.len() < PREFIX + length {
        return Ok(None);
    }
    let message = received.split_to(PREFIX + length).freeze();
    let is_compressed = message[0] & COMPRESSED != 0;
    let compression = if is_compressed { compression } else { Compression::Identity };
    decompress(message.slice(PREFIX..), compression, limit).map(Some)
}

/// The length of the first message, once its prefix is there.
fn announced(
    received: &[u8],
    limit: usize,
    compression: Compression,
) -> Result<Option<usize>, RpcStatus> {
    let Some((prefix, _)) = received.split_first_chunk::<PREFIX>() else { return Ok(None) };
    let [flags, length @ ..] = *prefix;
    let internal = |text: String| Err(RpcStatus::new(RpcCode::Internal, text));
    match (flags, compression) {
        (0, _) | (COMPRESSED, Compression::Gzip) => {}
        (COMPRESSED, Compression::Identity) => {
            return internal("a message is compressed, but no header names how".to_owned());
        }
        (flags, _) => {
            return internal(format!("a message has the flags {flags:#04x}; requests have 0 or 1"));
        }
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(too_large(limit));
    }
    Ok(Some(length))
}

/// A message with its prefix, at the end of `to`.
pub(crate) fn put(to: &mut BytesMut, flags: u8, message: &[u8]) {
    to.reserve(PREFIX + message.len());
    to.put_u8(flags);
    // Responses are shorter: a journal entry of 4 GiB cannot be stored.
    to.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    to.put_slice(message);
}

/// Decodes base64 that arrives in pieces. Padding may also be inside, where a client has encoded its
/// messages one by one.
#[derive(Debug, Default)]
pub(crate) struct Base64Reader {
    rest: Vec<u8>,
}

impl Base64Reader {
    /// The bytes that are complete with the next characters.
    ///
    /// # Errors
    ///
    /// Code `INVALID_ARGUMENT` for what is not base64.
    pub(crate) fn decode(&mut self, text: &[u8]) -> Result<Vec<u8>, RpcStatus> {
        self.rest.extend_from_slice(text);
        let complete = self.rest.len() - self.rest.len() % 4;
        let mut decoded = Vec::with_capacity(complete / 4 * 3);
        let mut run = 0;
        for (index, group) in self.rest[..complete].chunks_exact(4).enumerate() {
            if group[3] == b'=' || (index + 1) * 4 == complete {
                let groups = &self.rest[run..(index + 1) * 4];
                run = (index + 1) * 4;
                STANDARD.decode_vec(groups, &mut decoded).map_err(|error| not_base64(&error))?;
            }
        }
        self.rest.drain(..complete);
        Ok(decoded)
    }

    /// Checks that nothing is left over.
    ///
    /// # Errors
    ///
    /// Code `INVALID_ARGUMENT` if there is.
    pub(crate) fn finish(&self) -> Result<(), RpcStatus> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(not_base64(&"it ends within four characters"))
        }
    }
}

fn not_base64(reason: &dyn std::fmt::Display) -> RpcStatus {
    let text = format!("the body is not base64, as its content type says: {reason}");
    RpcStatus::new(RpcCode::InvalidArgument, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]], limit: usize) -> Result<Bytes, RpcCode> {
        let mut reader = EnvelopeReader::new(limit, Compression::Identity);
        for piece in pieces {
            reader.push(piece).map_err(|error| error.code())?;
        }
        reader.finish().map_err(|error| error.code())
    }

    #[test]
    fn a_message_arrives_in_any_pieces() {
        let whole = b"\0\0\0\0\x03abc";
        for at in 0..whole.len() {
            let (one, other) = whole.split_at(at);
            assert_eq!(read(&[one, b"", other], 3).unwrap(), "abc", "{at}");
        }
        assert_eq!(read(&[b"\0\0\0\0\0"], 0).unwrap(), "");
    }

    #[test]
    fn whatever_else_arrives_has_its_code() {
        for (pieces, code) in [
            (&[&b""[..]][..], RpcCode::Unimplemented),
            (&[b"\0\0"], RpcCode::InvalidArgument),
            (&[b"\0\0\0\0\x03ab"], RpcCode::InvalidArgument),
            (&[b"\0\0\0\0\x03abcd"], RpcCode::Unimplemented),
            (&[b"\0\0\0\0\x03abc", b"\0"], RpcCode::Unimplemented),
            (&[b"\0\0\0\0\0\0\0\0\0\0"], RpcCode::Unimplemented),
            (&[b"\0\0\0\0\x04"], RpcCode::ResourceExhausted),
            (&[b"\0\xff\xff\xff\xff"], RpcCode::ResourceExhausted),
            (&[b"\x01\0\0\0\x03abc"], RpcCode::Internal),
            (&[b"\x80\0\0\0\x03abc"], RpcCode::Internal),
            (&[b"\x02\0\0\0\0"], RpcCode::Internal),
        ] {
            assert_eq!(read(pieces, 3), Err(code), "{pieces:?}");
        }
    }

    #[test]
    fn base64_may_be_padded_inside() {
        let decode = |pieces: &[&str]| {
            let mut reader = Base64Reader::default();
            let mut all = Vec::new();
            for piece in pieces {
                all.extend(reader.decode(piece.as_bytes())?);
            }
            reader.finish().map(|()| all)
        };
        assert_eq!(decode(&["YQ==", "YmM="]).unwrap(), b"abc");
        assert_eq!(decode(&["YQ==YmM=ZGVm"]).unwrap(), b"abcdef");
        assert_eq!(decode(&["Z", "G", "VmZ", "w=="]).unwrap(), b"defg");
        assert!(decode(&["ZGV"]).is_err());
        assert!(decode(&["Z=Vm"]).is_err());
        assert!(decode(&["ZG\nm"]).is_err());
    }
}
