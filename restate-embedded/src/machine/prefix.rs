//! The entries of a journal with which another invocation begins.

use std::{collections::HashSet, fmt};

use bytes::Bytes;
use restate_core::wire::{
    framing::{Decoder, Frame, FrameError},
    protocol::{
        AttachInvocationCommand, CallCommand, CompletePromiseCommand, GetInvocationOutputCommand,
        GetLazyStateCommand, GetLazyStateKeysCommand, GetPromiseCommand, MessageType,
        NotificationId, OneWayCallCommand, PeekPromiseCommand, RunCommand, SleepCommand,
    },
};

/// Why entries of a journal cannot be kept.
#[derive(Debug)]
pub(crate) enum PrefixError {
    /// The journal is shorter: its entries are 0 to this one.
    OutOfRange { last: u32 },
    /// A command among them has no result.
    Incomplete,
    /// The journal cannot be read.
    Corrupt(FrameError),
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { last } => {
                write!(f, "its journal has the entries 0 to {last}; the output is none of them")
            }
            Self::Incomplete => f.write_str(
                "a command among the entries to keep has no result in the journal; keep fewer",
            ),
            Self::Corrupt(error) => write!(f, "the journal is corrupt: {error}"),
        }
    }
}

impl From<FrameError> for PrefixError {
    fn from(error: FrameError) -> Self {
        Self::Corrupt(error)
    }
}

/// The entries up to the one with this index, of a journal without its input, which is entry 0. Completions of
/// commands among them belong to them, also where they come later.
///
/// # Errors
///
/// When the journal has no such entry, or not all of those completions.
pub(crate) fn prefix(journal: Vec<Bytes>, last: u32) -> Result<Vec<Bytes>, PrefixError> {
    let mut decoder = Decoder::default();
    journal.into_iter().for_each(|part| decoder.push(part));
    let (mut kept, mut missing) = (Vec::new(), HashSet::new());
    for index in 1..=last {
        let Some(frame) = decoder.next_frame()? else {
            return Err(PrefixError::OutOfRange { last: index - 1 });
        };
        match completed_by(&frame)? {
            Some(completion) => drop(missing.remove(&completion)),
            None => missing.extend(completions(&frame)?),
        }
        kept.push(frame.raw().clone());
    }
    while !missing.is_empty() {
        let frame = decoder.next_frame()?.ok_or(PrefixError::Incomplete)?;
        if completed_by(&frame)?.is_some_and(|completion| missing.remove(&completion)) {
            kept.push(frame.raw().clone());
        }
    }
    Ok(kept)
}

/// The completion id of an entry that is a completion.
fn completed_by(frame: &Frame) -> Result<Option<u32>, FrameError> {
    if !frame.ty().is_notification() {
        return Ok(None);
    }
    Ok(match frame.decode_notification()?.id {
        Some(NotificationId::CompletionId(id)) => Some(id),
        _ => None,
    })
}

