//! Measures an embedded engine with a lot of data, and compares the figures with requirements.

mod clock;
mod delayed;
mod load;
mod operate;
mod retained;
mod schedules;
mod services;
mod suspended;
mod verdict;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Measures an engine with a lot of data.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,

    /// The parent of the temporary data directory.
    #[arg(long, global = true, default_value = "target")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// Throughput with many retained results: at least 90 % of an empty engine's.
    Retained {
        #[arg(default_value_t = 1_000_000)]
        invocations: u64,
    },
    /// Memory with many suspended invocations, below 200 MB, and their recovery, within 3 s.
    Suspended {
        #[arg(default_value_t = 100_000)]
        invocations: u64,
    },
    /// Throughput with many pending delayed calls, at least 90 % of an empty engine's, and their
    /// lateness when 1,000 are due every second: p99 below 50 ms.
    Delayed {
        #[arg(default_value_t = 1_000_000)]
        invocations: u64,
    },
    /// Throughput with many schedules: at least 95 % of an empty engine's.
    Schedules {
        #[arg(default_value_t = 100_000)]
        count: u64,
    },
    /// Lists, looks up and kills among many invocations: half of them wait for one key, the others have
    /// succeeded.
    Operate {
        #[arg(default_value_t = 1_000_000)]
        invocations: u64,
    },
    /// Recovers the data of another process; used by `suspended`.
    #[command(hide = true)]
    Recover { directory: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Options { what, data } = Options::parse();
    let met = async {
        let directory = tempfile::tempdir_in(&data)?;
        match what {
            What::Retained { invocations } => {
                retained::measure(directory.path(), invocations).await
            }
            What::Suspended { invocations } => {
                suspended::measure(directory.path(), invocations).await
            }
            What::Delayed { invocations } => delayed::measure(directory.path(), invocations).await,
            What::Schedules { count } => schedules::measure(directory.path(), count).await,
            What::Operate { invocations } => operate::measure(directory.path(), invocations).await,
            What::Recover { directory } => suspended::recover(&directory).await,
        }
    };
    match met.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
