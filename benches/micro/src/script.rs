//! The life of invocations of a handler with three `run` steps. There is no handler: its messages are
//! scripted here.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use restate_core::{
    Context, HandlerResult, service,
    wire::{
        framing,
        protocol::{
            End, OutputCommand, OutputResult, ProposeRunCompletion, ProposedRunResult, RunCommand,
        },
    },
};
use restate_embedded::internals::{BareAttempt, BareEffects, BareMachine};

/// A handler with the requested number of `run` steps.
#[service]
pub(crate) trait Steps {
    async fn run(&self, ctx: Context<'_>, n: u32) -> HandlerResult<u32>;
}

/// The handler.
pub(crate) struct Runs;

impl Steps for Runs {
    async fn run(&self, ctx: Context<'_>, n: u32) -> HandlerResult<u32> {
        for step in 0..n {
            ctx.run(|| async move { Ok(step) }).await?;
        }
        Ok(n)
    }
}

/// An event in the life of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A call arrives through the ingress.
    Start,
    /// Its handler has completed this step, counted from 1.
    Step(u32),
    /// Its handler has returned.
    End,
}

impl Moment {
    /// All events of an invocation. Its journal has eight entries: input, three steps and their
    /// results, and output.
    pub const ALL: [Self; 5] =
        [Self::Start, Self::Step(1), Self::Step(2), Self::Step(3), Self::End];

    /// What the machine receives: the body of the call, or messages of the attempt.
    pub fn message(self) -> Bytes {
        match self {
            Self::Start => Bytes::from_static(b"3"),
            Self::Step(step) => {
                let mut messages = BytesMut::new();
                let run = RunCommand { result_completion_id: step, name: String::new() };
                framing::encode(&run, &mut messages);
                let result = Some(ProposedRunResult::Value(Bytes::from(step.to_string())));
                let proposal = ProposeRunCompletion { result_completion_id: step, result };
                framing::encode_requesting_ack(&proposal, &mut messages);
                messages.freeze()
            }
            Self::End => {
                let mut messages = BytesMut::new();
                let result = Some(OutputResult::Value(Bytes::from_static(b"3").into()));
                let output = OutputCommand { result, name: String::new() };
                framing::encode(&output, &mut messages);
                framing::encode(&End {}, &mut messages);
                messages.freeze()
            }
        }
    }
}

/// Concurrent invocations, which all go through the same events.
#[derive(Debug)]
pub struct Invocations {
    pub(crate) machine: BareMachine,
    pub(crate) attempts: Vec<BareAttempt>,
    count: usize,
}

impl Invocations {
    /// This many invocations, none of which has started.
    pub fn new(count: usize) -> Self {
        let machine = BareMachine::new(vec![Arc::new(StepsServer::new(Runs))]);
        Self { machine, attempts: Vec::with_capacity(count), count }
    }

    /// Steps the machine with `moment` for each of them, and passes the effects to `take`.
    ///
    /// After [`Moment::End`] they can start again.
    pub fn step(&mut self, moment: Moment, mut take: impl FnMut(BareEffects)) {
        let message = moment.message();
        if moment == Moment::Start {
            for _ in 0..self.count {
                let effects = self.machine.call("Steps", "run", message.clone());
                self.attempts.extend(effects.started());
                take(effects);
            }
            return;
        }
        for &attempt in &self.attempts {
            take(self.machine.receive(attempt, message.clone()));
        }
        if moment == Moment::End {
            for attempt in self.attempts.drain(..) {
                take(self.machine.end(attempt));
            }
        }
    }
}
