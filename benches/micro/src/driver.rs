//! One poll of an attempt that can make progress.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use restate_core::{
    attempt::{self, AttemptOptions, Outcome, Transport},
    wire::{
        framing::{self, Frame},
        protocol::{
            InputCommand, MessageType, Notification, NotificationId, NotificationResult,
            ProposeRunCompletionAck, RunCommand, Start, Value,
        },
    },
};

use crate::{
    case::{Case, Run, keeping},
    script::{Runs, StepsServer},
};

/// The number of `run` steps in the replayed journal; each has a command and a result.
const REPLAYED: u32 = 100;

pub(crate) const CASES: &[Case] = &[
    Case::new("driver/start", || poll(Attempt::new(3, 0))),
    Case::new("driver/step", || poll(Attempt::new(3, 0).after_step(1))),
    Case::new("driver/end", || poll(Attempt::new(1, 0).after_step(1))),
    Case::new("driver/replay", || poll(Attempt::new(REPLAYED + 1, REPLAYED)))
        .times(REPLAYED as usize),
];

fn poll(mut attempt: Attempt) -> Run {
    keeping(move || attempt.poll())
}

/// An attempt, and its scripted engine.
struct Attempt {
    future: Pin<Box<dyn Future<Output = Outcome>>>,
    engine: Engine,
}

impl Attempt {
    /// An attempt of a handler with `steps` steps, of which `replayed` are in the journal.
    fn new(steps: u32, replayed: u32) -> Self {
        let engine = Engine::default();
        engine.send(journal(steps, replayed));
        let mut transport = engine.clone();
        let future = Box::pin(async move {
            let service = StepsServer::new(Runs);
            attempt::drive(&service, "run", AttemptOptions::default(), &mut transport).await
        });
        Self { future, engine }
    }

    /// Receives the acknowledgement of this step's result.
    fn after_step(mut self, step: u32) -> Self {
        assert!(self.poll().is_pending(), "the handler waits until its step is stored");
        let mut ack = BytesMut::new();
        framing::encode(&ProposeRunCompletionAck { completion_id: step }, &mut ack);
        self.engine.send(ack.freeze());
        self
    }

    fn poll(&mut self) -> Poll<Outcome> {
        self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}

fn journal(steps: u32, replayed: u32) -> Bytes {
    let mut journal = BytesMut::new();
    let start = Start {
        id: Bytes::from_static(b"0123456789abcdef"),
        debug_id: "inv_1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        known_entries: 1 + 2 * replayed,
        random_seed: 7,
        ..Start::default()
    };
    framing::encode(&start, &mut journal);
    let content = Bytes::from(steps.to_string());
    let input = InputCommand { value: Some(Value { content }), ..InputCommand::default() };
    framing::encode(&input, &mut journal);
    for step in 1..=replayed {
        let run = RunCommand { result_completion_id: step, name: String::new() };
        framing::encode(&run, &mut journal);
        let id = Some(NotificationId::CompletionId(step));
        let content = Bytes::from((step - 1).to_string());
        let result = Some(NotificationResult::Value(Value { content }));
        let completion = Notification { id, result };
        let frame = Frame::notification(MessageType::RunCompletion, &completion);
        journal.extend_from_slice(frame.raw());
    }
    journal.freeze()
}

/// An engine that sends prepared messages, and ignores what it receives.
#[derive(Clone, Default)]
struct Engine(Arc<Mutex<VecDeque<Bytes>>>);

impl Engine {
    fn send(&self, bytes: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(bytes);
    }
}

impl Transport for Engine {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            Some(bytes) => Poll::Ready(Some(bytes)),
            None => Poll::Pending,
        }
    }

    fn send(&mut self, _: Bytes) {}
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use restate_core::attempt::Outcome;

    use super::{Attempt, REPLAYED};

    #[test]
    fn a_handler_runs_all_its_steps() {
        assert_eq!(Attempt::new(3, 0).poll(), Poll::Pending);
        assert_eq!(Attempt::new(3, 0).after_step(1).poll(), Poll::Pending);
        assert_eq!(Attempt::new(1, 0).after_step(1).poll(), Poll::Ready(Outcome::Completed));
    }

    #[test]
    fn a_journal_is_replayed_to_its_end() {
        let mut attempt = Attempt::new(REPLAYED + 1, REPLAYED).after_step(REPLAYED + 1);
        assert_eq!(attempt.poll(), Poll::Ready(Outcome::Completed));
    }
}
