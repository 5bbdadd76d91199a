//! Tasks that the engine's thread wakes, many of one runtime together.
//!
//! To wake a task from outside of its runtime takes a lock, and often wakes a thread. From inside, it only adds the
//! task to a queue of the thread. So where there are many, a task of their runtime is spawned that wakes them. With 64
//! connections and other programs on the same two processors, that makes a seventh more calls a second; without them,
//! no difference.

use std::{mem, task::Waker};

use tokio::{runtime, sync::oneshot};

use crate::machine::Reply;

/// From how many tasks on it costs less to spawn another one.
const MANY: usize = 3;

/// A client that waits for a reply.
#[derive(Debug)]
pub(crate) struct WaitingClient {
    pub(crate) reply: oneshot::Sender<Reply>,
    /// Whether it is a task of the engine's servers, and so of the runtime in which the engine was started.
    pub(crate) is_served: bool,
}

impl WaitingClient {
    /// Whether it does not wait any more.
    pub(super) fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }
}

/// What is to be woken at the end of a round.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    attempts: Vec<Waker>,
    exchanges: Vec<Waker>,
    served: Vec<(oneshot::Sender<Reply>, Reply)>,
}

impl Wakes {
    /// Wakes the task of an attempt in this process, if it waits.
    pub(super) fn attempt(&mut self, waker: Option<Waker>) {
        self.attempts.extend(waker);
    }

    /// Wakes the task of an exchange with a deployment, if it waits. Handlers that block must not hold it up.
    pub(super) fn exchange(&mut self, waker: Option<Waker>) {
        self.exchanges.extend(waker);
    }

    /// Answers a client. One in another runtime is answered now: that of the servers may not run when it does.
    pub(super) fn answer(&mut self, client: WaitingClient, reply: Reply) {
        match client.is_served {
            true => self.served.push((client.reply, reply)),
            false => send((client.reply, reply)),
        }
    }

    /// Wakes all, in the runtimes of handlers and servers.
    pub(super) fn wake(&mut self, handlers: &runtime::Handle, servers: &runtime::Handle) {
        for_each(&mut self.attempts, handlers, Waker::wake);
        for_each(&mut self.exchanges, servers, Waker::wake);
        for_each(&mut self.served, servers, send);
    }
}

fn send((client, reply): (oneshot::Sender<Reply>, Reply)) {
    // Fails if the client has gone, which does not concern the invocation.
    drop(client.send(reply));
}

fn for_each<T: Send + 'static>(tasks: &mut Vec<T>, runtime: &runtime::Handle, wake: fn(T)) {
    if tasks.len() < MANY {
        tasks.drain(..).for_each(wake);
        return;
    }
    let together = Together { tasks: mem::take(tasks), wake };
    drop(runtime.spawn(async move { drop(together) }));
}

/// Wakes tasks when it is dropped, so also if the runtime is shut down and runs nothing any more.
struct Together<T> {
    tasks: Vec<T>,
    wake: fn(T),
}

impl<T> Drop for Together<T> {
    fn drop(&mut self) {
        self.tasks.drain(..).for_each(self.wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(count: usize, is_served: bool) -> (Wakes, Vec<oneshot::Receiver<Reply>>) {
        let mut wakes = Wakes::default();
        let replied = (0..count).map(|_| {
            let (reply, replied) = oneshot::channel();
            wakes.answer(WaitingClient { reply, is_served }, Reply::Done);
            replied
        });
        let replied = replied.collect();
        (wakes, replied)
    }

    fn runtime() -> runtime::Runtime {
        runtime::Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn clients_of_servers_are_answered_by_the_runtime_of_those() {
        let (handlers, servers) = (runtime(), runtime());
        let (mut wakes, mut replied) = clients(MANY, true);
        wakes.wake(handlers.handle(), servers.handle());
        assert!(replied.iter_mut().all(|replied| replied.try_recv().is_err()));
        for replied in replied {
            assert_eq!(servers.block_on(replied), Ok(Reply::Done));
        }
    }

    #[test]
    fn few_clients_and_those_elsewhere_are_answered_at_once() {
        let (handlers, servers) = (runtime(), runtime());
        for (count, is_served) in [(MANY - 1, true), (MANY, false)] {
            let (mut wakes, mut replied) = clients(count, is_served);
            wakes.wake(handlers.handle(), servers.handle());
            assert!(replied.iter_mut().all(|replied| replied.try_recv() == Ok(Reply::Done)));
        }
    }

    #[test]
    fn a_runtime_that_is_shut_down_loses_no_reply() {
        let (handlers, servers) = (runtime(), runtime());
        let of_servers = servers.handle().clone();
        drop(servers);
        let (mut wakes, mut replied) = clients(MANY, true);
        wakes.wake(handlers.handle(), &of_servers);
        assert!(replied.iter_mut().all(|replied| replied.try_recv() == Ok(Reply::Done)));
    }
}
