//! Whether the ingress of an engine answers.

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

use crate::calls::Serving;

/// How long an answer counts. Bounds how often an ingress is asked, however many clients ask here.
const FRESH: Duration = Duration::from_secs(1);

/// How long a node may take to say that it is healthy. Balancers give up after some seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What an ingress has said last.
#[derive(Debug, Default)]
pub(super) struct Health {
    last: Mutex<Option<(Instant, Serving)>>,
}

impl Health {
    /// The answer of `ask`, which is whether an ingress is healthy, or the last one if that is fresh.
    pub(super) async fn now(&self, ask: impl Future<Output = bool>) -> Serving {
        // Whoever comes while the ingress is asked waits for the same answer.
        let mut last = self.last.lock().await;
        if let Some((at, serving)) = *last
            && at.elapsed() < FRESH
        {
            return serving;
        }
        let serving = if ask.await { Serving::Serving } else { Serving::Unreachable };
        *last = Some((Instant::now(), serving));
        serving
    }

    /// Asks until the answer is not `seen` any more.
    pub(super) async fn unlike<F>(&self, seen: Serving, ask: impl Fn() -> F) -> Serving
    where
        F: Future<Output = bool>,
    {
        loop {
            sleep(FRESH).await;
            let now = self.now(ask()).await;
            if now != seen {
                return now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_ingress_is_asked_at_most_once_in_a_while() {
        let (health, asked) = (Health::default(), Cell::new(0));
        let ask = |answer: bool| {
            let asked = &asked;
            async move {
                asked.set(asked.get() + 1);
                sleep(PATIENCE).await;
                answer
            }
        };
        let (one, other) = tokio::join!(health.now(ask(true)), health.now(ask(false)));
        assert_eq!((one, other, asked.get()), (Serving::Serving, Serving::Serving, 1));
        sleep(FRESH).await;
        let now = health.now(ask(false)).await;
        assert_eq!((now, asked.get()), (Serving::Unreachable, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_sees_when_the_answer_is_another() {
        let (health, asked) = (Health::default(), Cell::new(0));
        let ask = || {
            asked.set(asked.get() + 1);
            std::future::ready(asked.get() < 3)
        };
        assert_eq!(health.unlike(Serving::Serving, ask).await, Serving::Unreachable);
        assert_eq!(asked.get(), 3);
    }
}
