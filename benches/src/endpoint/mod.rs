//! The endpoint alone: recorded invocations over HTTP/2, without a server behind them.

mod case;
mod exchange;

use std::process::Command;

use restate_tests::target;
use serde::Serialize;

use self::{case::Case, exchange::Exchange};
use crate::{
    Failed,
    median::median,
    process::Process,
    report::Report,
    table::{Table, figure, ratio},
};

/// The SDK of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Sdk {
    Official,
    Ours,
    /// No SDK: the state machine that both share, alone.
    Machine,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct EndpointRound {
    round: u32,
    sdk: Sdk,
    case: Case,
    /// CPU time of each invocation, in microseconds.
    cpu_us: f64,
    allocations: f64,
    allocated_bytes: f64,
}

/// Measures `rounds` rounds, and writes the table `endpoint`.
pub(crate) fn run(rounds: u32, report: &Report) -> Result<(), Failed> {
    let mut sdks = [Endpoints::official()?, Endpoints::ours()?];
    let mut measured = Vec::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}: endpoints alone", round + 1);
        for case in Case::ALL {
            for sdk in &mut sdks {
                measured.push(sdk.measure(round, case)?);
            }
        }
        measured.extend(measure_machine(round)?);
    }
    report.keep("endpoint", &measured)?;
    report.write("endpoint", &table(&measured))
}

/// An SDK's endpoint, once unmodified and once with a counting allocator.
struct Endpoints {
    sdk: Sdk,
    plain: (Process, Exchange),
    counted: (Process, Exchange),
}

impl Endpoints {
    fn official() -> Result<Self, Failed> {
        let program = |name| Command::new(target().join("bench/official/release").join(name));
        let mut plain = program("official");
        plain.arg("0");
        Self::start(Sdk::Official, plain, program("official-counted"))
    }

    fn ours() -> Result<Self, Failed> {
        let mut plain = program("bench-services");
        plain.args(["--engine", "endpoint", "--port", "0"]);
        Self::start(Sdk::Ours, plain, program("bench-counted"))
    }

    fn start(sdk: Sdk, plain: Command, mut counted: Command) -> Result<Self, Failed> {
        let start = |mut command: Command| -> Result<_, Failed> {
            let (process, address) = Process::start_serving(&mut command)?;
            Ok((process, Exchange::with(address)))
        };
        counted.arg("0");
        Ok(Self { sdk, plain: start(plain)?, counted: start(counted)? })
    }

    fn measure(&mut self, round: u32, case: Case) -> Result<EndpointRound, Failed> {
        let (process, exchange) = &self.plain;
        exchange.run(case, case.repetitions() / 10)?;
        let before = process.usage()?.cpu;
        exchange.run(case, case.repetitions())?;
        let cpu = process.usage()?.cpu - before;

        let repetitions = case.repetitions() / 10;
        let (process, exchange) = &mut self.counted;
        exchange.run(case, repetitions)?;
        let before = allocated(process)?;
        exchange.run(case, repetitions)?;
        let after = allocated(process)?;

        let each = |sum: u64, repetitions: u32| sum as f64 / f64::from(repetitions);
        Ok(EndpointRound {
            round,
            sdk: self.sdk,
            case,
            cpu_us: each(cpu, case.repetitions()) / 1e3,
            allocations: each(after.0 - before.0, repetitions),
            allocated_bytes: each(after.1 - before.1, repetitions),
        })
    }
}

/// One of our programs.
fn program(name: &str) -> Command {
    Command::new(target().join("release").join(name))
}

/// Measures all cases on the state machine alone, in its own process.
fn measure_machine(round: u32) -> Result<Vec<EndpointRound>, Failed> {
    let output = program("bench-machine").output()?;
    let output = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = output.lines().collect();
    if lines.len() != Case::ALL.len() {
        return Err(Failed::new("bench-machine has not finished every invocation"));
    }
    let read = |(case, line): (Case, &str)| {
        let mut figures = line.split(' ').map(str::parse::<f64>);
        let mut figure = || {
            let figure = figures.next().and_then(Result::ok);
            figure.ok_or_else(|| Failed::new(format!("`{line}` is no measurement")))
        };
        Ok(EndpointRound {
            round,
            sdk: Sdk::Machine,
            case,
            cpu_us: figure()? / 1e3,
            allocations: figure()?,
            allocated_bytes: figure()?,
        })
    };
    Case::ALL.into_iter().zip(lines).map(read).collect()
}

/// The number of allocations and of allocated bytes so far.
fn allocated(process: &mut Process) -> Result<(u64, u64), Failed> {
    let answer = process.ask()?;
    let counts = answer
        .split_once(' ')
        .and_then(|(times, bytes)| Some((times.parse().ok()?, bytes.trim().parse().ok()?)));
    counts.ok_or_else(|| Failed::new(format!("`{answer}` is no count of allocations")))
}

fn table(measured: &[EndpointRound]) -> Table {
    let mut table = Table::new(&[
        "Invocation",
        "official CPU µs",
        "machine alone",
        "ours",
        "×",
        "official allocations",
        "machine alone",
        "ours",
        "×",
        "official bytes allocated",
        "machine alone",
        "ours",
        "×",
    ]);
    for case in Case::ALL {
        let mut row = vec![case.name().to_owned()];
        let figures: [fn(&EndpointRound) -> f64; 3] =
            [|it| it.cpu_us, |it| it.allocations, |it| it.allocated_bytes];
        for of in figures {
            let of_sdk = |sdk| {
                let rounds = measured.iter().filter(|it| it.sdk == sdk && it.case == case);
                median(rounds.map(of))
            };
            let (theirs, own) = (of_sdk(Sdk::Official), of_sdk(Sdk::Ours));
            let machine = of_sdk(Sdk::Machine);
            row.extend([figure(theirs), figure(machine), figure(own), ratio(own, Some(theirs))]);
        }
        table.row(row);
    }
    table
}
