//! The load generator on a server that answers immediately: the upper limit of all measured calls.

use std::{convert::Infallible, net::Ipv4Addr};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    Failed,
    calls::Plan,
    load::Load,
    median::median,
    report::Report,
    table::{Table, figure},
    workload::Workload,
};

#[derive(Clone, Copy, Debug, Serialize)]
struct LoadRound {
    round: u32,
    connections: usize,
    calls_per_second: f64,
    p50_ms: f64,
}

/// Measures the load generator at each number of connections, and writes the table `client`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let runtime = Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    runtime.spawn(serve(listener));
    let mut measured = Vec::new();
    for round in 0..plan.rounds {
        for &connections in &plan.connections {
            let (calls, duration) = (Workload::Greet.into(), plan.duration);
            let load = Load { address, calls, connections, duration };
            let outcome = load.run()?;
            measured.push(LoadRound {
                round,
                connections,
                calls_per_second: outcome.calls_per_second(),
                p50_ms: outcome.percentile(50),
            });
        }
    }
    report.keep("client", &measured)?;
    let mut table = Table::new(&["Connections", "calls/s", "p50 ms"]);
    for &connections in &plan.connections {
        let of = |of: fn(&LoadRound) -> f64| {
            median(measured.iter().filter(|it| it.connections == connections).map(of))
        };
        let row = [figure(of(|it| it.calls_per_second)), figure(of(|it| it.p50_ms))];
        table.row([connections.to_string()].into_iter().chain(row).collect());
    }
    report.write("client", &table)
}

async fn serve(listener: TcpListener) -> Result<(), Failed> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = service_fn(|_| async {
            let body = Full::new(Bytes::from_static(br#"{"message":"Greetings P"}"#));
            Ok::<_, Infallible>(Response::new(body))
        });
        // An error closes the connection, which the load reports.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}
