//! How the cost of a step grows with the journal, and the cost of a call with the payload.

use std::time::Instant;

use bytes::Bytes;
use http::Method;
use restate_tests::client;
use serde::Serialize;

use crate::{
    Failed,
    median::median,
    peer::{self, Peer, Running},
    report::Report,
    table::{Table, count, figure, ratio},
};

const PEERS: [Peer; 2] = [Peer::Official, Peer::Embedded];

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Growing {
    /// Sequential steps of one handler; the figure is the time of one step.
    Journal,
    /// Bytes in the request and in the response; the figure is the time of the call.
    Payload,
}

impl Growing {
    fn name(self) -> &'static str {
        match self {
            Self::Journal => "one of so many `run` steps",
            Self::Payload => "a call with so many bytes",
        }
    }

    fn sizes(self, quick: bool) -> &'static [u32] {
        match self {
            Self::Journal if quick => &[10, 100, 1_000],
            Self::Journal => &[10, 100, 1_000, 10_000],
            Self::Payload => &[1_024, 10_240, 102_400, 1_024_000],
        }
    }

    /// The number of calls in a round: short calls vary more, so they are repeated.
    fn calls(self, size: u32) -> u32 {
        match self {
            Self::Journal => (100 / size).max(1),
            Self::Payload => 10,
        }
    }

    /// Makes one call, and returns the figure in milliseconds.
    async fn measure(self, size: u32, running: &Running) -> Result<f64, Failed> {
        let (path, content_type, body) = match self {
            Self::Journal => {
                ("/Steps/many", "application/json", Bytes::from(format!(r#"{{"n":{size}}}"#)))
            }
            Self::Payload => {
                let body = Bytes::from(vec![b'x'; size as usize]);
                ("/Echo/bytes", "application/octet-stream", body)
            }
        };
        let headers = [("content-type", content_type)];
        let started = Instant::now();
        let answer = client::send(running.ingress, Method::POST, path, &headers, body).await?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        if !answer.status.is_success() {
            return Err(Failed::new(format!("{path} answers {}", answer.text())));
        }
        Ok(match self {
            Self::Journal => took / f64::from(size),
            Self::Payload => took,
        })
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct GrowthRound {
    round: u32,
    peer: Peer,
    growing: Growing,
    size: u32,
    ms: f64,
}

/// Measures `rounds` rounds, and writes the table `growth`.
pub(super) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    let mut measured = Vec::new();
    for round in 0..rounds {
        for peer in PEERS {
            eprintln!("round {} of {rounds}: growth, {}", round + 1, peer.name());
            let running = peer.start()?;
            let runtime = peer::runtime()?;
            for growing in [Growing::Journal, Growing::Payload] {
                for &size in growing.sizes(quick) {
                    for _ in 0..growing.calls(size) {
                        let ms = runtime.block_on(growing.measure(size, &running))?;
                        measured.push(GrowthRound { round, peer, growing, size, ms });
                    }
                }
            }
        }
    }
    report.keep("growth", &measured)?;
    report.write("growth", &table(&measured, quick))
}

fn typical(measured: &[GrowthRound], peer: Peer, growing: Growing, size: u32) -> f64 {
    let of = measured.iter().filter(|it| (it.peer, it.growing, it.size) == (peer, growing, size));
    median(of.map(|it| it.ms))
}

fn table(measured: &[GrowthRound], quick: bool) -> Table {
    let mut table =
        Table::new(&["Milliseconds of", "Size", Peer::Official.name(), Peer::Embedded.name(), "×"]);
    for growing in [Growing::Journal, Growing::Payload] {
        for &size in growing.sizes(quick) {
            let of = |peer| typical(measured, peer, growing, size);
            let (theirs, own) = (of(Peer::Official), of(Peer::Embedded));
            table.row(vec![
                growing.name().to_owned(),
                count(size.into()),
                figure(theirs),
                figure(own),
                ratio(own, Some(theirs)),
            ]);
        }
    }
    table
}
