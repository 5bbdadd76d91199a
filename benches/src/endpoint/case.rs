use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing::{self, Frame},
    protocol::{
        InputCommand, MessageType, Notification, NotificationId, NotificationResult, RunCommand,
        Start, Value,
    },
};
use serde::Serialize;

/// A recorded invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Case {
    Empty,
    OneCall,
    TenRuns,
    Replay,
    Payload,
}

/// The number of `run` steps in the replayed journal; each has a command and a result.
pub(super) const REPLAYED_RUNS: u32 = 500;

const PAYLOAD: usize = 100 * 1024;

impl Case {
    pub(super) const ALL: [Self; 5] =
        [Self::Empty, Self::OneCall, Self::TenRuns, Self::Replay, Self::Payload];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OneCall => "one call",
            Self::TenRuns => "ten runs",
            Self::Replay => "replay of 1,000 entries",
            Self::Payload => "100 KiB in and out",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Empty => "/invoke/Greeter/greet",
            Self::OneCall => "/invoke/Chain/call",
            Self::TenRuns | Self::Replay => "/invoke/Steps/many",
            Self::Payload => "/invoke/Echo/bytes",
        }
    }

    /// The number of repetitions: they take about one second of CPU time.
    pub(super) fn repetitions(self) -> u32 {
        match self {
            Self::Empty => 60_000,
            Self::OneCall => 40_000,
            Self::TenRuns => 10_000,
            Self::Replay => 1_500,
            Self::Payload => 8_000,
        }
    }

    /// The journal that the server sends at the start.
    pub(super) fn journal(self) -> Bytes {
        let runs = if self == Self::Replay { REPLAYED_RUNS } else { 0 };
        let mut journal = BytesMut::new();
        framing::encode(
            &Start {
                id: Bytes::from_static(b"0123456789abcdef"),
                debug_id: "inv_1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
                known_entries: 1 + 2 * runs,
                random_seed: 7,
                ..Start::default()
            },
            &mut journal,
        );
        let value = Some(Value { content: self.input() });
        framing::encode(&InputCommand { value, ..InputCommand::default() }, &mut journal);
        for run in 1..=runs {
            let command = RunCommand { result_completion_id: run, name: String::new() };
            framing::encode(&command, &mut journal);
            let content = Bytes::from((run - 1).to_string());
            let result = NotificationResult::Value(Value { content });
            journal.extend_from_slice(completion(MessageType::RunCompletion, run, result).raw());
        }
        journal.freeze()
    }

    fn input(self) -> Bytes {
        match self {
            Self::Empty | Self::OneCall => Bytes::from_static(br#"{"name":"P"}"#),
            Self::TenRuns => Bytes::from_static(br#"{"n":10}"#),
            Self::Replay => Bytes::from(format!(r#"{{"n":{REPLAYED_RUNS}}}"#)),
            Self::Payload => Bytes::from(vec![b'x'; PAYLOAD]),
        }
    }
}

/// The frame that completes `id`.
pub(super) fn completion(ty: MessageType, id: u32, result: NotificationResult) -> Frame {
    let id = Some(NotificationId::CompletionId(id));
    Frame::notification(ty, &Notification { id, result: Some(result) })
}
