//! The systems that are compared.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use restate_tests::{client, port::free_address, target};
use serde::Serialize;
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use crate::{
    Failed, collector,
    data::data_directory,
    postgres::Postgres,
    process::{Process, Usage},
    server::RestateServer,
    sockets::Traffic,
    sync_log::SyncLog,
    workload::Workload,
};

/// A system that runs the benchmarked handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Peer {
    /// The official SDK, behind a Restate server.
    Official,
    /// Our endpoint, behind a Restate server.
    Endpoint,
    /// Our embedded engine.
    Embedded,
    /// The same, which sends spans of one trace in a hundred to a collector.
    EmbeddedTraced,
    /// The same, which sends all spans to a collector.
    EmbeddedTracedFully,
    /// Our endpoint, behind our engine as a program of its own.
    Deployed,
    /// duroxide with SQLite, in its default configuration.
    Duroxide,
    /// duroxide, polling for work every millisecond.
    DuroxideEager,
    /// durare with SQLite.
    Durare,
    /// DBOS Transact with Postgres.
    Dbos,
    /// A handler written by hand: SQLite, through one connection.
    Rusqlite,
    /// A handler written by hand: SQLite, through a pool of connections.
    Sqlx,
    /// A handler written by hand: Postgres, through a pool of connections.
    Postgres,
}

impl Peer {
    /// Those that execute invocations durably.
    pub(crate) const DURABLE: [Self; 7] = [
        Self::Official,
        Self::Endpoint,
        Self::Embedded,
        Self::Duroxide,
        Self::DuroxideEager,
        Self::Durare,
        Self::Dbos,
    ];

