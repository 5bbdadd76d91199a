//! A function for lists that looks for a text in requests.

use bytes::Bytes;
use restate_core::wire::{framing::Decoder, protocol::InputCommand};
use rusqlite::{Connection, functions::FunctionFlags};

/// Makes `restate_request_has(input, text)` known to a connection: whether the request in the frame of an input
/// has a text in lower case, whatever the case of its own ASCII letters. The headers in the frame, which may be
/// secrets, are not looked at.
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("restate_request_has", 2, flags, |row| {
        let (frame, text) = (row.get_raw(0).as_blob_or_null()?, row.get_raw(1).as_str()?);
        // The request is in the frame as it is: most frames need not be decoded.
        let frame = frame.filter(|frame| has(frame, text));
        let request = frame.and_then(|frame| request(Bytes::copy_from_slice(frame)));
        Ok(request.is_some_and(|request| has(&request, text)))
    })
}

/// `None` if the frame is encrypted.
fn request(frame: Bytes) -> Option<Bytes> {
    let mut decoder = Decoder::default();
    decoder.push(frame);
    let input: InputCommand = decoder.next_frame().ok().flatten()?.decode().ok()?;
    Some(input.value?.content)
}

/// Takes time in proportion to the length of the request, which cannot be interrupted.
fn has(request: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(request).to_ascii_lowercase().contains(text)
}

#[cfg(test)]
mod tests {
    use restate_core::wire::{framing::Frame, protocol::Header};

    use super::*;

    #[test]
    fn only_the_request_is_looked_at() {
        let header = Header { key: "authorization".to_owned(), value: "secret".to_owned() };
        let value = Some(Bytes::from_static(b"\xffAn Apple").into());
        let input = InputCommand { headers: vec![header], value, ..InputCommand::default() };
        let frame = Frame::new(&input).raw().clone();
        let found = request(frame).unwrap();
        assert!(has(&found, "an apple") && has(&found, ""));
        assert!(!has(&found, "secret") && !has(&found, "pear"));
        assert_eq!(request(Bytes::from_static(b"rstE, which is no frame")), None);
    }
}
