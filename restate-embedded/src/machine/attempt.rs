use std::mem;

use bytes::{Bytes, BytesMut};
use restate_core::{
    Encoding,
    wire::{
        framing::{Decoder, Frame, FrameError},
        protocol::{NotificationId, OutputResult},
    },
};

use super::effects::{Effects, ExternalAction, InternalAction};
use crate::model::{
    deployment::{DeploymentId, ProtocolMode},
    trace::TraceContext,
};

/// An attempt that is under way: what it has sent, and what it has yet to receive.
#[derive(Debug)]
pub(super) struct ActiveAttempt {
    number: u64,
    decoder: Decoder,
    /// Whether it was started in this step, and so reads this step's entries from the journal.
    starting: bool,
    /// Whether its handler may begin only when everything before it is durable.
    begins_durably: bool,
    /// What is delivered after this step.
    outbox: BytesMut,
    input: InputState,
    /// What the handler returned; stored when the invocation ends.
    output: Option<OutputResult>,
    /// The encoding of that, if it is known.
    response_encoding: Option<Encoding>,
    /// When it last sent or received something.
    active: u64,
    /// The same before its last bytes arrived.
    active_before: u64,
    /// Names of its `run` closures, by completion id, if its trace is recorded.
    runs: Vec<(u32, String)>,
    /// Whether it has said that it only waits, and nothing has come since.
    idle: bool,
    /// The deployment that it takes place on; `None` for this process.
    deployment: Option<DeploymentId>,
    /// The trace that its invocation belongs to, if it takes place on a deployment: not all SDKs pass that on.
    trace: TraceContext,
    /// An upper bound of the size of its object's state, in bytes, if one is known.
    state_size: Option<u64>,
}

/// Whether an attempt still receives notifications.
#[derive(Debug)]
enum InputState {
    Open,
    /// The attempt is asked to suspend. Notifications that come meanwhile are in the journal only;
    /// if it suspends on one of those, it is started again at once.
    Closed {
        missed: Vec<NotificationId>,
        announced: bool,
    },
}

impl ActiveAttempt {
    /// The attempt with this number, started in this step.
    pub(super) fn new(number: u64, now: u64, begins_durably: bool) -> Self {
        Self {
            number,
            decoder: Decoder::default(),
            starting: true,
            begins_durably,
            outbox: BytesMut::new(),
            input: InputState::Open,
            output: None,
            response_encoding: None,
            active: now,
            active_before: now,
            runs: Vec::new(),
            idle: false,
            deployment: None,
            trace: TraceContext::default(),
            state_size: None,
        }
    }

    /// As [`new`](Self::new), on a deployment behind a URL, which sends messages of at most `limit` bytes.
    ///
    /// It begins durably: what leaves this process must not depend on what a crash takes back.
    pub(super) fn on(
        deployment: DeploymentId,
        mode: ProtocolMode,
        limit: usize,
        number: u64,
        now: u64,
    ) -> Self {
        let mut attempt = Self::new(number, now, true);
        attempt.deployment = Some(deployment);
        attempt.decoder = Decoder::new(limit);
        if mode == ProtocolMode::RequestResponse {
            attempt.close_input();
        }
        attempt
    }

    /// The deployment that it takes place on; `None` for this process.
    pub(super) fn deployment(&self) -> Option<DeploymentId> {
        self.deployment
    }

    /// Whether its handler may begin only when everything before it is durable.
    pub(super) fn begins_durably(&self) -> bool {
        self.begins_durably
    }

    /// The trace that its calls belong to, unless they say it themselves.
    pub(super) fn trace(&self) -> &TraceContext {
        &self.trace
    }

    pub(super) fn set_trace(&mut self, trace: TraceContext) {
        self.trace = trace;
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Takes bytes that it has sent.
    pub(super) fn receive(&mut self, chunk: Bytes, now: u64) {
        self.active_before = mem::replace(&mut self.active, now);
        self.idle = false;
        self.decoder.push(chunk);
    }

    /// When it last sent or received something before its last bytes.
    pub(super) fn active_before(&self) -> u64 {
        self.active_before
    }

    pub(super) fn name_run(&mut self, completion: u32, name: String) {
        self.runs.push((completion, name));
    }

    /// The name of a `run` closure; empty if an earlier attempt has recorded it.
    pub(super) fn name_of_run(&mut self, completion: u32) -> String {
        let at = self.runs.iter().position(|run| run.0 == completion);
        at.map(|at| self.runs.swap_remove(at).1).unwrap_or_default()
    }

    /// The next message that it has sent, if that has arrived in full.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        self.decoder.next_frame()
    }