    /// Those that only store a row before they answer.
    pub(crate) const BY_HAND: [Self; 3] = [Self::Rusqlite, Self::Sqlx, Self::Postgres];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Official => "Restate server + official SDK",
            Self::Endpoint => "Restate server + restate-endpoint",
            Self::Embedded => "restate-embedded",
            Self::EmbeddedTraced => "restate-embedded, 1 % traced",
            Self::EmbeddedTracedFully => "restate-embedded, all traced",
            Self::Deployed => "restate-embedded serve + restate-endpoint",
            Self::Duroxide => "duroxide",
            Self::DuroxideEager => "duroxide, polling each ms",
            Self::Durare => "durare, SQLite",
            Self::Dbos => "DBOS, Postgres",
            Self::Rusqlite => "axum + rusqlite",
            Self::Sqlx => "axum + sqlx, SQLite",
            Self::Postgres => "axum + sqlx, Postgres",
        }
    }

    /// Whether it has the handler of this workload.
    pub(crate) fn offers(self, workload: Workload) -> bool {
        match self {
            Self::Official
            | Self::Endpoint
            | Self::Embedded
            | Self::EmbeddedTraced
            | Self::EmbeddedTracedFully
            | Self::Deployed => true,
            Self::Duroxide | Self::DuroxideEager | Self::Durare | Self::Dbos => {
                workload == Workload::Steps
            }
            Self::Rusqlite | Self::Sqlx | Self::Postgres => workload == Workload::Greet,
        }
    }

    /// Starts it with an empty data directory, and waits until it has answered a call.
    pub(crate) fn start(self) -> Result<Running, Failed> {
        self.start_with(&Command::new)
    }

    /// Like [`start`](Self::start), and counts its syncs in `log`, but not those of a Restate server.
    pub(crate) fn start_counted(self, log: &SyncLog) -> Result<Running, Failed> {
        self.start_with(&|program| log.command(program))
    }

    /// `program` makes the commands of its programs from their paths.
    fn start_with(self, program: &dyn Fn(PathBuf) -> Command) -> Result<Running, Failed> {
        let data = data_directory()?;
        let started = Instant::now();
        let (processes, ingress, endpoint) = match self {
            Self::Official => {
                let mut official = program(target().join("bench/official/release/official"));
                behind_server(official.arg("0"), data.path())?
            }
            Self::Endpoint => {
                let mut ours = program(bench_services());
                behind_server(ours.args(["--engine", "endpoint", "--port", "0"]), data.path())?
            }
            Self::Embedded => alone(&mut embedded(program, data.path()))?,
            Self::EmbeddedTraced => traced(embedded(program, data.path()), "0.01")?,
            Self::EmbeddedTracedFully => traced(embedded(program, data.path()), "1")?,
            Self::Deployed => {
                let mut ours = program(bench_services());
                ours.args(["--engine", "endpoint", "--port", "0"]);
                behind_engine(&mut ours, program(serve()), data.path())?
            }
            Self::Duroxide => {
                let mut duroxide = program(package("duroxide"));
                alone(duroxide.arg("0").arg(data.path()))?
            }
            Self::DuroxideEager => {
                let mut duroxide = program(package("duroxide"));
                alone(duroxide.arg("0").arg(data.path()).arg("eager"))?
            }
            Self::Durare => {
                let mut workflows = program(package("workflows"));
                alone(workflows.args(["0", "durare"]).arg(data.path()))?
            }
            Self::Dbos => {
                let mut workflows = program(package("workflows"));
                on_postgres(workflows.args(["0", "dbos"]), data.path(), program)?
            }
            Self::Rusqlite => {
                let mut by_hand = program(package("by-hand"));
                alone(by_hand.args(["0", "rusqlite"]).arg(data.path()))?
            }
            Self::Sqlx => {
                let mut by_hand = program(package("by-hand"));
                alone(by_hand.args(["0", "sqlx"]).arg(data.path()))?
            }
            Self::Postgres => {
                let mut by_hand = program(package("by-hand"));
                on_postgres(by_hand.args(["0", "postgres"]), data.path(), program)?
            }
        };
        let first = if self.offers(Workload::Greet) { Workload::Greet } else { Workload::Steps };
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

    /// The resources that its engine or its server has used so far, without its endpoint.
    pub(crate) fn engine_usage(&self) -> Result<Usage, Failed> {
        self.processes.last().map_or(Ok(Usage::default()), Process::usage)
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

/// The processes of a peer, the address for callers, and that of the endpoint.
type Serving = (Vec<Process>, SocketAddr, Option<SocketAddr>);

fn embedded(program: &dyn Fn(PathBuf) -> Command, data: &Path) -> Command {
    let mut ours = program(bench_services());
    ours.args(["--engine", "embedded", "--ingress", "127.0.0.1:0", "--data"]).arg(data);
    ours
}

fn traced(mut embedded: Command, sampling: &str) -> Result<Serving, Failed> {
    let collector = format!("http://{}", collector::address()?);
    alone(embedded.args(["--trace-sampling", sampling, "--otlp", &collector]))
}

fn alone(command: &mut Command) -> Result<Serving, Failed> {
    let (process, ingress) = Process::start_serving(command)?;
    Ok((vec![process], ingress, None))
}

/// A program that takes the URL of a Postgres database as its last argument.
fn on_postgres(
    command: &mut Command,
    data: &Path,
    program: &dyn Fn(PathBuf) -> Command,
) -> Result<Serving, Failed> {
    let database = Postgres::start(data, program)?;
    let (mut processes, ingress, endpoint) = alone(command.arg(database.url()))?;
    processes.push(database.process);
    Ok((processes, ingress, endpoint))
}

fn behind_server(endpoint: &mut Command, data: &Path) -> Result<Serving, Failed> {
    let (endpoint, address) = Process::start_serving(endpoint)?;
    let server = runtime()?.block_on(async {
        let server = RestateServer::start(data).await?;
        server.register(address).await?;
        Ok::<_, Failed>(server)
    })?;
    let ingress = server.ingress();
    Ok((vec![endpoint, server.process], ingress, Some(address)))
}

/// How long an engine may take to find its deployment.
const PATIENCE: Duration = Duration::from_secs(60);

fn behind_engine(
    endpoint: &mut Command,
    mut engine: Command,
    data: &Path,
) -> Result<Serving, Failed> {
    let (endpoint, address) = Process::start_serving(endpoint)?;
    let ingress = free_address();
    engine.arg("serve").arg("--data").arg(data).args(["--log", "error"]);
    // As the engine in a program has it, so that the tables are about the same work.
    engine.args(["--retain-calls", "false"]);
    engine.args(["--ingress", &ingress.to_string(), "--admin", "127.0.0.1:0"]);
    let engine = Process::start(engine.args(["--deployment", &format!("http://{address}")]))?;
    // It listens when it has registered the deployment.
    let listens = async {
        while client::get(ingress, "/restate/health").await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let listens = async { tokio::time::timeout(PATIENCE, listens).await };
    runtime()?.block_on(listens).map_err(|_| Failed::new("restate-embedded does not get ready"))?;
    Ok((vec![endpoint, engine], ingress, Some(address)))
}

/// A runtime for futures that mostly wait.
pub(crate) fn runtime() -> io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// The program that runs our services.
pub(crate) fn bench_services() -> PathBuf {
    target().join("release/bench-services")
}

/// The program that is an engine without services of its own.
fn serve() -> PathBuf {
    target().join("release/restate-embedded")
}

/// The program of a package in `benches`.
fn package(name: &str) -> PathBuf {
    target().join(format!("bench/{name}/release/bench-{name}"))
}
