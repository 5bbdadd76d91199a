//! Closed-loop load: so many connections, on each of which a call follows the last one's answer.

use std::{
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime, task, time::timeout_at};

use crate::{Failed, workload::Workload};

/// What is to be called, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) workload: Workload,
    pub(crate) connections: usize,
    /// How long is measured, after [`WARM_UP`].
    pub(crate) duration: Duration,
}

/// How long is called before anything is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Calls that were answered, before and while was measured.
    pub(crate) total: u64,
    /// How long each call took that was measured, in microseconds, ascending.
    pub(crate) latencies: Vec<u32>,
    /// Calls that were answered by an error.
    pub(crate) failures: u64,
}

impl Outcome {
    /// The time within which a call of `percent` in a hundred was answered, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(at).map_or(0.0, |latency| f64::from(*latency) / 1e3)
    }
}

impl Load {
    /// Calls for as long as it says, on a thread of its own.
    pub(crate) fn run(self) -> Result<Outcome, Failed> {
        let calling = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            task::LocalSet::new().block_on(&runtime, self.call())
        });
        calling.join().map_err(|_| Failed::new("the load has panicked"))?
    }

    async fn call(self) -> Result<Outcome, Failed> {
        let start = Instant::now() + WARM_UP;
        let window = Window { start, end: start + self.duration };
        let calls = Rc::new(self);
        let connections: Vec<_> = (0..self.connections)
            .map(|connection| {
                task::spawn_local(Rc::clone(&calls).on_connection(connection, window))
            })
            .collect();
        let mut all = Outcome::default();
        for connection in connections {
            let one = connection.await.map_err(|_| Failed::new("a connection has panicked"))??;
            all.total += one.total;
            all.failures += one.failures;
            all.latencies.extend(one.latencies);
        }
        all.latencies.sort_unstable();
        Ok(all)
    }

    async fn on_connection(
        self: Rc<Self>,
        connection: usize,
        window: Window,
    ) -> Result<Outcome, Failed> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        task::spawn_local(driver);
        let mut outcome = Outcome::default();
        loop {
            let request = self.request(connection, outcome.total)?;
            let sent = Instant::now();
            let answer = timeout_at(window.end.into(), answer(&mut sender, request)).await;
            // Calls that are under way at the end do not count.
            let Ok(answered) = answer else { return Ok(outcome) };
            let (answered, now) = (answered?, Instant::now());
            outcome.total += 1;
            outcome.failures += u64::from(!answered);
            if sent >= window.start {
                let latency = u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX);
                outcome.latencies.push(latency);
            }
        }
    }

    fn request(&self, connection: usize, call: u64) -> Result<Request<Full<Bytes>>, Failed> {
        let request = Request::post(self.workload.path(connection, call))
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(self.workload.body()))?;
        Ok(request)
    }
}

#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    end: Instant,
}

/// Whether the call succeeded.
async fn answer(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<bool, Failed> {
    let response = sender.send_request(request).await?;
    let succeeded = response.status().is_success();
    response.into_body().collect().await?;
    Ok(succeeded)
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