/// The completion ids of a command.
fn completions(frame: &Frame) -> Result<Vec<u32>, FrameError> {
    use MessageType as Type;

    Ok(match frame.ty() {
        Type::CallCommand => {
            let call: CallCommand = frame.decode()?;
            vec![call.invocation_id_notification_idx, call.result_completion_id]
        }
        Type::OneWayCallCommand => {
            vec![frame.decode::<OneWayCallCommand>()?.invocation_id_notification_idx]
        }
        Type::SleepCommand => vec![frame.decode::<SleepCommand>()?.result_completion_id],
        Type::RunCommand => vec![frame.decode::<RunCommand>()?.result_completion_id],
        Type::GetLazyStateCommand => {
            vec![frame.decode::<GetLazyStateCommand>()?.result_completion_id]
        }
        Type::GetLazyStateKeysCommand => {
            vec![frame.decode::<GetLazyStateKeysCommand>()?.result_completion_id]
        }
        Type::GetPromiseCommand => vec![frame.decode::<GetPromiseCommand>()?.result_completion_id],
        Type::PeekPromiseCommand => {
            vec![frame.decode::<PeekPromiseCommand>()?.result_completion_id]
        }
        Type::CompletePromiseCommand => {
            vec![frame.decode::<CompletePromiseCommand>()?.result_completion_id]
        }
        Type::AttachInvocationCommand => {
            vec![frame.decode::<AttachInvocationCommand>()?.result_completion_id]
        }
        Type::GetInvocationOutputCommand => {
            vec![frame.decode::<GetInvocationOutputCommand>()?.result_completion_id]
        }
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use restate_core::wire::protocol::{
        Notification, NotificationResult, ProtocolMessage, SetStateCommand, Void,
    };

    use super::*;
    use crate::machine::journal::frame;

    fn completion(ty: MessageType, id: u32) -> Bytes {
        notification(ty, NotificationId::CompletionId(id))
    }

    fn notification(ty: MessageType, id: NotificationId) -> Bytes {
        let result = Some(NotificationResult::Void(Void {}));
        Frame::notification(ty, &Notification { id: Some(id), result }).raw().clone()
    }

    fn sleep(id: u32) -> Bytes {
        frame(&SleepCommand { result_completion_id: id, ..SleepCommand::default() })
    }

    /// Two sleeps, a signal, the end of the second sleep, a call, the end of the first, and the callee's id.
    fn journal() -> [Bytes; 8] {
        let call = CallCommand {
            invocation_id_notification_idx: 3,
            result_completion_id: 4,
            ..CallCommand::default()
        };
        [
            sleep(1),
            sleep(2),
            notification(MessageType::Signal, NotificationId::SignalId(17)),
            completion(MessageType::SleepCompletion, 2),
            frame(&SetStateCommand::default()),
            frame(&call),
            completion(MessageType::SleepCompletion, 1),
            completion(MessageType::CallInvocationIdCompletion, 3),
        ]
    }

    /// The journal in parts, whose bounds have no meaning.
    fn parts() -> Vec<Bytes> {
        journal().chunks(3).map(|part| part.concat().into()).collect()
    }

    /// The positions in the journal of what is kept up to `last`.
    fn kept(last: u32) -> Vec<usize> {
        let kept = prefix(parts(), last).unwrap();
        let position = |frame| journal().iter().position(|one| one == frame).unwrap();
        kept.iter().map(position).collect()
    }

    #[test]
    fn completions_of_kept_commands_are_kept_where_they_come_later() {
        assert_eq!(kept(0), [0_usize; 0]);
        assert_eq!(kept(1), [0, 6]);
        assert_eq!(kept(2), [0, 1, 3, 6]);
        assert_eq!(kept(4), [0, 1, 2, 3, 6]);
        assert_eq!(kept(5), [0, 1, 2, 3, 4, 6]);
    }

    #[test]
    fn a_command_without_its_completions_is_refused() {
        for last in [6, 7, 8] {
            let refused = prefix(parts(), last).unwrap_err();
            assert!(matches!(refused, PrefixError::Incomplete), "{last}: {refused:?}");
        }
    }

    #[test]
    fn an_entry_behind_the_last_one_is_refused() {
        for last in [9, 10, u32::MAX] {
            let refused = prefix(parts(), last).unwrap_err();
            assert!(matches!(refused, PrefixError::OutOfRange { last: 8 }), "{last}: {refused:?}");
        }
    }

    #[test]
    fn every_command_with_a_result_waits_for_it() {
        fn command<M: ProtocolMessage>(message: &M, completions: &[u32]) {
            let frame = frame(message);
            let refused = prefix(vec![frame.clone()], 1).unwrap_err();
            assert!(matches!(refused, PrefixError::Incomplete), "{refused:?}");
            let completions =
                completions.iter().map(|id| completion(MessageType::RunCompletion, *id));
            let journal: Vec<_> = [frame].into_iter().chain(completions).collect();
            assert_eq!(prefix(journal.clone(), 1).unwrap(), journal);
        }
        let (result_completion_id, invocation_id_notification_idx) = (5, 6);
        command(
            &CallCommand {
                result_completion_id,
                invocation_id_notification_idx,
                ..CallCommand::default()
            },
            &[5, 6],
        );
        command(
            &OneWayCallCommand { invocation_id_notification_idx, ..OneWayCallCommand::default() },
            &[6],
        );
        command(&SleepCommand { result_completion_id, ..SleepCommand::default() }, &[5]);
        command(&RunCommand { result_completion_id, ..RunCommand::default() }, &[5]);
        command(&GetLazyStateCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&GetLazyStateKeysCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&GetPromiseCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&PeekPromiseCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&CompletePromiseCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&AttachInvocationCommand { result_completion_id, ..Default::default() }, &[5]);
        command(&GetInvocationOutputCommand { result_completion_id, ..Default::default() }, &[5]);
    }

    #[test]
    fn what_cannot_be_kept_is_explained() {
        let refused = |last| prefix(parts(), last).unwrap_err().to_string();
        assert_eq!(refused(9), "its journal has the entries 0 to 8; the output is none of them");
        assert_eq!(
            refused(8),
            "a command among the entries to keep has no result in the journal; keep fewer"
        );
    }
}
