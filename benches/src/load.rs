//! Closed-loop load: on each connection a call follows the response of the previous one.

use std::{
    cell::RefCell,
    convert::Infallible,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    runtime,
    task::{JoinSet, LocalSet},
    time::{sleep, sleep_until},
};

use crate::{Failed, connection::Connection, workload::Calls};

/// A load on a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) calls: Calls,
    pub(crate) connections: usize,
    /// The duration of the measurement, after [`WARM_UP`].
    pub(crate) duration: Duration,
}

/// The duration of the load before the measurement; connections are open and caches warm by then.
const WARM_UP: Duration = Duration::from_millis(300);

/// The measurement is extended until this many calls, and one for each connection, have completed.
const FEW: usize = 10;

/// The maximum duration of an extended measurement.
const LONGEST: Duration = Duration::from_secs(10);

/// The result of a load.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The number of responses, including those during the warm-up.
    pub(crate) total: u64,
    /// The latencies of all measured calls, in microseconds, ascending.
    pub(crate) latencies: Vec<u32>,
    /// The actual duration of the measurement.
    pub(crate) measured: Duration,
    /// The number of error responses.
    pub(crate) failures: u64,
}

impl Outcome {
    /// Responses per second.
    pub(crate) fn calls_per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.measured.as_secs_f64()
    }

    /// A percentile of the latencies, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(at).map_or(0.0, |latency| f64::from(*latency) / 1e3)
    }
}

impl Load {
    /// Runs the load on its own thread.
    pub(crate) fn run(self) -> Result<Outcome, Failed> {
        let calling = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, self.call())
        });
        calling.join().map_err(|_| Failed::new("the load has panicked"))?
    }

    async fn call(self) -> Result<Outcome, Failed> {
        let start = Instant::now() + WARM_UP;
        let outcome = Rc::<RefCell<Outcome>>::default();
        let mut connections = JoinSet::new();
        for connection in 0..self.connections {
            connections.spawn_local(self.on_connection(connection, start, Rc::clone(&outcome)));
        }
        tokio::select! {
            () = self.wait(start, &outcome) => {}
            Some(ended) = connections.join_next() => {
                let Err(failed) = ended.map_err(|_| Failed::new("a connection has panicked"))?;
                return Err(failed);
            }
        }
        let mut outcome = outcome.take();
        outcome.measured = start.elapsed();
        outcome.latencies.sort_unstable();
        Ok(outcome)
    }

    /// Waits for the end of the measurement.
    async fn wait(self, start: Instant, outcome: &RefCell<Outcome>) {
        sleep_until((start + self.duration).into()).await;
        let enough = self.connections.max(FEW);
        while outcome.borrow().latencies.len() < enough && start.elapsed() < LONGEST {
            sleep(self.duration / 10).await;
        }
    }

    /// Makes calls until this future is dropped.
    async fn on_connection(
        self,
        connection: usize,
        start: Instant,
        outcome: Rc<RefCell<Outcome>>,
    ) -> Result<Infallible, Failed> {
        let mut link = Connection::open(self.address).await?;
        let mut call = 0;
        loop {
            let request = self.calls.request(connection, call)?;
            let sent = Instant::now();
            let succeeded = link.call(request).await?;
            let now = Instant::now();
            let mut outcome = outcome.borrow_mut();
            outcome.total += 1;
            outcome.failures += u64::from(!succeeded);
            if now >= start {
                let latency = u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX);
                outcome.latencies.push(latency);
            }
            call += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let latencies = (1..=100).map(|latency| latency * 1000).collect();
        let outcome = Outcome { latencies, ..Outcome::default() };
        assert_eq!(outcome.percentile(50), 51.0);
        assert_eq!(outcome.percentile(99), 100.0);
        assert_eq!(outcome.percentile(100), 100.0);
        assert_eq!(Outcome::default().percentile(50), 0.0);
    }
}