    /// Keeps what the handler returned until the attempt ends.
    pub(super) fn set_output(&mut self, output: Option<OutputResult>) {
        self.output = output;
    }

    pub(super) fn set_response_encoding(&mut self, encoding: Option<Encoding>) {
        self.response_encoding = encoding;
    }

    pub(super) fn response_encoding(&self) -> Option<Encoding> {
        self.response_encoding
    }

    pub(super) fn take_output(&mut self) -> Option<OutputResult> {
        self.output.take()
    }

    /// Adds to the outbox what `frame` writes, a notification of `id`.
    pub(super) fn deliver(
        &mut self,
        id: Option<&NotificationId>,
        now: u64,
        frame: impl FnOnce(&mut BytesMut),
    ) {
        self.active = now;
        self.idle = false;
        match &mut self.input {
            InputState::Closed { missed, .. } => missed.extend(id.cloned()),
            InputState::Open => frame(&mut self.outbox),
        }
    }

    /// Has the attempt told, after this step, that nothing more will come, so that it suspends.
    pub(super) fn close_input(&mut self) {
        if matches!(self.input, InputState::Open) {
            self.input = InputState::Closed { missed: Vec::new(), announced: false };
        }
    }

    pub(super) fn is_input_closed(&self) -> bool {
        matches!(self.input, InputState::Closed { .. })
    }

    /// Whether one of the notifications that it suspends on came after its input was closed.
    pub(super) fn has_missed(&self, awaited: &[NotificationId]) -> bool {
        match &self.input {
            InputState::Closed { missed, .. } => missed.iter().any(|one| awaited.contains(one)),
            InputState::Open => false,
        }
    }

    pub(super) fn state_size(&self) -> Option<u64> {
        self.state_size
    }

    pub(super) fn set_state_size(&mut self, bytes: u64) {
        self.state_size = Some(bytes);
    }

    /// When it last sent or received something.
    pub(super) fn active(&self) -> u64 {
        self.active
    }

    /// It has said that it only waits.
    pub(super) fn set_idle(&mut self) {
        self.idle = true;
    }

    /// Whether it only waits.
    pub(super) fn is_idle(&self) -> bool {
        self.idle
    }

    /// The clock was set back.
    pub(super) fn move_back(&mut self, back: u64) {
        self.active = self.active.saturating_sub(back);
        self.active_before = self.active_before.saturating_sub(back);
    }

    /// Whether it was started in this step; asked once, when its start becomes an action.
    ///
    /// It replays the journal as this step leaves it. What later steps add reaches it through the
    /// outbox, also if it has not read the journal by then: each entry reaches it once.
    pub(super) fn take_start(&mut self) -> bool {
        let starting = mem::take(&mut self.starting);
        if starting {
            self.outbox.clear();
        }
        starting
    }

    /// Turns what the step left here into actions.
    pub(super) fn flush(&mut self, effects: &mut Effects) {
        let attempt = self.number;
        if !self.outbox.is_empty() {
            let bytes = self.outbox.split().freeze();
            match self.deployment {
                None => effects.internal.push(InternalAction::Deliver { attempt, bytes }),
                Some(_) => effects.external.push(ExternalAction::Deliver { attempt, bytes }),
            }
        }
        if let InputState::Closed { announced, .. } = &mut self.input
            && !mem::replace(announced, true)
        {
            match self.deployment {
                None => effects.internal.push(InternalAction::CloseInput { attempt }),
                Some(_) => effects.external.push(ExternalAction::CloseInput { attempt }),
            }
        }
    }

    /// Whether nothing is left to be flushed.
    #[cfg(test)]
    pub(super) fn is_flushed(&self) -> bool {
        let announced = !matches!(self.input, InputState::Closed { announced: false, .. });
        !self.starting && self.outbox.is_empty() && announced
    }
}
