use std::{fs, path::Path, process::Command};

use restate_tests::target;
use serde::Serialize;
use tempfile::TempDir;

use super::{
    contracts::Contracts,
    cost::{self, Cost},
};
use crate::{
    Failed,
    median::median,
    report::Report,
    table::{Table, count, figure, ratio},
};

/// A code generator for contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Generator {
    Tonic,
    Ours,
}

impl Generator {
    const ALL: [Self; 2] = [Self::Tonic, Self::Ours];

    fn name(self) -> &'static str {
        match self {
            Self::Tonic => "tonic-prost-build",
            Self::Ours => "restate-codegen",
        }
    }

    fn program(self) -> Command {
        Command::new(match self {
            Self::Tonic => target().join("bench/tonic/release/bench-tonic"),
            Self::Ours => target().join("release/bench-codegen"),
        })
    }

    /// Whether a line of generated code starts an item that belongs to a service.
    fn starts_service(self, line: &str) -> bool {
        match self {
            Self::Tonic => {
                line.starts_with("pub mod ")
                    && (line.ends_with("_client {") || line.ends_with("_server {"))
            }
            Self::Ours => {
                line.starts_with("pub trait ")
                    || ["pub struct ", "impl"].iter().any(|item| line.starts_with(item))
                        && PARTS.iter().any(|part| line.contains(part))
            }
        }
    }

    /// Text that the code of each handler contains exactly once.
    fn once_a_handler(self) -> &'static str {
        match self {
            Self::Tonic => "GrpcMethod::new(",
            Self::Ours => "Self::CALLEE",
        }
    }
}

/// Text that marks items of a service; rustfmt may put the name of a server on the next line.
const PARTS: [&str; 3] = ["Client<", "Server<", "> ::restate_core::Service"];

#[derive(Clone, Copy, Debug, Serialize)]
struct CodegenRound {
    round: u32,
    generator: Generator,
    contracts: usize,
    cost: Cost,
    code: Code,
}

/// The size of generated code; comments and empty lines do not count.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Code {
    lines: usize,
    of_services: usize,
    handlers: usize,
}

/// A round takes most of a minute.
const MOST_ROUNDS: u32 = 3;

/// Measures `rounds` rounds, and writes the table `codegen`.
pub(super) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    let contracts = Contracts::find(if quick { 20 } else { 1 })?;
    let rounds = rounds.min(MOST_ROUNDS);
    let mut measured = Vec::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}: code from contracts", round + 1);
        for generator in Generator::ALL {
            measured.push(measure(round, generator, &contracts)?);
        }
    }
    report.keep("codegen", &measured)?;
    report.write("codegen", &table(&measured))
}

fn measure(round: u32, generator: Generator, from: &Contracts) -> Result<CodegenRound, Failed> {
    let out = TempDir::new_in(target().join("bench"))?;
    let mut command = generator.program();
    let (cost, _) = cost::run(command.arg(out.path()).arg(&from.root).args(&from.files))?;
    let code = Code::read(generator, out.path())?;
    Ok(CodegenRound { round, generator, contracts: from.files.len(), cost, code })
}

impl Code {
    fn read(generator: Generator, directory: &Path) -> Result<Self, Failed> {
        let mut all = Self::default();
        for entry in fs::read_dir(directory)? {
            let text = fs::read_to_string(entry?.path())?;
            let one = Self::of(generator, &text);
            all.lines += one.lines;
            all.of_services += one.of_services;
            all.handlers += one.handlers;
        }
        Ok(all)
    }

    fn of(generator: Generator, text: &str) -> Self {
        let mut code = Self::default();
        // The indentation of the service item that this line belongs to.
        let mut open = None;
        // Attributes seen before their item.
        let mut attributes = 0;
        for line in text.lines() {
            let item = line.trim_start();
            if item.is_empty() || item.starts_with("//") {
                continue;
            }
            let depth = line.len() - item.len();
            code.lines += 1;
            code.handlers += item.matches(generator.once_a_handler()).count();
            if open.is_none() && item.starts_with("#[") {
                attributes += 1;
                continue;
            }
            if open.is_none() && generator.starts_service(item) {
                open = Some(depth);
                code.of_services += attributes;
            }
            attributes = 0;
            code.of_services += usize::from(open.is_some());
            let ends = open == Some(depth) && (item.starts_with('}') || item.ends_with(';'));
            if ends {
                open = None;
            }
        }
        code
    }
}

fn table(measured: &[CodegenRound]) -> Table {
    let mut table = Table::new(&[
        "Generator",
        "contracts",
        "seconds",
        "×",
        "CPU seconds",
        "×",
        "handlers",
        "lines of services a handler",
        "×",
        "lines",
        "×",
    ]);
    let typical = |generator: Generator, of: fn(&CodegenRound) -> f64| {
        median(measured.iter().filter(|it| it.generator == generator).map(of))
    };
    // Every round generates the same code.
    for &CodegenRound { generator, contracts, code, .. } in
        measured.iter().filter(|it| it.round == 0)
    {
        let figures: [fn(&CodegenRound) -> f64; 4] = [
            |it| it.cost.seconds,
            |it| it.cost.cpu_seconds,
            |it| it.code.of_services as f64 / it.code.handlers.max(1) as f64,
            |it| it.code.lines as f64,
        ];
        let [seconds, cpu, of_services, lines] = figures.map(|of| {
            let own = typical(generator, of);
            [figure(own), ratio(own, Some(typical(Generator::Tonic, of)))]
        });
        let mut row = vec![generator.name().to_owned(), count(contracts as u64)];
        row.extend([seconds, cpu].into_iter().flatten());
        row.push(count(code.handlers as u64));
        row.extend([of_services, lines].into_iter().flatten());
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_lines_are_distinguished_from_message_lines() {
        let tonic = "pub struct M {\n    a: u8,\n}\n/// Doc.\npub mod greeter_client {\n    \
                     fn greet() {\n        GrpcMethod::new();\n    }\n}\n";
        let code = Code::of(Generator::Tonic, tonic);
        assert_eq!((code.lines, code.of_services, code.handlers), (8, 5, 1));
        let ours = "pub trait Greeter {\n    fn greet();\n}\n\n#[derive(Clone)]\n\
                    pub struct GreeterServer<S>(S);\n#[derive(Clone)]\npub struct M {\n    a: u8,\n}\n\
                    impl<C> GreeterClient<C> {\n    Self::CALLEE.call();\n}\n\
                    impl<S> ::restate_core::Service\nfor GreeterServer<S> {\n}\n";
        let code = Code::of(Generator::Ours, ours);
        assert_eq!((code.lines, code.of_services, code.handlers), (15, 11, 1));
    }
}
