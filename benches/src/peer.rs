//! The systems that are compared.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use restate_tests::{client, target};
use serde::Serialize;
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use crate::{
    Failed,
    process::{Process, Usage},
    server::RestateServer,
    sockets::Traffic,
    workload::Workload,
};

/// A system that runs the benchmarked handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Peer {
    /// The official SDK, behind a Restate server.
    Official,
    /// Our endpoint, behind a Restate server.
    Endpoint,
    /// Our embedded engine.
    Embedded,
    /// duroxide with SQLite, in its default configuration.
    Duroxide,
    /// duroxide, polling for work every millisecond.
    DuroxideEager,
}

impl Peer {
    pub(crate) const ALL: [Self; 5] =
        [Self::Official, Self::Endpoint, Self::Embedded, Self::Duroxide, Self::DuroxideEager];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Official => "Restate server + official SDK",
            Self::Endpoint => "Restate server + restate-endpoint",
            Self::Embedded => "restate-embedded",
            Self::Duroxide => "duroxide",
            Self::DuroxideEager => "duroxide, polling each ms",
        }
    }

    /// Whether it has the handler of this workload.
    pub(crate) fn offers(self, workload: Workload) -> bool {
        match self {
            Self::Official | Self::Endpoint | Self::Embedded => true,
            Self::Duroxide | Self::DuroxideEager => workload == Workload::Steps,
        }
    }

    /// Starts it with an empty data directory, and waits until it has answered a call.
    pub(crate) fn start(self) -> Result<Running, Failed> {
        let data = data_directory()?;
        let started = Instant::now();
        let (processes, ingress, endpoint) = match self {
            Self::Official => {
                let mut official = Command::new(target().join("bench/official/release/official"));
                behind_server(official.arg("0"), data.path())?
            }
            Self::Endpoint => {
                let mut ours = bench_services();
                behind_server(ours.args(["--engine", "endpoint", "--port", "0"]), data.path())?
            }
            Self::Embedded => {
                let mut ours = bench_services();
                ours.args(["--engine", "embedded", "--ingress", "127.0.0.1:0", "--data"]);
                let (process, ingress) = Process::start_serving(ours.arg(data.path()))?;
                (vec![process], ingress, None)
            }
            Self::Duroxide | Self::DuroxideEager => {
                let mut duroxide =
                    Command::new(target().join("bench/duroxide/release/bench-duroxide"));
                duroxide.arg("0").arg(data.path());
                if self == Self::DuroxideEager {
                    duroxide.arg("eager");
                }
                let (process, ingress) = Process::start_serving(&mut duroxide)?;
                (vec![process], ingress, None)
            }
        };
        let first = match self {
            Self::Duroxide | Self::DuroxideEager => Workload::Steps,
            _ => Workload::Greet,
        };
        let answer = client::post_json(ingress, first.name(), first.body());
        let answer = runtime()?.block_on(answer)?;
        if !answer.status.is_success() {
            return Err(Failed::new(format!("{} answers {}", self.name(), answer.text())));
        }
        let start_up = started.elapsed();
        Ok(Running { processes, ingress, endpoint, start_up, _data: data })
    }
}

/// A peer that has answered a call. Dropping this stops it and removes its data.
#[derive(Debug)]
pub(crate) struct Running {
    // Declared before the data that they use, so dropped first. An endpoint precedes its server.
    processes: Vec<Process>,
    pub(crate) ingress: SocketAddr,
    /// The address of the endpoint, if the peer has one behind a server.
    endpoint: Option<SocketAddr>,
    /// From the start of the first process to the answer of the first call.
    pub(crate) start_up: Duration,
    _data: TempDir,
}

impl Running {
    /// The resources that it has used so far.
    pub(crate) fn usage(&self) -> Result<Usage, Failed> {
        Usage::of(&self.processes)
    }

    /// The resources that it has used once it is idle.
    pub(crate) fn usage_at_rest(&self) -> Result<Usage, Failed> {
        Usage::at_rest(&self.processes)
    }

    /// The resources that its endpoint has used so far, if it has one behind a server.
    pub(crate) fn endpoint_usage(&self) -> Result<Option<EndpointUsage>, Failed> {
        let Some((process, address)) = self.processes.first().zip(self.endpoint) else {
            return Ok(None);
        };
        let (cpu, traffic) = (process.usage()?.cpu, Traffic::to(address.port())?);
        Ok(Some(EndpointUsage { cpu, traffic }))
    }
}

/// The resources that an endpoint has used since its start.
#[derive(Debug)]
pub(crate) struct EndpointUsage {
    /// CPU time in nanoseconds.
    pub(crate) cpu: u64,
    /// Bytes exchanged with the server.
    pub(crate) traffic: Traffic,
}

fn behind_server(
    endpoint: &mut Command,
    data: &Path,
) -> Result<(Vec<Process>, SocketAddr, Option<SocketAddr>), Failed> {
    let (endpoint, address) = Process::start_serving(endpoint)?;
    let server = runtime()?.block_on(async {
        let server = RestateServer::start(data).await?;
        server.register(address).await?;
        Ok::<_, Failed>(server)
    })?;
    let ingress = server.ingress();
    Ok((vec![endpoint, server.process], ingress, Some(address)))
}

/// A new data directory for a peer, on the same disk for all.
pub(crate) fn data_directory() -> io::Result<TempDir> {
    let root = target().join("bench/data");
    fs::create_dir_all(&root)?;
    TempDir::new_in(root)
}

/// A runtime for futures that mostly wait.
pub(crate) fn runtime() -> io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// The program that runs our services.
pub(crate) fn bench_services() -> Command {
    Command::new(target().join("release/bench-services"))
}
