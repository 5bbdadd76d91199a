//! What attempts do, and what the machine has done with them.

use restate_core::contract::HandlerKind;

use super::{
    super::{
        attempt::{Attempt, BegunRun, Confirmation},
        flaw::Flaw,
    },
    MOST_AT_A_TIME, World, catalog, total,
};
use crate::{
    machine::{ExternalAction, Input, InternalAction},
    model::id::InvocationId,
    store::Store as _,
};

impl World {
    /// A random attempt sends what it has to send, in pieces; or it fails or is lost.
    pub(super) fn attempt(&mut self) -> Result<(), String> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let index = self.random.index(self.attempts.len());
        let number = *self.attempts.keys().nth(index).expect("the index is below the length");
        let misfortune = if self.at_rest { 99 } else { self.random.below(100) };
        let now = self.now;
        let attempt = self.attempts.get_mut(&number).expect("it is among the keys");
        let id = attempt.id;
        match misfortune {
            0 => {
                self.transcript.push(format!("{now} attempt {number} of {id} is lost"));
                self.attempts.remove(&number);
                if self.exchanges.contains_key(&number) {
                    let error = "it is gone".to_owned();
                    return self.step(Input::Failed { id, attempt: number, error });
                }
                return self.step(Input::Ended { id, attempt: number });
            }
            1 if attempt.on_the_way.is_empty() && !attempt.over => attempt.fail(),
            _ => {
                if let Some(run) = attempt.work(now) {
                    self.run_begins(id, run)?;
                }
            }
        }
        let attempt = self.attempts.get_mut(&number).expect("it is among the keys");
        let length = attempt.on_the_way.len();
        if length == 0 {
            if attempt.run == Confirmation::Needed && self.exchanges.contains_key(&number) {
                // Nobody asks whether it may begin in another process.
                attempt.run = Confirmation::Given;
            } else if attempt.run == Confirmation::Needed {
                attempt.run = Confirmation::Asked;
                let confirm = ExternalAction::ConfirmDurable { attempt: number };
                self.hold(0, vec![confirm])?;
            }
            return Ok(());
        }
        let piece = if self.random.once_in(4) { 1 + self.random.index(length) } else { length };
        let chunk = attempt.on_the_way.split_to(piece).freeze();
        let over = attempt.over && attempt.on_the_way.is_empty();
        let line = format!("{now} attempt {number} of {id} sends {piece} bytes, over: {over}");
        self.transcript.push(line);
        if over {
            self.attempts.remove(&number);
        }
        self.step(Input::Received { id, attempt: number, chunk, response: None })?;
        match over && !self.exchanges.contains_key(&number) {
            true => self.step(Input::Ended { id, attempt: number }),
            false => Ok(()),
        }
    }

    /// Carries out some of the internal actions, or all when nothing is disturbed.
    pub(super) fn act_inside(&mut self) -> Result<(), String> {
        let waiting = self.internal.len();
        let count = if self.at_rest { waiting } else { self.random.index(waiting + 1) };
        self.act_on(count)
    }

    /// Carries out this many of the internal actions.
    pub(super) fn act_on(&mut self, count: usize) -> Result<(), String> {
        let actions: Vec<_> = self.internal.drain(..count).collect();
        actions.into_iter().try_for_each(|action| self.act(action))
    }

    pub(super) fn act(&mut self, action: InternalAction) -> Result<(), String> {
        match action {
            InternalAction::Start(start) => {
                let journal = self.store.memory.journal(start.id, start.parts);
                let journal = journal.expect("memory can be read");
                let total = total(&mut self.store, &start.target.object());
                self.invariants.check_protocol(&start, &journal)?;
                if let Some(deployment) = start.deployment {
                    self.starts_on(&start, deployment)?;
                }
                let origin = self.invariants.origin(start.id);
                let mut attempt = Attempt::new(start.id, origin, start.target, total, &journal);
                attempt.begun = !start.begins_durably;
                attempt.tells = start.deployment.is_some() || attempt.target.scope.is_some();
                attempt.opening = journal.into_iter().skip(1).collect();
                self.may_start(&attempt)?;
                self.attempts.insert(start.attempt, attempt);
                if self.store.flaw() == Some(Flaw::BeginsEarly) {
                    return self.show(ExternalAction::Begin { attempt: start.attempt });
                }
            }
            InternalAction::Deliver { attempt, bytes } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.receive(&bytes);
                }
            }
            InternalAction::CloseInput { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.close();
                }
            }
            InternalAction::Stop { attempt } => drop(self.attempts.remove(&attempt)),
            // Its exchange ends at some time.
            InternalAction::Finish { .. } | InternalAction::PublishCatalog => {}
        }
        Ok(())
    }

    pub(super) fn show(&mut self, action: ExternalAction) -> Result<(), String> {
        match action {
            ExternalAction::Reply { to, reply } => self.answered(to, reply)?,
            ExternalAction::Report { .. } => {}
            ExternalAction::Begin { attempt } => {
                let is_elsewhere = self.exchanges.contains_key(&attempt);
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.begun = true;
                    let id = attempt.id;
                    if !self.durable.exists(id) {
                        return Err(format!("{id} begins before it is durable"));
                    }
                    for part in std::mem::take(&mut attempt.opening).iter().filter(|_| is_elsewhere)
                    {
                        self.sees(id, part);
                    }
                }
            }
            ExternalAction::Deliver { attempt, bytes } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.receive(&bytes);
                    let id = attempt.id;
                    self.sees(id, &bytes);
                }
            }
            ExternalAction::CloseInput { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.close();
                }
            }
            ExternalAction::Span(_) => {}
            ExternalAction::ConfirmDurable { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.run = Confirmation::Given;
                }
            }
        }
        Ok(())
    }

    /// Somebody outside notices a `run` closure: its invocation is stored, and it has the same inputs
    /// each time that it begins.
    fn run_begins(&mut self, id: InvocationId, run: BegunRun) -> Result<(), String> {
        let BegunRun { command, inputs } = run;
        self.transcript.push(format!("{} {id} begins run {command} with {inputs}", self.now));
        match self.begun.insert((id, command), inputs) {
            Some(before) if before != self.begun[&(id, command)] => {
                Err(format!("run {command} of {id} has begun before, with {before}"))
            }
            _ => Ok(()),
        }
    }

    /// No other attempt is of the same invocation, no other handler has the key of this one, and
    /// there is room in its scope.
    fn may_start(&self, attempt: &Attempt) -> Result<(), String> {
        if self.attempts.values().any(|other| other.id == attempt.id) {
            return Err(format!("{} runs twice at a time", attempt.id));
        }
        let exclusive = catalog().kind(&attempt.target) == Some(HandlerKind::Exclusive);
        let rival = self.attempts.values().find(|other| other.target == attempt.target);
        if let Some(rival) = rival.filter(|_| exclusive) {
            return Err(format!("{} and {} have the same key", rival.id, attempt.id));
        }
        if attempt.target.scope.is_some() {
            let others = self.attempts.values().filter(|it| it.target.scope.is_some()).count();
            if others >= MOST_AT_A_TIME as usize {
                return Err(format!("{} is one too many in its scope", attempt.id));
            }
        }
        Ok(())
    }
}
