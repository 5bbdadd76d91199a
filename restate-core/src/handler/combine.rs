//! Combinators that the engine knows about.
//!
//! Any combinator of futures is deterministic on replay. These also tell the engine how the futures
//! combine, so that it resumes a suspended handler only when the handler can continue.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    attempt::{durable::Waits, future::DurableFuture},
    call::{Reply, durable::DurableReply},
    error::TerminalError,
    handler::awakeable::Awakeable,
    payload::Payload,
    wire::protocol::Combinator,
};

/// A future that waits for one notification of the journal: the response of a call, a timer, state,
/// an awakeable, a signal or a promise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a single durable operation",
    note = "combine calls (with `.call()`), timers, awakeables, signals and promises with this; \
            for async blocks and `run`, use the combinators of the `futures` crate"
)]
pub trait Durable: Future + Unpin + Waits {}

impl<T> Durable for DurableFuture<'_, T> {}

impl<T> Durable for Awakeable<'_, T> {}

impl<Res: Payload> Durable for Reply<DurableReply<'_>, Res> {}

/// Waits for all futures. Returns their outputs in the order given.
pub fn join_all<F: Durable>(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
    JoinAll(Group::new(Combinator::AllCompleted, futures))
}

/// Waits until all futures have succeeded, or for the first failure.
pub fn try_join_all<F, T>(futures: impl IntoIterator<Item = F>) -> TryJoinAll<F>
where
    F: Durable<Output = Result<T, TerminalError>>,
{
    TryJoinAll(Group::new(Combinator::AllSucceededOrFirstFailed, futures))
}

/// Waits for the first future to complete, with success or failure.
///
/// The other operations continue, but nothing waits for them. Without futures this never completes.
pub fn race<F: Durable>(futures: impl IntoIterator<Item = F>) -> Race<F> {
    Race(Group::new(Combinator::FirstCompleted, futures))
}

/// Waits for the first future to succeed, or for the last one to fail.
///
/// The other operations continue, but nothing waits for them. Without futures this never completes.
pub fn first_ok<F, T>(futures: impl IntoIterator<Item = F>) -> FirstOk<F>
where
    F: Durable<Output = Result<T, TerminalError>>,
{
    FirstOk(Group::new(Combinator::FirstSucceededOrAllFailed, futures))
}

/// Futures that are awaited together.
struct Group<F: Durable> {
    combinator: Combinator,
    members: Vec<Member<F>>,
    told: bool,
}

enum Member<F: Future> {
    Waiting(F),
    Done(F::Output),
    Taken,
}

impl<F: Durable> Group<F> {
    fn new(combinator: Combinator, futures: impl IntoIterator<Item = F>) -> Self {
        let members = futures.into_iter().map(Member::Waiting).collect();
        Self { combinator, members, told: false }
    }

    /// Polls the members that have not completed; the first time, registers the group with the journal.
    fn poll(&mut self, cx: &mut Context<'_>) {
        for member in &mut self.members {
            if let Member::Waiting(future) = member
                && let Poll::Ready(output) = Pin::new(future).poll(cx)
            {
                *member = Member::Done(output);
            }
        }
        if !mem::replace(&mut self.told, true) {
            self.tell();
        }
    }

    fn tell(&self) {
        let waiting: Vec<_> = self
            .members
            .iter()
            .filter_map(|member| match member {
                Member::Waiting(future) => future.waits(),
                Member::Done(_) | Member::Taken => None,
            })
            .collect();
        if let Some((journal, _)) = waiting.first() {
            journal.group(self.combinator, waiting.iter().map(|(_, handle)| *handle).collect());
        }
    }

    fn is_done(&self) -> bool {
        !self.members.iter().any(|member| matches!(member, Member::Waiting(_)))
    }

    /// The first output, in the order given, that `chosen` accepts.
    fn take(&mut self, chosen: impl Fn(&F::Output) -> bool) -> Option<F::Output> {
        let accepted =
            |member: &Member<F>| matches!(member, Member::Done(output) if chosen(output));
        let at = self.members.iter().position(accepted)?;
        match mem::replace(&mut self.members[at], Member::Taken) {
            Member::Done(output) => Some(output),
            Member::Waiting(_) | Member::Taken => None,
        }
    }
}

impl<F: Durable> fmt::Debug for Group<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.combinator, self.members.len())
    }
}

/// See [`join_all`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct JoinAll<F: Durable>(Group<F>);

impl<F: Durable> Unpin for JoinAll<F> {}

impl<F: Durable> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let group = &mut self.get_mut().0;
        group.poll(cx);
        if !group.is_done() {
            return Poll::Pending;
        }
        Poll::Ready(std::iter::from_fn(|| group.take(|_| true)).collect())
    }
}

/// See [`try_join_all`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct TryJoinAll<F: Durable>(Group<F>);

impl<F: Durable> Unpin for TryJoinAll<F> {}

impl<F, T> Future for TryJoinAll<F>
where
    F: Durable<Output = Result<T, TerminalError>>,
{
    type Output = Result<Vec<T>, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let group = &mut self.get_mut().0;
        group.poll(cx);
        if let Some(Err(failure)) = group.take(Result::is_err) {
            return Poll::Ready(Err(failure));
        }
        if !group.is_done() {
            return Poll::Pending;
        }
        Poll::Ready(std::iter::from_fn(|| group.take(|_| true)).collect())
    }
}

/// See [`race`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Race<F: Durable>(Group<F>);

impl<F: Durable> Unpin for Race<F> {}

impl<F: Durable> Future for Race<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let group = &mut self.get_mut().0;
        group.poll(cx);
        group.take(|_| true).map_or(Poll::Pending, Poll::Ready)
    }
}

/// See [`first_ok`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct FirstOk<F: Durable>(Group<F>);

impl<F: Durable> Unpin for FirstOk<F> {}

impl<F, T> Future for FirstOk<F>
where
    F: Durable<Output = Result<T, TerminalError>>,
{
    type Output = Result<T, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let group = &mut self.get_mut().0;
        group.poll(cx);
        if let Some(success) = group.take(Result::is_ok) {
            return Poll::Ready(success);
        }
        if !group.is_done() {
            return Poll::Pending;
        }
        let failures = std::iter::from_fn(|| group.take(|_| true));
        failures.last().map_or(Poll::Pending, Poll::Ready)
    }
}
