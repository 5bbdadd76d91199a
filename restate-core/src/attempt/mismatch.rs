//! Errors about handlers that depart from their journals, without values that people must not see.

use bytes::{Bytes, BytesMut};

use crate::{
    payload::json::REDACTED,
    wire::{
        framing::{self, Decoder},
        protocol::{ErrorMessage, MessageType},
    },
};

/// How the state machine's error begins what it quotes of a field. Headers can hold secrets of anyone.
const HEADERS: &str = "\n   headers: ";

/// The same for fields with values of handlers.
const VALUES: [&str; 4] =
    ["\n   parameter: ", "\n   value: ", "\n   result: ", "\n   completion: "];

/// Cuts an error off before it quotes headers, and before it quotes values if people must not see them.
///
/// A value may contain any text, so nothing behind one can be told from it.
pub(super) fn cut_values(error: &mut String, hides_values: bool) {
    let values = VALUES.iter().copied().filter(|_| hides_values);
    let found = values.chain([HEADERS]).filter_map(|field| Some(error.find(field)? + field.len()));
    if let Some(end) = found.min() {
        error.truncate(end);
        error.push_str(REDACTED);
    }
}

/// The last messages of an attempt, whose error is cut off as [`cut_values`] does.
pub(super) fn without_values(output: Bytes, hides_values: bool) -> Bytes {
    let mut frames = Decoder::default();
    frames.push(output.clone());
    let mut cut = BytesMut::with_capacity(output.len());
    loop {
        match frames.next_frame() {
            Ok(Some(frame)) if frame.ty() == MessageType::Error => {
                let Ok(mut error) = frame.decode::<ErrorMessage>() else { return output };
                cut_values(&mut error.message, hides_values);
                cut_values(&mut error.stacktrace, hides_values);
                framing::encode(&error, &mut cut);
            }
            Ok(Some(frame)) => cut.extend_from_slice(frame.raw()),
            Ok(None) => return cut.freeze(),
            // The state machine does not send what is not a message.
            Err(_) => return output,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::protocol::SetStateCommand;

    #[test]
    fn what_people_must_not_see_is_cut_off() {
        let error = "- Difference:\n   service_name: a != b\n   parameter: '1' != '2'\n   headers: [] != []";
        let cut = |hides_values| {
            let mut error = error.to_owned();
            cut_values(&mut error, hides_values);
            error
        };
        assert_eq!(cut(true), "- Difference:\n   service_name: a != b\n   parameter: [redacted]");
        assert!(cut(false).ends_with("parameter: '1' != '2'\n   headers: [redacted]"));
        let mut other = "- Difference:\n   name: a != b".to_owned();
        cut_values(&mut other, true);
        assert_eq!(other, "- Difference:\n   name: a != b");
    }

    #[test]
    fn only_errors_are_cut_off() {
        let error = |message: &str| ErrorMessage {
            message: message.to_owned(),
            stacktrace: message.to_owned(),
            ..ErrorMessage::default()
        };
        let output = |message: &str| {
            let mut frames = BytesMut::new();
            let key = Bytes::from_static(b"key");
            framing::encode(&SetStateCommand { key, ..SetStateCommand::default() }, &mut frames);
            framing::encode(&error(message), &mut frames);
            frames.freeze()
        };
        let cut = without_values(output("Difference:\n   value: a != b"), true);
        assert_eq!(cut, output("Difference:\n   value: [redacted]"));
    }
}
